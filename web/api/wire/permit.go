package wire

import "time"

// An Authorization is one organisation's permission to be scanned.
type Authorization struct {
	ID        string    `json:"id" example:"AUTH-3"`
	OrgID     string    `json:"org_id"`
	Prefixes  []string  `json:"prefixes" nullable:"false"`
	Names     []string  `json:"names" nullable:"false"`
	Method    string    `json:"method" enum:"letter,dns,mandate"`
	State     string    `json:"state" enum:"draft,submitted,active,suspended,expired,revoked"`
	Level     string    `json:"level" enum:"nothing,passive,light,standard,intensive"`
	OTLevel   string    `json:"ot_level" enum:"nothing,passive,light,standard,intensive"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until" doc:"Exclusive."`
	Windows   string    `json:"windows" example:"Mon-Fri 22:00-05:00; Sat,Sun" doc:"Local time; empty: at any time."`
	TimeZone  string    `json:"time_zone"`
	SignedBy  string    `json:"signed_by"`
	Reference string    `json:"reference"`
	Document  *Document `json:"document,omitempty" doc:"The stored proof; absent when the method has none."`
	CreatedAt time.Time `json:"created_at"`
	Reason    string    `json:"reason" doc:"Of suspension, revocation or return."`

	Version     int        `json:"version" doc:"Rises with each change; edits carry it."`
	CreatedBy   string     `json:"created_by" person:"true"`
	SubmittedBy string     `json:"submitted_by" person:"true"`
	SubmittedAt *time.Time `json:"submitted_at"`
	DecidedBy   string     `json:"decided_by" person:"true" doc:"Who activated, returned, suspended, resumed or revoked it last."`
	DecidedAt   *time.Time `json:"decided_at"`
	Rate        ScanRate   `json:"rate"`
	CheckedAt   *time.Time `json:"checked_at" doc:"When the DNS was last asked for the proof."`
}

// A ScanRate is how fast a scan at a permission's level may be.
type ScanRate struct {
	PacketsPerSecond  int `json:"packets_per_second" doc:"To all that one part of a scan looks at."`
	RequestsPerSecond int `json:"requests_per_second" doc:"To one host."`
}

// A NewAuthorization asks for one.
type NewAuthorization struct {
	OrgID     string    `json:"org_id"`
	Prefixes  []string  `json:"prefixes,omitempty" nullable:"false" maxItems:"1000" doc:"Addresses or prefixes that may be scanned."`
	Names     []string  `json:"names,omitempty" nullable:"false" maxItems:"1000" doc:"Host names; *.example.org covers every name below."`
	Method    string    `json:"method" enum:"letter,dns,mandate"`
	Level     string    `json:"level" enum:"passive,light,standard,intensive"`
	OTLevel   string    `json:"ot_level,omitempty" enum:"passive,light,standard,intensive" doc:"Ceiling for OT assets; light when absent."`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until" doc:"Exclusive."`
	Windows   string    `json:"windows,omitempty" maxLength:"2000" example:"Mon-Fri 22:00-05:00; Sat,Sun" doc:"When to scan, in local time; at any time when absent."`
	TimeZone  string    `json:"time_zone,omitempty" maxLength:"100" doc:"IANA zone of the windows; the organisation's when absent."`
	SignedBy  string    `json:"signed_by,omitempty" maxLength:"200"`
	Reference string    `json:"reference,omitempty" maxLength:"1000" doc:"A mandate's legal basis, or the TXT value."`
	// Document is the signed letter.
	Document *NewDocument `json:"document,omitempty" doc:"Wanted for method letter."`
}

// A Document is a stored proof, by its hash.
type Document struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size" doc:"Bytes."`
}

// A NewDocument carries a proof's bytes.
type NewDocument struct {
	Name    string `json:"name" minLength:"1" maxLength:"255"`
	Content []byte `json:"content" doc:"The file, as base64."`
}

// An Exclusion forbids scanning, whatever is authorised.
type Exclusion struct {
	ID        string    `json:"id" example:"X-4"`
	Prefix    string    `json:"prefix" doc:"Empty when a name is excluded."`
	Name      string    `json:"name"`
	Reason    string    `json:"reason"`
	Until     time.Time `json:"until"`
	CreatedBy string    `json:"created_by" person:"true"`
	CreatedAt time.Time `json:"created_at"`
}

// A NewExclusion asks for one.
type NewExclusion struct {
	Prefix string    `json:"prefix,omitempty" doc:"Address or prefix; give this or name."`
	Name   string    `json:"name,omitempty" doc:"Host name; give this or prefix."`
	Reason string    `json:"reason" minLength:"1" maxLength:"1000"`
	Until  time.Time `json:"until"`
}
