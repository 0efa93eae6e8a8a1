package findings

import (
	"net/url"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

type disputesView struct {
	shell.View
	List  wire.List[wire.Dispute]
	Names []any
}

// Days is how long a dispute has waited, or did.
func (v disputesView) Days(d wire.Dispute) int { return waited(d, v.Now()) }

func waited(d wire.Dispute, now time.Time) int {
	if d.EndedAt != nil {
		now = *d.EndedAt
	}
	return int(now.Sub(d.OpenedAt) / (24 * time.Hour))
}

func disputes(q *shell.Request) error {
	begin(q, "state=waiting")
	found, err := q.API.DisputePage(q.Context(), Query(q.R.URL.Query()))
	if err != nil {
		return err
	}
	return q.Render(pages, "disputes", disputesView{
		View: q.View(q.T("Disputes")), List: found, Names: []any{"state", q.T("State"), "org", q.T("Operator"), "finding", q.T("Finding")},
	})
}

type disputeView struct {
	shell.View
	Dispute wire.Dispute
	Form    shell.Form
}

func (v disputeView) IsNew(wire.Finding) bool { return false }

// Waits tells whether it is to be decided yet.
func (v disputeView) Waits() bool { return v.Dispute.State == "open" || v.Dispute.State == "answered" }

// Days is how long it has waited, or did.
func (v disputeView) Days() int { return waited(v.Dispute, v.Now()) }

// Until is what the waiver's end is at first: as the operator wants it, or
// three months ahead.
func (v disputeView) Until() string {
	if v.Dispute.Until != nil {
		return v.Dispute.Until.In(v.Preferences().Location()).Format(time.DateOnly)
	}
	return v.Now().AddDate(0, 3, 0).Format(time.DateOnly)
}

func dispute(q *shell.Request) error { return disputeAgain(q, shell.Form{}, nil) }

// disputeAgain shows a dispute, with a form that was refused because of err.
func disputeAgain(q *shell.Request, form shell.Form, refusal error) error {
	if refusal != nil && !form.Refused(refusal) {
		return refusal
	}
	d, err := q.API.Dispute(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	v := disputeView{View: q.View(q.T("Dispute %s", d.ID)), Dispute: d, Form: form}
	if refusal != nil {
		return q.RenderForm(pages, "dispute", v)
	}
	return q.Render(pages, "dispute", v)
}

func sayInDispute(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	if _, err := q.API.SayInDispute(q.Context(), q.Path("id"), form.Get("text")); err != nil {
		return disputeAgain(q, form, err)
	}
	return q.Redirect("/disputes/" + url.PathEscape(q.Path("id")))
}

func ruleDispute(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	r := wire.Ruling{State: form.Get("state"), Reason: strings.TrimSpace(form.Get("reason"))}
	if r.State == "upheld" {
		r.Until = endOfDay(form.Get("until"), q.Session.Preferences.Location())
	}
	if _, err := q.API.RuleDispute(q.Context(), q.Path("id"), r); err != nil {
		return disputeAgain(q, form, err)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("Decided. The operator reads your reason.")})
	return q.Redirect("/disputes")
}
