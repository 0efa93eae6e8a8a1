package exchange

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"time"

	"github.com/ciiscan/ciiscan/reports/advisory"
)

// ReleaseID names one release for life ("REL-1").
type ReleaseID string

// A Release is one revision of an advisory for one audience: a team under an
// agreement, or, with Team "", everybody. What was released never changes.
type Release struct {
	ID          ReleaseID
	Advisory    advisory.ID
	Revision    int
	Team        TeamID
	Agreement   AgreementID
	State       ReleaseState
	Category    advisory.Category
	TLP         advisory.TLP
	IEP         IEP
	Profile     Profile // redactions applied
	Confirmed   bool    // the receiver has said so; told in lists alone
	Referral    bool    // to the law-enforcement contact only
	Clause      string  // of the gate: what allows it
	Channels    []Channel
	Reason      string
	RequestedBy string
	RequestedAt time.Time
	ApprovedBy  string // never who asked
	LegalBy     string // RED, or data of an incident
	ReleasedAt  *time.Time
	Withdrawal  bool // it tells that the advisory is withdrawn
	Supersedes  ReleaseID
	RefusedWhy  string
	// Title and Summary are what listings say of it, as the audience gets it.
	Title, Summary string
	Files          []File // exactly what the audience gets
	// Objects are the same for TAXII collections, which show them one by one.
	Objects []TAXIIObject
}

// A TAXIIObject is one STIX object as released.
type TAXIIObject struct {
	ID          string // "report--…"
	Type        string
	Modified    time.Time // "created" of an object that has no "modified"
	SpecVersion string    // "2.1"
	Raw         []byte    // its JSON
}

// ReleaseState is where a release stands.
type ReleaseState string

// Release states.
const (
	ReleaseRequested ReleaseState = "requested"
	ReleaseDone      ReleaseState = "released"
	ReleaseRefused   ReleaseState = "refused" // by the gate or by a person
)

// Format is a form in which a release is written.
type Format string

// Formats.
const (
	FormatCSAF Format = "csaf"
	FormatSTIX Format = "stix"
	FormatMISP Format = "misp"
)

// A File is released bytes. They are what was signed, and never change.
type File struct {
	Format    Format
	Name      string // "adv-3.json"
	MediaType string
	Bytes     []byte
	SHA256    string // lower-case hex
	SHA512    string
	Signature string // armoured, detached OpenPGP; "" for formats that carry none
}

// Hashes are those of the bytes as they are, in the form of SHA256 and SHA512.
func (f File) Hashes() (s256, s512 string) {
	a, b := sha256.Sum256(f.Bytes), sha512.Sum512(f.Bytes)
	return hex.EncodeToString(a[:]), hex.EncodeToString(b[:])
}

// A Delivery is the duty to bring a release to its receiver by a channel.
type Delivery struct {
	Num         int64
	Release     ReleaseID
	Team        TeamID
	Channel     Channel
	State       DeliveryState
	Attempts    int
	NextAt      time.Time
	LastError   string
	DeliveredAt *time.Time // sent; for a pull channel: first fetched
	AckBy       *time.Time // when the agreement wants it acknowledged; nil: never
	AckAt       *time.Time
}

// DeliveryState is where a delivery stands.
type DeliveryState string

// Delivery states. Available waits to be fetched; stopped was not delivered
// before its agreement ended.
const (
	DeliveryQueued    DeliveryState = "queued"
	DeliveryAvailable DeliveryState = "available"
	DeliveryDone      DeliveryState = "delivered"
	DeliveryConfirmed DeliveryState = "confirmed"
	DeliveryStopped   DeliveryState = "stopped"
)

// A Receipt is evidence that a release arrived.
type Receipt struct {
	Release    ReleaseID
	Team       TeamID
	Channel    Channel
	Kind       ReceiptKind
	At         time.Time
	Credential string // which fetched, or the fingerprint which signed
	Path       string // what was fetched
	Detail     string
}

// ReceiptKind says what happened.
type ReceiptKind string

// Receipt kinds, as far as the receiver has come with it (after the report
// states of CERT/CC's coordinated disclosure protocol).
const (
	ReceiptFetched  ReceiptKind = "fetched"
	ReceiptSent     ReceiptKind = "sent"
	ReceiptReceived ReceiptKind = "received" // acknowledged, signed or by credential
	ReceiptValid    ReceiptKind = "valid"
	ReceiptAccepted ReceiptKind = "accepted"
	ReceiptRejected ReceiptKind = "rejected"
	ReceiptClosed   ReceiptKind = "closed"
)
