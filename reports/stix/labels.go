package stix

import (
	"regexp"
	"strings"
)

// Labels carry what STIX has no property for and a receiver needs: which CSAF
// document it is, by which receivers know the same matter on another channel,
// and the words of our own model.
const (
	labelTracking   = "csaf:tracking_id="
	labelNamespace  = "csaf:namespace="
	labelVersion    = "csaf:version="
	labelSuperseded = "csaf:superseded_by="
	labelCategory   = "ciiscan:category="
	labelSeverity   = "ciiscan:severity="
	labelCheck      = "ciiscan:check="
	labelPartOf     = "ciiscan:part_of=" // on a vulnerability that a report of ours holds
)

// labels are key and value; an empty value is not written.
type labels map[string]string

var labelOrder = []string{
	labelTracking, labelNamespace, labelVersion, labelSuperseded, labelCategory, labelSeverity, labelCheck,
	labelState, labelAffected, labelFixed, labelNotPresent, labelUnknown, labelPending, labelUseful, labelSector, labelComment,
}

// list writes them in a fixed order.
func (l labels) list() []string {
	var out []string
	for _, k := range labelOrder {
		if v := name(l[k]); v != "" {
			out = append(out, k+v)
		}
	}
	return out
}

// readLabels is the first value of each key that we know.
func readLabels(list []string) labels {
	out := labels{}
	for _, s := range list {
		for _, k := range labelOrder {
			if v, ok := strings.CutPrefix(s, k); ok && out[k] == "" {
				out[k] = name(v)
			}
		}
	}
	return out
}

// What foreign words must look like to be taken for what they claim to be.
var (
	cvePattern     = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,19}$`)
	cwePattern     = regexp.MustCompile(`^CWE-[1-9][0-9]{0,5}$`)
	checkPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)
	versionPattern = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$`)
	sha256Pattern  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// cpePattern is CPE 2.3 as the STIX schemas demand it, except that
	// nothing may stand around it.
	cpePattern = regexp.MustCompile(`^cpe:2\.3:[aho*-](:(\?*\*?([A-Za-z0-9._-]|\\[\\*?!"#$%&'()+,/:;<=>@\[\]^` + "`" + `{|}~])+\?*\*?|[*-])){5}:([a-zA-Z]{2,3}(-([a-zA-Z]{2}|[0-9]{3}))?|[*-])(:(\?*\*?([A-Za-z0-9._-]|\\[\\*?!"#$%&'()+,/:;<=>@\[\]^` + "`" + `{|}~])+\?*\*?|[*-])){4}$`)
)

// isCPE bounds the length first: a text of others must not choose what
// matching costs.
func isCPE(s string) bool { return len(s) <= 500 && cpePattern.MatchString(s) }
