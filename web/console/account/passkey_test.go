package account_test

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	rules "github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/account/passkey"
	"github.com/ciiscan/ciiscan/web/auth/account/passkey/passkeytest"
	"github.com/ciiscan/ciiscan/web/auth/signin"
)

// site is where devices of this world believe to be.
const site = "http://localhost:8480"

func withPasskeys(t *testing.T) func(*signin.Options) {
	t.Helper()
	party, err := passkey.New("CERT Example", site)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *signin.Options) { o.Passkeys = party }
}

// ask asks what passkey.js asks, and returns what the form is sent with.
func (b *browser) ask(path string, device func(json.RawMessage) []byte, pairs ...string) []string {
	b.w.t.Helper()
	p := b.post(path+"/ask", pairs...)
	var asked signin.Asked
	if err := json.Unmarshal([]byte(p.Body), &asked); err != nil {
		b.w.t.Fatalf("%s/ask = %d %s", path, p.Status, p.Body)
	}
	return append(pairs, "ceremony", asked.Ceremony, "answer", string(device(asked.Options)))
}

// addKey gives the person a passkey on a new device.
func (p *person) addKey(name string) *passkeytest.Device {
	p.w.t.Helper()
	d := passkeytest.New(p.w.t, site)
	p.w.want("the new passkey", p.b.post("/account/passkeys", p.b.ask("/account/passkeys", d.Make, "name", name)...), 200, "The passkey is yours now", name)
	return d
}

func TestPasskeyAtTheInvitation(t *testing.T) {
	w := newWorld(t, withPasskeys(t))
	secret, _, err := w.store.Invite(t.Context(), "mara", rules.Analyst, "")
	if err != nil {
		t.Fatal(err)
	}
	b, d := w.browser(), passkeytest.New(t, site)
	second := b.post("/invitation/"+secret, "name", "amara", "password", pass, "again", pass)
	path, step := "/invitation/"+secret+"/passkey", second.field("step")
	d.Origin = "https://evil.example"
	w.want("a passkey made elsewhere", b.post(path, b.ask(path, d.Make, "step", step)...), 422, "The passkey did not fit")
	d.Origin = site
	done := b.post(path, b.ask(path, d.Make, "step", step)...)
	w.want("the account", done, 200, "I kept them")
	w.want("the account's page", b.get("/account"), 200, "first passkey", "never")
	alone := w.browser()
	if page := alone.post("/sign-in/passkey", alone.ask("/sign-in/passkey", d.Get, "next", "/account")...); page.Path != "/account" {
		t.Errorf("alone it leads to %s\n%s", page.Path, page.Body)
	}
	w.want("removing the only factor", b.post("/account/passkeys/"+keyID(t, b)+"/remove"), 409, "the only second factor")
}

var keyPath = regexp.MustCompile(`/account/passkeys/([^/"]+)/remove`)

func keyID(t *testing.T, b *browser) string {
	t.Helper()
	m := keyPath.FindStringSubmatch(b.get("/account").Body)
	if m == nil {
		t.Fatal("the account shows no passkey")
	}
	return m[1]
}

// TestWhoHasToWaitGoesOnWithThePasskey: the throttle does not take away what
// the password has opened.
func TestWhoHasToWaitGoesOnWithThePasskey(t *testing.T) {
	w := newWorld(t, withPasskeys(t))
	p := w.enrol("amara", rules.Analyst)
	d := p.addKey("laptop")
	for range 4 {
		w.browser().post("/sign-in", "name", "amara", "password", "not the password")
	}
	b := w.browser()
	page := b.post("/sign-in", "name", "amara", "password", pass)
	try := func(origin string) {
		t.Helper()
		d.Origin = origin
		page = b.post("/sign-in/passkey", b.ask("/sign-in/passkey", d.Get, "step", page.field("step"), "name", "amara", "next", "/account")...)
	}
	for range 4 {
		if try("https://evil.example"); page.Status == 429 {
			break
		}
		w.want("an answer for another site", page, 422, "That did not fit")
	}
	w.want("one too many", page, 429, "too many attempts", "Use a passkey")
	w.Advance(2 * time.Minute)
	if try(site); page.Path != "/account" {
		t.Errorf("after waiting it leads to %s = %d\n%s", page.Path, page.Status, page.Body)
	}
}

func TestPasskeyAloneAndAfterThePassword(t *testing.T) {
	w := newWorld(t, withPasskeys(t))
	p := w.enrol("amara", rules.Analyst)
	d := p.addKey("laptop")

	b := w.browser()
	answer := b.ask("/sign-in/passkey", d.Get, "next", "/account")
	if page := b.post("/sign-in/passkey", answer...); page.Path != "/account" {
		t.Fatalf("alone it leads to %s\n%s", page.Path, page.Body)
	}
	w.want("the same answer again", w.browser().post("/sign-in/passkey", answer...), 422, "This sign-in is over")
	old := w.browser()
	late := old.ask("/sign-in/passkey", d.Get)
	w.Advance(rules.AttemptLife)
	w.want("a late answer", old.post("/sign-in/passkey", late...), 422, "This sign-in is over")

	other := w.browser()
	second := other.post("/sign-in", "name", "amara", "password", pass)
	w.want("the password", second, 200, "Use a passkey")
	ask := other.ask("/sign-in/passkey", d.Get, "step", second.field("step"), "name", "amara", "next", "/account")
	if page := other.post("/sign-in/passkey", ask...); page.Path != "/account" {
		t.Errorf("after the password it leads to %s\n%s", page.Path, page.Body)
	}

	w.want("another name", p.b.post("/account/passkeys/"+keyID(t, p.b)+"/rename", "name", "old laptop"), 200, "old laptop")
	w.want("removing it", p.b.post("/account/passkeys/"+keyID(t, p.b)+"/remove"), 200, "opens nothing any more", "You have none")
	gone := w.browser()
	w.want("the removed passkey", gone.post("/sign-in/passkey", gone.ask("/sign-in/passkey", d.Get)...), 422, "Name, password or code is wrong")
}

