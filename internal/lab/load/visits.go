package load

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/console"
)

// roles are those who are signed in. A page is opened as the first that may,
// and as the operator besides.
var roles = []auth.Role{auth.Analyst, auth.Administrator, auth.Approver, auth.Auditor, auth.LegalOfficer, auth.OperatorAdmin, auth.Operator}

// A Visit is a page with its filters, opened as somebody of a role.
type Visit struct {
	Role auth.Role
	Path string
}

// String is the page and who opens it.
func (v Visit) String() string { return fmt.Sprintf("%s (%s)", v.Path, v.Role) }

// filters are what people look for on the lists: what is common, what is rare,
// what is not there, and other orders.
var filters = map[string][]string{
	"/findings": {
		"detection=open&severity=critical&severity=high", "detection=open&sector=energy", "org=ORG-1", "org=ORG-1200", "service=modbus", "service=https",
		"service=nothing", "epss=0.5", "epss=0.5&kev=yes", "q=portal", "q=printer+protocol", "q=nothing+like+it", "q=10.0.3.7", "q=10.0.0.0%2F16",
		"q=host-103", "q=CVE-2015-1007", "tag=vpn", "tag=scada", "kev=yes&due=overdue", "due=overdue&sort=due", "sort=newest", "sort=last_seen",
		"sort=cvss", "sort=epss", "org=ORG-1&sort=epss", "severity=low&sort=cvss",
		"assignee=staff.3", "assignee=none", "port=443", "cve=CVE-2015-1007", "detection=fixed", "work=acknowledged&severity=low", "criticality=critical",
		"check=crowd-check-1", "answer=not_mine", "age_min=300&detection=open", "change=new&since=2026-01-01T00:00:00Z",
	},
	"/assets": {
		"q=portal", "q=10.0.7", "q=10.0.0.0%2F16", "q=nothing-like-it", "q=host-1003", "sector=energy", "org=ORG-1", "tag=scada", "kind=ot&criticality=critical",
		"sort=worst", "sort=tested", "sort=name", "stale=true", "unreachable=true", "retired=true", "address_kind=hostname&q=host-99",
	},
	"/organizations": {"q=bank", "q=nothing", "sector=energy"},
	"/overview":      {"sector=energy", "org=ORG-1", "criticality=critical"},
	"/search":        {"q=portal", "q=10.0.0.5", "q=nothing-like-it", "q=10.0.0.0%2F16"},
	"/diff":          {"org=ORG-1&from=2026-11-01&to=2026-11-15"},
	"/scans":         {"state=running", "org=ORG-1"},
	"/mail":          {"state=bounced", "state=queued", "state=dry_run", "state=failed&kind=weekly", "kind=advisory", "org=ORG-1", "org=ORG-1200&kind=alert", "contact=C-1", "about=F-1", "about=2026-W40", "from=2026-01-01T00:00:00Z"},
	"/imports":       {"org=ORG-1", "org=ORG-1200"},
	"/imports/IMP-1": {"class=error", "class=new"},
	"/key-changes":   {"peer=TEAM-1"},
	"/audit":         {"act=report", "actor=staff.3", "object=A-1", "text=telephone", "text=nothing-like-it", "from=2026-01-01"},
	"/certificates":  {"q=portal-12", "q=portal", "q=nothing-like-it", "org=ORG-1", "self_signed=yes", "ends=30"},
	"/advisories":    {"state=draft", "tlp=amber", "check=crowd-check-7"},
	"/releases":      {"state=requested", "peer=TEAM-1"},
	"/inbox":         {"state=quarantined", "peer=TEAM-1", "channel=misp"},
	"/ledger":        {"peer=TEAM-1"},
	"/reports/board": {"flag=any", "q=bank"},
	"/reports":       {"org=ORG-1", "q=bank"},
}

