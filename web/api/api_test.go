package api

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/run"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestContract holds the API to openapi.json, so that a change to it is seen
// in review.
func TestContract(t *testing.T) {
	got := newServer(deps(apitest.New()), http.NewServeMux()).spec()
	if *update {
		if err := os.WriteFile("openapi.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the API's contract changed (-openapi.json +code); if that is meant, run go test ./web/api -update:\n%s", diff)
	}
	served := call(newAPI(t, apitest.New()), auth.Operator, http.MethodGet, "/api/v1/openapi.json", "")
	if served.Code != http.StatusOK || served.Body.String() != string(got) {
		t.Errorf("GET openapi.json = %d and %d bytes, want the contract", served.Code, served.Body.Len())
	}
}

// An endpoint is one operation of the contract with its path filled in.
type endpoint struct{ id, method, path string }

func endpoints(t *testing.T) []endpoint {
	t.Helper()
	s := newServer(deps(apitest.New()), http.NewServeMux())
	fill := strings.NewReplacer("{id}", "X-99", "{user}", "amara", "{name}", "cli")
	var out []endpoint
	for path, item := range s.api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{
			"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete,
		} {
			if op != nil {
				out = append(out, endpoint{op.OperationID, method, Base + fill.Replace(path)})
			}
		}
	}
	return out
}

// TestAccess walks every route as every role: who is not in the table's line
// is refused before anything is looked at, who is gets further.
func TestAccess(t *testing.T) {
	h := newAPI(t, apitest.New())
	seen := map[string]bool{}
	for _, e := range endpoints(t) {
		seen[e.id] = true
		roles, ok := access[e.id]
		if !ok {
			t.Errorf("operation %s has no line in access", e.id)
			continue
		}
		may := map[auth.Role]bool{}
		for _, r := range roles {
			may[r] = true
		}
		if !may[auth.Administrator] {
			t.Errorf("operation %s is closed to administrators", e.id)
		}
		for _, role := range auth.Roles() {
			w := call(h, role, e.method, e.path, "")
			var p wire.Problem
			_ = json.Unmarshal(w.Body.Bytes(), &p) // no problem is none
			refused := w.Code == http.StatusForbidden && strings.Contains(p.Detail, "with role")
			if refused == may[role] {
				t.Errorf("%s %s as %s = %d %s, want refusal %t", e.method, e.path, role, w.Code, p.Detail, !may[role])
			}
		}
		wantNobody := http.StatusUnauthorized
		if e.id == "verify-report" { // the one that is for everybody
			wantNobody = http.StatusNotFound
		}
		if w := call(h, "", e.method, e.path, ""); w.Code != wantNobody {
			t.Errorf("%s %s without identity = %d, want %d", e.method, e.path, w.Code, wantNobody)
		}
		if w := call(h, "emperor", e.method, e.path, ""); w.Code != http.StatusUnauthorized {
			t.Errorf("%s %s with an unknown token = %d, want 401", e.method, e.path, w.Code)
		}
	}
	for id := range access {
		if !seen[id] {
			t.Errorf("access has a line for %s, which is no operation", id)
		}
	}
}

