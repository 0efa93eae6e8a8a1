package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/google/go-cmp/cmp"
)

// hour is so many hours into 2026.
func hour(n int) time.Time { return time.Date(2026, 1, 1, n, 0, 0, 0, time.UTC) }

func hourp(n int) *time.Time { t := hour(n); return &t }

func released(id ReleaseID, adv advisory.ID, team TeamID, at int) ReleaseFact {
	return ReleaseFact{
		ID: id, Advisory: adv, Team: team, State: ReleaseDone, Category: advisory.Exposure, TLP: advisory.Amber, ReleasedAt: hourp(at), RequestedAt: hour(at),
		Title: "Title of " + string(adv), Severity: inventory.SeverityHigh, Detected: hourp(at - 24),
	}
}

func received(id InboundID, state InboundState, at int) InboundFact {
	return InboundFact{
		ID: id, Team: "TEAM-3", State: state, ReceivedAt: hour(at),
		Title: "Title of " + string(id), Category: advisory.Vulnerability, Severity: inventory.SeverityCritical, TLP: advisory.Amber, Released: hour(at - 2),
	}
}

// came adds what came of a release.
func came(r ReleaseFact, of ReleaseFact) ReleaseFact {
	r.Fetched, r.Acknowledged, r.AckBy, r.Confirmed = of.Fetched, of.Acknowledged, of.AckBy, of.Confirmed
	return r
}

func yearOfFacts() LedgerFacts {
	withdrawal, referral, refused := released("REL-4", "ADV-1", "TEAM-3", 400), released("REL-5", "ADV-5", "TEAM-3", 500), released("REL-6", "ADV-6", "TEAM-3", 600)
	withdrawal.Withdrawal, withdrawal.Confirmed, referral.Referral, referral.AckBy = true, true, true, hourp(510)
	refused.State, refused.ReleasedAt = ReleaseRefused, nil
	red := released("REL-7", "ADV-7", "TEAM-3", 700)
	red.TLP, red.Severity, red.Acknowledged = advisory.Red, "odd", hourp(712)
	update, taken, withdraws := received("IN-2", InboundAccepted, 60), received("IN-7", InboundWithdrawn, 95), received("IN-9", InboundWithdrawn, 99)
	update.Supersedes = "IN-1"
	update.Matched, update.Affected, update.Open, update.Answered = hourp(62), true, true, hourp(68)
	withdraws.Supersedes, withdraws.Withdraws = "IN-7", true // one withdrawal, though both are withdrawn
	matched := received("IN-6", InboundAccepted, 90)
	matched.Matched, matched.Affected, matched.Fixed, matched.Repaired, matched.Answered, matched.Rating = hourp(91), true, hourp(150), 1, hourp(94), 5
	return LedgerFacts{
		Teams:      []Team{{ID: "TEAM-3", Name: "npCERT", State: TeamConfirmed, Contacts: []Contact{{Role: LawEnforcement}}}},
		Agreements: []Agreement{yearOfAgreement()},
		Releases: []ReleaseFact{
			came(released("REL-1", "ADV-1", "TEAM-3", 100), ReleaseFact{AckBy: hourp(110), Acknowledged: hourp(104), Fetched: hourp(102)}),
			came(released("REL-2", "ADV-1", "TEAM-3", 200), ReleaseFact{AckBy: hourp(210), Acknowledged: hourp(220)}),
			came(released("REL-3", "ADV-3", "TEAM-3", 300), ReleaseFact{AckBy: hourp(310)}),
			withdrawal, referral, refused, red, released("REL-8", "ADV-8", "TEAM-4", 100), released("REL-9", "ADV-9", "TEAM-3", -10), released("REL-10", "ADV-9", "TEAM-3", 10),
		},
		Feedback: []Feedback{
			{Team: "TEAM-3", Advisory: "ADV-1", At: hour(120), Usefulness: 2, Counts: map[Verdict]int{VerdictAffected: 3}, First: hourp(110)},
			{Team: "TEAM-3", Advisory: "ADV-1", At: hour(180), Usefulness: 5, Counts: map[Verdict]int{VerdictFixed: 3}},
			{Team: "TEAM-3", Advisory: "ADV-3", At: hour(320), Usefulness: 2, Counts: map[Verdict]int{VerdictNotPresent: 9}},
			{Team: "TEAM-4", Advisory: "ADV-1", At: hour(320), Usefulness: 1},
		},
		Inbounds: []InboundFact{
			received("IN-1", InboundSuperseded, 50), update, received("IN-3", InboundDuplicate, 61), received("IN-4", InboundRejected, 70), received("IN-5", InboundQuarantined, 80),
			matched, taken, withdraws, received("IN-8", InboundAccepted, -5),
		},
	}
}

