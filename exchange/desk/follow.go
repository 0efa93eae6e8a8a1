package desk

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/match"
	"github.com/ciiscan/ciiscan/inventory"
)

// A concern is a hit, and the match that it is stored as.
type concern struct {
	hit    match.Hit
	stored exchange.Match
}

// fresh tells whether nothing was done about it yet.
func (c concern) fresh() bool {
	return c.stored.Verdict == exchange.VerdictPending && c.stored.Scan == ""
}

// follow keeps hits and does what comes next with those of which nothing was
// decided yet, be they new or left by a job that died.
func (d *Desk) follow(ctx context.Context, hits []match.Hit) error {
	byDocument := map[exchange.InboundID][]match.Hit{}
	for _, h := range hits {
		byDocument[h.Inbound] = append(byDocument[h.Inbound], h)
	}
	ids := slices.Sorted(maps.Keys(byDocument))
	done, err := d.following.take(ctx, ids...)
	if err != nil {
		return err
	}
	defer done()
	var all []*concern
	docs := map[exchange.InboundID]exchange.Inbound{}
	for _, id := range ids {
		in, err := d.Inbox.Inbound(ctx, id)
		if err != nil {
			return err
		}
		if in.State != exchange.InboundAccepted { // taken back meanwhile
			continue
		}
		kept, err := d.keep(ctx, id, byDocument[id])
		if err != nil {
			return err
		}
		docs[id], all = in, append(all, kept...)
	}
	return errors.Join(d.decide(ctx, docs, all), d.tell(ctx, docs, all))
}

type placed struct {
	asset   inventory.AssetID
	service string
}

func placeOf(m exchange.Match) placed { return placed{m.Asset, m.Service} }

// keep stores those hits on a document that are new, and finds the others.
func (d *Desk) keep(ctx context.Context, id exchange.InboundID, hits []match.Hit) ([]*concern, error) {
	filter := exchange.MatchFilter{Inbound: id}
	for _, h := range hits {
		filter.Assets = append(filter.Assets, h.Asset)
	}
	slices.Sort(filter.Assets)
	filter.Assets = slices.Compact(filter.Assets)
	stored := map[placed]exchange.Match{}
	err := d.eachMatch(ctx, filter, func(m exchange.Match) error {
		stored[placeOf(m)] = m
		return nil
	})
	if err != nil {
		return nil, err
	}
	matches := make([]exchange.Match, len(hits))
	var unknown []exchange.Match
	for i, h := range hits {
		matches[i] = h.Match(d.Checks)
		if _, known := stored[placeOf(matches[i])]; !known {
			unknown = append(unknown, matches[i])
		}
	}
	added, err := d.Matches.KeepMatches(ctx, "", unknown)
	if err != nil {
		return nil, err
	}
	for _, m := range added {
		stored[placeOf(m)] = m
	}
	var out []*concern
	for i, h := range hits {
		if m, ok := stored[placeOf(matches[i])]; ok { // else another ciiscand was faster, and goes on
			out = append(out, &concern{h, m})
		}
	}
	return out, nil
}

// eachMatch calls for each match that the filter selects, the oldest first.
func (d *Desk) eachMatch(ctx context.Context, f exchange.MatchFilter, do func(exchange.Match) error) error {
	return inventory.Each(func(p inventory.Page) ([]exchange.Match, string, error) { return d.Matches.Matches(ctx, f, p) }, do)
}
