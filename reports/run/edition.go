package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

// A RunID names a run: "RUN-3".
type RunID string //nolint:revive // run.ID would be read as an edition's

// An EditionID names an edition: "weekly-ORG-7-2026-W47", with "-r2" behind it
// for a revision.
type EditionID string

// A Run is one week's reports of everybody.
type Run struct {
	Num       int64
	ID        RunID
	Week      string // "2026-W47"
	From, To  time.Time
	StartedAt time.Time
	StartedBy string // a user, or "schedule"
	// Counts tells how many editions are in each state.
	Counts map[State]int
	// Flags tells how many editions carry each flag, and are neither approved
	// nor sent.
	Flags map[Flag]int
}

// Total is how many editions the run has.
func (r Run) Total() int {
	n := 0
	for _, c := range r.Counts {
		n += c
	}
	return n
}

// Kind is whom an edition is for.
type Kind string

// Kinds.
const (
	Operator Kind = "operator"
	Sector   Kind = "sector"
	National Kind = "national"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Operator, Sector, National} }

// An Edition is one report of a run.
type Edition struct {
	Num      int64
	ID       EditionID
	Run      RunID
	Kind     Kind
	Org      inventory.OrganizationID // of an operator's edition
	OrgName  string
	Sector   inventory.Sector // of an operator's or a sector's edition
	Week     string
	From, To time.Time
	Revision int
	Because  string // why there is a revision
	// Latest is false when a revision has taken its place.
	Latest bool
	State  State
	Flags  []Flag
	// Accepted are flags that a person has looked at.
	Accepted []Flag
	Facts    Facts
	Problem  string // why it could not be made, or printed
	Attempts int    // that failed, one after the other
	Printed  Printed
	Note     string // the analyst's word to the reader
	// Version counts the changes by people; an act on a version that is gone
	// is refused.
	Version    int
	MadeAt     *time.Time // when its files were made
	CheckedBy  string
	HeldBy     string
	HeldFor    string
	ApprovedBy string
	ApprovedAt *time.Time
	SentBy     string
	SentAt     *time.Time
	// OpenedAt is when its operator's people first saw it.
	OpenedAt       *time.Time
	AcknowledgedBy string
	AcknowledgedAt *time.Time
	Files          []File     // of one edition that was asked for by its id
	Deliveries     []Delivery // likewise
}

// Printed is what became of the PDF.
type Printed string

// What became of it.
const (
	PrintPending Printed = ""
	PrintDone    Printed = "done"
	PrintFailed  Printed = "failed"
	PrintAbsent  Printed = "absent" // there is no Chromium here
)

// A File is one of an edition's, by its hash.
type File struct {
	Name      string
	MediaType string
	Language  string // of what people read (BCP 47); "" for programs
	Size      int
	SHA256    string
	Proof     bool // the manifest, or its signature
}

// Documents are the files that are sent of all: the PDF in each of the
// languages, each once. For a language in which there is none it is the English
// one.
func Documents(all []File, languages []string) []File {
	var out []File
	for _, language := range languages {
		var best *File
		for i, f := range all {
			if f.MediaType == reports.PDFType && (f.Language == language || best == nil || best.Language != language && f.Language == locale.Default) {
				best = &all[i]
			}
		}
		if best != nil && !slices.Contains(out, *best) {
			out = append(out, *best)
		}
	}
	return out
}

// IDOf names an edition.
func IDOf(kind Kind, org inventory.OrganizationID, sector inventory.Sector, week string, revision int) EditionID {
	name := string(kind)
	switch kind {
	case Operator:
		name = string(org)
	case Sector:
		name = "sector-" + string(sector)
	case National:
	}
	id := "weekly-" + name + "-" + week
	if revision > 1 {
		id += fmt.Sprintf("-r%d", revision)
	}
	return EditionID(id)
}

// Period is that of the run which is due at a moment, and its week: the ISO
// week, in the schedule's zone, in which the middle of the period lies. So the
// run of a Monday morning reports of the week before.
func Period(at time.Time, zone *time.Location) (from, to time.Time, week string) {
	to = at.UTC()
	from = to.AddDate(0, 0, -7)
	year, number := from.Add(to.Sub(from) / 2).In(zone).ISOWeek()
	return from, to, fmt.Sprintf("%04d-W%02d", year, number)
}

// ParseWeek accepts "2026-W47", in any case.
func ParseWeek(s string) (string, error) {
	v := strings.ToUpper(strings.TrimSpace(s))
	var year, week int
	if n, err := fmt.Sscanf(v, "%4d-W%2d", &year, &week); n != 2 || err != nil || len(v) != len("2026-W47") || week < 1 || week > 53 {
		return "", &inventory.InputError{Field: "week", Value: s, Message: "is not a week", Hint: "write it like 2026-W47"}
	}
	return v, nil
}

// A Filter selects editions; empty fields select everything.
type Filter struct {
	Run    RunID
	Week   string
	Kind   Kind
	Org    inventory.OrganizationID
	Sector inventory.Sector
	Text   string // in the operator's name or the edition's id
	States []State
	Flag   Flag // AnyFlag for those with any
	// Outdated wants those, too, whose place a revision has taken.
	Outdated bool
}
