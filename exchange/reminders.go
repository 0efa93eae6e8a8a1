package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/reports/advisory"
)

// ReminderFacts is what reminders are made of.
type ReminderFacts struct {
	Teams      []Team
	Agreements []Agreement
	Advisories []advisory.Advisory
	Deliveries []Delivery
	Sources    []Source
	OurKeys    []Key // that we sign with
}

// A Reminder is something that a person should see to before a day.
type Reminder struct {
	Kind   ReminderKind `json:"kind"`
	Team   TeamID       `json:"team"`
	Object string       `json:"object"` // id or fingerprint
	Due    time.Time    `json:"due"`
	Urgent bool         `json:"urgent"` // within 30 days, or past
	What   string       `json:"what"`
}

// ReminderKind says what it is about.
type ReminderKind string

// Reminder kinds.
const (
	RemindAgreement   ReminderKind = "agreement_expires"
	RemindReview      ReminderKind = "agreement_review"
	RemindKey         ReminderKind = "key_expires"
	RemindCertificate ReminderKind = "certificate_expires"
	RemindAPIKey      ReminderKind = "api_key_expires"
	RemindOurKey      ReminderKind = "our_key_expires"
	RemindInterim     ReminderKind = "interim_advisory"
	RemindOverdue     ReminderKind = "acknowledgement_overdue"
	RemindSilent      ReminderKind = "source_silent"
)

// When reminders begin. A signature that others check must hold 90 days to be
// without a warning, and 30 without an error (CSAF's checker counts so).
const (
	remindDays = 90
	urgentDays = 30
	reviewDays = 30
	silentDays = 2
)

// Reminders are those that hold at a time, the soonest first. What expired, or
// was not acknowledged, stays for 90 days (RemindedSince); what was revoked, terminated or belongs to a former peer
// is left alone.
func Reminders(f ReminderFacts, at time.Time) []Reminder {
	r := reminding{at: at.UTC(), out: []Reminder{}}
	for _, a := range f.Agreements {
		r.agreement(a)
	}
	for _, t := range f.Teams {
		if t.State != TeamFormer {
			r.team(t)
		}
	}
	for _, k := range f.OurKeys {
		if k.RevokedAt == nil && k.ValidUntil != nil {
			r.expiry(RemindOurKey, "", k.Fingerprint, *k.ValidUntil, "our signing key "+k.KeyID())
		}
	}
	for _, a := range f.Advisories {
		r.advisory(a)
	}
	for _, d := range f.Deliveries {
		if d.Overdue(at) && r.within(*d.AckBy, 0) {
			r.add(RemindOverdue, d.Team, string(d.Release), *d.AckBy, true,
				fmt.Sprintf("%s has not acknowledged %s, sent by %s", d.Team, d.Release, d.Channel))
		}
	}
	for _, s := range f.Sources {
		r.source(s)
	}
	slices.SortStableFunc(r.out, func(a, b Reminder) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Object, b.Object))
	})
	return r.out
}

// Overdue tells whether the receiver should have acknowledged by now. A
// delivery that was stopped is owed nothing.
func (d Delivery) Overdue(at time.Time) bool {
	return d.AckBy != nil && d.AckAt == nil && d.State != DeliveryConfirmed && d.State != DeliveryStopped && at.After(*d.AckBy)
}

// RemindedSince is the moment before which what is past is no reminder at a
// time any more.
func RemindedSince(at time.Time) time.Time { return at.UTC().AddDate(0, 0, -remindDays) }

type reminding struct {
	at  time.Time
	out []Reminder
}

func (r *reminding) add(kind ReminderKind, team TeamID, object string, due time.Time, urgent bool, what string) {
	r.out = append(r.out, Reminder{Kind: kind, Team: team, Object: object, Due: due.UTC(), Urgent: urgent, What: what})
}

// within tells whether a moment is at most so many days ahead, and not longer
// ago than reminders last.
func (r *reminding) within(t time.Time, days int) bool {
	return !t.IsZero() && !t.After(r.at.AddDate(0, 0, days)) && t.After(RemindedSince(r.at))
}

