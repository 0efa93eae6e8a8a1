package advisories

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

const (
	shownExposed = 10 // open findings that a page shows; the lists of findings have them all
	lookedUp     = 20 // CVEs that are looked for
)

// exposed are those who have now what an advisory is about: the most urgent
// open findings of its check and of each CVE, and the paths of all of them.
type exposed struct {
	Findings []wire.Finding
	All      []shell.Option // by path; none when the advisory names nothing that can be looked for
}

// exposedTo looks for the check of an advisory, and for its CVEs.
func exposedTo(q *shell.Request, check string, cves []string) (exposed, error) {
	var out exposed
	if !q.May("list-findings") {
		return out, nil
	}
	look := func(key, of string) error {
		query := url.Values{"detection": {"open", "back_again"}, "sort": {"priority"}, key: {of}}
		all := shell.Option{Value: "/findings?" + query.Encode(), Text: of}
		query.Set("limit", strconv.Itoa(shownExposed))
		found, err := q.API.FindingPage(q.Context(), query)
		var form shell.Form
		if err != nil && form.Refused(err) { // half a word, while it is typed
			return nil
		}
		out.All = append(out.All, all)
		for _, f := range found.Items {
			known := slices.ContainsFunc(out.Findings, func(have wire.Finding) bool { return have.ID == f.ID })
			if !known && len(out.Findings) < shownExposed {
				out.Findings = append(out.Findings, f)
			}
		}
		return err
	}
	if check != "" {
		if err := look("check", check); err != nil {
			return out, err
		}
	}
	for _, cve := range cves[:min(len(cves), lookedUp)] {
		if err := look("cve", cve); err != nil {
			return out, err
		}
	}
	return out, nil
}
