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
const standard = "detection=open&detection=reopened&exception=hide&sort=priority"

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
func filterNames(t func(string, ...any) string) []any {
	return []any{
		"q", t("Words"), "severity", t("Severity"), "detection", t("State"), "work", t("Work"), "exception", t("Exceptions"),
		"waiver", t("Waiver"), "kev", t("Known exploited"), "epss", t("EPSS at least"), "cvss_min", t("CVSS at least"), "due", t("Deadline"), "sector", t("Sector"),
		"org", t("Operator"), "asset", t("Asset"), "check", t("Check"), "cve", "CVE", "port", t("Port"), "transport", t("Protocol"),
		"service", t("Service"), "tag", t("Tag"), "criticality", t("Criticality of the operator"), "assignee", t("Assigned to"), "source", t("Found by"), "change", t("Change"),
		"since", t("Since"), "first_from", t("First seen from"), "first_until", t("First seen before"), "age_min", t("Days old, at least"),
		"age_max", t("Days old, at most"), "answer", t("Answer"), "disputed", t("Disputed"), "id", t("Finding"), "waiver_ends", t("Waiver ends within days"),
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

// A Due tells how long there is yet: 3 days left, or 4 days over.
type Due struct {
	Days int // to go, or since
	Over bool
	None bool
}

// DueOf is a finding's.
func DueOf(f wire.Finding, now time.Time) Due {
	if f.DueAt == nil || f.Detection == "fixed" {
		return Due{None: true}
	}
	left := f.DueAt.Sub(now)
	return Due{Days: int(left.Abs() / (24 * time.Hour)), Over: left < 0}
}
