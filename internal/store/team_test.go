package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

func TestTeam(t *testing.T) {
	w := newWorld(t)
	made := w.team("b", "BD")
	if made.ID != "TEAM-1" || !made.CreatedAt.Equal(start) {
		t.Errorf("created %+v", made)
	}
	if diff := cmp.Diff(made, must(w.Team(t.Context(), made.ID))(t)); diff != "" {
		t.Errorf("read back (-created +read):\n%s", diff)
	}
	made.State, made.Keys = exchange.TeamFormer, []exchange.Key{{Fingerprint: "X"}}
	if err := w.ChangeTeam(t.Context(), "mara", made.ID, becomes(made)); err != nil {
		t.Fatal(err)
	}
	if got := must(w.Team(t.Context(), made.ID))(t); got.State != exchange.TeamFormer || len(got.Keys) != 0 {
		t.Errorf("after the update: %+v", got)
	}
	_, err := w.CreateTeam(t.Context(), "mara", made)
	wantErr(t, "a team that brings its keys along", err, inventory.ErrInvalid)
	_, err = w.CreateTeam(t.Context(), "mara", exchange.Team{Name: "B", Country: "BD"})
	wantErr(t, "a second team of that name", err, inventory.ErrConflict)
	wantErr(t, "an unknown team", w.ChangeTeam(t.Context(), "mara", "TEAM-9", becomes(exchange.Team{})), inventory.ErrNotFound)
}

func TestKeyChangeNeedsTwoPeople(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	team := w.team("b", "BD")
	until := start.AddDate(1, 0, 0)
	cert := &exchange.Certificate{
		SHA256: sha("cert"), PEM: "-----BEGIN CERTIFICATE-----", Subject: "CN=b", ValidFrom: start, ValidUntil: until,
		VerifiedBy: "mara", VerifiedHow: "annex B, read out by telephone",
	}
	ask := func(who string, c exchange.KeyChange) exchange.KeyChange {
		t.Helper()
		c.Team, c.Kind, c.Reason = team.ID, exchange.TLS, "annex B"
		return must(w.RequestKeyChange(ctx, who, c))(t)
	}
	add := ask("mara", exchange.KeyChange{Certificate: cert})
	if add.ID != "KEY-1" {
		t.Errorf("id = %s", add.ID)
	}
	byCert := func() bool {
		t.Helper()
		who, ok, err := w.CallerByCertificate(ctx, strings.ToUpper(cert.SHA256))
		if err != nil || ok && who != (exchange.Caller{Team: team.ID, Credential: "tls:" + cert.SHA256}) {
			t.Errorf("CallerByCertificate = %+v, %v", who, err)
		}
		return ok
	}
	if byCert() {
		t.Error("a certificate opens the door before it is confirmed")
	}
	wantErr(t, "who asked confirms", w.ConfirmKeyChange(ctx, " MARA", add.ID), inventory.ErrForbidden)
	const cheat = "UPDATE key_changes SET confirmed_by = 'Mara', confirmed_at = now()"
	if _, err := connect(t, w.db.URL).ExecContext(ctx, cheat); err == nil {
		t.Error("the table takes the same person twice")
	}
	if err := w.ConfirmKeyChange(ctx, "omar", add.ID); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "a second confirmation", w.ConfirmKeyChange(ctx, "omar", add.ID), inventory.ErrConflict)
	if !byCert() {
		t.Error("a confirmed certificate does not open the door")
	}
	if got := must(w.Team(ctx, team.ID))(t); len(got.Certificates) != 1 || got.Certificates[0].VerifiedHow != cert.VerifiedHow {
		t.Errorf("certificates = %+v", got.Certificates)
	}
	w.clock.advance(until.Sub(start))
	if byCert() {
		t.Error("a certificate opens the door at the instant at which it ends")
	}
	w.clock.advance(-time.Second)
	out := ask("omar", exchange.KeyChange{Revoke: true, Fingerprint: cert.SHA256})
	if err := w.RejectKeyChange(ctx, "omar", out.ID); err != nil || !byCert() {
		t.Errorf("after a revocation was rejected: %v, door open %t", err, byCert())
	}
	out = ask("omar", exchange.KeyChange{Revoke: true, Fingerprint: cert.SHA256})
	if err := w.ConfirmKeyChange(ctx, "mara", out.ID); err != nil || byCert() {
		t.Errorf("after a revocation: %v, door open %t", err, byCert())
	}
	changes, next, err := w.KeyChanges(ctx, exchange.KeyChangeFilter{Team: team.ID}, inventory.Page{})
	if err != nil || next != "" {
		t.Fatal(next, err)
	}
	if len(changes) != 3 || changes[0].ConfirmedBy != "mara" || changes[1].RejectedAt == nil || changes[2].Certificate.Subject != "CN=b" {
		t.Errorf("KeyChanges = %+v", changes)
	}
}

