package scans

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

type schedulesView struct {
	shell.View
	List wire.List[wire.Schedule]
}

func listSchedules(q *shell.Request) error {
	found, err := q.API.SchedulePage(q.Context(), q.Filters())
	if err != nil {
		return err
	}
	shell.Learn(q, "org", found.Items, func(v wire.Schedule) string { return v.OrgID })
	return q.Render(pages, "schedules", schedulesView{q.View(q.T("Schedules")), found})
}

// Rhythm says when a schedule runs; "" for one that takes more words.
func (v schedulesView) Rhythm(cron string) string {
	for _, r := range rhythms(v.View) {
		if r.Value == cron {
			return r.Text
		}
	}
	return ""
}

// rhythms are the times at which most are scanned.
func rhythms(v shell.View) []shell.Option {
	out := []shell.Option{{Value: "0 2 * * *", Text: v.T("every day at %s", "02:00")}}
	for i, day := range []string{v.T("Monday"), v.T("Tuesday"), v.T("Wednesday"), v.T("Thursday"), v.T("Friday"), v.T("Saturday"), v.T("Sunday")} {
		out = append(out, shell.Option{Value: "0 2 * * " + strconv.Itoa((i+1)%7), Text: v.T("every week, %s at %s", day, "02:00")})
	}
	return append(out, shell.Option{Value: "0 2 1 * *", Text: v.T("every month, on the first at %s", "02:00")})
}

type scheduleView struct {
	shell.View
	Form    shell.Form
	Rhythms []shell.Option
}

func scheduleForm(q *shell.Request, form shell.Form) scheduleView {
	view := q.View(q.T("New schedule"))
	return scheduleView{view, form, rhythms(view)}
}

func newSchedule(q *shell.Request) error {
	return q.Render(pages, "schedule", scheduleForm(q, shell.Form{Values: q.R.URL.Query()}))
}

func createSchedule(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	sch, err := q.API.CreateSchedule(q.Context(), wire.NewSchedule{
		OrgID: form.Get("org_id"), Cron: cmp.Or(strings.TrimSpace(form.Get("cron")), form.Get("every")), Profile: form.Get("profile"), Jitter: form.Get("jitter"), Misfire: form.Get("misfire"),
	})
	if err != nil {
		if form.Refused(err) {
			return q.RenderForm(pages, "schedule", scheduleForm(q, form))
		}
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("Schedule %s is made.", sch.ID)})
	return q.Redirect("/schedules?org=" + url.QueryEscape(sch.OrgID))
}

func pauseSchedule(q *shell.Request) error {
	sch, err := q.API.PauseSchedule(q.Context(), q.Path("id"))
	return turned(q, sch, err, q.T("The schedule is paused."))
}

func resumeSchedule(q *shell.Request) error {
	sch, err := q.API.ResumeSchedule(q.Context(), q.Path("id"))
	return turned(q, sch, err, q.T("The schedule goes on."))
}

func turned(q *shell.Request, sch wire.Schedule, err error, done string) error {
	if err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: done})
	return q.Redirect("/schedules?org=" + url.QueryEscape(sch.OrgID))
}

func runSchedule(q *shell.Request) error {
	s, err := q.API.RunSchedule(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	return q.Redirect("/scans/" + url.PathEscape(s.ID))
}

type switchView struct {
	shell.View
	Switch wire.Scanning
	Form   shell.Form
}

func showSwitch(q *shell.Request) error { return renderSwitch(q, shell.Form{}) }

func renderSwitch(q *shell.Request, form shell.Form) error {
	order, err := q.API.Scanning(q.Context())
	if err != nil {
		return err
	}
	view := switchView{q.View(q.T("Stop all scanning")), order, form}
	if order.Stopped {
		view.Title = q.T("Scanning is stopped")
	}
	if form.Problem != nil {
		return q.RenderForm(pages, "switch", view)
	}
	return q.Render(pages, "switch", view)
}

func stopAll(q *shell.Request) error {
	return move(q, q.T("All scanning is stopped."), func(reason string) error {
		_, err := q.API.StopScanning(q.Context(), reason)
		return err
	})
}

func allowAll(q *shell.Request) error {
	return move(q, q.T("Scanning goes on."), func(reason string) error {
		_, err := q.API.AllowScanning(q.Context(), reason)
		return err
	})
}

func move(q *shell.Request, done string, do func(reason string) error) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	if err := do(form.Get("reason")); err != nil {
		if form.Refused(err) {
			return renderSwitch(q, form)
		}
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: done})
	return q.Redirect("/scanning")
}
