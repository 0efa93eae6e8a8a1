package store_test

import (
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// anew is what somebody brings to a link of ResetAccount.
func anew(of account.Account) account.Enrolment {
	e, _ := enrolment(of.Name)
	e.Handle, e.PasswordHash, e.TOTPSecret = of.Handle, testHash+"new", "ANOTHER"
	return e
}

func TestResetEndsWhatWasAndLetsInAnew(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.account("admin", account.Administrator, "")
	a := w.account("amara", account.Analyst, "")
	session, _ := w.signedIn("amara", 101, from("192.0.2.1"))
	token := must(w.CreateToken(ctx, "admin", auth.Identity{User: "amara", Role: auth.Analyst}, "api", start.Add(time.Hour)))(t)
	begun := must(w.BeginSignIn(ctx, "amara", from("192.0.2.1")))(t)
	if err := w.AddPasskey(ctx, "amara", a.ID, account.Passkey{Credential: []byte("key"), Record: []byte("{}"), Name: "phone"}); err != nil {
		t.Fatal(err)
	}

	old, _, err := w.ResetAccount(ctx, account.Resetter{Who: "admin"}, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.SessionBySecret(ctx, session)
	wantErr(t, "the session", err, inventory.ErrNotFound)
	_, err = w.UserByToken(ctx, token)
	wantErr(t, "the token", err, inventory.ErrNotFound)
	_, _, err = w.FinishSignIn(ctx, begun, account.Proof{Step: 102})
	wantErr(t, "a sign-in that had begun", err, account.ErrRefused)
	if n := w.rows("SELECT (SELECT count(*) FROM passkeys) + (SELECT count(*) FROM account_totp WHERE account_id = 'ACC-2') + (SELECT count(*) FROM recovery_codes WHERE account_id = 'ACC-2')"); n != 0 {
		t.Errorf("%d factors are left", n)
	}

	link, inv, err := w.ResetAccount(ctx, account.Resetter{Who: "admin"}, a.ID)
	if err != nil || inv.Renews != a.ID || inv.Role != a.Role || inv.Name != "amara" {
		t.Fatalf("ResetAccount = %+v, %v", inv, err)
	}
	_, err = w.AcceptInvitation(ctx, old, anew(a))
	wantErr(t, "the link before", err, inventory.ErrNotFound)
	for what, change := range map[string]func(*account.Enrolment){
		"another name":   func(e *account.Enrolment) { e.Name = "binta" },
		"another handle": func(e *account.Enrolment) { e.Handle = account.NewHandle() },
	} {
		e := anew(a)
		change(&e)
		_, err = w.AcceptInvitation(ctx, link, e)
		wantErr(t, what, err, inventory.ErrNotFound)
	}
	if got := must(w.AcceptInvitation(ctx, link, anew(a)))(t); got.ID != a.ID || got.Role != a.Role {
		t.Errorf("the account is %+v, want the same", got)
	}
	_, err = w.AcceptInvitation(ctx, link, anew(a))
	wantErr(t, "the link again", err, inventory.ErrNotFound)
	w.signedIn("amara", 201, from("192.0.2.1"))
	if w.audited("account.reset", string(inv.ID)) != 1 || w.audited("account.renew", string(inv.ID)) != 1 {
		t.Error("reset and its end are not each audited once")
	}
	w.verified()
}

func TestResetIsRefused(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin := w.account("admin", account.Administrator, "")
	a := w.account("amara", account.Analyst, "")
	_, _, err := w.ResetAccount(ctx, account.Resetter{Who: "token"}, admin.ID)
	wantErr(t, "of the last administrator", err, inventory.ErrConflict)
	_, _, err = w.ResetAccount(ctx, account.Resetter{Who: "admin"}, "ACC-99")
	wantErr(t, "of nobody", err, inventory.ErrNotFound)

	late, _, _ := w.ResetAccount(ctx, account.Resetter{Who: "admin"}, a.ID)
	w.clock.advance(account.InvitationLife)
	_, err = w.AcceptInvitation(ctx, late, anew(a))
	wantErr(t, "a link after 24 hours", err, inventory.ErrNotFound)
	taken, inv, _ := w.ResetAccount(ctx, account.Resetter{Who: "admin"}, a.ID)
	if err := w.RevokeInvitation(ctx, "admin", "", inv.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.AcceptInvitation(ctx, taken, anew(a))
	wantErr(t, "a link that was taken back", err, inventory.ErrNotFound)
	of, _, _ := w.ResetAccount(ctx, account.Resetter{Who: "admin"}, a.ID)
	if err := w.DisableAccount(ctx, "admin", a.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.AcceptInvitation(ctx, of, anew(a))
	wantErr(t, "a link of an account that was disabled since", err, inventory.ErrNotFound)
	_, _, err = w.ResetAccount(ctx, account.Resetter{Who: "admin"}, a.ID)
	wantErr(t, "of a disabled account", err, inventory.ErrConflict)

	// At the machine the last administrator is reset, and is again one when
	// the link was used; whoever was reset does not count meanwhile.
	other := w.account("other", account.Administrator, "")
	if _, _, err := w.ResetAccount(ctx, account.Resetter{Who: "admin"}, other.ID); err != nil {
		t.Error(err)
	}
	wantErr(t, "disabling the only one who can sign in", w.DisableAccount(ctx, "token", admin.ID), inventory.ErrConflict)
	link, _, err := w.ResetAccount(ctx, account.Resetter{Who: "local:root", AtMachine: true}, admin.ID)
	if err != nil {
		t.Fatal(err)
	}
	must(w.AcceptInvitation(ctx, link, anew(admin)))(t)
	_, _, err = w.InviteFirst(ctx, "local:root")
	wantErr(t, "a first administrator", err, inventory.ErrConflict)
}
