package findings

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// maxShown is how much of a finding's life is shown, newest first.
const maxShown = 100

type findingView struct {
	shell.View
	Finding    wire.FindingDetail
	Evidence   *wire.Evidence
	Comments   []wire.FindingComment
	Rescan     wire.Rescan
	Disputes   []wire.Dispute
	Advisories []wire.AdvisoryRef
	Elsewhere  wire.List[wire.Finding]
	Drafts     []wire.NoticeDraft // of a notice, first as its reader gets it
	Mails      []wire.Notice
	Life       []Moment
	Earlier    int // events that are not shown
	Form       shell.Form
	// Theirs is the finding as it is now, where a form was made of an older
	// one: the page shows both.
	Theirs bool
}

// Age, Due and IsNew are for the parts that lists have, too.
func (v findingView) Age() int { return Age(v.Finding.Finding, v.Now()) }

func (v findingView) IsNew(f wire.Finding) bool {
	return v.Now().Sub(f.FirstSeen) < 7*24*time.Hour
}

// Missed says that the last looks did not see it, and when that closes it;
// "" where the last one saw it.
func (v findingView) Missed() string {
	f := v.Finding
	if f.Negatives == 0 || f.LooksToClose == 0 {
		return ""
	}
	missed := v.N("Not seen in the last look.", "Not seen in the last %s looks.", f.Negatives)
	more := v.N("One more look that does not see it closes it", "%s more looks that do not see it close it", f.LooksToClose)
	switch {
	case f.NextLookAt == nil:
		return missed + " " + v.T("%s; none is planned yet.", more)
	case f.LooksToClose == 1:
		return missed + " " + v.T("Will be closed on or after %s, if it is not seen then either.", v.Day(v.later(*f.NextLookAt)))
	}
	return missed + " " + v.T("%s; the next is planned for %s.", more, v.Day(v.later(*f.NextLookAt)))
}

// later is a planned time; what should have been before now is done soon.
func (v findingView) later(t time.Time) time.Time {
	if now := v.Now(); t.Before(now) {
		return now
	}
	return t
}

// Stands tells whether an answer is the operator's last.
func (v findingView) Stands(answer string) bool { return v.Finding.Answer == answer && answer != "" }

// Promised is the day by which the operator wants to be done, as a field has it.
func (v findingView) Promised() string {
	if v.Finding.PromisedAt == nil {
		return ""
	}
	return v.Finding.PromisedAt.In(v.Preferences().Location()).Format(time.DateOnly)
}

// CameBack tells whether the finding was seen again after it was fixed, and
// after the operator answered.
func (v findingView) CameBack() bool {
	return v.Finding.AnsweredAt != nil && slices.ContainsFunc(v.Finding.Events, func(e wire.FindingEvent) bool {
		return e.Kind == "back_again" && e.At.After(*v.Finding.AnsweredAt)
	})
}

// Ruled is the decision about the claim that stands, or nil.
func (v findingView) Ruled() *wire.Dispute {
	for i, d := range v.Disputes {
		if d.Claim == v.Finding.Answer && v.Finding.AnsweredAt != nil && !d.OpenedAt.Before(*v.Finding.AnsweredAt) && (d.State == "upheld" || d.State == "rejected") {
			return &v.Disputes[i]
		}
	}
	return nil
}

// Waits is the dispute that is to be decided, or nil.
func (v findingView) Waits() *wire.Dispute {
	for i, d := range v.Disputes {
		if d.State == "open" || d.State == "answered" {
			return &v.Disputes[i]
		}
	}
	return nil
}

// Live tells whether a rescan is under way.
func (v findingView) Live() bool { return v.Rescan.State == "waiting" || v.Rescan.State == "running" }

// WaiverDay is what an exception's end is at first: three months ahead.
func (v findingView) WaiverDay() string { return v.Now().AddDate(0, 3, 0).Format(time.DateOnly) }

// ActPath is where decisions go.
func (v findingView) ActPath() string { return "/findings/" + url.PathEscape(v.Finding.ID) + "/act" }

func show(q *shell.Request) error {
	v, err := viewOf(q, shell.Form{})
	if err != nil {
		return err
	}
	return q.Render(pages, "finding", v)
}

func viewOf(q *shell.Request, form shell.Form) (findingView, error) {
	id := q.Path("id")
	f, err := q.API.Finding(q.Context(), id)
	if err != nil {
		return findingView{}, err
	}
	v := findingView{View: q.View(q.Word(f.Title)), Finding: f, Form: form}
	if v.Comments, err = q.API.FindingComments(q.Context(), id); err != nil {
		return v, err
	}
	if v.Rescan, err = q.API.Rescan(q.Context(), id); err != nil {
		return v, err
	}
	disputes, err := q.API.DisputePage(q.Context(), url.Values{"finding": {id}, "limit": {"20"}})
	if err != nil {
		return v, err
	}
	v.Disputes = disputes.Items
	if q.May("list-finding-advisories") {
		if v.Advisories, err = q.API.FindingAdvisories(q.Context(), id); err != nil {
			return v, err
		}
	}
	if v.Elsewhere, err = Elsewhere(q, f.Finding); err != nil {
		return v, err
	}
	if q.May("list-notices") {
		mails, err := q.API.NoticePage(q.Context(), url.Values{"about": {id}, "limit": {"50"}})
		if err != nil {
			return v, err
		}
		v.Mails = mails.Items
	}
	if v.Drafts, err = drafts(q, id); err != nil {
		return v, err
	}
	if v.Evidence, err = Proof(q, f.Finding); err != nil {
		return v, err
	}
	v.Life = life(id, f.Events, v.Mails, kinds(q))
	if n := len(v.Life); n > maxShown {
		v.Life, v.Earlier = v.Life[:maxShown], n-maxShown
	}
	return v, nil
}

