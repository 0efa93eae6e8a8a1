package wire

import "time"

// A FindingDeed is what is done to findings: those named, or with All those that the
// query selects.
type FindingDeed struct {
	IDs      []string   `json:"ids,omitempty" maxItems:"10000" nullable:"false"`
	All      bool       `json:"all,omitempty" doc:"All that the query selects, at most 10,000."`
	Version  int64      `json:"version,omitempty" minimum:"0" doc:"With one id: the finding's version as it was read. Another is refused (412)."`
	Act      string     `json:"act" enum:"assign,work,waive,renew,tag,untag,notice,advise"`
	Assignee string     `json:"assignee,omitempty" maxLength:"100" doc:"With assign: me, a user's name, or empty for nobody."`
	Work     string     `json:"work,omitempty" enum:"new,triaged,notified,acknowledged,in_progress"`
	Waiver   string     `json:"waiver,omitempty" enum:"none,false_positive,accepted_risk,compensating_control,disputed"`
	Until    *time.Time `json:"until,omitempty" doc:"With waive and renew: when it ends, a year ahead at most."`
	Tag      string     `json:"tag,omitempty" maxLength:"50"`
	Advisory string     `json:"advisory,omitempty" maxLength:"100" doc:"With advise: a draft's id."`
	Text     string     `json:"text,omitempty" maxLength:"10000" doc:"With notice: what the operator is told."`
	Reason   string     `json:"reason,omitempty" maxLength:"1000"`
}

// Done says what a deed did, and until when it can be undone.
type Done struct {
	ID      string    `json:"id"`
	Changed int       `json:"changed"`
	Until   time.Time `json:"until"`
}

// FindingUndone says what came of undoing.
type FindingUndone struct {
	Restored int `json:"restored"`
	Kept     int `json:"kept" doc:"Stay as they are: somebody changed them since."`
}

// A Reply is an operator's answer.
type Reply struct {
	Answer string     `json:"answer" enum:"fixed,working,compensating_control,not_mine,cannot_reproduce,accept_risk"`
	Reason string     `json:"reason,omitempty" maxLength:"4000"`
	Until  *time.Time `json:"until,omitempty" doc:"When the work will be done, or until when the risk is to be accepted."`
}

// A FindingComment is what somebody wrote about a finding.
type FindingComment struct {
	At          time.Time  `json:"at"`
	Author      string     `json:"author" person:"true"`
	Operator    bool       `json:"operator" doc:"Written by one of the organisation's people."`
	Shared      bool       `json:"shared" doc:"Both sides see it."`
	DisputeID   string     `json:"dispute_id"`
	Text        string     `json:"text" doc:"Of what was withdrawn, empty for the operator."`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty" doc:"When the notice was taken back."`
}

// A NewFindingComment adds one.
type NewFindingComment struct {
	Text   string `json:"text" minLength:"1" maxLength:"4000"`
	Shared bool   `json:"shared,omitempty" doc:"Show it to the operator. What an operator writes is shared."`
}

// A Dispute is an operator's claim that a finding should not count.
type Dispute struct {
	ID        string           `json:"id"`
	FindingID string           `json:"finding_id"`
	OrgID     string           `json:"org_id"`
	Claim     string           `json:"claim" enum:"compensating_control,not_mine,cannot_reproduce,accept_risk"`
	State     string           `json:"state" enum:"open,answered,upheld,rejected,withdrawn"`
	Reason    string           `json:"reason"`
	Until     *time.Time       `json:"until"`
	OpenedBy  string           `json:"opened_by" person:"true"`
	OpenedAt  time.Time        `json:"opened_at"`
	EndedBy   string           `json:"ended_by" person:"true"`
	EndedAt   *time.Time       `json:"ended_at"`
	Outcome   string           `json:"outcome"`
	Finding   Finding          `json:"finding"`
	Thread    []FindingComment `json:"thread" nullable:"false" doc:"Empty in lists."`
}

// A Ruling decides a dispute, or asks back.
type Ruling struct {
	State  string     `json:"state" enum:"upheld,rejected"`
	Reason string     `json:"reason" minLength:"1" maxLength:"4000" doc:"Both sides read it."`
	Until  *time.Time `json:"until,omitempty" doc:"With upheld: when the waiver ends, a year ahead at most."`
}

// Text is something that somebody wrote.
type Text struct {
	Text string `json:"text" minLength:"1" maxLength:"4000"`
}

// A FindingView is a saved way to look at findings.
type FindingView struct {
	ID       string `json:"id"`
	Owner    string `json:"owner"`
	Name     string `json:"name"`
	Query    string `json:"query" doc:"As in the list's address."`
	Team     bool   `json:"team"`
	Standard bool   `json:"standard" doc:"What its owner sees first."`
}

// A NewFindingView saves one, in place of the caller's one of that name.
type NewFindingView struct {
	Name     string `json:"name" minLength:"1" maxLength:"60"`
	Query    string `json:"query" maxLength:"2000"`
	Team     bool   `json:"team,omitempty"`
	Standard bool   `json:"standard,omitempty"`
}

// A Rescan is what became of the wish to look at a finding again.
type Rescan struct {
	State  string     `json:"state" enum:"none,waiting,running,still_there,not_seen,fixed,not_tested"`
	Reason string     `json:"reason" doc:"What was seen, or why it could not be tested."`
	ScanID string     `json:"scan_id"`
	By     string     `json:"by" person:"true"`
	At     *time.Time `json:"at"`
}

// Rescans says what came of asking for several.
type Rescans struct {
	Begun   int      `json:"begun"`
	Refused []string `json:"refused" nullable:"false" doc:"Why, once each."`
}

// An AdvisoryRef names an advisory.
type AdvisoryRef struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Title string `json:"title"`
}

// NoticeDrafts are what an operator could be told of a finding.
type NoticeDrafts struct {
	Items []NoticeDraft `json:"items" nullable:"false"`
}

// A NoticeDraft is it in one language.
type NoticeDraft struct {
	Language string   `json:"language" example:"bn"`
	Readers  []string `json:"readers" nullable:"false" doc:"Names of the contacts who read it in this language."`
	Text     string   `json:"text" doc:"First what to do."`
}
