package advisory

import (
	"slices"
	"testing"
)

func TestFindLeaks(t *testing.T) {
	forbidden := []string{"Main", "Lanka Grid Board", "192.0.2.7", "scada.grid.example.org", "", "192.0.2.7"}
	for text, want := range map[string][]string{
		"":                          {},
		"The main memory of a host": {},
		"Seen at LANKA-GRID board":  {"Lanka Grid Board"},
		"7.2.0.192.in-addr.arpa":    {"192.0.2.7"},
		"192.0.2.x and grid%2eexample.org, scada.grid.example.org": {"192.0.2.7", "scada.grid.example.org"},
		"198.51.100.7": {},
	} {
		if got := FindLeaks(text, forbidden); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
