package findings

import (
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// A Quick is a view that everybody has.
type Quick struct {
	Text, Path string
	Here       bool
}

// Quick are the views that everybody has. They keep the columns that the page
// shows.
func (v listView) Quick() []Quick {
	all := []Quick{
		{v.T("Open"), standard, false},
		{v.T("Overdue"), "detection=open&detection=back_again&due=overdue&sort=due", false},
		{v.T("New this week"), "change=new&sort=newest", false},
		{v.T("Back again"), "change=back_again&sort=priority", false},
		{v.T("Fixed this week"), "change=fixed&sort=last_seen", false},
		{v.T("Disputed"), "disputed=yes&sort=priority", false},
	}
	for i, q := range all {
		query, _ := url.ParseQuery(q.Path) // a constant
		all[i].Here = v.Query("view") == "" && query.Encode() == v.Bulk.Encode()
		for _, key := range []string{"cols", "density"} {
			if own := v.Address[key]; len(own) > 0 {
				query[key] = own
			}
		}
		all[i].Path = "/findings?" + query.Encode()
	}
	return all
}

// SavePath is where the view of the page is saved.
func (v listView) SavePath() string { return "/findings/views?" + v.Address.Encode() }

// SavedWrong tells whether it was saving the view that was refused.
func (v listView) SavedWrong() bool { return v.Form.Problem != nil && v.Form.Values.Has("name") }

func saveView(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	asked := q.R.URL.Query()
	asked.Del("cursor")
	asked.Del("view")
	v, err := q.API.SaveFindingView(q.Context(), wire.NewFindingView{
		Name: form.Get("name"), Query: asked.Encode(), Team: form.Has("team", "yes"), Standard: form.Has("standard", "yes"),
	})
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		return refuse(q, form)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The view “%s” is saved.", v.Name)})
	if form.Has("queue", "yes") {
		return q.Redirect("/triage?" + Query(asked).Encode())
	}
	asked.Set("view", v.ID)
	return q.Redirect("/findings?" + asked.Encode())
}

func deleteView(q *shell.Request) error {
	if err := q.API.DeleteFindingView(q.Context(), q.Path("id")); err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The view is deleted.")})
	return q.Redirect("/findings")
}
