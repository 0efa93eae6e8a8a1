package store_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// testHash has the form of a password's hash; the store never looks inside.
const testHash = "$argon2id$test"

func from(addr string) account.Browser {
	return account.Browser{Source: netip.MustParseAddr(addr), Agent: "Firefox"}
}

func enrolment(name string) (account.Enrolment, []string) {
	codes := account.NewRecoveryCodes()
	return account.Enrolment{
		Name: name, Handle: account.NewHandle(), PasswordHash: testHash, TOTPSecret: "SECRET", TOTPStep: 100, Recovery: account.HashAllRecovery(codes),
	}, codes
}

// account makes one by an invitation.
func (w *world) account(name string, role account.Role, org inventory.OrganizationID) account.Account {
	w.t.Helper()
	secret, _, err := w.Invite(w.t.Context(), "mara", role, org)
	if err != nil {
		w.t.Fatal(err)
	}
	e, _ := enrolment(name)
	return must(w.AcceptInvitation(w.t.Context(), secret, e))(w.t)
}

// signIn begins and finishes with the code of step.
func (w *world) signIn(name string, step int64, b account.Browser) (string, account.Session, error) {
	a, err := w.BeginSignIn(w.t.Context(), name, b)
	if err != nil {
		return "", account.Session{}, err
	}
	return w.FinishSignIn(w.t.Context(), a, account.Proof{Step: step})
}

func (w *world) signedIn(name string, step int64, b account.Browser) (string, account.Session) {
	w.t.Helper()
	secret, session, err := w.signIn(name, step, b)
	if err != nil {
		w.t.Fatal(err)
	}
	return secret, session
}

// audited counts the records of an act whose detail has the text.
func (w *world) audited(act, text string) int {
	w.t.Helper()
	return w.rows("SELECT count(*) FROM audit_log WHERE act = $1 AND coalesce(detail::text, '') LIKE '%' || $2 || '%'", act, text)
}

func (w *world) verified() {
	w.t.Helper()
	if _, err := w.VerifyAudit(w.t.Context()); err != nil {
		w.t.Error(err)
	}
}

