package consoletest

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/press"
	"github.com/ciiscan/ciiscan/reports/run"
)

// wildcard is a part of a route that stands for something of the world.
var wildcard = regexp.MustCompile(`\{([a-z]+)(?:\.\.\.)?\}`)

// Fill puts things of the world into the wildcards of a page's route, chosen
// by what stands before them: "/findings/{id}" is a finding. What the world
// has nothing of yet is made as people do. It is false for a route of which
// there is nothing.
func (w *World) Fill(route string) (path string, ok bool) {
	w.t.Helper()
	route = strings.TrimSuffix(route, "{$}")
	ok = true
	for {
		at := wildcard.FindStringSubmatchIndex(route)
		if at == nil {
			return route, ok
		}
		value, found := w.thing(route[:at[0]], route[at[2]:at[3]])
		ok = ok && found
		route = route[:at[0]] + value + route[at[1]:]
	}
}

// thing is what the world has at a place of a path.
func (w *World) thing(before, name string) (string, bool) {
	w.t.Helper()
	parts := strings.FieldsFunc(before, func(r rune) bool { return r == '/' })
	if len(parts) == 0 {
		return "", false
	}
	if name == "org" {
		return string(w.Grid), true
	}
	things := map[string]string{
		"findings": string(w.Findings[0].ID), "triage": string(w.Findings[0].ID), "evidence": string(w.Findings[0].Evidence),
		"assets": string(w.Assets[0].ID), "organizations": string(w.Grid), "organisations": string(w.Grid), "sectors": "energy",
		"advisories": string(w.Advisory), "peers": w.Team, "teams": w.Team, "agreements": w.Agreement, "inbox": w.Inbound,
		"releases": w.Release, "scans": w.Scan, "schedules": w.Schedule, "checks": "test-portal", "hosts": "192.0.2.10", "addresses": "192.0.2.10",
	}
	last := parts[len(parts)-1]
	if value, ok := things[last]; ok {
		return value, true
	}
	makers := map[string]func() string{
		"disputes": w.dispute, "mail": w.notice, "imports": w.list, "permits": w.permitDraft, "people": w.person, "contacts": w.contact,
		"reports": w.report, "bulletins": w.bulletin, "verify": w.report, "files": func() string { return w.report() + ".html" }, "invitation": w.invitation,
	}
	if makers[last] == nil {
		return "", false
	}
	if w.made[last] == "" {
		w.made[last] = makers[last]()
	}
	return w.made[last], w.made[last] != ""
}

// bulletin is an advisory that operators read, in two languages.
func (w *World) bulletin() string {
	return strings.TrimPrefix(w.Publish(), "/advisories/")
}

// Publish has the analyst write an advisory in English and Bangla, the approver
// approve it, and the analyst publish it to operators. It is the path of it.
func (w *World) Publish() string {
	w.t.Helper()
	made := w.As("analyst").Post("/advisories/new", url.Values{
		"title": {"Portals are taken over"}, "category": {"vulnerability"}, "tlp": {"amber"}, "severity": {"high"}, "check": {"test-portal"},
		"summary": {"Strangers **run programs** on portals."}, "fix": {"Install version 4.2."}, "cves": {"CVE-2026-0001"},
		"translations.bn.title": {"পোর্টাল দখল করা হচ্ছে"}, "translations.bn.summary": {"অপরিচিতরা পোর্টালে **প্রোগ্রাম চালায়**।"},
		"translations.bn.fix": {"সংস্করণ ৪.২ ইনস্টল করুন।"},
	})
	w.As("approver").Post(made.Location+"/approve", nil)
	if page := w.As("analyst").Post(made.Location+"/publish", nil); page.Status != http.StatusSeeOther {
		w.t.Fatalf("publish %s: %d\n%s", made.Location, page.Status, page.Body)
	}
	return made.Location
}

// linked is the first id that a page has at the place of the pattern's group.
func (w *World) linked(role, path, pattern string) string {
	w.t.Helper()
	page := w.As(role).Get(path)
	m := regexp.MustCompile(pattern).FindStringSubmatch(page.Body)
	if m == nil {
		w.t.Fatalf("%s as %s = %d has no %s\n%.2000s", path, role, page.Status, pattern, page.Body)
	}
	return m[1]
}

// sent is the id of what a form made.
func (w *World) sent(role, path string, form url.Values) string {
	w.t.Helper()
	page := w.As(role).Post(path, form)
	if page.Status != http.StatusSeeOther {
		w.t.Fatalf("POST %s as %s = %d\n%.2000s", path, role, page.Status, page.Body)
	}
	_, id, _ := strings.Cut(strings.TrimPrefix(page.Location, "/"), "/")
	return id
}