func (r *reminding) expiry(kind ReminderKind, team TeamID, object string, until time.Time, what string) {
	if !r.within(until, remindDays) {
		return
	}
	word := "expires"
	if !until.After(r.at) {
		word = "expired"
	}
	r.add(kind, team, object, until, r.within(until, urgentDays), fmt.Sprintf("%s %s on %s", what, word, until.UTC().Format(time.DateOnly)))
}

func (r *reminding) agreement(a Agreement) {
	switch a.StateAt(r.at) {
	case AgreementDraft, AgreementTerminated:
		return
	case AgreementSigned, AgreementActive, AgreementExpired, AgreementSuspended:
	}
	what := nameAgreement(a)
	if a.AutoRenew {
		what += " (to be renewed unless either side says no by " + a.NoticeBy().UTC().Format(time.DateOnly) + ")"
	}
	r.expiry(RemindAgreement, a.Team, string(a.ID), a.ExpiresAt, what)
	if r.within(a.ReviewAt, reviewDays) && !reviewed(a) {
		r.add(RemindReview, a.Team, string(a.ID), a.ReviewAt, !a.ReviewAt.After(r.at), nameAgreement(a)+" is to be reviewed on "+a.ReviewAt.UTC().Format(time.DateOnly))
	}
}

// reviewed tells whether the committee met on the planned day or since.
func reviewed(a Agreement) bool {
	return slices.ContainsFunc(a.Meetings, func(m Meeting) bool { return !m.At.Before(a.ReviewAt.Truncate(24 * time.Hour)) })
}

func (r *reminding) team(t Team) {
	for _, k := range t.Keys {
		if k.RevokedAt == nil && k.ValidUntil != nil {
			r.expiry(RemindKey, t.ID, k.Fingerprint, *k.ValidUntil, fmt.Sprintf("OpenPGP key %s of %s", k.KeyID(), nameOf(&t)))
		}
	}
	for _, c := range t.Certificates {
		if c.RevokedAt == nil {
			r.expiry(RemindCertificate, t.ID, c.SHA256, c.ValidUntil, fmt.Sprintf("client certificate %q of %s", oneLine(c.Subject, 100), nameOf(&t)))
		}
	}
	for _, k := range t.APIKeys {
		if k.RevokedAt == nil {
			r.expiry(RemindAPIKey, t.ID, k.Name, k.ExpiresAt, fmt.Sprintf("API key %q of %s", k.Name, nameOf(&t)))
		}
	}
}

// advisory reminds of interim advisories: a final one is due three weeks after
// the revision that readers have went out first, and overdue after six. That
// more readers got it since, or that the next is being written, changes
// nothing.
func (r *reminding) advisory(a advisory.Advisory) {
	moments := advisory.Reminders(a)
	if len(moments) == 0 {
		return
	}
	due, last := moments[0], moments[len(moments)-1]
	switch {
	case !r.at.Before(last):
		r.add(RemindInterim, "", string(a.ID), last, true, fmt.Sprintf("%s is interim for six weeks or more: make it final, or say what is still open", a.ID))
	case !r.at.Before(due):
		r.add(RemindInterim, "", string(a.ID), last, false, fmt.Sprintf("%s is interim for three weeks or more: make it final by %s", a.ID, last.UTC().Format(time.DateOnly)))
	}
}

// source reminds of a feed that gave nothing for several turns: it may have
// moved, or gone.
func (r *reminding) source(s Source) {
	if s.Paused {
		return
	}
	heard := s.CreatedAt
	if s.LastGood != nil {
		heard = *s.LastGood
	}
	patience := max(silentDays*24*time.Hour, 3*s.Every)
	if heard.IsZero() || r.at.Sub(heard) < patience {
		return
	}
	what := fmt.Sprintf("source %s of %s has given nothing since %s", s.ID, s.Team, heard.UTC().Format(time.RFC3339))
	if why := oneLine(s.LastError, 200); why != "" {
		what += ": " + why
	}
	r.add(RemindSilent, s.Team, string(s.ID), heard.Add(patience), true, what)
}
