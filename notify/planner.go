package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Book is what the planner reads, and where it writes.
type Book interface {
	// News calls do for every event that may be news and was not read before,
	// or only just before, with the finding as it is now.
	News(ctx context.Context, at time.Time, do func(News) error) error
	// NewlyExploited calls do for every finding that is present and that a feed
	// lists, unless its contacts were told.
	NewlyExploited(ctx context.Context, do func(News) error) error

	// NewlyAdvised calls do for every organisation that is to hear of an advisory,
	// or of its withdrawal, and has not: with its id, and which telling it is.
	NewlyAdvised(ctx context.Context, at time.Time, do func(org inventory.OrganizationID, object, stage string) error) error

	Addressees(ctx context.Context, org inventory.OrganizationID) ([]Addressee, error)
	// AddItems adds those that were not added before.
	AddItems(ctx context.Context, items []Item) error

	// Days lists the organisations with the day through which each was last
	// looked through.
	Days(ctx context.Context) ([]OrgDay, error)
	SetDay(ctx context.Context, org inventory.OrganizationID, day string) error
	// Reminders calls do for every finding of an organisation that is due by a
	// moment, or has no deadline and was first seen before another.
	Reminders(ctx context.Context, org inventory.OrganizationID, dueBy, seenBefore time.Time, do func(inventory.Finding) error) error
	// Endings lists what ends by a moment: waivers by finding, permissions by id.
	Endings(ctx context.Context, org inventory.OrganizationID, by time.Time) (waivers, permissions map[string]time.Time, err error)
	// WeekInWork tells whether the report of an organisation's week is being
	// made or reviewed, and not late.
	WeekInWork(ctx context.Context, org inventory.OrganizationID, week string) (bool, error)
	// Unconfirmed lists whom weekly letters went to, one for each week, that
	// tell of something open and that nobody confirmed.
	Unconfirmed(ctx context.Context, org inventory.OrganizationID, from, to time.Time) (map[string]inventory.ContactID, error)

	// WaitingContacts lists contacts for whom something waits.
	WaitingContacts(ctx context.Context) ([]WaitingContact, error)
	// Dispatch makes the one notice that a contact is due, by Gather and
	// Compose, within a transaction that nobody else has for the contact.
	Dispatch(ctx context.Context, contact inventory.ContactID, r Rules, at time.Time) error
}

// An OrgDay is an organisation and the last day ("2026-11-22", in its zone)
// of which it was looked through; "" for none.
type OrgDay struct {
	Org  inventory.OrganizationID
	Zone *time.Location
	Day  string
}

// A WaitingContact is one for whom something waits.
type WaitingContact struct {
	ID    inventory.ContactID
	Zone  *time.Location
	Alert bool // an alert is among it
}

// A Planner finds what is to be told and sees that it is. Several may run at
// once, on several machines.
type Planner struct {
	Book  Book
	Rules Rules
	Now   func() time.Time

	addressees map[inventory.OrganizationID][]Addressee // of this round
}

// Round does all that is due now. An error of one organisation or contact does
// not keep the others waiting.
func (p *Planner) Round(ctx context.Context) error {
	at := p.Now().UTC()
	p.addressees = map[inventory.OrganizationID][]Addressee{}
	return errors.Join(p.news(ctx, at), p.advisories(ctx, at), p.days(ctx, at), p.dispatch(ctx, at))
}

// news turns what happened to findings into alerts.
func (p *Planner) news(ctx context.Context, at time.Time) error {
	tell := func(n News) error {
		_, stage, ok := AlertOf(n, at)
		if !ok {
			return nil
		}
		return p.tell(ctx, Item{Org: n.Finding.Org, Kind: Alert, Object: string(n.Finding.ID), Stage: stage, Due: at})
	}
	if err := p.Book.News(ctx, at, tell); err != nil {
		return fmt.Errorf("read the news of findings: %w", err)
	}
	if err := p.Book.NewlyExploited(ctx, tell); err != nil {
		return fmt.Errorf("read what is newly exploited: %w", err)
	}
	return nil
}

// advisories tells those of new advisories who have what they are about.
func (p *Planner) advisories(ctx context.Context, at time.Time) error {
	err := p.Book.NewlyAdvised(ctx, at, func(org inventory.OrganizationID, object, stage string) error {
		return p.tell(ctx, Item{Org: org, Kind: Advisory, Object: object, Stage: stage, Due: at})
	})
	if err != nil {
		return fmt.Errorf("read what advisories are to be told: %w", err)
	}
	return nil
}

// tell adds an item for everybody whom it concerns.
func (p *Planner) tell(ctx context.Context, item Item) error {
	items, err := p.items(ctx, item, false)
	if err != nil || len(items) == 0 {
		return err
	}
	return p.Book.AddItems(ctx, items)
}

// items are one for everybody whom an item concerns.
func (p *Planner) items(ctx context.Context, item Item, escalate bool) ([]Item, error) {
	all, err := p.contacts(ctx, item.Org)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, a := range Audience(item.Kind, all, escalate) {
		item.Contact = a.ID
		items = append(items, item)
	}
	return items, nil
}

