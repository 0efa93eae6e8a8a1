package inventory

import (
	"fmt"
	"slices"
	"time"
)

// A Decision is the SSVC outcome with the path that led to it.
type Decision struct {
	Outcome SSVC
	Path    string // the answers, each with its reason: "exploitation active (…), automatable yes, …: act"
}

// SSVC is what CISA's tree tells a coordinator to do (SSVC 2.0).
type SSVC string

// SSVC outcomes, from least to most urgent.
const (
	Track     SSVC = "track"
	TrackStar SSVC = "track*"
	Attend    SSVC = "attend"
	Act       SSVC = "act"
)

// Rank is 0 for track to 3 for act, for sorting; -1 for no decision.
func (s SSVC) Rank() int { return slices.Index([]SSVC{Track, TrackStar, Attend, Act}, s) }

// Threat is what the feeds say about a check's CVEs, and what its tags say.
type Threat struct {
	KEV        bool
	Ransomware bool
	EPSS       float64 // 0 to 1; 0 when unknown
	Attacked   bool    // the check finds what is attacked as a matter of routine
}

// TagAttacked marks a check that finds what robots and criminals look for all
// day, so that nobody waits for a CVE to be listed.
const TagAttacked = "attacked"

// Deadlines, counted from the first sighting. What is listed as known
// exploited is due in KEVDays at the latest, whatever the tree says.
const (
	ActDays       = 7
	AttendDays    = 15
	TrackStarDays = 30
	TrackDays     = 90
	KEVDays       = 14
)

// Prioritise decides how urgent a finding is on such an asset and when it is
// due, counted from its first sighting. Nothing is due for a finding that is
// not present, nor for information only, unless it is known exploited.
//
// The four questions of the tree are answered like this:
//
//   - exploitation: active when the feeds know of attacks, or when services
//     of the kind are attacked as a matter of routine; poc from medium
//     severity on, or when EPSS is 10 % or more, because a check that finds
//     it from outside shows a well-known way; else none.
//   - automatable: yes from high severity on, and for what is exploited by
//     ransomware: nothing but the network stands between.
//   - technical impact: total for critical severity, else partial.
//   - mission and well-being: the asset's criticality, one step higher for
//     OT, where failure moves things.
func Prioritise(f Finding, asset Asset, threat Threat) (Decision, *time.Time) {
	exploitation, because := exploitationOf(f, threat)
	row := ssvcRow{
		exploitation: exploitation,
		automatable:  f.Severity.Rank() >= SeverityHigh.Rank() || threat.Ransomware,
		total:        f.Severity == SeverityCritical,
		mission:      missionOf(asset),
	}
	outcome := ssvcTree[row]
	d := Decision{Outcome: outcome, Path: fmt.Sprintf(
		"exploitation %s (%s), automatable %s, technical impact %s, mission and well-being %s (%s): %s",
		exploitation, because, yesNo(row.automatable), impactWord(row.total), row.mission, assetWords(asset), outcome)}
	f.KEV, f.Decision = f.KEV || threat.KEV, d
	if !f.Detection.Present() {
		return d, nil
	}
	return d, Deadline(f)
}

// Deadline returns when f is due by its decision, whether or not it is still
// open; nil for information only, and where nothing was decided.
func Deadline(f Finding) *time.Time {
	allowed, decided := map[SSVC]int{Act: ActDays, Attend: AttendDays, TrackStar: TrackStarDays, Track: TrackDays}[f.Decision.Outcome]
	if !decided || f.Severity == SeverityInfo && !f.KEV {
		return nil
	}
	if f.KEV {
		allowed = min(allowed, KEVDays)
	}
	due := f.FirstSeen.UTC().AddDate(0, 0, allowed)
	return &due
}

