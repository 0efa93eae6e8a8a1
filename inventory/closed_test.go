package inventory

import (
	"slices"
	"testing"
	"time"
)

func TestClosedHours(t *testing.T) {
	monday := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	hour := func(n int) time.Time { return monday.Add(time.Duration(n) * time.Hour) }
	half := func(n int) time.Time { return hour(n).Add(30 * time.Minute) }
	permit := func(windows, zone string) Authorization {
		return Authorization{State: AuthActive, Level: LevelLight, From: monday.AddDate(-1, 0, 0), Until: monday.AddDate(1, 0, 0), Windows: mustWindows(t, windows), TimeZone: zone}
	}
	ends, suspended := permit("", "UTC"), permit("", "UTC")
	ends.Until = hour(30)
	suspended.State = AuthSuspended
	begins, passive := permit("", "UTC"), permit("", "UTC")
	begins.From, passive.Level = hour(7), LevelPassive
	for name, c := range map[string]struct {
		permits []Authorization
		want    []Span
	}{
		"no permission":       {nil, []Span{{hour(0), hour(48)}}},
		"at any time":         {[]Authorization{permit("", "UTC")}, nil},
		"one that ends":       {[]Authorization{ends}, []Span{{hour(30), hour(48)}}},
		"one that begins":     {[]Authorization{begins}, []Span{{hour(0), hour(7)}}},
		"for passive looking": {[]Authorization{passive}, []Span{{hour(0), hour(48)}}},
		"suspended":           {[]Authorization{suspended}, []Span{{hour(0), hour(48)}}},
		"nights":              {[]Authorization{permit("22:00-05:00", "UTC")}, []Span{{hour(5), hour(22)}, {hour(29), hour(46)}}},
		"nights elsewhere": { // 22:00 in Colombo is 16:30 UTC
			[]Authorization{permit("22:00-05:00", "Asia/Colombo")},
			[]Span{{hour(0), half(16)}, {half(23), half(40)}, {half(47), hour(48)}},
		},
		"two that meet":      {[]Authorization{permit("08:00-12:00", "UTC"), permit("12:00-20:00", "UTC")}, []Span{{hour(0), hour(8)}, {hour(20), hour(32)}, {hour(44), hour(48)}}},
		"one within another": {[]Authorization{permit("08:00-20:00", "UTC"), permit("10:00-11:00", "UTC")}, []Span{{hour(0), hour(8)}, {hour(20), hour(32)}, {hour(44), hour(48)}}},
	} {
		if got := ClosedHours(c.permits, hour(0), hour(48)); !slices.Equal(got, c.want) {
			t.Errorf("%s: closed %v, want %v", name, got, c.want)
		}
	}
}

func TestBeginsAt(t *testing.T) {
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	permit := Authorization{State: AuthActive, Level: LevelLight, From: noon.AddDate(-1, 0, 0), Until: noon.AddDate(1, 0, 0), Windows: mustWindows(t, "22:00-05:00"), TimeZone: "UTC"}
	night := noon.Add(11 * time.Hour)
	for at, want := range map[time.Time]time.Time{noon: noon.Add(10 * time.Hour), night: night} {
		if got := BeginsAt([]Authorization{permit}, at); !got.Equal(want) {
			t.Errorf("asked for at %s it begins at %s, want %s", at, got, want)
		}
	}
	if got := BeginsAt(nil, noon); !got.IsZero() {
		t.Errorf("without a permission it begins at %s", got)
	}
	if got := Hours([]Authorization{permit, permit, {}}); !slices.Equal(got, []string{"22:00-05:00 UTC", "any time"}) {
		t.Errorf("hours = %q", got)
	}
}
