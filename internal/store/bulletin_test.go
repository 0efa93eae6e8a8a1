package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// published is an advisory on a check, in English and Bangla, that operators read.
func (w *world) published(tlp advisory.TLP, check string) advisory.ID {
	w.t.Helper()
	ctx := w.t.Context()
	a, err := advisory.New("ada", advisory.Fields{
		Category: advisory.Exposure, TLP: tlp, Title: "Desktops are reachable", Summary: "They are.", Fix: "Close the port.", Check: inventory.CheckID(check),
		Translations: []advisory.Translation{{Language: "bn", Title: "ডেস্কটপ খোলা", Summary: "এমনই।"}},
	}, w.clock.now())
	if err == nil {
		a, err = w.CreateAdvisory(ctx, "ada", a)
	}
	if err == nil {
		a, err = w.ApproveAdvisory(ctx, "mara", a.ID)
	}
	if err == nil {
		a, err = w.PublishAdvisory(ctx, "ada", a.ID, a.UpdatedAt)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return a.ID
}

// An AMBER advisory is read by those who have what it is about, and told to
// them once; a withdrawal is told to those who were told.
func TestBulletins(t *testing.T) {
	w := newWorld(t)
	grid, water := w.org("Grid"), w.org("Water")
	w.exec(`INSERT INTO checks (id, title, severity, why, fix, refs, cves, cwes, tags, source, protocol, sha256, updated_at)
		VALUES ('exposed-rdp', 'RDP', 'high', '', '', '[]', '["CVE-2026-1"]', '[]', '[]', 'exposure', '', '', $1) ON CONFLICT DO NOTHING`, w.clock.now())
	w.finding(w.asset(grid, "192.0.2.7"), "exposed-rdp", "medium", time.Time{})
	amber, green := w.published(advisory.Amber, "exposed-rdp"), w.published(advisory.Green, "exposed-rdp")
	read := func(org inventory.OrganizationID) int {
		ctx := account.WithIdentity(t.Context(), auth.Identity{User: "o", Role: auth.Operator, Org: org})
		all, _, err := w.Bulletins(ctx, inventory.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if n, m := read(grid), read(water); n != 2 || m != 1 {
		t.Errorf("Grid reads %d and Water %d, want both and the green one", n, m)
	}
	ctx := account.WithIdentity(t.Context(), auth.Identity{User: "o", Role: auth.Operator, Org: water})
	if _, err := w.Bulletin(ctx, amber); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("Water opens what is not for it: %v", err)
	}
	if _, err := w.PublishAdvisory(t.Context(), "ada", green, w.clock.now().Add(-time.Hour)); !errors.Is(err, inventory.ErrStale) {
		t.Errorf("published without being looked through: %v", err)
	}

	w.tell()
	w.tell()
	told := w.notices(notify.Filter{Object: string(amber)})
	if len(told) != 1 || told[0].Org != grid || len(told[0].Letter.Advised) != 2 || told[0].Letter.Advised[0].Open != 1 || told[0].Letter.Advised[0].In("en").Title != "Desktops are reachable" {
		t.Fatalf("told: %+v", told)
	}
	// Who comes to have it later is told then, and who had it and mended it is not.
	rail := w.org("Rail")
	mended := w.finding(w.asset(rail, "192.0.2.9"), "exposed-rdp", "medium", time.Time{})
	w.exec("UPDATE findings SET detection = 'fixed', closed_at = $2 WHERE id = $1", mended, w.clock.now())
	w.finding(w.asset(water, "192.0.2.8"), "exposed-rdp", "medium", time.Time{})
	w.clock.advance(24 * time.Hour)
	w.tell()
	w.tell()
	whom := map[inventory.OrganizationID]int{}
	for _, n := range w.notices(notify.Filter{Object: string(amber)}) {
		whom[n.Org]++
	}
	if len(whom) != 2 || whom[grid] != 1 || whom[water] != 1 {
		t.Errorf("told: %v, want Grid and Water once each", whom)
	}
	for org, want := range map[inventory.OrganizationID]int{grid: 1, rail: 0, "": 2} {
		open, err := w.OpenOf(t.Context(), org, []inventory.CheckID{"exposed-rdp", "other"})
		if err != nil || open["exposed-rdp"] != want || open["other"] != 0 {
			t.Errorf("open of %q: %v, %v, want %d", org, open, err, want)
		}
	}
	if open, err := w.OpenOf(account.WithIdentity(t.Context(), auth.Identity{User: "o", Role: auth.Operator, Org: water}), "", []inventory.CheckID{"exposed-rdp"}); err != nil || open["exposed-rdp"] != 1 {
		t.Errorf("open as Water counts it: %v, %v", open, err)
	}
	late := w.org("Late") // has it, and is not told before it is withdrawn
	w.finding(w.asset(late, "192.0.2.10"), "exposed-rdp", "medium", time.Time{})
	if _, err := w.WithdrawAdvisory(t.Context(), "ada", amber, "It was wrong."); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(24 * time.Hour)
	w.tell() // what is urgent goes first
	w.tell()
	told = w.notices(notify.Filter{Object: string(amber), Org: grid})
	if len(told) != 2 || !told[0].Letter.Advised[0].Withdrawn || told[0].Letter.Advised[0].Why != "Withdrawn: It was wrong." {
		t.Fatalf("after it was withdrawn: %+v", told)
	}
	if n := len(w.notices(notify.Filter{Object: string(amber), Org: late})); n != 0 {
		t.Errorf("who was never told of it is told %d times that it is withdrawn", n)
	}
}

// What a newer advisory replaces says so where operators read it.
func TestASupersededBulletinLeadsOn(t *testing.T) {
	w := newWorld(t)
	old, next := w.published(advisory.Green, "exposed-rdp"), w.published(advisory.Green, "exposed-rdp")
	w.clock.advance(time.Hour)
	if _, err := w.SupersedeAdvisory(t.Context(), "ada", old, next); err != nil {
		t.Fatal(err)
	}
	ctx := account.WithIdentity(t.Context(), auth.Identity{User: "o", Role: auth.Operator, Org: w.org("Grid")})
	if b := must(w.Bulletin(ctx, old))(t); b.Instead != next || b.WithdrawnAt == nil || !b.WithdrawnAt.Equal(w.clock.now()) {
		t.Errorf("the old one: %+v", b)
	}
	if b := must(w.Bulletin(ctx, next))(t); b.Instead != "" || b.WithdrawnAt != nil {
		t.Errorf("the new one: %+v", b)
	}
}

// What rests on a peer's document is published only with the peer's word.
func TestAPeersDocumentIsNotPublishedWithoutItsWord(t *testing.T) {
	w := newWorld(t)
	peer := w.team("b", "BD")
	agreed := func(onward exchange.Onward) func() {
		return func() {
			g := w.agree(peer.ID, "MoU "+string(onward))
			w.exec("UPDATE agreements SET take = jsonb_set(take, '{onward}', to_jsonb($2::text)) WHERE id = $1", g.ID, onward)
		}
	}
	for _, c := range []struct {
		before  func()
		consent []string
		want    error
	}{
		{nil, nil, inventory.ErrForbidden},
		{nil, []string{"PEER-99"}, inventory.ErrForbidden},
		{nil, []string{"*"}, nil},
		{agreed(exchange.OnwardNone), nil, inventory.ErrForbidden},
		{agreed(exchange.OnwardConstituents), nil, nil},
		{func() { w.clock.advance(366 * 24 * time.Hour) }, nil, inventory.ErrForbidden}, // it has ended
	} {
		if c.before != nil {
			c.before()
		}
		a, err := advisory.New("ada", advisory.Fields{
			Category: advisory.Exposure, TLP: advisory.Green, Title: "Desktops are reachable", Summary: "They are.", Fix: "Close the port.", Check: "exposed-rdp",
		}, w.clock.now())
		if err != nil {
			t.Fatal(err)
		}
		a.Origins = []advisory.Origin{{Team: string(peer.ID), Document: "X/1", TLP: advisory.Green, Consent: c.consent}}
		a = must(w.CreateAdvisory(t.Context(), "ada", a))(t)
		a = must(w.ApproveAdvisory(t.Context(), "mara", a.ID))(t)
		if _, err := w.PublishAdvisory(t.Context(), "ada", a.ID, a.UpdatedAt); !errors.Is(err, c.want) {
			t.Errorf("published with the consent %v: %v, want %v", c.consent, err, c.want)
		}
	}
}
