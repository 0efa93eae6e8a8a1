package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.account("amara", "operator", org)
	begun := must(w.BeginSignIn(t.Context(), " Amara ", from("192.0.2.1")))(t)
	if begun.Account != a || begun.PasswordHash != testHash || begun.TOTPSecret != "SECRET" || begun.TOTPStep != 100 {
		t.Errorf("attempt = %+v", begun)
	}
	secret, session, err := w.FinishSignIn(t.Context(), begun, account.Proof{Step: 101, Rehashed: testHash + "new"})
	if err != nil {
		t.Fatal(err)
	}
	want := account.Session{
		ID: "SES-1", Account: a.ID, Name: "amara", Role: "operator", Org: org, CreatedAt: start, ProvedAt: start, SeenAt: start,
		Until: start.Add(account.Lifetime), Source: begun.Browser.Source, Agent: "Firefox",
	}
	if session != want {
		t.Errorf("session = %+v, want %+v", session, want)
	}
	want.Preferences.Zone = "Asia/Colombo" // the organisation's
	if got := must(w.SessionBySecret(t.Context(), secret))(t); got != want {
		t.Errorf("SessionBySecret = %+v, want %+v", got, want)
	}
	if got := must(w.BeginSignIn(t.Context(), "amara", from("192.0.2.1")))(t); got.PasswordHash != testHash+"new" || got.TOTPStep != 101 {
		t.Errorf("after it, the attempt = %+v", got)
	}
	if w.audited("session.create", "one-time code") != 1 || w.audited("", secret) != 0 {
		t.Error("the sign-in is not audited once, without its secret")
	}
	if n := w.rows("SELECT count(*) FROM sessions WHERE sha256 = $1", secret); n != 0 {
		t.Error("the secret itself is stored")
	}
	_, _, err = w.FinishSignIn(t.Context(), begun, account.Proof{})
	wantErr(t, "a sign-in with a password alone", err, inventory.ErrInvalid)
	w.verified()
}

func TestNobodySignsIn(t *testing.T) {
	w := newWorld(t)
	const typed = "my secret password"
	a := must(w.BeginSignIn(t.Context(), typed, from("192.0.2.1")))(t)
	if a.Account.ID != "" || a.PasswordHash != "" || a.TOTPSecret != "" {
		t.Errorf("attempt at nobody = %+v", a)
	}
	_, _, err := w.FinishSignIn(t.Context(), a, account.Proof{Step: 101})
	wantErr(t, "a sign-in of nobody", err, account.ErrRefused)
	if n := w.rows("SELECT count(*) FROM audit_log WHERE actor = $1 AND detail::text LIKE '%192.0.2.1%'", account.Stranger); n != 1 {
		t.Errorf("%d audit records of a stranger, want 1", n)
	}
	if n := w.rows("SELECT count(*) FROM audit_log l, sign_in_failures f WHERE l::text || f::text LIKE $1", "%"+typed+"%"); n != 0 {
		t.Error("what was typed is written down")
	}
}

