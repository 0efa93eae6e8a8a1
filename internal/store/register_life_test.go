package store_test

import (
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

func TestDiscoveriesAreClaimedOrKeptAway(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.1")
	w.asset(org, "known.example.org")
	if err := w.SyncChecks(t.Context(), []inventory.Check{{
		ID: testCheck, Title: "A certificate", Severity: inventory.SeverityLow, Why: "w", Fix: "f", Source: "template", Protocol: "ssl",
	}}); err != nil {
		t.Fatal(err)
	}
	sees := func(task scanner.Task) scanner.Report {
		r := found(task, w.clock.now(), testCheck)
		for i := range r.Result.Observations {
			if o := &r.Result.Observations[i]; o.Match != nil {
				o.Match.Extracted = []string{"vpn.example.org", "known.example.org", "cdn.example.net"}
			}
		}
		return r
	}
	w.round(org, sees, host(a, "192.0.2.1"))
	list := func(state inventory.DiscoveryState) []inventory.Discovery {
		t.Helper()
		all, _, err := w.Discoveries(t.Context(), org, state, inventory.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	open := list(inventory.DiscoveryOpen)
	if len(open) != 2 || open[0].Address.String() != "cdn.example.net" || open[1].Address.String() != "vpn.example.org" {
		t.Fatalf("discovered %+v, want the two that nobody has registered", open)
	}
	made := must(w.ClaimDiscovery(t.Context(), "amara", open[1].ID))(t)
	if made.Org != org || made.Address.String() != "vpn.example.org" {
		t.Errorf("claimed %+v", made)
	}
	if err := w.RejectDiscovery(t.Context(), "amara", open[0].ID, "the hosting provider's"); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "a second decision", w.RejectDiscovery(t.Context(), "amara", open[0].ID, "x"), inventory.ErrConflict)
	w.round(org, sees, host(a, "192.0.2.1"))
	if again := list(inventory.DiscoveryOpen); len(again) != 0 || len(list(inventory.DiscoveryRejected)) != 1 {
		t.Errorf("after another scan %+v is open again", again)
	}
}

func TestUndoneImportLeavesWhatWasScanned(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	kept := w.asset(org, "192.0.2.9")
	row := func(line int, class inventory.ImportClass, address, name string) inventory.ImportRow {
		return inventory.ImportRow{Line: line, Class: class, Address: address, Says: inventory.ImportSays{
			Name: name, Criticality: inventory.CriticalityLow, Class: inventory.IT, Given: []string{"name"},
		}}
	}
	draft := must(w.CreateImport(t.Context(), "amara", inventory.Import{Org: org, Name: "x.csv"}, []byte("x"), []inventory.ImportRow{
		row(2, inventory.RowNew, "192.0.2.1", "one"), row(3, inventory.RowNew, "192.0.2.2", "two"), row(4, inventory.RowChanged, "192.0.2.9", "renamed"),
	}))(t)
	done := must(w.ApplyImport(t.Context(), "amara", draft.ID))(t)
	if a := must(w.Asset(t.Context(), kept.ID))(t); done.State != inventory.ImportDone || a.Name != "renamed" {
		t.Fatalf("applied: %+v, the known asset is %q", done, a.Name)
	}
	byAddress := must(w.AssetsByAddress(t.Context(), []string{"192.0.2.1", "192.0.2.2"}))(t)
	w.round(org, quiet, host(byAddress["192.0.2.1"], "192.0.2.1"))
	if err := w.Judge(t.Context(), "T-1", func(in inventory.JudgeInput) inventory.JudgeOutput { return inventory.Judge(in) }); err != nil {
		t.Fatal(err)
	}
	undone := must(w.UndoImport(t.Context(), "amara", draft.ID))(t)
	if undone.Removed != 1 || undone.Restored != 1 || len(undone.Kept) != 1 || undone.Kept[0].Address != "192.0.2.1" {
		t.Errorf("undone %+v, want the scanned one kept", undone)
	}
	if a := must(w.Asset(t.Context(), kept.ID))(t); a.Name != kept.Name {
		t.Errorf("the changed asset is %q, want %q again", a.Name, kept.Name)
	}
	_, err := w.UndoImport(t.Context(), "amara", draft.ID)
	wantErr(t, "undone twice", err, inventory.ErrConflict)
}

func TestEveryOrderOfAssetsPages(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	for i := range 5 {
		w.asset(org, addressOf(i+1))
	}
	for _, sort := range inventory.AssetSorts() {
		seen := map[inventory.AssetID]bool{}
		for page := (inventory.Page{Limit: 2}); ; {
			lines, next, err := w.AssetOverviews(t.Context(), inventory.AssetFilter{Sort: sort, Stale: true}, page)
			if err != nil {
				t.Fatalf("order %q: %v", sort, err)
			}
			for _, l := range lines {
				seen[l.ID] = true
			}
			if page.Cursor = next; next == "" {
				break
			}
		}
		if len(seen) != 5 {
			t.Errorf("order %q pages through %d of 5 assets", sort, len(seen))
		}
	}
}
