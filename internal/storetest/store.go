// Package storetest gives every test a PostgreSQL database of its own, with
// the schema in place, in about the time of a file copy.
package storetest

import (
	"testing"

	"github.com/ciiscan/ciiscan/internal/store"
)

// A DB is one test's database.
type DB struct {
	URL       string // as the database's owner
	WorkerURL string // as a login of the role ciiscan_worker
}

// New returns a Store on a fresh database, which is dropped after the test.
func New(t testing.TB) *store.Store { panic("not written yet") }

// NewDB makes a fresh database, which is dropped after the test.
func NewDB(t testing.TB) DB { panic("not written yet") }
