package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// cutAll ends every connection to the test's database, as a restart does.
const cutAll = `
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()`

func TestStoreSurvivesLostConnections(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	if n := w.rows(cutAll); n == 0 {
		t.Fatal("there was no connection to cut")
	}
	// Those who were waiting hear that it is away; those who come again are served.
	for try := 0; ; try++ {
		_, err := w.Organization(t.Context(), org)
		if err == nil {
			break
		}
		if !errors.Is(err, inventory.ErrUnavailable) {
			t.Fatalf("Organization after the cut = %v, want unavailable", err)
		}
		if try == 20 {
			t.Fatal("the store does not come back")
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.asset(org, "192.0.2.1")
}

func TestFullDiskSaysWhatToDo(t *testing.T) {
	w := newWorld(t)
	execSQL(t, w.db.URL, `
		CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE disk_full; END';
		CREATE TRIGGER fill BEFORE INSERT ON organizations FOR EACH ROW EXECUTE FUNCTION fill();`)
	_, err := w.CreateOrganization(t.Context(), "mara", inventory.Organization{
		Name: "Power", Sector: inventory.SectorEnergy, Country: "LK", Criticality: inventory.CriticalityHigh, TimeZone: "UTC",
	})
	wantErr(t, "CreateOrganization on a full disk", err, inventory.ErrUnavailable)
	if hint := inventory.HintOf(err); !strings.Contains(hint, "free some space") {
		t.Errorf("hint = %q, want what to do", hint)
	}
}