func TestPasskeysThatAreRefused(t *testing.T) {
	w := newWorld(t, withPasskeys(t))
	p, q := w.enrol("amara", rules.Analyst), w.enrol("bimal", rules.Administrator)
	d, stranger := p.addKey("laptop"), q.addKey("phone")
	for name, lie := range map[string]func(*passkeytest.Device){
		"of another site":   func(d *passkeytest.Device) { d.Origin = "https://evil.example" },
		"for another party": func(d *passkeytest.Device) { d.RP = "evil.example" },
		"unverified":        func(d *passkeytest.Device) { d.Unverified = true },
		"in another's name": func(d *passkeytest.Device) { d.Handle = stranger.Handle },
	} {
		liar := *d
		lie(&liar)
		b := w.browser()
		w.want("a passkey "+name, b.post("/sign-in/passkey", b.ask("/sign-in/passkey", liar.Get)...), 422, "Name, password or code is wrong")
		w.Advance(time.Minute)
	}

	b := w.browser()
	second := b.post("/sign-in", "name", "amara", "password", pass)
	w.want("another's passkey as the second factor",
		b.post("/sign-in/passkey", b.ask("/sign-in/passkey", stranger.Get, "step", second.field("step"), "name", "amara")...), 422, "That did not fit")
	anybody := b.ask("/sign-in/passkey", d.Get)
	second = b.post("/sign-in", "name", "bimal", "password", pass)
	w.want("an answer of anybody's as bimal's second factor", b.post("/sign-in/passkey", append(anybody, "step", second.field("step"))...), 422, "This sign-in is over")

	second = b.post("/sign-in", "name", "amara", "password", pass)
	asked := b.ask("/sign-in/passkey", d.Get, "step", second.field("step"))
	w.want("a second factor's answer by itself", b.post("/sign-in/passkey", asked[2:]...), 422, "This sign-in is over")

	copied := *d
	for n := range 2 {
		if page := b.post("/sign-in/passkey", b.ask("/sign-in/passkey", d.Get, "next", "/account")...); page.Path != "/account" {
			t.Fatalf("sign-in %d leads to %s", n, page.Path)
		}
	}
	stolen := w.browser()
	w.want("a copy of the passkey", stolen.post("/sign-in/passkey", stolen.ask("/sign-in/passkey", copied.Get)...), 422, "Name, password or code is wrong")
	told, _, err := w.store.AuditRecords(t.Context(), audit.Filter{Text: string(rules.CopiedPasskey)}, inventory.Page{Limit: 5})
	if err != nil || len(told) != 1 {
		t.Errorf("the audit log tells of %d copies, %v", len(told), err)
	}
}

// TestNobodyTriesPasskeysWithoutEnd: each refusal is written down, so that
// whoever makes answers up is slowed down as others are.
func TestNobodyTriesPasskeysWithoutEnd(t *testing.T) {
	w := newWorld(t, withPasskeys(t))
	b, stranger := w.browser(), passkeytest.New(t, site)
	stranger.Make(json.RawMessage(`{"challenge":"AAAA","user":{"id":"AAAA"},"rp":{"id":"localhost"}}`))
	for name, device := range map[string]func(json.RawMessage) []byte{
		"answers that are none": func(json.RawMessage) []byte { return []byte("{}") },
		"unknown passkeys":      stranger.Get,
	} {
		w.Advance(2 * time.Hour)
		var last page
		for range 8 {
			last = b.post("/sign-in/passkey", b.ask("/sign-in/passkey", device)...)
		}
		w.want(name, last, 429, "There were too many attempts")
	}
}

func TestProofByPasskey(t *testing.T) {
	w := newWorld(t, withPasskeys(t))
	p, q := w.enrol("amara", rules.Analyst), w.enrol("bimal", rules.Analyst)
	w.want("no passkey to ask for", p.b.post("/account/prove/passkey/ask"), 409, "no passkey")
	d, stranger := p.addKey("laptop"), q.addKey("phone")
	w.Advance(rules.Fresh)
	w.want("another's proof", p.b.post("/account/prove/passkey", p.b.ask("/account/prove/passkey", stranger.Get, "next", "/account/password")...), 422, "That did not fit")
	if page := p.b.post("/account/prove/passkey", p.b.ask("/account/prove/passkey", d.Get, "next", "/account/password")...); page.Path != "/account/password" {
		t.Errorf("the proof leads to %s\n%s", page.Path, page.Body)
	}
}