// things are statements that find something for a place of a route, of what
// stands before it, or of the route where not every one will do.
var things = map[string]string{
	"findings":              "SELECT id FROM findings WHERE org_id = 'ORG-1' AND detection <> 'fixed' ORDER BY num LIMIT 1",
	"disputes":              "SELECT id FROM disputes WHERE org_id = 'ORG-1' ORDER BY num LIMIT 1",
	"assets":                "SELECT id FROM assets WHERE org_id = 'ORG-1' ORDER BY num LIMIT 1",
	"imports":               "SELECT id FROM imports WHERE org_id = 'ORG-1' ORDER BY num LIMIT 1",
	"mail":                  "SELECT id FROM notices WHERE org_id = 'ORG-1' ORDER BY num DESC LIMIT 1",
	"organizations":         "SELECT id FROM organizations WHERE id = 'ORG-1'",
	"contacts":              "SELECT id FROM contacts WHERE org_id = 'ORG-1' ORDER BY num LIMIT 1",
	"people":                "SELECT id FROM accounts WHERE org_id = 'ORG-1' ORDER BY num LIMIT 1",
	"permits":               "SELECT id FROM authorizations WHERE org_id = 'ORG-1' ORDER BY num LIMIT 1",
	"reports":               "SELECT id FROM report_editions WHERE org_id = 'ORG-1' ORDER BY num DESC LIMIT 1",
	"verify":                "SELECT id FROM report_editions WHERE org_id = 'ORG-1' ORDER BY num DESC LIMIT 1",
	"files":                 "SELECT f.name FROM report_files f JOIN report_editions e ON e.num = f.edition WHERE e.org_id = 'ORG-1' ORDER BY e.num DESC LIMIT 1",
	"scans":                 "SELECT id FROM scans WHERE org_id = 'ORG-1' ORDER BY num LIMIT 1",
	"advisories":            "SELECT id FROM advisories WHERE state = 'released' AND num % 2 = 0 ORDER BY num LIMIT 1",
	"bulletins":             "SELECT id FROM bulletins WHERE tlp = 'green' ORDER BY num DESC LIMIT 1",
	"releases":              "SELECT id FROM releases WHERE state = 'released' ORDER BY num LIMIT 1",
	"peers":                 "SELECT id FROM teams ORDER BY num LIMIT 1",
	"agreements":            "SELECT id FROM agreements WHERE state = 'active' ORDER BY num LIMIT 1",
	"inbox":                 "SELECT id FROM inbounds WHERE state = 'accepted' ORDER BY num LIMIT 1",
	"/agreements/{id}/edit": "SELECT id FROM agreements WHERE state = 'draft' ORDER BY num LIMIT 1",
	"/permits/{id}/edit":    "SELECT id FROM authorizations WHERE state = 'draft' ORDER BY num LIMIT 1",
	"/advisories/{id}/edit": "SELECT id FROM advisories WHERE state = 'draft' ORDER BY num LIMIT 1",
	"schedules":             "SELECT id FROM schedules WHERE org_id = 'ORG-1' ORDER BY num LIMIT 1",
}

// asked are statements for the query that a page cannot do without.
var asked = map[string]string{
	"/releases/{id}/file":    "SELECT 'name=' || f.name FROM release_files f JOIN releases r ON r.id = f.release_id ORDER BY r.num LIMIT 1",
	"/ledger/committee":      "SELECT 'agreement=' || id FROM agreements WHERE state = 'active' ORDER BY num LIMIT 1",
	"/findings/{id}/compare": "SELECT 'a=' || evidence_id || '&b=' || evidence_id FROM findings WHERE org_id = 'ORG-1' AND detection <> 'fixed' ORDER BY num LIMIT 1",
}

var place = regexp.MustCompile(`\{[^}]*\}`)

// Two pages send people elsewhere: onboarding the CERT's, the overview an
// operator's.
const (
	onboarding = "/onboarding"
	overview   = "/overview"
)

// heavy are not pages to wait for but files of everything.
var heavy = regexp.MustCompile(`/export$|/verification$`)

// Visits lists every page of the console that answers and ends, and the lists
// with each of their filters.
func (s *Server) Visits(ctx context.Context) (visits []Visit, err error) {
	db, err := sql.Open("pgx", s.url)
	if err != nil {
		return nil, fmt.Errorf("look for things to visit: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, p := range console.Pages() {
		method, route, _ := strings.Cut(p.Route, " ")
		if method != http.MethodGet || p.Stream || p.Public || heavy.MatchString(route) {
			continue
		}
		path, err := fill(ctx, db, strings.TrimSuffix(route, "{$}"))
		if err != nil {
			return nil, err
		}
		queries := append([]string{""}, filters[path]...)
		if ask := asked[route]; ask != "" {
			if err := db.QueryRowContext(ctx, ask).Scan(&queries[0]); err != nil {
				return nil, fmt.Errorf("page %s: find its query: %w", route, err)
			}
		}
		if path != onboarding {
			visits = append(visits, as(roles, p.Needs, path, queries)...)
		}
		if !strings.HasPrefix(path, overview) {
			visits = append(visits, as([]auth.Role{auth.Operator}, p.Needs, path, queries[:1])...)
		}
	}
	return visits, nil
}

// as is a page with its queries, opened as the first who may.
func as(who []auth.Role, needs, path string, queries []string) (visits []Visit) {
	for _, role := range who {
		if needs != "" && !api.May(needs, role) {
			continue
		}
		for _, q := range queries {
			full := path
			if q != "" {
				full += "?" + q
			}
			visits = append(visits, Visit{role, full})
		}
		break
	}
	return visits
}

// fill puts things into the places of a route.
func fill(ctx context.Context, db *sql.DB, route string) (string, error) {
	for {
		at := place.FindStringIndex(route)
		if at == nil {
			return route, nil
		}
		before := strings.FieldsFunc(route[:at[0]], func(r rune) bool { return r == '/' })
		find, ok := things[route]
		if !ok {
			find, ok = things[before[len(before)-1]]
		}
		if !ok {
			return "", fmt.Errorf("page %s: nobody said what to put there", route)
		}
		var thing string
		if err := db.QueryRowContext(ctx, find).Scan(&thing); err != nil {
			return "", fmt.Errorf("page %s: find something to put there: %w", route, err)
		}
		route = route[:at[0]] + thing + route[at[1]:]
	}
}
