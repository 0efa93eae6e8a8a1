package api

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/auth"
)

// txt is the DNS, as far as TXT records go.
type txt map[string]string

func (t txt) LookupTXT(_ context.Context, name string) ([]string, error) {
	if t == nil {
		return nil, fmt.Errorf("no resolver answered: %w", inventory.ErrUnavailable)
	}
	return []string{"v=spf1 -all", t[name]}, nil
}

// Whoever says that a record is there must be right.
func TestProofByDNSIsLookedFor(t *testing.T) {
	const body = `{"org_id":"ORG-1","names":["*.example.org"],"method":"dns","reference":"ciiscan=abc",` +
		`"from":"2026-01-01T00:00:00Z","until":"2027-01-01T00:00:00Z","level":"standard"}`
	for _, c := range []struct {
		reason string
		dns    txt
		status int
	}{
		{"the record holds it", txt{"_ciiscan.example.org": "ciiscan=abc"}, http.StatusCreated},
		{"another value", txt{"_ciiscan.example.org": "ciiscan=abd"}, http.StatusUnprocessableEntity},
		{"another place", txt{"example.org": "ciiscan=abc"}, http.StatusUnprocessableEntity},
		{"nobody answers", nil, http.StatusServiceUnavailable},
	} {
		d := deps(apitest.New())
		d.Names = c.dns
		if w := call(New(d), auth.Analyst, http.MethodPost, "/api/v1/authorizations", body); w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", c.reason, w.Code, w.Body, c.status)
		}
	}
}
