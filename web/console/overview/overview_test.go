package overview_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// number is a sum with what it leads to.
var number = regexp.MustCompile(`<a class="number" href="([^"]+)"[^>]*>([0-9,]+)</a>|<td[^>]*class="n[^"]*"[^>]*><a href="(/findings[^"]+)">([0-9,]+)</a></td>|<a href="(/findings[^"]+)"><span class="badge sev-[a-z]+">[a-z]+ ([0-9,]+)</span></a>`)

// Every number leads to a list of as many.
func TestNumbersLeadToAsMany(t *testing.T) {
	w := consoletest.New(t)
	for _, c := range []struct{ role, path string }{
		{"analyst", "/overview"},
		{"analyst", "/"},
		{"analyst", "/overview?sector=energy"},
		{"auditor", "/overview?days=365"},
		{"analyst", "/overview?criticality=high"},
		{"analyst", "/overview?org=ORG-2&days=90"},
		{"operator", "/"},
		{"operator_admin", "/"},
		{"analyst", "/organizations"},
		{"analyst", "/organizations/" + string(w.Grid)},
		{"operator", "/organizations/" + string(w.Grid)},
		{"operator", "/assets"},
		{"analyst", "/assets/" + string(w.Assets[0].ID)},
	} {
		page := w.As(c.role).Get(c.path)
		if page.Status != http.StatusOK {
			t.Fatalf("%s as %s = %d\n%s", c.path, c.role, page.Status, page.Body)
		}
		seen, more := 0, 0
		for _, m := range number.FindAllStringSubmatch(page.Body, -1) {
			href, shown := strings.ReplaceAll(m[1]+m[3]+m[5], "&amp;", "&"), strings.ReplaceAll(m[2]+m[4]+m[6], ",", "")
			query, ok := strings.CutPrefix(href, "/findings?")
			if !ok {
				continue
			}
			q, err := url.ParseQuery(query)
			if err != nil {
				t.Fatal(err)
			}
			q.Set("limit", "500")
			api, ctx := w.API(c.role)
			found, err := api.FindingPage(ctx, q)
			if err != nil {
				t.Fatalf("%s: %v", href, err)
			}
			if want, _ := strconv.Atoi(shown); len(found.Items) != want {
				t.Errorf("%s as %s shows %s, and %s has %d", c.path, c.role, shown, href, len(found.Items))
			}
			seen++
			if shown != "0" {
				more++
			}
		}
		if least := map[bool]int{true: 5, false: 1}[c.path == "/" || strings.HasPrefix(c.path, "/overview")]; seen < least || more == 0 {
			t.Errorf("%s as %s: only %d numbers lead to lists, %d of them not 0", c.path, c.role, seen, more)
		}
	}
}

