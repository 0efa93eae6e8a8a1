package findings

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// mostInForm bounds the reply of the API to what the form names.
const mostInForm = 500

// bulk does to the findings that are ticked, or to all that match, what the
// button says.
func bulk(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	ids := form.Values["id"]
	back := elsewhere(q, form)
	if back != "" && len(ids) == 0 {
		q.Tell(shell.Note{Kind: "warning", Text: q.T("Nothing was selected. Tick the findings first.")})
		return q.Redirect(back)
	}
	if back == "" {
		back = "/findings?" + q.R.URL.RawQuery
	}
	query := Query(q.R.URL.Query())
	query.Del("cursor") // all that match are those of every page
	query.Del("limit")
	switch do := form.Get("do"); do {
	case "rescan":
		return bulkRescan(q, form, ids, back)
	case "draft":
		return bulkDraft(q, form, ids)
	case "csv", "xlsx":
		return exportPicked(q, form, query, ids, do)
	}
	deed := DeedOf(q, form)
	if form.Has("all", "yes") {
		deed.All, deed.IDs = true, nil
	} else {
		deed.IDs = ids[:min(len(ids), mostInForm)]
	}
	done, err := q.API.ActOnFindings(q.Context(), query, deed)
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		return refuse(q, form)
	}
	TellDone(q, done, back)
	return q.Redirect(back)
}

// elsewhere is the page that the form came from, and leads back to, when that
// is not the list. The list is then of the findings that are ticked: there the
// form stands again if it is refused.
func elsewhere(q *shell.Request, form shell.Form) string {
	back := q.R.URL.Query().Get("back")
	if back == "" {
		return ""
	}
	ids := form.Values["id"]
	u := *q.R.URL
	u.RawQuery = url.Values{"back": {back}, "id": ids[:min(len(ids), mostInForm)]}.Encode()
	r := *q.R
	r.URL = &u
	q.R = &r
	form.Values.Del("all")
	return shell.Local(back)
}

// DeedOf is what a form asks for: its button is named do.
func DeedOf(q *shell.Request, form shell.Form) wire.FindingDeed {
	zone := q.Session.Preferences.Location()
	d := wire.FindingDeed{Act: form.Get("do"), Reason: strings.TrimSpace(form.Get("reason"))}
	switch d.Act {
	case "take": // for oneself
		d.Act, d.Assignee = "assign", "me"
	case "assign":
		d.Assignee = strings.TrimSpace(form.Get("assignee"))
	case "triaged", "notified", "acknowledged", "in_progress", "new":
		d.Act, d.Work = "work", d.Act
	case "work":
		d.Work = form.Get("work")
	case "false_positive":
		d.Act, d.Waiver, d.Until = "waive", d.Act, endOfDay(form.Get("until"), zone)
	case "waive":
		d.Waiver, d.Until = form.Get("waiver"), endOfDay(form.Get("until"), zone)
	case "renew":
		d.Until = endOfDay(form.Get("until"), zone)
	case "unwaive":
		d.Act, d.Waiver = "waive", "none"
	case "tag", "untag":
		d.Tag = form.Get("tag")
	case "advise":
		d.Advisory = strings.ToUpper(strings.TrimSpace(form.Get("advisory")))
	case "notice":
		d.Text = form.Get("text")
	}
	return d
}

// TellDone says what was done, with the way to undo it.
func TellDone(q *shell.Request, done wire.Done, back string) {
	if done.Changed == 0 {
		q.Tell(shell.Note{Kind: "warning", Text: q.T("Nothing changed: they were so already.")})
		return
	}
	q.Tell(shell.Note{
		Kind: "done", Text: q.N("%s finding changed. You can undo this for ten minutes.", "%s findings changed. You can undo this for ten minutes.", done.Changed),
		Undo: "/findings/acts/" + url.PathEscape(done.ID) + "/undo?" + url.Values{"back": {back}}.Encode(),
	})
}

func undo(q *shell.Request) error {
	back := shell.Local(q.R.URL.Query().Get("back"))
	if back == "/" {
		back = "/findings"
	}
	u, err := q.API.UndoAct(q.Context(), q.Path("id"))
	if err != nil {
		var form shell.Form
		if !form.Refused(err) {
			return err
		}
		q.Tell(shell.Note{Kind: "warning", Text: q.T("Not undone: %s.", err.Error())})
		return q.Redirect(back)
	}
	note := shell.Note{Kind: "done", Text: q.N("Undone for %s finding.", "Undone for %s findings.", u.Restored)}
	if u.Kept > 0 {
		note.Kind = "warning"
		note.Text += " " + q.N("%s stays as it is: somebody changed it since.", "%s stay as they are: somebody changed them since.", u.Kept)
	}
	q.Tell(note)
	return q.Redirect(back)
}

func bulkRescan(q *shell.Request, form shell.Form, ids []string, back string) error {
	if len(ids) == 0 || form.Has("all", "yes") {
		form.Problem = &shell.Mistake{Message: q.T("Rescans are for rows that you ticked"), Hint: q.T("Tick up to 100 findings: each becomes a small scan.")}
		return refuse(q, form)
	}
	r, err := q.API.RescanFindings(q.Context(), ids)
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		return refuse(q, form)
	}
	note := shell.Note{Kind: "done", Text: q.N("%s finding is being looked at again.", "%s findings are being looked at again.", r.Begun)}
	if len(r.Refused) > 0 {
		note.Kind = "warning"
		note.Text += " " + q.T("Not the others: %s.", strings.Join(r.Refused[:min(3, len(r.Refused))], "; "))
	}
	q.Tell(note)
	return q.Redirect(back)
}

// exportPicked leads to the file of the ticked rows, or of all that match.
func exportPicked(q *shell.Request, form shell.Form, query url.Values, ids []string, format string) error {
	if !form.Has("all", "yes") {
		if len(ids) == 0 {
			form.Problem = &shell.Mistake{Message: q.T("Nothing is ticked"), Hint: q.T("Tick the findings first, or all that match.")}
			return refuse(q, form)
		}
		query = url.Values{"id": ids[:min(len(ids), mostInForm)], "sort": {"priority"}}
	}
	query.Set("format", format)
	return q.Redirect("/findings/export?" + query.Encode())
}

// bulkDraft begins an advisory about the findings that are ticked.
func bulkDraft(q *shell.Request, form shell.Form, ids []string) error {
	if len(ids) == 0 || form.Has("all", "yes") {
		form.Problem = &shell.Mistake{Message: q.T("A draft is about rows that you ticked"), Hint: q.T("Tick findings with the same title: an advisory is about one weakness.")}
		return refuse(q, form)
	}
	a, err := q.API.DraftAdvisory(q.Context(), wire.NewAdvisory{TLP: "amber", FindingIDs: ids[:min(len(ids), mostInForm)]})
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		return refuse(q, form)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("Draft %s is made of the findings that you ticked.", a.ID)})
	return q.Redirect("/advisories/" + url.PathEscape(a.ID))
}

// export hands out all that match as a file, while it is made.
func export(q *shell.Request) error {
	query := Query(q.R.URL.Query())
	format := query.Get("format")
	for _, key := range []string{"format", "cursor", "limit"} {
		query.Del(key)
	}
	if format == "" {
		format = "csv"
	}
	return q.API.FindingFile(q.Context(), query, format, func(f client.File, body io.Reader) error {
		h := q.W.Header()
		h.Set("Content-Type", f.Type)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
		if _, err := io.Copy(q.W, body); err != nil {
			panic(http.ErrAbortHandler) // the browser must not take half of it for the whole
		}
		return nil
	})
}
