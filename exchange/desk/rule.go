package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/match"
	"github.com/ciiscan/ciiscan/inventory"
)

// decide starts the scans that can decide, one for each asset whatever the
// number of documents, and rules at once on the rest. What goes wrong with one
// asset keeps no other from its turn, and is left for the next call.
func (d *Desk) decide(ctx context.Context, docs map[exchange.InboundID]exchange.Inbound, all []*concern) error {
	var hits []match.Hit
	byAsset := map[inventory.AssetID][]*concern{}
	for _, c := range all {
		if c.fresh() {
			hits = append(hits, c.hit)
			byAsset[c.hit.Asset] = append(byAsset[c.hit.Asset], c)
		}
	}
	plans := map[inventory.AssetID]*match.Targeted{}
	for _, t := range d.Checks.Plan(hits) {
		plans[t.Asset] = &t
	}
	r := ruler{desk: d, docs: docs, reviews: map[exchange.InboundID]review{}, threats: map[string]inventory.Threat{}}
	var failed []error
	for _, asset := range slices.Sorted(maps.Keys(byAsset)) {
		err := r.decide(ctx, asset, plans[asset], byAsset[asset])
		if err == nil {
			continue
		}
		failed = append(failed, fmt.Errorf("decide on asset %s: %w", asset, err))
		if ctx.Err() != nil || errors.Is(err, inventory.ErrUnavailable) {
			break
		}
	}
	return errors.Join(failed...)
}

type review func(exchange.Match, exchange.Proven) match.Ruling

// A ruler rules on many matches, and asks for nothing twice.
type ruler struct {
	desk    *Desk
	docs    map[exchange.InboundID]exchange.Inbound
	reviews map[exchange.InboundID]review
	threats map[string]inventory.Threat // by list of CVEs
}

// decide rules on an asset, after the scan of it that a plan wants was started.
func (r *ruler) decide(ctx context.Context, id inventory.AssetID, plan *match.Targeted, concerns []*concern) error {
	asset, err := r.desk.Facts.Asset(ctx, id)
	if err != nil {
		return err
	}
	scan, note, err := r.desk.start(ctx, plan)
	if err != nil {
		return err
	}
	// The scan was started: that it is known must not be lost to a shutdown.
	ctx, cancel := noteDown(ctx)
	defer cancel()
	proven := map[string]exchange.Proven{}
	ruled := map[exchange.InboundID][]exchange.Match{}
	for _, c := range concerns {
		m := &c.stored
		scanned := len(m.Checks) > 0 && c.hit.Port != 0
		if scanned {
			m.Scan = scan
		}
		if _, known := proven[m.Scan]; !known {
			if proven[m.Scan], err = r.desk.Facts.Proven(ctx, m.Scan, id); err != nil {
				return err
			}
		}
		if m.DueAt, err = r.dueAt(ctx, asset, c.hit); err != nil {
			return err
		}
		ruling := r.review(m.Inbound)(*m, proven[m.Scan])
		m.Verdict, m.Why, m.Evidence = ruling.Verdict, ruling.Why, ruling.Evidence
		if scanned && note != "" {
			m.Why += "; " + note
		}
		ruled[m.Inbound] = append(ruled[m.Inbound], *m)
	}
	for doc, matches := range ruled {
		if err := r.desk.Matches.SetVerdicts(ctx, doc, matches); err != nil {
			return err
		}
	}
	return nil
}

func (r *ruler) review(id exchange.InboundID) review {
	if r.reviews[id] == nil {
		r.reviews[id] = r.desk.Checks.Reviewer(id, r.docs[id].Document)
	}
	return r.reviews[id]
}

// start starts a scan, or says why it may not be.
func (d *Desk) start(ctx context.Context, plan *match.Targeted) (scan, note string, err error) {
	if plan == nil {
		return "", "", nil
	}
	scan, err = d.Starter.StartTargeted(ctx, *plan)
	if errors.Is(err, inventory.ErrOutOfScope) || errors.Is(err, inventory.ErrInvalid) || errors.Is(err, inventory.ErrConflict) || errors.Is(err, inventory.ErrNotFound) {
		return scan, "not scanned: " + inventory.CleanText(err.Error(), 300), nil
	}
	return scan, "", err
}

// dueAt is when something has to be done about a hit, by SSVC, as if it had
// been found to be true now.
func (r *ruler) dueAt(ctx context.Context, asset inventory.Asset, h match.Hit) (*time.Time, error) {
	key := fmt.Sprint(h.CVEs)
	threat, known := r.threats[key]
	if !known {
		var err error
		if threat, err = r.desk.Facts.Threats(ctx, h.CVEs); err != nil {
			return nil, err
		}
		r.threats[key] = threat
	}
	_, due := inventory.Prioritise(inventory.Finding{
		Severity: r.docs[h.Inbound].Document.Severity, Detection: inventory.Open, FirstSeen: r.desk.Now(), KEV: threat.KEV,
	}, asset, threat)
	return due, nil
}

// ScanEnded rules on the matches that a targeted scan was to decide. To call
// it again changes nothing.
func (d *Desk) ScanEnded(ctx context.Context, scan string) error {
	return d.eachMatch(ctx, exchange.MatchFilter{Scan: scan}, func(m exchange.Match) error { return d.ruleAgain(ctx, m) })
}

// Revisit rules again on an asset of which a word was said, after it was looked
// at or retired.
func (d *Desk) Revisit(ctx context.Context, asset inventory.AssetID) error {
	return d.eachMatch(ctx, exchange.MatchFilter{Asset: asset}, func(m exchange.Match) error {
		if m.Verdict == exchange.VerdictPending {
			return nil
		}
		return d.ruleAgain(ctx, m)
	})
}

// news tells whether a ruling is more than what was said before. What was
// fixed is affected again, and what was not there is there again, only when
// that is seen: no answer is no news.
func news(was exchange.Match, now match.Ruling, p exchange.Proven) bool {
	switch {
	case now.Verdict == was.Verdict || now.Verdict == exchange.VerdictPending:
		return false
	case was.Verdict == exchange.VerdictFixed:
		return now.Verdict == exchange.VerdictAffected
	case was.Verdict == exchange.VerdictNotPresent:
		return now.Verdict == exchange.VerdictAffected || match.Answers(was, p)
	}
	return true
}

// ruleAgain rules on a match by what is known now, unless its document is in
// force no more. It stores nothing that is not new, nor, because a scan is
// due, less than is known already.
func (d *Desk) ruleAgain(ctx context.Context, m exchange.Match) error {
	// Whoever ruled first rested on no more than the next one does.
	done, err := d.ruling.take(ctx, m.Inbound)
	if err != nil {
		return err
	}
	defer done()
	in, err := d.Inbox.Inbound(ctx, m.Inbound)
	if err != nil || in.State != exchange.InboundAccepted {
		return err
	}
	proven, err := d.Facts.Proven(ctx, m.Scan, m.Asset)
	if err != nil {
		return err
	}
	r := d.Checks.Review(m, in.Document, proven)
	if !news(m, r, proven) {
		return nil
	}
	m.Verdict, m.Why, m.Evidence = r.Verdict, r.Why, r.Evidence
	return d.Matches.SetVerdicts(ctx, m.Inbound, []exchange.Match{m})
}