// TestNamesOfTokensAreNotForOthers: whoever chooses a name must not become, in
// the record of acts, somebody of another house, nor end that one's token.
func TestNamesOfTokensAreNotForOthers(t *testing.T) {
	w := newWorld(t)
	ctx, org := t.Context(), w.org("Harbour")
	token := must(w.CreateToken(ctx, "mara", auth.Identity{User: "feeds", Role: auth.Analyst}, "nightly", start.Add(time.Hour)))(t)
	link, _, err := w.Invite(ctx, "harbour.lead", account.Operator, org)
	if err != nil {
		t.Fatal(err)
	}
	e, _ := enrolment("feeds")
	_, err = w.AcceptInvitation(ctx, link, e)
	wantErr(t, "an operator's account with the name of an analyst's token", err, inventory.ErrInvalid)
	_, _, err = w.SignInForeign(ctx, account.Foreign{Issuer: "https://id.example", Subject: "7", Name: "feeds", Role: account.Operator, Org: org}, from("192.0.2.9"))
	wantErr(t, "a provider's word for that name", err, account.ErrNameTaken)
	a := w.account("feeds", account.Analyst, "") // of the same house
	if err := w.RevokeSessions(ctx, "mara", a.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.UserByToken(ctx, token); err != nil {
		t.Error(err)
	}
}

func TestInvitationWorksOnce(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	secret, inv, err := w.Invite(t.Context(), "mara", "operator", org)
	if err != nil {
		t.Fatal(err)
	}
	if got := must(w.InvitationBySecret(t.Context(), secret))(t); got.ID != inv.ID || got.Role != "operator" || got.Org != org || !got.Until.Equal(start.Add(24*time.Hour)) {
		t.Errorf("InvitationBySecret = %+v", got)
	}
	e, _ := enrolment("amara")
	a := must(w.AcceptInvitation(t.Context(), secret, e))(t)
	if a.ID != "ACC-1" || a.Name != "amara" || a.Role != "operator" || a.Org != org || !a.CreatedAt.Equal(start) || a.DisabledAt != nil {
		t.Errorf("account = %+v", a)
	}
	e.Name = "binta"
	_, err = w.AcceptInvitation(t.Context(), secret, e)
	wantErr(t, "the link again", err, inventory.ErrNotFound)
	_, err = w.InvitationBySecret(t.Context(), secret)
	wantErr(t, "a look at the link again", err, inventory.ErrNotFound)
	_, err = w.InvitationBySecret(t.Context(), "guessed")
	wantErr(t, "a guessed link", err, inventory.ErrNotFound)
	if n := w.rows("SELECT count(*) FROM invitations WHERE sha256 = $1", secret); n != 0 {
		t.Error("the secret itself is stored")
	}
	if w.audited("invitation.create", "operator") != 1 || w.audited("account.create", "INV-1") != 1 || w.audited("", secret) != 0 {
		t.Error("invitation and acceptance are not each audited once, without the secret")
	}
	list, _, err := w.Invitations(t.Context(), org, inventory.Page{})
	if err != nil || len(list) != 1 || list[0].Account != a.ID || list[0].AcceptedAt == nil {
		t.Errorf("Invitations = %+v, %v", list, err)
	}
}

func TestInvitationEnds(t *testing.T) {
	w := newWorld(t)
	e, _ := enrolment("amara")
	accept := func(secret string) error {
		_, err := w.AcceptInvitation(t.Context(), secret, e)
		return err
	}
	late, _, _ := w.Invite(t.Context(), "mara", "analyst", "")
	w.clock.advance(account.InvitationLife)
	wantErr(t, "a link after 24 hours", accept(late), inventory.ErrNotFound)

	revoked, inv, _ := w.Invite(t.Context(), "mara", "analyst", "")
	if err := w.RevokeInvitation(t.Context(), "mara", "", inv.ID); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "a revoked link", accept(revoked), inventory.ErrNotFound)
	wantErr(t, "revoking again", w.RevokeInvitation(t.Context(), "mara", "", inv.ID), inventory.ErrNotFound)

	w.account("amara", "analyst", "")
	taken, _, _ := w.Invite(t.Context(), "mara", "analyst", "")
	wantErr(t, "a taken name", accept(taken), inventory.ErrConflict)
	e.Name = "binta"
	if err := accept(taken); err != nil {
		t.Errorf("the link after a taken name: %v", err)
	}
	_, _, err := w.Invite(t.Context(), "mara", "operator", "")
	wantErr(t, "an operator of nobody", err, inventory.ErrInvalid)
	_, _, err = w.Invite(t.Context(), "mara", "operator", "ORG-9")
	wantErr(t, "an operator of an unknown organisation", err, inventory.ErrNotFound)
}

