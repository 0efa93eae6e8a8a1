package store_test

import (
	"context"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

// What one feed says stays when the other is imported, and goes when the same
// feed says it no longer.
func TestFeedsReplaceOnlyWhatTheySaid(t *testing.T) {
	w := newWorld(t)
	type threats = map[string]inventory.Threat
	for _, step := range []struct {
		name string
		do   func(context.Context, string, map[string]inventory.Threat) error
		feed threats
		row  string // what is then known of CVE-2026-0001
		all  int
	}{
		{"KEV", w.ImportKEV, threats{"CVE-2026-0001": {KEV: true, Ransomware: true}, "CVE-2026-0002": {KEV: true}}, "kev AND ransomware AND epss = 0", 2},
		{"EPSS leaves KEV", w.ImportEPSS, threats{"CVE-2026-0001": {EPSS: 0.5}}, "kev AND ransomware AND epss = 0.5", 2},
		{"KEV without it leaves EPSS", w.ImportKEV, threats{"CVE-2026-0002": {KEV: true}}, "NOT kev AND NOT ransomware AND epss = 0.5", 2},
		{"what no feed names is forgotten", w.ImportEPSS, threats{"CVE-2026-0003": {EPSS: 0.1}}, "false", 2},
	} {
		if err := step.do(t.Context(), "mara", step.feed); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if n := w.rows("SELECT count(*) FROM cve_threats"); n != step.all {
			t.Errorf("%s: %d CVEs known, want %d", step.name, n, step.all)
		}
		want := 1
		if step.row == "false" {
			want = 0
		}
		if n := w.rows("SELECT count(*) FROM cve_threats WHERE cve = 'CVE-2026-0001' AND " + step.row); n != want {
			t.Errorf("%s: %d rows of CVE-2026-0001 where %s, want %d", step.name, n, step.row, want)
		}
	}
	if last := must(w.VerifyAudit(t.Context()))(t); last.Seq != 4 || last.Act != "feed.import" {
		t.Errorf("last audit record = %+v, want the fourth import", last)
	}
}

func TestThreatsTellTheWorst(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	feed := map[string]inventory.Threat{"CVE-2026-0001": {KEV: true}, "CVE-2026-0002": {KEV: true, Ransomware: true}}
	if err := w.ImportKEV(ctx, "mara", feed); err != nil {
		t.Fatal(err)
	}
	if err := w.ImportEPSS(ctx, "mara", map[string]inventory.Threat{"CVE-2026-0001": {EPSS: 0.5}, "CVE-2026-0003": {EPSS: 0.9}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cves []string
		want inventory.Threat
	}{
		{nil, inventory.Threat{}},
		{[]string{"CVE-2026-0009"}, inventory.Threat{}},
		{[]string{"CVE-2026-0001"}, inventory.Threat{KEV: true, EPSS: 0.5}},
		{[]string{"CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"}, inventory.Threat{KEV: true, Ransomware: true, EPSS: 0.9}},
	} {
		if got := must(w.Threats(ctx, c.cves))(t); got != c.want {
			t.Errorf("Threats(%v) = %+v, want %+v", c.cves, got, c.want)
		}
	}
}
