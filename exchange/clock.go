package exchange

import (
	"time"

	"github.com/ciiscan/ciiscan/reports/advisory"
)

// An AdvisoryClock is when one advisory, or one received document, came how
// far: from the first detection on one side to the last repair on the other.
// Nil is what did not happen, or is not known here: a peer tells counts, and
// no more than it wants.
type AdvisoryClock struct {
	Given    bool         `json:"given"` // else received
	Team     TeamID       `json:"team"`  // the other side; "" for everybody
	Object   string       `json:"object"`
	Title    string       `json:"title"` // "" for what is red or a referral: not every reader may know it
	TLP      advisory.TLP `json:"tlp"`
	Detected *time.Time   `json:"detected"` // first seen by whoever wrote it
	Released *time.Time   `json:"released"`
	Fetched  *time.Time   `json:"fetched"` // by the receiver, or brought to it
	Matched  *time.Time   `json:"matched"` // first with an asset of the receiver
	Fixed    *time.Time   `json:"fixed"`   // the last affected one; nil while any is open
}

// Took is the time from one moment of a clock to another, when both are known
// and in order: two clocks are never quite the same.
func Took(from, to *time.Time) (time.Duration, bool) {
	if from == nil || to == nil || to.Before(*from) {
		return 0, false
	}
	return to.Sub(*from), true
}

func earlier(a *time.Time, b time.Time) *time.Time {
	if a == nil || b.Before(*a) {
		b = b.UTC()
		return &b
	}
	return a
}

func latest(a *time.Time, b time.Time) *time.Time {
	if a == nil || b.After(*a) {
		b = b.UTC()
		return &b
	}
	return a
}

// givenClocks has one clock for each advisory and team, of its first release
// in the year.
func (l ledger) givenClocks() []AdvisoryClock {
	out := []AdvisoryClock{}
	seen := map[audienceOf]bool{}
	for _, r := range l.releases() {
		of := audienceOf{r.Release.Advisory, r.Release.Team}
		if seen[of] || r.Release.Withdrawal || l.releasedBefore(r) {
			continue
		}
		seen[of] = true
		c := AdvisoryClock{
			Given: true, Team: r.Release.Team, Object: string(r.Release.Advisory), Title: r.Title, TLP: r.Release.TLP,
			Detected: r.Detected, Released: earlier(nil, *r.Release.ReleasedAt),
		}
		if r.Release.TLP == advisory.Red || r.Release.Referral {
			c.Title = ""
		}
		c.Fetched = l.fetched(of)
		c.Matched, c.Fixed = l.seenThere(of)
		out = append(out, c)
	}
	return out
}

// fetched is when any revision of an advisory first reached the team.
func (l ledger) fetched(of audienceOf) *time.Time {
	var first *time.Time
	for _, id := range l.copies[of] {
		for _, r := range l.receipts[id] {
			if r.Kind != ReceiptSent { // what was sent has not arrived yet
				first = earlier(first, r.At)
			}
		}
		for _, d := range l.deliveries[id] {
			if d.DeliveredAt != nil {
				first = earlier(first, *d.DeliveredAt)
			}
		}
	}
	return first
}

// seenThere is what a team told of its own assets: fixed when its newest
// feedback has some fixed and none affected or undecided any more.
func (l ledger) seenThere(of audienceOf) (matched, fixed *time.Time) {
	var newest Feedback
	for _, x := range l.feedbacks[of.advisory] {
		if of.team != "" && x.Team != of.team || !l.mine(x.Team) {
			continue
		}
		if x.Counts[VerdictAffected]+x.Counts[VerdictFixed] > 0 {
			at := x.At
			if x.First != nil && x.First.Before(at) {
				at = *x.First
			}
			matched = earlier(matched, at)
		}
		if len(x.Counts) > 0 && !x.At.Before(newest.At) {
			newest = x
		}
	}
	if c := newest.Counts; c[VerdictFixed] > 0 && c[VerdictAffected]+c[VerdictPending] == 0 {
		fixed = earlier(nil, newest.At)
	}
	return matched, fixed
}

// takenClocks has one clock for each document that was new in the year.
func (l ledger) takenClocks() []AdvisoryClock {
	out := []AdvisoryClock{}
	for _, in := range l.inbounds() {
		if in.State == InboundDuplicate || in.State == InboundRejected || in.State == InboundNoted || in.Supersedes != "" {
			continue
		}
		c := AdvisoryClock{Team: in.Team, Object: string(in.ID), Title: in.Document.Title, TLP: in.Document.TLP, Fetched: earlier(nil, in.ReceivedAt)}
		if c.TLP == advisory.Red {
			c.Title = ""
		}
		if !in.Document.Released.IsZero() {
			c.Released = earlier(nil, in.Document.Released)
		}
		open := false
		for _, m := range l.matches[in.ID] {
			c.Matched = earlier(c.Matched, m.MatchedAt)
			switch {
			case m.FixedAt != nil:
				c.Fixed = latest(c.Fixed, *m.FixedAt)
			case m.Verdict == VerdictAffected || m.Verdict == VerdictPending || m.Verdict == VerdictUnknown || m.Verdict == "":
				open = true
			}
		}
		if open {
			c.Fixed = nil
		}
		out = append(out, c)
	}
	return out
}
