package semantic

import (
	"errors"
	"strings"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
)

// A system is CVSS in one version, with the names that its JSON form has.
type system struct {
	version string
	scores  []scoreNames
	metrics []metric
}

type scoreNames struct {
	score, severity string // CVSS 2 has no severity
	compute         func(vector) float64
}

// A metric has a name of its own for each value: NETWORK is N in a vector.
type metric struct {
	name, code string
	values     map[string]string
}

// A vector is one that could be read.
type vector interface {
	Get(code string) (string, error)
	BaseScore() float64
	TemporalScore() float64
	EnvironmentalScore() float64
}

var errVector = errors.New("not a vector")

// maxVector is longer than a vector with every metric.
const maxVector = 300

func parseVector(s system, text string) (vector, error) {
	if len(text) > maxVector {
		return nil, errVector
	}
	switch s.version {
	case "2.0":
		return parseVector2(text)
	case "3.0":
		return gocvss30.ParseVector(text)
	}
	return gocvss31.ParseVector(text)
}

// parseVector2 takes metrics in any order and, of the optional ones, any
// number, as CVSS's schema does; the library wants whole groups in order.
func parseVector2(text string) (vector, error) {
	given := map[string]string{}
	for pair := range strings.SplitSeq(text, "/") {
		code, value, _ := strings.Cut(pair, ":")
		if _, twice := given[code]; twice {
			return nil, errVector
		}
		given[code] = value
	}
	var all []string
	for _, m := range metrics2 {
		value, ok := given[m.code]
		if !ok {
			value = m.values["NOT_DEFINED"] // a base metric has none, and is then refused
		}
		all = append(all, m.code+":"+value)
		delete(given, m.code)
	}
	if len(given) > 0 {
		return nil, errVector
	}
	return gocvss20.ParseVector(strings.Join(all, "/"))
}

var (
	cvss2 = system{
		version: "2.0",
		scores: []scoreNames{
			{score: "baseScore", compute: vector.BaseScore},
			{score: "temporalScore", compute: vector.TemporalScore},
			{score: "environmentalScore", compute: vector.EnvironmentalScore},
		},
		metrics: metrics2,
	}
	cvss30 = system{version: "3.0", scores: scores3, metrics: metrics3}
	cvss31 = system{version: "3.1", scores: scores3, metrics: metrics3}
)

var scores3 = []scoreNames{
	{"baseScore", "baseSeverity", vector.BaseScore},
	{"temporalScore", "temporalSeverity", vector.TemporalScore},
	{"environmentalScore", "environmentalSeverity", vector.EnvironmentalScore},
}

var metrics2 = []metric{
	{"accessVector", "AV", map[string]string{"LOCAL": "L", "ADJACENT_NETWORK": "A", "NETWORK": "N"}},
	{"accessComplexity", "AC", map[string]string{"HIGH": "H", "MEDIUM": "M", "LOW": "L"}},
	{"authentication", "Au", map[string]string{"MULTIPLE": "M", "SINGLE": "S", "NONE": "N"}},
	{"confidentialityImpact", "C", impact2},
	{"integrityImpact", "I", impact2},
	{"availabilityImpact", "A", impact2},
	{"exploitability", "E", map[string]string{"UNPROVEN": "U", "PROOF_OF_CONCEPT": "POC", "FUNCTIONAL": "F", "HIGH": "H", "NOT_DEFINED": "ND"}},
	{"remediationLevel", "RL", map[string]string{"OFFICIAL_FIX": "OF", "TEMPORARY_FIX": "TF", "WORKAROUND": "W", "UNAVAILABLE": "U", "NOT_DEFINED": "ND"}},
	{"reportConfidence", "RC", map[string]string{"UNCONFIRMED": "UC", "UNCORROBORATED": "UR", "CONFIRMED": "C", "NOT_DEFINED": "ND"}},
	{"collateralDamagePotential", "CDP", map[string]string{"NONE": "N", "LOW": "L", "LOW_MEDIUM": "LM", "MEDIUM_HIGH": "MH", "HIGH": "H", "NOT_DEFINED": "ND"}},
	{"targetDistribution", "TD", map[string]string{"NONE": "N", "LOW": "L", "MEDIUM": "M", "HIGH": "H", "NOT_DEFINED": "ND"}},
	{"confidentialityRequirement", "CR", requirement2},
	{"integrityRequirement", "IR", requirement2},
	{"availabilityRequirement", "AR", requirement2},
}