func exploitationOf(f Finding, threat Threat) (value, because string) {
	rule, _ := exposureByID(f.Check)
	switch {
	case threat.Ransomware:
		return "active", "used by ransomware"
	case f.KEV || threat.KEV:
		return "active", "listed as known exploited"
	case rule.attacked || threat.Attacked:
		return "active", "such services are attacked every day"
	case threat.EPSS >= 0.1:
		return "poc", fmt.Sprintf("EPSS %.0f %%", threat.EPSS*100)
	case f.Severity.Rank() >= SeverityMedium.Rank():
		return "poc", "a well-known way exists"
	default:
		return "none", "no attacks known"
	}
}

func missionOf(a Asset) Criticality {
	level := map[Criticality]int{CriticalityLow: 0, CriticalityHigh: 2, CriticalityCritical: 2}
	n, ok := level[a.Criticality]
	if !ok {
		n = 1 // medium, also when nobody said
	}
	if a.Class == OT {
		n = min(2, n+1)
	}
	return []Criticality{CriticalityLow, CriticalityMedium, CriticalityHigh}[n]
}

func assetWords(a Asset) string {
	c := a.Criticality
	if c == "" {
		c = CriticalityMedium
	}
	if a.Class == OT {
		return fmt.Sprintf("OT asset of %s criticality", c)
	}
	return fmt.Sprintf("asset of %s criticality", c)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func impactWord(total bool) string {
	if total {
		return "total"
	}
	return "partial"
}

// ssvcRow is one way through the tree.
type ssvcRow struct {
	exploitation string
	automatable  bool
	total        bool
	mission      Criticality
}

// ssvcTree is CISA's coordinator tree, version 2.0.3, all 36 leaves.
// https://www.cisa.gov/stakeholder-specific-vulnerability-categorization-ssvc
var ssvcTree = map[ssvcRow]SSVC{
	{"none", false, false, CriticalityLow}:    Track,
	{"none", false, false, CriticalityMedium}: Track,
	{"none", false, false, CriticalityHigh}:   Track,
	{"none", false, true, CriticalityLow}:     Track,
	{"none", false, true, CriticalityMedium}:  Track,
	{"none", false, true, CriticalityHigh}:    TrackStar,
	{"none", true, false, CriticalityLow}:     Track,
	{"none", true, false, CriticalityMedium}:  Track,
	{"none", true, false, CriticalityHigh}:    Attend,
	{"none", true, true, CriticalityLow}:      Track,
	{"none", true, true, CriticalityMedium}:   Track,
	{"none", true, true, CriticalityHigh}:     Attend,

	{"poc", false, false, CriticalityLow}:    Track,
	{"poc", false, false, CriticalityMedium}: Track,
	{"poc", false, false, CriticalityHigh}:   TrackStar,
	{"poc", false, true, CriticalityLow}:     Track,
	{"poc", false, true, CriticalityMedium}:  TrackStar,
	{"poc", false, true, CriticalityHigh}:    Attend,
	{"poc", true, false, CriticalityLow}:     Track,
	{"poc", true, false, CriticalityMedium}:  Track,
	{"poc", true, false, CriticalityHigh}:    Attend,
	{"poc", true, true, CriticalityLow}:      Track,
	{"poc", true, true, CriticalityMedium}:   TrackStar,
	{"poc", true, true, CriticalityHigh}:     Attend,

	{"active", false, false, CriticalityLow}:    Track,
	{"active", false, false, CriticalityMedium}: Track,
	{"active", false, false, CriticalityHigh}:   Attend,
	{"active", false, true, CriticalityLow}:     Track,
	{"active", false, true, CriticalityMedium}:  Attend,
	{"active", false, true, CriticalityHigh}:    Act,
	{"active", true, false, CriticalityLow}:     Attend,
	{"active", true, false, CriticalityMedium}:  Attend,
	{"active", true, false, CriticalityHigh}:    Act,
	{"active", true, true, CriticalityLow}:      Attend,
	{"active", true, true, CriticalityMedium}:   Act,
	{"active", true, true, CriticalityHigh}:     Act,
}