func TestOneCredentialProvesOneTeam(t *testing.T) {
	w := newWorld(t)
	key := &exchange.Key{
		Fingerprint: strings.Repeat("AB", 20), Armored: "-----BEGIN PGP PUBLIC KEY BLOCK-----", ValidFrom: start,
		VerifiedBy: "mara", VerifiedHow: "met in person",
	}
	for i, name := range []string{"b", "c"} {
		team := w.team(name, "BD")
		c := must(w.RequestKeyChange(t.Context(), "mara", exchange.KeyChange{Team: team.ID, Kind: exchange.OpenPGP, Key: key, Reason: "annex"}))(t)
		err := w.ConfirmKeyChange(t.Context(), "omar", c.ID)
		if i == 0 && err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			wantErr(t, "the key of another team", err, inventory.ErrConflict)
		}
	}
	teams, _, err := w.Teams(t.Context(), inventory.Page{})
	if err != nil || len(teams) != 2 || len(teams[0].Keys) != 1 || len(teams[1].Keys) != 0 {
		t.Errorf("Teams = %+v, %v", teams, err)
	}
}

func TestAPIKey(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	team := w.team("b", "BD")
	k := exchange.APIKey{Name: "feeds", SHA256: sha("secret"), ExpiresAt: start.Add(time.Hour)}
	if err := w.AddAPIKey(ctx, "mara", team.ID, k); err != nil {
		t.Fatal(err)
	}
	opens := func() bool {
		t.Helper()
		who, ok, err := w.CallerByKey(ctx, k.SHA256)
		if err != nil || ok && who != (exchange.Caller{Team: team.ID, Credential: "key:feeds"}) {
			t.Errorf("CallerByKey = %+v, %v", who, err)
		}
		return ok
	}
	if !opens() {
		t.Error("a new key opens no door")
	}
	w.clock.advance(time.Hour)
	if opens() {
		t.Error("a key opens doors at the instant at which it ends")
	}
	w.clock.advance(-time.Second)
	team.State = exchange.TeamExample
	if err := w.ChangeTeam(ctx, "mara", team.ID, becomes(team)); err != nil || opens() {
		t.Errorf("the key of a team that is not confirmed: %v, door open %t", err, opens())
	}
	team.State = exchange.TeamConfirmed
	if err := w.ChangeTeam(ctx, "mara", team.ID, becomes(team)); err != nil {
		t.Fatal(err)
	}
	if err := w.RevokeAPIKey(ctx, "mara", team.ID, "feeds"); err != nil || opens() {
		t.Errorf("after the revocation: %v, door open %t", err, opens())
	}
	wantErr(t, "a key that is gone", w.RevokeAPIKey(ctx, "mara", team.ID, "feeds"), inventory.ErrNotFound)
	k.ExpiresAt = start
	wantErr(t, "a key that has expired", w.AddAPIKey(ctx, "mara", team.ID, k), inventory.ErrInvalid)
}

func TestConsentIsTheOwnersWord(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	one, two := w.org("One"), w.org("Two")
	a := w.asset(one, "192.0.2.7")
	if a.Consent != inventory.ConsentNone {
		t.Errorf("a new asset has consent %q", a.Consent)
	}
	if err := w.SetConsent(ctx, "mara", a.ID, inventory.ConsentIdentified); err != nil {
		t.Fatal(err)
	}
	if got := must(w.Asset(ctx, a.ID))(t).Consent; got != inventory.ConsentIdentified {
		t.Errorf("consent = %q", got)
	}
	wantErr(t, "an unknown word", w.SetConsent(ctx, "mara", a.ID, "perhaps"), inventory.ErrInvalid)
	wantErr(t, "an unknown asset", w.SetConsent(ctx, "mara", "A-9", inventory.ConsentNone), inventory.ErrNotFound)
	if n := w.rows(`SELECT count(*) FROM audit_log WHERE act = 'asset.consent' AND detail->>'to' = 'identified'`); n != 1 {
		t.Errorf("%d audit entries, want 1", n)
	}
	if err := w.MoveAsset(ctx, "mara", a.ID, two, "sold"); err != nil {
		t.Fatal(err)
	}
	if got := must(w.Asset(ctx, a.ID))(t).Consent; got != inventory.ConsentNone {
		t.Errorf("the new owner never said it, and consent = %q", got)
	}
}

