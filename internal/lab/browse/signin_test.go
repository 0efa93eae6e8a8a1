package browse

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/ciiscan/ciiscan/internal/testbrowser"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

const phrase = "copper lantern ravine tide"

// named is the console by the name that passkeys need.
func named(w *consoletest.World) string { return strings.Replace(w.URL, "127.0.0.1", "localhost", 1) }

// choose makes the first half of an account of an invitation.
func choose(b *testbrowser.Tab, invitation, name string) {
	b.Open("/invitation/" + invitation)
	b.Axe()
	b.Fill("#name", name)
	b.Fill("#password", phrase)
	b.Fill("#again", phrase)
	b.Follow("main form button.primary")
	b.WaitText("h1", "second factor")
}

// code is what a phone shows, some steps of 30 seconds from now.
func code(t *testing.T, secret string, ahead int) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(ahead)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSignInByCodeAndBackToTheForm makes an account with one-time codes, loses
// the session while a form is filled in, and sends it all the same.
func TestSignInByCodeAndBackToTheForm(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	b := testbrowser.New(t, named(w))
	choose(b, w.Invite("analyst"), "amara")
	b.Axe()
	secret := b.Ask(`document.querySelector("main").textContent.match(/[A-Z2-7]{32}/)[0]`)
	b.Fill("#code", code(t, secret, 0))
	b.Follow(`form:has(#code) button.primary`)
	b.WaitText("h1", "recovery codes")
	recovery := b.Text("ul.columns li")
	b.Axe()
	b.Screenshot("1 recovery codes")
	b.Open("/account")
	b.WaitText("main", "amara")

	b.Eval(`document.querySelector('form[action="/sign-out"]').requestSubmit()`)
	b.WaitText("main", "You are signed out")
	b.Open("/findings")
	signIn := func(typed string) {
		t.Helper()
		b.WaitFor("#password")
		b.Fill("#name", "amara")
		b.Fill("#password", phrase)
		b.Follow(`form[action="/sign-in"] button.primary`)
		b.WaitText("h1", "Second step")
		b.Axe()
		b.Fill("#code", typed)
		b.Follow(`form[action="/sign-in/code"] button.primary`)
	}
	signIn(code(t, secret, 1)) // that of now is used
	b.WaitText("h1", "Findings")

	path := "/findings/" + string(w.OpenFinding())
	const typed = "an hour's work <i>in words</i>"
	b.Open(path)
	b.Fill("#text", typed)
	b.SetCookie(&http.Cookie{Name: consoletest.CookieName, Value: "ended"})
	b.Follow(`form[action$="/comments"] button`)
	b.WaitText("main", "You are not signed in any more")
	b.Axe()
	b.Screenshot("2 the session has ended")
	signIn(recovery)
	b.WaitText("main", typed)
	b.Axe()
	b.Screenshot("3 signed in again")
	b.Follow("main form button.primary")
	b.Open(path)
	b.WaitText("main", typed)
}

// TestSignInByPasskey has no phone and no password.
func TestSignInByPasskey(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	b := testbrowser.New(t, named(w))
	b.Passkey()
	choose(b, w.Invite("approver"), "bimal")
	b.Click(`form[data-passkey="make"] button`)
	b.WaitText("h1", "recovery codes")
	b.Open("/account")
	b.WaitText("main", "bimal")
	b.Eval(`document.querySelector('form[action="/sign-out"]').requestSubmit()`)
	b.WaitText("main", "You are signed out")
	b.Open("/sign-in?next=/account")
	b.Click(`form[data-passkey="get"] button`)
	b.WaitText("main", "bimal")
	b.Screenshot("signed in by a passkey")
}
