package csaf

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/reports/advisory"
)

// FileName is the name that CSAF demands for an advisory's file: its tracking
// id in lower case, with everything else as "_".
func FileName(a advisory.Advisory) string {
	return notFileName.ReplaceAllString(strings.ToLower(string(a.ID)), "_") + ".json"
}

var notFileName = regexp.MustCompile(`[^+\-a-z0-9]+`)

// Label is the folder of documents with a label, and the name of their feed:
// CSAF's word for it in small letters, white, green, amber or red. What CSAF
// has no label for, and what nobody knows, is red.
func Label(t advisory.TLP) string { return strings.ToLower(oldLabel(t)) }

// oldLabel is the label of TLP 1, which is all that CSAF 2.0 has: amber+strict
// may not travel as amber.
func oldLabel(t advisory.TLP) string {
	switch t {
	case advisory.Clear:
		return "WHITE"
	case advisory.Green:
		return "GREEN"
	case advisory.Amber:
		return "AMBER"
	case advisory.AmberStrict, advisory.Red:
	}
	return "RED"
}

// Path is where an advisory's document lies below Publisher.URL, label being
// one of Label's: "amber/2026/adv-3.json", with the year of the first
// release, as CSAF demands.
func Path(a advisory.Advisory, label string) string {
	return label + "/" + strconv.Itoa(a.FirstReleased().Year()) + "/" + FileName(a)
}