// TestAnswersKeepTheContract holds what is sent to what openapi.json says.
func TestAnswersKeepTheContract(t *testing.T) {
	f := apitest.New()
	f.Issued = []run.Edition{sentEdition()}
	f.Published = []advisory.Bulletin{{ID: "ADV-1", TLP: advisory.Green, Texts: []advisory.Translation{{Language: advisory.Source}}}}
	h := newAPI(t, f)
	for _, made := range []struct{ path, body string }{
		{"/scans", `{"org_id":"ORG-1","profile":"standard"}`},
		{"/schedules", `{"org_id":"ORG-1","cron":"0 2 * * 1","profile":"standard"}`},
		{"/exclusions", `{"name":"www.example.org","reason":"x","until":"2027-01-01T00:00:00Z"}`},
		{"/advisories", `{"check":"cii-telnet","tlp":"green"}`},
		{"/agreements", `{"team":"TEAM-1","reference":"MoU 2022/17","effective_at":"2026-01-01","take":{"categories":["exposure"],"ceiling":"amber"}}`},
		{"/releases", `{"advisory_id":"ADV-1","peer_id":"TEAM-1"}`},
		{"/sources", `{"peer_id":"TEAM-1","channel":"csaf","url":"https://cert.nowhere.example/feed"}`},
		{"/peers/TEAM-1/keys", `{"openpgp":"-----BEGIN PGP PUBLIC KEY BLOCK-----","verified_by":"a","verified_how":"b","reason":"c"}`},
		{"/advisories/ADV-1/comments", `{"text":"say since when"}`},
		{"/inbox/IN-1/answers", `{"usefulness":4}`},
		{"/findings/F-1/waiver", `{"kind":"disputed","reason":"x","until":"2027-01-01T00:00:00Z"}`},
	} {
		if w := call(h, auth.Administrator, http.MethodPost, Base+made.path, made.body); w.Code >= 300 {
			t.Fatalf("POST %s = %d %s", made.path, w.Code, w.Body)
		}
	}
	ids := map[string]string{
		"organizations": "ORG-1", "assets": "A-1", "findings": "F-1", "evidence": "e1",
		"scans": "S-1", "schedules": "SCH-1", "advisories": "ADV-1", "peers": "TEAM-1", "agreements": "AGR-1", "releases": "REL-1", "inbox": "IN-1", "disputes": "D-1",
		"notices":     "N-1",
		"report-runs": "RUN-1", "reports": "weekly-ORG-1-2026-W47", "verify": "weekly-ORG-1-2026-W47",
		"accounts": "ACC-1", "invitations": "INV-1", "authorizations": "AUTH-9", "imports": "IMP-1",
		"bulletins": "ADV-1",
	}
	s := newServer(deps(f), http.NewServeMux())
	schemas := s.api.OpenAPI().Components.Schemas
	checked := 0
	for path, item := range s.api.OpenAPI().Paths {
		if item.Get == nil || item.Get.Responses["200"].Content["application/json"] == nil {
			continue
		}
		schema := item.Get.Responses["200"].Content["application/json"].Schema
		if schema.Format == "binary" {
			continue
		}
		collection := strings.Split(path, "/")[1]
		w := call(h, auth.Administrator, http.MethodGet, Base+strings.NewReplacer("{id}", ids[collection], "{evidence}", "e1").Replace(path), "")
		var body any
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != http.StatusOK {
			t.Errorf("GET %s = %d %s %v", path, w.Code, w.Body, err)
			continue
		}
		var res huma.ValidateResult
		huma.Validate(schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, &res)
		if len(res.Errors) > 0 {
			t.Errorf("GET %s answers against the contract: %v\n%s", path, res.Errors, w.Body)
		}
		checked++
	}
	if checked < 40 {
		t.Errorf("checked %d answers, want all kinds of objects", checked)
	}
}

func TestErrorsBecomeProblems(t *testing.T) {
	secret := errors.New("pq: password of user ciiscan is hunter2")
	for _, c := range []struct {
		name   string
		err    error
		status int
		kind   string
	}{
		{"invalid", &inventory.InputError{Field: "cursor", Message: "stale"}, 422, wire.KindInvalid},
		{"not found", fmt.Errorf("organization ORG-9: %w", inventory.ErrNotFound), 404, wire.KindNotFound},
		{"conflict", fmt.Errorf("create: %w", inventory.ErrConflict), 409, wire.KindConflict},
		{"out of scope", fmt.Errorf("192.0.2.1: %w", inventory.ErrOutOfScope), 403, wire.KindOutOfScope},
		{"forbidden", inventory.ErrForbidden, 403, wire.KindForbidden},
		{"unavailable keeps the cause to itself", fmt.Errorf("%w: %w", inventory.ErrUnavailable, secret), 503, wire.KindUnavailable},
		{"fault keeps the cause to itself", secret, 500, wire.KindFault},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := apitest.New()
			f.Fails = c.err
			w := call(newAPI(t, f), auth.Auditor, http.MethodGet, "/api/v1/organizations", "")
			if ct := w.Header().Get("Content-Type"); w.Code != c.status || ct != problemType {
				t.Fatalf("status and type = %d %s, want %d %s", w.Code, ct, c.status, problemType)
			}
			var p wire.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			if p.Kind != c.kind || p.Status != c.status || p.Detail == "" || p.RequestID != w.Header().Get("X-Request-Id") {
				t.Errorf("problem = %+v, want kind %s, the status and the request's id", p, c.kind)
			}
			if strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("problem tells the secret: %s", w.Body)
			}
		})
	}
}

