package scans

import (
	"net/url"
	"strconv"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

const (
	weeks   = 5   // that the calendar shows at a time
	soonest = 100 // slots by name and hour; the days count all
)

type calendarView struct {
	shell.View
	Weeks         [][]calendarDay
	Slots         []wire.Slot
	Planned       int  // slots altogether
	Forbidden     bool // there are hours in which nothing may be scanned
	Exclusions    []wire.Exclusion
	Before, After string // days from which to look further
}

type calendarDay struct {
	wire.CalendarDay
	Date  time.Time
	Today bool
	Total int
}

// Next is the day after, the end of the day's scans.
func (d calendarDay) Next() string { return d.Date.AddDate(0, 0, 1).Format(time.DateOnly) }

// Between writes the hours of a day.
func (v calendarView) Between(d calendarDay, s wire.Span) string {
	zone := v.Preferences().Location()
	if from, to := s.From.In(zone), s.To.In(zone); to.Sub(from) < d.Date.AddDate(0, 0, 1).Sub(d.Date) {
		end := to.Format("15:04")
		if end == "00:00" {
			end = "24:00"
		}
		return from.Format("15:04") + "–" + end
	}
	return v.T("all day")
}

// showCalendar shows whole weeks, from Monday of the week of the day asked for.
func showCalendar(q *shell.Request) error {
	zone := q.Session.Preferences.Location()
	today := q.Now().In(zone)
	first := today
	if t, err := time.ParseInLocation(time.DateOnly, q.R.URL.Query().Get("from"), zone); err == nil {
		first = t
	}
	first = first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
	query := url.Values{"from": {first.Format(time.DateOnly)}, "days": {strconv.Itoa(7 * weeks)}, "zone": {zone.String()}}
	if org := q.R.URL.Query().Get("org"); org != "" {
		query.Set("org", org)
	}
	c, err := q.API.Calendar(q.Context(), query)
	if err != nil {
		return err
	}
	view := calendarView{
		View: q.View(q.T("Calendar of scans")), Slots: c.Slots[:min(len(c.Slots), soonest)], Exclusions: c.Exclusions,
		Before: first.AddDate(0, 0, -7*weeks).Format(time.DateOnly), After: first.AddDate(0, 0, 7*weeks).Format(time.DateOnly),
	}
	for i, d := range c.Days {
		if i%7 == 0 {
			view.Weeks = append(view.Weeks, nil)
		}
		day := calendarDay{CalendarDay: d, Date: first.AddDate(0, 0, i), Today: d.Day == today.Format(time.DateOnly)}
		view.Planned += d.Planned
		view.Forbidden = view.Forbidden || len(d.Closed) > 0
		for _, n := range d.Scans {
			day.Total += n
		}
		last := len(view.Weeks) - 1
		view.Weeks[last] = append(view.Weeks[last], day)
	}
	shell.Learn(q, "org", view.Slots, func(v wire.Slot) string { return v.OrgID })
	return q.Render(pages, "calendar", view)
}
