package browse

import (
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/internal/testbrowser"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func signOut(b *testbrowser.Tab) {
	b.Eval(`document.querySelector('form[action="/sign-out"]').requestSubmit()`)
	b.WaitText("main", "You are signed out")
}

// TestPasskeyBesideThePhone is a person's first days: an invitation, codes of
// a phone, a passkey beside them, and later the passkey alone. Codes that are
// wrong, or were used, open nothing.
func TestPasskeyBesideThePhone(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	b := testbrowser.New(t, named(w))
	b.Passkey()
	choose(b, w.Invite("analyst"), "amara")
	secret := b.Ask(`document.querySelector("main").textContent.match(/[A-Z2-7]{32}/)[0]`)
	b.Fill("#code", code(t, secret, 0))
	b.Follow(`form:has(#code) button.primary`)
	b.WaitText("h1", "recovery codes")

	b.Open("/account/passkeys")
	b.Axe()
	b.Fill("#name", "this laptop")
	b.Follow("form[data-passkey] button")
	const table = `[aria-label="Passkeys"]`
	b.WaitText(table, "never")
	if name := b.Value(table + ` input[name="name"]`); name != "this laptop" {
		t.Errorf("the passkey is called %q", name)
	}
	b.Axe()
	b.Screenshot("account")
	b.Width(320)
	b.Open("/account")
	b.Fits()
	b.Axe()
	b.Screenshot("account narrow")
	b.Width(1280)

	signOut(b)
	b.Open("/sign-in?next=/account")
	b.Axe()
	b.Follow("form[data-passkey] button")
	b.WaitText("h1", "Your account")
	if used := b.Text(table); strings.Contains(used, "never") {
		t.Errorf("the passkey has no last use: %s", used)
	}
	signOut(b)

	password := func() {
		t.Helper()
		b.Open("/sign-in?next=/account")
		b.Fill("#name", "amara")
		b.Fill("#password", phrase)
		b.Follow(`form[action="/sign-in"] button.primary`)
		b.WaitText("h1", "Second step")
	}
	send := func(typed string) {
		t.Helper()
		b.Fill("#code", typed)
		b.Follow(`form[action="/sign-in/code"] button.primary`)
	}
	good := code(t, secret, 1) // that of now is used
	password()
	send("000000")
	b.WaitText("#problem", "That did not fit")
	send(good)
	b.WaitText("h1", "Your account")
	signOut(b)
	password()
	send(good)
	b.WaitText("#problem", "That did not fit")

	password()
	b.Screenshot("second step")
	b.Follow("form[data-passkey] button")
	b.WaitText("h1", "Your account")
	b.Fill(table+` input[name="name"]`, "old laptop")
	b.Follow(table + ` form[action$="/rename"] button`)
	if name := b.Value(table + ` input[name="name"]`); name != "old laptop" {
		t.Errorf("the passkey is called %q", name)
	}
	b.Follow(table + ` form[action$="/remove"] button`)
	b.WaitText("main", "You have none.")
}

// TestDeviceWithoutPasskey says so, and stays where it is.
func TestDeviceWithoutPasskey(t *testing.T) {
	t.Parallel()
	b := testbrowser.New(t, named(consoletest.New(t)))
	b.Passkey() // an empty one
	b.Open("/sign-in")
	b.Click("form[data-passkey] button")
	b.WaitFor("[data-failed]")
	b.Axe()
	if at := b.Address(); at != "/sign-in" {
		t.Errorf("without a passkey to %s", at)
	}
}
