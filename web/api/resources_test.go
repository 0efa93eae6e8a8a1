package api

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

// read decodes an answer that must have the status.
func read[T any](t *testing.T, w *httptest.ResponseRecorder, status int) T {
	t.Helper()
	var out T
	if w.Code != status {
		t.Fatalf("status = %d, want %d: %s", w.Code, status, w.Body)
	}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatalf("read %s: %v", w.Body, err)
		}
	}
	return out
}

func TestPaging(t *testing.T) {
	f := apitest.New()
	for i := 2; i <= 5; i++ {
		f.Orgs = append(f.Orgs, inventory.Organization{ID: inventory.OrganizationID(fmt.Sprintf("ORG-%d", i))})
	}
	h := newAPI(t, f)
	var ids []string
	path := "/api/v1/organizations?limit=2"
	for range 10 {
		w := call(h, auth.Auditor, http.MethodGet, path, "")
		page := read[wire.List[wire.Organization]](t, w, http.StatusOK)
		for _, o := range page.Items {
			ids = append(ids, o.ID)
		}
		link := w.Header().Get("Link")
		if (page.NextCursor == "") != (link == "") {
			t.Errorf("next_cursor %q and Link %q do not agree", page.NextCursor, link)
		}
		if link == "" {
			break
		}
		next, ok := strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
		if !ok {
			t.Fatalf("Link = %q, want one with rel=next", link)
		}
		path = next
	}
	if want := []string{"ORG-1", "ORG-2", "ORG-3", "ORG-4", "ORG-5"}; !slices.Equal(ids, want) {
		t.Errorf("pages together = %v, want %v", ids, want)
	}
}

func TestEmptyListIsAnArray(t *testing.T) {
	w := call(newAPI(t, &apitest.Fake{}), auth.Auditor, http.MethodGet, "/api/v1/findings", "")
	if got := strings.TrimSpace(w.Body.String()); got != `{"items":[],"next_cursor":""}` {
		t.Errorf("empty list = %s", got)
	}
}

func TestCreateOrganization(t *testing.T) {
	f := apitest.New()
	w := call(newAPI(t, f), auth.Analyst, http.MethodPost, "/api/v1/organizations",
		`{"name":" Lanka  Water ","sector":"water","country":"lk","contacts":[{"role":"technical","name":"Desk","email":"desk@example.org"}]}`)
	o := read[wire.Organization](t, w, http.StatusCreated)
	if o.ID != "ORG-2" || o.Country != "LK" || o.Criticality != "medium" || len(o.Contacts) != 1 {
		t.Errorf("made %+v, want ORG-2 in LK, medium, one contact", o)
	}
	if got := w.Header().Get("Location"); got != "/api/v1/organizations/ORG-2" {
		t.Errorf("Location = %q", got)
	}
	if !slices.Equal(f.Acts, []string{"the-analyst organization.create"}) {
		t.Errorf("acts = %q, want the analyst's", f.Acts)
	}
}

func TestAuthorizationByJSONAndForm(t *testing.T) {
	fields := `"org_id":"ORG-1","prefixes":["192.0.2.0/25"],"names":["WWW.Example.org"],"method":"letter","level":"standard",` +
		`"from":"2026-11-01T00:00:00Z","until":"2027-11-01T00:00:00Z","windows":"Mon-Fri 22:00-05:00"`
	form := "--cut\r\nContent-Disposition: form-data; name=\"authorization\"\r\n\r\n{" + fields + "}\r\n" +
		"--cut\r\nContent-Disposition: form-data; name=\"document\"; filename=\"letter.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--cut--\r\n"
	for _, c := range []struct{ name, body, contentType string }{
		{"JSON", `{` + fields + `,"document":{"name":"letter.pdf","content":"JVBERi0xLjc="}}`, "application/json"},
		{"form", form, "multipart/form-data; boundary=cut"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := apitest.New()
			w := call(newAPI(t, f), auth.Analyst, http.MethodPost, "/api/v1/authorizations", c.body, c.contentType)
			a := read[wire.Authorization](t, w, http.StatusCreated)
			if a.State != "active" || a.OTLevel != "light" || a.TimeZone != "Asia/Colombo" || !slices.Equal(a.Names, []string{"www.example.org"}) {
				t.Errorf("authorization = %+v, want active, OT light, the organisation's zone, a tidy name", a)
			}
			if a.Document == nil || a.Document.Name != "letter.pdf" || a.Document.Size != 8 || string(f.Document) != "%PDF-1.7" {
				t.Errorf("document = %+v with bytes %q, want letter.pdf", a.Document, f.Document)
			}
		})
	}
}

