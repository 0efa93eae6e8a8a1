package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// found20 has twenty findings of two organisations, an hour apart.
func found20(t *testing.T) (w *world, power, bank inventory.OrganizationID) {
	t.Helper()
	w = newWorld(t)
	w.check()
	power, bank = w.org("Power"), w.org("Bank")
	execSQL(t, w.db.URL, "UPDATE organizations SET sector = 'banking' WHERE name = 'Bank'")
	for i := range 10 {
		w.clock.advance(time.Hour)
		w.round(power, w.sees, host(w.asset(power, addressOf(10+i)), addressOf(10+i)))
		w.round(bank, w.sees, host(w.asset(bank, addressOf(100+i)), addressOf(100+i)))
	}
	return w, power, bank
}

func TestFindingOrdersPage(t *testing.T) {
	w, _, _ := found20(t)
	execSQL(t, w.db.URL, "UPDATE findings SET due_at = first_seen + interval '1 day' WHERE num % 3 = 0")
	execSQL(t, w.db.URL, "UPDATE findings SET severity = 'critical', kev = true WHERE num % 5 = 0")
	first := map[inventory.FindingSort]inventory.FindingID{
		inventory.SortNumber: "F-1", inventory.SortPriority: "F-5", inventory.SortSeverity: "F-5", inventory.SortAge: "F-1",
		inventory.SortNewest: "F-20", inventory.SortDue: "F-3", inventory.SortLastSeen: "F-20",
	}
	for sort, want := range first {
		filter := inventory.FindingFilter{Sort: sort}
		whole, next, err := w.FindingLines(t.Context(), filter, inventory.Page{})
		if err != nil || len(whole) != 20 || next != "" || whole[0].ID != want {
			t.Fatalf("order %q: %d findings, then %q, first %v, %v; want 20 with %s first", sort, len(whole), next, whole[0].ID, err, want)
		}
		var ids []inventory.FindingID
		page := inventory.Page{Limit: 3}
		for {
			part, next, err := w.FindingLines(t.Context(), filter, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range part {
				ids = append(ids, l.ID)
			}
			if page.Cursor = next; next == "" {
				break
			}
		}
		for i, l := range whole {
			if i >= len(ids) || ids[i] != l.ID {
				t.Errorf("order %q by threes = %v, not as the whole", sort, ids)
				break
			}
		}
	}
	_, next, err := w.FindingLines(t.Context(), inventory.FindingFilter{Sort: inventory.SortDue}, inventory.Page{Limit: 3})
	if err != nil || next == "" {
		t.Fatal(next, err)
	}
	_, _, err = w.FindingLines(t.Context(), inventory.FindingFilter{Sort: inventory.SortPriority}, inventory.Page{Cursor: next})
	wantErr(t, "a cursor of another order", err, inventory.ErrInvalid)
}

func TestFindingFilters(t *testing.T) {
	w, power, bank := found20(t)
	for _, q := range []string{
		"UPDATE findings SET severity = 'critical', kev = true WHERE id = 'F-2'",
		"UPDATE findings SET work = 'triaged', assignee = 'amara', tags = '[\"vpn\"]' WHERE id IN ('F-3', 'F-4')",
		"UPDATE findings SET waiver = 'accepted_risk', waiver_until = '2026-12-01', due_at = '2026-01-01' WHERE id = 'F-5'",
		"UPDATE findings SET waiver = 'accepted_risk', waiver_until = '2026-01-01', due_at = '2026-01-01' WHERE id = 'F-6'",
		"UPDATE findings SET detection = 'fixed', closed_at = '2026-03-02' WHERE id = 'F-7'",
		"UPDATE findings SET port = 8080, hostname = 'www.example.org' WHERE id = 'F-8'",
		"UPDATE findings SET answer = 'not_mine', dispute = 'open' WHERE id = 'F-9'",
		"INSERT INTO finding_events (finding_id, at, actor, kind, from_value, to_value, reason, task_id, evidence_id) VALUES ('F-10', '2026-03-02 10:00Z', 'scan', 'back_again', '', '', '', '', '')",
		"UPDATE checks SET cvss = 7.5, cvss_vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N'",
		"INSERT INTO cve_threats VALUES ('CVE-2026-0001', true, false, 0.42)",
	} {
		execSQL(t, w.db.URL, q)
	}
	for _, c := range []struct {
		name string
		f    inventory.FindingFilter
		n    int
		one  inventory.FindingID // where n is 1
	}{
		{"everything", inventory.FindingFilter{}, 20, ""},
		{"an organisation", inventory.FindingFilter{Org: bank}, 10, ""},
		{"a sector", inventory.FindingFilter{Sectors: []inventory.Sector{inventory.SectorBanking}}, 10, ""},
		{"no such sector here", inventory.FindingFilter{Sectors: []inventory.Sector{inventory.SectorWater}}, 0, ""},
		{"severity", inventory.FindingFilter{Severities: []inventory.Severity{inventory.SeverityCritical}}, 1, "F-2"},
		{"known exploited", inventory.FindingFilter{KEV: inventory.With}, 1, "F-2"},
		{"not known exploited", inventory.FindingFilter{KEV: inventory.Without}, 19, ""},
		{"present", inventory.FindingFilter{Detections: []inventory.Detection{inventory.Open, inventory.Reopened}}, 19, ""},
		{"fixed", inventory.FindingFilter{Detections: []inventory.Detection{inventory.Fixed}}, 1, "F-7"},
		{"work", inventory.FindingFilter{Works: []inventory.Work{inventory.WorkTriaged}}, 2, ""},
		{"mine", inventory.FindingFilter{Assignee: "amara"}, 2, ""},
		{"nobody's", inventory.FindingFilter{Assignee: inventory.Nobody}, 18, ""},
		{"its tag", inventory.FindingFilter{Tag: "vpn"}, 2, ""},
		{"its asset's tag", inventory.FindingFilter{Tag: "dmz"}, 20, ""},
		{"exceptions only", inventory.FindingFilter{Exceptions: inventory.ExceptionsOnly}, 1, "F-5"},
		{"without exceptions", inventory.FindingFilter{Exceptions: inventory.ExceptionsHidden}, 19, ""},
		{"overdue, and no waiver holds it up", inventory.FindingFilter{Due: inventory.DueOverdue}, 1, "F-6"},
		{"a port", inventory.FindingFilter{Port: 8080}, 1, "F-8"},
		{"a service", inventory.FindingFilter{Service: "http"}, 19, ""},
		{"a CVE in small letters", inventory.FindingFilter{CVE: "cve-2026-0001"}, 20, ""},
		{"another CVE", inventory.FindingFilter{CVE: "CVE-2026-0002"}, 0, ""},
		{"EPSS", inventory.FindingFilter{EPSS: 0.4}, 20, ""},
		{"more EPSS", inventory.FindingFilter{EPSS: 0.5}, 0, ""},
		{"CVSS", inventory.FindingFilter{CVSS: 7.5}, 20, ""},
		{"more CVSS", inventory.FindingFilter{CVSS: 7.6}, 0, ""},
		{"those named", inventory.FindingFilter{IDs: []inventory.FindingID{"F-3", "F-4", "F-99"}}, 2, ""},
		{"by template", inventory.FindingFilter{Source: "template"}, 20, ""},
		{"by exposure", inventory.FindingFilter{Source: "exposure"}, 0, ""},
		{"disputed", inventory.FindingFilter{Disputed: true}, 1, "F-9"},
		{"answered so", inventory.FindingFilter{Answer: inventory.AnswerNotMine}, 1, "F-9"},
		{"back", inventory.FindingFilter{Change: inventory.ChangeBack, Since: start}, 1, "F-10"},
		{"back by a moment later", inventory.FindingFilter{Change: inventory.ChangeBack, Since: start, Until: time.Date(2026, 3, 2, 10, 0, 1, 0, time.UTC)}, 1, "F-10"},
		{"not back by that moment", inventory.FindingFilter{Change: inventory.ChangeBack, Since: start, Until: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}, 0, ""},
		{"new within two hours", inventory.FindingFilter{Change: inventory.ChangeNew, Since: start, Until: start.Add(2 * time.Hour)}, 2, ""},
		{"not back since", inventory.FindingFilter{Change: inventory.ChangeBack, Since: start.Add(72 * time.Hour)}, 0, ""},
		{"new", inventory.FindingFilter{Change: inventory.ChangeNew, Since: start.Add(9*time.Hour + time.Minute)}, 2, ""},
		{"first seen before", inventory.FindingFilter{SeenUntil: start.Add(90 * time.Minute)}, 2, ""},
		{"an id", inventory.FindingFilter{Text: " f-12 "}, 1, "F-12"},
		{"an address", inventory.FindingFilter{Text: "192.0.2.10"}, 1, "F-1"},
		{"a prefix", inventory.FindingFilter{Text: "192.0.2.100/30"}, 4, ""},
		{"a name", inventory.FindingFilter{Text: "www.EXAMPLE"}, 1, "F-8"},
		{"words of the title", inventory.FindingFilter{Text: "page test"}, 20, ""},
		{"an asset's name", inventory.FindingFilter{Text: "server 192.0.2.11"}, 1, "F-3"},
		{"what LIKE would take for anything", inventory.FindingFilter{Text: "%"}, 0, ""},
		{"all at once", inventory.FindingFilter{
			Org: power, KEV: inventory.Without, Works: []inventory.Work{inventory.WorkTriaged}, Tag: "vpn", EPSS: 0.1, Port: 80, Text: "exposed",
		}, 1, "F-3"},
	} {
		list, _, err := w.FindingLines(t.Context(), c.f, inventory.Page{})
		if err != nil || len(list) != c.n || c.n == 1 && list[0].ID != c.one {
			var ids []inventory.FindingID
			for _, l := range list {
				ids = append(ids, l.ID)
			}
			t.Errorf("%s: %v, %v; want %d %s", c.name, ids, err, c.n, c.one)
		}
		if n, err := w.CountFindings(t.Context(), c.f, 15); err != nil || n.N != min(c.n, 15) || n.More != (c.n > 15) {
			t.Errorf("%s: counted %+v, %v; want %d", c.name, n, err, c.n)
		}
	}
}

func TestFindingLinesTellWhatIsBesideThem(t *testing.T) {
	w, _, _ := found20(t)
	execSQL(t, w.db.URL, "INSERT INTO cve_threats VALUES ('CVE-2026-0001', true, true, 0.42)")
	l := must(w.FindingLine(t.Context(), "F-2"))(t)
	if l.OrgName != "Bank" || l.Sector != inventory.SectorBanking || l.AssetName != "server 192.0.2.100" || l.AssetClass != inventory.IT ||
		!slices.Equal(l.CVEs, []string{"CVE-2026-0001"}) || l.EPSS != 0.42 || !l.Ransomware || l.Source != "template" || l.Version != 1 {
		t.Errorf("line = %+v", l)
	}
}

func TestFindingOutlook(t *testing.T) {
	w, power, _ := found20(t)
	all, _, err := w.Findings(t.Context(), inventory.FindingFilter{Org: power}, inventory.Page{Limit: 1})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d findings, %v", len(all), err)
	}
	next := func(want time.Time) {
		t.Helper()
		got, err := w.FindingOutlook(t.Context(), all[0])
		if err != nil || !got.NextLook.Equal(want) || got.Service == nil || got.Service.Port != all[0].Port {
			t.Errorf("outlook %+v, %v; want a look at %s and the service of port %d", got, err, want, all[0].Port)
		}
	}
	now := w.clock.now()
	execSQL(t, w.db.URL, "UPDATE address_states SET next_scan = '"+now.Add(5*time.Hour).Format(time.RFC3339)+"'")
	next(now.Add(5 * time.Hour))
	s, err := w.CreateSchedule(t.Context(), "mara", scanner.Schedule{Org: power, Cron: "0 2 * * 1", Profile: "light", NextAt: now.Add(2 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	next(now.Add(2 * time.Hour))
	if err := w.PauseSchedule(t.Context(), "mara", s.ID); err != nil {
		t.Fatal(err)
	}
	next(now.Add(5 * time.Hour))
	execSQL(t, w.db.URL, "DELETE FROM address_states")
	next(time.Time{})
}