// Proof is the evidence of the last sighting, or nil where there is none.
func Proof(q *shell.Request, f wire.Finding) (*wire.Evidence, error) {
	if f.EvidenceID == "" {
		return nil, nil
	}
	e, err := q.API.FindingEvidence(q.Context(), f.ID, f.EvidenceID)
	if errors.Is(err, inventory.ErrNotFound) {
		return nil, nil // not kept any more
	}
	return &e, err
}

// Elsewhere lists some other places where the same is present, the most urgent
// first.
func Elsewhere(q *shell.Request, f wire.Finding) (wire.List[wire.Finding], error) {
	list, err := q.API.FindingPage(q.Context(), url.Values{
		"check": {f.Check}, "detection": {"open", "back_again"}, "limit": {"6"}, "sort": {"priority"},
	})
	list.Items = slices.DeleteFunc(list.Items, func(o wire.Finding) bool { return o.ID == f.ID })
	return list, err
}

func raw(q *shell.Request) error {
	f, err := q.API.Finding(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = q.W.Write(append(b, '\n')) // the browser has gone
	return nil
}

// act decides something about one finding. A form that was made of an older
// state of it is shown again, beside what it is now.
func act(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	deed := DeedOf(q, form)
	deed.IDs = []string{q.Path("id")}
	deed.Version, _ = strconv.ParseInt(form.Get("version"), 10, 64) // 0 stands for any
	done, err := q.API.ActOnFindings(q.Context(), nil, deed)
	if err != nil {
		return again(q, form, err)
	}
	back := "/findings/" + url.PathEscape(q.Path("id"))
	TellDone(q, done, back)
	return q.Redirect(back)
}

// again shows the page with a form that was refused.
func again(q *shell.Request, form shell.Form, err error) error {
	stale := errors.Is(err, inventory.ErrStale)
	if !form.Refused(err) {
		return err
	}
	v, err := viewOf(q, form)
	if err != nil {
		return err
	}
	v.Theirs = stale
	if stale {
		v.Form.Problem = nil // the page says it better
		return q.RenderStale(pages, "finding", v)
	}
	return q.RenderForm(pages, "finding", v)
}

func reply(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	r := wire.Reply{Answer: form.Get("answer"), Reason: strings.TrimSpace(form.Get("reason"))}
	if r.Answer == "working" || r.Answer == "accept_risk" || r.Answer == "compensating_control" {
		r.Until = endOfDay(form.Get("until"), q.Session.Preferences.Location())
	}
	f, err := q.API.AnswerFinding(q.Context(), q.Path("id"), r)
	if err != nil {
		return again(q, form, err)
	}
	note := q.T("Your answer is kept. Scans go on looking: they close the finding when it is gone.")
	if f.Dispute != "" {
		note = q.T("The CERT decides about your answer. Until then the finding counts.")
	}
	q.Tell(shell.Note{Kind: "done", Text: note})
	return q.Redirect("/findings/" + url.PathEscape(q.Path("id")))
}

func addComment(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	err = q.API.AddFindingComment(q.Context(), q.Path("id"), wire.NewFindingComment{Text: form.Get("text"), Shared: form.Has("shared", "yes")})
	if err != nil {
		return again(q, form, err)
	}
	return q.Redirect("/findings/" + url.PathEscape(q.Path("id")) + "#comments")
}

func rescan(q *shell.Request) error {
	if _, err := q.API.RescanFinding(q.Context(), q.Path("id")); err != nil {
		return again(q, shell.Form{}, err)
	}
	return q.Redirect("/findings/" + url.PathEscape(q.Path("id")) + "#rescan")
}

// live tells how a rescan goes, until it has ended.
func live(q *shell.Request) error {
	id := q.Path("id")
	if _, err := q.API.Rescan(q.Context(), id); err != nil {
		return err // before the answer begins
	}
	return q.Events(func(send func(name, html string) error) error {
		look := time.NewTicker(time.Second)
		defer look.Stop()
		for last := ""; ; {
			r, err := q.API.Rescan(q.Context(), id)
			if err != nil {
				return err
			}
			if r.State != last {
				last = r.State
				var b bytes.Buffer
				if err := pages["finding"].ExecuteTemplate(&b, "rescanned", map[string]any{"view": q.View(""), "r": r, "id": id}); err != nil {
					return err
				}
				if err := send("", b.String()); err != nil {
					return err
				}
			}
			if last != "waiting" && last != "running" {
				return nil
			}
			select {
			case <-q.Context().Done():
				return nil
			case <-look.C:
			}
		}
	})
}