func TestAuthorizationRefusals(t *testing.T) {
	for _, c := range []struct{ name, prefix, from, until, method, place string }{
		{"letter without a letter", "192.0.2.0/25", "2026-11-01", "2027-11-01", "letter", "body.document"},
		{"ends before it begins", "192.0.2.0/25", "2027-11-01", "2026-11-01", "mandate", "body.until"},
		{"reserved prefix that is not admitted", "10.0.0.0/8", "2026-11-01", "2027-11-01", "mandate", "body.prefix"},
		{"not a prefix", "the office", "2026-11-01", "2027-11-01", "mandate", "body.prefix"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := apitest.New()
			body := fmt.Sprintf(`{"org_id":"ORG-1","prefixes":[%q],"method":%q,"reference":"Act 5","level":"light","from":"%sT00:00:00Z","until":"%sT00:00:00Z"}`,
				c.prefix, c.method, c.from, c.until)
			p := read[wire.Problem](t, call(newAPI(t, f), auth.Analyst, http.MethodPost, "/api/v1/authorizations", body), 422)
			if len(p.Errors) != 1 || p.Errors[0].Location != c.place {
				t.Errorf("mistakes = %+v, want one at %s", p.Errors, c.place)
			}
			if len(f.Acts) != 0 {
				t.Errorf("it was stored all the same: %q", f.Acts)
			}
		})
	}
}

func TestExpiryIsComputed(t *testing.T) {
	list := read[wire.List[wire.Authorization]](t, call(newAPI(t, apitest.New()), auth.Auditor, http.MethodGet, "/api/v1/authorizations", ""), 200)
	if got := list.Items[0].State; got != "expired" {
		t.Errorf("state of an authorisation that ended an hour ago = %s, want expired", got)
	}
}

func TestFindingShape(t *testing.T) {
	w := call(newAPI(t, apitest.New()), auth.Auditor, http.MethodGet, "/api/v1/findings/F-1", "")
	got := read[map[string]any](t, w, http.StatusOK)
	for _, field := range []string{
		"id", "org_id", "asset_id", "address", "port", "transport", "hostname", "check", "title", "severity",
		"detection", "work", "waiver", "first_seen", "last_seen", "last_tested", "evidence_id", "events", "about",
	} {
		if _, ok := got[field]; !ok {
			t.Errorf("finding has no field %s", field)
		}
	}
	if got["waiver"] != "none" || got["address"] != "192.0.2.10" || got["first_seen"] != "2026-11-02T12:00:00Z" || got["last_tested"] != nil {
		t.Errorf("finding = %v", got)
	}
}

func TestFindingFilters(t *testing.T) {
	h := newAPI(t, apitest.New())
	for query, want := range map[string]int{"severity=high&severity=low": 1, "severity=low": 0, "id=F-99": 0, "cvss_min=9.9": 0, "detection=open&detection=back_again": 1} {
		list := read[wire.List[wire.Finding]](t, call(h, auth.Auditor, http.MethodGet, "/api/v1/findings?"+query, ""), 200)
		if len(list.Items) != want {
			t.Errorf("findings with %s = %d, want %d", query, len(list.Items), want)
		}
	}
}

func TestWaiverEnds(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"in a month", `{"kind":"accepted_risk","reason":"replaced in spring","until":"2026-12-01T00:00:00Z"}`, 200},
		{"never", `{"kind":"accepted_risk","reason":"x"}`, 422},
		{"yesterday", `{"kind":"accepted_risk","reason":"x","until":"2026-11-01T00:00:00Z"}`, 422},
		{"in two years", `{"kind":"accepted_risk","reason":"x","until":"2028-11-01T00:00:00Z"}`, 422},
		{"ended by hand", `{"kind":"none","reason":"fixed after all"}`, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := apitest.New()
			w := call(newAPI(t, f), auth.Analyst, http.MethodPost, "/api/v1/findings/F-1/waiver", c.body)
			if w.Code != c.status {
				t.Fatalf("status = %d, want %d: %s", w.Code, c.status, w.Body)
			}
			if stored := f.Found[0].Waiver.Kind != ""; stored != (c.status == 200) {
				t.Errorf("stored = %t with status %d", stored, w.Code)
			}
		})
	}
}

