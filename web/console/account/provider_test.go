package account_test

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	rules "github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/oidc"
	"github.com/ciiscan/ciiscan/web/auth/oidc/oidctest"
	"github.com/ciiscan/ciiscan/web/auth/signin"
)

// withProvider makes a world into which a provider lets people. Its answers
// lead to a console of another address, which the tests put right.
func withProvider(t *testing.T, with ...func(*signin.Options)) (*world, *oidctest.Provider) {
	t.Helper()
	there := oidctest.New(t)
	p, err := oidc.New(oidc.Config{
		Issuer: there.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret, GroupsClaim: "groups", Redirect: site + "/sign-in/provider",
		Roles: []string{"analysts=analyst", "auditors=auditor"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return newWorld(t, append(with, func(o *signin.Options) { o.Provider = p })...), there
}

var onward = regexp.MustCompile(`<p><a href="([^"]*)">`)

// go there goes to the provider, and returns the path to which it leads back.
func (b *browser) visit(next string) string {
	b.w.t.Helper()
	page := b.post("/sign-in/provider", "next", next)
	b.w.want("the way to the provider", page, 200)
	address := html.UnescapeString(onward.FindStringSubmatch(page.Body)[1])
	if page.Header.Get("Refresh") != "0; url="+address {
		b.w.t.Errorf("the page goes on to %q, its link to %q", page.Header.Get("Refresh"), address)
	}
	r, err := http.NewRequestWithContext(b.w.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.w.t.Fatal(err)
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close()
	return strings.TrimPrefix(res.Header.Get("Location"), site)
}

func person1(groups ...string) (string, map[string]any) {
	return "s1", map[string]any{"preferred_username": "amara", "groups": groups}
}

func TestSignInByProvider(t *testing.T) {
	w, there := withProvider(t)
	there.Person(person1("analysts"))
	b := w.browser()
	w.want("the way in", b.get("/sign-in"), 200, "Sign in by "+strings.TrimPrefix(there.URL, "http://"))
	back := b.visit("/account")
	w.want("the answer in another browser", w.browser().get(back), 403, "The provider&#39;s answer did not fit")
	if page := b.get(back); page.Path != "/account" || !strings.Contains(page.Body, "Your provider vouches for you") {
		t.Fatalf("the answer leads to %s = %d\n%s", page.Path, page.Status, page.Body)
	}
	w.want("the answer again", b.get(back), 403, "The provider&#39;s answer did not fit")
	w.want("a password for the account", w.browser().post("/sign-in", "name", "amara", "password", pass), 422)
	w.want("a passkey for it", b.post("/account/passkeys/ask"), 409)

	there.Person(person1("auditors"))
	other := w.browser()
	w.want("with other groups", other.get(other.visit("/account")), 200, "auditor")
	if page := b.get("/account"); page.Path != "/sign-in" {
		t.Error("the session with the role of before goes on")
	}

	there.Person(person1("staff"))
	gone := w.browser()
	w.want("without a group that counts", gone.get(gone.visit("/account")), 403, "You have no role here", "Ask an administrator for a group")
	if page := other.get("/account"); page.Path != "/sign-in" {
		t.Error("who has lost the role is still signed in")
	}

	there.Person("s2", map[string]any{"preferred_username": "amara", "groups": "analysts"})
	namesake := w.browser()
	w.want("somebody of the same name", namesake.get(namesake.visit("/")), 403, "Another account has your name")
}

// steps notes what is kept between two requests.
type steps struct {
	signin.Store
	kept []string
}

func (s *steps) KeepStep(ctx context.Context, kind string, data any, life time.Duration) (string, error) {
	b, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	s.kept = append(s.kept, string(b))
	return s.Store.KeepStep(ctx, kind, data, life)
}

// TestNobodyFillsTheDatabaseAtTheDoor: what is kept on the way to the provider
// is a form of this console, and not what a stranger sends.
func TestNobodyFillsTheDatabaseAtTheDoor(t *testing.T) {
	kept := &steps{}
	w, there := withProvider(t, func(o *signin.Options) { kept.Store, o.Store = o.Store, kept })
	there.Person(person1("analysts"))
	w.want("a form to come back to", w.browser().post("/sign-in/provider", "kept", w.browser().post("/things", "note", "words").field("kept")), 200)
	w.want("whatever it is", w.browser().post("/sign-in/provider", "kept", strings.Repeat("A", 500_000)), 200)
	if len(kept.kept) != 2 || !strings.Contains(kept.kept[0], "eyJ") || len(kept.kept[1]) > 1000 {
		t.Errorf("kept %.2000q", kept.kept)
	}
}

func TestForgedAnswerOfTheProvider(t *testing.T) {
	w, there := withProvider(t)
	there.Person(person1("analysts"))
	there.Forge(func(claims map[string]any) { claims["aud"] = "another-client" })
	b := w.browser()
	w.want("a token for somebody else", b.get(b.visit("/account")), 403, "The provider&#39;s answer did not fit")
	there.Forge(func(map[string]any) {})
	back := b.visit("/account")
	path, query, _ := strings.Cut(back, "?")
	changed, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	changed.Set("state", "another")
	w.want("another state", b.get(path+"?"+changed.Encode()), 403, "The provider&#39;s answer did not fit")
	w.want("the right one after it", b.get(back), 403, "The provider&#39;s answer did not fit") // a sign-in is answered once
	if page := b.get("/account"); page.Path != "/sign-in" {
		t.Errorf("somebody is signed in: %s", page.Path)
	}
}

func TestProviderIsAway(t *testing.T) {
	w, there := withProvider(t)
	p := w.enrol("bimal", rules.Analyst) // people with passwords need no provider
	there.Away(true)
	b := w.browser()
	w.want("the way to it", b.post("/sign-in/provider", "next", "/account"), 503, "The provider does not answer")
	w.want("the page says so", b.get("/sign-in"), 200, "did not answer when it was last asked")
	if page := p.signIn(b, p.code(), "next", "/account"); page.Path != "/account" {
		t.Errorf("without the provider to %s", page.Path)
	}
	there.Away(false)
	there.Person(person1("analysts"))
	back := w.browser()
	w.want("it is back", back.get(back.visit("/account")), 200, "amara")
	if page := w.browser().get("/sign-in"); strings.Contains(page.Body, "did not answer") {
		t.Error("the page still says that it is away")
	}
}
