package scans

import (
	"net/url"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// look is how often a page that shows a scan at work is brought up to date.
const look = 2 * time.Second

type scanView struct {
	shell.View
	Scan    wire.Scan
	Changes wire.ScanChanges
}

// Why is what most of the scan failed of, where one reason stands for it.
func (v scanView) Why() string {
	for _, r := range v.Scan.Remarks {
		if r.Reason != "" {
			return v.Word(r.Reason)
		}
	}
	return ""
}

// Took is how long a scan went on.
func (v scanView) Took(from, to *time.Time) string { return took(v.View, from, to) }

// Took is how long a scan went on.
func (v listView) Took(from, to *time.Time) string { return took(v.View, from, to) }

// Took is how long a scan went on.
func (v schedulesView) Took(from, to *time.Time) string { return took(v.View, from, to) }

func took(v shell.View, from, to *time.Time) string {
	if from == nil || to == nil {
		return ""
	}
	switch d := to.Sub(*from); {
	case d < time.Minute:
		return v.N("%s second", "%s seconds", int(d.Seconds()))
	case d < 2*time.Hour:
		return v.N("%s minute", "%s minutes", int(d.Minutes()))
	default:
		return v.T("%s h %s min", v.Number(int(d.Hours())), v.Number(int(d.Minutes())%60))
	}
}

// Live tells whether the scan goes on.
func (v scanView) Live() bool { return v.Scan.State == "queued" || v.Scan.State == "running" }

// Ended is how many parts have ended.
func (v scanView) Ended() int { return v.Scan.Tasks.Total - v.Scan.Tasks.Queued - v.Scan.Tasks.Running }

// Appeared and Gone are the services that came and went.
func (v scanView) Appeared() []wire.ServiceChange { return v.services(false) }

// Gone are the services that went.
func (v scanView) Gone() []wire.ServiceChange { return v.services(true) }

func (v scanView) services(gone bool) []wire.ServiceChange {
	return slices.DeleteFunc(slices.Clone(v.Changes.Services), func(c wire.ServiceChange) bool { return c.Gone != gone })
}

func show(q *shell.Request) error {
	view, err := progress(q)
	if err != nil {
		return err
	}
	return q.Render(pages, "scan", view)
}

func progress(q *shell.Request) (scanView, error) {
	s, err := q.API.Scan(q.Context(), q.Path("id"))
	if err != nil {
		return scanView{}, err
	}
	view := scanView{View: q.View(q.T("Scan %s", s.ID)), Scan: s}
	if !view.Live() {
		view.Changes, err = q.API.ScanChanges(q.Context(), s.ID)
	}
	return view, err
}

// live sends how the scan goes, until it has ended.
func live(q *shell.Request) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	return q.Events(func(send func(name, html string) error) error {
		last := ""
		for {
			view, err := progress(q)
			if err != nil {
				return err
			}
			html, err := pages.Part("scan", "progress-of-scan", view)
			if err != nil {
				return err
			}
			if html != last {
				if err := send("", html); err != nil {
					return err
				}
				last = html
			}
			if !view.Live() {
				return nil
			}
			select {
			case <-q.Context().Done():
				return q.Context().Err()
			case <-tick.C:
			}
		}
	})
}

type partsView struct {
	shell.View
	Scan   string
	List   wire.List[wire.ScanTask]
	States []string
}

func parts(q *shell.Request) error {
	found, err := q.API.ScanTasks(q.Context(), q.Path("id"), q.Filters())
	if err != nil {
		return err
	}
	return q.Render(pages, "parts", partsView{
		q.View(q.T("Parts of scan %s", q.Path("id"))), q.Path("id"), found,
		[]string{"queued", "running", "complete", "partial", "unreachable", "blocked", "failed", "cancelled"},
	})
}

type hostsView struct {
	shell.View
	Scan string
	List wire.List[wire.ScanHost]
}

func hosts(q *shell.Request) error {
	found, err := q.API.ScanHosts(q.Context(), q.Path("id"), q.Filters())
	if err != nil {
		return err
	}
	shell.Learn(q, "asset", found.Items, func(v wire.ScanHost) string { return v.AssetID })
	return q.Render(pages, "hosts", hostsView{q.View(q.T("Addresses of scan %s", q.Path("id"))), q.Path("id"), found})
}

type skippedView struct {
	shell.View
	Scan string
	List wire.List[wire.Skip]
}

// skipped lists what a scan left out.
func skipped(q *shell.Request) error {
	found, err := q.API.ScanSkips(q.Context(), q.Path("id"), q.Filters())
	if err != nil {
		return err
	}
	shell.Learn(q, "asset", found.Items, func(v wire.Skip) string { return v.AssetID })
	return q.Render(pages, "skipped", skippedView{q.View(q.T("Not scanned")), q.Path("id"), found})
}

func pause(q *shell.Request) error {
	return turn(q, q.T("The scan is held: nothing more of it begins."), func(id, reason string) (wire.Scan, error) {
		return q.API.PauseScan(q.Context(), id, reason)
	})
}

func resume(q *shell.Request) error {
	return turn(q, q.T("The scan goes on."), func(id, _ string) (wire.Scan, error) { return q.API.ResumeScan(q.Context(), id) })
}

func cancel(q *shell.Request) error {
	return turn(q, q.T("The scan is ended. What it has seen is kept."), func(id, reason string) (wire.Scan, error) {
		return q.API.CancelScan(q.Context(), id, reason)
	})
}

// turn does one thing to a scan, and shows it again.
func turn(q *shell.Request, done string, do func(id, reason string) (wire.Scan, error)) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	if _, err := do(q.Path("id"), form.Get("reason")); err != nil {
		if !form.Refused(err) {
			return err
		}
		q.Tell(shell.Note{Kind: "wrong", Text: form.Problem.Message})
	} else {
		q.Tell(shell.Note{Kind: "done", Text: done})
	}
	return q.Redirect("/scans/" + url.PathEscape(q.Path("id")))
}