func TestEvidenceIsCleaned(t *testing.T) {
	e := read[wire.Evidence](t, call(newAPI(t, apitest.New()), auth.Auditor, http.MethodGet, "/api/v1/evidence/e1", ""), 200)
	if e.Response != `\x1b[2J<script>\xff` {
		t.Errorf("response = %q, want control and stray bytes escaped", e.Response)
	}
}

func TestScans(t *testing.T) {
	h := newAPI(t, apitest.New())
	for _, body := range []string{`{"profile":"standard"}`, `{"org_id":"ORG-1","asset_id":"A-1","profile":"standard"}`} {
		read[wire.Problem](t, call(h, auth.Analyst, http.MethodPost, "/api/v1/scans", body), 422)
	}
	s := read[wire.Scan](t, call(h, auth.Analyst, http.MethodPost, "/api/v1/scans", `{"org_id":"ORG-1","profile":"standard"}`), 201)
	if s.ID != "S-1" || s.State != "queued" || s.Tasks.Total != 2 || s.Actor != "the-analyst" {
		t.Errorf("scan = %+v", s)
	}
	read[wire.Scan](t, call(h, auth.Analyst, http.MethodPost, "/api/v1/scans/S-1/cancel", `{"reason":"wrong profile"}`), 200)
	read[wire.Problem](t, call(h, auth.Analyst, http.MethodGet, "/api/v1/scans/S-9", ""), 404)
}

func TestStopSwitch(t *testing.T) {
	h := newAPI(t, apitest.New())
	stopped := read[wire.Scanning](t, call(h, auth.Approver, http.MethodPost, "/api/v1/scanning/stop", `{"reason":"an incident"}`), 200)
	if !stopped.Stopped || stopped.By != "the-approver" || stopped.Reason != "an incident" {
		t.Errorf("after stop: %+v", stopped)
	}
	allowed := read[wire.Scanning](t, call(h, auth.Administrator, http.MethodPost, "/api/v1/scanning/allow", `{"reason":"over"}`), 200)
	if allowed.Stopped {
		t.Errorf("after allow: %+v", allowed)
	}
}

func TestSchedules(t *testing.T) {
	h := newAPI(t, apitest.New())
	const path = "/api/v1/schedules"
	bad := `{"org_id":"ORG-1","cron":"0 2 * * 1","profile":"standard","jitter":"soon"}`
	p := read[wire.Problem](t, call(h, auth.Analyst, http.MethodPost, path, bad), 422)
	if p.Errors[0].Location != "body.jitter" {
		t.Errorf("mistake at %s, want body.jitter", p.Errors[0].Location)
	}
	s := read[wire.Schedule](t, call(h, auth.Analyst, http.MethodPost, path, strings.Replace(bad, "soon", "10m", 1)), 201)
	if s.Misfire != "once" || s.Jitter != "10m0s" || s.NextAt == nil {
		t.Errorf("schedule = %+v", s)
	}
	read[wire.Scan](t, call(h, auth.Analyst, http.MethodPost, path+"/SCH-1/run", ""), 201)
	read[wire.Schedule](t, call(h, auth.Analyst, http.MethodPost, path+"/SCH-1/pause", ""), 200)
}

func TestAdvisoryNeedsTwo(t *testing.T) {
	f := apitest.New()
	h := newAPI(t, f)
	a := read[wire.Advisory](t, call(h, auth.Administrator, http.MethodPost, "/api/v1/advisories", `{"check":"cii-telnet","tlp":"amber"}`), 201)
	if a.State != string(advisory.Draft) || a.Author != "the-administrator" {
		t.Fatalf("draft = %+v", a)
	}
	export := "/api/v1/advisories/ADV-1/export?format=csaf"
	p := read[wire.Problem](t, call(h, auth.Auditor, http.MethodGet, export, ""), 403)
	if p.Kind != wire.KindForbidden || !strings.Contains(p.Hint, "approve") {
		t.Errorf("export of a draft = %+v, want a refusal that says to approve", p)
	}
	read[map[string]any](t, call(h, auth.Auditor, http.MethodGet, export+"&draft=true", ""), 200)
	p = read[wire.Problem](t, call(h, auth.Administrator, http.MethodPost, "/api/v1/advisories/ADV-1/approve", ""), 403)
	if !strings.Contains(p.Hint, "another user") {
		t.Errorf("approval by the author: hint %q", p.Hint)
	}
	a = read[wire.Advisory](t, call(h, auth.Approver, http.MethodPost, "/api/v1/advisories/ADV-1/approve", ""), 200)
	if a.State != string(advisory.Approved) || a.Approver != "the-approver" {
		t.Errorf("approved = %+v", a)
	}
	w := call(h, auth.Auditor, http.MethodGet, export, "")
	doc := read[map[string]any](t, w, 200)
	if _, ok := doc["document"]; !ok || w.Header().Get("Content-Disposition") != `attachment; filename=adv-1.json` {
		t.Errorf("export = %v as %s", doc, w.Header().Get("Content-Disposition"))
	}
}

