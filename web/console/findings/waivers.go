package findings

import (
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

type waiversView struct {
	shell.View
	List  wire.List[wire.Finding]
	Names []any
	Form  shell.Form
}

// Ended tells whether a waiver holds nothing up any more.
func (v waiversView) Ended(f wire.Finding) bool {
	return f.WaiverInfo != nil && !f.WaiverInfo.Until.After(v.Now())
}

// Again is what a renewed waiver's end is at first: three months ahead.
func (v waiversView) Again() string { return v.Now().AddDate(0, 3, 0).Format(time.DateOnly) }

// waivers lists what was decided to be left as it is, the next to end first.
func waivers(q *shell.Request) error {
	begin(q, "exception=only")
	v, err := waiversOf(q, shell.Form{})
	if err != nil {
		return err
	}
	return q.Render(pages, "waivers", v)
}

func waiversOf(q *shell.Request, form shell.Form) (waiversView, error) {
	query := Query(q.R.URL.Query())
	query.Set("sort", "waiver")
	query.Set("limit", pageRows)
	found, err := q.API.FindingPage(q.Context(), query)
	return waiversView{View: q.View(q.T("Waivers")), List: found, Names: filterNames(q), Form: form}, err
}

// settleWaivers renews or ends the waivers that are ticked.
func settleWaivers(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	deed := DeedOf(q, form)
	deed.IDs = form.Values["id"][:min(len(form.Values["id"]), mostInForm)]
	done, err := q.API.ActOnFindings(q.Context(), nil, deed)
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		v, err := waiversOf(q, form)
		if err != nil {
			return err
		}
		return q.RenderForm(pages, "waivers", v)
	}
	back := "/waivers?" + q.R.URL.RawQuery
	TellDone(q, done, back)
	return q.Redirect(back)
}
