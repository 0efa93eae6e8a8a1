package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// opened are the ids of what somebody opened, in order.
func (w *world) opened(ctx context.Context, by inventory.Speaker) []string {
	w.t.Helper()
	var ids []string
	for _, o := range must(w.Recent(ctx, by))(w.t) {
		ids = append(ids, o.ID)
	}
	return ids
}

// What somebody opened comes back, the last first and each once, and a bounded
// number of it is kept.
func TestRecent(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	mara, nadia := inventory.Speaker{Name: "mara"}, inventory.Speaker{Name: "nadia"}
	note := func(by inventory.Speaker, kind inventory.HitKind, id string) {
		t.Helper()
		w.clock.advance(time.Second)
		if err := w.NoteOpened(t.Context(), by, kind, id); err != nil {
			t.Fatal(err)
		}
	}
	var want []string
	for i := range 25 {
		id := string(w.asset(org, fmt.Sprintf("192.0.2.%d", i+1)).ID)
		note(mara, inventory.HitAsset, id)
		want = slices.Insert(want, 0, id)
	}
	again := want[4]
	note(mara, inventory.HitAsset, again)
	want = slices.Insert(slices.Delete(want, 4, 5), 0, again)[:20]
	note(nadia, inventory.HitOrganization, string(org))
	if got := w.opened(t.Context(), mara); !slices.Equal(got, want) {
		t.Errorf("opened\n%v, want\n%v", got, want)
	}
	if n := w.rows("SELECT count(*) FROM recents WHERE owner = 'mara'"); n != 20 {
		t.Errorf("%d things are kept, want 20", n)
	}
	others := must(w.Recent(t.Context(), nadia))(t)
	if len(others) != 1 || others[0].Title != "Power" || !others[0].At.Equal(w.clock.now()) {
		t.Errorf("somebody else opened %+v", others)
	}
	note(nadia, inventory.HitFinding, "F-404")
	note(nadia, "of another time", "X-1")
	if got := w.opened(t.Context(), nadia); !slices.Equal(got, []string{string(org)}) {
		t.Errorf("with what does not exist: %v", got)
	}
	if n := w.rows("SELECT count(*) FROM recents WHERE owner = 'nadia'"); n != 1 {
		t.Errorf("%d things are kept, want 1: what is gone is forgotten", n)
	}

	var tabs sync.WaitGroup // several at once do not hinder each other
	for i := range 8 {
		tabs.Go(func() {
			for range 5 {
				if err := w.NoteOpened(t.Context(), nadia, inventory.HitAsset, want[i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	tabs.Wait()
	if got := w.opened(t.Context(), nadia); len(got) != 9 {
		t.Errorf("after several at once: %v", got)
	}
}

// What an organisation's people may not see any more, they have not opened.
func TestRecentIsOfWhatTheyMaySee(t *testing.T) {
	r := newRivals(t)
	ctx, by := as(t.Context(), r.ours), inventory.Speaker{Name: "harbour.gate", Org: r.ours}
	for kind, id := range map[inventory.HitKind]string{
		inventory.HitAsset: r.mine["assets"], inventory.HitFinding: r.yours["findings"], inventory.HitOrganization: string(r.theirs),
		inventory.HitPeer: "TEAM-1", inventory.HitReport: "no-such",
	} {
		if err := r.NoteOpened(ctx, by, kind, id); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.opened(ctx, by); !slices.Equal(got, []string{r.mine["assets"]}) {
		t.Errorf("they opened %v, want their own asset", got)
	}
	if n := r.rows("SELECT count(*) FROM recents WHERE owner = 'harbour.gate'"); n != 1 {
		t.Errorf("%d things are kept, want 1", n)
	}
	if err := r.MoveAsset(t.Context(), "mara", inventory.AssetID(r.mine["assets"]), r.theirs, "merger"); err != nil {
		t.Fatal(err)
	}
	if got := r.opened(ctx, by); len(got) != 0 {
		t.Errorf("after it moved away they opened %v", got)
	}
	if err := r.NoteOpened(ctx, inventory.Speaker{Name: "harbour.gate", Org: r.theirs}, inventory.HitAsset, "A-1"); err == nil {
		t.Error("something is kept for another organisation's people")
	}
}
