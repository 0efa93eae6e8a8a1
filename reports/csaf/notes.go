package csaf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// The titles that Decode knows our notes by.
const (
	titleWithdrawal   = "Reasoning for Withdrawal"
	titleSupersession = "Reasoning for Supersession"
	titleFix          = "What to do"
	titleCounted      = "Vulnerabilities counted"
	titleWeaknesses   = "Kind of weakness"
	titleCheck        = "CIIScan check"
	titleCategory     = "CIIScan category"
)

// ending is the one note of a document that is no longer in force, under the
// title that the profiles of CSAF 2.1 want.
func ending(a advisory.Advisory, title string) []note {
	history := a.Published()
	return []note{{Category: "description", Text: text(history[len(history)-1].Summary), Title: title}}
}

func notes(a advisory.Advisory) []note {
	var out []note
	add := func(category, title, body string) {
		if body = text(body); body != "" {
			out = append(out, note{Category: category, Text: body, Title: title})
		}
	}
	if a.Referral {
		add("legal_disclaimer", "Referral", "This document is for the law-enforcement contact of the agreement alone.")
	}
	add("summary", "Summary", cmp.Or(text(a.Summary), a.Title))
	add("description", "Why it matters", a.Impact)
	add("details", titleFix, a.Fix)
	add("general", "Affected systems", affectedText(a.Affected))
	add("general", titleCheck, string(a.Check))
	if kind := a.Kind(); kind == advisory.Indicators || kind == advisory.Statistics {
		add("general", titleCategory, string(kind)) // no profile is theirs alone
	}
	if hasVulnerabilities(a) {
		return out
	}
	// Without vulnerabilities there is no other place for these.
	var labels, weaknesses []string
	for _, p := range a.Products {
		labels = append(labels, productName(p))
	}
	add("general", "Products it was seen on", strings.Join(labels, "\n"))
	add("general", titleCounted, strings.Join(a.CVEs, "\n"))
	for _, id := range a.CWEs {
		if name, ok := cweNames[id]; ok {
			weaknesses = append(weaknesses, id+": "+name)
		}
	}
	add("general", titleWeaknesses, strings.Join(weaknesses, "\n"))
	return out
}

// checkAffected refuses rows that no redaction leaves like this: readers of
// other countries may see them only as far as the operator consents.
func checkAffected(all []advisory.Affected) error {
	for i, x := range all {
		var wrong string
		switch leads := x.Address + x.Hostname + x.Site + x.Evidence; {
		case x.Consent != inventory.ConsentAnonymised && x.Consent != inventory.ConsentIdentified:
			wrong = "is of an operator who has not consented"
		case x.Consent == inventory.ConsentAnonymised && leads != "":
			wrong = "leads to an operator who consented to be counted without a name"
		default:
			continue
		}
		return &inventory.InputError{
			Field: fmt.Sprintf("affected[%d]", i), Message: wrong,
			Hint: "redact the advisory for its readers first",
		}
	}
	return nil
}

// affectedText is one line for each place; those that read the same are
// counted. Lines are sorted by what they say, so that the order tells nothing
// of what was taken out.
func affectedText(all []advisory.Affected) string {
	var lines []string
	count := map[string]int{}
	for _, x := range all {
		l := affectedLine(x)
		if count[l]++; count[l] == 1 {
			lines = append(lines, l)
		}
	}
	slices.Sort(lines)
	for i, l := range lines {
		if n := count[l]; n > 1 {
			lines[i] = fmt.Sprintf("%s (%d times)", l, n)
		}
	}
	return strings.Join(lines, "\n")
}

// affectedLine reads "198.51.100.7 6379/tcp, cache.example, Biyagama, Power
// Company, energy, LK: redis_version:7.0.15".
func affectedLine(x advisory.Affected) string {
	var parts []string
	for _, p := range []string{strings.TrimSpace(x.Address + " " + x.Port), x.Hostname, x.Site, x.OrgName, string(x.Sector), x.Country} {
		if p = oneLine(p); p != "" {
			parts = append(parts, p)
		}
	}
	l := cmp.Or(strings.Join(parts, ", "), "A system of which no more may be told")
	if e := oneLine(x.Evidence); e != "" {
		l += ": " + e
	}
	return "- " + l
}

func oneLine(s string) string { return strings.Join(strings.Fields(text(s)), " ") }
