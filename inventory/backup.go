package inventory

import "time"

// BackupID names a backup in lists: "BAK-3".
type BackupID string

// A Backup is a copy of the database, which was read to its end after it was
// made.
type Backup struct {
	ID     BackupID
	At     time.Time // of which it is a copy
	Host   string    // the machine on which it was made
	File   string
	Bytes  int64
	SHA256 string
	Schema int // the database's version then
	By     string
}
