package store_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth"
)

func TestOrganization(t *testing.T) {
	w := newWorld(t)
	id := w.org("Power")
	got := must(w.Organization(t.Context(), id))(t)
	want := inventory.Organization{
		ID: "ORG-1", Name: "Power", Sector: inventory.SectorEnergy, Country: "LK", Criticality: inventory.CriticalityHigh,
		TimeZone: "Asia/Colombo", CreatedAt: start, Version: 1,
		Contacts: []inventory.Contact{{ID: "C-1", Role: inventory.RoleTechnical, Name: "Duty Power", Email: "duty@example.org", Language: "en", Position: 1, Version: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Organization (-want +got):\n%s", diff)
	}
	_, err := w.CreateOrganization(t.Context(), "mara", inventory.Organization{
		Name: "POWER", Sector: inventory.SectorWater, Country: "LK", Criticality: inventory.CriticalityLow, TimeZone: "UTC",
	})
	wantErr(t, "a second organisation of that name", err, inventory.ErrConflict)
	if got, want := err.Error(), `create organisation "POWER": LK, power is there already: conflict`; got != want {
		t.Errorf("the conflict reads %q, want %q", got, want)
	}
	_, err = w.CreateOrganization(t.Context(), "mara", inventory.Organization{Name: "X", Sector: "magic", Country: "LK"})
	wantErr(t, "an unknown sector", err, inventory.ErrInvalid)
	_, err = w.Organization(t.Context(), "ORG-9")
	wantErr(t, "an unknown id", err, inventory.ErrNotFound)

	c := must(w.AddContact(t.Context(), "mara", id, inventory.Contact{Role: inventory.RoleEmergency, Name: "Night", Email: "night@example.org"}))(t)
	list, next, err := w.Organizations(t.Context(), inventory.Page{})
	if err != nil || next != "" || len(list) != 1 || len(list[0].Contacts) != 2 || list[0].Contacts[1] != c {
		t.Errorf("Organizations = %+v, %q, %v", list, next, err)
	}
}

func TestAssetsAreStoredAllOrNone(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.7")
	if a.ID != "A-1" || a.Address.String() != "192.0.2.7" || len(a.Tags) != 1 || !a.CreatedAt.Equal(start) {
		t.Errorf("created %+v", a)
	}
	if diff := cmp.Diff(a, must(w.Asset(t.Context(), a.ID))(t), cmp.Comparer(func(x, y inventory.Address) bool { return x == y })); diff != "" {
		t.Errorf("read back (-created +read):\n%s", diff)
	}
	_, err := w.CreateAssets(t.Context(), "mara", []inventory.Asset{
		{Org: org, Address: address(t, "192.0.2.8"), Criticality: inventory.CriticalityLow, Class: inventory.IT},
		{Org: org, Address: address(t, "192.0.2.7"), Criticality: inventory.CriticalityLow, Class: inventory.IT},
	})
	wantErr(t, "a duplicate among new ones", err, inventory.ErrConflict)
	if n := w.rows("SELECT count(*) FROM assets"); n != 1 {
		t.Errorf("%d assets are stored, want 1", n)
	}
	got := must(w.AssetsByAddress(t.Context(), []string{"192.0.2.7", "192.0.2.8"}))(t)
	if len(got) != 1 || got["192.0.2.7"].ID != a.ID {
		t.Errorf("AssetsByAddress = %v", got)
	}
	_, err = w.CreateAssets(t.Context(), "mara", []inventory.Asset{
		{Org: "ORG-9", Address: address(t, "192.0.2.9"), Criticality: inventory.CriticalityLow, Class: inventory.IT},
	})
	wantErr(t, "an asset of nobody", err, inventory.ErrNotFound)
}

func TestAssetFilters(t *testing.T) {
	w := newWorld(t)
	one, two := w.org("One"), w.org("Two")
	all := must(w.CreateAssets(t.Context(), "mara", []inventory.Asset{
		{Org: one, Address: address(t, "192.0.2.1"), Criticality: "low", Class: inventory.IT, Tags: []string{"Web", "dmz"}},
		{Org: one, Address: address(t, "192.0.2.2"), Criticality: "low", Class: inventory.OT},
		{Org: two, Address: address(t, "192.0.2.128/25"), Criticality: "low", Class: inventory.IT, Tags: []string{"web"}},
		{Org: two, Address: address(t, "192.0.2.3"), Criticality: "low", Class: inventory.IT},
	}))(t)
	if err := w.RetireAsset(t.Context(), "mara", all[3].ID, "sold"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		filter inventory.AssetFilter
		want   []inventory.AssetID
	}{
		{"all in use", inventory.AssetFilter{}, []inventory.AssetID{"A-1", "A-2", "A-3"}},
		{"of an organisation", inventory.AssetFilter{Org: two}, []inventory.AssetID{"A-3"}},
		{"of a class", inventory.AssetFilter{Class: inventory.OT}, []inventory.AssetID{"A-2"}},
		{"of a kind", inventory.AssetFilter{Kind: inventory.KindCIDR}, []inventory.AssetID{"A-3"}},
		{"with a tag in any case", inventory.AssetFilter{Tag: "WEB"}, []inventory.AssetID{"A-1", "A-3"}},
		{"retired", inventory.AssetFilter{Retired: true}, []inventory.AssetID{"A-4"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := w.Assets(t.Context(), tt.filter, inventory.Page{})
			var ids []inventory.AssetID
			for _, a := range got {
				ids = append(ids, a.ID)
			}
			if err != nil || !cmp.Equal(ids, tt.want) {
				t.Errorf("Assets = %v, %v, want %v", ids, err, tt.want)
			}
		})
	}
}

func TestMovedAssetKeepsItsHistory(t *testing.T) {
	w := newWorld(t)
	w.check()
	from, to := w.org("Old"), w.org("New")
	a := w.asset(from, "192.0.2.7")
	w.round(from, w.sees, host(a, "192.0.2.7"))
	w.clock.advance(time.Hour)
	if err := w.MoveAsset(t.Context(), "mara", a.ID, to, "merger"); err != nil {
		t.Fatal(err)
	}
	later := start.Add(time.Hour)
	want := []inventory.Ownership{
		{Asset: a.ID, Org: from, From: start, Until: &later, Reason: "registered"},
		{Asset: a.ID, Org: to, From: later, Reason: "merger"},
	}
	if diff := cmp.Diff(want, must(w.AssetHistory(t.Context(), a.ID))(t)); diff != "" {
		t.Errorf("AssetHistory (-want +got):\n%s", diff)
	}
	if f := must(w.Finding(t.Context(), "F-1"))(t); f.Org != to {
		t.Errorf("the open finding belongs to %s, want the new owner %s", f.Org, to)
	}
	wantErr(t, "a move to its owner", w.MoveAsset(t.Context(), "mara", a.ID, to, "again"), inventory.ErrConflict)
	wantErr(t, "a move without a reason", w.MoveAsset(t.Context(), "mara", a.ID, from, " "), inventory.ErrInvalid)
	wantErr(t, "a move of nothing", w.MoveAsset(t.Context(), "mara", "A-99", from, "x"), inventory.ErrNotFound)
	err := w.MoveAsset(t.Context(), "mara", a.ID, "ORG-99", "x")
	wantErr(t, "a move to nobody", err, inventory.ErrNotFound)
	if got, want := err.Error(), "move asset A-1: ORG-99: not found"; got != want {
		t.Errorf("the refusal reads %q, want %q", got, want)
	}
	_, err = w.Organization(t.Context(), "ORG-\x00")
	wantErr(t, "an id with a zero byte", err, inventory.ErrInvalid)
	if strings.Contains(err.Error(), "SQLSTATE") {
		t.Errorf("the refusal speaks of the database's codes: %v", err)
	}
}

func TestRetiredAssetClosesItsFindings(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.7")
	w.round(org, w.sees, host(a, "192.0.2.7"))
	if err := w.RetireAsset(t.Context(), "mara", a.ID, "switched off"); err != nil {
		t.Fatal(err)
	}
	f := must(w.Finding(t.Context(), "F-1"))(t)
	events := must(w.FindingEvents(t.Context(), f.ID))(t)
	last := events[len(events)-1]
	if f.Detection != inventory.Fixed || f.ClosedAt == nil || f.DueAt != nil || last.Kind != inventory.EventFixed || last.Actor != "mara" {
		t.Errorf("finding = %s closed %v due %v, last event %+v", f.Detection, f.ClosedAt, f.DueAt, last)
	}
	wantErr(t, "RetireAsset twice", w.RetireAsset(t.Context(), "mara", a.ID, "x"), inventory.ErrConflict)
	// The address is free for a new asset.
	if again := w.asset(org, "192.0.2.7"); again.ID == a.ID {
		t.Error("the new asset has the retired one's id")
	}
}

func TestAuthorizationAndScope(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	in := inventory.Authorization{
		Org: org, Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.9/24")}, Names: []string{"*.example.org"},
		Method: inventory.MethodLetter, State: inventory.AuthActive, Level: inventory.LevelStandard, OTLevel: inventory.LevelLight,
		From: start.Add(-time.Hour), Until: start.Add(24 * time.Hour), TimeZone: "Asia/Colombo", SignedBy: "A. Perera",
		Windows:  []inventory.Window{{Days: []time.Weekday{time.Sunday, time.Monday}, Start: 1 * time.Hour, End: 23 * time.Hour}},
		Document: inventory.Document{Name: "letter.pdf"},
	}
	letter := []byte("%PDF the letter")
	made := must(w.CreateAuthorization(t.Context(), "mara", in, letter))(t)
	if made.ID != "AUTH-1" || made.Document.Size != int64(len(letter)) || len(made.Document.SHA256) != 64 || made.Prefixes[0].String() != "192.0.2.0/24" {
		t.Errorf("created %+v", made)
	}
	list, _, err := w.Authorizations(t.Context(), org, inventory.Page{})
	if err != nil || len(list) != 1 {
		t.Fatalf("Authorizations = %v, %v", list, err)
	}
	if diff := cmp.Diff(made, list[0], cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("read back (-created +read):\n%s", diff)
	}
	if got := must(w.AuthorizationDocument(t.Context(), made.ID))(t); string(got) != string(letter) {
		t.Errorf("document = %q", got)
	}

	allowed := func(addr string) error {
		scope := must(w.Scope(t.Context(), org))(t)
		_, err := scope.Authorize(netip.MustParseAddr(addr), inventory.Subject{Asset: "A-1", Class: inventory.IT}, w.clock.now())
		return err
	}
	if err := allowed("192.0.2.7"); err != nil {
		t.Errorf("an authorised address: %v", err)
	}
	wantErr(t, "an address beside the authorisation", allowed("198.51.100.1"), inventory.ErrOutOfScope)

	x := must(w.CreateExclusion(t.Context(), "mara", inventory.Exclusion{
		Prefix: netip.MustParsePrefix("192.0.2.7/32"), Reason: "fragile", Until: start.Add(time.Hour),
	}))(t)
	wantErr(t, "an excluded address", allowed("192.0.2.7"), inventory.ErrOutOfScope)
	if err := w.EndExclusion(t.Context(), "mara", x.ID); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "EndExclusion twice", w.EndExclusion(t.Context(), "mara", x.ID), inventory.ErrConflict)
	wantErr(t, "EndExclusion of nothing", w.EndExclusion(t.Context(), "mara", "X-99"), inventory.ErrNotFound)
	if err := allowed("192.0.2.7"); err != nil {
		t.Errorf("after the exclusion's end: %v", err)
	}

	if err := w.RevokeAuthorization(t.Context(), "mara", made.ID, "contract ended"); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "after the revocation", allowed("192.0.2.7"), inventory.ErrOutOfScope)
	wantErr(t, "RevokeAuthorization twice", w.RevokeAuthorization(t.Context(), "mara", made.ID, "x"), inventory.ErrConflict)
}

