package reports

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// national sums a week of operators up, as the store does for the nation.
func national(t testing.TB, d Data) Data {
	t.Helper()
	out := Data{Orgs: d.Orgs, From: d.From, To: d.To, At: d.At, Checks: d.Checks, Threats: d.Threats, Clock: d.Clock, Issuer: d.Issuer, Issue: d.Issue}
	weak := map[inventory.CheckID]*Weakness{}
	for id := range d.Orgs {
		r := build(t, of(d, id))
		out.Standings = append(out.Standings, StandingOf(r))
		for _, p := range r.Problems {
			w := weak[p.Check]
			if w == nil {
				w = &Weakness{Check: p.Check}
				weak[p.Check] = w
			}
			w.Organizations++
			w.Assets += p.Assets
			w.Findings += len(p.Findings)
			for _, f := range p.Findings {
				w.OldestDays = max(w.OldestDays, f.AgeDays)
				switch {
				case f.Waived():
					w.Waived++
				case f.Overdue:
					w.Overdue++
				}
				if f.KEV && !f.Waived() {
					w.KEV++
				}
			}
		}
	}
	for _, w := range weak {
		out.Weaknesses = append(out.Weaknesses, *w)
	}
	return out
}

// sector is national for the energy sector with enough operators to tell of.
func sector(t testing.TB, d Data, operators int) Data {
	t.Helper()
	d = national(t, d)
	d.Subject.Sector = inventory.SectorEnergy
	for id, o := range d.Orgs {
		if o.Sector != inventory.SectorEnergy {
			delete(d.Orgs, id)
		}
	}
	first := d.Standings[slices.IndexFunc(d.Standings, func(s Standing) bool { return s.Org == "ORG-7" })]
	d.Standings = []Standing{first}
	for i := 1; i < operators; i++ {
		s := first
		s.Org = inventory.OrganizationID(fmt.Sprintf("ORG-%d", 70+i))
		s.Critical, s.High, s.KEV, s.LastAnswer = i, 2*i, 0, d.At.Add(-time.Hour)
		d.Orgs[s.Org] = inventory.Organization{ID: s.Org, Name: fmt.Sprintf("Secret Grid %d", i), Sector: inventory.SectorEnergy, TimeZone: "UTC"}
		d.Standings = append(d.Standings, s)
	}
	for i := range d.Weaknesses {
		if d.Weaknesses[i].Check == "exposed-redis" {
			d.Weaknesses[i].Organizations = operators
		}
	}
	return d
}

// A sector's report names nobody, and of what few have it tells no number.
func TestSectorKeepsOperatorsApart(t *testing.T) {
	r := build(t, sector(t, sample(t), 6))
	if r.ID != "weekly-sector-energy-2026-W47" || len(r.Organizations) != 6 || len(r.Spread) == 0 {
		t.Fatalf("%s has %d operators, %d spreads", r.ID, len(r.Organizations), len(r.Spread))
	}
	for suffix, text := range render(t, r) {
		if suffix == ".xlsx" {
			continue
		}
		for _, secret := range []string{"ORG-7", "Mahaweli", "Secret Grid", "198.51.100", "Kotmale"} {
			if strings.Contains(text, secret) {
				t.Errorf("the sector's %s tells %s", suffix, secret)
			}
		}
	}
	for _, w := range r.Weaknesses {
		if few := w.Check != "exposed-redis"; w.Few != few || few && w.Findings+w.Organizations+w.Assets != 0 {
			t.Errorf("of %s the report tells %+v", w.Check, w)
		}
	}
	named := sector(t, sample(t), 6)
	named.Named = true
	if got := render(t, build(t, named))[".html"]; !strings.Contains(got, "Secret Grid 3") {
		t.Error("with the policy's leave no operator is named")
	}
}

// Of fewer than five, each could be guessed.
func TestSectorOfFewTellsNothing(t *testing.T) {
	r := build(t, sector(t, sample(t), MinPeers-1))
	if len(r.Organizations)+len(r.Weaknesses)+len(r.Spread)+len(r.Sectors)+len(r.Trends.Weeks) != 0 || len(r.Card) != 1 || r.Card[0].Key != "organizations" {
		t.Errorf("a sector of %d tells %+v", MinPeers-1, r)
	}
	if page := render(t, r)[".html"]; !strings.Contains(page, "Fewer than five operators") {
		t.Error("the page does not say why it tells nothing")
	}
}

func TestSpreadIsQuartiles(t *testing.T) {
	for _, c := range []struct {
		in   []int
		want Range
	}{
		{[]int{4, 1, 3, 2}, Range{Known: 4}}, // too few
		{[]int{5, 1, 4, 2, 3}, Range{5, 2, 3, 4}},
		{[]int{8, 1, 7, 2, 6, 3, 5, 4}, Range{8, 2, 4, 6}},
	} {
		if got := quartiles(slices.Clone(c.in)); got != c.want {
			t.Errorf("quartiles(%v) = %+v, want %+v", c.in, got, c.want)
		}
	}
}

// The nation's numbers are the sum of the operators' cards.
func TestNationIsTheSumOfItsOperators(t *testing.T) {
	d := sample(t)
	r := build(t, national(t, d))
	sum := map[string]int{}
	for id := range d.Orgs {
		for _, f := range build(t, of(d, id)).Card {
			sum[f.Key] += f.Value
		}
	}
	compared := 0
	for _, f := range r.Card {
		want, both := sum[f.Key]
		if both {
			compared++
			if f.Value != want {
				t.Errorf("%s: the nation has %d, its operators %d", f.Key, f.Value, want)
			}
		}
	}
	if compared < 13 {
		t.Errorf("only %d numbers were compared", compared)
	}
}

func TestWeekEnds(t *testing.T) {
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{monday, monday.Add(-time.Second), monday.AddDate(0, 0, -6), monday.AddDate(0, 0, -7).Add(time.Nanosecond)} {
		if got := WeekEnd(at); !got.Equal(monday) {
			t.Errorf("WeekEnd(%s) = %s, want %s", at, got, monday)
		}
	}
	ends := WeekEnds(monday)
	if len(ends) != TrendWeeks || !ends[TrendWeeks-1].Equal(monday) || !ends[0].Equal(monday.AddDate(0, 0, -175)) {
		t.Errorf("WeekEnds = %v", ends)
	}
}
