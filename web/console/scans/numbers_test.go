package scans_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// Every number of a scan leads to a list of as many.
func TestNumbersLeadToAsMany(t *testing.T) {
	w := consoletest.New(t)
	api, ctx := w.API("analyst")
	all, err := api.ScanPage(ctx, url.Values{"limit": {"100"}})
	if err != nil {
		t.Fatal(err)
	}
	some := 0
	for _, s := range all.Items {
		hosts, err := api.ScanHosts(ctx, s.ID, url.Values{"outcome": {"answered"}, "limit": {"500"}})
		if err != nil {
			t.Fatal(err)
		}
		answered := map[string]bool{}
		for _, h := range hosts.Items {
			answered[h.Address] = true
		}
		open, err := api.ScanHosts(ctx, s.ID, url.Values{"services": {"yes"}, "limit": {"500"}})
		if err != nil {
			t.Fatal(err)
		}
		services := map[string]bool{}
		for _, h := range open.Items {
			for _, service := range h.Services {
				port, _, _ := strings.Cut(service, " ")
				services[h.Address+" "+port] = true
			}
		}
		if len(answered) != s.Hosts || len(services) != s.Services {
			t.Errorf("%s: %d hosts and %d services, the lists have %d and %d", s.ID, s.Hosts, s.Services, len(answered), len(services))
		}
		for query, want := range map[string]int{"change=new": s.Findings.New, "change=fixed": s.Findings.Fixed, "": s.Findings.Open} {
			q, _ := url.ParseQuery(query)
			q.Set("scan", s.ID)
			q.Set("limit", "500")
			found, err := api.FindingPage(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(found.Items) != want {
				t.Errorf("%s says %d, and findings?scan=%s&%s has %d", s.ID, want, s.ID, query, len(found.Items))
			}
			if want > 0 {
				some++
			}
		}
	}
	if some < 5 {
		t.Errorf("only %d numbers were more than none", some)
	}
	page := w.As("operator").Get("/scans/S-1/hosts?services=yes")
	if page.Status != http.StatusOK || !page.Has("192.0.2.") || page.Has("198.51.100.") {
		t.Errorf("the addresses of a scan: %d\n%s", page.Status, page.Body)
	}
	if page := w.As("analyst").Get("/scans/S-1/hosts?outcome=waiting"); !page.Has("No address is like that") {
		t.Errorf("addresses that wait:\n%s", page.Body)
	}
}

// The calendar shows when nothing may be scanned, and what must not be.
func TestCalendarShowsWhatIsForbidden(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	until := time.Now().AddDate(0, 0, 3)
	analyst.Post("/exclusions", url.Values{"what": {"192.0.2.0/28"}, "reason": {"a dam <b>wall</b> is mended"}, "until": {until.Format(time.DateOnly)}})
	page := analyst.Get("/calendar")
	for _, want := range []string{"1 order not to scan", "a dam &lt;b&gt;wall&lt;/b&gt; is mended", "192.0.2.0/28"} {
		if !page.Has(want) {
			t.Errorf("no %q in\n%s", want, page.Body)
		}
	}
	if page := w.As("operator").Get("/calendar"); page.Status != http.StatusOK || page.Has("order not to scan") {
		t.Errorf("an operator sees what others must not be scanned for: %d", page.Status)
	}
	api, ctx := w.API("administrator")
	permits, err := api.Authorizations(ctx, string(w.Grid))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range permits {
		if err := w.Store.RevokeAuthorization(w.Context(), "mara", inventory.AuthorizationID(p.ID), "sold"); err != nil && p.State == "active" {
			t.Fatal(err)
		}
	}
	if page := w.As("operator").Get("/calendar"); !page.Has("forbidden all day") {
		t.Errorf("without a permission every hour is forbidden:\n%s", page.Body)
	}
	if page := analyst.Get("/schedules?org=" + string(w.Grid)); !page.Has("no permission is in force") {
		t.Errorf("the schedules of who permits nothing:\n%s", page.Body)
	}
}

// Of what a scan left out none is out of reach, however much it is.
func TestWhatWasLeftOutIsListed(t *testing.T) {
	w := consoletest.New(t)
	if n := w.Plant(`INSERT INTO scan_skips (scan_id, position, asset_id, what, reason)
		SELECT 'S-1', n + 5, 'A-1', '192.0.2.' || n, 'no authorisation covers it' FROM generate_series(1, 105) n`); n != 105 {
		t.Fatalf("%d rows planted", n)
	}
	operator := w.As("operator")
	if page := operator.Get("/scans/S-1"); !page.Has(`<a href="/scans/S-1/skipped">`) {
		t.Errorf("the rest has no link:\n%s", page.Body)
	}
	if page := operator.Get("/scans/S-1/skipped?limit=500"); page.Status != http.StatusOK || !page.Has("192.0.2.105</bdi>") || page.Has("cursor=") {
		t.Errorf("the whole list: %d\n%s", page.Status, page.Body)
	}
	if page := operator.Get("/scans/S-1/skipped?limit=10"); !page.Has("cursor=") {
		t.Errorf("a page of ten leads to no other:\n%s", page.Body)
	}
}
