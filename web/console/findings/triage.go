package findings

import (
	"cmp"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// queue is the queue before anybody filters it.
const queue = "detection=open&detection=back_again&work=new&exception=hide&sort=priority"

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
	Drafts     []wire.NoticeDraft // of a notice, first as its reader gets it
	Before     string             // address of the finding before this one, "" for none
	Next       string             // opens after this one, "" for the first of its part of the queue
	NextPart   string             // the cursor of that part
	Query      url.Values         // of the queue, without which finding is open
	Form       shell.Form
	Undo       string // where a form undoes what was done just now
}

// Due, IsNew and Age are for the parts that the list of findings has, too.
func (v triageView) IsNew(f wire.Finding) bool { return v.Now().Sub(f.FirstSeen) < 7*24*time.Hour }
func (v triageView) Age(f wire.Finding) int    { return Age(f, v.Now()) }

// Open is the address of the queue with a finding open.
func (v triageView) Open(id string) string { return v.part(v.Query.Get("cursor"), id) }

// More tells whether the queue has others than the open one.
func (v triageView) More() bool {
	return v.NextPart != "" || v.Query.Get("cursor") != "" || len(v.List.Items) > 1
}

// After is the address of the queue with the next finding open.
func (v triageView) After() string { return v.part(v.NextPart, v.Next) }

// part is the address of a part of the queue, with a finding open.
func (v triageView) part(cursor, id string) string { return queueAt(v.Query, cursor, id) }

func queueAt(queue url.Values, cursor, id string) string {
	query := url.Values{}
	for key, values := range queue {
		query[key] = values
	}
	query.Del("cursor")
	for key, value := range map[string]string{"cursor": cursor, "at": id} {
		if value != "" {
			query.Set(key, value)
		}
	}
	return "/triage?" + query.Encode()
}

// whole is the queue from its beginning.
func (v triageView) whole() string {
	query := url.Values{}
	for key, values := range v.Query {
		if key != "cursor" {
			query[key] = values
		}
	}
	return query.Encode()
}

// AsList is the queue as a list.
func (v triageView) AsList() string { return "/findings?" + v.whole() }

// SavePath is where the queue is saved under a name.
func (v triageView) SavePath() string { return "/findings/views?" + v.whole() }

// Queues are those that everybody has, and the saved views.
func (v triageView) Queues() []any {
	var out []any
	add := func(text, query string) { out = append(out, map[string]any{"text": text, "href": "/triage" + query}) }
	add(v.T("New"), "")
	add(v.T("Known exploited"), "?detection=open&detection=back_again&work=new&kev=yes&exception=hide")
	add(v.T("Back again"), "?detection=back_again&work=new")
	add(v.T("Mine"), "?assignee=me&detection=open&detection=back_again&work=new")
	for _, saved := range v.Views {
		if query, err := url.ParseQuery(saved.Query); err == nil {
			add(saved.Name, "?"+Query(query).Encode())
		}
	}
	return out
}

// ActPath is where decisions about the open finding go.
func (v triageView) ActPath() string {
	return "/triage/" + url.PathEscape(v.At.ID) + "?" + v.Query.Encode()
}

// State is where the open finding stands, in words of the program.
func (v triageView) State() string { return stateWord(v.At.Finding) }

// WaiverDay is what a waiver's end is at first: three months ahead.
func (v triageView) WaiverDay() string { return v.Now().AddDate(0, 3, 0).Format(time.DateOnly) }

func triage(q *shell.Request) error {
	v, err := triageOf(q, shell.Form{}, "")
	if err != nil {
		return err
	}
	return q.Render(pages, "triage", v)
}

