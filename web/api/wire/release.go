package wire

import "time"

// A Release is one revision of an advisory for one audience.
type Release struct {
	ID          string           `json:"id" example:"REL-1"`
	AdvisoryID  string           `json:"advisory_id"`
	Revision    int              `json:"revision"`
	PeerID      string           `json:"peer_id" doc:"Empty: for everybody."`
	AgreementID string           `json:"agreement_id"`
	State       string           `json:"state" enum:"requested,released,refused"`
	Category    string           `json:"category"`
	TLP         string           `json:"tlp"`
	Referral    bool             `json:"referral" doc:"To the law-enforcement contact alone."`
	Clause      string           `json:"clause" doc:"Of the gate: what allows it."`
	Channels    []string         `json:"channels" nullable:"false"`
	Profile     RedactionProfile `json:"profile"`
	IEP         IEP              `json:"iep"`
	Reason      string           `json:"reason"`
	RequestedBy string           `json:"requested_by"`
	RequestedAt time.Time        `json:"requested_at"`
	ApprovedBy  string           `json:"approved_by"`
	LegalBy     string           `json:"legal_by"`
	ReleasedAt  *time.Time       `json:"released_at"`
	Withdrawal  bool             `json:"withdrawal" doc:"It tells that the advisory is withdrawn."`
	Supersedes  string           `json:"supersedes"`
	RefusedWhy  string           `json:"refused_why"`
	// Confirmed is by the receiver's own word, not by a fetch.
	Confirmed bool `json:"confirmed" doc:"The receiver has said that it has it."`
}

// A ReleaseDetail is a release with its files and how far it has come.
type ReleaseDetail struct {
	Release
	Files      []ReleaseFile `json:"files" nullable:"false"`
	Deliveries []Delivery    `json:"deliveries" nullable:"false"`
	Receipts   []Receipt     `json:"receipts" nullable:"false"`
}

// A ReleaseFile is released bytes, by their hash.
type ReleaseFile struct {
	Format    string `json:"format" enum:"csaf,stix,misp"`
	Name      string `json:"name" example:"adv-3.json"`
	MediaType string `json:"media_type"`
	Size      int    `json:"size"`
	SHA256    string `json:"sha256"`
	Signed    bool   `json:"signed"`
}

// A Delivery is the duty to bring a release to its receiver by a channel.
type Delivery struct {
	PeerID      string     `json:"peer_id"`
	ReleaseID   string     `json:"release_id"`
	Channel     string     `json:"channel"`
	State       string     `json:"state" enum:"queued,available,delivered,confirmed,stopped"`
	Attempts    int        `json:"attempts"`
	NextAt      *time.Time `json:"next_at"`
	LastError   string     `json:"last_error"`
	DeliveredAt *time.Time `json:"delivered_at"`
	AckBy       *time.Time `json:"ack_by" doc:"When the agreement wants it acknowledged."`
	AckAt       *time.Time `json:"ack_at"`
	Overdue     bool       `json:"overdue"`
}

// A Receipt is evidence that a release arrived.
type Receipt struct {
	PeerID     string    `json:"peer_id"`
	Channel    string    `json:"channel"`
	Kind       string    `json:"kind" enum:"fetched,sent,received,valid,accepted,rejected,closed"`
	At         time.Time `json:"at"`
	Credential string    `json:"credential"`
	Path       string    `json:"path"`
	Detail     string    `json:"detail"`
}

// A NewRelease asks to let an advisory out.
type NewRelease struct {
	AdvisoryID string            `json:"advisory_id" minLength:"1" maxLength:"100"`
	Revision   int               `json:"revision,omitempty" minimum:"0" doc:"The present one when absent."`
	PeerID     string            `json:"peer_id,omitempty" maxLength:"100" doc:"Give this or public."`
	Public     bool              `json:"public,omitempty" doc:"For everybody."`
	Channels   []string          `json:"channels,omitempty" nullable:"false" enum:"csaf,taxii,misp,push,mail,bundle" doc:"All that the agreement names when absent."`
	Profile    *RedactionProfile `json:"profile,omitempty" doc:"May take away more than the peer's own, never less; a kind that it leaves out is dropped."`
	Referral   bool              `json:"referral,omitempty" doc:"To the law-enforcement contact, and nobody else."`
	Reason     string            `json:"reason,omitempty" maxLength:"1000"`
}

// A ReleasePreview is what would leave now, to the byte.
type ReleasePreview struct {
	AdvisoryID    string           `json:"advisory_id"`
	PeerID        string           `json:"peer_id" doc:"Empty: for everybody."`
	AgreementID   string           `json:"agreement_id"`
	Allowed       bool             `json:"allowed" doc:"The gate lets it out, once what is missing is there."`
	Rule          string           `json:"rule" doc:"That refuses; empty when allowed."`
	Clause        string           `json:"clause" doc:"What allows or refuses it, in words."`
	TLP           string           `json:"tlp"`
	IEP           IEP              `json:"iep"`
	Channels      []string         `json:"channels" nullable:"false"`
	NeedsApprover bool             `json:"needs_approver"`
	NeedsLegal    bool             `json:"needs_legal" doc:"A legal officer has to agree first."`
	Profile       RedactionProfile `json:"profile" doc:"By which it was redacted."`
	Files         []PreviewFile    `json:"files" nullable:"false"`
	Diff          []FieldChange    `json:"diff" nullable:"false" doc:"From the original to what leaves."`
	Leaks         []string         `json:"leaks" nullable:"false" doc:"What would be told and must not: any stops the release."`
	Problem       string           `json:"problem" doc:"Why it cannot be written; empty when it can."`
}

// A PreviewFile is the bytes that a receiver would get.
type PreviewFile struct {
	Format    string `json:"format"`
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	SHA256    string `json:"sha256"`
	Content   []byte `json:"content" doc:"As base64."`
}

// A FieldChange is one difference between two advisories.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before" doc:"Empty for what was added."`
	After  string `json:"after" doc:"Empty for what was taken out."`
}

// A NewBundle asks for a file to be carried to a peer.
type NewBundle struct {
	PeerID string `json:"peer_id" minLength:"1" maxLength:"100"`
}

// A Bundle is such a file, signed and encrypted.
type Bundle struct {
	PeerID   string   `json:"peer_id"`
	Sequence int64    `json:"sequence"`
	Name     string   `json:"name"`
	Releases []string `json:"releases" nullable:"false" doc:"What is in it."`
	Content  []byte   `json:"content" doc:"As base64."`
}

// A BundleRead is what came of reading a peer's.
type BundleRead struct {
	PeerID   string    `json:"peer_id" doc:"Whose signature it has."`
	Sequence int64     `json:"sequence"`
	Again    bool      `json:"again" doc:"It came before; nothing was doubled."`
	Missing  []Gap     `json:"missing" nullable:"false" doc:"Bundles before it that never came."`
	Inbounds []Inbound `json:"inbounds" nullable:"false" doc:"The documents in it, as they were kept."`
	Receipts int       `json:"receipts" doc:"Acknowledgements of what we sent."`
}

// A Gap is a run of sequence numbers that never came, both ends included.
type Gap struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}
