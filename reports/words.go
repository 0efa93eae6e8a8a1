package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
)

// words say everything in the reader's language and time zone.
type words struct {
	p    *locale.Printer
	zone *time.Location
}

// T says a text of our own.
func (w words) T(text string, args ...any) string { return w.p.T(text, args...) }

// N says one or many.
func (w words) N(one, many string, n int, args ...any) string { return w.p.N(one, many, n, args...) }

// Word says a text that came with the data, in English where nobody has
// translated it.
func (w words) Word(text string) string { return w.p.Word(text) }

// Number writes a count.
func (w words) Number(n int) string { return w.p.Number(n) }

// TimeLeft says how long until a deadline, or how long it is over.
func (w words) TimeLeft(deadline, now time.Time) string { return w.p.TimeLeft(deadline, now) }

// Signed writes a difference with its sign.
func (w words) Signed(n int) string {
	switch {
	case n > 0:
		return "+" + w.p.Number(n)
	case n < 0:
		return "−" + w.p.Number(-n)
	}
	return w.p.Number(0)
}

// Day writes a day; "" for none.
func (w words) Day(at any) string {
	if t, ok := moment(at); ok {
		return w.p.Date(t.In(w.zone))
	}
	return ""
}

// Moment writes a day and the time; "" for none.
func (w words) Moment(at any) string {
	if t, ok := moment(at); ok {
		return w.p.Time(t.In(w.zone))
	}
	return ""
}

func moment(at any) (time.Time, bool) {
	switch v := at.(type) {
	case time.Time:
		return v, !v.IsZero()
	case *time.Time:
		if v != nil {
			return *v, true
		}
	}
	return time.Time{}, false
}

// Percent writes a probability such as EPSS.
func (w words) Percent(share float64) string { return w.p.Percent(share) }

// Term says a word of the data model, such as "accepted_risk", to a reader.
func (w words) Term(token any) string {
	s := fmt.Sprint(token)
	if said, ok := terms[s]; ok {
		return w.p.Word(said)
	}
	return w.p.Word(strings.ReplaceAll(s, "_", " "))
}

// terms are the words of the data model as a reader sees them.
var terms = map[string]string{
	"critical": locale.Key("critical"), "high": locale.Key("high"), "medium": locale.Key("medium"), "low": locale.Key("low"), "info": locale.Key("info"),
	"act": locale.Key("act"), "attend": locale.Key("attend"), "track*": locale.Key("track*"), "track": locale.Key("track"),
	"open": locale.Key("open"), "fixed": locale.Key("fixed"), "back_again": locale.Key("back again"),
	"new": locale.Key("new"), "triaged": locale.Key("triaged"), "notified": locale.Key("notified"),
	"acknowledged": locale.Key("acknowledged"), "in_progress": locale.Key("in progress"),
	"false_positive": locale.Key("false positive"), "accepted_risk": locale.Key("accepted risk"),
	"compensating_control": locale.Key("compensating control"), "disputed": locale.Key("not mine (disputed)"),
	"complete": locale.Key("fully looked at"), "partial": locale.Key("looked at in part"), "unreachable": locale.Key("did not answer"),
	"blocked": locale.Key("was not allowed to be scanned"), "failed": locale.Key("the scan failed"),
	"passive": locale.Key("passive"), "light": locale.Key("light"), "standard": locale.Key("standard"), "intensive": locale.Key("intensive"),
	"energy": locale.Key("energy"), "banking": locale.Key("banking"), "telecom": locale.Key("telecom"), "transport": locale.Key("transport"),
	"health": locale.Key("health"), "government": locale.Key("government"), "water": locale.Key("water"), "defence": locale.Key("defence"),
	"industry": locale.Key("industry"), "other": locale.Key("other"),
	"it": locale.Key("IT"), "ot": locale.Key("OT"),
}