// triageOf makes the queue of the page's address. form is one that was refused,
// about the finding of: that one is open, though it may have left the queue.
func triageOf(q *shell.Request, form shell.Form, of string) (triageView, error) {
	asked := q.R.URL.Query()
	query := Query(asked)
	if len(query) == 0 || len(query) == 1 && query.Has("cursor") {
		first, _ := url.ParseQuery(queue) // a constant
		first["cursor"] = query["cursor"]
		query = first
	}
	v := triageView{View: q.View(q.T("Triage")), Form: form, Query: query}
	if undo := asked.Get("undo"); undo != "" {
		back := v.part(query.Get("cursor"), asked.Get("was"))
		v.Undo = "/findings/acts/" + url.PathEscape(undo) + "/undo?" + url.Values{"back": {back}}.Encode()
	}
	var err error
	if v.Views, err = q.API.FindingViews(q.Context()); err != nil {
		return v, err
	}
	now := q.Now().In(q.Session.Preferences.Location())
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	if v.Handled, err = q.API.CountHandled(q.Context(), midnight); err != nil {
		return v, err
	}
	if v.List, err = v.rows(q); err != nil {
		return v, err
	}
	if len(v.List.Items) == 0 && v.Query.Get("cursor") != "" { // the end: what was passed over is at the beginning
		v.Query.Del("cursor")
		if v.List, err = v.rows(q); err != nil {
			return v, err
		}
	}
	return v, v.open(q, of, cmp.Or(of, asked.Get("at")))
}

// rows are those of the queue that stand beside the finding.
func (v triageView) rows(q *shell.Request) (wire.List[wire.Finding], error) {
	query := url.Values{"limit": {queueRows}}
	for key, values := range v.Query {
		query[key] = values
	}
	return q.API.FindingPage(q.Context(), query)
}

// open reads all about the finding that is decided about: the one that has to
// be open, the one that is asked for if the queue has it, or the first.
func (v *triageView) open(q *shell.Request, must, at string) error {
	items, here := v.List.Items, -1
	for i, f := range items {
		if f.ID == at {
			here = i
		}
	}
	if here < 0 && must == "" {
		here = 0
	}
	if len(items) == 0 && must == "" {
		return nil
	}
	switch {
	case here+1 < len(items):
		v.Next, v.NextPart = items[here+1].ID, v.Query.Get("cursor")
	default: // the next part, or the beginning again
		v.NextPart = v.List.NextCursor
	}
	if here > 0 {
		v.Before = v.Open(items[here-1].ID)
	}
	id := must
	if here >= 0 {
		id = items[here].ID
	}
	about, err := q.API.Finding(q.Context(), id)
	if err != nil {
		return err
	}
	v.At = &about
	if v.Evidence, err = Proof(q, about.Finding); err != nil {
		return err
	}
	if v.Drafts, err = drafts(q, id); err != nil {
		return err
	}
	if v.Elsewhere, err = Elsewhere(q, about.Finding); err != nil {
		return err
	}
	v.Advisories, err = q.API.FindingAdvisories(q.Context(), id)
	return err
}

// triaged decides about a finding, and opens the next.
func triaged(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	id := q.Path("id")
	deed := DeedOf(q, form)
	deed.IDs = []string{id}
	deed.Version, _ = strconv.ParseInt(form.Get("version"), 10, 64) // 0 stands for any
	done, err := q.API.ActOnFindings(q.Context(), nil, deed)
	if err != nil {
		return triageAgain(q, form, id, err)
	}
	query := Query(q.R.URL.Query())
	TellDone(q, done, queueAt(query, query.Get("cursor"), id))
	cursor, next := form.Get("part"), form.Get("next")
	if form.Get("do") == "take" { // taken, not done
		cursor, next = query.Get("cursor"), id
	}
	to := queueAt(query, cursor, next)
	if done.Changed > 0 {
		to += "&" + url.Values{"undo": {done.ID}, "was": {id}}.Encode()
	}
	return q.Redirect(to)
}

// triageAgain shows the queue with a form that was refused.
func triageAgain(q *shell.Request, form shell.Form, id string, refusal error) error {
	stale := errors.Is(refusal, inventory.ErrStale)
	if !form.Refused(refusal) {
		return refusal
	}
	v, err := triageOf(q, form, id)
	if err != nil {
		return err
	}
	if !stale {
		return q.RenderForm(pages, "triage", v)
	}
	v.Form.Problem = &shell.Mistake{
		Message: q.T("Somebody was faster"),
		Hint:    q.T("It is %s now, and %s has it in hand. Nothing of yours was kept: decide again, or go on with the next.", q.Word(v.State()), cmp.Or(v.At.Assignee, q.T("nobody"))),
	}
	return q.RenderStale(pages, "triage", v)
}
