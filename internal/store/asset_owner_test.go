package store_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth"
)

func TestContactsAnswerForAssetsOfTheirOwn(t *testing.T) {
	w := newWorld(t)
	power, rail := w.org("Power"), w.org("Rail")
	contact := func(org inventory.OrganizationID, name string) inventory.ContactID {
		t.Helper()
		return must(w.AddContact(t.Context(), "amara", org, inventory.Contact{Role: inventory.RoleTechnical, Name: name, Email: name + "@example.org"}))(t).ID
	}
	ours, theirs := contact(power, "ayesha"), contact(rail, "bilal")
	a := w.asset(power, "192.0.2.1")
	edit := func(c inventory.ContactID) error {
		have := must(w.Asset(t.Context(), a.ID))(t)
		_, err := w.EditAsset(t.Context(), "amara", a.ID, have.Version, inventory.AssetEdit{
			Name: "gate", Function: "Internet bank", Contact: c, Criticality: inventory.CriticalityLow, Class: inventory.IT, AtMost: inventory.LevelLight,
		})
		return err
	}
	wantErr(t, "another organisation's contact", edit(theirs), inventory.ErrInvalid)
	_, err := w.CreateAssets(t.Context(), "amara", []inventory.Asset{{Org: power, Address: address(t, "192.0.2.2"), Contact: theirs, Criticality: inventory.CriticalityLow, Class: inventory.IT}})
	wantErr(t, "a new asset of another's contact", err, inventory.ErrInvalid)
	if err := edit(ours); err != nil {
		t.Fatal(err)
	}
	found, _, err := w.AssetOverviews(t.Context(), inventory.AssetFilter{Contact: ours, Text: "internet BANK"}, inventory.Page{})
	if err != nil || len(found) != 1 || found[0].Owner != "ayesha" || found[0].AtMost != inventory.LevelLight {
		t.Fatalf("assets that ayesha answers for: %+v, %v", found, err)
	}
	// The organisation's own people remove the contact: the asset stays.
	operator := auth.WithIdentity(t.Context(), auth.Identity{User: "op", Role: auth.OperatorAdmin, Org: power})
	if err := w.RemoveContact(operator, "op", power, ours); err != nil {
		t.Fatal(err)
	}
	if have := must(w.Asset(t.Context(), a.ID))(t); have.Contact != "" || have.Function != "Internet bank" {
		t.Errorf("without its contact: %+v", have)
	}
	// An asset moves without its contact. Its limit goes with it: the machine is
	// no less fragile for having another owner.
	if err := edit(contact(power, "chandra")); err != nil {
		t.Fatal(err)
	}
	if err := w.MoveAsset(t.Context(), "amara", a.ID, rail, "sold"); err != nil {
		t.Fatal(err)
	}
	if have := must(w.Asset(t.Context(), a.ID))(t); have.Contact != "" || have.AtMost != inventory.LevelLight {
		t.Errorf("moved: %+v", have)
	}
}

