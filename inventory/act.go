package inventory

import (
	"strings"
	"time"
)

// MostAtOnce is how many findings one act may change.
const MostAtOnce = 10_000

// UndoWithin is how long an act can be undone.
const UndoWithin = 10 * time.Minute

// ActKind is what is done to findings.
type ActKind string

// Kinds of acts.
const (
	ActAssign ActKind = "assign"
	ActWork   ActKind = "work"
	ActWaive  ActKind = "waive"
	ActRenew  ActKind = "renew" // the waivers that there are: another end, the same kind
	ActTag    ActKind = "tag"
	ActUntag  ActKind = "untag"
	ActNotice ActKind = "notice" // tell the operator in the portal
	ActAdvise ActKind = "advise" // put into an advisory
)

// A FindingDeed is what the CERT does to one finding or to many at once. Only the
// fields of its kind count.
type FindingDeed struct {
	Kind     ActKind
	Assignee string // "" takes it out of anybody's hands
	Work     Work
	Waiver   Waiver // of kind none to end one
	Tag      string
	Advisory string
	Text     string // of the notice
	Reason   string
}

// Check tells what is wrong with a deed before it is tried.
func (a *FindingDeed) Check(now time.Time) error {
	switch a.Kind {
	case ActAssign:
		return nil
	case ActWork:
		_, err := ParseWork(string(a.Work))
		return err
	case ActWaive:
		return a.Waiver.check(now)
	case ActRenew:
		kept := a.Waiver
		kept.Kind = WaiverAcceptedRisk // any: each keeps its own
		return kept.check(now)
	case ActTag, ActUntag:
		tags := NormalizeTags([]string{a.Tag})
		if len(tags) != 1 || len(tags[0]) > 50 {
			return invalid("tag", a.Tag, "not a tag", "give one word or a few, 50 characters at most")
		}
		a.Tag = tags[0]
		return nil
	case ActNotice:
		if a.Text = CleanText(a.Text, 10_000); strings.TrimSpace(a.Text) == "" {
			return invalid("text", "", "is missing", "say what the operator should do")
		}
		return nil
	case ActAdvise:
		if a.Advisory == "" {
			return invalid("advisory", "", "is missing", "name the draft, such as ADV-3")
		}
		return nil
	}
	return invalid("act", string(a.Kind), "unknown act", "use one of: assign, work, waive, renew, tag, untag, notice, advise")
}

// check refuses a waiver that does not say why, or does not end.
func (w Waiver) check(now time.Time) error {
	if strings.TrimSpace(w.Reason) == "" {
		return invalid("reason", "", "is missing", "say why in a plain sentence: it is kept in the audit log")
	}
	switch w.Kind {
	case WaiverNone:
		return nil
	case WaiverFalsePositive, WaiverAcceptedRisk, WaiverCompensating, WaiverDisputed:
	default:
		return invalid("waiver", string(w.Kind), "unknown kind of waiver",
			"use none, false_positive, accepted_risk, compensating_control or disputed")
	}
	if !w.Until.After(now) {
		return invalid("until", w.Until.Format(time.DateOnly), "not in the future",
			"every waiver ends: give the day on which it is looked at again")
	}
	return nil
}

// Chosen are the findings that an act is for: those named, or with All those
// that a filter selects.
type Chosen struct {
	IDs    []FindingID
	All    bool
	Filter FindingFilter
	// Version is that of the one finding named, as the caller read it; 0
	// stands for any.
	Version int64
}

// BulkID names an act that can be undone ("B-7").
type BulkID string

// Acted is what an act did.
type Acted struct {
	ID      BulkID
	Changed int
	Until   time.Time // when it can no longer be undone
}

// FindingUndone is what came of undoing an act: those that somebody changed since
// stay as they are.
type FindingUndone struct{ Restored, Kept int }

// A View is a way to look at findings that somebody saved.
type View struct {
	ID       ViewID
	Owner    string
	Org      OrganizationID // whose people it is for; "" for the CERT's
	Name     string
	Query    string // of the list's address
	Team     bool   // the others see it too
	Standard bool   // what its owner sees first
}

// ViewID names a saved view ("V-3").
type ViewID string

// A Rescan is what became of the wish to look at one finding again.
type Rescan struct {
	Finding FindingID
	By      string
	At      time.Time
	Scan    string
	State   RescanState
	Reason  string // why it could not be tested, or what was seen
}

// RescanState is how far a rescan is, or what it found.
type RescanState string

// States of rescans.
const (
	RescanWaiting   RescanState = "waiting"
	RescanRunning   RescanState = "running"
	RescanThere     RescanState = "still_there"
	RescanNotSeen   RescanState = "not_seen" // once; closing needs more
	RescanFixed     RescanState = "fixed"
	RescanNotTested RescanState = "not_tested"
)

// Ended tells whether nothing more will come of it.
func (s RescanState) Ended() bool { return s != RescanWaiting && s != RescanRunning }

// WhyNotTested tells why what a scan saw does not decide a finding.
func WhyNotTested(f Finding, seen Seen) string {
	return newProof(seen).verdict(f).reason
}

// An AdvisoryRef names an advisory.
type AdvisoryRef struct{ ID, State, Title string }
