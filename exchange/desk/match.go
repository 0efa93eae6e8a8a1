package desk

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/match"
)

// runningFor is how long what runs in the country is held in memory: a poll
// may bring a thousand documents, and reading a register of 100,000 services
// takes a second or two. What is new since then, MeetNew finds.
const runningFor = time.Minute

// Match meets an accepted document with the register. It is a job.
func (d *Desk) Match(ctx context.Context, id exchange.InboundID) error {
	in, err := d.Inbox.Inbound(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case in.State == exchange.InboundQuarantined && in.Document.Format == "":
		return d.examinePost(ctx, in)
	case in.State != exchange.InboundAccepted:
		return nil
	}
	hits, err := d.meet(ctx, in)
	if err != nil {
		return err
	}
	if err := d.follow(ctx, hits); err != nil {
		return err
	}
	// Last, so that a document that was followed half is met again.
	_, err = d.Matches.KeepMatches(ctx, id, nil)
	return err
}

// meet compares a document with all that runs and all that is open.
func (d *Desk) meet(ctx context.Context, in exchange.Inbound) ([]match.Hit, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running == nil || d.stale() {
		all, at := match.NewServices(), d.Now()
		err := d.eachSince(ctx, time.Time{}, all.AddService, all.AddFinding)
		if err != nil {
			return nil, err
		}
		d.running, d.loadedAt = all, at
	}
	return d.running.Match(in.ID, in.Document), nil
}

func (d *Desk) stale() bool { return d.Now().Sub(d.loadedAt).Abs() >= runningFor }

// forget gives the memory back that what runs takes, when it was not needed
// for a while.
func (d *Desk) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stale() {
		d.running = nil
	}
}

// eachSince hands over what the register learned since a moment, of services
// and of findings.
func (d *Desk) eachSince(ctx context.Context, since time.Time, service func(exchange.Running), finding func(exchange.Weak)) error {
	err := d.Facts.MatchServices(ctx, since, func(some []exchange.Running) error {
		for _, r := range some {
			service(r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.Facts.MatchWeak(ctx, since, func(some []exchange.Weak) error {
		for _, w := range some {
			finding(w)
		}
		return nil
	})
}

// MeetNew meets what the register learned since a moment with all documents in
// force: what is new here may be what a peer warned of long ago. It looks a
// little further back, at what a document met just now may have missed.
func (d *Desk) MeetNew(ctx context.Context, since time.Time) error {
	d.forget()
	index := match.NewIndex()
	err := d.Facts.MatchInbounds(ctx, func(some []exchange.Inbound) error {
		for _, in := range some {
			index.AddDocument(in.ID, in.Document)
		}
		return nil
	})
	if err != nil || index.Len() == 0 {
		return err
	}
	var hits []match.Hit
	err = d.eachSince(ctx, since.Add(-runningFor),
		func(r exchange.Running) { hits = append(hits, index.Match(r)...) },
		func(w exchange.Weak) { hits = append(hits, index.MatchFinding(w)...) })
	if err != nil {
		return err
	}
	return d.follow(ctx, match.Merge(hits))
}
