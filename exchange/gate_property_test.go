package exchange

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// TestGateAllowsNothingThatARuleRefuses asks the gate about requests of
// chance, most of them nearly in order, and the naive rules about each that it
// allowed.
func TestGateAllowsNothingThatARuleRefuses(t *testing.T) {
	dice := rand.New(rand.NewPCG(2026, 11))
	allowed, refused := 0, map[string]int{}
	cases := gateCases()
	for i := range 5_000 {
		r := chance(dice)
		d := Gate(r)
		if !d.Allowed {
			refused[d.Rule]++
			if d.Rule == "" || d.Clause == "" {
				t.Fatalf("request %d is refused without a rule or a clause: %+v", i, d)
			}
			continue
		}
		allowed++
		check(t, r, d)
		if t.Failed() {
			t.Fatalf("request %d: %+v", i, r)
		}
	}
	if allowed < 300 {
		t.Errorf("only %d requests were allowed: the generator proves little", allowed)
	}
	for _, r := range rules {
		if refused[r.name] == 0 {
			t.Errorf("chance never made rule %s refuse", r.name)
		}
	}
	for name := range naiveRules {
		if !slices.ContainsFunc(cases, func(c gateCase) bool { return naiveRules[name](c.r) }) {
			t.Errorf("naive rule %q refuses no case: it says nothing", name)
		}
	}
}

// check is what must hold of everything that the gate allows.
func check(t *testing.T, r Request, d Decision) {
	t.Helper()
	for name, refuses := range naiveRules {
		if refuses(r) {
			t.Errorf("allowed (%s), but %q refuses", d.Clause, name)
		}
	}
	for _, rule := range rules {
		if !rule.audience.other(r) && rule.refuses(r) != "" {
			t.Errorf("allowed, but rule %s refuses: %s", rule.name, rule.refuses(r))
		}
	}
	for _, c := range d.Channels {
		if naiveForeign(r, c) || naiveReadable(r, c) {
			t.Errorf("allowed by channel %q, which is shut", c)
		}
	}
	if left := strings.Contains(d.Clause, "not by "); len(r.Channels) > 0 && left != (len(d.Channels) < len(r.Channels)) {
		t.Errorf("asked for %v, goes by %v, and says: %s", r.Channels, d.Channels, d.Clause)
	}
	if d.Rule != "" || d.TLP != r.Outgoing.TLP || len(d.Channels) == 0 {
		t.Errorf("decision %+v for label %q", d, r.Outgoing.TLP)
	}
	if d.NeedsApprover != (naiveName(r.Approver) == "") {
		t.Errorf("decision %+v for approver %q", d, r.Approver)
	}
}

func FuzzGate(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Add(uint64(2026), uint64(11))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := chance(rand.New(rand.NewPCG(a, b)))
		if d := Gate(r); d.Allowed {
			check(t, r, d)
		} else if d.Rule == "" {
			t.Errorf("refused without a rule: %+v", d)
		}
	})
}

// pick takes the first of the choices most times.
func pick[T any](d *rand.Rand, usual T, others ...T) T {
	if d.IntN(24) > 0 || len(others) == 0 {
		return usual
	}
	return others[d.IntN(len(others))]
}

func chance(d *rand.Rand) Request {
	labels := advisory.TLPs()
	r := request()
	if d.IntN(5) == 0 {
		r = public()
	}
	o := &r.Original
	o.State = pick(d, o.State, advisory.Draft, advisory.InReview, advisory.Released, advisory.Updated, advisory.Withdrawn, "")
	o.Author, o.Approver = pick(d, o.Author, "bimal", "", "chandra"), pick(d, o.Approver, "anu", " ANU ", "")
	o.Category = pick(d, o.Category, advisory.Incident, advisory.Indicators, advisory.Statistics, advisory.Vulnerability, "")
	o.TLP = pick(d, o.TLP, append(slices.Clone(labels), "", "white")...)
	o.Referral = d.IntN(12) == 0
	o.Editors = pick(d, nil, []string{"bimal"}, []string{"esha"}, []string{"fatima"})
	o.Summary = pick(d, o.Summary, o.Summary+" At Himal Zephyr2 Utility.", o.Summary+" Host scada.zephyr1.com.np.")
	if d.IntN(6) == 0 {
		o.Reach = advisory.Reach{Organizations: 3 + d.IntN(4), Assets: 9, Sectors: []inventory.Sector{inventory.SectorEnergy, pick(d, inventory.SectorEnergy, inventory.SectorWater)}}
	}
	chanceAffected(d, o)
	if d.IntN(6) == 0 {
		o.Origins = []advisory.Origin{{
			Team: pick(d, "TEAM-3", "TEAM-9", ""), Document: "X/1", TLP: labels[d.IntN(len(labels))],
			Consent: pick(d, nil, []string{"*"}, []string{"TEAM-3"}, []string{"TEAM-4"}, []string{""}),
		}}
		o.Origins[0].TLP = pick(d, o.Origins[0].TLP, "purple")
	}
	r.By, r.Approver, r.Legal = pick(d, r.By, "", "dipa"), pick(d, r.Approver, "", "chandra"), pick(d, r.Legal, "", "anu", "chandra")
	r.Preview = pick(d, false, true)
	r.Referral = pick(d, o.Referral, !o.Referral)
	r.Channels = pick(d, nil, []Channel{ChannelMail}, []Channel{ChannelCSAF}, []Channel{ChannelBundle, ChannelMISP}, []Channel{"pigeon"})
	if d.IntN(12) == 0 { // a withdrawal goes every way that any release went
		o.State = advisory.Withdrawn
		r.Channels = slices.DeleteFunc(Channels(), func(Channel) bool { return d.IntN(2) == 0 })
	}
	chanceTeam(d, &r)
	if o.State == advisory.Withdrawn && r.Team != nil && d.IntN(3) == 0 {
		r.Team.Keys = nil
	}
	all := []Treatment{Keep, Coarsen, Drop}
	r.Profile = Profile{all[d.IntN(3)], all[d.IntN(3)], all[d.IntN(3)], all[d.IntN(3)], all[d.IntN(3)], all[d.IntN(3)]}
	r = redacted(r)
	if d.IntN(3) == 0 {
		chanceOutgoing(d, &r)
	}
	return r
}

