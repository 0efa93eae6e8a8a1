package run

import (
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

// A Flag is a reason to look at an edition before it is sent.
type Flag string

// Flags.
const (
	FlagDrop    Flag = "drop"             // less than half of last week's findings
	FlagJump    Flag = "jump"             // more than twice last week's findings
	FlagNoHosts Flag = "zero_hosts"       // there are assets, and none answered
	FlagScanner Flag = "scanner_error"    // a scan of the week failed, or there was none
	FlagPartial Flag = "partial_coverage" // less than four fifths of the assets were reached
	FlagContact Flag = "contact_missing"  // nobody to send it to
	FlagUnprint Flag = "render_failed"    // there is no sound PDF

	// AnyFlag selects editions that have one.
	AnyFlag Flag = "any"
)

// Flags lists every flag.
func Flags() []Flag {
	return []Flag{FlagDrop, FlagJump, FlagNoHosts, FlagScanner, FlagPartial, FlagContact, FlagUnprint}
}

// ParseFlag accepts the constants.
func ParseFlag(s string) (Flag, error) {
	if v := Flag(s); v == AnyFlag || slices.Contains(Flags(), v) {
		return v, nil
	}
	return "", &inventory.InputError{Field: "flag", Value: s, Message: "unknown flag", Hint: "use any, or one of: " + words(Flags())}
}

// Facts are the numbers of an edition that the next is compared with.
type Facts struct {
	Assets   int `json:"assets"`
	Reached  int `json:"reached"`
	Hosts    int `json:"hosts"`
	Findings int `json:"findings"` // open
	Services int `json:"services"`
	Scans    int `json:"scans"`  // of an operator's edition
	Failed   int `json:"failed"` // of these
	Urgent   int `json:"urgent"` // problems to solve, of which the first are listed first
	Overdue  int `json:"overdue"`
	Contacts int `json:"contacts"` // who would be told
}

// FactsOf reads the numbers off a report's card.
func FactsOf(r reports.Report, contacts int) Facts {
	f := Facts{Scans: len(r.Scans), Urgent: len(r.First) + r.MoreActions, Contacts: contacts}
	for _, c := range r.Card {
		switch {
		case c.Key == "assets":
			f.Assets = c.Value
		case c.Key == "reached":
			f.Reached = c.Value
		case c.Key == "hosts_up":
			f.Hosts = c.Value
		case c.Key == "services":
			f.Services = c.Value
		case c.Key == "overdue":
			f.Overdue = c.Value
		case strings.HasPrefix(c.Key, "open_"):
			f.Findings += c.Value
		}
	}
	for _, s := range r.Scans {
		if s.State == "failed" {
			f.Failed++
		}
	}
	return f
}

// few is how many findings come and go without anybody wondering.
const few = 5

// FlagsOf compares an edition with the one before, nil when there is none, and
// says what to look at.
func FlagsOf(kind Kind, now Facts, before *Facts) []Flag {
	flags := []Flag{}
	raise := func(f Flag, when bool) {
		if when {
			flags = append(flags, f)
		}
	}
	if before != nil {
		raise(FlagDrop, before.Findings >= few && 2*now.Findings < before.Findings)
		raise(FlagJump, now.Findings >= before.Findings+few && now.Findings > 2*before.Findings)
	}
	raise(FlagNoHosts, now.Assets > 0 && now.Reached == 0)
	raise(FlagScanner, kind == Operator && now.Assets > 0 && (now.Failed > 0 || now.Scans == 0))
	raise(FlagPartial, now.Reached > 0 && 5*now.Reached < 4*now.Assets)
	raise(FlagContact, kind == Operator && now.Contacts == 0)
	return flags
}
