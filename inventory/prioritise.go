package inventory

import "time"

// A Decision is the SSVC outcome with the path that led to it.
type Decision struct {
	Outcome SSVC
	Path    string // "exploitation active, exposure open, mission high: act"
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

// Threat is what the feeds say about a check's CVEs.
type Threat struct {
	KEV        bool
	Ransomware bool
	EPSS       float64 // 0 to 1; 0 when unknown
}

// Prioritise decides how urgent a finding is on such an asset and when it is
// due, counted from its first sighting.
func Prioritise(f Finding, asset Asset, threat Threat) (Decision, *time.Time) {
	return prioritise(f, asset, threat)
}

// Priority is the urgency of the next scan of an address: from 1 (dark, rests
// 90 days) over 0 (new, 14 days) to -16 (critical or known exploited, 12
// hours); see Interval.
type Priority int

// NextPriority moves a priority after a scan: down hosts drift to rest, the
// worst open finding pulls up at once, and a clean scan decays by one step.
func NextPriority(was Priority, up bool, worst Severity, anyKEV bool) Priority {
	return nextPriority(was, up, worst, anyKEV)
}

// Interval is the time until the next scan at a priority, linear between the
// anchors 1→90 d, 0→14 d, -1→7 d, -4→4 d, -8→1 d, -16→12 h.
func Interval(p Priority) time.Duration { return interval(p) }
