package store_test

import (
	"errors"
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
