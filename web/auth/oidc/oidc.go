// Package oidc lets people sign in by an OpenID Connect provider: code flow
// with PKCE, state and nonce. Which role a person has, the provider's groups
// say, by a table that the administrator writes.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// timeout bounds one question to the provider.
const timeout = 15 * time.Second

// Config is what an administrator says of the provider.
type Config struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	GroupsClaim  string
	Roles        []string // "group=role" or "group=operator:ORG-1"; the first that fits counts
	Redirect     string   // our address to which the provider leads back
}

// A Provider vouches for people.
type Provider struct {
	config Config
	roles  []grant
	http   *http.Client

	asking singleflight.Group            // so that a crowd waits once for one that is away
	found  atomic.Pointer[oidc.Provider] // nil until it answered
	away   atomic.Bool
}

// A grant is the role of a group.
type grant struct {
	group string
	role  account.Role
	org   inventory.OrganizationID
}

// New makes a provider of a config, without asking it anything yet: it may be
// down when we start.
func New(c Config) (*Provider, error) {
	roles, err := parseRoles(c.Roles)
	if err != nil {
		return nil, err
	}
	return &Provider{config: c, roles: roles, http: &http.Client{Timeout: timeout}}, nil
}

func parseRoles(lines []string) ([]grant, error) {
	var out []grant
	var errs []error
	for _, line := range lines {
		group, role, ok := cutLast(strings.TrimSpace(line), "=")
		role, org, _ := strings.Cut(role, ":")
		g := grant{group: group, role: account.Role(role), org: inventory.OrganizationID(org)}
		if err := account.CheckRole(g.role, g.org); !ok || group == "" || err != nil {
			errs = append(errs, &inventory.InputError{
				Field: "oidc.roles", Value: line, Message: "is not understood",
				Hint: "write group=role, and group=operator:ORG-1 for people of an organisation",
			})
			continue
		}
		out = append(out, g)
	}
	return out, errors.Join(errs...)
}

// cutLast cuts around the last sep: names of groups may have it.
func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// Name is the provider's, for the button that leads to it.
func (p *Provider) Name() string {
	if u, err := url.Parse(p.config.Issuer); err == nil {
		return u.Host
	}
	return p.config.Issuer
}

// A flow is a sign-in that the provider has not answered yet.
type flow struct {
	State    string
	Nonce    string
	Verifier string
}

// Begin returns the address at the provider to which the browser goes, and
// what is kept for the browser until it comes back.
func (p *Provider) Begin(ctx context.Context) (string, json.RawMessage, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", nil, err
	}
	f := flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	kept, err := json.Marshal(f)
	if err != nil {
		return "", nil, fmt.Errorf("keep sign-in at the provider: %w", err)
	}
	return p.client(found).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), kept, nil
}

// Finish reads what the provider sent the browser back with.
func (p *Provider) Finish(ctx context.Context, kept json.RawMessage, query url.Values) (account.Foreign, error) {
	var f flow
	if err := json.Unmarshal(kept, &f); err != nil {
		return account.Foreign{}, fmt.Errorf("read sign-in at the provider: %w", err)
	}
	if f.State == "" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(f.State)) != 1 {
		return account.Foreign{}, fmt.Errorf("%w: another state", account.ErrAnswer)
	}
	if reason := query.Get("error"); reason != "" {
		return account.Foreign{}, fmt.Errorf("%w: it says %q", account.ErrAnswer, inventory.CleanText(reason, 100))
	}
	found, err := p.discover(ctx)
	if err != nil {
		return account.Foreign{}, err
	}
	ctx = oidc.ClientContext(ctx, p.http)
	token, err := p.client(found).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return account.Foreign{}, fmt.Errorf("%w: %w", account.ErrAnswer, err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: p.config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return account.Foreign{}, fmt.Errorf("%w: %w", account.ErrAnswer, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return account.Foreign{}, fmt.Errorf("%w: another nonce", account.ErrAnswer)
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return account.Foreign{}, fmt.Errorf("%w: %w", account.ErrAnswer, err)
	}
	return p.person(id.Subject, claims)
}

// person says who it is and which role the groups give. Without one the
// person is returned all the same, for the log.
func (p *Provider) person(subject string, claims map[string]any) (account.Foreign, error) {
	out := account.Foreign{Issuer: p.config.Issuer, Subject: subject}
	for _, claim := range []string{"preferred_username", "email"} {
		if typed, _ := claims[claim].(string); typed != "" {
			if name, err := account.ParseName(typed); err == nil {
				out.Name = name
				break
			}
		}
	}
	if out.Name == "" { // nothing that could be a name here
		out.Name = "oidc-" + string(account.HashSecret(p.config.Issuer + " " + subject))[:12]
	}
	groups := texts(claims[p.config.GroupsClaim])
	for _, g := range p.roles {
		if slices.Contains(groups, g.group) {
			out.Role, out.Org = g.role, g.org
			return out, nil
		}
	}
	return out, account.ErrNoRole
}

// texts is a claim of one text or of several.
func texts(claim any) []string {
	switch v := claim.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, item := range v {
			if s, ok := item.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// Away tells that the provider did not answer when it was last asked.
func (p *Provider) Away() bool { return p.away.Load() }

// Look asks the provider where it does what, until it has answered once. One
// that is away is inventory.ErrUnavailable, and asked again the next time.
func (p *Provider) Look(ctx context.Context) error {
	_, err := p.discover(ctx)
	return err
}

func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	if found := p.found.Load(); found != nil {
		return found, nil
	}
	answer := p.asking.DoChan("", func() (any, error) {
		// The provider's keys are fetched later with this context's client, and
		// whoever asked first may leave before the others.
		found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.http), p.config.Issuer)
		p.away.Store(err != nil)
		if err != nil {
			return nil, fmt.Errorf("ask the provider %s: %w: %w", p.config.Issuer, inventory.ErrUnavailable, err)
		}
		p.found.Store(found)
		return found, nil
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("ask the provider %s: %w", p.config.Issuer, context.Cause(ctx))
	case got := <-answer:
		found, _ := got.Val.(*oidc.Provider)
		return found, got.Err
	}
}

func (p *Provider) client(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, Endpoint: found.Endpoint(),
		RedirectURL: p.config.Redirect, Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}
}
