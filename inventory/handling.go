package inventory

import (
	"slices"
	"strings"
	"time"
)

// Handling is what people do about a finding, beside its state of work and
// its waiver. Version counts what they change; a form that was made of an
// older one is stale.
type Handling struct {
	Version    int64
	Assignee   string // who of the CERT has it in hand, "" for nobody
	Tags       []string
	Answer     Answer // the operator's last
	AnsweredAt *time.Time
	PromisedAt *time.Time   // when the operator wants to be done
	Dispute    DisputeState // of the dispute that waits, "" without one
}

// An Answer is what an operator says about a finding. None of them closes it:
// only scans do.
type Answer string

// Answers.
const (
	AnswerNone            Answer = ""
	AnswerFixed           Answer = "fixed"
	AnswerWorking         Answer = "working"
	AnswerCompensating    Answer = "compensating_control"
	AnswerNotMine         Answer = "not_mine"
	AnswerCannotReproduce Answer = "cannot_reproduce"
	AnswerAcceptRisk      Answer = "accept_risk"
)

// WhyAnswered is the reason of a change of work that an answer made.
const WhyAnswered = "The operator answered."

// Answers lists what an operator may say, the commonest first.
func Answers() []Answer {
	return []Answer{AnswerFixed, AnswerWorking, AnswerCompensating, AnswerNotMine, AnswerCannotReproduce, AnswerAcceptRisk}
}

// Claims tells whether the answer is a claim that the CERT has to decide.
func (a Answer) Claims() bool {
	switch a {
	case AnswerCompensating, AnswerNotMine, AnswerCannotReproduce, AnswerAcceptRisk:
		return true
	default: // an answer without a claim
	}
	return false
}

// Waiver is the kind of waiver that a claim becomes when it is upheld.
func (a Answer) Waiver() WaiverKind {
	switch a {
	case AnswerCompensating:
		return WaiverCompensating
	case AnswerNotMine:
		return WaiverDisputed
	case AnswerCannotReproduce:
		return WaiverFalsePositive
	case AnswerAcceptRisk:
		return WaiverAcceptedRisk
	default: // no claim, no waiver
	}
	return WaiverNone
}

// A Reply is an answer as an operator gives it.
type Reply struct {
	Answer Answer
	Reason string
	Until  time.Time // when the work will be done, or until when the risk is to be accepted
}

// Check tells what is missing in a reply.
func (r Reply) Check(now time.Time) error {
	switch {
	case !slices.Contains(Answers(), r.Answer):
		return invalid("answer", string(r.Answer), "unknown answer", "use one of: "+join(Answers()))
	case r.Answer.Claims() && strings.TrimSpace(r.Reason) == "":
		return invalid("reason", "", "is missing", "say what the CERT needs to know to agree")
	case r.Answer == AnswerWorking && r.Until.IsZero():
		return invalid("until", "", "is missing", "say when you expect to be done")
	case r.Answer == AnswerAcceptRisk && r.Until.IsZero():
		return invalid("until", "", "is missing", "a risk is accepted until a day: say which")
	case !r.Until.IsZero() && !r.Until.After(now):
		return invalid("until", r.Until.Format(time.DateOnly), "has passed", "give a day in the future")
	case r.Until.Sub(now) > LongestWaiver:
		return invalid("until", r.Until.Format(time.DateOnly), "is more than a year ahead", "give a day within a year")
	}
	return nil
}

// LongestWaiver is how far ahead a waiver may end: nothing is waived for good.
const LongestWaiver = 366 * 24 * time.Hour

// DisputeID names a dispute about a finding ("D-7").
type DisputeID string

// DisputeState is where a dispute stands.
type DisputeState string

// States of disputes. The last three are ends.
const (
	DisputeOpen      DisputeState = "open"     // the CERT's turn
	DisputeAnswered  DisputeState = "answered" // the operator's turn
	DisputeUpheld    DisputeState = "upheld"
	DisputeRejected  DisputeState = "rejected"
	DisputeWithdrawn DisputeState = "withdrawn" // by another answer of the operator
)

// Waits tells whether a dispute is to be decided yet.
func (s DisputeState) Waits() bool { return s == DisputeOpen || s == DisputeAnswered }

// A Dispute is an operator's claim that a finding should not count, until the
// CERT decides. The finding counts all the while.
type Dispute struct {
	ID       DisputeID
	Finding  FindingID
	Org      OrganizationID
	Claim    Answer
	State    DisputeState
	Reason   string
	Until    time.Time // wanted end of an accepted risk; else zero
	OpenedBy string
	OpenedAt time.Time
	EndedBy  string
	EndedAt  *time.Time
	Outcome  string // why it was upheld or rejected
}

// A Ruling is how the CERT decides a dispute.
type Ruling struct {
	State  DisputeState // answered, upheld or rejected
	Reason string
	Until  time.Time // when the waiver of what is upheld ends
}

// A Comment is what somebody wrote about a finding.
type Comment struct {
	Num      int64
	Finding  FindingID
	Dispute  DisputeID // in whose thread it stands, or ""
	At       time.Time
	Author   string
	Operator bool // written by one of the organisation's people
	Shared   bool // both sides see it
	Text     string
	// WithdrawnAt is when the act that wrote it was undone, zero where it was
	// not.
	WithdrawnAt time.Time
}

// A Speaker is who writes about a finding: one of the CERT's people, or one of
// its operator's.
type Speaker struct {
	Name string
	Org  OrganizationID // "" for the CERT's
}

// Operator tells whether the speaker is one of an organisation's people.
func (s Speaker) Operator() bool { return s.Org != "" }

// A DisputeFilter selects disputes; zero fields select everything.
type DisputeFilter struct {
	Org     OrganizationID
	Finding FindingID
	State   DisputeState
	Waiting bool // only those that are to be decided yet
}

// A DisputeLine is a dispute with the finding that it is about.
type DisputeLine struct {
	Dispute
	About FindingLine
}
