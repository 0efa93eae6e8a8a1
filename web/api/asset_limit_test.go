package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/auth"
)

// Who replaces what is said of an asset and does not know of limits takes none
// away.
func TestALimitIsNotTakenAwayBySilence(t *testing.T) {
	w := newWalked(t)
	path := Base + "/assets/" + w.ours.IDs["assets"]
	const all = `{"version":1,"name":"gate","site":"","kind":"it","criticality":"low","tags":[]`
	rec := w.call(auth.Identity{User: "mara", Role: auth.Analyst}, http.MethodPut, path, all+`}`, "application/json")
	if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "at_most") {
		t.Errorf("an edit that leaves the limit out = %d %s, want a refusal that names it", rec.Code, rec.Body)
	}
}

// What the former owner said of an asset stays with the CERT.
func TestAMovedAssetTellsNothingOfItsFormerOwner(t *testing.T) {
	w := newWalked(t)
	id := inventory.AssetID(w.theirs.IDs["assets"])
	have, err := w.store.Asset(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.store.EditAsset(t.Context(), "mara", id, have.Version, inventory.AssetEdit{
		Name: "core of the former", Criticality: inventory.CriticalityLow, Class: inventory.IT,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.MoveAsset(t.Context(), "mara", id, w.ours.Org, "merger"); err != nil {
		t.Fatal(err)
	}
	path := Base + "/assets/" + string(id) + "/page"
	for _, c := range []struct {
		who  auth.Identity
		told bool
	}{
		{auth.Identity{User: "otto", Role: auth.OperatorAdmin, Org: w.ours.Org}, false},
		{auth.Identity{User: "mara", Role: auth.Analyst}, true},
	} {
		rec := w.call(c.who, http.MethodGet, path, "", "")
		_, deeds, _ := strings.Cut(rec.Body.String(), `"deeds"`)
		if rec.Code != http.StatusOK || !strings.Contains(deeds, "asset.move") {
			t.Fatalf("the page for %s = %d %s", c.who.User, rec.Code, rec.Body)
		}
		if told := strings.Contains(deeds, "asset.edit") || strings.Contains(deeds, string(w.theirs.Org)); told != c.told {
			t.Errorf("%s is told of the former owner: %v, want %v; deeds: %s", c.who.User, told, c.told, deeds)
		}
	}
}

// A double click books one schedule, and says the same twice.
func TestAFirstScanIsBookedOnce(t *testing.T) {
	w := newWalked(t)
	if err := w.store.PauseSchedule(t.Context(), "mara", scanner.ScheduleID(w.ours.IDs["schedules"])); err != nil {
		t.Fatal(err)
	}
	path := Base + "/organizations/" + string(w.ours.Org) + "/first-scan"
	got := make([]string, 2)
	var clicks sync.WaitGroup
	for i := range got {
		clicks.Go(func() {
			rec := w.call(auth.Identity{User: "otto", Role: auth.OperatorAdmin, Org: w.ours.Org}, http.MethodPost, path, "", "")
			got[i] = fmt.Sprint(rec.Code, rec.Body)
		})
	}
	clicks.Wait()
	if got[0] != got[1] || !strings.HasPrefix(got[0], "201") {
		t.Errorf("two clicks are answered %s and %s", got[0], got[1])
	}
	all, _, err := w.store.Schedules(t.Context(), w.ours.Org, inventory.Page{})
	if err != nil || len(all) != 2 { // the paused one and the new one
		t.Errorf("then there are %+v, %v", all, err)
	}
}

// Scans are booked as deep as what is permitted: a deeper one would never run.
func TestAFirstScanIsAsDeepAsPermitted(t *testing.T) {
	for level, want := range map[inventory.Level]string{inventory.LevelLight: "light", inventory.LevelStandard: "standard", inventory.LevelIntensive: "standard"} {
		f := apitest.New()
		f.Auths = []inventory.Authorization{{
			ID: "AUTH-1", Org: "ORG-1", State: inventory.AuthActive, Level: level, TimeZone: "UTC",
			From: apitest.Noon.Add(-time.Hour), Until: apitest.Noon.AddDate(0, 1, 0),
		}}
		s := newServer(Deps{Profiles: f, Scheduler: f, Schedules: f, Permits: f, Scans: f, Now: func() time.Time { return apitest.Noon }}, http.NewServeMux())
		ctx := auth.WithIdentity(t.Context(), auth.Identity{User: "mara", Role: auth.Analyst})
		_, err := s.bookFirstScan(ctx, &ByID{ID: string(f.Orgs[0].ID)})
		if err != nil || f.Scheduled[len(f.Scheduled)-1].Profile != want {
			t.Errorf("permitted up to %s: booked %+v, %v; want %s", level, f.Scheduled, err, want)
		}
	}
}
