package wire

import "time"

// An Inbound is one document as it arrived, and what was decided.
type Inbound struct {
	ID           string     `json:"id" example:"IN-1"`
	PeerID       string     `json:"peer_id" doc:"By credential or pinned key, never by what the document says."`
	SourceID     string     `json:"source_id"`
	Channel      string     `json:"channel"`
	ReceivedAt   time.Time  `json:"received_at"`
	Name         string     `json:"name"`
	MediaType    string     `json:"media_type"`
	Size         int64      `json:"size"`
	SHA256       string     `json:"sha256"`
	Signature    string     `json:"signature" enum:"good,none,bad,unknown_key,expired_key,other_team"`
	SignedBy     string     `json:"signed_by" doc:"Fingerprint of the pinned key."`
	State        string     `json:"state" enum:"quarantined,accepted,rejected,duplicate,superseded,withdrawn,noted"`
	Reason       string     `json:"reason"`
	DecidedBy    string     `json:"decided_by" doc:"A person, or rule."`
	DecidedAt    *time.Time `json:"decided_at"`
	AgreementID  string     `json:"agreement_id"`
	Format       string     `json:"format"`
	TrackingID   string     `json:"tracking_id"`
	Namespace    string     `json:"namespace"`
	Version      string     `json:"version"`
	Title        string     `json:"title"`
	TLP          string     `json:"tlp"`
	Labelled     bool       `json:"labelled" doc:"The label is its own, not the agreement's default."`
	Category     string     `json:"category"`
	Severity     string     `json:"severity"`
	Released     *time.Time `json:"released"`
	Withdrawn    bool       `json:"withdrawn"`
	SupersededBy string     `json:"superseded_by"`
	CVEs         []string   `json:"cves" nullable:"false"`
	Duplicates   string     `json:"duplicates" doc:"The first that brought the same."`
	Supersedes   string     `json:"supersedes" doc:"The earlier revision here."`
}

// An InboundDetail is a document with all that it says and what is wrong with
// it.
type InboundDetail struct {
	Inbound
	Summary     string            `json:"summary"`
	Remediation string            `json:"remediation"`
	References  []string          `json:"references" nullable:"false"`
	Products    []IncomingProduct `json:"products" nullable:"false"`
	Checks      []string          `json:"checks" nullable:"false" doc:"Of our catalogue that it names."`
	Problems    []InboundProblem  `json:"problems" nullable:"false"`
	Answers     []Answer          `json:"answers" nullable:"false" doc:"What its sender was told."`
}

// An IncomingProduct is what a document says of one piece of software.
type IncomingProduct struct {
	Name   string `json:"name"`
	Vendor string `json:"vendor"`
	CPE    string `json:"cpe"`
	PURL   string `json:"purl"`
	Range  string `json:"range"`
	Status string `json:"status"`
	CVE    string `json:"cve"`
}

// An InboundProblem is something wrong with a document.
type InboundProblem struct {
	Code  string `json:"code" example:"csaf 6.1.3"`
	Where string `json:"where"`
	What  string `json:"what"`
	Fatal bool   `json:"fatal" doc:"It keeps the document out whatever a person says."`
}

// A NewInbound brings a peer's document by hand.
type NewInbound struct {
	PeerID    string `json:"peer_id" minLength:"1" maxLength:"100"`
	Name      string `json:"name" minLength:"1" maxLength:"255"`
	Content   []byte `json:"content" doc:"The file, as base64."`
	Signature []byte `json:"signature,omitempty" doc:"Its detached OpenPGP signature, as base64."`
}

// A Match is an accepted document that concerns an asset.
type Match struct {
	InboundID  string     `json:"inbound_id"`
	OrgID      string     `json:"org_id"`
	AssetID    string     `json:"asset_id"`
	Service    string     `json:"service" example:"192.0.2.7 6379/tcp"`
	How        string     `json:"how"`
	Checks     []string   `json:"checks" nullable:"false" doc:"That can decide."`
	Verdict    string     `json:"verdict" enum:"pending,affected,fixed,not_present,unknown"`
	Why        string     `json:"why"`
	EvidenceID string     `json:"evidence_id"`
	ScanID     string     `json:"scan_id" doc:"The targeted scan."`
	MatchedAt  time.Time  `json:"matched_at"`
	DecidedAt  *time.Time `json:"decided_at"`
	ToldAt     *time.Time `json:"told_at" doc:"When the operator was told."`
	FixedAt    *time.Time `json:"fixed_at"`
	DueAt      *time.Time `json:"due_at"`
}

// An Answer tells the sender what came of a document here: counts, and never
// whose.
type Answer struct {
	InboundID  string         `json:"inbound_id"`
	PeerID     string         `json:"peer_id"`
	At         time.Time      `json:"at"`
	By         string         `json:"by"`
	State      string         `json:"state" enum:"received,valid,accepted,rejected,closed"`
	Counts     map[string]int `json:"counts" doc:"Assets by verdict, where enough operators are concerned."`
	Few        []string       `json:"few" nullable:"false" doc:"Verdicts that concern so few operators that no number is told."`
	Sectors    []string       `json:"sectors" nullable:"false"`
	First      *time.Time     `json:"first"`
	Last       *time.Time     `json:"last"`
	Usefulness int            `json:"usefulness" doc:"0 not rated, 1 useless to 5."`
	Comment    string         `json:"comment"`
	Channel    string         `json:"channel"`
	SentAt     *time.Time     `json:"sent_at"`
}

// A NewAnswer adds a person's words to what is counted.
type NewAnswer struct {
	Usefulness int    `json:"usefulness,omitempty" minimum:"0" maximum:"5" doc:"0 not rated, 1 useless to 5."`
	Comment    string `json:"comment,omitempty" maxLength:"2000" doc:"For people; it may name no operator."`
}

// A Feedback is what a peer says of something that we released.
type Feedback struct {
	PeerID     string         `json:"peer_id"`
	AdvisoryID string         `json:"advisory_id"`
	ReleaseID  string         `json:"release_id"`
	At         time.Time      `json:"at"`
	State      string         `json:"state"`
	Counts     map[string]int `json:"counts"`
	First      *time.Time     `json:"first"`
	Last       *time.Time     `json:"last"`
	Usefulness int            `json:"usefulness"`
	Comment    string         `json:"comment"`
	InboundID  string         `json:"inbound_id" doc:"That brought it."`
}
