// Package audit is the record of who did what to which object, when. Each
// entry carries the hash of the one before, so that a changed, removed or
// inserted entry is found. An act whose entry cannot be written does not
// happen: the store writes both in one transaction.
package audit

import (
	"errors"
	"time"
)

// ErrBroken says that the record is not as it was written. Whatever else keeps
// somebody from reading it says nothing about that.
var ErrBroken = errors.New("the record is not whole")

// An Entry is one act, as the caller states it.
type Entry struct {
	Actor  string // a user's name, "scheduler", "worker ID"
	Act    string // "organization.create", "scan.cancel"
	Object string // the id of what was acted on
	Detail any    // small, JSON-able, without secrets; may be nil
}

// A Record is an entry as stored.
type Record struct {
	Seq    int64
	At     time.Time
	Actor  string
	Act    string
	Object string
	Detail []byte // JSON
	Prev   string // hash of the record before, "" for the first
	Hash   string
}

// A Filter selects records; the zero value selects all.
type Filter struct {
	Actor  string
	Act    string // its beginning: "finding" selects "finding.work" as well
	Object string
	Text   string    // somewhere in a record, in any case
	From   time.Time // and later
	To     time.Time // before it
}