func TestScopeKnowsWhatOthersAuthorised(t *testing.T) {
	w := newWorld(t)
	power, water := w.org("Power"), w.org("Water")
	auth := inventory.Authorization{
		Method: inventory.MethodMandate, Reference: "act", State: inventory.AuthActive, TimeZone: "UTC",
		Level: inventory.LevelStandard, OTLevel: inventory.LevelLight, From: start.Add(-time.Hour), Until: start.Add(time.Hour),
	}
	mine, theirs := auth, auth
	mine.Org, mine.Names = power, []string{"www.example.org"}
	theirs.Org, theirs.Prefixes = water, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/25")}
	must(w.CreateAuthorization(t.Context(), "mara", mine, nil))(t)
	id := must(w.CreateAuthorization(t.Context(), "mara", theirs, nil))(t).ID

	follow := func(addr string) error {
		_, err := must(w.Scope(t.Context(), power))(t).Authorize(netip.MustParseAddr(addr), inventory.Subject{Name: "www.example.org"}, w.clock.now())
		return err
	}
	wantErr(t, "a name that leads to another's address", follow("192.0.2.7"), inventory.ErrOutOfScope)
	if err := follow("192.0.2.200"); err != nil {
		t.Errorf("a name that leads to nobody else's address: %v", err)
	}
	if err := w.RevokeAuthorization(t.Context(), "mara", id, "contract ended"); err != nil {
		t.Fatal(err)
	}
	if err := follow("192.0.2.7"); err != nil {
		t.Errorf("after the other's authorisation ended: %v", err)
	}
}

