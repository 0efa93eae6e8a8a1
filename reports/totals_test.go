package reports

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// random is a week of one operator that nobody has thought of.
func random(t testing.TB, r *rand.Rand) Data {
	d := operator(sample(t))
	d.Findings, d.Events, d.Services, d.Coverage = nil, nil, nil, nil
	checks := inventory.ExposureChecks()
	assets := []inventory.AssetID{"A-1", "A-2", "A-3", "A-5"}
	addr := netip.MustParseAddr("198.51.100.10")
	for i := range r.IntN(300) {
		c := checks[r.IntN(len(checks))]
		f := inventory.Finding{
			ID: inventory.FindingID(fmt.Sprintf("F-%d", i+1)), Org: "ORG-7", Title: c.Title, Severity: inventory.Severities()[r.IntN(5)], KEV: r.IntN(5) == 0,
			FindingKey: inventory.FindingKey{Asset: assets[r.IntN(4)], Addr: addr, Port: uint16(i), Transport: inventory.TCP, Check: c.ID},
			Detection:  []inventory.Detection{inventory.Open, inventory.Reopened, inventory.Fixed}[r.IntN(3)],
			FirstSeen:  to.Add(-time.Duration(r.IntN(4000)) * time.Hour), LastSeen: to.Add(-time.Hour), LastTested: to.Add(-time.Hour), Negatives: r.IntN(2),
		}
		if r.IntN(4) == 0 {
			f.Waiver = inventory.Waiver{Kind: inventory.WaiverFalsePositive, Until: to.AddDate(0, 0, r.IntN(90)-20)}
		}
		if f.Detection == inventory.Fixed {
			f.ClosedAt = new(to.Add(-time.Duration(r.IntN(200)) * time.Hour))
		}
		f.Decision, f.DueAt = inventory.Prioritise(f, d.Assets[f.Asset], inventory.Threat{KEV: f.KEV})
		kinds := []inventory.EventKind{inventory.EventOpened, inventory.EventReopened, inventory.EventFixed, inventory.EventVerified}
		d.Findings = append(d.Findings, f)
		d.Events = append(d.Events, inventory.FindingEvent{Finding: f.ID, At: from.Add(time.Duration(r.IntN(200)) * time.Hour), Kind: kinds[r.IntN(4)], From: "open"})
	}
	for i := range r.IntN(60) {
		d.Services = append(d.Services, inventory.Service{
			Asset: assets[r.IntN(4)], Addr: addr, Port: []uint16{22, 502, 3389, 443, 21, 5432, 47808}[r.IntN(7)], Transport: inventory.TCP,
			FirstSeen: to.Add(-time.Duration(i*20) * time.Hour), LastSeen: to,
		})
	}
	outcomes := []inventory.Outcome{inventory.Complete, inventory.Partial, inventory.Unreachable, inventory.Blocked, inventory.Failed}
	for range r.IntN(12) {
		d.Coverage = append(d.Coverage, Coverage{Asset: assets[r.IntN(4)], Addr: addr, At: to.Add(-time.Hour), Outcome: outcomes[r.IntN(5)]})
	}
	return d
}

// Whatever the data, every total is the length of its list, in the report and
// in its files.
func TestEveryTotalIsItsList(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for run := range 60 {
		report := build(t, random(t, r))
		figures := map[string]int{}
		for _, f := range report.Card {
			figures[f.Label] = f.Value
		}
		files, err := Render(report, []string{"csv"}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		for _, f := range files {
			texts[strings.TrimPrefix(f.Name, report.ID)] = string(f.Data)
		}
		for label, n := range counted(t, texts) {
			if got, shown := figures[label]; !shown || got != n {
				t.Errorf("run %d: %s is %d on the card, %d in the files", run, label, got, n)
			}
		}
		open, risk, services := 0, 0, 0
		for _, p := range report.Problems {
			open += len(p.Findings)
		}
		for _, tile := range report.Tiles {
			risk += tile.Open
		}
		for _, s := range report.Services {
			if s.Risky != "" {
				services++
			}
		}
		if risk != services {
			t.Errorf("run %d: the tiles count %d risky services, the list has %d", run, risk, services)
		}
		if weeks := report.Trends.Weeks; len(weeks) > 0 {
			last := weeks[len(weeks)-1]
			if sum := last.Critical + last.High + last.Medium + last.Low + last.Info; sum != open || last.Closed != len(report.Closed) || last.KEV != figures["Known exploited"] {
				t.Errorf("run %d: the last week is %+v, the lists have %d open, %d closed, %d known exploited", run, last, open, len(report.Closed), figures["Known exploited"])
			}
		}
		s := StandingOf(report)
		for label, n := range map[string]int{
			"Open, critical": s.Critical, "Open, high": s.High, "Open, medium": s.Medium, "Overdue": s.Overdue, "Known exploited": s.KEV, "Reached": s.Reached,
			"Hosts up": s.Hosts, "Exposed services": s.Services, "Open but waived": s.Waived,
		} {
			if figures[label] != n {
				t.Errorf("run %d: %s is %d on the card, %d in the standing", run, label, figures[label], n)
			}
		}
	}
}

// The page never shows a number that means nothing.
func TestNothingTestedIsNotSafe(t *testing.T) {
	d := operator(sample(t))
	d.Findings, d.Events, d.Services, d.Coverage = nil, nil, nil, []Coverage{{Asset: "A-1", Reason: "no current authorisation covers it"}}
	r := build(t, d)
	page := parse(t, render(t, r)[".html"])
	if r.Basis != BasisUntested {
		t.Fatalf("basis = %s", r.Basis)
	}
	unknown := 0
	for _, f := range r.Card {
		if f.Unknown {
			unknown++
		}
	}
	numbers := pageNumbers(t, render(t, r)[".html"])
	for _, label := range []string{"Open, critical", "Known exploited", "Overdue", "Exposed services", "Hosts up"} {
		if numbers[label] != "not known" {
			t.Errorf("%s reads %q", label, numbers[label])
		}
	}
	if unknown < 8 || len(page.all("first", "p")) == 0 || len(r.Trends.Weeks) != 0 {
		t.Errorf("%d figures are not known, trends %v", unknown, r.Trends.Weeks)
	}
	for _, tile := range r.Tiles {
		if tile.State != TileUntested {
			t.Errorf("tile %s is %s", tile.Key, tile.State)
		}
	}
}

// What a person's machine would print is bounded, and says so.
func TestPaperIsBounded(t *testing.T) {
	d := operator(sample(t))
	f := d.Findings[3]
	f.Severity, f.KEV = inventory.SeverityLow, false
	for i := range 450 {
		f.ID = inventory.FindingID("F-" + strconv.Itoa(1000+i))
		d.Findings = append(d.Findings, f)
	}
	v := newView(build(t, d), Options{})
	paper, urgent := 0, 0
	for _, p := range v.Operator.Open {
		paper += p.Paper
		for _, row := range p.Rows {
			if row.Urgent() {
				urgent++
				if row.Screen {
					t.Errorf("%s is urgent and not on paper", row.ID)
				}
			}
		}
	}
	if paper != paperMinor+urgent {
		t.Errorf("%d findings on paper, want %d urgent and %d others", paper, urgent, paperMinor)
	}
}