func TestOneOfManyAcceptsALink(t *testing.T) {
	w := newWorld(t)
	secret, _, err := w.InviteFirst(t.Context(), "ciiscan up")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var won atomic.Int32
	for i := range 8 {
		wg.Go(func() {
			e, _ := enrolment(fmt.Sprintf("admin-%d", i))
			switch _, err := w.AcceptInvitation(t.Context(), secret, e); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, inventory.ErrNotFound):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := w.rows("SELECT count(*) FROM accounts"); won.Load() != 1 || n != 1 {
		t.Errorf("%d accepted, %d accounts, want 1", won.Load(), n)
	}
}

func TestFirstAdministrator(t *testing.T) {
	w := newWorld(t)
	old, _, err := w.InviteFirst(t.Context(), "ciiscan up")
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := w.InviteFirst(t.Context(), "ciiscan up")
	if err != nil {
		t.Fatal(err)
	}
	e, _ := enrolment("amara")
	_, err = w.AcceptInvitation(t.Context(), old, e)
	wantErr(t, "the link before the last", err, inventory.ErrNotFound)
	a := must(w.AcceptInvitation(t.Context(), secret, e))(t)
	if a.Role != account.Administrator {
		t.Errorf("role = %s", a.Role)
	}
	_, _, err = w.InviteFirst(t.Context(), "ciiscan up")
	wantErr(t, "a link beside an administrator", err, inventory.ErrConflict)
	wantErr(t, "disabling the last administrator", w.DisableAccount(t.Context(), "amara", a.ID), inventory.ErrConflict)
	wantErr(t, "demoting the last administrator", w.SetRole(t.Context(), "amara", a.ID, "analyst", ""), inventory.ErrConflict)
}

func TestTwoAdministratorsDisableEachOther(t *testing.T) {
	w := newWorld(t)
	all := []account.Account{w.account("amara", account.Administrator, ""), w.account("binta", account.Administrator, "")}
	var wg sync.WaitGroup
	for i, a := range all {
		wg.Go(func() {
			if err := w.DisableAccount(t.Context(), all[1-i].Name, a.ID); err != nil && !errors.Is(err, inventory.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := w.rows("SELECT count(*) FROM accounts WHERE disabled_at IS NULL"); n != 1 {
		t.Errorf("%d administrators are left, want 1", n)
	}
}

func TestDisableEndsEverything(t *testing.T) {
	w := newWorld(t)
	w.account("admin", account.Administrator, "")
	for _, c := range []struct {
		name string
		end  func(account.ID) error
	}{
		{"disabled", func(id account.ID) error { return w.DisableAccount(t.Context(), "admin", id) }},
		{"demoted", func(id account.ID) error { return w.SetRole(t.Context(), "admin", id, "auditor", "") }},
	} {
		a := w.account(c.name, "analyst", "")
		secret, _ := w.signedIn(c.name, 101, from("192.0.2.1"))
		token := must(w.CreateToken(t.Context(), a.Name, auth.Identity{User: a.Name, Role: auth.Analyst}, "api", start.Add(time.Hour)))(t)
		link, _, _ := w.Invite(t.Context(), a.Name, "analyst", "")
		if err := c.end(a.ID); err != nil {
			t.Fatal(err)
		}
		_, err := w.SessionBySecret(t.Context(), secret)
		wantErr(t, c.name+": the session", err, inventory.ErrNotFound)
		_, err = w.UserByToken(t.Context(), token)
		wantErr(t, c.name+": the token", err, inventory.ErrNotFound)
		_, err = w.InvitationBySecret(t.Context(), link)
		wantErr(t, c.name+": the link it gave", err, inventory.ErrNotFound)
	}
	_, _, err := w.signIn("disabled", 102, from("192.0.2.1"))
	wantErr(t, "sign-in to a disabled account", err, account.ErrRefused)
	if w.audited("sign_in.refuse", string(account.Disabled)) != 1 {
		t.Error("the refusal has no audit record")
	}
	list, _, err := w.Accounts(t.Context(), account.Filter{}, inventory.Page{})
	if err != nil || len(list) != 3 || list[1].DisabledAt == nil || list[2].Role != "auditor" {
		t.Errorf("Accounts = %+v, %v", list, err)
	}
	if err := w.EnableAccount(t.Context(), "admin", list[1].ID); err != nil {
		t.Fatal(err)
	}
	w.signedIn("disabled", 103, from("192.0.2.1"))
	wantErr(t, "enabling twice", w.EnableAccount(t.Context(), "admin", list[1].ID), inventory.ErrNotFound)
	w.verified()
}

func TestSetPasswordKeepsOneSession(t *testing.T) {
	w := newWorld(t)
	a := w.account("amara", "analyst", "")
	mine, session := w.signedIn("amara", 101, from("192.0.2.1"))
	other, _ := w.signedIn("amara", 102, from("192.0.2.2"))
	begun := must(w.BeginSignIn(t.Context(), "amara", from("192.0.2.1")))(t)
	if err := w.SetPassword(t.Context(), "amara", a.ID, testHash+"2", session.ID); err != nil {
		t.Fatal(err)
	}
	must(w.SessionBySecret(t.Context(), mine))(t)
	_, err := w.SessionBySecret(t.Context(), other)
	wantErr(t, "the other session", err, inventory.ErrNotFound)
	_, _, err = w.FinishSignIn(t.Context(), begun, account.Proof{Step: 103})
	wantErr(t, "a sign-in with the old password", err, account.ErrRefused)
	if err := w.SetTOTP(t.Context(), "amara", a.ID, "OTHER", 200, session.ID); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.signIn("amara", 200, from("192.0.2.1"))
	wantErr(t, "the code with which the secret was enrolled", err, account.ErrRefused)
	wantErr(t, "a password that is no hash", w.SetPassword(t.Context(), "amara", a.ID, "sesame", ""), inventory.ErrInvalid)
	wantErr(t, "a password of nobody", w.SetPassword(t.Context(), "amara", "ACC-9", testHash, ""), inventory.ErrNotFound)
}

// No act happens without its record: each is tried while the log refuses.
func TestNothingHappensUnaudited(t *testing.T) {
	w := newWorld(t)
	w.account("admin", account.Administrator, "")
	a := w.account("amara", "analyst", "")
	_, session := w.signedIn("amara", 101, from("192.0.2.1"))
	_, inv, _ := w.Invite(t.Context(), "mara", "analyst", "")
	link, _, _ := w.Invite(t.Context(), "mara", "analyst", "")
	begun := must(w.BeginSignIn(t.Context(), "amara", from("192.0.2.1")))(t)
	tables := []string{"accounts", "account_totp", "recovery_codes", "sessions", "invitations"}
	state := func() (all []string) {
		for _, table := range tables {
			var text string
			row := connect(t, w.db.URL).QueryRowContext(t.Context(), "SELECT coalesce(string_agg(x::text, E'\n' ORDER BY x::text), '') FROM "+table+" x")
			if err := row.Scan(&text); err != nil {
				t.Fatal(err)
			}
			all = append(all, text)
		}
		return all
	}
	before := state()
	execSQL(t, w.db.URL, `
		CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no log''; END';
		CREATE TRIGGER refuse BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse();`)
	e, codes := enrolment("binta")
	ctx := t.Context()
	for act, do := range map[string]func() error{
		"sign in":   func() error { _, _, err := w.FinishSignIn(ctx, begun, account.Proof{Step: 102}); return err },
		"refuse":    func() error { return w.RefuseSignIn(ctx, begun, account.WrongPassword) },
		"invite":    func() error { _, _, err := w.Invite(ctx, "mara", "analyst", ""); return err },
		"accept":    func() error { _, err := w.AcceptInvitation(ctx, link, e); return err },
		"uninvite":  func() error { return w.RevokeInvitation(ctx, "mara", "", inv.ID) },
		"disable":   func() error { return w.DisableAccount(ctx, "mara", a.ID) },
		"role":      func() error { return w.SetRole(ctx, "mara", a.ID, "auditor", "") },
		"password":  func() error { return w.SetPassword(ctx, "mara", a.ID, testHash+"2", "") },
		"totp":      func() error { return w.SetTOTP(ctx, "mara", a.ID, "OTHER", 1, "") },
		"codes":     func() error { return w.SetRecoveryCodes(ctx, "mara", a.ID, account.HashAllRecovery(codes)) },
		"sign out":  func() error { return w.RevokeSession(ctx, "mara", a.ID, session.ID) },
		"all out":   func() error { return w.RevokeSessions(ctx, "mara", a.ID, "") },
		"bad proof": func() error { _, _, err := w.FinishSignIn(ctx, begun, account.Proof{Step: 1}); return err },
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), "no log") {
			t.Errorf("%s without a log = %v, want a failure", act, err)
		}
	}
	if after := state(); !slices.Equal(before, after) {
		t.Errorf("something happened:\n%s\nbecame\n%s", before, after)
	}
}
