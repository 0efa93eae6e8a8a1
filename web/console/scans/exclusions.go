package scans

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

type exclusionsView struct {
	shell.View
	List wire.List[wire.Exclusion]
	Form shell.Form
}

// Ends is the day through which an order holds.
func (v exclusionsView) Ends(x wire.Exclusion) string { return v.Day(x.Until.Add(-time.Second)) }

// InForce tells whether an order holds now.
func (v exclusionsView) InForce(x wire.Exclusion) bool { return v.Now().Before(x.Until) }

func listExclusions(q *shell.Request) error {
	return renderExclusions(q, http.StatusOK, shell.Form{})
}

func renderExclusions(q *shell.Request, status int, form shell.Form) error {
	found, err := q.API.ExclusionPage(q.Context(), q.Filters("cursor"))
	if err != nil {
		return err
	}
	view := exclusionsView{q.View(q.T("Orders not to scan")), found, form}
	return q.RenderStatus(status, pages, "exclusions", view)
}

// exclude keeps an order: of an address or prefix where what was typed is one,
// of a name else. It holds to the end of its last day.
func exclude(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	order := wire.NewExclusion{Reason: form.Get("reason")}
	if what := strings.TrimSpace(form.Get("what")); isAddress(what) {
		order.Prefix = what
	} else {
		order.Name = what
	}
	if last, err := time.ParseInLocation(time.DateOnly, form.Get("until"), q.Session.Preferences.Location()); err == nil {
		order.Until = last.AddDate(0, 0, 1).UTC()
	}
	if _, err := q.API.CreateExclusion(q.Context(), order); err != nil {
		if !form.Refused(err) {
			return err
		}
		form.Under("what", "prefix", "name", "exclusion")
		return renderExclusions(q, http.StatusUnprocessableEntity, form)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("Nothing of it is scanned any more, not by what runs now either.")})
	return q.Redirect("/exclusions")
}

func isAddress(text string) bool {
	if _, err := netip.ParsePrefix(text); err == nil {
		return true
	}
	_, err := netip.ParseAddr(text)
	return err == nil || strings.Trim(text, "0123456789./") == ""
}

func endExclusion(q *shell.Request) error {
	return q.Act("/exclusions", q.T("The order has ended. What was authorised may be scanned again."), func(shell.Form) error {
		return q.API.EndExclusion(q.Context(), q.Path("id"))
	})
}
