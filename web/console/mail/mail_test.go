package mail_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// tell makes the week's letters and test mails of a world.
func tell(t *testing.T, w *consoletest.World) []notify.Notice {
	t.Helper()
	rules := notify.DefaultRules()
	rules.DigestAt, rules.Quiet, rules.Settle = 0, notify.Quiet{}, 0 // at whatever time the test runs
	p := notify.Planner{Book: w.Store, Rules: rules, Now: time.Now}
	for range 2 {
		if err := p.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all, _, err := w.Store.Notices(w.Context(), notify.Filter{}, inventory.Page{})
	if err != nil || len(all) == 0 {
		t.Fatalf("notices: %d, %v", len(all), err)
	}
	return all
}

func TestPages(t *testing.T) {
	w := consoletest.New(t)
	all := tell(t, w)
	var grid, water notify.Notice
	for _, n := range all {
		switch n.Org {
		case w.Grid:
			grid = n
		case w.Water:
			water = n
		}
	}
	analyst, operator := w.As("analyst"), w.As("operator")
	for _, path := range []string{"/mail", "/mail?state=queued", "/mail?state=bounced", "/mail/" + string(grid.ID), "/mail-contacts", "/mail-contacts?problem=yes", "/mail/preview?kind=alert&language=bn&bilingual=yes"} {
		if page := analyst.Get(path); page.Status != http.StatusOK {
			t.Errorf("analyst: GET %s = %d", path, page.Status)
		}
	}
	page := operator.Get("/mail")
	if !strings.Contains(page.Body, string(grid.ID)) || strings.Contains(page.Body, "Capital Water Board") {
		t.Error("an operator does not see its own mail, or sees another's")
	}
	if page := operator.Get("/mail/" + string(water.ID)); page.Status != http.StatusNotFound {
		t.Errorf("another organisation's mail = %d, want 404", page.Status)
	}
	if page := operator.Get("/mail/preview"); page.Status != http.StatusForbidden {
		t.Errorf("an operator at the preview = %d, want 403", page.Status)
	}
	operator.Post("/mail/"+string(grid.ID)+"/confirm", nil)
	if n, err := w.Store.Notice(w.Context(), grid.ID); err != nil || n.ConfirmedAt == nil {
		t.Errorf("after confirming: %+v, %v", n.ConfirmedAt, err)
	}
	if page := operator.Post("/mail/"+string(grid.ID)+"/resend", nil); page.Status != http.StatusForbidden {
		t.Errorf("an operator sends again = %d, want 403", page.Status)
	}
}
