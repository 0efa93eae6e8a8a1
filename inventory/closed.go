package inventory

import (
	"slices"
	"time"
)

// A Span is a stretch of time; End is exclusive.
type Span struct{ Start, End time.Time }

// ClosedHours are the stretches of [from, to) in which none of the permissions
// lets anything be scanned, in order. Without a permission in force that is all
// of it.
func ClosedHours(permits []Authorization, from, to time.Time) []Span {
	var out []Span
	at := from
	for _, open := range openHours(permits, from, to) {
		if open.start.After(at) {
			out = append(out, Span{at.UTC(), open.start.UTC()})
		}
		if open.end.After(at) {
			at = open.end
		}
	}
	if at.Before(to) {
		out = append(out, Span{at.UTC(), to.UTC()})
	}
	return out
}

// openHours are the stretches of [from, to) in which a permission is in force
// and its windows are open, by their beginning; they may overlap.
func openHours(permits []Authorization, from, to time.Time) []span {
	var out []span
	add := func(a Authorization, s span) {
		for _, earliest := range []time.Time{from, a.From} {
			if s.start.Before(earliest) {
				s.start = earliest
			}
		}
		for _, latest := range []time.Time{to, a.Until} {
			if s.end.After(latest) {
				s.end = latest
			}
		}
		if s.start.Before(s.end) {
			out = append(out, s)
		}
	}
	for _, a := range permits {
		zone, err := time.LoadLocation(a.TimeZone)
		if err != nil || a.State != AuthActive || a.Level < LevelLight {
			continue // no scan goes by it
		}
		if len(a.Windows) == 0 {
			add(a, span{from, to})
		}
		for _, w := range a.Windows {
			for at := from.AddDate(0, 0, -1); at.Before(to.AddDate(0, 0, 2)); at = at.AddDate(0, 0, 1) {
				for _, s := range w.spansAround(zone, at) {
					add(a, s)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b span) int { return a.start.Compare(b.start) })
	return out
}

// BeginsAt is when a scan that is asked for at a moment may begin: then, when a
// permission's window opens next, or the zero time if none does in nine days.
func BeginsAt(permits []Authorization, at time.Time) time.Time {
	closed := ClosedHours(permits, at, at.AddDate(0, 0, 9))
	switch {
	case len(closed) == 0 || closed[0].Start.After(at):
		return at
	case closed[0].End.Equal(at.AddDate(0, 0, 9)):
		return time.Time{}
	}
	return closed[0].End
}

// Hours are the times at which permissions let scan, each as people write them.
func Hours(permits []Authorization) []string {
	out := []string{}
	for _, a := range permits {
		hours := "any time"
		if len(a.Windows) > 0 {
			hours = FormatWindows(a.Windows) + " " + a.TimeZone
		}
		if !slices.Contains(out, hours) {
			out = append(out, hours)
		}
	}
	return out
}
