package findings

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// standard is the list before anybody filters it: what is there, and not
// waived.
const standard = "detection=open&detection=back_again&exception=hide&sort=priority"

// own are the words of an address that the API does not know.
var own = []string{"cols", "density", "view", "back", "at", "undo", "was"}

// Query is the part of an address that the API takes: without the page's own
// words and without what a form sends empty.
func Query(from url.Values) url.Values {
	out := url.Values{}
	for key, values := range from {
		if slices.Contains(own, key) {
			continue
		}
		for _, v := range values {
			if v = strings.TrimSpace(v); v != "" {
				out.Add(key, v)
			}
		}
	}
	return out
}

// begin fills in the query of an address that has none, so that the page shows
// what it filters by.
func begin(q *shell.Request, query string) {
	if q.R.URL.RawQuery == "" {
		u := *q.R.URL
		u.RawQuery = query
		r := *q.R
		r.URL = &u
		q.R = &r
	}
}

// filterNames are the keys of a query as people call them, in turns.
func filterNames(q *shell.Request) []any {
	return []any{
		"q", q.T("Words"), "severity", q.T("Severity"), "detection", q.T("State"), "work", q.T("Work"), "exception", q.T("Exceptions"),
		"waiver", q.T("Waiver"), "kev", q.T("Known exploited"), "epss", q.T("EPSS at least"), "cvss_min", q.T("CVSS at least"), "due", q.T("Deadline"), "sector", q.T("Sector"),
		"org", q.T("Operator"), "asset", q.T("Asset"), "check", q.T("Check"), "cve", "CVE", "port", q.T("Port"), "transport", q.T("Protocol"),
		"service", q.T("Service"), "tag", q.T("Tag"), "criticality", q.T("Criticality of the operator"), "assignee", q.T("Assigned to"), "source", q.T("Found by"), "change", q.T("Change"),
		"since", q.T("Since"), "until", q.T("Change before"), "scan", q.T("Scan"), "first_from", q.T("First seen from"), "first_until", q.T("First seen before"), "age_min", q.T("Days old, at least"),
		"age_max", q.T("Days old, at most"), "answer", q.T("Answer"), "disputed", q.T("Disputed"), "id", q.T("Finding"), "waiver_ends", q.T("Waiver ends within days"),
	}
}

// endOfDay reads a date field: the last second of that day where the reader
// is, or nil.
func endOfDay(text string, zone *time.Location) *time.Time {
	day, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(text), zone)
	if err != nil {
		return nil
	}
	end := day.AddDate(0, 0, 1).Add(-time.Second)
	return &end
}

// Age is how many days ago a finding was first seen.
func Age(f wire.Finding, now time.Time) int {
	return max(0, int(now.Sub(f.FirstSeen)/(24*time.Hour)))
}

// stateWord is where a finding stands: what is decided of it, or how far
// people are.
func stateWord(f wire.Finding) string {
	switch {
	case f.Detection == "fixed":
		return f.Detection
	case f.Waiver != "none":
		return strings.ReplaceAll(f.Waiver, "_", " ")
	}
	return strings.ReplaceAll(f.Work, "_", " ")
}
