package store_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A year's numbers need what was refused in it, and what was given before it:
// without that an update of an old advisory would count as a new one.
func TestLedgerCountsOverTheYears(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	old, refused := w.approved("A", advisory.Green, advisory.Vulnerability), w.approved("B", advisory.Green, advisory.Vulnerability)
	w.release(old.ID, b.ID)
	first := w.clock.now().Year()
	for w.clock.now().Year() == first {
		w.clock.advance(24 * time.Hour)
	}
	w.revise(old.ID, advisory.Green)
	w.release(old.ID, b.ID)
	r := must(w.RequestRelease(ctx, "rita", exchange.Release{Advisory: refused.ID, Team: b.ID, Reason: "they asked"}))(t)
	if err := w.RefuseRelease(ctx, "omar", r.ID, "not theirs"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		year int
		team exchange.TeamID
		want [3]int // advisories, updates, refused
	}{
		{first, b.ID, [3]int{1, 0, 0}},
		{first + 1, b.ID, [3]int{0, 1, 1}},
		{first + 1, "", [3]int{0, 1, 1}},
		{first + 1, w.team("c", "IN").ID, [3]int{}},
	} {
		year := exchange.Ledger(must(w.LedgerFacts(ctx, exchange.LedgerQuery{Team: tt.team, Year: tt.year}))(t), tt.team, tt.year)
		all := exchange.LedgerOfEach(must(w.LedgerFacts(ctx, exchange.LedgerQuery{Year: tt.year}))(t), tt.year)
		for _, each := range append(all.Peers, all) {
			if each.Team == tt.team && (!reflect.DeepEqual(each.Given, year.Given) || !reflect.DeepEqual(each.Received, year.Received)) {
				t.Errorf("%d with %q: %+v beneath that of all, %+v by itself", tt.year, tt.team, each, year)
			}
		}
		g := year.Given
		if got := [3]int{g.Advisories, g.Updates, g.Refused}; got != tt.want {
			t.Errorf("%d with %q: advisories, updates, refused = %v, want %v", tt.year, tt.team, got, tt.want)
		}
	}
}

