package reports

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// A table of the page is cut where a browser would stall, and on paper where a
// reader would; both are said in words, and the files have every row.
const (
	maxRows     = 500  // of one table on the screen
	paperRows   = 60   // of one table on paper
	paperFirst  = 5    // of what to do first; of the main part, which is to have four pages on paper
	paperBrief  = 3    // of any other table of that part
	paperKEV    = 5    // of what is known exploited, likewise
	paperMinor  = 200  // findings on paper that are neither urgent nor known exploited
	maxFindings = 4000 // under all problems together, on the screen
)

// rows are the rows of a table: those that are shown, and from which on they
// are left out on paper.
type rows[T any] struct {
	All   int
	Shown []T
	More  int // not on the screen either
	Paper int // on paper
}

func cutRows[T any](all []T) rows[T] {
	n := min(len(all), maxRows)
	return rows[T]{All: len(all), Shown: all[:n], More: len(all) - n, Paper: min(n, paperRows)}
}

// brief cuts the rows of the main part: on paper it has the first few.
func brief[T any](all []T, paper int) rows[T] {
	r := cutRows(all)
	r.Paper = min(r.Paper, paper)
	return r
}

// Screen tells whether row i is for the screen only.
func (r rows[T]) Screen(i int) bool { return i >= r.Paper }

// Cut tells whether paper has fewer rows than there are.
func (r rows[T]) Cut() bool { return r.Paper < r.All }

// Place reads "192.0.2.7 port 443/tcp".
func (f Finding) Place() string { return place(f.Address, f.Port, f.Transport) }

// Place reads "192.0.2.7 port 443/tcp".
func (s Service) Place() string { return place(s.Address, s.Port, s.Transport) }

// Place reads "192.0.2.7 port 443/tcp".
func (c Certificate) Place() string { return place(c.Address, c.Port, c.Transport) }

// Name is the first that it is made out to.
func (c Certificate) Name() string {
	if len(c.Names) > 0 {
		return c.Names[0]
	}
	return c.Subject
}

func place(addr string, port uint16, t inventory.Transport) string {
	if port == 0 {
		return addr
	}
	return fmt.Sprintf("%s port %d/%s", addr, port, t)
}

// What reads "Redis 7.0.15", or the service's name, or "" when it was not
// identified.
func (s Service) What() string {
	return cmp.Or(strings.TrimSpace(s.Product+" "+s.Version), s.Name)
}

// Short is the evidence's id as people read it aloud; the files have it whole.
func (c Change) Short() string { return short(c.Evidence) }

// Short is the evidence's id as people read it aloud.
func (f Finding) Short() string { return short(f.Evidence) }

func short(id inventory.EvidenceID) string { return string(id)[:min(12, len(id))] }

// Waived tells whether a waiver is in force.
func (f Finding) Waived() bool { return f.Waiver != inventory.WaiverNone }

// Urgent tells whether a finding is always on paper.
func (f Finding) Urgent() bool {
	return f.KEV || f.Severity.Rank() >= inventory.SeverityHigh.Rank()
}
