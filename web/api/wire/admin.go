package wire

import (
	"encoding/json"
	"time"
)

// A NewToken asks for a token in a user's name.
type NewToken struct {
	User    string    `json:"user" minLength:"1" maxLength:"100" doc:"Who acts with it."`
	Name    string    `json:"name" minLength:"1" maxLength:"100" doc:"What it is for; unique for the user."`
	Role    string    `json:"role" enum:"administrator,analyst,approver,legal_officer,auditor,operator_admin,operator"`
	OrgID   string    `json:"org_id,omitempty" maxLength:"100" doc:"Whose people the user is of: for operator_admin and operator, and nobody else."`
	Scope   string    `json:"scope,omitempty" enum:"read,write" doc:"What it may be used for; write when absent: all that the role may do."`
	Expires time.Time `json:"expires" doc:"At most a year ahead."`
}

// A Token is a new token; its secret is shown this once.
type Token struct {
	User    string    `json:"user"`
	Name    string    `json:"name"`
	Role    string    `json:"role"`
	Scope   string    `json:"scope" enum:"read,write"`
	Expires time.Time `json:"expires"`
	Secret  string    `json:"secret" doc:"Shown once, stored only as a hash."`
}

// An AuditRecord is one act as recorded; each carries the hash of the one
// before.
type AuditRecord struct {
	Seq    int64           `json:"seq"`
	At     time.Time       `json:"at"`
	Actor  string          `json:"actor"`
	Act    string          `json:"act" example:"organization.create"`
	Object string          `json:"object"`
	Detail json.RawMessage `json:"detail"`
	Prev   string          `json:"prev"`
	Hash   string          `json:"hash"`
}

// An AuditVerification is the outcome of checking the whole chain.
type AuditVerification struct {
	Intact  bool   `json:"intact"`
	Checked int64  `json:"checked" doc:"Records checked."`
	Head    string `json:"head" doc:"Hash of the last record checked. Keep it elsewhere: it vouches for all before it."`
	Problem string `json:"problem" doc:"The first break; empty when intact."`
}

// A FeedResult is what an import of a threat feed brought.
type FeedResult struct {
	Feed string `json:"feed"`
	CVEs int    `json:"cves" doc:"CVEs of which the feed tells."`
}

// Health says how the installation does.
type Health struct {
	Version       string    `json:"version"`
	Time          time.Time `json:"time" doc:"The server's clock."`
	SchemaVersion int       `json:"schema_version"`
	Workers       []Worker  `json:"workers" nullable:"false"`
	QueuedTasks   int       `json:"queued_tasks"`
	RunningTasks  int       `json:"running_tasks"`
	UnjudgedTasks int       `json:"unjudged_tasks" doc:"Ended, and their results not judged yet."`
	// OldestQueued tells when work began to pile up.
	OldestQueued *time.Time `json:"oldest_queued" doc:"Since when the longest waiting task waits."`
	Checks       int        `json:"checks" doc:"Checks that may run."`
	Scanning     Scanning   `json:"scanning"`
	Feeds        []Feed     `json:"feeds" nullable:"false"`
}

// A Feed is a threat feed as it was last imported.
type Feed struct {
	Name       string     `json:"name" enum:"kev,epss"`
	CVEs       int        `json:"cves" doc:"Of which it tells."`
	ImportedAt *time.Time `json:"imported_at" doc:"Null: never."`
}

// A Worker runs scan tasks.
type Worker struct {
	Name    string    `json:"name"`
	Version string    `json:"version"`
	Slots   int       `json:"slots"`
	Running int       `json:"running" doc:"Tasks that it holds."`
	SeenAt  time.Time `json:"seen_at"`
	Alive   bool      `json:"alive" doc:"Heard from within the last minute."`
}

// Identity is who the server takes the caller for.
type Identity struct {
	User  string `json:"user"`
	Role  string `json:"role" enum:"administrator,analyst,approver,legal_officer,auditor,operator_admin,operator"`
	OrgID string `json:"org_id" doc:"Whose people the user is of; empty for the CERT's own."`
}
