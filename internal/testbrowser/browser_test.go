package testbrowser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// bad are pages that do what a page of ours must not do.
var bad = map[string]string{
	"/inline":    `<script>document.title = "ran"</script>`,
	"/style":     `<p style="color: red">x</p>`,
	"/outside":   `<img src="https://192.0.2.1/x.png" alt="">`,
	"/missing":   `<script src="/assets/missing.js"></script>`,
	"/exception": `<script src="/throw.js"></script>`,
	"/error":     `<script src="/error.js"></script>`,
	"/rejection": `<script src="/reject.js"></script>`,
}

func serve(t *testing.T) string {
	t.Helper()
	scripts := map[string]string{"/throw.js": "throw new Error('oh')", "/error.js": "console.error('oh', 7)", "/reject.js": "Promise.reject(new Error('oh'))"}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:")
		body, ok := bad[r.URL.Path]
		switch script := scripts[r.URL.Path]; {
		case script != "":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = fmt.Fprint(w, script)
		case ok || r.URL.Path == "/good":
			_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,"><main><h1>A page</h1>%s<input id="name"></main>`, body)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestWatchSeesWhatAPageMustNotDo(t *testing.T) {
	base := serve(t)
	for path := range bad {
		b := New(t, base)
		b.Open(path)
		noticed := func() bool { return len(b.Faults()) > 0 }
		for end := time.Now().Add(patience); !noticed(); time.Sleep(20 * time.Millisecond) { // it is reported a moment later
			if time.Now().After(end) {
				t.Fatalf("%s is not noticed", path)
			}
		}
		b.Allow("") // more of it
		if title := b.Ask("document.title"); title != "A page" {
			t.Errorf("%s ran: %s", path, title)
		}
	}
	b := New(t, base)
	b.Open("/good")
	if faults := b.Faults(); len(faults) != 0 {
		t.Errorf("a good page: %s", strings.Join(faults, "; "))
	}
	b.Open("/nowhere") // an answer like any other
	b.Faultless()
}

func TestTabsAreStrangers(t *testing.T) {
	base := serve(t)
	a, b := New(t, base), New(t, base)
	a.SetCookie(&http.Cookie{Name: "session", Value: "x"})
	a.Open("/good")
	b.Open("/good")
	a.Eval(`localStorage.setItem("mine", "yes")`)
	if theirs := b.Ask(`localStorage.getItem("mine")`); theirs != "null" {
		t.Errorf("another tab reads %q", theirs)
	}
	a.Press("Tab", "h", "i")
	if typed := a.Value("#name"); typed != "hi" {
		t.Errorf("typed %q", typed)
	}
	a.Theme("dark")
	if dark := a.Ask(`matchMedia("(prefers-color-scheme: dark)").matches`); dark != "true" {
		t.Error("the system is not dark")
	}
	a.Width(320)
	if wide := a.Ask("innerWidth"); wide != "320" {
		t.Errorf("%s pixels wide", wide)
	}
}

func TestPasskeyIsMadeAndUsed(t *testing.T) {
	b := New(t, strings.Replace(serve(t), "127.0.0.1", "localhost", 1))
	b.Passkey()
	b.Open("/good")
	made := b.Ask(`navigator.credentials.create({publicKey: {challenge: new Uint8Array(32), rp: {id: "localhost", name: "Test"},
		user: {id: new Uint8Array([1]), name: "ada", displayName: "Ada"}, pubKeyCredParams: [{type: "public-key", alg: -7}],
		authenticatorSelection: {residentKey: "required", userVerification: "required"}}}).then(c => c.type)`)
	used := b.Ask(`navigator.credentials.get({publicKey: {challenge: new Uint8Array(32), rpId: "localhost", userVerification: "required"}})
		.then(c => new Uint8Array(c.response.userHandle)[0])`)
	if made != "public-key" || used != "1" {
		t.Errorf("made %s, used by %s", made, used)
	}
}