func TestCodesWorkOnce(t *testing.T) {
	w := newWorld(t)
	secret, _, _ := w.Invite(t.Context(), "mara", "analyst", "")
	e, codes := enrolment("amara")
	a := must(w.AcceptInvitation(t.Context(), secret, e))(t)
	crowd := func(p account.Proof) int {
		attempt := must(w.BeginSignIn(t.Context(), "amara", from("192.0.2.1")))(t)
		var wg sync.WaitGroup
		var in atomic.Int32
		for range 6 {
			wg.Go(func() {
				switch _, _, err := w.FinishSignIn(t.Context(), attempt, p); {
				case err == nil:
					in.Add(1)
				case !errors.Is(err, account.ErrRefused):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		return int(in.Load())
	}
	if n := crowd(account.Proof{Step: 100}); n != 0 {
		t.Errorf("the code of the enrolment opened %d sessions", n)
	}
	if n := crowd(account.Proof{Step: 102}); n != 1 {
		t.Errorf("a one-time code opened %d sessions, want 1", n)
	}
	if n := crowd(account.Proof{Step: 101}); n != 0 {
		t.Errorf("a code before a used one opened %d sessions", n)
	}
	if n := crowd(account.Proof{Recovery: account.HashRecovery(codes[3])}); n != 1 {
		t.Errorf("a recovery code opened %d sessions, want 1", n)
	}
	if n := crowd(account.Proof{Recovery: account.HashRecovery("wrong")}); n != 0 {
		t.Errorf("a wrong recovery code opened %d sessions", n)
	}
	if n := must(w.RecoveryCodesLeft(t.Context(), a.ID))(t); n != 9 {
		t.Errorf("%d recovery codes are left, want 9", n)
	}
	if n := w.audited("sign_in.refuse", string(account.UsedCode)); n != 17 {
		t.Errorf("%d refusals of used codes are audited, want 17", n)
	}
	other := account.NewRecoveryCodes()
	if err := w.SetRecoveryCodes(t.Context(), "amara", a.ID, account.HashAllRecovery(other)); err != nil {
		t.Fatal(err)
	}
	if n := must(w.RecoveryCodesLeft(t.Context(), a.ID))(t); n != 10 {
		t.Errorf("%d recovery codes are left of a new set, want 10", n)
	}
	if n := crowd(account.Proof{Recovery: account.HashRecovery(codes[4])}); n != 0 {
		t.Error("a code of the old set still works")
	}
}

func TestAttemptGrowsOld(t *testing.T) {
	w := newWorld(t)
	w.account("amara", "analyst", "")
	a := must(w.BeginSignIn(t.Context(), "amara", from("192.0.2.1")))(t)
	w.clock.advance(account.AttemptLife + time.Second)
	_, _, err := w.FinishSignIn(t.Context(), a, account.Proof{Step: 101})
	wantErr(t, "an old attempt", err, account.ErrRefused)
}

func throttled(err error) time.Duration {
	if e, ok := errors.AsType[*account.ThrottledError](err); ok {
		return e.Wait
	}
	return 0
}

func TestThrottlePerSource(t *testing.T) {
	w := newWorld(t)
	begin := func(name, addr string) error {
		_, err := w.BeginSignIn(t.Context(), name, from(addr))
		return err
	}
	free := account.PerSource().Free
	for i := range free + 1 { // whoever they try, and whether they exist
		if err := begin(fmt.Sprintf("user-%d", i), "2001:db8::1"); err != nil {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	if wait := throttled(begin("amara", "2001:db8:0:ff::2")); wait != time.Second { // the same customer's
		t.Errorf("wait = %s, want 1 s", wait)
	}
	if err := begin("amara", "2001:db8:0:100::1"); err != nil {
		t.Errorf("another network: %v", err)
	}
	w.clock.advance(time.Second)
	if err := begin("amara", "2001:db8::1"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	if wait := throttled(begin("amara", "2001:db8::1")); wait != 2*time.Second {
		t.Errorf("next wait = %s, want 2 s", wait)
	}
}

// Many at once are no way round the throttle.
func TestThrottleHoldsInACrowd(t *testing.T) {
	w := newWorld(t)
	want := account.PerSource().Free + 1
	for round := range 6 { // the first opens the connections, and is slow
		var wg sync.WaitGroup
		var admitted atomic.Int32
		for i := range 10 {
			wg.Go(func() {
				switch _, err := w.BeginSignIn(t.Context(), fmt.Sprintf("user-%d", i), from("192.0.2.1")); {
				case err == nil:
					admitted.Add(1)
				case throttled(err) == 0:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := int(admitted.Load()); n != want {
			t.Errorf("round %d: %d of a crowd were admitted, want %d", round, n, want)
		}
		w.clock.advance(account.PerSource().Forget)
	}
}

func TestStrangersDoNotLockOut(t *testing.T) {
	w := newWorld(t)
	w.account("amara", "analyst", "")
	w.signedIn("amara", 101, from("198.51.100.1"))
	for i := range 100 { // a hundred hosts try
		if _, err := w.BeginSignIn(t.Context(), "amara", from(addressOf(i+1))); err != nil {
			t.Fatalf("host %d: %v", i, err)
		}
	}
	if _, err := w.BeginSignIn(t.Context(), "amara", from(addressOf(1))); throttled(err) != time.Minute {
		t.Errorf("a second try of one of them = %v, want to wait a minute", err)
	}
	// She mistypes where she is known, and comes in at once.
	must(w.BeginSignIn(t.Context(), "amara", from("198.51.100.1")))(t)
	w.signedIn("amara", 102, from("198.51.100.1"))
	// And once from where she never was.
	for range 100 {
		if _, err := w.BeginSignIn(t.Context(), "amara", from("192.0.2.200")); err != nil {
			break
		}
	}
	w.signedIn("amara", 103, from("203.0.113.9"))
}

// Whoever has an account cannot use it to try others without end.
func TestSuccessForgivesOnlyItself(t *testing.T) {
	w := newWorld(t)
	w.account("amara", "analyst", "")
	tried := 0
	for step := int64(101); step < 130; step++ {
		if _, err := w.BeginSignIn(t.Context(), "victim", from("192.0.2.1")); err != nil {
			break
		}
		tried++
		if _, _, err := w.signIn("amara", step, from("192.0.2.1")); err != nil {
			break
		}
	}
	if tried > account.PerSource().Free+1 {
		t.Errorf("%d tries at another account between sign-ins", tried)
	}
}

func TestForgottenFailuresAreRemoved(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		must(w.BeginSignIn(t.Context(), fmt.Sprintf("user-%d", i), from(addressOf(i+1))))(t)
	}
	w.clock.advance(account.PerAccount().Forget + time.Second)
	must(w.BeginSignIn(t.Context(), "other", from("192.0.2.9")))(t)
	if n := w.rows("SELECT count(*) FROM sign_in_failures"); n != 2 {
		t.Errorf("%d counts are kept, want 2", n)
	}
}

func TestSessionEnds(t *testing.T) {
	w := newWorld(t)
	w.account("amara", "analyst", "")
	idle, _ := w.signedIn("amara", 101, from("192.0.2.1"))
	busy, _ := w.signedIn("amara", 102, from("192.0.2.1"))
	for at := time.Duration(0); at < account.Lifetime-20*time.Minute; at += 20 * time.Minute {
		if s := must(w.SessionBySecret(t.Context(), busy))(t); !s.SeenAt.Equal(w.clock.now()) {
			t.Fatalf("seen at %s, it is %s", s.SeenAt, w.clock.now())
		}
		w.clock.advance(20 * time.Minute)
	}
	_, err := w.SessionBySecret(t.Context(), idle)
	wantErr(t, "an idle session", err, inventory.ErrNotFound)
	must(w.SessionBySecret(t.Context(), busy))(t)
	w.clock.advance(20 * time.Minute)
	_, err = w.SessionBySecret(t.Context(), busy)
	wantErr(t, "a busy session at its absolute end", err, inventory.ErrNotFound)
	for _, secret := range []string{"", "guessed", busy + "x", strings.ToUpper(busy)} {
		_, err := w.SessionBySecret(t.Context(), secret)
		wantErr(t, "a guessed session", err, inventory.ErrNotFound)
	}
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	w := newWorld(t)
	a, b := w.account("amara", "analyst", ""), w.account("binta", "analyst", "")
	one, first := w.signedIn("amara", 101, from("192.0.2.1"))
	two, second := w.signedIn("amara", 102, from("192.0.2.2"))
	_, third := w.signedIn("amara", 103, from("192.0.2.3"))
	w.signedIn("binta", 101, from("192.0.2.4"))
	list := must(w.Sessions(t.Context(), a.ID))(t)
	if len(list) != 3 || list[0].ID != third.ID || list[2].ID != first.ID || list[0].Name != "amara" {
		t.Errorf("Sessions = %+v", list)
	}
	wantErr(t, "revoking another's session", w.RevokeSession(t.Context(), "binta", b.ID, first.ID), inventory.ErrNotFound)
	if err := w.RevokeSession(t.Context(), "amara", a.ID, first.ID); err != nil {
		t.Fatal(err)
	}
	_, err := w.SessionBySecret(t.Context(), one)
	wantErr(t, "a revoked session", err, inventory.ErrNotFound)
	wantErr(t, "revoking it again", w.RevokeSession(t.Context(), "amara", a.ID, first.ID), inventory.ErrNotFound)
	if err := w.RevokeSessions(t.Context(), "amara", a.ID, second.ID); err != nil {
		t.Fatal(err)
	}
	must(w.SessionBySecret(t.Context(), two))(t)
	if list := must(w.Sessions(t.Context(), a.ID))(t); len(list) != 1 || list[0].ID != second.ID {
		t.Errorf("after revoking all others, Sessions = %+v", list)
	}
	if list := must(w.Sessions(t.Context(), b.ID))(t); len(list) != 1 {
		t.Errorf("another's sessions = %+v", list)
	}
	// A row that was changed behind our back opens nothing for another
	// organisation, nor for another role.
	execSQL(t, w.db.URL, "UPDATE accounts SET role = 'operator', org_id = '"+string(w.org("Power"))+"' WHERE name = 'binta'")
	execSQL(t, w.db.URL, "UPDATE sessions SET role = 'operator', org_id = '"+string(w.org("Bank"))+"' WHERE account_id = '"+string(b.ID)+"'")
	if list := must(w.Sessions(t.Context(), b.ID))(t); len(list) != 0 {
		t.Errorf("sessions of another organisation = %+v", list)
	}
	execSQL(t, w.db.URL, "UPDATE accounts SET role = 'auditor' WHERE name = 'amara'")
	_, err = w.SessionBySecret(t.Context(), two)
	wantErr(t, "a session of another role", err, inventory.ErrNotFound)
}
