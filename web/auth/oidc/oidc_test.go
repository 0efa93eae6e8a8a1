package oidc_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/oidc"
	"github.com/ciiscan/ciiscan/web/auth/oidc/oidctest"
)

const redirect = "https://ciiscan.cert.example/sign-in/provider"

func newProvider(t *testing.T) (*oidctest.Provider, *oidc.Provider) {
	t.Helper()
	there := oidctest.New(t)
	there.Person("s1", map[string]any{"preferred_username": "Amara", "groups": []string{"staff", "cert=analysts"}})
	p, err := oidc.New(oidc.Config{
		Issuer: there.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret, GroupsClaim: "groups", Redirect: redirect,
		Roles: []string{"admins=administrator", "cert=analysts=analyst", "grid=operator:ORG-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return there, p
}

// visit goes to the provider, and returns what it sends the browser back with.
func visit(t *testing.T, p *oidc.Provider) (json.RawMessage, url.Values) {
	t.Helper()
	address, flow, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	back, err := res.Location()
	if err != nil || !strings.HasPrefix(back.String(), redirect+"?") {
		t.Fatalf("the provider leads to %s, %v (%s)", back, err, res.Status)
	}
	return flow, back.Query()
}

func TestProviderVouches(t *testing.T) {
	there, p := newProvider(t)
	for _, c := range []struct {
		claims map[string]any
		want   account.Foreign
	}{
		{map[string]any{"preferred_username": "Amara", "groups": []string{"staff", "cert=analysts"}}, account.Foreign{Name: "amara", Role: account.Analyst}},
		{map[string]any{"email": "bimal@grid.example", "groups": "grid"}, account.Foreign{Name: "bimal@grid.example", Role: account.Operator, Org: "ORG-1"}},
		{
			map[string]any{"preferred_username": "c d", "email": "chandra@cert.example", "groups": []any{1, "cert=analysts", "admins"}},
			account.Foreign{Name: "chandra@cert.example", Role: account.Administrator},
		}, // the first line that fits
	} {
		there.Person("s1", c.claims)
		flow, query := visit(t, p)
		got, err := p.Finish(t.Context(), flow, query)
		c.want.Issuer, c.want.Subject = there.URL, "s1"
		if err != nil || got != c.want {
			t.Errorf("%v = %+v, %v, want %+v", c.claims, got, err, c.want)
		}
	}
	there.Person("s1", map[string]any{"groups": "admins"})
	flow, query := visit(t, p)
	if got, err := p.Finish(t.Context(), flow, query); err != nil || !strings.HasPrefix(got.Name, "oidc-") {
		t.Errorf("somebody without a name = %+v, %v", got, err)
	}
}

func TestWithoutRole(t *testing.T) {
	there, p := newProvider(t)
	for _, groups := range []any{nil, "staff", []string{"cert", "grid "}, map[string]any{"admins": true}} {
		there.Person("s1", map[string]any{"preferred_username": "amara", "groups": groups})
		flow, query := visit(t, p)
		if got, err := p.Finish(t.Context(), flow, query); !errors.Is(err, account.ErrNoRole) || got.Name != "amara" || got.Role != "" {
			t.Errorf("groups %v = %+v, %v", groups, got, err)
		}
	}
}

func TestForgedAnswers(t *testing.T) {
	for name, forge := range map[string]func(map[string]any){
		"nonce":       func(c map[string]any) { c["nonce"] = "another" },
		"no nonce":    func(c map[string]any) { delete(c, "nonce") },
		"audience":    func(c map[string]any) { c["aud"] = "another-client" },
		"no audience": func(c map[string]any) { delete(c, "aud") },
		"expired":     func(c map[string]any) { c["exp"] = c["iat"].(int64) - 3600 },
		"issuer":      func(c map[string]any) { c["iss"] = "https://evil.example" },
	} {
		there, p := newProvider(t)
		there.Forge(forge)
		flow, query := visit(t, p)
		if got, err := p.Finish(t.Context(), flow, query); !errors.Is(err, account.ErrAnswer) || got != (account.Foreign{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	there, p := newProvider(t)
	there.SignAsStranger(t)
	flow, query := visit(t, p)
	if _, err := p.Finish(t.Context(), flow, query); !errors.Is(err, account.ErrAnswer) {
		t.Errorf("a stranger's signature = %v", err)
	}
}

func TestAnswersOfAnotherSignIn(t *testing.T) {
	_, p := newProvider(t)
	flow, query := visit(t, p)
	otherFlow, otherQuery := visit(t, p)
	for name, c := range map[string]struct {
		flow  json.RawMessage
		query url.Values
	}{
		"another's state":            {flow, otherQuery},
		"no state":                   {flow, url.Values{"code": query["code"]}},
		"another's code":             {flow, url.Values{"code": otherQuery["code"], "state": query["state"]}}, // PKCE
		"the provider's own refusal": {otherFlow, url.Values{"error": {"access_denied"}, "state": otherQuery["state"]}},
		"a flow of nothing":          {json.RawMessage(`{}`), url.Values{"code": query["code"], "state": {""}}},
	} {
		if got, err := p.Finish(t.Context(), c.flow, c.query); !errors.Is(err, account.ErrAnswer) {
			t.Errorf("%s = %+v, %v", name, got, err)
		}
	}
	if _, err := p.Finish(t.Context(), flow, query); err != nil {
		t.Fatalf("the answer itself = %v", err)
	}
	if _, err := p.Finish(t.Context(), flow, query); !errors.Is(err, account.ErrAnswer) {
		t.Errorf("the answer once more = %v", err)
	}
}

func TestProviderMayBeAway(t *testing.T) {
	there, p := newProvider(t)
	there.Away(true)
	if p.Away() {
		t.Error("it was never asked")
	}
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() {
			if err := p.Look(t.Context()); !errors.Is(err, inventory.ErrUnavailable) || !p.Away() {
				t.Errorf("Look = %v, away %t", err, p.Away())
			}
		})
	}
	crowd.Wait()
	there.Away(false)
	left, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, _ = p.Begin(left) // who goes away spoils nothing
	if _, _, err := p.Begin(t.Context()); err != nil || p.Away() {
		t.Errorf("it is back: %v, away %t", err, p.Away())
	}
}

func TestRolesAreChecked(t *testing.T) {
	for _, line := range []string{"admins", "=analyst", "admins=king", "grid=operator", "cert=analyst:ORG-1", ""} {
		if _, err := oidc.New(oidc.Config{Roles: []string{line}}); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("%q = %v", line, err)
		}
	}
}
