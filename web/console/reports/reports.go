// Package reports shows the weekly reports: to the CERT's people the run that
// they look through and send, to an organisation's people their own, and to
// anybody the proof that a file is what was issued.
package reports

import (
	"cmp"
	"embed"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// maxVerified bounds a file that somebody has verified, in bytes.
const maxVerified = 256 << 20

// Pages are the pages of reports.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /reports", Needs: "list-reports", Handle: list},
		{Route: "GET /reports/board", Needs: "list-report-runs", Handle: showBoard},
		{Route: "POST /reports/runs", Needs: "start-report-run", Handle: startRun},
		{Route: "POST /reports/decide", Needs: "decide-reports", Handle: decide},
		{Route: "GET /reports/preview", Needs: "get-weekly-report", Handle: upcoming},
		{Route: "GET /reports/{id}", Needs: "get-report", Opens: "report", Handle: show},
		{Route: "GET /reports/{id}/html", Needs: "get-report-file", Handle: preview},
		{Route: "GET /reports/{id}/files/{name}", Needs: "get-report-file", Handle: download},
		{Route: "POST /reports/{id}/note", Needs: "note-report", Handle: note},
		{Route: "POST /reports/{id}/revise", Needs: "revise-report", Handle: revise},
		{Route: "POST /reports/{id}/resend", Needs: "resend-report", Handle: resend},
		{Route: "POST /reports/{id}/acknowledge", Needs: "acknowledge-report", Handle: acknowledge},
		{Route: "GET /reports/{id}/scope", Needs: "list-report-scope", Handle: showScope},
		{Route: "POST /reports/{id}/scope", Needs: "answer-report-scope", Handle: answerScope},
		{Route: "GET /verify", Public: true, Handle: askVerify},
		{Route: "GET /verify/{id}", Public: true, Handle: verify},
		{Route: "POST /verify/{id}", Public: true, Upload: maxVerified, Handle: verifyFile},
	}
}

type listView struct {
	shell.View
	List                          wire.List[wire.Report]
	States, Flags, Kinds, Sectors []shell.Option
}

func list(q *shell.Request) error {
	found, err := q.API.ReportPage(q.Context(), q.Filters())
	if err != nil {
		return err
	}
	title := q.T("Reports")
	if q.Who.Bound() {
		title = q.T("Your reports")
	}
	return q.Render(pages, "list", listView{q.View(title), found, states(q), flags(q), kinds(q), sectors(q)})
}

// options are words with what people read for them.
func options(q *shell.Request, all ...string) []shell.Option {
	var out []shell.Option
	for _, word := range all {
		out = append(out, shell.Option{Value: word, Text: q.Word(strings.ReplaceAll(word, "_", " "))})
	}
	return out
}

func states(q *shell.Request) []shell.Option {
	return options(q, "making", "not_rendered", "draft", "checked", "held", "approved", "sending", "sent", "bounced", "opened", "acknowledged")
}

func kinds(q *shell.Request) []shell.Option { return options(q, "operator", "sector", "national") }

func sectors(q *shell.Request) []shell.Option {
	return options(q, "energy", "banking", "telecom", "transport", "health", "government", "water", "defence", "industry", "other")
}

// flags are the reasons to look at a report, in words.
func flags(q *shell.Request) []shell.Option {
	return []shell.Option{
		{Value: "any", Text: q.T("any flag")},
		{Value: "drop", Text: q.T("findings halved")},
		{Value: "jump", Text: q.T("findings doubled")},
		{Value: "zero_hosts", Text: q.T("no host answered")},
		{Value: "scanner_error", Text: q.T("a scan failed, or none ran")},
		{Value: "partial_coverage", Text: q.T("many assets not reached")},
		{Value: "contact_missing", Text: q.T("nobody to send it to")},
		{Value: "render_failed", Text: q.T("no sound PDF")},
	}
}

// FlagText says what a flag means.
func (v listView) FlagText(flag string) string { return textOf(v.Flags, flag) }

func textOf(all []shell.Option, value string) string {
	for _, o := range all {
		if o.Value == value {
			return o.Text
		}
	}
	return value
}

