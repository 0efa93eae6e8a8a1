package release

import (
	"context"
	"fmt"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A History tells what was released before.
type History interface {
	// AdvisoryRevisions returns each revision as it last was.
	AdvisoryRevisions(context.Context, advisory.ID) ([]advisory.Advisory, error)
	Releases(context.Context, exchange.ReleaseFilter, inventory.Page) ([]exchange.Release, string, error)
}

// PreviousIn makes Service.Previous from a store: of the revisions before a's
// it finds the newest that the audience has got.
func PreviousIn(h History) func(context.Context, advisory.Advisory, exchange.TeamID) (*advisory.Advisory, error) {
	return func(ctx context.Context, a advisory.Advisory, team exchange.TeamID) (*advisory.Advisory, error) {
		if a.Revision <= 1 {
			return nil, nil
		}
		revisions, err := h.AdvisoryRevisions(ctx, a.ID)
		if err != nil {
			return nil, fmt.Errorf("read revisions of advisory %s: %w", a.ID, err)
		}
		got, err := releasedTo(ctx, h, a.ID, team)
		if err != nil {
			return nil, err
		}
		var last *advisory.Advisory
		for _, r := range revisions {
			if got[r.Revision] && r.Revision < a.Revision && (last == nil || r.Revision > last.Revision) {
				last = &r
			}
		}
		return last, nil
	}
}

// releasedTo lists the revisions that an audience has got.
func releasedTo(ctx context.Context, h History, id advisory.ID, team exchange.TeamID) (map[int]bool, error) {
	got := map[int]bool{}
	f := exchange.ReleaseFilter{Advisory: id, Team: team, State: exchange.ReleaseDone}
	err := inventory.Each(func(p inventory.Page) ([]exchange.Release, string, error) { return h.Releases(ctx, f, p) }, func(r exchange.Release) error {
		if r.Team == team { // the filter's "" is anybody's
			got[r.Revision] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list releases of advisory %s: %w", id, err)
	}
	return got, nil
}