// What came of a release, and of a document, is told in one row each.
func TestLedgerTellsWhatCameOfIt(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	org := w.org("Power")
	first, second := w.asset(org, "192.0.2.7"), w.asset(org, "192.0.2.8")
	rel := w.release(w.approved("A", advisory.Green, advisory.Vulnerability).ID, b.ID)
	in, quiet := w.keep(received(b.ID, "B-1", "1"), "one"), w.keep(received(b.ID, "B-2", "1"), "two")
	ago := func(hours int) *time.Time {
		at := w.clock.now().Add(-time.Duration(hours) * time.Hour).UTC()
		return &at
	}
	execSQL(t, w.db.URL, strings.NewReplacer("{now}", w.clock.now().Format(time.RFC3339Nano), "{team}", string(b.ID), "{release}", string(rel.ID),
		"{document}", string(in.ID), "{org}", string(org), "{first}", string(first.ID), "{second}", string(second.ID)).Replace(`
CREATE FUNCTION pg_temp.ago(hours int) RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '{now}' - hours * interval '1 hour' $$;
DELETE FROM deliveries;
DELETE FROM answers;
INSERT INTO deliveries (release_id, team_id, channel, state, next_at, ack_by, delivered_at, ack_at) VALUES
	('{release}', '{team}', 'csaf', 'stopped', now(), pg_temp.ago(90), NULL, NULL), -- of which nothing is owed
	('{release}', '{team}', 'mail', 'confirmed', now(), pg_temp.ago(60), pg_temp.ago(70), pg_temp.ago(50)),
	('{release}', '{team}', 'push', 'queued', now(), pg_temp.ago(40), NULL, NULL);
INSERT INTO receipts (release_id, team_id, channel, kind, at, credential, path, detail)
	SELECT '{release}', '{team}', 'csaf', k.kind, pg_temp.ago(k.hours), '', '', '' FROM (VALUES ('sent', 99), ('fetched', 80), ('valid', 55), ('accepted', 45)) k (kind, hours);
INSERT INTO matches (inbound_id, org_id, asset_id, service, how, checks, verdict, why, evidence_id, scan_id, matched_at, decided_at, fixed_at)
	SELECT '{document}', '{org}', m.asset, m.service, '', '[]', m.verdict, '', '', '', pg_temp.ago(m.matched), now(), pg_temp.ago(m.fixed)
	FROM (VALUES ('{first}', '80/tcp', 'fixed', 30, 9), ('{first}', '443/tcp', 'fixed', 31, 8), ('{second}', '80/tcp', 'unknown', 29, NULL)) m (asset, service, verdict, matched, fixed);
INSERT INTO answers (inbound_id, team_id, at, author, state, counts, few, sectors, usefulness, comment, channel, sent_at)
	SELECT '{document}', '{team}', pg_temp.ago(a.hours), 'rule', 'accepted', '{}', '[]', '[]', a.rating, '', 'push', pg_temp.ago(a.sent)
	FROM (VALUES (7, 6, 2), (5, NULL, 3), (4, 3, 0)) a (hours, sent, rating);`))
	f := must(w.LedgerFacts(ctx, exchange.LedgerQuery{Team: b.ID, Year: start.Year()}))(t)
	if len(f.Releases) != 1 || len(f.Inbounds) != 2 {
		t.Fatalf("%d releases, %d documents", len(f.Releases), len(f.Inbounds))
	}
	r := f.Releases[0]
	if !reflect.DeepEqual([]*time.Time{r.Fetched, r.Acknowledged, r.AckBy}, []*time.Time{ago(80), ago(55), ago(60)}) || !r.Confirmed {
		t.Errorf("the release was fetched %s, acknowledged %s, due %s, confirmed %t", r.Fetched, r.Acknowledged, r.AckBy, r.Confirmed)
	}
	slices.SortFunc(f.Inbounds, func(a, b exchange.InboundFact) int { return strings.Compare(string(a.ID), string(b.ID)) })
	got := f.Inbounds[0]
	if !reflect.DeepEqual([]*time.Time{got.Matched, got.Fixed, got.Answered}, []*time.Time{ago(31), ago(8), ago(6)}) || !got.Affected || !got.Open || got.Repaired != 1 || got.Rating != 3 {
		t.Errorf("the document is %+v", got)
	}
	if got := f.Inbounds[1]; got.ID != quiet.ID || got.Matched != nil || got.Affected || got.Open || got.Repaired != 0 || got.Answered != nil || got.Rating != 0 {
		t.Errorf("the other document is %+v", got)
	}
}

// The pages of lists ask after whom they name together, and reminders after
// interim advisories alone.
func TestSomeAreAskedAfterTogether(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	power, bank := w.org("Power"), w.org("Bank")
	w.org("Rail")
	some, _, err := w.SearchOrganizations(ctx, inventory.OrganizationFilter{IDs: []inventory.OrganizationID{power, bank, "ORG-99"}}, inventory.Page{})
	if err != nil || len(some) != 2 || some[0].ID != power || some[1].ID != bank {
		t.Errorf("%+v, %v: want those two", some, err)
	}
	a := advisory.Advisory{
		Category: advisory.Vulnerability, TLP: advisory.Green, Title: "A", Summary: "Something is open.", Impact: "It can be read.", Fix: "Close it.",
		Severity: inventory.SeverityHigh, CVEs: []string{"CVE-2026-0001"}, History: []advisory.Change{{Revision: 1, At: w.clock.now(), By: "ada", Summary: "First version."}},
	}
	must(w.CreateAdvisory(ctx, "ada", a))(t)
	a.Interim = true
	want := must(w.CreateAdvisory(ctx, "ada", a))(t)
	all, _, err := w.Advisories(ctx, advisory.Filter{Interim: true}, inventory.Page{})
	if err != nil || len(all) != 1 || all[0].ID != want.ID {
		t.Errorf("%+v, %v: want the interim one", all, err)
	}
}