func TestBadAuthorizations(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	good := inventory.Authorization{
		Org: org, Method: inventory.MethodMandate, State: inventory.AuthActive, Level: 2, OTLevel: 2,
		From: start, Until: start.Add(time.Hour), TimeZone: "UTC",
	}
	tests := []struct {
		name string
		edit func(*inventory.Authorization)
		want error
	}{
		{"ends before it begins", func(a *inventory.Authorization) { a.Until = a.From }, inventory.ErrInvalid},
		{"an unknown zone", func(a *inventory.Authorization) { a.TimeZone = "Mars/Olympus" }, inventory.ErrInvalid},
		{"an unknown method", func(a *inventory.Authorization) { a.Method = "handshake" }, inventory.ErrInvalid},
		{"a level that does not exist", func(a *inventory.Authorization) { a.Level = 9 }, inventory.ErrInvalid},
		{"of nobody", func(a *inventory.Authorization) { a.Org = "ORG-77" }, inventory.ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := good
			tt.edit(&a)
			_, err := w.CreateAuthorization(t.Context(), "mara", a, nil)
			wantErr(t, "CreateAuthorization", err, tt.want)
		})
	}
	for name, x := range map[string]inventory.Exclusion{
		"no reason":         {Name: "a.example.org", Until: start.Add(time.Hour)},
		"ended already":     {Name: "a.example.org", Until: start, Reason: "x"},
		"excludes nothing":  {Until: start.Add(time.Hour), Reason: "x"},
		"both ways at once": {Name: "a.example.org", Prefix: netip.MustParsePrefix("192.0.2.0/24"), Until: start.Add(time.Hour), Reason: "x"},
	} {
		_, err := w.CreateExclusion(t.Context(), "mara", x)
		wantErr(t, name, err, inventory.ErrInvalid)
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	secret := must(w.CreateToken(t.Context(), "mara", auth.Identity{User: "nimal", Role: auth.Analyst}, "laptop", start.Add(time.Hour)))(t)
	if len(secret) != len("cii_")+43 || secret[:4] != "cii_" {
		t.Errorf("secret has the form %q", secret)
	}
	id, err := w.UserByToken(t.Context(), secret)
	if id != (auth.Identity{User: "nimal", Role: auth.Analyst}) || err != nil {
		t.Errorf("UserByToken = %+v, %v", id, err)
	}
	_, err = w.UserByToken(t.Context(), secret+"x")
	wantErr(t, "another secret", err, inventory.ErrNotFound)
	_, err = w.CreateToken(t.Context(), "mara", auth.Identity{User: "nimal", Role: auth.Analyst}, "laptop", start.Add(time.Hour))
	wantErr(t, "a second token of that name", err, inventory.ErrConflict)
	if err := w.RevokeToken(t.Context(), "mara", "nimal", "laptop"); err != nil {
		t.Fatal(err)
	}
	_, err = w.UserByToken(t.Context(), secret)
	wantErr(t, "a revoked secret", err, inventory.ErrNotFound)
	wantErr(t, "RevokeToken twice", w.RevokeToken(t.Context(), "mara", "nimal", "laptop"), inventory.ErrNotFound)

	secret = must(w.CreateToken(t.Context(), "mara", auth.Identity{User: "nimal", Role: auth.Analyst}, "laptop", start.Add(time.Hour)))(t)
	w.clock.advance(2 * time.Hour)
	_, err = w.UserByToken(t.Context(), secret)
	wantErr(t, "an expired secret", err, inventory.ErrNotFound)
	if n := w.rows("SELECT count(*) FROM tokens WHERE encode(sha256, 'escape') LIKE '%' || $1 || '%'", secret); n != 0 {
		t.Error("the secret itself is stored")
	}
}

func TestAssetsByID(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.asset(w.org("Grid"), "192.0.2.77")
	if err := w.SetConsent(ctx, "ada", a.ID, inventory.ConsentIdentified); err != nil {
		t.Fatal(err)
	}
	got := must(w.AssetsByID(ctx, []inventory.AssetID{a.ID, "A-999"}))(t)
	if len(got) != 1 || got[a.ID].Consent != inventory.ConsentIdentified || got[a.ID].Org != a.Org {
		t.Errorf("found %+v", got)
	}
}