func TestMistakesHavePlaces(t *testing.T) {
	const orgs = "/api/v1/organizations"
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		want                     []wire.ProblemDetail // Value left out
	}{
		{
			"unknown word", http.MethodPost, orgs, `{"name":"Grid","sector":"enrgy","country":"LK"}`, 422,
			[]wire.ProblemDetail{{
				Location: "body.sector", Message: "unknown sector",
				Hint: "use one of: energy, banking, telecom, transport, health, government, water, defence, industry, other",
			}},
		},
		{
			"missing field", http.MethodPost, orgs, `{"name":"Grid","country":"LK"}`, 422,
			[]wire.ProblemDetail{{Location: "body.sector", Message: "is missing"}},
		},
		{
			"misspelt field", http.MethodPost, orgs, `{"name":"Grid","sector":"energy","country":"LK","critcality":"high"}`, 422,
			[]wire.ProblemDetail{{Location: "body.critcality", Message: "unknown field", Hint: "see /api/v1/openapi.json for the fields"}},
		},
		{
			"a number where a text belongs", http.MethodPost, orgs, `{"name":7,"sector":"energy","country":"LK"}`, 422,
			[]wire.ProblemDetail{{Location: "body.name", Message: "expected string", Hint: `write it in quotes, such as "text"`}},
		},
		{
			"a text where a whole number belongs", http.MethodPost, "/api/v1/inbox/IN-1/answers", `{"usefulness":"much"}`, 422,
			[]wire.ProblemDetail{{Location: "body.usefulness", Message: "expected integer", Hint: "write a whole number without quotes, such as 72"}},
		},
		{
			"limit beyond the page", http.MethodGet, orgs + "?limit=501", "", 422,
			[]wire.ProblemDetail{{Location: "query.limit", Message: "expected number <= 500"}},
		},
		{
			"misspelt filter", http.MethodGet, "/api/v1/findings?orgs=ORG-1", "", 422,
			[]wire.ProblemDetail{{Location: "query.orgs", Message: "unknown field", Hint: "see /api/v1/openapi.json for the fields"}},
		},
		{
			"unknown word in a filter of several", http.MethodGet, "/api/v1/findings?severity=huge", "", 422,
			[]wire.ProblemDetail{{Location: "query.severity", Message: "unknown severity", Hint: "use one of: info, low, medium, high, critical"}},
		},
		{
			"empty field", http.MethodPost, "/api/v1/tokens", `{"user":"","name":"cli","role":"auditor","expires":"2027-01-31T00:00:00Z"}`, 422,
			[]wire.ProblemDetail{{Location: "body.user", Message: "is missing"}},
		},
		{
			"stale cursor", http.MethodGet, orgs + "?cursor=zzz", "", 422,
			[]wire.ProblemDetail{{Location: "query.cursor", Message: "not a cursor of this list"}},
		},
		{
			"a day where a moment belongs", http.MethodPost, "/api/v1/exclusions", `{"prefix":"192.0.2.0/24","reason":"x","until":"2027-01-01"}`, 422,
			[]wire.ProblemDetail{{Location: "body.until", Message: "not a time", Hint: "write it like 2027-01-31T00:00:00Z"}},
		},
		{
			"host bits in a prefix", http.MethodPost, "/api/v1/exclusions", `{"prefix":"192.0.2.5/24","reason":"x","until":"2027-01-01T00:00:00Z"}`, 422,
			[]wire.ProblemDetail{{
				Location: "body.prefix", Message: "has bits set behind its length",
				Hint: "write 192.0.2.0/24 for the whole net, or 192.0.2.5 for the one host",
			}},
		},
		{"no JSON", http.MethodPost, orgs, `{"name":`, 400, []wire.ProblemDetail{{Location: "body", Message: "unexpected end of JSON input"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := call(newAPI(t, apitest.New()), auth.Administrator, c.method, c.path, c.body)
			var p wire.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			for i := range p.Errors {
				p.Errors[i].Value = ""
			}
			if diff := cmp.Diff(c.want, p.Errors); diff != "" || w.Code != c.status || w.Header().Get("Content-Type") != problemType {
				t.Errorf("%d %s (-want +got):\n%s", w.Code, w.Body, diff)
			}
		})
	}
}

func TestEveryMistakeIsTold(t *testing.T) {
	w := call(newAPI(t, apitest.New()), auth.Analyst, http.MethodPost, "/api/v1/organizations",
		`{"name":"  ","sector":"energy","country":"ZZ","time_zone":"Mars/Base"}`)
	var p wire.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, e := range p.Errors {
		places = append(places, e.Location)
	}
	if len(places) < 3 || !strings.HasPrefix(p.Detail, fmt.Sprintf("%d mistakes", len(places))) {
		t.Errorf("mistakes at %q, detail %q, want name, country and time zone", places, p.Detail)
	}
}

func TestUnknownRoute(t *testing.T) {
	w := call(newAPI(t, apitest.New()), auth.Analyst, http.MethodGet, "/api/v1/planets", "")
	if w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != problemType {
		t.Errorf("unknown route = %d %s, want a problem 404", w.Code, w.Header().Get("Content-Type"))
	}
}

func TestPanicIsAFault(t *testing.T) {
	d := deps(apitest.New())
	d.Health = nil // a nil function panics when called
	w := call(New(d), auth.Analyst, http.MethodGet, "/api/v1/health", "")
	var p wire.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 500 || p.Kind != wire.KindFault {
		t.Errorf("panic = %d %s %v, want a fault", w.Code, w.Body, err)
	}
}