func (p *Planner) contacts(ctx context.Context, org inventory.OrganizationID) ([]Addressee, error) {
	if all, ok := p.addressees[org]; ok {
		return all, nil
	}
	all, err := p.Book.Addressees(ctx, org)
	if err == nil {
		p.addressees[org] = all
	}
	return all, err
}

// days looks once a day through each organisation for what goes by the
// calendar, when the day's digest is near. The week's letter is owed from its
// first day on.
func (p *Planner) days(ctx context.Context, at time.Time) error {
	orgs, err := p.Book.Days(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, o := range orgs {
		local := at.In(o.Zone)
		today := local.Format(time.DateOnly)
		if o.Day >= today || local.Before(p.Rules.DigestAt.On(local)) {
			continue
		}
		err := p.look(ctx, o.Org, local)
		if err == nil {
			err = p.Book.SetDay(ctx, o.Org, today)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("look through organisation %s: %w", o.Org, err))
		}
	}
	return errors.Join(errs...)
}

func (p *Planner) look(ctx context.Context, org inventory.OrganizationID, at time.Time) error {
	// The week that has ended. While its report is being made, the letter waits
	// to bring it.
	week := Week(at.AddDate(0, 0, -7))
	waits, err := p.Book.WeekInWork(ctx, org, week)
	if err == nil && !waits {
		err = p.tell(ctx, Item{Org: org, Kind: Weekly, Object: week, Due: at})
	}
	if err != nil {
		return err
	}
	if err := p.remind(ctx, org, at); err != nil {
		return err
	}
	if err := p.endings(ctx, org, at); err != nil {
		return err
	}
	return p.unconfirmed(ctx, org, at)
}

// remindBatch is how many items are written at a time.
const remindBatch = 1000

// remind adds the reminders of a day. Most were added on a day before.
func (p *Planner) remind(ctx context.Context, org inventory.OrganizationID, at time.Time) error {
	var items []Item
	flush := func() error {
		if len(items) == 0 {
			return nil
		}
		defer func() { items = items[:0] }()
		return p.Book.AddItems(ctx, items)
	}
	err := p.Book.Reminders(ctx, org, at.Add(longestBefore()), at.Add(-shortestStill()), func(f inventory.Finding) error {
		stage, escalate, ok := ReminderOf(f, at)
		if !ok {
			return nil
		}
		more, err := p.items(ctx, Item{Org: org, Kind: Reminder, Object: string(f.ID), Stage: stage, Due: at}, escalate)
		if items = append(items, more...); err != nil || len(items) < remindBatch {
			return err
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

func (p *Planner) endings(ctx context.Context, org inventory.OrganizationID, at time.Time) error {
	waivers, permissions, err := p.Book.Endings(ctx, org, at.Add(time.Duration(endingDays[len(endingDays)-1])*day))
	if err != nil {
		return err
	}
	for kind, ends := range map[Kind]map[string]time.Time{WaiverEnds: waivers, PermissionEnds: permissions} {
		for object, end := range ends {
			stage, ok := EndingStage(end, at)
			if !ok {
				continue
			}
			if err := p.tell(ctx, Item{Org: org, Kind: kind, Object: object, Stage: stage, Due: at}); err != nil {
				return err
			}
		}
	}
	return nil
}

// unconfirmed tells the second contact of a week's letter that the first did
// not confirm. Letters older than a month are left alone.
func (p *Planner) unconfirmed(ctx context.Context, org inventory.OrganizationID, at time.Time) error {
	if p.Rules.ConfirmWithin == 0 {
		return nil
	}
	weeks, err := p.Book.Unconfirmed(ctx, org, at.Add(-30*day), at.Add(-p.Rules.ConfirmWithin))
	if err != nil || len(weeks) == 0 {
		return err
	}
	all, err := p.contacts(ctx, org)
	if err != nil {
		return err
	}
	for week, contact := range weeks {
		first := Addressee{ID: contact}
		for _, a := range all {
			if a.ID == contact {
				first = a
			}
		}
		second, ok := SecondTo(first, all)
		if !ok {
			continue
		}
		item := Item{Org: org, Contact: second.ID, Kind: Unconfirmed, Object: week, Due: at}
		if err := p.Book.AddItems(ctx, []Item{item}); err != nil {
			return err
		}
	}
	return nil
}

// dispatch makes the notices that are due.
func (p *Planner) dispatch(ctx context.Context, at time.Time) error {
	contacts, err := p.Book.WaitingContacts(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range contacts {
		if !c.Alert && !p.Rules.digestHours(at.In(c.Zone)) {
			continue
		}
		if err := p.Book.Dispatch(ctx, c.ID, p.Rules, at); err != nil {
			errs = append(errs, fmt.Errorf("tell contact %s: %w", c.ID, err))
		}
	}
	return errors.Join(errs...)
}

// longestBefore and shortestStill bound what a look at reminders has to read.
func longestBefore() time.Duration {
	most := 0
	for _, s := range spacings {
		most = max(most, s.before)
	}
	return time.Duration(most) * day
}

func shortestStill() time.Duration {
	least := 1 << 20
	for _, s := range spacings {
		least = min(least, s.still)
	}
	return time.Duration(least) * day
}
