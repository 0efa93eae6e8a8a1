package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
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
