package advisories

import (
	"net/url"
	"strconv"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// shownExposed is how many open findings a page shows; the list of findings
// has them all.
const shownExposed = 10

// exposed are those who have now what an advisory is about: the most urgent
// open findings, and the path of all of them.
type exposed struct {
	Findings []wire.Finding
	All      string // "" when the advisory names nothing that can be looked for
}

// exposedTo looks for the check of an advisory, or without one for its CVE.
func exposedTo(q *shell.Request, check string, cves []string) (exposed, error) {
	query := url.Values{"detection": {"open", "back_again"}, "sort": {"priority"}}
	switch {
	case !q.May("list-findings") || check == "" && len(cves) == 0:
		return exposed{}, nil
	case check != "":
		query.Set("check", check)
	default:
		query.Set("cve", cves[0])
	}
	out := exposed{All: "/findings?" + query.Encode()}
	query.Set("limit", strconv.Itoa(shownExposed))
	found, err := q.API.FindingPage(q.Context(), query)
	var form shell.Form
	if err != nil && form.Refused(err) { // half a word, while it is typed
		return exposed{}, nil
	}
	out.Findings = found.Items
	return out, err
}
