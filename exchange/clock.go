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

// givenClocks has one clock for each advisory and team, of its first release
// in the year; it was fetched when any revision first reached the team.
func (l ledger) givenClocks() []AdvisoryClock {
	out := []AdvisoryClock{}
	at := map[audienceOf]int{}
	feedback := groupBy(l.f.Feedback, func(x Feedback) advisory.ID { return x.Advisory })
	for _, r := range l.releases {
		of := r.audience()
		if i, ok := at[of]; ok {
			if r.Fetched != nil {
				out[i].Fetched = earlier(out[i].Fetched, *r.Fetched)
			}
			continue
		}
		if r.Withdrawal || l.before[of] {
			continue
		}
		at[of] = len(out)
		c := AdvisoryClock{
			Given: true, Team: r.Team, Object: string(r.Advisory), Title: r.Title, TLP: r.TLP,
			Detected: r.Detected, Released: earlier(nil, *r.ReleasedAt), Fetched: r.Fetched,
		}
		if r.TLP == advisory.Red || r.Referral {
			c.Title = ""
		}
		c.Matched, c.Fixed = l.seenThere(of, feedback[of.advisory])
		out = append(out, c)
	}
	return out
}

// seenThere is what a team told of its own assets: fixed when its newest
// feedback has some fixed and none affected or undecided any more.
func (l ledger) seenThere(of audienceOf, told []Feedback) (matched, fixed *time.Time) {
	var newest Feedback
	for _, x := range told {
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
	for _, in := range l.inbounds {
		if in.State == InboundDuplicate || in.State == InboundRejected || in.State == InboundNoted || in.Supersedes != "" {
			continue
		}
		c := AdvisoryClock{Team: in.Team, Object: string(in.ID), Title: in.Title, TLP: in.TLP, Fetched: earlier(nil, in.ReceivedAt), Matched: in.Matched}
		if c.TLP == advisory.Red {
			c.Title = ""
		}
		if !in.Released.IsZero() {
			c.Released = earlier(nil, in.Released)
		}
		if !in.Open {
			c.Fixed = in.Fixed
		}
		out = append(out, c)
	}
	return out
}
