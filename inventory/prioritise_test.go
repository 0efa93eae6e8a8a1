package inventory

import (
	"strings"
	"testing"
	"time"
)

func TestPrioritise(t *testing.T) {
	day := func(n int) string { return start.AddDate(0, 0, n).Format(time.DateOnly) }
	for _, c := range []struct {
		reason   string
		check    CheckID
		severity Severity
		kev      bool
		asset    Asset
		threat   Threat
		want     SSVC
		due      string
		path     string
	}{
		{"known exploited and total on an important asset", "x", SeverityCritical, false, Asset{Criticality: CriticalityHigh}, Threat{KEV: true}, Act, day(7), "listed as known exploited"},
		{"the same on a less important one", "x", SeverityCritical, true, Asset{Criticality: CriticalityLow}, Threat{}, Attend, day(14), "mission and well-being low"},
		{"a listed one is due in two weeks even when the tree is calm", "x", SeverityLow, true, Asset{Criticality: CriticalityLow}, Threat{}, Track, day(14), "exploitation active"},
		{"ransomware makes it automatable", "x", SeverityMedium, false, Asset{Criticality: CriticalityHigh}, Threat{KEV: true, Ransomware: true}, Act, day(7), "used by ransomware"},
		{"critical without attacks", "x", SeverityCritical, false, Asset{Criticality: CriticalityMedium}, Threat{}, TrackStar, day(30), "a well-known way exists"},
		{"critical on a critical asset", "x", SeverityCritical, false, Asset{Criticality: CriticalityCritical}, Threat{}, Attend, day(15), "technical impact total"},
		{"OT counts one step more", "x", SeverityCritical, false, Asset{Criticality: CriticalityMedium, Class: OT}, Threat{}, Attend, day(15), "OT asset of medium criticality"},
		{"remote desktop is attacked every day", "exposed-rdp", SeverityHigh, false, Asset{Criticality: CriticalityHigh}, Threat{}, Act, day(7), "attacked every day"},
		{"medium on a medium asset", "x", SeverityMedium, false, Asset{}, Threat{}, Track, day(90), "automatable no"},
		{"low but likely to be exploited", "x", SeverityLow, false, Asset{}, Threat{EPSS: 0.42}, Track, day(90), "EPSS 42 %"},
		{"information asks for nothing", "x", SeverityInfo, false, Asset{Criticality: CriticalityCritical}, Threat{}, Track, "", "no attacks known"},
	} {
		f := Finding{FindingKey: FindingKey{Check: c.check}, Severity: c.severity, KEV: c.kev, Detection: Open, FirstSeen: start}
		d, due := Prioritise(f, c.asset, c.threat)
		got := ""
		if due != nil {
			got = due.Format(time.DateOnly)
		}
		if d.Outcome != c.want || got != c.due || !strings.Contains(d.Path, c.path) || !strings.HasSuffix(d.Path, ": "+string(c.want)) {
			t.Errorf("%s: Prioritise = %s due %q by %q, want %s due %q by …%s…", c.reason, d.Outcome, got, d.Path, c.want, c.due, c.path)
		}
		f.Detection = Fixed
		if _, due := Prioritise(f, c.asset, c.threat); due != nil {
			t.Errorf("%s: a fixed finding is due", c.reason)
		}
	}
}

// The tree has every leaf, and more danger never makes it less urgent.
func TestTreeIsWholeAndMonotone(t *testing.T) {
	exploitation := []string{"none", "poc", "active"}
	mission := []Criticality{CriticalityLow, CriticalityMedium, CriticalityHigh}
	at := func(e, a, i, m int) int {
		leaf, ok := ssvcTree[ssvcRow{exploitation[e], a == 1, i == 1, mission[m]}]
		if !ok {
			t.Fatalf("no leaf for %s %d %d %s", exploitation[e], a, i, mission[m])
		}
		return leaf.Rank()
	}
	for e := range 3 {
		for a := range 2 {
			for i := range 2 {
				for m := range 3 {
					here := at(e, a, i, m)
					for _, worse := range []int{at(min(e+1, 2), a, i, m), at(e, min(a+1, 1), i, m), at(e, a, 1, m), at(e, a, i, min(m+1, 2))} {
						if worse < here {
							t.Errorf("leaf %d %d %d %d: more danger is less urgent", e, a, i, m)
						}
					}
				}
			}
		}
	}
	if len(ssvcTree) != 36 {
		t.Errorf("the tree has %d leaves, want 36", len(ssvcTree))
	}
}

func TestNextPriority(t *testing.T) {
	for _, c := range []struct {
		reason string
		was    Priority
		up     bool
		worst  Severity
		kev    bool
		want   Priority
	}{
		{"new and down begins to rest", 0, false, "", false, 1},
		{"resting stays resting", 1, false, "", false, 1},
		{"urgent and down drifts slowly", -16, false, "", false, -15},
		{"down forgets what is open", -3, false, SeverityCritical, true, -2},
		{"new and clean", 0, true, "", false, -1},
		{"rested and clean", 1, true, "", false, -1},
		{"clean stays", -1, true, "", false, -1},
		{"a critical pulls up at once", 1, true, SeverityCritical, false, -16},
		{"known exploited pulls up whatever its severity", -1, true, SeverityLow, true, -16},
		{"high", 0, true, SeverityHigh, false, -8},
		{"medium", 0, true, SeverityMedium, false, -4},
		{"low", 0, true, SeverityLow, false, -2},
		{"information is clean", 0, true, SeverityInfo, false, -1},
		{"equal stays", -8, true, SeverityHigh, false, -8},
		{"a fixed critical decays by one step", -16, true, "", false, -15},
		{"less bad decays by one step", -16, true, SeverityHigh, false, -15},
		{"decay ends at the worst that is open", -9, true, SeverityHigh, false, -8},
		{"out of range is brought back", -99, true, "", false, -15},
		{"out of range is brought back", 99, false, "", false, 1},
	} {
		if got := NextPriority(c.was, c.up, c.worst, c.kev); got != c.want {
			t.Errorf("%s: NextPriority(%d, %t, %q, %t) = %d, want %d", c.reason, c.was, c.up, c.worst, c.kev, got, c.want)
		}
	}
}

func TestInterval(t *testing.T) {
	for p, hours := range map[Priority]float64{
		1: 2160, 0: 336, -1: 168, -2: 144, -3: 120, -4: 96, -5: 78, -6: 60, -7: 42, -8: 24,
		-9: 22.5, -10: 21, -11: 19.5, -12: 18, -13: 16.5, -14: 15, -15: 13.5, -16: 12, -20: 12, 5: 2160,
	} {
		if got := Interval(p).Hours(); got != hours {
			t.Errorf("Interval(%d) = %g h, want %g h", p, got, hours)
		}
	}
}
