// Package scans shows what was scanned, what is being scanned and what will
// be, and lets people begin, hold and end scans.
package scans

import (
	"embed"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of scans, of the calendar and of schedules.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /scans", Needs: "list-scans", Handle: list},
		{Route: "GET /scans/new", Needs: "start-scan", Handle: newScan},
		{Route: "POST /scans", Needs: "start-scan", Handle: startScan},
		{Route: "GET /scans/{id}", Needs: "get-scan", Opens: "scan", Handle: show},
		{Route: "GET /scans/{id}/live", Needs: "get-scan", Stream: true, Handle: live},
		{Route: "GET /scans/{id}/parts", Needs: "list-scan-tasks", Handle: parts},
		{Route: "GET /scans/{id}/skipped", Needs: "list-scan-skips", Handle: skipped},
		{Route: "GET /scans/{id}/hosts", Needs: "list-scan-hosts", Handle: hosts},
		{Route: "POST /scans/{id}/pause", Needs: "pause-scan", Handle: pause},
		{Route: "POST /scans/{id}/resume", Needs: "resume-scan", Handle: resume},
		{Route: "POST /scans/{id}/cancel", Needs: "cancel-scan", Handle: cancel},
		{Route: "GET /calendar", Needs: "get-calendar", Handle: showCalendar},
		{Route: "GET /schedules", Needs: "list-schedules", Handle: listSchedules},
		{Route: "GET /schedules/new", Needs: "create-schedule", Handle: newSchedule},
		{Route: "POST /schedules", Needs: "create-schedule", Handle: createSchedule},
		{Route: "POST /schedules/{id}/pause", Needs: "pause-schedule", Handle: pauseSchedule},
		{Route: "POST /schedules/{id}/resume", Needs: "resume-schedule", Handle: resumeSchedule},
		{Route: "POST /schedules/{id}/run", Needs: "run-schedule", Handle: runSchedule},
		{Route: "GET /exclusions", Needs: "list-exclusions", Handle: listExclusions},
		{Route: "POST /exclusions", Needs: "create-exclusion", Handle: exclude},
		{Route: "POST /exclusions/{id}/end", Needs: "end-exclusion", Handle: endExclusion},
		{Route: "GET /scanning", Needs: "get-scanning", Handle: showSwitch},
		{Route: "POST /scanning/stop", Needs: "stop-scanning", Handle: stopAll},
		{Route: "POST /scanning/allow", Needs: "allow-scanning", Handle: allowAll},
	}
}

type listView struct {
	shell.View
	List   wire.List[wire.Scan]
	Switch wire.Scanning
	States []string
}

// states are those of a scan, in the order in which it passes through them.
var states = []string{"queued", "running", "complete", "partial", "failed", "cancelled"}

func list(q *shell.Request) error {
	found, err := q.API.ScanPage(q.Context(), q.BeginDays(q.Filters(), "from", "to"))
	if err != nil {
		return err
	}
	var order wire.Scanning
	if !q.Who.Bound() { // whether all scanning is stopped is the CERT's to know
		if order, err = q.API.Scanning(q.Context()); err != nil {
			return err
		}
	}
	shell.Learn(q, "org", found.Items, func(v wire.Scan) string { return v.OrgID })
	shell.Learn(q, "asset", found.Items, func(v wire.Scan) string { return v.AssetID })
	return q.Render(pages, "list", listView{q.View(q.T("Scans")), found, order, states})
}

type newView struct {
	shell.View
	Form shell.Form
}

func newScan(q *shell.Request) error {
	return q.Render(pages, "new", newView{q.View(q.T("Scan now")), shell.Form{Values: q.R.URL.Query()}})
}

func startScan(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	org := form.Get("org_id")
	if form.Get("asset_id") != "" {
		org = "" // one asset is asked for
	}
	s, err := q.API.StartScan(q.Context(), wire.NewScan{OrgID: org, AssetID: form.Get("asset_id"), Profile: form.Get("profile")})
	if err != nil {
		if form.Refused(err) {
			return q.RenderForm(pages, "new", newView{q.View(q.T("Scan now")), form})
		}
		return err
	}
	return q.Redirect("/scans/" + url.PathEscape(s.ID))
}
