package advisory

import (
	"strings"
	"testing"
)

func TestEncodable(t *testing.T) {
	whole := Advisory{ID: "ADV-1", Title: "Redis is open", History: []Change{{}}}
	for name, tt := range map[string]struct {
		lack func(*Advisory)
		want string
	}{
		"whole":              {func(*Advisory) {}, ""},
		"never stored":       {func(a *Advisory) { a.ID = " " }, "has no id"},
		"never revised":      {func(a *Advisory) { a.History = nil }, "no revision history"},
		"a title of nothing": {func(a *Advisory) { a.Title = " \u202e\x00" }, "title"},
	} {
		t.Run(name, func(t *testing.T) {
			a := whole
			tt.lack(&a)
			if err := a.Encodable(); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Encodable: %v, want %q", err, tt.want)
			}
		})
	}
}

func TestIsWebAddress(t *testing.T) {
	for s, want := range map[string]bool{
		"https://cert.example/2026/adv-1.json":                true,
		"http://192.0.2.7:8080/":                              true,
		"cert.example":                                        false,
		"ftp://cert.example/":                                 false,
		"https://user:word@cert.example/":                     false,
		"https://cert.example/\"><script>":                    false,
		"https:///adv-1":                                      false,
		"https://cert.example/" + strings.Repeat("a", maxURL): false,
	} {
		if IsWebAddress(s) != want {
			t.Errorf("IsWebAddress(%.60q) = %t", s, !want)
		}
	}
}
