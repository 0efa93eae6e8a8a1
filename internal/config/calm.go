package config

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// sayAgain is how often an equal warning is logged.
const sayAgain = time.Minute

// awayMarks are how the database's driver words that the server is not there,
// or is going down or coming up: class 57P0 of its codes. Only the text is at
// hand, because the job queue logs no more of an error.
var awayMarks = []string{"failed to connect to `", "SQLSTATE 57P0"}

// listenerFault begins what the queue logs of the connection on which it
// waits for news. Whatever its error says, that connection is gone.
const listenerFault = "notifier.Notifier: Error"

// calm is a handler that keeps a fault that lasts from flooding the log. Equal
// warnings and errors are passed on once a minute, with how many were left out
// since. All that a database which is away brings about, which many parts
// notice several times a second, counts as equal, and becomes one line that
// says what to do.
type calm struct {
	slog.Handler
	told *told
	with string // the attributes that every record has
}

func newCalm(h slog.Handler) slog.Handler {
	return calm{Handler: h, told: &told{last: map[string]telling{}}}
}

// WithAttrs implements slog.Handler.
func (c calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	c.Handler, c.with = c.Handler.WithAttrs(attrs), c.with+fmt.Sprint(attrs)
	return c
}

// WithGroup implements slog.Handler.
func (c calm) WithGroup(name string) slog.Handler {
	c.Handler, c.with = c.Handler.WithGroup(name), c.with+name+"."
	return c
}

// Handle implements slog.Handler.
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn {
		return c.Handler.Handle(ctx, r)
	}
	key, cause := c.with+" "+r.Message, ""
	r.Attrs(func(a slog.Attr) bool {
		text := a.String()
		key += " " + text
		if isAway(r.Message, text) {
			cause = a.Value.String()
		}
		return true
	})
	if cause != "" {
		key = "database"
		away := slog.NewRecord(r.Time, slog.LevelError, "the database does not answer; the work waits for it", r.PC)
		away.Add("hint", "see whether PostgreSQL runs and can be reached; all goes on by itself when it answers", "noticed_by", r.Message, "error", cause)
		r = away
	}
	omitted, ok := c.told.tell(key, r.Time)
	if !ok {
		return nil
	}
	if omitted > 0 {
		r = r.Clone()
		r.Add("omitted", omitted)
	}
	return c.Handler.Handle(ctx, r)
}

func isAway(message, attr string) bool {
	for _, mark := range awayMarks {
		if strings.Contains(attr, mark) {
			return true
		}
	}
	return strings.HasPrefix(message, listenerFault) && strings.HasPrefix(attr, "err=")
}

// told remembers what was logged lately.
type told struct {
	mu   sync.Mutex
	last map[string]telling
}

type telling struct {
	at      time.Time
	omitted int
}

// maxTold bounds the memory: more that differ are no flood of the same.
const maxTold = 1000

// tell reports whether a record is to be logged at a time, and how many equal
// ones were left out before it.
func (t *told) tell(key string, at time.Time) (omitted int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last, known := t.last[key]
	if age := at.Sub(last.at); known && age >= 0 && age < sayAgain { // less than 0: the clock was put back
		last.omitted++
		t.last[key] = last
		return 0, false
	}
	if len(t.last) >= maxTold {
		clear(t.last)
	}
	t.last[key] = telling{at: at}
	return last.omitted, true
}