func quoted(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTokens(t *testing.T) {
	f := apitest.New()
	h := newAPI(t, f)
	for _, c := range []struct {
		user, expires string
		status        int
	}{
		{"amara", "2027-01-01T00:00:00Z", 201},
		{"amara", "2026-01-01T00:00:00Z", 422},
		{"amara", "2029-01-01T00:00:00Z", 422},
		{"local:root", "2027-01-01T00:00:00Z", 422}, // would pass for the machine's own user
		{"LOCAL:root", "2027-01-01T00:00:00Z", 422},
		{"amara ", "2027-01-01T00:00:00Z", 422}, // would pass for amara, on a screen
		{"amara\u200e\u202e", "2027-01-01T00:00:00Z", 422},
		{"a\nmara", "2027-01-01T00:00:00Z", 422},
		{"a/b", "2027-01-01T00:00:00Z", 422}, // could not be named to be revoked
	} {
		body := fmt.Sprintf(`{"user":%s,"name":"cli","role":"approver","expires":%q}`, quoted(t, c.user), c.expires)
		if w := call(h, auth.Administrator, http.MethodPost, "/api/v1/tokens", body); w.Code != c.status {
			t.Errorf("token for %s until %s = %d, want %d: %s", c.user, c.expires, w.Code, c.status, w.Body)
		}
	}
	read[struct{}](t, call(h, auth.Administrator, http.MethodDelete, "/api/v1/tokens/amara/cli", ""), 204)
	if want := []string{"the-administrator token.create amara/cli approver", "the-administrator token.revoke amara/cli"}; !slices.Equal(f.Acts, want) {
		t.Errorf("acts = %q, want %q", f.Acts, want)
	}
}

func TestRegisterActs(t *testing.T) {
	f := apitest.New()
	h := newAPI(t, f)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/organizations/ORG-1/contacts", `{"role":"technical","name":"Desk","email":"desk@example.org"}`, 201},
		{"POST", "/assets", `{"org_id":"ORG-1","address":"WWW.Example.org","kind":"it"}`, 201},
		{"POST", "/assets/A-1/move", `{"org_id":"ORG-2","reason":"sold"}`, 200},
		{"POST", "/assets/A-1/retire", `{"reason":"switched off"}`, 200},
		{"GET", "/assets/A-1/history", "", 200},
		{"GET", "/assets?kind=ot", "", 200},
		{"POST", "/exclusions", `{"prefix":"192.0.2.7","reason":"fragile","until":"2027-01-01T00:00:00Z"}`, 201},
		{"POST", "/exclusions/X-1/end", "", 204},
		{"POST", "/authorizations/AUTH-9/revoke", `{"reason":"asked to"}`, 204},
		{"POST", "/findings/F-1/work", `{"work":"notified"}`, 200},
		{"GET", "/exclusions", "", 200},
		{"GET", "/checks", "", 200},
		{"GET", "/identity", "", 200},
		{"GET", "/health", "", 200},
	} {
		if w := call(h, auth.Analyst, c.method, Base+c.path, c.body); w.Code != c.status {
			t.Errorf("%s %s = %d, want %d: %s", c.method, c.path, w.Code, c.status, w.Body)
		}
	}
	want := []string{
		"the-analyst contact.add", "the-analyst asset.create", "the-analyst asset.move A-1 to ORG-2: sold",
		"the-analyst asset.retire A-1: switched off", "the-analyst exclusion.create", "the-analyst exclusion.end X-1",
		"the-analyst authorization.revoke AUTH-9: asked to", "the-analyst finding.work F-1 notified",
	}
	if !slices.Equal(f.Acts, want) {
		t.Errorf("acts = %q,\nwant %q", f.Acts, want)
	}
	if got := f.Excluded[0].Prefix.String(); got != "192.0.2.7/32" {
		t.Errorf("excluded %s, want the one address", got)
	}
}

