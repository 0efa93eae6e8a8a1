package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Window is a span of local time in which scanning is allowed. One whose
// Start is after its End runs over midnight, and Days name its first day.
type Window struct {
	Days       []time.Weekday // none means every day
	Start, End time.Duration  // since local midnight; End is the hard stop
}

const day = 24 * time.Hour

// ParseWindows reads "Mon-Fri 22:00-05:00; Sat,Sun": days, times or both, one
// window after the other. Without times a window lasts the whole day, without
// days it is every day's. Empty text is no window: any time.
func ParseWindows(text string) ([]Window, error) {
	var out []Window
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		w, ok := parseWindow(part)
		if !ok {
			return nil, invalid("window", part, "not a window", "write it like: Mon-Fri 22:00-05:00; Sat,Sun")
		}
		if err := w.check(); err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

// FormatWindows writes windows as ParseWindows reads them.
func FormatWindows(windows []Window) string {
	words := make([]string, len(windows))
	for i, w := range windows {
		words[i] = w.String()
	}
	return strings.Join(words, "; ")
}

// String writes w as ParseWindows reads it.
func (w Window) String() string {
	days := make([]string, len(w.Days))
	for i, d := range w.Days {
		days[i] = d.String()[:3]
	}
	times := fmt.Sprintf("%s-%s", clock(w.Start), clock(w.End))
	switch {
	case len(days) == 0:
		return times
	case w.Start == 0 && w.End == day:
		return strings.Join(days, ",")
	}
	return strings.Join(days, ",") + " " + times
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

func parseWindow(text string) (w Window, ok bool) {
	w.End = day
	for i, word := range strings.Fields(text) {
		switch {
		case strings.Contains(word, ":"):
			from, to, found := strings.Cut(word, "-")
			var okFrom, okTo bool
			w.Start, okFrom = parseClock(from)
			w.End, okTo = parseClock(to)
			if !found || !okFrom || !okTo {
				return w, false
			}
			if i != len(strings.Fields(text))-1 {
				return w, false
			}
		case i == 0:
			if w.Days, ok = parseDays(word); !ok {
				return w, false
			}
		default:
			return w, false
		}
	}
	return w, true
}

// parseClock reads 00:00 to 24:00.
func parseClock(s string) (time.Duration, bool) {
	if s == "24:00" {
		return day, true
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, false
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
}

// parseDays reads "Mon-Fri,Sun"; ranges may run over the week's end.
func parseDays(s string) ([]time.Weekday, bool) {
	var days []time.Weekday
	for part := range strings.SplitSeq(s, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, ok1 := parseDay(from)
		last, ok2 := parseDay(to)
		if !ok1 || !ok2 {
			return nil, false
		}
		for d := first; ; d = (d + 1) % 7 {
			days = append(days, d)
			if d == last {
				break
			}
		}
	}
	slices.SortFunc(days, func(a, b time.Weekday) int { return cmp.Compare((a+6)%7, (b+6)%7) }) // Monday first
	return slices.Compact(days), true
}

func parseDay(s string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(s, d.String()) || strings.EqualFold(s, d.String()[:3]) {
			return d, true
		}
	}
	return 0, false
}

func (w Window) check() error {
	bad := w.Start < 0 || w.Start >= day || w.End <= 0 || w.End > day || w.Start == w.End ||
		w.Start%time.Minute != 0 || w.End%time.Minute != 0 ||
		slices.ContainsFunc(w.Days, func(d time.Weekday) bool { return d < time.Sunday || d > time.Saturday })
	if bad {
		return invalid("window", w.String(), "not a span of time", "write it like: Mon-Fri 22:00-05:00")
	}
	return nil
}

// openUntil returns when the windows, seen as one, close after at; false when
// none is open. Windows that meet, such as Sat and Sun, are one.
func openUntil(windows []Window, loc *time.Location, at time.Time) (time.Time, bool) {
	until, open := at, false
	for range 2 * 7 { // longer than that is soon enough to ask again
		next := until
		for _, w := range windows {
			for _, s := range w.spansAround(loc, until) {
				if !until.Before(s.start) && s.end.After(next) {
					next = s.end
				}
			}
		}
		if !next.After(until) {
			break
		}
		until, open = next, true
	}
	return until, open
}

// opensAfter returns when a window opens next; zero if none does in a week.
func opensAfter(windows []Window, loc *time.Location, at time.Time) time.Time {
	var first time.Time
	for i := range 9 {
		for _, w := range windows {
			for _, s := range w.spansAround(loc, at.AddDate(0, 0, i)) {
				if s.start.After(at) && (first.IsZero() || s.start.Before(first)) {
					first = s.start
				}
			}
		}
	}
	return first
}

type span struct{ start, end time.Time }

// spansAround returns w's spans that begin on at's local day or the day
// before.
func (w Window) spansAround(loc *time.Location, at time.Time) []span {
	var out []span
	year, month, dom := at.In(loc).Date()
	for _, offset := range []int{-1, 0} {
		midnight := time.Date(year, month, dom+offset, 0, 0, 0, 0, time.UTC) // a date, not yet a moment
		if len(w.Days) > 0 && !slices.Contains(w.Days, midnight.Weekday()) {
			continue
		}
		end := midnight.Add(w.End)
		if w.End <= w.Start {
			end = end.Add(day)
		}
		firstStart, lastStart := moments(loc, midnight.Add(w.Start))
		firstEnd, _ := moments(loc, end)
		s := span{lastStart, firstEnd}
		if !s.start.Before(s.end) { // all of it within the hour that comes twice
			s.start = firstStart
		}
		if s.start.Before(s.end) {
			out = append(out, s)
		}
	}
	return out
}

// moments returns the first and the last moment at which clocks in loc show
// wall (given in UTC). They differ in the hour that comes twice in autumn. In
// the hour left out in spring both are the moment of the change.
//
// A window takes the last beginning and the first end, so that no clock ever
// shows a time outside of it while packets fly.
func moments(loc *time.Location, wall time.Time) (first, last time.Time) {
	_, before := wall.Add(-day).In(loc).Zone()
	_, after := wall.Add(day).In(loc).Zone()
	a := wall.Add(-time.Duration(before) * time.Second)
	b := wall.Add(-time.Duration(after) * time.Second)
	_, offsetA := a.In(loc).Zone()
	_, offsetB := b.In(loc).Zone()
	switch aShows, bShows := offsetA == before, offsetB == after; {
	case aShows && bShows && b.Before(a):
		return b, a
	case aShows && bShows:
		return a, b
	case aShows:
		return a, a
	case bShows:
		return b, b
	}
	change, _ := a.In(loc).ZoneBounds() // a is after it: it runs on by the old clock
	return change, change
}
