package release

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/misp"
)

// history is a store of revisions 1 to 4 and of releases, one to a page.
type history struct {
	releases []exchange.Release
	err      error
}

func (h history) AdvisoryRevisions(_ context.Context, id advisory.ID) ([]advisory.Advisory, error) {
	return []advisory.Advisory{{ID: id, Revision: 1}, {ID: id, Revision: 2}, {ID: id, Revision: 3}, {ID: id, Revision: 4}}, h.err
}

func (h history) Releases(_ context.Context, f exchange.ReleaseFilter, p inventory.Page) ([]exchange.Release, string, error) {
	i := len(p.Cursor)
	if f.State != exchange.ReleaseDone || i >= len(h.releases) {
		return nil, "", h.err
	}
	return h.releases[i : i+1], strings.Repeat("x", i+1), h.err
}

func TestPreviousIn(t *testing.T) {
	h := history{releases: []exchange.Release{{Revision: 3, Team: ""}, {Revision: 2, Team: "TEAM-1"}, {Revision: 1, Team: "TEAM-1"}, {Revision: 1, Team: ""}}}
	find := PreviousIn(h)
	for _, c := range []struct {
		reason   string
		revision int
		team     exchange.TeamID
		want     int // 0: none
	}{
		{"the newest that this team has", 4, "TEAM-1", 2},
		{"not the one that is asked about", 2, "TEAM-1", 1},
		{"the first has none before it", 1, "TEAM-1", 0},
		{"everybody is an audience of its own", 4, "", 3},
		{"and has not what a team has", 3, "", 1},
		{"a team that has nothing", 4, "TEAM-2", 0},
	} {
		got, err := find(t.Context(), advisory.Advisory{ID: "ADV-1", Revision: c.revision}, c.team)
		if err != nil || (got == nil) != (c.want == 0) || got != nil && got.Revision != c.want {
			t.Errorf("%s: previous of %d for %q = %+v, %v, want %d", c.reason, c.revision, c.team, got, err, c.want)
		}
	}
	if _, err := PreviousIn(history{err: errAway})(t.Context(), advisory.Advisory{Revision: 2}, ""); !errors.Is(err, errAway) {
		t.Errorf("without a store = %v", err)
	}
}

// What an audience had and gets no more is revoked, and not told again.
func TestRevokedWithoutSayingItAgain(t *testing.T) {
	s, r := service()
	before := advisories()["exposure"]
	s.Previous = func(context.Context, advisory.Advisory, exchange.TeamID) (*advisory.Advisory, error) {
		return &before, nil
	}
	a := advisories()["exposure"]
	a.Affected = nil
	p, err := s.Preview(t.Context(), r.ask(a, "TEAM-1", every(exchange.Keep)), day)
	if err != nil || len(p.Leaks) > 0 {
		t.Fatalf("preview: %v, %v", p.Leaks, err)
	}
	revoked := 0
	for _, o := range p.Objects {
		if o.Type == "note" && strings.Contains(string(o.Raw), `"revoked":true`) {
			revoked++
		}
		if strings.Contains(string(o.Raw), "Lankagrid") {
			t.Errorf("%s says it again: %s", o.Type, o.Raw)
		}
	}
	if revoked != 1 {
		t.Errorf("%d notes are revoked, want the one on those affected", revoked)
	}
}

// What MISP knows by its place in a list must be deleted place by place, with
// nothing of it said again.
func TestWithdrawalDeletesEverySystemInMISP(t *testing.T) {
	s, r := service()
	before := advisories()["exposure"]
	r.assets = map[inventory.AssetID]inventory.Asset{}
	for i, x := range before.Affected {
		before.Affected[i].Country, before.Affected[i].Consent = "LK", inventory.ConsentIdentified
		r.assets[x.Asset] = inventory.Asset{Org: x.Org, Consent: inventory.ConsentIdentified}
	}
	ask := r.ask(before, "TEAM-1", every(exchange.Keep))
	systems := func() map[misp.Word]misp.Object {
		t.Helper()
		got, err := s.Preview(t.Context(), ask, day)
		if err != nil || got.Problem != "" || len(got.Leaks) > 0 {
			t.Fatalf("%v %s %v", err, got.Problem, got.Leaks)
		}
		i := slices.IndexFunc(got.Files, func(f exchange.File) bool { return f.Format == exchange.FormatMISP })
		e, err := misp.Parse(got.Files[i].Bytes, misp.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		out := map[misp.Word]misp.Object{}
		for _, o := range e.Objects {
			if o.Name == "ip-port" {
				out[o.UUID] = o
			}
		}
		return out
	}
	told := systems()
	if len(told) != len(before.Affected) {
		t.Fatalf("the owner's CERT is told of %d systems", len(told))
	}
	s.Previous = func(context.Context, advisory.Advisory, exchange.TeamID) (*advisory.Advisory, error) {
		return &before, nil
	}
	ask.Advisory = advisories()["withdrawn"]
	now := systems()
	for id := range told {
		if o, ok := now[id]; !ok || !bool(o.Deleted) || len(o.Attributes) > 0 {
			t.Errorf("system %s is not deleted: %+v", id, o)
		}
	}
}
