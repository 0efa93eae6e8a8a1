package crowd_test

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab/crowd"
	"github.com/ciiscan/ciiscan/internal/storetest"
)

func TestFillIsTheSameEveryTime(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	const digest = `SELECT md5(string_agg(f::text, ';' ORDER BY num)) FROM findings f`
	var first string
	for range 2 {
		db := storetest.NewDB(t)
		if err := crowd.Fill(t.Context(), db.URL, crowd.Village(), now); err != nil {
			t.Fatal(err)
		}
		pool, err := sql.Open("pgx", db.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		for table, want := range map[string]int{"organizations": 15, "assets": 1000, "findings": 10_000, "services": 2000, "report_editions": 26 * 15} {
			var n int
			if err := pool.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != want {
				t.Errorf("%d rows of %s, %v; want %d", n, table, err, want)
			}
		}
		for what, q := range map[string]string{
			"state":    "SELECT count(DISTINCT (detection, waiver = 'none')) = 5 FROM findings",
			"severity": "SELECT count(DISTINCT severity) = 5 FROM findings",
			"index":    "SELECT count(*) > 20 FROM pg_indexes WHERE tablename = 'findings'",
			"history":  "SELECT NOT EXISTS (SELECT 1 FROM findings f WHERE NOT EXISTS (SELECT 1 FROM finding_events e WHERE e.finding_id = f.id AND e.kind = 'opened'))",
			"place":    "SELECT NOT EXISTS (SELECT 1 FROM findings f WHERE NOT EXISTS (SELECT 1 FROM services s WHERE (s.asset_id, s.address, s.port) = (f.asset_id, f.address, f.port)))",
		} {
			var ok bool
			if err := pool.QueryRowContext(t.Context(), q).Scan(&ok); err != nil || !ok {
				t.Errorf("not every %s is there: %v", what, err)
			}
		}
		var sum string
		if err := pool.QueryRowContext(t.Context(), digest).Scan(&sum); err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = sum
		} else if sum != first {
			t.Error("the second crowd is another")
		}
	}
}

func TestFillTakesAnEmptyDatabase(t *testing.T) {
	db := storetest.NewDB(t)
	if err := crowd.Fill(t.Context(), db.URL, crowd.Size{Orgs: 10, Assets: 20, Findings: 200}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := crowd.Fill(t.Context(), db.URL, crowd.Village(), time.Now()); !errors.Is(err, crowd.ErrFilled) {
		t.Errorf("a database that has somebody in it is filled again: %v", err)
	}
	if err := crowd.Fill(t.Context(), db.URL, crowd.Size{Orgs: 1}, time.Now()); err == nil {
		t.Error("a crowd of one is made")
	}
}