func TestForbiddenNamesEverybody(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.7")
	w.asset(org, "https://scada.power.example:8443/login")
	w.round(org, w.sees, host(a, "192.0.2.7"))
	must(w.AddContact(t.Context(), "mara", org, inventory.Contact{Role: inventory.RoleEmergency, Name: "Kamal Perera", Phone: "+94 11 269-1692"}))(t)
	all := must(w.Forbidden(t.Context()))(t)
	for _, want := range []string{`"Kamal Perera"`, "tel:94112691692", "Power", "192.0.2.7", "scada.power.example", "duty@example.org"} {
		if !slices.Contains(all, want) {
			t.Errorf("Forbidden = %q, without %q", all, want)
		}
	}
	if !slices.IsSorted(all) || slices.Contains(all, "") {
		t.Errorf("Forbidden = %q, not sorted or with blanks", all)
	}
}

func TestAdvisoryFactsKnowConsentAndEvidence(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.7")
	if err := w.SetConsent(t.Context(), "mara", a.ID, inventory.ConsentAnonymised); err != nil {
		t.Fatal(err)
	}
	w.round(org, w.sees, host(a, "192.0.2.7"))
	facts := must(w.AdvisoryFacts(t.Context(), testCheck))(t)
	if facts.Consents[a.ID] != inventory.ConsentAnonymised || facts.Orgs[0].Country != "LK" {
		t.Errorf("consents = %v, orgs = %+v", facts.Consents, facts.Orgs)
	}
	if got := facts.Evidence[facts.Findings[0].Evidence]; !strings.HasPrefix(got, "HTTP/1.1 200 OK") {
		t.Errorf("evidence = %q", got)
	}
}

// becomes makes a change of a whole team.
func becomes(t exchange.Team) func(*exchange.Team) error {
	return func(to *exchange.Team) error {
		*to = t
		return nil
	}
}

// TestChangesOfATeamBothHold ends an acquaintance while somebody else writes.
func TestChangesOfATeamBothHold(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	first, done := make(chan struct{}), make(chan error)
	go func() {
		done <- w.ChangeTeam(ctx, "mara", b.ID, func(x *exchange.Team) error {
			close(first)
			time.Sleep(200 * time.Millisecond)
			x.State = exchange.TeamFormer
			return nil
		})
	}()
	<-first
	if err := w.ChangeTeam(ctx, "ada", b.ID, func(x *exchange.Team) error { x.TimeZone = "Asia/Dhaka"; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := must(w.Team(ctx, b.ID))(t); got.State != exchange.TeamFormer || got.TimeZone != "Asia/Dhaka" {
		t.Errorf("team is %s in %q: one change undid the other", got.State, got.TimeZone)
	}
}

func TestKeyChangesComeInPages(t *testing.T) {
	w := newWorld(t)
	team := w.team("b", "BD")
	var ids []exchange.KeyChangeID
	for i := range 5 {
		c := must(w.RequestKeyChange(t.Context(), "mara", exchange.KeyChange{Team: team.ID, Kind: exchange.OpenPGP, Reason: "annex", Key: &exchange.Key{
			Fingerprint: strings.Repeat(fmt.Sprintf("A%d", i), 20), Armored: "-----BEGIN PGP PUBLIC KEY BLOCK-----", ValidFrom: start, VerifiedBy: "mara", VerifiedHow: "met in person",
		}}))(t)
		ids = append(ids, c.ID)
	}
	if err := w.RejectKeyChange(t.Context(), "omar", ids[2]); err != nil {
		t.Fatal(err)
	}
	read := func(f exchange.KeyChangeFilter) (out []exchange.KeyChangeID) {
		t.Helper()
		for cursor := ""; ; {
			list, next, err := w.KeyChanges(t.Context(), f, inventory.Page{Cursor: cursor, Limit: 2})
			if err != nil || len(list) > 2 {
				t.Fatal(len(list), err)
			}
			for _, c := range list {
				out = append(out, c.ID)
			}
			if next == "" {
				return out
			}
			cursor = next
		}
	}
	for _, tt := range []struct {
		filter exchange.KeyChangeFilter
		want   []exchange.KeyChangeID
	}{
		{exchange.KeyChangeFilter{}, []exchange.KeyChangeID{ids[4], ids[3], ids[2], ids[1], ids[0]}},
		{exchange.KeyChangeFilter{Team: team.ID, State: exchange.KeyChangeWaiting}, []exchange.KeyChangeID{ids[4], ids[3], ids[1], ids[0]}},
		{exchange.KeyChangeFilter{State: exchange.KeyChangeDecided}, []exchange.KeyChangeID{ids[2]}},
		{exchange.KeyChangeFilter{Team: "TEAM-9"}, nil},
	} {
		if got := read(tt.filter); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.filter, got, tt.want)
		}
	}
}
