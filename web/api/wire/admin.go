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

	ConsoleURL    string     `json:"console_url" doc:"Where browsers find the console; empty where nothing was set."`
	TemplatesAt   *time.Time `json:"templates_at" doc:"When what templates look for last changed here."`
	Mail          MailQueue  `json:"mail"`
	DatabaseBytes int64      `json:"database_bytes"`
	Disks         []Disk     `json:"disks" nullable:"false" doc:"Those of this machine that the installation fills; none where the database is elsewhere."`
	LastBackup    *Backup    `json:"last_backup,omitempty" doc:"Absent: none was written down."`
	Printing      Printing   `json:"printing"`
	// Parts judge all of the above.
	Parts []HealthPart `json:"parts" nullable:"false" doc:"What was looked at, and what stopped working."`
}

// A HealthPart is one part of the installation, and how it does.
type HealthPart struct {
	Part    string `json:"part" example:"mail"`
	State   string `json:"state" enum:"ok,warning,missing" doc:"missing: what the main job does not work without."`
	Detail  string `json:"detail"`
	Stopped string `json:"stopped" doc:"What does not work because of it; empty when all does."`
	Hint    string `json:"hint" doc:"What to do about it."`
}

// MailQueue is how mail to operators does.
type MailQueue struct {
	State   string     `json:"state" enum:"on,off,dry_run"`
	Waiting int        `json:"waiting"`
	Oldest  *time.Time `json:"oldest" doc:"Since when the longest waiting mail waits."`
	Failed  int        `json:"failed" doc:"Of the last week."`
}

// A Disk is where data lies.
type Disk struct {
	Of   string `json:"of" enum:"data,database"`
	Path string `json:"path"`
	Free int64  `json:"free" doc:"Bytes that the installation may still fill."`
	Size int64  `json:"size" doc:"Bytes in all."`
}

// Printing is how PDFs are made.
type Printing struct {
	Program string     `json:"program" doc:"Chromium's path; empty: there is none, and reports have no PDF."`
	Problem string     `json:"problem" doc:"Why a page could not be printed when it was last tried; its sandbox, mostly."`
	TriedAt *time.Time `json:"tried_at"`
}

// A NewBackup is a copy of the database that was made and read to its end.
type NewBackup struct {
	At     time.Time `json:"at" doc:"Of which it is a copy."`
	Host   string    `json:"host" minLength:"1" maxLength:"255" doc:"The machine on which it was made."`
	File   string    `json:"file" minLength:"1" maxLength:"4096"`
	Bytes  int64     `json:"bytes" minimum:"1"`
	SHA256 string    `json:"sha256" pattern:"^[0-9a-f]{64}$"`
}

// A Backup is a copy of the database that was written down.
type Backup struct {
	ID string `json:"id" example:"BAK-3"`
	NewBackup
	SchemaVersion int    `json:"schema_version"`
	By            string `json:"by"`
}

// A Setting is one of the server's, as it counts.
type Setting struct {
	Name    string   `json:"name" example:"mail.server"`
	Value   string   `json:"value" doc:"Empty for a secret."`
	Set     bool     `json:"set"`
	Secret  bool     `json:"secret"`
	From    string   `json:"from" doc:"A file, a variable of the environment, default, derived from others, or empty."`
	Restart []string `json:"restart" nullable:"false" doc:"The programs that read it when they start."`
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
	Engines string    `json:"engines" doc:"What it scans with, and of which version."`
	Raw     *bool     `json:"raw" doc:"It may craft packets: SYN and UDP scans. Null: it did not say."`
}

// Identity is who the server takes the caller for.
type Identity struct {
	User  string `json:"user"`
	Role  string `json:"role" enum:"administrator,analyst,approver,legal_officer,auditor,operator_admin,operator"`
	OrgID string `json:"org_id" doc:"Whose people the user is of; empty for the CERT's own."`
}