func TestAudit(t *testing.T) {
	f := apitest.New()
	h := newAPI(t, f)
	list := read[wire.List[wire.AuditRecord]](t, call(h, auth.Auditor, http.MethodGet, "/api/v1/audit", ""), 200)
	if len(list.Items) != 1 || string(list.Items[0].Detail) != "null" {
		t.Errorf("audit = %+v", list.Items)
	}
	v := read[wire.AuditVerification](t, call(h, auth.Auditor, http.MethodGet, "/api/v1/audit/verification", ""), 200)
	if !v.Intact || v.Checked != 1 {
		t.Errorf("verification = %+v", v)
	}
	f.Unverified = fmt.Errorf("%w: record 2 was changed", audit.ErrBroken)
	if v := read[wire.AuditVerification](t, call(h, auth.Auditor, http.MethodGet, "/api/v1/audit/verification", ""), 200); v.Intact || v.Problem == "" {
		t.Errorf("verification of a broken log = %+v", v)
	}
	f.Unverified = errors.New("canceling statement due to statement timeout")
	if rec := call(h, auth.Auditor, http.MethodGet, "/api/v1/audit/verification", ""); rec.Code != http.StatusInternalServerError {
		t.Errorf("a log that cannot be read = %d %s, and was called broken", rec.Code, rec.Body)
	}
}

func TestWeeklyReport(t *testing.T) {
	h := newAPI(t, apitest.New())
	const path = "/api/v1/reports/weekly?org=ORG-1"
	w := call(h, auth.Auditor, http.MethodGet, path+"&format=json", "")
	r := read[map[string]any](t, w, 200)
	if len(r) == 0 || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("JSON report = %v as %s", r, w.Header().Get("Content-Type"))
	}
	if w := call(h, auth.Auditor, http.MethodGet, path+"&format=html", ""); w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("HTML report = %d %s", w.Code, w.Header().Get("Content-Type"))
	}
	w = call(h, auth.Auditor, http.MethodGet, path+"&format=xlsx", "")
	if want := "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"; w.Code != 200 || w.Header().Get("Content-Type") != want || !strings.HasPrefix(w.Body.String(), "PK") {
		t.Errorf("workbook = %d %s", w.Code, w.Header().Get("Content-Type"))
	}
	w = call(h, auth.Auditor, http.MethodGet, path+"&format=html,csv,json,xlsx", "")
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil {
		t.Fatalf("archive of %d bytes: %v", w.Body.Len(), err)
	}
	var endings []string
	for _, f := range z.File {
		endings = append(endings, filepath.Ext(f.Name))
	}
	if !slices.Contains(endings, ".html") || !slices.Contains(endings, ".json") || !slices.Contains(endings, ".csv") || !slices.Contains(endings, ".xlsx") {
		t.Errorf("archive holds %v, want every format", endings)
	}
	for query, place := range map[string]string{
		"&format=pdf":                "query.format",
		"&from=2026-12-01T00:00:00Z": "query.from",
		"&from=2020-12-01T00:00:00Z": "query.from",
		"&to=yesterday":              "query.to",
		"&edition=national":          "query.edition",
		"&edition=sector":            "query.sector",
		"&sector=energy":             "query.sector",
		"&edition=weather":           "query.edition",
	} {
		p := read[wire.Problem](t, call(h, auth.Auditor, http.MethodGet, path+query, ""), 422)
		if len(p.Errors) != 1 || p.Errors[0].Location != place {
			t.Errorf("report with %s: mistakes %+v, want one at %s", query, p.Errors, place)
		}
	}
}

// TestAssetTableIsDisarmed: whatever an asset is called, no spreadsheet runs it.
func TestAssetTableIsDisarmed(t *testing.T) {
	for _, name := range []string{"=cmd()", " =cmd()", "\uff1dcmd()", "\u200b@x", "|x"} {
		table, err := assetCSV([]wire.AssetLine{{Asset: wire.Asset{ID: "A-1", Name: name}}})
		if err != nil || !bytes.Contains(table, []byte(",'")) {
			t.Errorf("%q is written as %s, %v", name, table, err)
		}
	}
}
