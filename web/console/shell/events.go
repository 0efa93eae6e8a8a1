package shell

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// heartbeat is how often a stream says that it is alive: proxies end what is
// silent, and a browser that has gone is only noticed by writing to it.
const heartbeat = 15 * time.Second

// errStreamEnded ends a stream whose session has ended, or whose server stops.
var errStreamEnded = errors.New("stream ended")

// sessionLister finds a person's sessions without using them: a page that is
// only left open must not keep its session alive.
type sessionLister interface {
	Sessions(ctx context.Context, id account.ID) ([]account.Session, error)
}

// Events answers with server-sent events for as long as produce runs, the
// browser listens and the session lasts; then q.Context() ends. An event
// without a name replaces the content of the element with hx-sse:connect; one
// with a name is a DOM event of that name there. When produce is done, the
// browser gets the event "end": hx-sse:close="end" keeps it from asking again.
//
// send is safe for several goroutines. The route of the page says Stream.
func (q *Request) Events(produce func(send func(name, html string) error) error) error {
	ctx, cancel := context.WithCancelCause(q.R.Context())
	defer cancel(nil)
	q.R = q.R.WithContext(ctx)
	h := q.W.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would wait for more
	out := &stream{w: q.W, flush: http.NewResponseController(q.W).Flush, last: q.LastEvent()}
	q.W.WriteHeader(http.StatusOK)
	if err := out.write(": hello\n\n"); err != nil {
		return nil // the browser has gone
	}
	var beat sync.WaitGroup
	beat.Go(func() { q.beat(ctx, out, cancel) })
	err := produce(func(name, html string) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return out.send(name, html)
	})
	if err == nil && ctx.Err() == nil {
		_ = out.send("end", "") // the browser has gone
	}
	gone := ctx.Err() != nil || out.broken()
	cancel(nil)
	beat.Wait()
	if err != nil && !gone {
		q.shell.Log.Error("stream failed", "request_id", h.Get("X-Request-Id"), "path", loggedPath(q.R), "error", err)
	}
	return nil // the answer has begun: there is no other
}

// LastEvent is the number of the last event that the browser saw before it
// lost the stream, or 0.
func (q *Request) LastEvent() int {
	n, err := strconv.Atoi(q.R.Header.Get("Last-Event-ID"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// beat keeps a stream alive until it has to end.
func (q *Request) beat(ctx context.Context, out *stream, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(q.shell.heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.shell.Stopping:
			cancel(errStreamEnded)
			return
		case <-tick.C:
		}
		if !q.sessionLasts(ctx) {
			cancel(errStreamEnded)
			return
		}
		if err := out.write(": still here\n\n"); err != nil {
			cancel(err)
			return
		}
	}
}

// sessionLasts tells whether who listens is still signed in. While that cannot
// be asked, it goes by what was known.
func (q *Request) sessionLasts(ctx context.Context) bool {
	if q.Session.ID == "" {
		return true // a public page
	}
	lister, ok := q.shell.Sessions.(sessionLister)
	if !ok {
		return q.Session.Live(q.Now())
	}
	// No operator's session of the database reads how people sign in.
	all, err := lister.Sessions(account.Unbound(ctx), q.Session.Account)
	if err != nil && !errors.Is(err, inventory.ErrNotFound) {
		return q.Session.Live(q.Now())
	}
	for _, s := range all {
		if s.ID == q.Session.ID {
			q.Session.SeenAt = s.SeenAt
			return s.Live(q.Now())
		}
	}
	return false
}

// A stream writes events, one at a time.
type stream struct {
	mu    sync.Mutex
	w     http.ResponseWriter
	flush func() error
	last  int
	err   error
}

func (s *stream) send(name, html string) error {
	var b bytes.Buffer
	s.mu.Lock()
	s.last++
	fmt.Fprintf(&b, "id: %d\n", s.last)
	s.mu.Unlock()
	if name != "" {
		fmt.Fprintf(&b, "event: %s\n", oneLine(name))
	}
	// A line each: what is inside cannot begin another field.
	for _, line := range strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(html), "\n") {
		fmt.Fprintf(&b, "data: %s\n", line)
	}
	b.WriteByte('\n')
	return s.write(b.String())
}

func (s *stream) write(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		_, s.err = s.w.Write([]byte(text))
	}
	if s.err == nil {
		s.err = s.flush()
	}
	return s.err
}

func (s *stream) broken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err != nil
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, s)
}

// maxOptions is how many a field offers at once.
const maxOptions = 20

// Options answers a field that looks up its choices while somebody types, see
// the template "lookup".
func (q *Request) Options(found []Option) error {
	var b strings.Builder
	for _, o := range found[:min(len(found), maxOptions)] {
		fmt.Fprintf(&b, "<option value=\"%s\">%s</option>\n", html.EscapeString(o.Value), html.EscapeString(o.Text))
	}
	q.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = q.W.Write([]byte(b.String())) // the browser has gone
	return nil
}
