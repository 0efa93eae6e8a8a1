package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

// newAPI serves f.
func newAPI(t *testing.T, f *apitest.Fake) http.Handler {
	t.Helper()
	return New(deps(f))
}

func deps(f *apitest.Fake) Deps {
	return Deps{
		Tokens: f, TokenAdmin: f, Accounts: apitest.People{Fake: f}, Organizations: f, Assets: f, Keeping: f, Imports: f, Permits: f, Discoveries: f, Profiles: f, Owners: f, Authorizations: f, Exclusions: f,
		Schedules: f, Scheduler: f, Scans: f, Planner: f, Switch: f, Findings: f, Decisions: f, Handling: f, Checks: f, Feeds: f,
		Weekly: f, Backups: f, Runs: f, Notices: f, Overviews: f, Searches: f, Advisories: f, Drafts: f, Audit: f,
		Consents: f, Teams: f, Credentials: f, Sources: f, Agreements: f, AdvisoryLife: f, Bulletins: f, Releases: f, Inbox: f, Matches: f, Ledger: f, Exchange: f,
		Health:    func(context.Context) (wire.Health, error) { return wire.Health{SchemaVersion: 4}, nil },
		Admit:     []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
		Publisher: "CERT of Nowhere", Namespace: "https://cert.example",
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return apitest.Noon }, Version: "test",
	}
}

// call makes one request as a role; body is JSON unless a type is given.
func call(h http.Handler, role auth.Role, method, path, body string, contentType ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if len(contentType) > 0 {
		r.Header.Set("Content-Type", contentType[0])
	}
	if role != "" {
		r.Header.Set("Authorization", "Bearer "+auth.TokenPrefix+string(role))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
