package exchange

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// LedgerFacts is everything stored that the ledger counts: what a year's
// reports say comes from here and from nowhere else. The store gives what was
// released or received in the year, with whatever belongs to it, however much
// later it came, and no more of it than counts: a busy year has much.
type LedgerFacts struct {
	Teams      []Team
	Agreements []Agreement
	Releases   []ReleaseFact
	Feedback   []Feedback    // theirs, on what we released
	Inbounds   []InboundFact // what they sent, whatever became of it
	At         time.Time     // when they were gathered; zero: after the year
}

// A LedgerQuery says which facts to gather.
type LedgerQuery struct {
	Team TeamID // "" for all
	Year int    // in UTC
	// Clocks asks for what only clocks tell, too: titles, and when the findings
	// were first seen that releases rest on. It takes as long as all the rest.
	Clocks bool
}

// A ReleaseFact is a release, and what came of it through all channels.
type ReleaseFact struct {
	ID          ReleaseID
	Advisory    advisory.ID
	Team        TeamID // "" for everybody
	State       ReleaseState
	Category    advisory.Category
	Severity    inventory.Severity // "" where the advisory says none
	TLP         advisory.TLP
	Title       string
	Referral    bool
	Withdrawal  bool
	RequestedAt time.Time
	ReleasedAt  *time.Time // nil unless it left
	// Detected is when the first of the findings that the advisory rests on
	// was seen; nil when it rests on none.
	Detected *time.Time
	Fetched  *time.Time // when it first reached the receiver
	// Acknowledged is when the receiver first said that it has it. A fetch is
	// no word of theirs.
	Acknowledged *time.Time
	AckBy        *time.Time // the first that was agreed, but for channels that were stopped
	Confirmed    bool       // its arrival, by the receiver
}

// An InboundFact is a document received, what it matched here, and what we
// answered.
type InboundFact struct {
	ID         InboundID
	Team       TeamID
	State      InboundState
	ReceivedAt time.Time
	Supersedes InboundID
	Title      string
	TLP        advisory.TLP
	Category   advisory.Category
	Severity   inventory.Severity
	Released   time.Time  // by its sender; zero when it does not say
	Withdraws  bool       // it takes back what was sent before
	Matched    *time.Time // first with an asset; nil when it concerns none here
	Affected   bool       // an asset is or was
	Open       bool       // an asset is affected still, or nobody knows
	Fixed      *time.Time // the last asset that was affected and is proven gone
	Repaired   int        // how many of those there are
	Answered   *time.Time // when our first answer went out
	Rating     int        // our newest; 0 is none
}

// A Feedback is what a peer says of something that we released.
type Feedback struct {
	Team       TeamID
	Advisory   advisory.ID
	Release    ReleaseID
	At         time.Time // of arrival
	State      ReceiptKind
	Counts     map[Verdict]int
	First      *time.Time // when they first saw it
	Last       *time.Time
	Usefulness int // 0 not rated, 1 useless to 5
	Comment    string
	Inbound    InboundID // that brought it; "" for the API
	// Version is the document's that is spoken of: who has confirmed a first
	// version has not confirmed its withdrawal. With "" nothing is confirmed.
	Version    string
	Channel    Channel
	Credential string
}
