package exchange

import "testing"

func TestCompareVersions(t *testing.T) {
	for _, tt := range []struct {
		name, a, b string
		want       int
	}{
		{"numbers are not text", "10", "9", 1},
		{"the same", "3", "3", 0},
		{"leading zeros", "03", "3", 0},
		{"semantic", "1.2.10", "1.2.9", 1},
		{"a missing part is zero", "1.2", "1.2.0", 0},
		{"a pre-release comes before", "1.0.0-rc.1", "1.0.0", -1},
		{"pre-releases in order", "1.0.0-rc.2", "1.0.0-rc.10", -1},
		{"a build counts nothing", "1.0.0+a", "1.0.0+b", 0},
		{"times", "2026-03-02T08:00:00.000Z", "2026-03-02T08:00:01Z", -1},
		{"fractions of different length", "2026-03-02T08:00:00.5Z", "2026-03-02T08:00:00.25Z", 1},
		{"the same time", "2026-03-02T08:00:00.500Z", "2026-03-02T08:00:00.5Z", 0},
		{"seconds since 1970", "1772438400", "999999999", 1},
		{"nothing is older", "", "1", -1},
	} {
		if got := CompareVersions(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: CompareVersions(%q, %q) = %d, want %d", tt.name, tt.a, tt.b, got, tt.want)
		}
		if got := CompareVersions(tt.b, tt.a); got != -tt.want {
			t.Errorf("%s: CompareVersions(%q, %q) = %d, want %d", tt.name, tt.b, tt.a, got, -tt.want)
		}
	}
}
