package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/auth"
)

// hostile are values that no page of ours sends.
var hostile = []string{"a\x00b", "\xff\xfe", `%\'`, "-1", "99999999999999999999", "9999-12-31T23:59:59Z"}

// TestHostileQueriesAreAnswered: whatever stands in an address is understood
// or refused, and is never a fault of ours or a file that breaks off.
func TestHostileQueriesAreAnswered(t *testing.T) {
	w := newWalked(t)
	asked := 0
	for _, op := range w.operations() {
		if op.Method != http.MethodGet || op.unfurnished() {
			continue
		}
		path, _ := w.fill(op, w.ours)
		for _, p := range op.Parameters {
			for _, v := range hostile {
				at := path + "?" + url.Values{p.Name: {v}}.Encode()
				if p.In == "path" {
					if at = strings.Replace(Base+op.path, "{"+p.Name+"}", url.PathEscape(v), 1); strings.Contains(at, "{") {
						continue
					}
				}
				rec := w.call(auth.Identity{User: "ada", Role: auth.Administrator}, op.Method, at, "", "")
				if rec.Code >= http.StatusInternalServerError {
					t.Errorf("%s with %s %q = %d %s", op.OperationID, p.Name, v, rec.Code, rec.Body)
				}
				asked++
			}
		}
	}
	if asked < 500 {
		t.Errorf("%d questions were asked, want some for every parameter", asked)
	}
}

// TestOperatorsDoNotSeeWhoWaived: an operator talks with the CERT, not with
// one of its people.
func TestOperatorsDoNotSeeWhoWaived(t *testing.T) {
	line := inventory.FindingLine{Finding: inventory.Finding{Waiver: inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, By: "ada"}}}
	for who, want := range map[auth.Identity]string{
		{User: "otto", Role: auth.Operator, Org: "ORG-1"}: "CERT",
		{User: "bo", Role: auth.Analyst}:                  "ada",
	} {
		got := lineFor(auth.WithIdentity(t.Context(), who))(line)
		if got.WaiverInfo == nil || got.WaiverInfo.By != want {
			t.Errorf("to %s it was %+v, want %s", who.Role, got.WaiverInfo, want)
		}
	}
}

// TestOperatorsDoNotSeeWhoPermitted: neither in a list nor alone.
func TestOperatorsDoNotSeeWhoPermitted(t *testing.T) {
	f := apitest.New()
	f.Auths[0].DecidedBy = "ada"
	h := newAPI(t, f)
	for _, path := range []string{"/authorizations", "/authorizations?state=active", "/authorizations/AUTH-9"} {
		for role, want := range map[auth.Role]bool{auth.OperatorAdmin: false, auth.Analyst: true} {
			rec := call(h, role, http.MethodGet, Base+path, "")
			if got := strings.Contains(rec.Body.String(), `"ada"`); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "AUTH-9") || got != want {
				t.Errorf("%s as %s = %d %s", path, role, rec.Code, rec.Body)
			}
		}
	}
}

// revocable are tokens until they are revoked.
type revocable struct {
	auth.Tokens
	revoked bool
}

func (r *revocable) UserByToken(ctx context.Context, secret string) (auth.Identity, error) {
	if r.revoked {
		return auth.Identity{}, inventory.ErrNotFound
	}
	return r.Tokens.UserByToken(ctx, secret)
}

// A lateBody does something when it is read.
type lateBody struct {
	io.Reader
	first func()
}

func (b *lateBody) Read(p []byte) (int, error) {
	b.first()
	return b.Reader.Read(p)
}

// TestSlowBodiesAreNobodysForever: who has lost the token while the body was on
// its way does nothing with it.
func TestSlowBodiesAreNobodysForever(t *testing.T) {
	f := apitest.New()
	tokens := &revocable{Tokens: f}
	d := deps(f)
	d.Tokens = tokens
	before := len(f.Orgs)
	r := httptest.NewRequest(http.MethodPost, Base+"/organizations", &lateBody{
		strings.NewReader(`{"name":"Grid","sector":"energy","country":"LK","time_zone":"UTC","criticality":"high"}`), func() { tokens.revoked = true },
	})
	r.Header.Set("Authorization", "Bearer "+auth.TokenPrefix+string(auth.Analyst))
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	New(d).ServeHTTP(rec, r)
	if rec.Code != http.StatusUnauthorized || len(f.Orgs) != before {
		t.Errorf("answer = %d %s, and %d organisations were made", rec.Code, rec.Body, len(f.Orgs)-before)
	}
	if policy := rec.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("an answer of the API may load %q", policy)
	}
}

// TestListsOfOrganizationsAreHeldToOwn: another organisation among several is
// found no more than one alone, and none is one's own.
func TestListsOfOrganizationsAreHeldToOwn(t *testing.T) {
	ctx := auth.WithIdentity(t.Context(), auth.Identity{User: "otto", Role: auth.OperatorAdmin, Org: "ORG-1"})
	type many struct {
		Body struct {
			Orgs []string `json:"org_ids"`
		}
	}
	for given, want := range map[string]string{"": "ORG-1", "ORG-1": "ORG-1", "ORG-1 ORG-2": ""} {
		var in many
		in.Body.Orgs = strings.Fields(given)
		err := holdToOwn(ctx, "/assets", &in)
		if want == "" && !errors.Is(err, inventory.ErrNotFound) || want != "" && (err != nil || strings.Join(in.Body.Orgs, " ") != want) {
			t.Errorf("of %q became %v, %v", given, in.Body.Orgs, err)
		}
	}
}

// TestNobodyRaisesThemselves: the table gives what makes somebody mightier to
// administrators alone, and no invitation of an organisation's leads further.
func TestNobodyRaisesThemselves(t *testing.T) {
	for _, op := range []string{"set-account-role", "create-token", "revoke-token", "create-first-invitation", "allow-scanning"} {
		for _, role := range auth.Roles() {
			if May(op, role) != (role == auth.Administrator) {
				t.Errorf("%s may call %s: %t", role, op, May(op, role))
			}
		}
	}
	w := newWalked(t)
	for _, role := range []auth.Role{auth.Administrator, auth.Analyst, auth.Auditor} {
		rec := w.call(people(w.ours, auth.OperatorAdmin), http.MethodPost, Base+"/invitations", `{"role":"`+string(role)+`"}`, "application/json")
		if rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("an operator's administrator inviting an %s = %d %s", role, rec.Code, rec.Body)
		}
	}
}