func TestDisputedIsOpenAndSaidSo(t *testing.T) {
	w := consoletest.New(t)
	for _, f := range w.Findings {
		if f.Org == w.Grid && f.Detection.Present() {
			api, ctx := w.API("operator")
			if _, err := api.AnswerFinding(ctx, string(f.ID), wire.Reply{Answer: "not_mine", Reason: "it is the telecom's"}); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	for role, path := range map[string]string{"analyst": "/overview", "operator": "/"} {
		page := w.As(role).Get(path)
		if !page.Has(`disputed=yes" aria-label="Disputed: 1">1</a>`) || !page.Has("open until the CERT has decided") {
			t.Errorf("%s does not say to the %s that a finding is disputed", path, role)
		}
	}
	if page := w.As("analyst").Get("/overview"); !page.Has("1 disputed</a>") {
		t.Error("no organisation's line says it")
	}
	page := w.As("analyst").Get("/findings?detection=open&detection=back_again&disputed=yes")
	if !page.Has("1 finding matches") || !page.Has(`<span class="badge warn">disputed</span>`) {
		t.Errorf("the list of those disputed: %d", page.Status)
	}
}

func TestHomeSaysWhatWaits(t *testing.T) {
	w := consoletest.New(t)
	operator, home := w.As("operator"), "The CERT waits for your answer"
	if page := operator.Get("/"); page.Has(home) {
		t.Error("nothing was asked, and the home page says so")
	}
	api, ctx := w.API("operator")
	cert, certs := w.API("analyst")
	for _, f := range w.Findings {
		if f.Org == w.Grid && f.Detection.Present() {
			got, err := api.AnswerFinding(ctx, string(f.ID), wire.Reply{Answer: "not_mine", Reason: "it is the telecom's"})
			if err != nil {
				t.Fatal(err)
			}
			all, err := cert.DisputePage(certs, url.Values{"finding": {got.ID}})
			if err != nil || len(all.Items) != 1 {
				t.Fatal(all, err)
			}
			if done := w.As("analyst").Post("/disputes/"+all.Items[0].ID+"/messages", url.Values{"text": {"Whose exactly?"}}); done.Status != http.StatusSeeOther {
				t.Fatalf("ask: %d %s", done.Status, done.Body)
			}
			break
		}
	}
	if page := operator.Get("/"); !page.Has(home) || !page.Has(`href="/disputes/`) {
		t.Errorf("the CERT asked, and the home page does not say so: %d", page.Status)
	}
	for _, a := range w.Assets {
		if a.Org == w.Grid {
			if err := w.Store.RetireAsset(w.Context(), "mara", a.ID, "sold"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if page := operator.Get("/"); !page.Has(`<ol class="checklist">`) || !page.Has("Name whom we tell") {
		t.Errorf("nothing of theirs was scanned, and the steps are not there: %d", page.Status)
	}
}

func TestHomeIsTheOperatorsOwn(t *testing.T) {
	w := consoletest.New(t)
	page := w.As("operator").Get("/")
	if !page.Has("What to do first") || !page.Has("Modbus answers from the internet") {
		t.Errorf("home:\n%s", page.Body)
	}
	if page.Has("198.51.100.20") || page.Has("Capital Water Board") {
		t.Error("home shows another operator's")
	}
	colombo, err := time.LoadLocation("Asia/Colombo") // the operator's own
	if err != nil {
		t.Fatal(err)
	}
	if next := time.Now().In(colombo).AddDate(0, 0, 7).Format("2 January 2006"); !page.Has("Next report: " + next) {
		t.Errorf("home does not tell of the report of %s:\n%s", next, page.Body)
	}
	if page := w.As("operator").Get("/overview?org=" + string(w.Water)); page.Status != http.StatusSeeOther || page.Location != "/" {
		t.Errorf("an operator at the nation's overview: %d %s, want to be led home", page.Status, page.Location)
	}
}

func TestDifference(t *testing.T) {
	w := consoletest.New(t)
	page := w.As("analyst").Get("/diff?from=2020-01-01")
	if page.Status != http.StatusUnprocessableEntity || !page.Has("more than a year") {
		t.Errorf("six years: %d\n%s", page.Status, page.Body)
	}
	w.Exec("UPDATE findings SET port = 0, hostname = 'mail.example.org' WHERE id = '" + string(w.Findings[0].ID) + "'")
	page = w.As("analyst").Get("/diff?from=" + time.Now().AddDate(0, 0, -90).Format(time.DateOnly))
	if !page.Has(">mail.example.org</bdi>") {
		t.Error("what is at a name and no port is elsewhere")
	}
	for _, m := range regexp.MustCompile(`<a class="number" href="(/findings[^"]+)"[^>]*>([0-9,]+)</a>`).FindAllStringSubmatch(page.Body, -1) {
		if n := listed(t, w, "analyst", m[1]); n != m[2] {
			t.Errorf("%s changes, and %s has %s", m[2], m[1], n)
		}
	}
	for _, want := range []string{"Modbus answers from the internet", "Island Power Grid", "Capital Water Board", "Assets added"} {
		if !page.Has(want) {
			t.Errorf("no %q in %d\n%s", want, page.Status, page.Body)
		}
	}
	if page := w.As("operator").Get("/diff?from=" + time.Now().AddDate(0, 0, -90).Format(time.DateOnly)); page.Status != http.StatusOK || page.Has("198.51.100") || page.Has("Capital Water") {
		t.Errorf("an operator compares others': %d\n%s", page.Status, page.Body)
	}
}
