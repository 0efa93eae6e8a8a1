package advisory

import (
	"cmp"
	"slices"
	"time"
)

// An interim advisory is looked at again after three weeks, and is to be
// final after six.
const (
	interimLookAgain = 3 * 7 * 24 * time.Hour
	interimFinal     = 6 * 7 * 24 * time.Hour
)

// Published is the revision history as readers know it: the revisions that
// went out, and the newest, which is out or about to be, numbered from 1
// without a gap, with dates that never fall, whatever a clock said. It is
// empty for an advisory without history.
func (a Advisory) Published() []Change {
	all := slices.Clone(a.History)
	slices.SortStableFunc(all, func(x, y Change) int { return cmp.Compare(x.Revision, y.Revision) })
	var out []Change
	for i, c := range all {
		if newest := i == len(all)-1; !c.Released && !newest {
			continue
		}
		if n := len(out); n > 0 && c.At.Before(out[n-1].At) {
			c.At = out[n-1].At
		}
		c.Revision = len(out) + 1
		out = append(out, c)
	}
	return out
}

// Version is the number that readers know this revision by: that of the last
// of Published. It is 0 for an advisory without history.
func (a Advisory) Version() int { return len(a.Published()) }

// FirstReleased is when the advisory first went out, or would have if this is
// its first release. It never changes afterwards.
func (a Advisory) FirstReleased() time.Time {
	if all := a.Published(); len(all) > 0 {
		return all[0].At.UTC()
	}
	return a.CreatedAt.UTC()
}

// LastReleased is the instant of the release that this is: of the newest
// revision or, for a further audience, later.
func (a Advisory) LastReleased() time.Time {
	last := a.UpdatedAt
	if all := a.Published(); len(all) > 0 && last.Before(all[len(all)-1].At) {
		last = all[len(all)-1].At
	}
	return last.UTC()
}

// FinalDue is when a released interim advisory is to be final; the zero time
// for all others.
func FinalDue(a Advisory) time.Time {
	if all := Reminders(a); len(all) > 0 {
		return all[len(all)-1]
	}
	return time.Time{}
}

// Reminders are the moments to ask for the final version of a released
// interim advisory, counted from its newest released revision: after three
// weeks and after six. There are none for all others.
func Reminders(a Advisory) []time.Time {
	if !a.Interim || a.State == Withdrawn {
		return nil
	}
	var last time.Time
	for _, c := range a.History {
		if c.Released && c.At.After(last) {
			last = c.At.UTC()
		}
	}
	if last.IsZero() {
		return nil
	}
	return []time.Time{last.Add(interimLookAgain), last.Add(interimFinal)}
}

func (a Advisory) everReleased() bool {
	return a.State == Released || a.State == Updated || slices.ContainsFunc(a.History, func(c Change) bool { return c.Released })
}