// What the list leaves out by SQL is what its lines say by Go.
func TestAssetsWithoutAPermissionAreFound(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	now := w.clock.now()
	for _, text := range []string{
		"192.0.2.1", "192.0.2.200", "192.0.2.0/25", "192.0.2.64/26", "2001:db8::1", "2001:db8:1::1", "www.example.org", "example.org",
		"a.b.example.org", "wwwexample.org", "one.example.net", "https://www.example.org:8443/x", "https://192.0.2.9/", "https://192.0.2.210/",
		"https://[2001:db8::9]/", "https://[2001:db8:1::9]:444/",
	} {
		w.asset(org, text)
	}
	execSQL(t, w.db.URL, "INSERT INTO address_states (asset_id, address, up, priority, last_scan, next_scan, outcome, reason, profile) VALUES ('"+
		string(w.asset(org, "found.example.net").ID)+"', '192.0.2.33', true, 1, now(), now(), 'complete', '', 'light')")
	rival := w.org("Bank")
	permitOf := func(org inventory.OrganizationID, from, until time.Time, names []string, prefixes ...string) inventory.AuthorizationID {
		t.Helper()
		a := inventory.Authorization{
			Org: org, Names: names, Method: inventory.MethodMandate, Reference: "law", State: inventory.AuthActive, Level: inventory.LevelStandard,
			OTLevel: inventory.LevelLight, From: from, Until: until, TimeZone: "UTC",
		}
		for _, p := range prefixes {
			a.Prefixes = append(a.Prefixes, netip.MustParsePrefix(p))
		}
		return must(w.CreateAuthorization(t.Context(), "amara", a, nil))(t).ID
	}
	permit := func(until time.Time, names []string, prefixes ...string) inventory.AuthorizationID {
		t.Helper()
		return permitOf(org, now.Add(-time.Hour), until, names, prefixes...)
	}
	permitOf(org, now.Add(time.Minute), now.Add(time.Hour), []string{"example.org"}, "192.0.2.192/26") // begins later
	permitOf(rival, now.Add(-time.Hour), now.Add(time.Hour), []string{"wwwexample.org"}, "192.0.2.64/26")
	permit(now.Add(time.Hour), []string{"*.example.org", "one.example.net"}, "192.0.2.0/26", "2001:db8::/48")
	permit(now, nil, "192.0.2.192/26") // has ended
	suspended := permit(now.Add(time.Hour), []string{"example.org"}, "192.0.2.192/26")
	must(w.DecideAuthorization(t.Context(), "mara", suspended, inventory.PermitDecision{Act: inventory.PermitSuspend, Reason: "a test"}))(t)
	list := func(f inventory.AssetFilter) []inventory.AssetOverview {
		t.Helper()
		found, _, err := w.AssetOverviews(t.Context(), f, inventory.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	var said, found []string
	for _, a := range list(inventory.AssetFilter{}) {
		if a.Policy.State == inventory.PolicyMissing {
			said = append(said, a.Address.String())
		}
	}
	for _, a := range list(inventory.AssetFilter{Unpermitted: true}) {
		found = append(found, a.Address.String())
	}
	want := []string{"192.0.2.200", "192.0.2.64/26", "2001:db8:1::1", "example.org", "wwwexample.org", "https://192.0.2.210/", "https://[2001:db8:1::9]:444/"}
	if !slices.Equal(said, want) || !slices.Equal(found, want) {
		t.Errorf("without a permission:\n%v by their lines\n%v by the filter\n%v expected", said, found, want)
	}
	// An organisation's own people are told of orders that concern them alone.
	x := must(w.CreateExclusion(t.Context(), "amara", inventory.Exclusion{Prefix: netip.MustParsePrefix("192.0.2.1/32"), Reason: "old PLC", Until: now.Add(time.Hour)}))(t)
	must(w.CreateExclusion(t.Context(), "amara", inventory.Exclusion{Prefix: netip.MustParsePrefix("203.0.113.0/24"), Reason: "others", Until: now.Add(time.Hour)}))(t)
	operator := auth.WithIdentity(t.Context(), auth.Identity{User: "op", Role: auth.OperatorAdmin, Org: org})
	orders := must(w.ExclusionsOf(operator, org))(t)
	if len(orders) != 1 || orders[0].ID != x.ID {
		t.Errorf("orders that concern %s: %+v", org, orders)
	}
	if lines, _, err := w.AssetOverviews(operator, inventory.AssetFilter{Text: "192.0.2.1"}, inventory.Page{Limit: 1}); err != nil || lines[0].Policy.State != inventory.PolicyExcluded {
		t.Errorf("an excluded asset, as its owner sees it: %+v, %v", lines, err)
	}
}

func TestAssetsTellWhatWasDoneToThem(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a, b := w.asset(org, "192.0.2.1"), w.asset(org, "192.0.2.2")
	tick := func() { w.clock.advance(time.Minute) }
	tick()
	must(w.EditAsset(t.Context(), "amara", a.ID, 1, inventory.AssetEdit{
		Name: "gate", Criticality: inventory.CriticalityLow, Class: a.Class, AtMost: inventory.LevelLight, Tags: []string{"vpn"},
	}))(t)
	tick()
	done := must(w.ChangeAssets(t.Context(), "amara", []inventory.AssetID{a.ID, b.ID}, inventory.AssetAct{AddTag: "web"}))(t)
	tick()
	must(w.UndoAssets(t.Context(), "amara", done.Undo))(t)
	tick()
	draft := must(w.CreateImport(t.Context(), "amara", inventory.Import{Org: org, Name: "x.csv"}, []byte("x"), []inventory.ImportRow{{
		Line: 2, Class: inventory.RowChanged, Address: "192.0.2.1", Asset: a.ID,
		Says: inventory.ImportSays{Name: "door", Given: []string{"name"}, Changes: []inventory.ImportChange{{Field: "name", From: "gate", To: "door"}}},
	}}))(t)
	must(w.ApplyImport(t.Context(), "amara", draft.ID))(t)
	must(w.CreateImport(t.Context(), "amara", inventory.Import{Org: org, Name: "y.csv"}, []byte("y"), []inventory.ImportRow{{ // never applied
		Line: 2, Class: inventory.RowChanged, Address: "192.0.2.1", Asset: a.ID, Says: inventory.ImportSays{Name: "hatch", Given: []string{"name"}},
	}}))(t)
	var got []string
	for _, d := range must(w.AssetDeeds(t.Context(), a.ID))(t) {
		line := d.What
		for _, c := range d.Changes {
			line += fmt.Sprintf(" %s:%s>%s", c.Field, c.From, c.To)
		}
		got = append(got, line)
	}
	want := []string{
		"import.changed name:gate>door", "asset.undo", "asset.tag tags:>web",
		"asset.edit name:" + a.Name + ">gate criticality:" + string(a.Criticality) + ">low at_most:>light tags:dmz>vpn", "asset.create",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("deeds:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if other := must(w.AssetDeeds(t.Context(), b.ID))(t); len(other) != 3 {
		t.Errorf("the other asset tells of %d deeds, want being registered, tagged and that undone", len(other))
	}
}

// A change of many assets is taken back by whoever made it, soon, once, and
// where nobody changed anything since.
func TestAssetsAreUndone(t *testing.T) {
	w := newWorld(t)
	ctx, org := t.Context(), w.org("Power")
	a, b, c := w.asset(org, "192.0.2.1"), w.asset(org, "192.0.2.2"), w.asset(org, "192.0.2.3")
	tag := func(word string) inventory.UndoID {
		t.Helper()
		return must(w.ChangeAssets(ctx, "amara", []inventory.AssetID{a.ID, b.ID, c.ID}, inventory.AssetAct{AddTag: word}))(t).Undo
	}
	first := tag("web")
	_, err := w.UndoAssets(ctx, "mara", first)
	wantErr(t, "what another did", err, inventory.ErrNotFound)
	must(w.ChangeAssets(ctx, "mara", []inventory.AssetID{b.ID}, inventory.AssetAct{Criticality: inventory.CriticalityLow}))(t)
	if err := w.RetireAsset(ctx, "mara", c.ID, "sold"); err != nil {
		t.Fatal(err)
	}
	undone := must(w.UndoAssets(ctx, "amara", first))(t)
	if undone.Restored != 1 || !slices.Equal(undone.Kept, []inventory.AssetID{b.ID, c.ID}) {
		t.Errorf("undone: %+v", undone)
	}
	for id, want := range map[inventory.AssetID]bool{a.ID: false, b.ID: true} {
		if have := must(w.Asset(ctx, id))(t); slices.Contains(have.Tags, "web") != want || have.Criticality == inventory.CriticalityLow != want {
			t.Errorf("%s is %+v", id, have)
		}
	}
	_, err = w.UndoAssets(ctx, "amara", first)
	wantErr(t, "a second time", err, inventory.ErrConflict)
	late := must(w.ChangeAssets(ctx, "amara", []inventory.AssetID{a.ID}, inventory.AssetAct{AddTag: "late"}))(t)
	w.clock.advance(late.Until.Sub(w.clock.now()))
	_, err = w.UndoAssets(ctx, "amara", late.Undo)
	wantErr(t, "too late", err, inventory.ErrConflict)
}

func TestTestMailsAreCapped(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	contact := func(org inventory.OrganizationID, email string) inventory.ContactID {
		t.Helper()
		return must(w.AddContact(t.Context(), "amara", org, inventory.Contact{Role: inventory.RoleTechnical, Name: "Desk", Email: email}))(t).ID
	}
	c, same := contact(org, "desk@example.org"), contact(org, "Desk@Example.org")
	for range 4 {
		must(w.SendTest(t.Context(), "amara", c))(t)
	}
	refused := make(chan error, 4)
	for range cap(refused) { // one of them is the fifth
		go func() {
			_, err := w.SendTest(t.Context(), "amara", c)
			refused <- err
		}()
	}
	n := 0
	for range cap(refused) {
		if err := <-refused; err != nil {
			wantErr(t, "a sixth test mail in a day", err, inventory.ErrInvalid)
			n++
		}
	}
	if n != cap(refused)-1 {
		t.Errorf("%d of %d are refused beyond the fifth", n, cap(refused)-1)
	}
	_, err := w.SendTest(t.Context(), "amara", same)
	wantErr(t, "a sixth to the address by another contact", err, inventory.ErrInvalid)
	must(w.SendTest(t.Context(), "amara", contact(org, "other@example.org")))(t)
	must(w.SendTest(t.Context(), "amara", contact(w.org("Bank"), "desk@example.org")))(t)
	w.clock.advance(25 * time.Hour)
	must(w.SendTest(t.Context(), "amara", c))(t)
}
