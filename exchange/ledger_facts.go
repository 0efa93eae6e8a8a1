package exchange

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// LedgerFacts is everything stored that the ledger counts: what a year's
// reports say comes from here and from nowhere else. The store gives what was
// released or received in the year, and whatever belongs to it, however much
// later it came.
type LedgerFacts struct {
	Teams      []Team
	Agreements []Agreement
	Releases   []ReleaseFact
	Deliveries []Delivery
	Receipts   []Receipt
	Feedback   []Feedback // theirs, on what we released
	Inbounds   []Inbound  // what they sent, whatever became of it
	Matches    []Match    // of those
	Answers    []Answer   // ours, on those
	At         time.Time  // when they were gathered; zero: after the year
}

// A ReleaseFact is a release without its files, and what its advisory adds.
type ReleaseFact struct {
	Release  Release
	Title    string
	Severity inventory.Severity
	// Detected is when the first of the findings that the advisory rests on
	// was seen; nil when it rests on none.
	Detected *time.Time
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
