package inventory

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestParseWindows(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "",
		" ; ":                          "",
		"Mon-Fri 22:00-05:00; Sat,Sun": "Mon,Tue,Wed,Thu,Fri 22:00-05:00; Sat,Sun",
		"22:00-05:00":                  "22:00-05:00",
		"friday-mon":                   "Mon,Fri,Sat,Sun",
		"sun,SUN 00:00-24:00":          "Sun",
		"Tue 18:30-24:00":              "Tue 18:30-24:00",
	} {
		got, err := ParseWindows(in)
		if err != nil || FormatWindows(got) != want {
			t.Errorf("ParseWindows(%q) = %q, %v; want %q", in, FormatWindows(got), err, want)
			continue
		}
		if again, err := ParseWindows(want); err != nil || FormatWindows(again) != want {
			t.Errorf("ParseWindows(%q) = %q, %v; want itself", want, FormatWindows(again), err)
		}
	}
	for _, in := range []string{"someday", "Mon 22:00", "Mon 25:00-26:00", "22:00-22:00", "24:00-05:00", "22:00-00:00", "22:00-05:00 Mon", "Mon Tue", "Mon-Fri 22:00-05:00 06:00-07:00", "Mon-"} {
		if got, err := ParseWindows(in); err == nil {
			t.Errorf("ParseWindows(%q) = %q, want an error", in, FormatWindows(got))
		}
	}
}

func mustWindows(t testing.TB, text string) []Window {
	t.Helper()
	w, err := ParseWindows(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := loadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestOpenUntil(t *testing.T) {
	for _, c := range []struct{ name, windows, zone, at, until string }{
		{"inside", "Mon-Fri 22:00-05:00", "Asia/Colombo", "2026-06-01T23:00:00+05:30", "2026-06-02T05:00:00+05:30"},
		{"after midnight it is still Monday's", "Mon 22:00-05:00", "Asia/Colombo", "2026-06-02T04:59:00+05:30", "2026-06-02T05:00:00+05:30"},
		{"the end is not inside", "Mon 22:00-05:00", "Asia/Colombo", "2026-06-02T05:00:00+05:30", ""},
		{"Sunday night is not Monday's", "Mon 22:00-05:00", "Asia/Colombo", "2026-06-01T04:00:00+05:30", ""},
		{"the operator's zone, not UTC", "22:00-23:00", "Asia/Kathmandu", "2026-06-01T16:30:00Z", "2026-06-01T17:15:00Z"},
		{"days that meet are one window", "Sat,Sun", "Asia/Dhaka", "2026-06-06T10:00:00+06:00", "2026-06-08T00:00:00+06:00"},
		{"windows that meet are one", "20:00-24:00; 00:00-03:00", "Asia/Dhaka", "2026-06-06T21:00:00+06:00", "2026-06-07T03:00:00+06:00"},

		// New York leaves out 02:00 to 03:00 on 8 March 2026 ...
		{"begins in the hour left out", "02:30-05:00", "America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T09:00:00Z"},
		{"not before the change", "02:30-05:00", "America/New_York", "2026-03-08T06:59:59Z", ""},
		{"ends in the hour left out", "01:00-02:30", "America/New_York", "2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z"},
		{"all of it left out", "02:10-02:50", "America/New_York", "2026-03-08T07:00:00Z", ""},
		{"runs across the change", "23:00-06:00", "America/New_York", "2026-03-08T05:00:00Z", "2026-03-08T10:00:00Z"},
		// ... and has 01:00 to 02:00 twice on 1 November 2026.
		{"ends with the first of two", "22:00-01:30", "America/New_York", "2026-11-01T05:00:00Z", "2026-11-01T05:30:00Z"},
		{"does not open again", "22:00-01:30", "America/New_York", "2026-11-01T06:10:00Z", ""},
		{"begins with the second of two", "01:30-04:00", "America/New_York", "2026-11-01T06:30:00Z", "2026-11-01T09:00:00Z"},
		{"not with the first", "01:30-04:00", "America/New_York", "2026-11-01T05:45:00Z", ""},
		{"all of it within the hour", "01:15-01:45", "America/New_York", "2026-11-01T05:20:00Z", "2026-11-01T05:45:00Z"},
		{"once only", "01:15-01:45", "America/New_York", "2026-11-01T06:20:00Z", ""},
		// Samoa had no 30 December 2011.
		{"a day left out", "Fri 08:00-10:00", "Pacific/Apia", "2011-12-30T18:30:00Z", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			until, open := openUntil(mustWindows(t, c.windows), mustZone(t, c.zone), at)
			if open != (c.until != "") {
				t.Fatalf("open = %v until %s, want %q", open, until, c.until)
			}
			if !open {
				return
			}
			want, err := time.Parse(time.RFC3339, c.until)
			if err != nil {
				t.Fatal(err)
			}
			if !until.Equal(want) {
				t.Errorf("open until %s, want %s", until.UTC(), want.UTC())
			}
		})
	}
}

func TestOpensAfter(t *testing.T) {
	at := time.Date(2026, 6, 2, 6, 0, 0, 0, time.UTC) // a Tuesday
	got := opensAfter(mustWindows(t, "Mon 22:00-05:00"), mustZone(t, "Asia/Colombo"), at)
	if want := time.Date(2026, 6, 8, 16, 30, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("opensAfter = %s, want %s", got.UTC(), want)
	}
}

// Whenever a window is open, the clock on the operator's wall shows a time
// within it, whatever the zone does.
func TestOpenOnlyWhenTheClockSaysSo(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	zones := []string{"America/New_York", "Europe/Lisbon", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca"}
	opened := 0
	for range 30000 {
		loc := mustZone(t, zones[rng.IntN(len(zones))])
		w := Window{Start: time.Duration(rng.IntN(96)) * 15 * time.Minute, End: time.Duration(1+rng.IntN(96)) * 15 * time.Minute}
		if w.check() != nil {
			continue
		}
		at := time.Date(2026, 1, 1, 0, rng.IntN(365*24*60), 0, 0, time.UTC)
		until, open := openUntil([]Window{w}, loc, at)
		if !open {
			continue
		}
		opened++
		for _, moment := range []time.Time{at, until.Add(-time.Minute)} {
			local := moment.In(loc)
			clock := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute
			inside := w.Start <= clock && clock < w.End
			if w.End < w.Start {
				inside = w.Start <= clock || clock < w.End
			}
			if !inside {
				t.Fatalf("%s is open at %s (asked at %s, until %s)", w, local, at.In(loc), until.In(loc))
			}
		}
	}
	if opened < 1000 {
		t.Fatalf("only %d of the moments tried were within a window", opened)
	}
}
