package browse

import (
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/internal/testbrowser"
	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/api/client"
	rules "github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/account/passkey"
	"github.com/ciiscan/ciiscan/web/auth/account/password"
	"github.com/ciiscan/ciiscan/web/auth/signin"
	"github.com/ciiscan/ciiscan/web/console/account"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

const phrase = "copper lantern ravine tide"

// A doorway is a console with its door, as ciiscand makes it, and a clock that
// tests may turn.
type doorway struct {
	store  *store.Store
	url    string
	turned atomic.Int64
}

func (d *doorway) now() time.Time { return time.Now().Add(time.Duration(d.turned.Load())) }

// nextCode lets the code of now be over.
func (d *doorway) nextCode() { d.turned.Add(int64(30 * time.Second)) }

func newDoorway(t *testing.T) *doorway {
	t.Helper()
	d := &doorway{}
	d.store = storetest.Open(t, storetest.NewDB(t).URL, store.Options{Now: d.now})
	hasher, err := password.NewHasher(password.Params{Memory: 64, Time: 1, Threads: 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := rules.NewSealer(make([]byte, rules.SealKeySize))
	if err != nil {
		t.Fatal(err)
	}
	party, err := passkey.New("CERT Example", "http://localhost:8480")
	if err != nil {
		t.Fatal(err)
	}
	door := signin.New(signin.Options{Store: d.store, Hasher: hasher, Sealer: sealer, Passkeys: party, Site: "CERT Example", Now: d.now})
	log := slog.New(slog.DiscardHandler)
	server := httptest.NewServer(shell.New(shell.Options{
		API: client.Local(api.New(api.Deps{Tokens: d.store, Log: log, Now: d.now})), Sessions: d.store, May: api.May,
		Expired: account.Expired(door), Title: "CERT Example", Now: d.now, Log: log,
	}, account.Pages(door, d.store)))
	t.Cleanup(server.Close)
	d.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return d
}

func (d *doorway) invite(t *testing.T) string {
	t.Helper()
	secret, _, err := d.store.Invite(t.Context(), "mara", rules.Analyst, "")
	if err != nil {
		t.Fatal(err)
	}
	return "/invitation/" + secret
}

// begin takes an invitation up to the second factor.
func begin(b *testbrowser.Tab, invitation, name string) {
	b.Open(invitation)
	b.Fill("#name", name)
	b.Fill("#password", phrase)
	b.Fill("#again", phrase)
	b.Follow(".form-end button.primary")
}

func (d *doorway) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, d.now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

var totpSecret = regexp.MustCompile(`[A-Z2-7]{32}`)

// first goes through the first step.
func first(b *testbrowser.Tab, name string) {
	b.Open("/sign-in?next=/account")
	b.Fill("#name", name)
	b.Fill("#password", phrase)
	b.Follow(`form[action="/sign-in"] button`)
}

func signOut(t *testing.T, b *testbrowser.Tab) {
	t.Helper()
	b.Eval(`document.querySelector('form[action="/sign-out"]').submit()`)
	b.Wait(`location.pathname === "/sign-in" && document.readyState === "complete"`)
}

// TestSignInWithPhoneAndPasskey is a person's first days: an invitation, codes
// of a phone, a passkey beside them, and later the passkey alone.
func TestSignInWithPhoneAndPasskey(t *testing.T) {
	d := newDoorway(t)
	b := testbrowser.New(t, d.url)
	b.Passkey()
	begin(b, d.invite(t), "amara")
	b.Screenshot("second factor")
	b.Axe()
	secret := totpSecret.FindString(b.Text("main"))
	b.Fill("#code", d.code(t, secret))
	b.Follow(`form[action$="/code"] button`)
	b.WaitText("main", "I kept them")

	b.Open("/account/passkeys")
	b.Axe()
	b.Fill("#name", "this laptop")
	b.Follow("form[data-passkey] button")
	b.WaitText("#security ~ .scroll", "never")
	if name := b.Value(`input[name="name"]`); name != "this laptop" {
		t.Errorf("the passkey is called %q", name)
	}
	b.Screenshot("account")
	b.Axe()
	b.Width(320)
	b.Open("/account")
	b.Fits()
	b.Axe()
	b.Width(1280)

	signOut(t, b)
	b.Open("/sign-in?next=/account")
	b.Screenshot("sign in")
	b.Axe()
	b.Follow("form[data-passkey] button")
	b.WaitText("h1", "Your account")
	if used := b.Text("#security ~ .scroll"); strings.Contains(used, "never") {
		t.Errorf("the passkey has no last use: %s", used)
	}
	signOut(t, b)

	// Password and phone: a wrong code, one that was used, the next one.
	d.nextCode()
	first(b, "amara")
	b.Fill("#code", "000000")
	b.Follow(`form[action="/sign-in/code"] button`)
	b.WaitText("#problem", "That did not fit")
	good := d.code(t, secret)
	b.Fill("#code", good)
	b.Follow(`form[action="/sign-in/code"] button`)
	b.WaitText("h1", "Your account")
	signOut(t, b)
	first(b, "amara")
	b.Fill("#code", good)
	b.Follow(`form[action="/sign-in/code"] button`)
	b.WaitText("#problem", "That did not fit")

	// The passkey as the second factor.
	first(b, "amara")
	b.Screenshot("second step")
	b.Axe()
	b.Follow("form[data-passkey] button")
	b.WaitText("h1", "Your account")
	b.Fill(`input[name="name"]`, "old laptop")
	b.Follow(`form[action$="/rename"] button`)
	if name := b.Value(`input[name="name"]`); name != "old laptop" {
		t.Errorf("the passkey is called %q", name)
	}
	b.Follow(`form[action$="/remove"] button`)
	b.WaitText("main", "You have none.")
}

// TestEnrolByPasskey makes an account without a phone; another browser has no
// way in by it.
func TestEnrolByPasskey(t *testing.T) {
	d := newDoorway(t)
	b := testbrowser.New(t, d.url)
	b.Passkey()
	begin(b, d.invite(t), "bimal")
	b.Follow("form[data-passkey] button")
	b.WaitText("main", "I kept them")
	signOut(t, b)
	b.Follow("form[data-passkey] button")
	b.Wait(`location.pathname === "/"`)

	stranger := testbrowser.New(t, d.url)
	stranger.Passkey() // an empty device
	stranger.Open("/sign-in")
	stranger.Click("form[data-passkey] button")
	stranger.WaitFor("[data-failed]")
	if at := stranger.Address(); at != "/sign-in" {
		t.Errorf("without a passkey to %s", at)
	}
}