var (
	impact2      = map[string]string{"NONE": "N", "PARTIAL": "P", "COMPLETE": "C"}
	requirement2 = map[string]string{"LOW": "L", "MEDIUM": "M", "HIGH": "H", "NOT_DEFINED": "ND"}
)

var metrics3 = []metric{
	{"attackVector", "AV", map[string]string{"NETWORK": "N", "ADJACENT_NETWORK": "A", "LOCAL": "L", "PHYSICAL": "P"}},
	{"attackComplexity", "AC", map[string]string{"HIGH": "H", "LOW": "L"}},
	{"privilegesRequired", "PR", map[string]string{"HIGH": "H", "LOW": "L", "NONE": "N"}},
	{"userInteraction", "UI", map[string]string{"NONE": "N", "REQUIRED": "R"}},
	{"scope", "S", map[string]string{"UNCHANGED": "U", "CHANGED": "C"}},
	{"confidentialityImpact", "C", impact3},
	{"integrityImpact", "I", impact3},
	{"availabilityImpact", "A", impact3},
	{"exploitCodeMaturity", "E", map[string]string{"UNPROVEN": "U", "PROOF_OF_CONCEPT": "P", "FUNCTIONAL": "F", "HIGH": "H", "NOT_DEFINED": "X"}},
	{"remediationLevel", "RL", map[string]string{"OFFICIAL_FIX": "O", "TEMPORARY_FIX": "T", "WORKAROUND": "W", "UNAVAILABLE": "U", "NOT_DEFINED": "X"}},
	{"reportConfidence", "RC", map[string]string{"UNKNOWN": "U", "REASONABLE": "R", "CONFIRMED": "C", "NOT_DEFINED": "X"}},
	{"confidentialityRequirement", "CR", requirement3},
	{"integrityRequirement", "IR", requirement3},
	{"availabilityRequirement", "AR", requirement3},
	{"modifiedAttackVector", "MAV", map[string]string{"NETWORK": "N", "ADJACENT_NETWORK": "A", "LOCAL": "L", "PHYSICAL": "P", "NOT_DEFINED": "X"}},
	{"modifiedAttackComplexity", "MAC", map[string]string{"HIGH": "H", "LOW": "L", "NOT_DEFINED": "X"}},
	{"modifiedPrivilegesRequired", "MPR", map[string]string{"HIGH": "H", "LOW": "L", "NONE": "N", "NOT_DEFINED": "X"}},
	{"modifiedUserInteraction", "MUI", map[string]string{"NONE": "N", "REQUIRED": "R", "NOT_DEFINED": "X"}},
	{"modifiedScope", "MS", map[string]string{"UNCHANGED": "U", "CHANGED": "C", "NOT_DEFINED": "X"}},
	{"modifiedConfidentialityImpact", "MC", modifiedImpact3},
	{"modifiedIntegrityImpact", "MI", modifiedImpact3},
	{"modifiedAvailabilityImpact", "MA", modifiedImpact3},
}

var (
	impact3         = map[string]string{"NONE": "N", "LOW": "L", "HIGH": "H"}
	modifiedImpact3 = map[string]string{"NONE": "N", "LOW": "L", "HIGH": "H", "NOT_DEFINED": "X"}
	requirement3    = map[string]string{"LOW": "L", "MEDIUM": "M", "HIGH": "H", "NOT_DEFINED": "X"}
)
