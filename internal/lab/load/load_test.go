package load_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab/crowd"
	"github.com/ciiscan/ciiscan/internal/lab/load"
	"github.com/ciiscan/ciiscan/internal/storetest"
)

func village(t *testing.T) *load.Server {
	t.Helper()
	db := storetest.NewDB(t)
	if err := crowd.Fill(t.Context(), db.URL, crowd.Village(), time.Now()); err != nil {
		t.Fatal(err)
	}
	s, err := load.Serve(t.Context(), db.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestEveryPageIsMeasured(t *testing.T) {
	s := village(t)
	visits, err := s.Visits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(visits) < 100 {
		t.Errorf("%d pages and filters: want all of the console's", len(visits))
	}
	var all []load.Measure
	for _, v := range visits {
		m, err := s.Measure(t.Context(), v, 0, 1)
		if err != nil {
			t.Error(err)
			continue
		}
		if m.P95 < m.P50 || m.Statements == 0 || m.SQL > m.P95 {
			t.Errorf("%+v: a page asks who is there, and its statements are a part of it", m)
		}
		all = append(all, m)
	}
	var out strings.Builder
	load.Print(&out, all)
	if !strings.Contains(out.String(), "/findings?service=modbus (analyst)") || !strings.Contains(out.String(), "/findings (operator)") {
		t.Error(out.String())
	}
}

func TestReportsAreMeasured(t *testing.T) {
	run, err := village(t).Reports(t.Context(), 3, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if run.Bytes < 3*10_000 || run.SQL <= 0 || run.SQL > run.Took || run.Peak < int64(run.After) || run.First <= 0 {
		t.Errorf("%+v", run)
	}
}
