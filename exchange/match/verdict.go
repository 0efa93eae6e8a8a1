package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// A Catalogue is the checks that there are, by what they can decide.
type Catalogue struct {
	checks map[inventory.CheckID]inventory.Check
	byCVE  map[string][]inventory.CheckID
}

// NewCatalogue sorts the checks.
func NewCatalogue(checks map[inventory.CheckID]inventory.Check) Catalogue {
	c := Catalogue{checks: checks, byCVE: map[string][]inventory.CheckID{}}
	for id, check := range checks {
		for _, cve := range check.CVEs {
			cve = strings.ToUpper(cve)
			c.byCVE[cve] = append(c.byCVE[cve], id)
		}
	}
	return c
}

// Deciding lists the checks that can tell whether a hit is true: those for one
// of its CVEs, and those that the document names.
func (c Catalogue) Deciding(h Hit) []inventory.CheckID {
	out := []inventory.CheckID{}
	for _, cve := range h.CVEs {
		out = append(out, c.byCVE[cve]...)
	}
	for _, id := range h.Checks {
		if _, ok := c.checks[id]; ok {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Facts are what is known of a place, before or after its targeted scan.
type Facts struct {
	Waiting bool    // a targeted scan is due or runs
	Gone    string  // why the service surely is no more: "the port answered closed"; "" while it may be there
	Open    []Found // what checks found there, and is still there
	// Ran are the checks that ran to an end there and found nothing, since the
	// document came.
	Ran []inventory.CheckID
	// Missed are those that should have, and did not.
	Missed []inventory.Missed
	// Evidence is the stored evidence of what runs there, for verdicts by
	// version; may be "".
	Evidence string
}

// A Found is an open finding and its evidence.
type Found struct {
	Finding  inventory.FindingID
	Check    inventory.CheckID
	Evidence string
}

// A Ruling is a verdict and what it rests on.
type Ruling struct {
	Verdict  exchange.Verdict
	Why      string
	Evidence string
}

// Verdict decides on a hit. Something is affected only when a deciding check
// found it, or its version is surely one that the document warns of and no
// check said otherwise. It is fixed when the deciding checks ran to their ends
// and found nothing, or its version surely is a repaired one; not present when
// it is proven gone. Everything else is pending while a scan is due, and
// unknown after.
func (c Catalogue) Verdict(h Hit, f Facts) Ruling {
	deciding := c.Deciding(h)
	for _, found := range f.Open {
		if slices.Contains(deciding, found.Check) || found.Finding == h.Finding && h.Finding != "" {
			return Ruling{exchange.VerdictAffected, fmt.Sprintf("check %s found it: %s", found.Check, found.Finding), found.Evidence}
		}
	}
	if f.Gone != "" {
		return Ruling{exchange.VerdictNotPresent, f.Gone, f.Evidence}
	}
	negative := intersect(deciding, f.Ran)
	missed := missedOf(deciding, negative, f.Missed)
	open := c.undecided(h, negative, missed)
	switch {
	case f.Waiting && len(negative) < len(deciding):
		return Ruling{Verdict: exchange.VerdictPending, Why: "a targeted scan will tell"}
	case len(negative) > 0 && len(open) == 0:
		return Ruling{exchange.VerdictFixed, fmt.Sprintf("%s ran to the end and found nothing", names(negative)), f.Evidence}
	case h.Standing == Affected:
		why := h.How
		switch {
		case len(negative) > 0 && len(missed) > 0:
			why += fmt.Sprintf("; %s found nothing, but %s did not run to the end", names(negative), names(missed))
		case len(negative) > 0:
			why += fmt.Sprintf("; %s found nothing, and nothing checks %s", names(negative), strings.Join(open, ", "))
		}
		return Ruling{exchange.VerdictAffected, why, f.Evidence}
	case h.Standing == Fixed:
		return Ruling{exchange.VerdictFixed, h.How, f.Evidence}
	case f.Waiting:
		return Ruling{Verdict: exchange.VerdictPending, Why: "a targeted scan will tell"}
	}
	return Ruling{Verdict: exchange.VerdictUnknown, Why: h.unknown(deciding, negative, open, f.Missed)}
}

// missedOf are the deciding checks that should have run, and did not.
func missedOf(deciding, negative []inventory.CheckID, missed []inventory.Missed) []inventory.CheckID {
	var out []inventory.CheckID
	for _, m := range missed {
		if slices.Contains(deciding, m.Check) && !slices.Contains(negative, m.Check) && !slices.Contains(out, m.Check) {
			out = append(out, m.Check)
		}
	}
	return out
}

// undecided lists the CVEs of a hit that the checks did not decide: none ran,
// or one of several did not. A check that the document names decides the
// document, when that has no CVE that has its own.
func (c Catalogue) undecided(h Hit, negative, missed []inventory.CheckID) []string {
	var out []string
	for _, cve := range h.CVEs {
		if len(intersect(c.byCVE[cve], negative)) == 0 || len(intersect(c.byCVE[cve], missed)) > 0 {
			out = append(out, cve)
		}
	}
	if len(intersect(h.Checks, negative)) > 0 && !slices.ContainsFunc(out, func(cve string) bool { return len(c.byCVE[cve]) > 0 }) {
		return nil
	}
	return out
}

// unknown says why nothing can be said.
func (h Hit) unknown(deciding, negative []inventory.CheckID, open []string, missed []inventory.Missed) string {
	doubt := h.Doubt
	if doubt == "" {
		doubt = "what was found before is not confirmed"
	}
	for _, m := range missed {
		if slices.Contains(deciding, m.Check) {
			return fmt.Sprintf("%s; check %s did not run to its end: %s", doubt, m.Check, m.Reason)
		}
	}
	switch {
	case len(deciding) == 0:
		return doubt + "; no check here can decide it"
	case len(negative) == 0:
		return fmt.Sprintf("%s; %s did not run yet", doubt, names(deciding))
	}
	return fmt.Sprintf("%s; %s found nothing, and nothing checks %s", doubt, names(negative), strings.Join(open, ", "))
}

// names lists checks for people: the first three.
func names(checks []inventory.CheckID) string {
	words := make([]string, 0, 4)
	for i, id := range checks {
		if i == 3 {
			words = append(words, fmt.Sprintf("%d more", len(checks)-3))
			break
		}
		words = append(words, string(id))
	}
	if len(checks) == 1 {
		return "check " + words[0]
	}
	return "checks " + strings.Join(words, ", ")
}

func intersect(a, b []inventory.CheckID) []inventory.CheckID {
	var out []inventory.CheckID
	for _, id := range a {
		if slices.Contains(b, id) {
			out = append(out, id)
		}
	}
	return out
}