// OpenFinding is one of Grid's that is present and waits for nobody.
func (w *World) OpenFinding() inventory.FindingID {
	w.t.Helper()
	for _, f := range w.Findings {
		if f.Org == w.Grid && f.Detection.Present() && f.Waiver.Kind == inventory.WaiverNone {
			return f.ID
		}
	}
	w.t.Fatal("the world has no open finding of the grid")
	return ""
}

func (w *World) dispute() string {
	w.t.Helper()
	w.sent("operator_admin", "/findings/"+string(w.OpenFinding())+"/answer", url.Values{"answer": {"not_mine"}, "reason": {"sold in spring"}})
	return w.linked("operator_admin", "/disputes", `href="/disputes/([A-Z]+-[0-9]+)"`)
}

func (w *World) list() string {
	w.t.Helper()
	return w.sent("operator_admin", "/imports", url.Values{"list": {"203.0.113.9 " + Hostile + "\n=cmd()|x\n"}})
}

func (w *World) permitDraft() string {
	w.t.Helper()
	id := w.sent("operator_admin", "/permits", url.Values{
		"what": {"198.51.100.0/26"}, "method": {"letter"}, "level": {"standard"}, "ot_level": {"light"}, "any_time": {"yes"},
		"from": {time.Now().Format(time.DateOnly)}, "until": {time.Now().AddDate(1, 0, 0).Format(time.DateOnly)},
	})
	letter, err := inventory.NewLetter("letter.pdf", []byte("%PDF-1.7\nsigned\n%%EOF"))
	w.must(err)
	_, err = w.Store.AttachLetter(w.Context(), "grid", inventory.AuthorizationID(id), letter)
	w.must(err)
	return id
}

func (w *World) person() string {
	w.t.Helper()
	return w.linked("operator_admin", "/people", `href="/people/([A-Z]+-[0-9]+)"`)
}

func (w *World) contact() string {
	w.t.Helper()
	return w.linked("administrator", "/organizations/"+string(w.Grid), `/contacts/([^"/]+)"`)
}

func (w *World) invitation() string {
	w.t.Helper()
	return w.Invite("analyst")
}

// Invite is the secret of an invitation.
func (w *World) Invite(role string) string {
	w.t.Helper()
	id := w.identity(role)
	secret, _, err := w.Store.Invite(w.Context(), "mara", id.Role, id.Org)
	w.must(err)
	return secret
}

// notice is a letter of today's.
func (w *World) notice() string {
	w.t.Helper()
	rules := notify.DefaultRules()
	rules.DigestAt, rules.Quiet, rules.Settle = 0, notify.Quiet{}, 0 // at whatever time it is
	p := notify.Planner{Book: w.Store, Rules: rules, Now: time.Now}
	for range 2 {
		w.must(p.Round(w.Context()))
	}
	return w.linked("operator_admin", "/mail", `href="/mail/([A-Z]+-[0-9]+)"`)
}

// Weekly makes the week's reports, as drafts, without PDF, and returns that of
// each organisation.
func (w *World) Weekly() map[inventory.OrganizationID]run.EditionID {
	w.t.Helper()
	return w.WeeklyOn(nil)
}

// WeeklyOn is Weekly with a printer for the PDFs.
func (w *World) WeeklyOn(printer press.Printer) map[inventory.OrganizationID]run.EditionID {
	w.t.Helper()
	from, to, week := run.Period(time.Now(), time.UTC)
	r, err := w.Store.BeginRun(w.Context(), "mara", from, to, week)
	w.must(err)
	maker := &press.Press{
		Store: w.Store, Now: time.Now, Log: slog.New(slog.DiscardHandler), Options: func(tag string) reports.Options { return reports.Options{Printer: locale.For(tag)} },
		Take: func(ctx context.Context, e run.Edition) (reports.Data, error) {
			d, err := w.Store.WeeklyData(ctx, reports.Subject{Org: e.Org}, e.From, e.To)
			if err == nil && d.Org != nil {
				d.Issue.Languages = run.Languages(d.Org.Contacts)
			}
			return d, err
		},
	}
	if printer != nil {
		maker.Printer = printer
	}
	all, _, err := w.Store.Editions(w.Context(), run.Filter{Run: r.ID, Kind: run.Operator}, inventory.Page{})
	w.must(err)
	ids := map[inventory.OrganizationID]run.EditionID{}
	for _, e := range all {
		w.must(maker.Make(w.Context(), e.Num))
		ids[e.Org] = e.ID
	}
	return ids
}

// report is Grid's of this week, which it was sent.
func (w *World) report() string {
	w.t.Helper()
	if w.made["reports"] != "" {
		return w.made["reports"]
	}
	id := w.Weekly()[w.Grid]
	for _, act := range []run.Act{run.ActCheck, run.ActApprove, run.ActSend} {
		_, err := w.Store.DecideEditions(w.Context(), "mara", run.Decision{Act: act, Editions: []run.EditionID{id}})
		w.must(err)
	}
	w.made["reports"] = string(id)
	return string(id)
}