func yearOfAgreement() Agreement {
	a := *pact()
	a.EffectiveAt, a.ExpiresAt = hour(-9000), hour(40000)
	a.Themes = []Theme{ThemeExchange}
	a.Ours, a.Theirs = Party{Authority: "=Ministry", LegalBasis: "Act 1"}, Party{Authority: "<b>Other</b>", LegalBasis: "Act 2"}
	a.Meetings = []Meeting{{At: hour(700), Place: "Dhaka", Minutes: "=HYPERLINK(\"https://x.example\")"}, {At: hour(-700), Minutes: "old"}}
	return a
}

// What may still be acknowledged in time is not overdue.
func TestNothingIsOverdueBeforeItsTime(t *testing.T) {
	f := LedgerFacts{
		Releases: []ReleaseFact{{ID: "REL-1", Advisory: "ADV-1", Team: "TEAM-3", State: ReleaseDone, ReleasedAt: hourp(0), AckBy: hourp(72)}},
	}
	year := hour(0).Year()
	for _, tt := range []struct {
		at   time.Time
		want int
	}{{hour(71), 0}, {hour(73), 1}, {time.Time{}, 1}} {
		f.At = tt.at
		if got := Ledger(f, "TEAM-3", year).Given.Overdue; got != tt.want {
			t.Errorf("at %s: %d overdue, want %d", tt.at, got, tt.want)
		}
	}
}

func TestLedger(t *testing.T) {
	y := Ledger(yearOfFacts(), "TEAM-3", 2026)
	wantGiven := Given{
		Advisories: 4, Updates: 2, Referrals: 1, Refused: 1, Withdrawn: 1, Confirmed: 1, Late: 1, Overdue: 2, Rated: 2, Usefulness: 3.5, Matched: 1,
		Acknowledge: Spans{Count: 3, Median: 12 * time.Hour, Max: 20 * time.Hour},
		ByCategory:  []CategoryLine{{Category: advisory.Exposure, Total: 4, BySeverity: map[inventory.Severity]int{inventory.SeverityHigh: 3, "": 1}}},
	}
	if diff := cmp.Diff(wantGiven, y.Given); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
	wantTaken := Taken{
		Documents: 5, Updates: 2, Duplicates: 1, Accepted: 4, Rejected: 1, Waiting: 1, Withdrawn: 1, Answered: 2, Rated: 1, Usefulness: 5, Matched: 2, Affected: 2, Fixed: 1,
		Acknowledge: Spans{Count: 2, Median: 6 * time.Hour, Max: 8 * time.Hour},
		ByCategory:  []CategoryLine{{Category: advisory.Vulnerability, Total: 5, BySeverity: map[inventory.Severity]int{inventory.SeverityCritical: 5}}},
	}
	if diff := cmp.Diff(wantTaken, y.Received); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	if y.Received.Share() != 0.5 || (Taken{}).Share() != 0 {
		t.Errorf("share %v", y.Received.Share())
	}
	r := y.Reciprocity()
	if r.Ratio != 1.25 || r.TheyAnswered != 3.0/7 || r.WeAnswered != 2.0/7 {
		t.Errorf("reciprocity %+v", r)
	}
	if all := Ledger(yearOfFacts(), "", 2026); all.Given.Advisories != 5 {
		t.Errorf("all teams: %+v", all.Given)
	}
	if none := Ledger(yearOfFacts(), "TEAM-3", 2024); none.Given.Advisories+none.Received.Documents+len(none.Clocks) != 0 {
		t.Errorf("another year: %+v", none)
	}
}

func TestClocks(t *testing.T) {
	clocks := map[string]AdvisoryClock{}
	for _, c := range Ledger(yearOfFacts(), "TEAM-3", 2026).Clocks {
		if _, twice := clocks[c.Object]; twice {
			t.Errorf("%s has two clocks", c.Object)
		}
		clocks[c.Object] = c
	}
	want := AdvisoryClock{
		Given: true, Team: "TEAM-3", Object: "ADV-1", Title: "Title of ADV-1", TLP: advisory.Amber,
		Detected: hourp(76), Released: hourp(100), Fetched: hourp(102), Matched: hourp(110), Fixed: hourp(180),
	}
	if diff := cmp.Diff(want, clocks["ADV-1"]); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
	want = AdvisoryClock{Team: "TEAM-3", Object: "IN-6", Title: "Title of IN-6", TLP: advisory.Amber, Released: hourp(88), Fetched: hourp(90), Matched: hourp(91), Fixed: hourp(150)}
	if diff := cmp.Diff(want, clocks["IN-6"]); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	if clocks["ADV-7"].Title+clocks["ADV-5"].Title != "" {
		t.Error("the title of what is red, or a referral, is shown")
	}
	if _, ok := clocks["ADV-9"]; ok {
		t.Error("what was first released the year before has a clock of this one")
	}
	if d, ok := Took(hourp(1), hourp(3)); !ok || d != 2*time.Hour {
		t.Errorf("took %s", d)
	}
	if _, ok := Took(hourp(3), hourp(1)); ok {
		t.Error("time runs backwards")
	}
}

