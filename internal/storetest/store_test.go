package storetest_test

import (
	"database/sql"
	"testing"

	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
)

func TestEveryTestHasItsOwnDatabase(t *testing.T) {
	one, two := storetest.New(t), storetest.New(t)
	_, err := one.CreateOrganization(t.Context(), "mara", inventory.Organization{
		Name: "Power", Sector: inventory.SectorEnergy, Country: "LK", Criticality: inventory.CriticalityLow, TimeZone: "UTC",
	})
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := two.Organizations(t.Context(), inventory.Page{})
	if err != nil || len(list) != 0 {
		t.Errorf("the other database has %d organisations, %v", len(list), err)
	}
}

func TestDatabaseGoesWithItsTest(t *testing.T) {
	var url string
	t.Run("uses one", func(t *testing.T) {
		url = storetest.NewDB(t).URL
		if err := ping(t, url); err != nil {
			t.Fatal(err)
		}
	})
	if err := ping(t, url); err == nil {
		t.Error("the database is still there")
	}
}

func ping(t *testing.T, url string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return db.PingContext(t.Context())
}
