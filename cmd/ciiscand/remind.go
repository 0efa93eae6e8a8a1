package main

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// remindEvery is how soon the log tells what somebody should see to.
const remindEvery = time.Minute

// alarms remembers what the log was told.
type alarms struct{ said map[exchange.Reminder]bool }

// news are those reminders that were not told yet; one that has become urgent
// is told again. What is over is forgotten, and told when it comes back.
func (a *alarms) news(all []exchange.Reminder) []exchange.Reminder {
	var out []exchange.Reminder
	now := map[exchange.Reminder]bool{}
	for _, r := range all {
		key := exchange.Reminder{Kind: r.Kind, Team: r.Team, Object: r.Object, Urgent: r.Urgent}
		if !a.said[key] && !now[key] {
			out = append(out, r)
		}
		now[key] = true
	}
	a.said = now
	return out
}

// remind raises the alarm in the log: who has not acknowledged in time, what
// is about to end, what is interim for too long.
func (p *peers) remind(ctx context.Context, a *alarms) error {
	at := time.Now()
	f, err := p.reminderFacts(ctx, at)
	if err != nil {
		return err
	}
	for _, r := range a.news(exchange.Reminders(f, at)) {
		say := p.log.InfoContext
		if r.Urgent {
			say = p.log.WarnContext
		}
		say(ctx, "see to: "+r.What, "kind", r.Kind, "team", r.Team, "object", r.Object, "due", r.Due.Format(time.RFC3339))
	}
	return nil
}

func (p *peers) reminderFacts(ctx context.Context, at time.Time) (f exchange.ReminderFacts, err error) {
	if f.Teams, err = inventory.Every(func(page inventory.Page) ([]exchange.Team, string, error) { return p.store.Teams(ctx, page) }); err != nil {
		return f, err
	}
	if f.Agreements, err = inventory.Every(func(page inventory.Page) ([]exchange.Agreement, string, error) {
		return p.store.Agreements(ctx, "", page)
	}); err != nil {
		return f, err
	}
	if f.Advisories, err = inventory.Every(func(page inventory.Page) ([]advisory.Advisory, string, error) {
		return p.store.Advisories(ctx, advisory.Filter{}, page)
	}); err != nil {
		return f, err
	}
	if f.Deliveries, err = p.store.Overdue(ctx, at); err != nil {
		return f, err
	}
	if f.Sources, err = p.store.Sources(ctx, ""); err != nil {
		return f, err
	}
	f.OurKeys, err = p.OurKeys(ctx)
	return f, err
}
