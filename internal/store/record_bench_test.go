package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// The two benchmarks tell what recording costs over the least that it could:
// the same observations by FinishTask, with evidence, coverage and the task's
// end, and by a bare COPY. Compare their rows/s.

const benchRows = 20_000

func benchObservations(asset inventory.AssetID) []inventory.Observation {
	out := make([]inventory.Observation, benchRows)
	for i := range out {
		out[i] = inventory.Observation{
			Asset: asset, Addr: netip.MustParseAddr("192.0.2.1"), Port: uint16(1 + i%60000), Transport: inventory.TCP, At: start,
		}
		if i%10 == 0 { // one in ten is a match, with its proof
			out[i].Match = &inventory.Match{Check: "test-check", Location: "http://192.0.2.1/"}
			out[i].Evidence = &inventory.Evidence{Request: []byte("GET / HTTP/1.1"), Response: fmt.Appendf(nil, "HTTP/1.1 200 OK\n%d", i)}
			continue
		}
		out[i].Service = &inventory.Service{Name: "http", Product: "nginx", Version: "1.22.1", CPEs: []string{"cpe:/a:igor_sysoev:nginx:1.22.1"}}
	}
	return out
}

func BenchmarkFinishTask(b *testing.B) {
	s := storetest.New(b)
	ctx := context.Background()
	org, err := s.CreateOrganization(ctx, "bench", inventory.Organization{
		Name: "Bench", Sector: inventory.SectorEnergy, Country: "LK", Criticality: inventory.CriticalityLow, TimeZone: "UTC",
	})
	if err != nil {
		b.Fatal(err)
	}
	assets, err := s.CreateAssets(ctx, "bench", []inventory.Asset{{
		Org: org.ID, Address: address(b, "192.0.2.1"), Criticality: inventory.CriticalityLow, Class: inventory.IT,
	}})
	if err != nil {
		b.Fatal(err)
	}
	all := benchObservations(assets[0].ID)
	for b.Loop() {
		b.StopTimer()
		task := benchTask(b, s, assets[0])
		b.StartTimer()
		if err := s.FinishTask(ctx, scanner.Report{
			Task: task, Outcome: inventory.Complete, Result: scanner.Result{Observations: all},
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func benchTask(b *testing.B, s *store.Store, a inventory.Asset) scanner.Task {
	b.Helper()
	_, err := s.CreateScan(b.Context(), "bench", scanner.Scan{Org: a.Org, Profile: "light"},
		[]scanner.Task{{Hosts: []scanner.Host{host(a, "192.0.2.1")}}}, time.Time{}, time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	task, ok, err := s.ClaimTask(b.Context(), "bench", time.Hour)
	if err != nil || !ok {
		b.Fatalf("ClaimTask = %v, %v", ok, err)
	}
	return task
}

func BenchmarkBareCopy(b *testing.B) {
	db := connect(b, storetest.NewDB(b).URL)
	conn, err := db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Raw(func(driver any) error { return bareCopy(b, driver.(*stdlib.Conn).Conn()) }); err != nil {
		b.Fatal(err)
	}
}

func bareCopy(b *testing.B, conn *pgx.Conn) error {
	columns := []string{
		"task_id", "asset_id", "address", "port", "transport", "hostname", "at", "service", "check_id", "matcher", "location",
	}
	service := sql.NullString{String: `{"name":"http","product":"nginx","version":"1.22.1","cpes":["cpe:/a:igor_sysoev:nginx:1.22.1"]}`, Valid: true}
	addr := netip.MustParseAddr("192.0.2.1")
	for b.Loop() {
		_, err := conn.CopyFrom(b.Context(), pgx.Identifier{"observations"}, columns, pgx.CopyFromSlice(benchRows, func(i int) ([]any, error) {
			row := []any{"T-1", "A-1", addr, int32(1 + i%60000), "tcp", "", start, service, nil, "", ""}
			if i%10 == 0 {
				row[7], row[8], row[10] = nil, "test-check", "http://192.0.2.1/"
			}
			return row, nil
		}))
		if err != nil {
			return err
		}
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	return nil
}