func chanceAffected(d *rand.Rand, o *advisory.Advisory) {
	consents := []inventory.Consent{inventory.ConsentNone, inventory.ConsentAnonymised, inventory.ConsentIdentified, ""}
	o.Affected = nil
	for i := range d.IntN(7) {
		x := row(i, consents[d.IntN(len(consents))], pick(d, "NP", "LK", ""))
		x.Sector = pick(d, x.Sector, inventory.SectorWater, "")
		x.Address = pick(d, x.Address, "2001:db8::7", "https://"+x.Hostname+"/", "192.0.2.0/28")
		o.Affected = append(o.Affected, x)
	}
}

func chanceTeam(d *rand.Rand, r *Request) {
	if t := r.Team; t != nil {
		t.State = pick(d, t.State, TeamExample, TeamFormer, "")
		t.ID = pick(d, t.ID, "TEAM-4", "")
		t.Country = pick(d, t.Country, "LK", "")
		if d.IntN(24) == 0 {
			t.Keys[0].ValidUntil = &now
		}
		t.Contacts = pick(d, t.Contacts, nil, t.Contacts[1:])
	}
	g := r.Agreement
	if g == nil {
		r.Agreement = pick(d, nil, pact())
		return
	}
	g.State = pick(d, g.State, AgreementDraft, AgreementActive, AgreementSuspended, AgreementTerminated, AgreementExpired, "odd")
	r.At = pick(d, r.At, g.EffectiveAt, g.EffectiveAt.Add(-1), g.ExpiresAt, g.ExpiresAt.Add(-time.Second), time.Time{})
	g.Team = pick(d, g.Team, "TEAM-4", "")
	t := &g.Give
	t.Categories = pick(d, t.Categories, nil, []advisory.Category{advisory.Statistics})
	t.Sectors = pick(d, t.Sectors, []inventory.Sector{inventory.SectorEnergy}, []inventory.Sector{inventory.SectorWater})
	t.Ceiling = pick(d, t.Ceiling, append(advisory.TLPs(), "")...)
	t.Victims = pick(d, t.Victims, VictimsNever, "")
	t.ReferralOK = pick(d, true, false)
	t.Channels = pick(d, t.Channels, nil, []Channel{ChannelMail}, []Channel{ChannelCSAF}, Channels())
	t.IEP = pick(d, t.IEP, IEP{TLP: "red"}, IEP{TLP: "green"}, IEP{EncryptInTransit: "must"}, IEP{PermittedActions: "none"},
		IEP{AffectedParties: "must-not"}, IEP{Attribution: "must-not"}, IEP{Attribution: "odd"}, IEP{TLP: "amber", EncryptInTransit: "may"})
	r.Agreement = pick(d, g, nil)
}

// chanceOutgoing spoils what redaction made.
func chanceOutgoing(d *rand.Rand, r *Request) {
	o, x := &r.Outgoing, row(d.IntN(7), inventory.ConsentIdentified, "NP")
	switch d.IntN(14) {
	case 0:
		o.TLP = advisory.TLPs()[d.IntN(5)]
	case 1:
		o.Affected = append(o.Affected, advisory.Affected{Consent: inventory.ConsentAnonymised})
	case 2:
		o.Affected = append(o.Affected, x)
	case 3:
		o.Affected = r.Original.Affected
	case 4:
		o.Origins = append(o.Origins, r.Original.Origins...)
	case 5:
		o.Reach.Sectors = r.Original.Reach.Sectors
	case 6:
		o.Title = "Other"
	case 7:
		o.Referral = !o.Referral
	case 8:
		o.Origins = []advisory.Origin{{Team: "TEAM-3", TLP: advisory.Amber, Consent: []string{"TEAM-5"}}}
	}
	if len(o.Affected) == 0 {
		return
	}
	o.Affected = slices.Clone(o.Affected)
	y := &o.Affected[d.IntN(len(o.Affected))]
	switch d.IntN(14) {
	case 0:
		y.Address = x.Address
	case 1:
		y.Hostname = x.Hostname
	case 2:
		y.OrgName = x.OrgName
	case 3:
		y.Site = x.Site
	case 4:
		y.Evidence = x.Evidence
	case 5:
		y.Asset, y.Org = x.Asset, x.Org
	case 6:
		y.Sector = x.Sector
	case 7:
		slices.Reverse(o.Affected)
	}
}
