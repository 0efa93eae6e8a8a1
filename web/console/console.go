// Package console puts the pages together that people open in a browser.
package console

import (
	"net/http"
	"slices"

	"github.com/ciiscan/ciiscan/web/console/admin"
	"github.com/ciiscan/ciiscan/web/console/advisories"
	"github.com/ciiscan/ciiscan/web/console/agreements"
	"github.com/ciiscan/ciiscan/web/console/assets"
	"github.com/ciiscan/ciiscan/web/console/audit"
	"github.com/ciiscan/ciiscan/web/console/bulletins"
	"github.com/ciiscan/ciiscan/web/console/findings"
	"github.com/ciiscan/ciiscan/web/console/imports"
	"github.com/ciiscan/ciiscan/web/console/inbox"
	"github.com/ciiscan/ciiscan/web/console/ledger"
	"github.com/ciiscan/ciiscan/web/console/mail"
	"github.com/ciiscan/ciiscan/web/console/onboarding"
	"github.com/ciiscan/ciiscan/web/console/organizations"
	"github.com/ciiscan/ciiscan/web/console/overview"
	"github.com/ciiscan/ciiscan/web/console/peers"
	"github.com/ciiscan/ciiscan/web/console/people"
	"github.com/ciiscan/ciiscan/web/console/permits"
	"github.com/ciiscan/ciiscan/web/console/releases"
	"github.com/ciiscan/ciiscan/web/console/reports"
	"github.com/ciiscan/ciiscan/web/console/scans"
	"github.com/ciiscan/ciiscan/web/console/search"
	"github.com/ciiscan/ciiscan/web/console/shell"
	"github.com/ciiscan/ciiscan/web/console/upkeep"
)

// New returns the handler of the console. o.Nav is filled in here. more are
// pages that need other parts of the program than the API: sign-in.
func New(o shell.Options, more ...shell.Page) http.Handler {
	o.Nav = grouped(nav)
	return shell.New(o, append(Pages(), more...))
}

// Pages are all pages of the console.
func Pages() []shell.Page {
	return slices.Concat(
		audit.Pages(),
		overview.Pages(),
		search.Pages(),
		admin.Pages(),
		findings.Pages(),
		mail.Pages(),
		assets.Pages(),
		imports.Pages(),
		organizations.Pages(),
		permits.Pages(),
		onboarding.Pages(),
		reports.Pages(),
		scans.Pages(),
		advisories.Pages(),
		bulletins.Pages(),
		releases.Pages(),
		inbox.Pages(),
		peers.Pages(),
		agreements.Pages(),
		ledger.Pages(),
		upkeep.Pages(),
		people.Pages(),
	)
}

// nav is the menu: an organisation's people see less, and their own words.
var nav = []shell.NavItem{
	{Text: "Overview", Path: "/overview", Needs: "get-overview", Key: "o"},
	{Text: "Home", Path: "/", Needs: "get-overview", Key: "h", Bound: true},
	{Text: "Triage", Path: "/triage", Needs: "act-on-findings", Key: "t"},
	{Text: "Findings", Path: "/findings", Needs: "list-findings", Key: "f"},
	{Text: "Disputes", Path: "/disputes", Needs: "rule-dispute"},
	{Text: "Waivers", Path: "/waivers", Needs: "list-finding-advisories"},
	{Text: "Assets", Path: "/assets", Needs: "list-assets", Key: "a"},
	{Text: "Organisations", Path: "/organizations", Needs: "list-organization-lines", Key: "c"},
	{Text: "Permissions", Path: "/permits", Needs: "list-authorizations", Key: "p"},
	{Text: "Scans", Path: "/scans", Needs: "list-scans", Key: "s"},
	{Text: "Advisories", Path: "/advisories", Needs: "list-advisories", Key: "v"},
	{Text: "Releases", Path: "/releases", Needs: "list-releases", Key: "l"},
	{Text: "Inbox", Path: "/inbox", Needs: "list-inbox", Key: "i"},
	{Text: "Peers", Path: "/peers", Needs: "list-peers"},
	{Text: "Agreements", Path: "/agreements", Needs: "list-agreements"},
	{Text: "Ledger", Path: "/ledger", Needs: "get-ledger"},
	{Text: "Mail", Path: "/mail", Needs: "get-mail-state", Key: "m"},
	{Text: "Audit log", Path: "/audit", Needs: "list-audit", Group: "Administration"},
	{Text: "Reports", Path: "/reports", Needs: "list-reports", Key: "r"},
	{Text: "Review board", Path: "/reports/board", Needs: "list-report-runs", Key: "b"},
	{Text: "My findings", Path: "/findings", Needs: "list-findings", Key: "f", Bound: true},
	{Text: "Disputes", Path: "/disputes", Needs: "answer-finding", Bound: true},
	{Text: "My assets", Path: "/assets", Needs: "list-assets", Key: "a", Bound: true},
	{Text: "Permissions", Path: "/permits", Needs: "list-authorizations", Key: "p", Bound: true},
	{Text: "First steps", Path: "/onboarding", Needs: "get-onboarding", Bound: true},
	{Text: "Our reports", Path: "/reports", Needs: "list-reports", Key: "r", Bound: true},
	{Text: "Advisories", Path: "/bulletins", Needs: "list-bulletins", Key: "v", Bound: true},
	{Text: "Scans", Path: "/scans", Needs: "list-scans", Key: "s", Bound: true},
	{Text: "Mail", Path: "/mail", Needs: "list-notices", Key: "m", Bound: true},
	{Text: "Health", Path: "/health", Needs: "get-health"},
	{Text: "Backups", Path: "/backups", Needs: "list-backups"},
	{Text: "Settings", Path: "/settings", Needs: "list-settings"},
	{Text: "Threat feeds", Path: "/feeds", Needs: "import-feed"},
	{Text: "Checks", Path: "/checks", Needs: "get-health"},
	{Text: "Users & roles", Path: "/people", Needs: "list-accounts", Key: "u"},
	{Text: "People", Path: "/people", Needs: "list-accounts", Key: "u", Bound: true},
}