type showView struct {
	shell.View
	Report wire.ReportDetail
	Form   shell.Form
	Flags  []shell.Option
	Pages  []readable // in each of its languages
}

// FlagText says what a flag means.
func (v showView) FlagText(flag string) string { return textOf(v.Flags, flag) }

// Kilobytes is the size of a file for people.
func (showView) Kilobytes(n int) int { return (n + 1023) / 1024 }

// Can tells whether an act is possible in the report's state.
func (v showView) Can(act string) bool {
	possible := map[string]string{
		"check": "draft", "hold": "not_rendered draft checked approved", "release": "held", "approve": "checked", "unapprove": "approved",
		"send": "approved", "retry": "not_rendered", "note": "draft checked held", "acknowledge": "sending sent bounced opened",
	}
	for _, s := range strings.Fields(possible[act]) {
		if s == v.Report.State {
			return act != "send" || v.Report.Kind == "operator"
		}
	}
	return false
}

// Out tells whether its reader has it.
func (v showView) Out() bool {
	return strings.Contains(" sending sent bounced opened acknowledged ", " "+v.Report.State+" ")
}

func show(q *shell.Request) error { return showWith(q, shell.Form{}, http.StatusOK) }

func showWith(q *shell.Request, form shell.Form, status int) error {
	r, err := q.API.Report(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	v := showView{q.View(q.T("Report %s", r.Week)), r, form, flags(q), readables(q, r.Files)}
	if status == http.StatusOK && form.Values == nil {
		v.Form.Values = url.Values{"note": {r.Note}}
	}
	if status == http.StatusOK {
		return q.Render(pages, "show", v)
	}
	return q.RenderForm(pages, "show", v)
}

// sandbox lets a report's page show itself and do nothing: no script, no
// form, nothing from anywhere, and no part in this site.
const sandbox = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"

// A readable is a report's page in one language.
type readable struct{ File, Tag, Name string }

// readables are the pages of a report: the one in the reader's language first,
// or else the English one.
func readables(q *shell.Request, files []wire.ReportFile) []readable {
	var out []readable
	for _, f := range files {
		if strings.HasPrefix(f.MediaType, "text/html") {
			l := locale.For(f.Language).Language()
			out = append(out, readable{f.Name, l.Tag, l.Name})
		}
	}
	slices.SortStableFunc(out, func(a, b readable) int {
		return cmp.Compare(place(a.Tag, q.Tag()), place(b.Tag, q.Tag()))
	})
	return out
}

func place(tag, wanted string) int { return slices.Index([]string{wanted, locale.Default, tag}, tag) }

func preview(q *shell.Request) error {
	r, err := q.API.Report(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	all := readables(q, r.Files)
	if len(all) == 0 {
		return q.Fail(http.StatusNotFound, q.T("This report has no page yet"), q.T("It is being made. Try again in a minute."))
	}
	chosen := max(0, slices.IndexFunc(all, func(p readable) bool { return p.Tag == q.R.URL.Query().Get("lang") }))
	got, err := q.API.ReportFile(q.Context(), r.ID, all[chosen].File)
	if err != nil {
		return err
	}
	return framed(q, got.Content)
}

// framed answers with a page of ours that is shown within a page.
func framed(q *shell.Request, page []byte) error {
	h := q.W.Header()
	h.Set("Content-Security-Policy", sandbox)
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = q.W.Write(page) // the browser has gone
	return nil
}

// upcoming shows the report of the last seven days as it would be now.
func upcoming(q *shell.Request) error {
	got, err := q.API.WeeklyPage(q.Context(), q.R.URL.Query().Get("org"), q.R.URL.Query().Get("lang"))
	if err != nil {
		return err
	}
	return framed(q, got.Content)
}

func download(q *shell.Request) error {
	f, err := q.API.ReportFile(q.Context(), q.Path("id"), q.Path("name"))
	if err != nil {
		return err
	}
	h := q.W.Header()
	h.Set("Content-Security-Policy", sandbox)
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	_, _ = q.W.Write(f.Content) // the browser has gone
	return nil
}
