package reports

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// titled is a table under the heading with an id.
type titled struct {
	ID     string
	Rows   any
	Waiver bool // the table is of waivers
}

// numbered is the N-th of something.
type numbered struct {
	N int
	X any
}

// Titled is for templates.
func (v *view) Titled(id string, rows any) titled { return titled{ID: id, Rows: rows} }

// Waivers is Titled for a table of waivers.
func (v *view) Waivers(id string, rows any) titled { return titled{id, rows, true} }

// Numbered is for templates.
func (v *view) Numbered(n int, x any) numbered { return numbered{n, x} }

// Minus subtracts.
func (v *view) Minus(a, b int) int { return a - b }

// ProblemAnchor is where the page tells of a check's findings.
func (v *view) ProblemAnchor(check inventory.CheckID) string {
	if i, ok := v.places[check]; ok {
		return problemLink(i)[1:]
	}
	return "problems"
}

// EPSSOf writes the EPSS of a check, "" when nobody knows it.
func (v *view) EPSSOf(check inventory.CheckID) string {
	if i, ok := v.places[check]; ok && v.Problems[i].EPSS > 0 {
		return v.p.Decimal(v.Problems[i].EPSS*100, 1) + " %"
	}
	return ""
}

// Known writes a number, or that nobody has it.
func (v *view) Known(n *int) string {
	if n == nil {
		return v.T("not known")
	}
	return v.Number(*n)
}

// After writes how long after a moment something happened.
func (v *view) After(from time.Time, at *time.Time) string {
	if at == nil {
		return v.T("not yet")
	}
	switch d := at.Sub(from); {
	case d < time.Hour:
		return v.T("within an hour")
	case d < 48*time.Hour:
		return v.N("after %s hour", "after %s hours", int(d/time.Hour))
	default:
		return v.N("after %s day", "after %s days", wholeDays(d))
	}
}

// Anonymous tells whether operators are numbered.
func (v *view) Anonymous() bool { return v.Edition == EditionSector && !v.Named }

// Enough tells whether a spread may be told.
func (s Spread) Enough() bool { return s.Known >= MinPeers }
