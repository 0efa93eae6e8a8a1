package inventory

import "time"

// Priority is the urgency of the next scan of an address: from 1 (dark, rests
// 90 days) over 0 (new, 14 days) to -16 (critical or known exploited, 12
// hours); see Interval.
type Priority int

// Bounds of Priority, and the one of an address that is up and clean.
const (
	restingPriority Priority = 1
	cleanPriority   Priority = -1
	urgentPriority  Priority = -16
)

// NextPriority moves a priority after a scan: down hosts drift to rest, the
// worst open finding pulls up at once, and a scan that asks for less urgency
// decays by one step. worst is "" when nothing is open.
func NextPriority(was Priority, up bool, worst Severity, anyKEV bool) Priority {
	was = min(max(was, urgentPriority), restingPriority)
	if !up {
		return min(was+1, restingPriority)
	}
	target := cleanPriority
	switch {
	case anyKEV || worst == SeverityCritical:
		target = urgentPriority
	case worst == SeverityHigh:
		target = -8
	case worst == SeverityMedium:
		target = -4
	case worst == SeverityLow:
		target = -2
	}
	if was < target {
		return was + 1
	}
	return target
}

// Interval is the time until the next scan at a priority, linear between the
// anchors 1→90 d, 0→14 d, -1→7 d, -4→4 d, -8→1 d, -16→12 h.
func Interval(p Priority) time.Duration {
	const day = 24 * time.Hour
	anchors := []struct {
		p Priority
		d time.Duration
	}{{1, 90 * day}, {0, 14 * day}, {-1, 7 * day}, {-4, 4 * day}, {-8, day}, {-16, 12 * time.Hour}}
	p = min(max(p, urgentPriority), restingPriority)
	for i := 1; i < len(anchors); i++ {
		from, to := anchors[i-1], anchors[i]
		if p >= to.p {
			step := (from.d - to.d) / time.Duration(from.p-to.p)
			return to.d + step*time.Duration(p-to.p)
		}
	}
	return anchors[len(anchors)-1].d
}