func TestCommittee(t *testing.T) {
	r, err := Committee(yearOfFacts(), "AGR-1", 2026, hour(1000))
	if err != nil || len(r.Meetings) != 1 || r.State != AgreementActive || r.TeamName != "npCERT" || r.TLP != advisory.Amber {
		t.Fatalf("%v: %+v", err, r)
	}
	var open []string
	for _, o := range r.Open {
		open = append(open, o.Side+" "+o.What+" "+o.Object)
	}
	if diff := cmp.Diff([]string{"ours answer IN-8", "ours decision IN-5", "theirs acknowledgement REL-3"}, open); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
	if _, err := Committee(yearOfFacts(), "AGR-9", 2026, hour(1000)); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("no such agreement: %v", err)
	}
	page, table := written(t, r.WriteHTML), written(t, r.WriteCSV)
	for _, text := range []string{page, table} {
		for _, hidden := range []string{"Referrals", "Refused", "ADV-5", "REL-5", "ADV-6", "ORG-"} {
			if strings.Contains(text, hidden) {
				t.Errorf("the other side reads %q", hidden)
			}
		}
		for _, shown := range []string{"MoU 2022/17", "ADV-1", "IN-6", "TLP:AMBER"} {
			if !strings.Contains(text, shown) {
				t.Errorf("it lacks %q", shown)
			}
		}
	}
	harmless(t, page, table)
}

func TestPlan(t *testing.T) {
	r := Plan(yearOfFacts(), 2026, hour(1000))
	got := map[string]string{}
	for _, s := range r.Themes {
		for _, f := range s.Figures {
			got[f.Key] = f.Words()
		}
	}
	for key, want := range map[string]string{
		"agreements_active": "1", "given": "5", "received": "5", "given_ack_median": "12 h 0 min", "received_usefulness": "5.0", "referrals": "1", "law_enforcement_contacts": "1",
		"matched": "2", "fixed": "1", "fix_median": "2 d 12 h", "legal_basis": "1", "meetings": "1", "refused": "1", "withdrawals_confirmed": "1", "given_incidents": "0",
	} {
		if got[key] != want {
			t.Errorf("%s: %q, want %q", key, got[key], want)
		}
	}
	if len(r.Themes) != 5 || len(r.Themes[0].Agreements) != 1 || len(r.Themes[1].Agreements) != 0 {
		t.Errorf("themes %+v", r.Themes)
	}
	if none := Plan(LedgerFacts{}, 2026, hour(0)); none.Themes[0].Figures[4].Words() != "none" {
		t.Errorf("without facts: %+v", none.Themes[0].Figures[4])
	}
	harmless(t, written(t, r.WriteHTML), written(t, r.WriteCSV))
	y := Ledger(yearOfFacts(), "TEAM-3", 2026)
	harmless(t, written(t, func(w io.Writer) error { return y.WriteHTML(w, "<i>npCERT</i>", hour(9)) }),
		written(t, func(w io.Writer) error { return y.WriteCSV(w, "@npCERT", hour(9)) }))
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var out, again bytes.Buffer
	if err := errors.Join(write(&out), write(&again)); err != nil {
		t.Fatal(err)
	}
	if out.String() != again.String() {
		t.Error("written twice, it differs")
	}
	return out.String()
}

// harmless checks that nothing in a page runs or loads, and that no cell is a
// formula.
func harmless(t *testing.T, page, table string) {
	t.Helper()
	for _, bad := range []string{"<script", "<b>", "<i>", "src=", "http-equiv=\"refresh", "onload", "ZgotmplZ", "\x00"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if !strings.Contains(page, "default-src &#39;none&#39;") {
		t.Error("the page has no policy")
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table, "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 10 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	for _, cell := range flat(rows) {
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@|%") {
			t.Errorf("the cell %q is a formula", cell)
		}
	}
}

func flat(rows [][]string) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r...)
	}
	return out
}
