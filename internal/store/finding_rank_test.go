package store_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

// manyRanked makes more findings than are sorted one by one: of checks with
// scores, of which some are equal, of some without, and of some that are gone.
func manyRanked(t *testing.T) (w *world, org inventory.OrganizationID) {
	t.Helper()
	w = newWorld(t)
	org = w.org("Power")
	asset := w.asset(org, "192.0.2.1")
	for _, q := range []string{
		`INSERT INTO checks (id, title, severity, why, fix, refs, cves, cwes, tags, source, protocol, sha256, updated_at, cvss)
			SELECT 'check ' || n, 'Title ' || n, 'high', '', '', '[]', CASE WHEN n % 3 = 0 THEN '[]'::jsonb ELSE jsonb_build_array('CVE-2026-' || 1000 + n % 2, 'CVE-2026-' || 2000 + n) END,
				'[]', '[]', CASE n % 2 WHEN 0 THEN 'template' ELSE 'exposure' END, 'http', '', now(), (ARRAY[0, 9.8, 9.8, 4.3])[1 + n % 4] FROM generate_series(1, 12) n`,
		"INSERT INTO cve_threats (cve, kev, ransomware, epss) SELECT 'CVE-2026-' || 1000 + n, false, false, 0.25 * n FROM generate_series(0, 1) n",
		"INSERT INTO cve_threats (cve, kev, ransomware, epss) VALUES ('CVE-2026-2005', false, false, 0.97)",
		`INSERT INTO findings (org_id, asset_id, port, transport, check_id, matcher, hostname, title, severity, kev, detection, work, waiver, waiver_reason,
				waiver_by, first_seen, last_seen, last_tested, not_tested, negatives, evidence_id, decision, decision_path)
			SELECT '` + string(org) + `', '` + string(asset.ID) + `', n % 7, 'tcp', 'check ' || 1 + n * n % 14, 'm' || n, '', 'Title', (ARRAY['critical', 'low', 'high'])[1 + n % 3],
				n % 5 = 0, 'open', 'new', 'none', '', '', now(), now(), now(), '', 0, '', '', '' FROM generate_series(1, 6000) n`,
	} {
		execSQL(t, w.db.URL, q)
	}
	return w, org
}

// TestFindingsByScore: by pages, whatever the filter leaves, they come as they
// are sorted at once: the highest first, none last, and nothing twice.
func TestFindingsByScore(t *testing.T) {
	w, org := manyRanked(t)
	score := map[inventory.FindingSort]func(inventory.FindingLine) float64{
		inventory.SortCVSS: func(l inventory.FindingLine) float64 { return l.CVSS.Score },
		inventory.SortEPSS: func(l inventory.FindingLine) float64 { return l.EPSS },
	}
	rank := func(l inventory.FindingLine) int { return -l.Severity.Rank() }
	gone := func(l inventory.FindingLine) bool { return l.Source == "" }
	for sort, of := range score {
		for name, tt := range map[string]struct {
			filter inventory.FindingFilter
			size   int
		}{
			"all":               {inventory.FindingFilter{}, 6000},
			"one organisation":  {inventory.FindingFilter{Org: org, Exceptions: inventory.ExceptionsHidden}, 6000},
			"severities, many":  {inventory.FindingFilter{Severities: []inventory.Severity{inventory.SeverityCritical, inventory.SeverityHigh, inventory.SeverityLow}}, 6000},
			"one severity, few": {inventory.FindingFilter{Severities: []inventory.Severity{inventory.SeverityLow}}, 2000},
			"checks":            {inventory.FindingFilter{Source: "template"}, -1},
			"one check":         {inventory.FindingFilter{Check: "check 5"}, -1},
			"a port":            {inventory.FindingFilter{Port: 3}, -1},
			"nothing":           {inventory.FindingFilter{Port: 99}, 0},
		} {
			tt.filter.Sort = sort
			var got []inventory.FindingLine
			for page := (inventory.Page{Limit: 487}); ; {
				part, next, err := w.FindingLines(t.Context(), tt.filter, page)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, part...)
				if page.Cursor = next; next == "" {
					break
				}
			}
			want := slices.Clone(got)
			slices.SortFunc(want, func(a, b inventory.FindingLine) int {
				late := map[bool]int{true: 1}
				return cmp.Or(late[gone(a)]-late[gone(b)], cmp.Compare(of(b), of(a)), strings.Compare(string(a.Check), string(b.Check)), rank(a)-rank(b))
			})
			for i, l := range got {
				if l.Check != want[i].Check || l.Severity != want[i].Severity {
					t.Fatalf("%s, %s: number %d is of %s with %v and %s, want %s with %v and %s", sort, name, i, l.Check, of(l), l.Severity, want[i].Check, of(want[i]), want[i].Severity)
				}
			}
			ids := map[inventory.FindingID]bool{}
			for _, l := range got {
				ids[l.ID] = true
			}
			if tt.size >= 0 && len(got) != tt.size || len(ids) != len(got) || tt.size < 0 && len(got) == 0 {
				t.Errorf("%s, %s: %d findings, of which %d differ; want %d", sort, name, len(got), len(ids), tt.size)
			}
			var exported []inventory.FindingLine
			err := w.ExportFindings(t.Context(), "mara", tt.filter, "csv", func(part []inventory.FindingLine) error {
				exported = append(exported, part...)
				return nil
			})
			if err != nil || !slices.EqualFunc(exported, got, func(a, b inventory.FindingLine) bool { return a.ID == b.ID }) {
				t.Errorf("%s, %s: the export has %d findings, %v, not those of the list in its order", sort, name, len(exported), err)
			}
		}
	}
}

// A feed between two pages takes no place away from what comes after.
func TestFindingsByScoreWhileScoresChange(t *testing.T) {
	w, _ := manyRanked(t)
	filter := inventory.FindingFilter{Sort: inventory.SortEPSS}
	first, next, err := w.FindingLines(t.Context(), filter, inventory.Page{Limit: 5})
	if err != nil || first[0].EPSS != 0.97 || first[4].Check != "check 5" {
		t.Fatal(first, err)
	}
	execSQL(t, w.db.URL, "UPDATE cve_threats SET epss = 0.5 WHERE cve = 'CVE-2026-2005'")
	second, _, err := w.FindingLines(t.Context(), filter, inventory.Page{Limit: 1, Cursor: next})
	if err != nil || second[0].EPSS != 0.5 || second[0].ID != first[0].ID {
		t.Errorf("after the page came %+v, %v; want the same check from its first, which has another place now", second, err)
	}
	for _, cursor := range []string{"ZmluZGluZ3N8ZXBzc3wxfDAuNSAxIDE", "ZmluZGluZ3N8ZXBzc3wxfHggMSAxIGE", "ZmluZGluZ3N8ZXBzc3wxfDAuNSA5OTk5OTkgMSBh"} {
		_, _, err := w.FindingLines(t.Context(), filter, inventory.Page{Cursor: cursor})
		wantErr(t, "the cursor "+cursor, err, inventory.ErrInvalid)
	}
}
