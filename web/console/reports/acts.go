package reports

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

func startRun(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	r, err := q.API.StartReportRun(q.Context(), wire.NewReportRun{Week: form.Get("week")})
	if err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.N("The run of week %[2]s has %[1]s report.", "The run of week %[2]s has %[1]s reports.", r.Total, r.Week)})
	return q.Redirect("/reports/board?" + url.Values{"run": {r.ID}}.Encode())
}

// maxUndo is how many reports a link to undo names at most.
const maxUndo = 40

// decide does an act on the reports that were chosen, on one that its page
// names, or on all of a run.
func decide(q *shell.Request) error {
	if _, err := q.Form(); err != nil {
		return err
	}
	form := q.R.Form // with the address: an undo is one without fields
	d := wire.ReportDecision{Action: form.Get("action"), Reports: form["id"], Reason: form.Get("reason")}
	if whole, act, ok := strings.Cut(d.Action, "-all"); ok && act == "" { // "approve-all"
		d.Action, d.Run, d.Reports = whole, form.Get("run"), nil
	}
	back := shell.Local(form.Get("back"))
	if back == "/" {
		back = "/reports/board"
	}
	out, err := q.API.DecideReports(q.Context(), d)
	if refusal := (&shell.Form{}); err != nil {
		if !refusal.Refused(err) {
			return err
		}
		q.Tell(shell.Note{Kind: "warning", Text: strings.TrimSpace(refusal.Problem.Message + ". " + refusal.Problem.Hint)})
		return q.Redirect(back)
	}
	q.Tell(told(q, d, out))
	return q.Redirect(back)
}

// told says what came of an act.
func told(q *shell.Request, d wire.ReportDecision, out wire.ReportOutcomes) shell.Note {
	n := shell.Note{Kind: "done", Text: q.N("Done with %s report.", "Done with %s reports.", out.Done)}
	undo := url.Values{"action": {"unapprove"}}
	for _, o := range out.Items {
		if o.Refused == "" {
			undo.Add("id", o.ID)
			continue
		}
		if n.Kind = "warning"; len(n.Text) < 500 {
			n.Text += " " + o.Refused + ": " + o.Hint + "."
		}
	}
	if out.Refused > 0 {
		n.Text = q.N("%s was refused. ", "%s were refused. ", out.Refused) + n.Text
	}
	if d.Action == "approve" && out.Done > 0 && out.Done <= maxUndo {
		n.Undo = "/reports/decide?" + undo.Encode()
	}
	return n
}

func note(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	version, _ := strconv.Atoi(form.Get("version")) // 0 is refused by the API
	_, err = q.API.NoteReport(q.Context(), q.Path("id"), wire.ReportNote{Note: form.Get("note"), Version: version})
	if err != nil {
		if form.Refused(err) { // what somebody else wrote meanwhile stands beside it
			return showWith(q, form, http.StatusUnprocessableEntity)
		}
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("Kept. The files are being made anew with your words.")})
	return q.Redirect(reportPath(q))
}

func revise(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	r, err := q.API.ReviseReport(q.Context(), q.Path("id"), form.Get("reason"))
	if err != nil {
		if form.Refused(err) {
			return showWith(q, form, http.StatusUnprocessableEntity)
		}
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("Revision %s is being made. It goes through the same checks.", q.Number(r.Revision))})
	return q.Redirect("/reports/" + url.PathEscape(r.ID))
}

func resend(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	num, _ := strconv.ParseInt(form.Get("delivery"), 10, 64) // 0 is refused by the API
	if _, err := q.API.ResendReport(q.Context(), q.Path("id"), num); err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("It is on its way again.")})
	return q.Redirect(reportPath(q))
}

func acknowledge(q *shell.Request) error {
	if _, err := q.API.AcknowledgeReport(q.Context(), q.Path("id")); err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("Thank you. We see that you have it.")})
	return q.Redirect(reportPath(q))
}

func reportPath(q *shell.Request) string { return "/reports/" + url.PathEscape(q.Path("id")) }

type scopeView struct {
	shell.View
	ID      string
	List    wire.List[wire.ScopeAnswer]
	Answers []shell.Option
}

func showScope(q *shell.Request) error {
	found, err := q.API.ReportScope(q.Context(), q.Path("id"), q.Filters())
	if err != nil {
		return err
	}
	answers := []shell.Option{{Value: "yes", Text: q.T("ours")}, {Value: "no", Text: q.T("not ours")}, {Value: "changed", Text: q.T("changed")}}
	return q.Render(pages, "scope", scopeView{q.View(q.T("Is this yours?")), q.Path("id"), found, answers})
}

func answerScope(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	var n wire.NewScopeAnswers
	for field := range form.Values {
		asset, ok := strings.CutPrefix(field, "answer-")
		if !ok || form.Get(field) == "" {
			continue
		}
		n.Answers = append(n.Answers, wire.NewScopeAnswer{AssetID: asset, Answer: form.Get(field), Comment: form.Get("comment-" + asset)})
	}
	if len(n.Answers) == 0 {
		q.Tell(shell.Note{Kind: "warning", Text: q.T("Nothing was chosen. Answer for one line at least.")})
		return q.Redirect(reportPath(q) + "/scope")
	}
	if err := q.API.AnswerReportScope(q.Context(), q.Path("id"), n); err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.N("Thank you for %s answer.", "Thank you for %s answers.", len(n.Answers))})
	return q.Redirect(reportPath(q) + "/scope")
}
