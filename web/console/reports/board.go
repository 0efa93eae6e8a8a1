package reports

import (
	"net/url"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

type boardView struct {
	listView
	Run     wire.ReportRun
	Runs    []shell.Option
	NextAt  *time.Time
	Tallies []tally
	Raised  []tally // flags
	Done    int     // reports that need no hand any more
}

// A tally is a number with the list that makes it up.
type tally struct {
	Text, Href string
	N          int
}

func showBoard(q *shell.Request) error {
	runs, err := q.API.ReportRuns(q.Context())
	if err != nil {
		return err
	}
	v := boardView{NextAt: runs.NextAt}
	v.View, v.States, v.Flags, v.Kinds, v.Sectors = q.View(q.T("Report review board")), states(q), flags(q), kinds(q), sectors(q)
	if len(runs.Items) == 0 {
		return q.Render(pages, "board", v)
	}
	v.Run = runs.Items[0]
	for _, r := range runs.Items {
		v.Runs = append(v.Runs, shell.Option{Value: r.ID, Text: r.Week})
		if r.ID == v.Query("run") {
			v.Run = r
		}
	}
	if wanted := v.Query("run"); wanted != "" && wanted != v.Run.ID {
		if v.Run, err = q.API.ReportRun(q.Context(), wanted); err != nil {
			return err
		}
	}
	query := q.Filters()
	query.Set("run", v.Run.ID)
	if v.List, err = q.API.ReportPage(q.Context(), query); err != nil {
		return err
	}
	v.count()
	return q.Render(pages, "board", v)
}

// count makes the numbers above the board.
func (v *boardView) count() {
	link := func(key, value string) string {
		return "/reports/board?" + url.Values{"run": {v.Run.ID}, key: {value}}.Encode()
	}
	for _, s := range v.States {
		if n := v.Run.States[s.Value]; n > 0 {
			v.Tallies = append(v.Tallies, tally{s.Text, link("state", s.Value), n})
		}
	}
	for _, f := range v.Flags {
		if n := v.Run.Flags[f.Value]; n > 0 {
			v.Raised = append(v.Raised, tally{f.Text, link("flag", f.Value), n})
		}
	}
	for _, s := range []string{"sending", "sent", "opened", "acknowledged"} {
		v.Done += v.Run.States[s]
	}
}
