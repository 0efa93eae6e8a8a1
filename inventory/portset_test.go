package inventory

import (
	"math/rand/v2"
	"testing"
)

func TestParsePortSet(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		" 443, 80 ":             "80,443",
		"80,81,82":              "80-82",
		"1-10,5-20,22":          "1-20,22",
		"65535,0,1-65534":       "0-65535",
		"8000-8010,8011,443-80": "error",
		"80-":                   "error",
		"-80":                   "error",
		"65536":                 "error",
		"http":                  "error",
		"80,,81":                "error",
	} {
		got, err := ParsePortSet(in)
		if text := got.String(); err != nil && want != "error" || err == nil && text != want {
			t.Errorf("ParsePortSet(%q) = %q, %v; want %q", in, text, err, want)
		}
	}
}

// A PortSet is a set: whatever the order of adding, it says what was added.
func TestPortSetAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var s PortSet
		truth := map[uint16]bool{}
		for range rng.IntN(12) {
			lo := uint16(rng.IntN(60))
			if rng.IntN(8) == 0 {
				lo = 65530
			}
			hi := lo + uint16(rng.IntN(6))
			s.AddRange(lo, hi)
			for p := int(lo); p <= int(hi); p++ {
				truth[uint16(p)] = true
			}
		}
		for p := range truth {
			if !s.Contains(p) {
				t.Fatalf("%s lacks %d", s, p)
			}
		}
		n := 0
		for p := range s.All() {
			if n++; !truth[p] {
				t.Fatalf("%s yields %d, which was not added", s, p)
			}
		}
		if n != len(truth) || s.Len() != n {
			t.Fatalf("%s yields %d ports and counts %d, want %d", s, n, s.Len(), len(truth))
		}
		again, err := ParsePortSet(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("ParsePortSet(%q) = %s, %v", s, again, err)
		}
	}
}
