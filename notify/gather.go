package notify

import (
	"time"
)

// A Waiting item is one that a contact was not told yet.
type Waiting struct {
	Num  int64
	Item Item
	Held bool // by the caps
}

// A Round is what to do for one contact now.
type Round struct {
	Send    bool
	Kind    Kind
	Items   []Waiting
	Summary bool // more came than the caps let through: give their number
	// Hold are those that the caps hold back from now on.
	Hold []Waiting
}

// Gather decides what one contact is sent at a moment, in the contact's zone:
// at most one mail, with all that is due. Sent are the mails of the last day,
// the newest last.
//
// Alerts wait a moment for each other and for nothing else. The rest waits for
// the day's digest, which comes once a day outside the quiet hours. What the
// caps hold back goes out as one mail when they allow it.
func Gather(at time.Time, waiting []Waiting, sent []Sent, r Rules) Round {
	alerts, others := due(at, waiting, r)
	round := Round{Send: true}
	switch {
	case len(alerts) > 0:
		round.Kind, round.Items = Alert, alerts
	case len(others) > 0 && digestTime(at, others, sent, r):
		round.Kind, round.Items = kindOf(others), others
	default:
		return Round{}
	}
	if full(at, sent, r) {
		return Round{Hold: notHeld(round.Items)}
	}
	for _, w := range round.Items {
		round.Summary = round.Summary || w.Held
	}
	return round
}

// Sent is a mail that a contact got, or is about to get.
type Sent struct {
	At   time.Time
	Kind Kind
}

// due are the items whose time has come, alerts apart. When the first alert
// has settled, those behind it go along.
func due(at time.Time, waiting []Waiting, r Rules) (alerts, others []Waiting) {
	settled := false
	for _, w := range waiting {
		switch {
		case w.Item.Kind == Alert:
			alerts = append(alerts, w)
			settled = settled || !w.Item.Due.Add(r.Settle).After(at)
		case !w.Item.Due.After(at):
			others = append(others, w)
		}
	}
	if !settled {
		alerts = nil
	}
	return alerts, others
}

// digestTime tells whether the day's digest may go out: from its hour on, not
// in the quiet hours, and once a day. The week's letter and what is owed to a
// second contact do not wait for the next day.
func digestTime(at time.Time, items []Waiting, sent []Sent, r Rules) bool {
	if !r.digestHours(at) {
		return false
	}
	for _, w := range items {
		if w.Item.Kind == Unconfirmed || w.Item.Kind == Weekly {
			return true
		}
	}
	for _, s := range sent {
		if s.Kind != Alert && s.Kind != Verify && s.Kind != Unconfirmed && sameDay(s.At.In(at.Location()), at) {
			return false
		}
	}
	return true
}

// digestHours tells whether what is not urgent may be sent at all.
func (r Rules) digestHours(at time.Time) bool {
	return !r.Quiet.Contains(at) && !at.Before(r.DigestAt.On(at))
}

func sameDay(a, b time.Time) bool {
	y, m, d := a.Date()
	y2, m2, d2 := b.Date()
	return y == y2 && m == m2 && d == d2
}

// full tells whether a contact has had enough for now.
func full(at time.Time, sent []Sent, r Rules) bool {
	hour, today := 0, 0
	for _, s := range sent {
		if s.Kind == Verify { // somebody asked for it
			continue
		}
		if at.Sub(s.At) < time.Hour {
			hour++
		}
		if at.Sub(s.At) < day {
			today++
		}
	}
	return r.HourlyCap > 0 && hour >= r.HourlyCap || r.DailyCap > 0 && today >= r.DailyCap
}

// kindOf is the kind of a mail with these items: the week's when it is among
// them, the only one when they are alike, and a digest otherwise.
func kindOf(items []Waiting) Kind {
	kind := items[0].Item.Kind
	for _, w := range items {
		switch {
		case w.Item.Kind == Weekly:
			return Weekly
		case w.Item.Kind != kind:
			kind = Digest
		}
	}
	return kind
}

func notHeld(items []Waiting) []Waiting {
	var out []Waiting
	for _, w := range items {
		if !w.Held {
			out = append(out, w)
		}
	}
	return out
}
