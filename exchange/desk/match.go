package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/match"
	"github.com/ciiscan/ciiscan/inventory"
)

// runningFor is how long what runs in the country is held in memory: a poll
// may bring a thousand documents, and reading a register of 100,000 services
// takes a second or two.
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
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.load(ctx); err != nil {
		return err
	}
	return d.follow(ctx, id, d.running.Match(in.ID, in.Document))
}

// load reads what runs and what is open, unless it was read just now.
func (d *Desk) load(ctx context.Context) error {
	if d.running != nil && d.Now().Sub(d.loadedAt).Abs() < runningFor {
		return nil
	}
	all := match.NewServices()
	at := d.Now()
	err := d.Facts.MatchServices(ctx, time.Time{}, func(some []exchange.Running) error {
		for _, r := range some {
			all.AddService(r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = d.Facts.MatchWeak(ctx, func(some []exchange.Weak) error {
		for _, w := range some {
			all.AddFinding(w)
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.running, d.loadedAt = all, at
	return nil
}

// MeetNew meets the services seen since a moment with all documents in force:
// what is new here may be what a peer warned of long ago.
func (d *Desk) MeetNew(ctx context.Context, since time.Time) error {
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
	hits := map[exchange.InboundID][]match.Hit{}
	err = d.Facts.MatchServices(ctx, since, func(some []exchange.Running) error {
		for _, r := range some {
			for _, h := range index.Match(r) {
				hits[h.Inbound] = append(hits[h.Inbound], h)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, found := range hits {
		if err := d.follow(ctx, "", match.Merge(found)); err != nil {
			return err
		}
	}
	return nil
}

// follow keeps hits and does for the new ones what comes next. id marks the
// document as met with the whole register; "" does not.
func (d *Desk) follow(ctx context.Context, id exchange.InboundID, hits []match.Hit) error {
	matches := make([]exchange.Match, len(hits))
	for i, h := range hits {
		matches[i] = h.Match(d.Checks)
		due, err := d.dueAt(ctx, h)
		if err != nil {
			return err
		}
		matches[i].DueAt = due
	}
	// Those that a job before this one kept and did not get to are taken up.
	if _, err := d.Matches.KeepMatches(ctx, "", matches); err != nil {
		return err
	}
	var open []match.Hit
	waiting := map[string]exchange.Match{}
	for _, h := range hits {
		m, err := d.stored(ctx, h)
		if err != nil {
			return err
		}
		if m.Verdict == exchange.VerdictPending && m.Scan == "" {
			open, waiting[placeKey(m)] = append(open, h), m
		}
	}
	if err := d.decide(ctx, open, waiting); err != nil {
		return err
	}
	if id == "" {
		return nil
	}
	_, err := d.Matches.KeepMatches(ctx, id, nil)
	return err
}

func placeKey(m exchange.Match) string {
	return string(m.Inbound) + " " + string(m.Asset) + " " + m.Service
}

// stored finds the match that a hit became.
func (d *Desk) stored(ctx context.Context, h match.Hit) (exchange.Match, error) {
	page := inventory.Page{Limit: 500}
	for {
		some, next, err := d.Matches.Matches(ctx, exchange.MatchFilter{Inbound: h.Inbound, Asset: h.Asset}, page)
		if err != nil {
			return exchange.Match{}, err
		}
		if i := slices.IndexFunc(some, func(m exchange.Match) bool { return m.Service == h.Place.String() }); i >= 0 {
			return some[i], nil
		}
		if next == "" {
			return exchange.Match{}, fmt.Errorf("match of %s on asset %s at %s: %w", h.Inbound, h.Asset, h.Place, inventory.ErrNotFound)
		}
		page.Cursor = next
	}
}

// decide starts the scans that can decide, and rules at once on the rest.
func (d *Desk) decide(ctx context.Context, open []match.Hit, waiting map[string]exchange.Match) error {
	scans, why := map[inventory.AssetID]string{}, map[inventory.AssetID]string{}
	for _, t := range d.Checks.Plan(open) {
		scan, err := d.Starter.StartTargeted(ctx, t)
		switch {
		case err == nil:
			scans[t.Asset] = scan
		case errors.Is(err, inventory.ErrOutOfScope), errors.Is(err, inventory.ErrInvalid), errors.Is(err, inventory.ErrConflict):
			why[t.Asset] = "not scanned: " + inventory.CleanText(err.Error(), 300)
		default:
			return err
		}
	}
	for _, h := range open {
		m := waiting[placeKey(h.Match(d.Checks))]
		m.Scan = scans[h.Asset]
		proven, err := d.Facts.Proven(ctx, m.Scan, h.Asset)
		if err != nil {
			return err
		}
		r := d.rule(h, proven)
		if note := why[h.Asset]; note != "" {
			r.Why += "; " + note
		}
		if err := d.set(ctx, m, r); err != nil {
			return err
		}
	}
	return d.tell(ctx, open)
}

// ScanEnded rules on the matches that a targeted scan was to decide. To call
// it again changes nothing.
func (d *Desk) ScanEnded(ctx context.Context, scan string) error {
	for page := (inventory.Page{Limit: 500}); ; {
		some, next, err := d.Matches.Matches(ctx, exchange.MatchFilter{Scan: scan}, page)
		if err != nil {
			return err
		}
		for _, m := range some {
			if err := d.ruleAgain(ctx, m); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		page.Cursor = next
	}
}

// Revisit rules again on an asset that was affected, or of which nothing was
// known, after it was looked at.
func (d *Desk) Revisit(ctx context.Context, asset inventory.AssetID) error {
	for page := (inventory.Page{Limit: 500}); ; {
		some, next, err := d.Matches.Matches(ctx, exchange.MatchFilter{Asset: asset}, page)
		if err != nil {
			return err
		}
		for _, m := range some {
			if m.Verdict != exchange.VerdictAffected && m.Verdict != exchange.VerdictUnknown {
				continue
			}
			if err := d.ruleAgain(ctx, m); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		page.Cursor = next
	}
}

// ruleAgain rules on a match by what is known now.
func (d *Desk) ruleAgain(ctx context.Context, m exchange.Match) error {
	in, err := d.Inbox.Inbound(ctx, m.Inbound)
	if err != nil {
		return err
	}
	proven, err := d.Facts.Proven(ctx, m.Scan, m.Asset)
	if err != nil {
		return err
	}
	h, still := hitAt(in, m, proven)
	if !still {
		return d.set(ctx, m, gone(m, proven))
	}
	return d.set(ctx, m, d.rule(h, proven))
}

// set stores a ruling, unless it says nothing new or, because a scan is due,
// less than is known already.
func (d *Desk) set(ctx context.Context, m exchange.Match, r match.Ruling) error {
	known := m.Verdict != exchange.VerdictPending && m.Verdict != ""
	if known && (r.Verdict == exchange.VerdictPending || r.Verdict == m.Verdict) {
		return nil
	}
	m.Verdict, m.Why, m.Evidence = r.Verdict, r.Why, r.Evidence
	return d.Matches.SetVerdict(ctx, m)
}
