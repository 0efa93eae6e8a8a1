package exchange

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// SourceID names a place that we fetch from ("SRC-1").
type SourceID string

// A Source is a feed of a team that we poll.
type Source struct {
	ID        SourceID
	Team      TeamID
	Channel   Channel // csaf, taxii or misp
	URL       string
	Hosts     []string // that it may lead to; its own is always allowed
	APIKey    string   // that they gave us; never shown
	User      string   // HTTP Basic with APIKey as password; "" sends the key as the channel does
	CA        string   // PEM of the authority that signed their server; "" means the system's
	Every     time.Duration
	Paused    bool
	Cursor    string // where the last poll ended
	LastTry   *time.Time
	LastGood  *time.Time
	LastError string
	NextAt    time.Time
	CreatedAt time.Time
}

// InboundID names something received ("IN-1").
type InboundID string

// An Inbound is one document as it arrived, what was found out about it, and
// what was decided.
type Inbound struct {
	ID         InboundID
	Team       TeamID // by its credential or pinned key, never by its text
	Source     SourceID
	Channel    Channel
	ReceivedAt time.Time
	Name       string // the file's
	MediaType  string
	SHA256     string // of the raw bytes, which are kept
	Size       int64
	Signature  SignatureResult
	SignedBy   string // fingerprint of the pinned key
	Problems   []Problem
	State      InboundState
	Reason     string
	DecidedBy  string // a person, or "rule"
	DecidedAt  *time.Time
	Agreement  AgreementID
	Document   Document
	Duplicates InboundID // the first that brought the same
	Supersedes InboundID // the earlier revision here
	BroughtBy  string    // on arrival: the person, for the audit log; "" when it was fetched or posted
	// MatchedAt is when it was compared with the whole register; nil before.
	MatchedAt *time.Time
}

// InboundState is where something received stands.
type InboundState string

// Inbound states.
const (
	InboundQuarantined InboundState = "quarantined"
	InboundAccepted    InboundState = "accepted"
	InboundRejected    InboundState = "rejected"
	InboundDuplicate   InboundState = "duplicate"
	InboundSuperseded  InboundState = "superseded" // a later revision was accepted
	InboundWithdrawn   InboundState = "withdrawn"  // by its sender
	InboundNoted       InboundState = "noted"      // nothing to decide: it only answers what we sent
)

// SignatureResult is what became of checking the signature.
type SignatureResult string

// Signature results. Only Good is by a key that we pinned for this team.
const (
	SignatureGood    SignatureResult = "good"
	SignatureNone    SignatureResult = "none"
	SignatureBad     SignatureResult = "bad"
	SignatureUnknown SignatureResult = "unknown_key"
	SignatureExpired SignatureResult = "expired_key"
	SignatureOther   SignatureResult = "other_team" // a good one, by somebody else
)

// A Problem is something wrong with a document. A fatal one keeps it out
// whatever a person says.
type Problem struct {
	Code  string `json:"code"` // "csaf 6.1.3", "tlp-ceiling"
	Where string `json:"where"`
	What  string `json:"what"`
	Fatal bool   `json:"fatal"`
}

// A Document is what a received document says; the formats decode to it.
type Document = advisory.Incoming

// A Product is what a document says of one piece of software.
type Product = advisory.IncomingProduct

// A Match is an accepted document that concerns an asset.
type Match struct {
	Inbound   InboundID
	Org       inventory.OrganizationID
	Asset     inventory.AssetID
	Service   string              // "192.0.2.7 6379/tcp"; "" when a finding matched alone
	How       string              // "cpe redis 6.0.9 is in >=6.0|<6.2.6"; "CVE-2022-0543 is open as F-7"
	Checks    []inventory.CheckID // that can decide
	Verdict   Verdict
	Why       string
	Evidence  string // id of the stored evidence, where there is some
	Scan      string // id of the targeted scan, "" until there is one
	MatchedAt time.Time
	DecidedAt *time.Time
	ToldAt    *time.Time // when the operator was told
	FixedAt   *time.Time // when what was affected was proven gone
	DueAt     *time.Time
}

// Verdict is whether an asset has what the document warns of.
type Verdict string

// Verdicts.
const (
	VerdictPending    Verdict = "pending"
	VerdictAffected   Verdict = "affected"
	VerdictFixed      Verdict = "fixed"
	VerdictNotPresent Verdict = "not_present"
	VerdictUnknown    Verdict = "unknown"
)

// An Answer tells the sender what came of a document here: counts, and never
// whose.
type Answer struct {
	Inbound    InboundID
	Team       TeamID
	At         time.Time
	By         string
	State      ReceiptKind        // received, valid, accepted, rejected or closed
	Counts     map[Verdict]int    // assets; only of verdicts that concern 3 operators or more
	Few        []Verdict          // verdicts that concern fewer: their number is not told
	Sectors    []inventory.Sector // only when so many operators are concerned that none is named
	First      *time.Time
	Last       *time.Time
	Usefulness int    // 0 not rated, 1 useless to 5
	Comment    string // for people; searched for names before it goes
	Channel    Channel
	SentAt     *time.Time
}
