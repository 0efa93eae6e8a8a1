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
	Life       []Moment
	Earlier    int // events that are not shown
	Form       shell.Form
	// Theirs is the finding as it is now, where a form was made of an older
	// one: the page shows both.
	Theirs bool
}

// A Moment is one line of a finding's life. Same sightings in a row are one.
type Moment struct {
	wire.FindingEvent
	Times    int       // how often in a row
	Since    time.Time // the first of them
	Before   string    // the evidence of the sighting before, where it differs
	Tone     string
	Scan     bool
	DiffPath string
}

// Age, Due and IsNew are for the parts that lists have, too.
func (v findingView) Age() int               { return Age(v.Finding.Finding, v.Now()) }
func (v findingView) Due(f wire.Finding) Due { return DueOf(f, v.Now()) }
func (v findingView) IsNew(f wire.Finding) bool {
	return v.Now().Sub(f.FirstSeen) < 7*24*time.Hour
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

// Notice is what the operator could be told.
func (v findingView) Notice() string { return Notice(v.View, v.Finding) }

// Notice drafts what an operator is told: first what to do.
func Notice(v shell.View, f wire.FindingDetail) string {
	place := f.Address
	if f.Port != 0 {
		place += ":" + strconv.Itoa(f.Port)
	}
	var b strings.Builder
	fix := v.T("See the finding's page for what to do.")
	if f.About != nil && f.About.Fix != "" {
		fix = f.About.Fix
	}
	b.WriteString(v.T("What to do: %s", fix) + "\n\n")
	b.WriteString(v.T("Where: %s, seen on %s.", place, v.Day(f.LastSeen)) + "\n")
	b.WriteString(v.T("What we saw: %s", f.Title) + "\n")
	if f.About != nil && f.About.Why != "" {
		b.WriteString(v.T("Why it matters: %s", f.About.Why) + "\n")
	}
	if f.DueAt != nil {
		b.WriteString(v.T("Please be done by %s.", v.Day(*f.DueAt)) + "\n")
	}
	b.WriteString("\n" + v.T("Then press “Check my fix” on the page of %s, or answer there.", f.ID))
	return b.String()
}

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
	v := findingView{View: q.View(f.Title), Finding: f, Form: form}
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
	if !q.Who.Bound() {
		if v.Elsewhere, err = Elsewhere(q, f.Finding); err != nil {
			return v, err
		}
	}
	if v.Evidence, err = Proof(q, f.Finding); err != nil {
		return v, err
	}
	v.Life = life(id, f.Events)
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
		"check": {f.Check}, "detection": {"open", "reopened"}, "limit": {"6"}, "sort": {"priority"},
	})
	list.Items = slices.DeleteFunc(list.Items, func(o wire.Finding) bool { return o.ID == f.ID })
	return list, err
}

// life is a finding's, newest first. What scans saw again and again, with
// nothing between, is one line.
func life(id string, events []wire.FindingEvent) []Moment {
	var out []Moment
	evidence := ""
	for _, e := range events {
		m := Moment{FindingEvent: e, Times: 1, Since: e.At, Scan: e.Actor == "scan", Tone: tones[e.Kind]}
		if e.EvidenceID != "" {
			if evidence != "" && evidence != e.EvidenceID {
				m.Before = evidence
				m.DiffPath = "/findings/" + url.PathEscape(id) + "/compare?" + url.Values{"a": {evidence}, "b": {e.EvidenceID}}.Encode()
			}
			evidence = e.EvidenceID
		}
		if n := len(out); n > 0 && e.Kind == "verified" && out[n-1].Kind == "verified" && m.Before == "" {
			m.Times, m.Since, m.Before, m.DiffPath = out[n-1].Times+1, out[n-1].Since, out[n-1].Before, out[n-1].DiffPath
			out[n-1] = m
			continue
		}
		out = append(out, m)
	}
	slices.Reverse(out)
	return out
}

var tones = map[string]string{"opened": "bad", "reopened": "bad", "fixed": "good"}

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
