package findings

import (
	"net/url"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// queue is the queue before anybody filters it.
const queue = "detection=open&detection=reopened&work=new&exception=hide&sort=priority"

// queueRows is how much of the queue stands beside the finding.
const queueRows = "30"

// A triageView is the queue of what nobody has looked at yet: one finding at a
// time beside the list, a key for each decision, and the next opens by itself.
type triageView struct {
	shell.View
	List       wire.List[wire.Finding]
	Views      []wire.FindingView
	Handled    int
	At         *wire.FindingDetail // nil where the queue is empty
	Evidence   *wire.Evidence
	Elsewhere  wire.List[wire.Finding]
	Advisories []wire.AdvisoryRef
	Next       string // opens after this one
	Query      string // of the queue, without which finding is open
	Form       shell.Form
	Undo       string // the act to undo, where one was done just now
}

// Due, IsNew and Age are for the parts that the list of findings has, too.
func (v triageView) Due(f wire.Finding) Due    { return DueOf(f, v.Now()) }
func (v triageView) IsNew(f wire.Finding) bool { return v.Now().Sub(f.FirstSeen) < 7*24*time.Hour }
func (v triageView) Age(f wire.Finding) int    { return Age(f, v.Now()) }

// Open is the address of the queue with a finding open.
func (v triageView) Open(id string) string {
	return "/triage?" + v.Query + "&at=" + url.QueryEscape(id)
}

// ActPath is where decisions about the open finding go.
func (v triageView) ActPath() string { return "/triage/" + url.PathEscape(v.At.ID) + "?" + v.Query }

// Notice is what the operator could be told.
func (v triageView) Notice() string { return Notice(v.View, *v.At) }

// WaiverDay is what a waiver's end is at first: three months ahead.
func (v triageView) WaiverDay() string { return v.Now().AddDate(0, 3, 0).Format(time.DateOnly) }

func triage(q *shell.Request) error {
	v, err := triageOf(q, shell.Form{}, q.R.URL.Query().Get("at"))
	if err != nil {
		return err
	}
	return q.Render(pages, "triage", v)
}

func triageOf(q *shell.Request, form shell.Form, at string) (triageView, error) {
	asked := q.R.URL.Query()
	query := Query(asked)
	query.Del("undo")
	if len(query) == 0 {
		query, _ = url.ParseQuery(queue) // a constant
	}
	v := triageView{View: q.View(q.T("Triage")), Form: form, Query: query.Encode(), Undo: asked.Get("undo")}
	var err error
	if v.Views, err = q.API.FindingViews(q.Context()); err != nil {
		return v, err
	}
	if v.Handled, err = q.API.CountHandled(q.Context()); err != nil {
		return v, err
	}
	query.Set("limit", queueRows)
	if v.List, err = q.API.FindingPage(q.Context(), query); err != nil || len(v.List.Items) == 0 {
		return v, err
	}
	open := 0
	for i, f := range v.List.Items {
		if f.ID == at {
			open = i
		}
	}
	switch n := len(v.List.Items); {
	case open+1 < n:
		v.Next = v.List.Items[open+1].ID
	case open > 0:
		v.Next = v.List.Items[0].ID
	}
	return v, v.open(q, v.List.Items[open])
}

// open reads all about the finding that is decided about.
func (v *triageView) open(q *shell.Request, f wire.Finding) error {
	about, err := q.API.Finding(q.Context(), f.ID)
	if err != nil {
		return err
	}
	v.At = &about
	if v.Evidence, err = Proof(q, f); err != nil {
		return err
	}
	if v.Elsewhere, err = Elsewhere(q, f); err != nil {
		return err
	}
	v.Advisories, err = q.API.FindingAdvisories(q.Context(), f.ID)
	return err
}

// act decides about a finding, and opens the next.
func triaged(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	id := q.Path("id")
	deed := DeedOf(q, form)
	deed.IDs = []string{id}
	done, err := q.API.ActOnFindings(q.Context(), nil, deed)
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		v, err := triageOf(q, form, id)
		if err != nil {
			return err
		}
		return q.RenderForm(pages, "triage", v)
	}
	query := q.R.URL.Query()
	query.Del("undo")
	query.Del("at")
	back := url.Values{}
	for key, values := range query {
		back[key] = values
	}
	back.Set("at", id)
	TellDone(q, done, "/triage?"+back.Encode())
	query.Set("at", form.Get("next"))
	if form.Get("do") == "take" {
		query.Set("at", id) // taken, not done
	}
	if done.Changed > 0 {
		query.Set("undo", done.ID)
	}
	return q.Redirect("/triage?" + query.Encode())
}
