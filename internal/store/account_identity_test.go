package store_test

import (
	"bytes"
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

func passkey(credential string) account.Passkey {
	return account.Passkey{Name: "laptop", Credential: []byte(credential), Record: []byte(`{"count": 1}`)}
}

func TestPasskeySignsInByItself(t *testing.T) {
	w := newWorld(t)
	a := w.account("amara", "analyst", "")
	if err := w.AddPasskey(t.Context(), "amara", a.ID, passkey("one")); err != nil {
		t.Fatal(err)
	}
	other := w.account("bimal", "analyst", "")
	wantErr(t, "the same passkey for another", w.AddPasskey(t.Context(), "bimal", other.ID, passkey("one")), inventory.ErrConflict)
	begun, key, err := w.PasskeyAttempt(t.Context(), []byte("one"), from("192.0.2.1"))
	if err != nil || begun.Account.ID != a.ID || begun.Passkeys != 1 || !bytes.Contains(key.Record, []byte("count")) {
		t.Fatalf("PasskeyAttempt = %+v, %+v, %v", begun, key, err)
	}
	_, session, err := w.FinishSignIn(t.Context(), begun, account.Proof{Passkey: key.ID, Record: []byte(`{"count": 2}`)})
	if err != nil || session.Account != a.ID {
		t.Fatalf("FinishSignIn = %+v, %v", session, err)
	}
	if w.audited("session.create", "passkey") != 1 {
		t.Error("the audit log does not say by what")
	}
	if again := must(w.Passkeys(t.Context(), a.ID))(t); len(again) != 1 || !strings.Contains(string(again[0].Record), "2") || again[0].UsedAt == nil {
		t.Errorf("afterwards the passkey is %+v", again)
	}
	_, _, err = w.FinishSignIn(t.Context(), begun, account.Proof{Password: true})
	wantErr(t, "a sign-in by a password alone", err, inventory.ErrInvalid)
	_, _, err = w.PasskeyAttempt(t.Context(), []byte("two"), from("192.0.2.1"))
	wantErr(t, "a passkey that nobody has", err, inventory.ErrNotFound)

	if err := w.RenamePasskey(t.Context(), "amara", a.ID, key.ID, "desk"); err != nil {
		t.Error(err)
	}
	wantErr(t, "removing another's passkey", w.RemovePasskey(t.Context(), "bimal", other.ID, key.ID), inventory.ErrNotFound)
	if err := w.RemovePasskey(t.Context(), "amara", a.ID, key.ID); err != nil {
		t.Errorf("removing one where codes are left: %v", err)
	}
	_, _, err = w.FinishSignIn(t.Context(), begun, account.Proof{Passkey: key.ID, Record: []byte(`{}`)})
	wantErr(t, "a sign-in by a passkey that was removed meanwhile", err, account.ErrRefused)
	w.verified()
}

func TestLastSecondFactorStays(t *testing.T) {
	w := newWorld(t)
	secret, _, err := w.Invite(t.Context(), "mara", account.Analyst, "")
	if err != nil {
		t.Fatal(err)
	}
	e, _ := enrolment("amara")
	key := passkey("one")
	e.TOTPSecret, e.TOTPStep, e.Passkey = "", 0, &key
	a := must(w.AcceptInvitation(t.Context(), secret, e))(t)
	keys := must(w.Passkeys(t.Context(), a.ID))(t)
	wantErr(t, "removing the only factor", w.RemovePasskey(t.Context(), "amara", a.ID, keys[0].ID), inventory.ErrConflict)
	if n := len(must(w.Passkeys(t.Context(), a.ID))(t)); n != 1 {
		t.Errorf("%d passkeys are left, want the one", n)
	}
	if err := w.SetTOTP(t.Context(), "amara", a.ID, "SECRET", 7, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.RemovePasskey(t.Context(), "amara", a.ID, keys[0].ID); err != nil {
		t.Error(err)
	}
}

func TestSignInForeign(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	f := account.Foreign{Issuer: "https://id.example", Subject: "s1", Name: "amara", Role: account.Analyst}
	first, session, err := w.SignInForeign(t.Context(), f, from("192.0.2.1"))
	if err != nil || session.Name != "amara" || session.Role != account.Analyst {
		t.Fatalf("SignInForeign = %+v, %v", session, err)
	}
	f.Role, f.Org = account.Operator, org
	_, second, err := w.SignInForeign(t.Context(), f, from("192.0.2.1"))
	if err != nil || second.Account != session.Account || second.Role != account.Operator || second.Org != org {
		t.Errorf("with other groups = %+v, %v", second, err)
	}
	_, err = w.SessionBySecret(t.Context(), first)
	wantErr(t, "the session with the role of before", err, inventory.ErrNotFound)
	_, _, err = w.SignInForeign(t.Context(), account.Foreign{Issuer: f.Issuer, Subject: "s2", Name: "amara", Role: account.Analyst}, from("192.0.2.1"))
	wantErr(t, "another person of that name", err, account.ErrNameTaken)
	w.account("bimal", "analyst", "")
	_, _, err = w.SignInForeign(t.Context(), account.Foreign{Issuer: f.Issuer, Subject: "s3", Name: "bimal", Role: account.Administrator}, from("192.0.2.1"))
	wantErr(t, "the name of a local account", err, account.ErrNameTaken)

	wantErr(t, "a passkey for it", w.AddPasskey(t.Context(), "amara", session.Account, passkey("theirs")), inventory.ErrConflict)
	last, _, err := w.SignInForeign(t.Context(), f, from("192.0.2.1"))
	if err == nil {
		err = w.LoseRole(t.Context(), account.Foreign{Issuer: f.Issuer, Subject: f.Subject})
	}
	if err == nil {
		err = w.LoseRole(t.Context(), account.Foreign{Issuer: f.Issuer, Subject: "nobody"})
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.SessionBySecret(t.Context(), last)
	wantErr(t, "the session after the role is lost", err, inventory.ErrNotFound)

	if err := w.DisableAccount(t.Context(), "mara", session.Account); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.SignInForeign(t.Context(), f, from("192.0.2.1"))
	wantErr(t, "a disabled account", err, account.ErrRefused)
	begun := must(w.BeginSignIn(t.Context(), "amara", from("192.0.2.9")))(t)
	if begun.PasswordHash != "" || begun.TOTPSecret != "" {
		t.Errorf("a foreign account may be tried with %+v", begun)
	}
	wantErr(t, "a password for it", w.SetPassword(t.Context(), "mara", session.Account, testHash, ""), inventory.ErrConflict)
	w.verified()
}

func TestStepIsTakenOnce(t *testing.T) {
	w := newWorld(t)
	secret := must(w.KeepStep(t.Context(), "code", map[string]int{"n": 7}, time.Minute))(t)
	var got map[string]int
	wantErr(t, "a step of another kind", w.TakeStep(t.Context(), "enrol", secret, &got), inventory.ErrNotFound)
	if err := w.Step(t.Context(), "code", secret, &got); err != nil || got["n"] != 7 {
		t.Errorf("Step = %v, %v", got, err)
	}
	if err := w.TakeStep(t.Context(), "code", secret, &got); err != nil {
		t.Error(err)
	}
	wantErr(t, "the step again", w.TakeStep(t.Context(), "code", secret, &got), inventory.ErrNotFound)
	late := must(w.KeepStep(t.Context(), "code", 1, time.Minute))(t)
	w.clock.advance(time.Minute)
	wantErr(t, "a late step", w.Step(t.Context(), "code", late, &got), inventory.ErrNotFound)
	if n := w.rows("SELECT count(*) FROM sign_in_steps WHERE sha256 = $1", late); n != 0 {
		t.Error("the secret itself is stored")
	}
}

func TestOwnTokens(t *testing.T) {
	w := newWorld(t)
	a := w.account("amara", "analyst", "")
	read := must(w.CreateOwnToken(t.Context(), a.ID, "script", account.Read, start.Add(time.Hour)))(t)
	want := account.Identity{User: "amara", Role: account.Analyst, ReadOnly: true}
	if got := must(w.UserByToken(t.Context(), read))(t); got != want {
		t.Errorf("UserByToken = %+v, want %+v", got, want)
	}
	_, err := w.CreateOwnToken(t.Context(), a.ID, "script", account.Write, start.Add(time.Hour))
	wantErr(t, "a second of that name", err, inventory.ErrConflict)
	_, err = w.CreateOwnToken(t.Context(), a.ID, "long", account.Write, start.Add(367*24*time.Hour))
	wantErr(t, "more than a year", err, inventory.ErrInvalid)
	w.clock.advance(time.Hour)
	_, err = w.UserByToken(t.Context(), read)
	wantErr(t, "an expired token", err, inventory.ErrNotFound)
	must(w.CreateOwnToken(t.Context(), a.ID, "script", account.Write, w.clock.now().Add(time.Hour)))(t)
	all := must(w.OwnTokens(t.Context(), a.ID))(t)
	if len(all) != 2 || all[0].Scope != account.Write || all[1].UsedAt == nil || !all[1].UsedAt.Equal(start) || all[0].UsedAt != nil {
		t.Errorf("OwnTokens = %+v", all)
	}
	other := w.account("bimal", "analyst", "")
	wantErr(t, "revoking another's", w.RevokeOwnToken(t.Context(), other.ID, all[0].ID), inventory.ErrNotFound)
	if err := w.RevokeOwnToken(t.Context(), a.ID, all[0].ID); err != nil {
		t.Error(err)
	}
	wantErr(t, "revoking twice", w.RevokeOwnToken(t.Context(), a.ID, all[0].ID), inventory.ErrNotFound)
	w.verified()
}

func TestPreferencesTravelWithTheSession(t *testing.T) {
	w := newWorld(t)
	a := w.account("amara", "analyst", "")
	secret, _ := w.signedIn("amara", 101, from("192.0.2.1"))
	want := account.Preferences{Language: "bn", Theme: "dark", Zone: "Asia/Dhaka", NoKeys: true}
	if err := w.SetPreferences(t.Context(), a.ID, want); err != nil {
		t.Fatal(err)
	}
	if got := must(w.SessionBySecret(t.Context(), secret))(t).Preferences; got != want {
		t.Errorf("Preferences = %+v, want %+v", got, want)
	}
}

// An operator reads the days of the mail on the pages, too.
func TestOrganisationsZoneIsItsPeoples(t *testing.T) {
	w := newWorld(t)
	org := must(w.CreateOrganization(t.Context(), "mara", inventory.Organization{Name: "Grid", Sector: "energy", Country: "LK", TimeZone: "Asia/Colombo"}))(t)
	a := w.account("nimal", "operator", org.ID)
	secret, _ := w.signedIn("nimal", 101, from("192.0.2.1"))
	for _, own := range []string{"", "Asia/Dhaka"} {
		if err := w.SetPreferences(t.Context(), a.ID, account.Preferences{Zone: own}); err != nil {
			t.Fatal(err)
		}
		want := cmp.Or(own, "Asia/Colombo")
		if got := must(w.SessionBySecret(t.Context(), secret))(t).Preferences.Zone; got != want {
			t.Errorf("with %q chosen, the zone is %q, want %q", own, got, want)
		}
	}
}

func TestProveSession(t *testing.T) {
	w := newWorld(t)
	a := w.account("amara", "analyst", "")
	secret, session := w.signedIn("amara", 101, from("192.0.2.1"))
	w.clock.advance(account.Fresh)
	if session.Proven(w.clock.now()) {
		t.Error("a proof counts for too long")
	}
	begun := must(w.BeginSignIn(t.Context(), "amara", from("192.0.2.1")))(t)
	wantErr(t, "the code again", w.ProveSession(t.Context(), session.ID, begun, account.Proof{Step: 101}), account.ErrRefused)
	begun = must(w.BeginSignIn(t.Context(), "amara", from("192.0.2.1")))(t)
	if err := w.ProveSession(t.Context(), session.ID, begun, account.Proof{Password: true}); err != nil {
		t.Fatal(err)
	}
	if s := must(w.SessionBySecret(t.Context(), secret))(t); !s.Proven(w.clock.now()) || s.Account != a.ID {
		t.Errorf("session = %+v, want it proven", s)
	}
	w.account("bimal", "analyst", "")
	begun = must(w.BeginSignIn(t.Context(), "bimal", from("192.0.2.1")))(t)
	wantErr(t, "another's proof", w.ProveSession(t.Context(), session.ID, begun, account.Proof{Password: true}), inventory.ErrNotFound)
	w.verified()
}
