package inventory

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrganizationNormalize(t *testing.T) {
	got, err := Organization{
		Name: "  Lanka   Power\n Grid ", Sector: "ENERGY", Country: "lk",
		Contacts: []Contact{{Role: "Technical", Name: "SOC", Email: "soc@Bücher.example", Phone: "+94  11 269 1692"}},
	}.Normalize()
	if err != nil {
		t.Fatal(err)
	}
	want := Organization{
		Name: "Lanka Power Grid", Sector: SectorEnergy, Country: "LK", Criticality: CriticalityMedium, TimeZone: "Asia/Colombo",
		Contacts: []Contact{{Role: RoleTechnical, Name: "SOC", Email: "soc@xn--bcher-kva.example", Phone: "+94 11 269 1692", Language: "en", Position: 1}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Normalize (-want +got):\n%s", d)
	}
}

func TestOrganizationTellsEveryMistake(t *testing.T) {
	_, err := Organization{
		Sector: "casino", Country: "XX", Criticality: "extreme", TimeZone: "Mars/Olympus",
		Contacts: []Contact{{Role: "boss", Email: "not an address"}},
	}.Normalize()
	if !errors.Is(err, ErrInvalid) {
		t.Fatalf("error is %v, want ErrInvalid", err)
	}
	for _, field := range []string{"name:", `sector "casino"`, `country "XX"`, `criticality "extreme"`, `time zone "Mars/Olympus"`, `role "boss"`, `email "not an address"`} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("error lacks %s:\n%v", field, err)
		}
	}
}

func TestNamesAreWhatTheyLookLike(t *testing.T) {
	for _, name := range []string{"Grid\u202ednalkcal", "Gr\u2066id", "Grid\ufeff", "Gr\x00id", "Gr\u009bid", "Gr\ufffdid", "Gr\xffid"} {
		_, err := Organization{Name: name, Sector: SectorEnergy, Country: "LK"}.Normalize()
		if !errors.Is(err, ErrInvalid) || strings.ContainsAny(err.Error(), "\u202e\u2066\x00\u009b") {
			t.Errorf("name %q: %v, want it refused without repeating it", name, err)
		}
	}
	for _, name := range []string{"বাংলা ব্যাংক", "ශ්\u200dරී ලංකා", "බැංකුව 🏭", "ދިވެހި"} {
		if o, err := (Organization{Name: name, Sector: SectorEnergy, Country: "LK"}).Normalize(); err != nil || o.Name != name {
			t.Errorf("name %q becomes %q, %v", name, o.Name, err)
		}
	}
}

func TestDefaultTimeZones(t *testing.T) {
	for country, want := range map[string]string{
		"BD": "Asia/Dhaka", "BT": "Asia/Thimphu", "IN": "Asia/Kolkata", "LK": "Asia/Colombo",
		"MM": "Asia/Yangon", "NP": "Asia/Kathmandu", "TH": "Asia/Bangkok",
	} {
		o, err := Organization{Name: "X", Sector: SectorOther, Country: country}.Normalize()
		if err != nil || o.TimeZone != want {
			t.Errorf("zone of %s = %q, %v; want %s", country, o.TimeZone, err, want)
		}
	}
	_, err := Organization{Name: "X", Sector: SectorOther, Country: "US"}.Normalize()
	if err == nil || !strings.Contains(err.Error(), "time zone: missing") {
		t.Errorf("a country of many zones: %v, want the zone to be asked for", err)
	}
	_, err = Organization{Name: "X", Sector: SectorOther, Country: "LK", TimeZone: "Local"}.Normalize()
	if err == nil {
		t.Error("zone Local is accepted; it means another zone on every machine")
	}
}

func TestCountries(t *testing.T) {
	if n := len(strings.Fields(countries)); n != 249 {
		t.Errorf("%d countries, want the 249 of ISO 3166-1", n)
	}
	for _, s := range []string{"", "L", "LKA", "UK", "EU", " A", "A ", "a\n"} {
		if got, err := ParseCountry(s); err == nil {
			t.Errorf("ParseCountry(%q) = %q, want an error", s, got)
		}
	}
}

func TestContactRefuses(t *testing.T) {
	for _, c := range []struct{ name, email, phone, want string }{
		{"unreachable", "", "", "cannot be reached"},
		{"display name", "SOC <soc@example.org>", "", "not an e-mail"},
		{"two addresses", "a@example.org, b@example.org", "", "not an e-mail"},
		{"header injection", "a@example.org\r\nBcc: b@example.org", "", "not an e-mail"},
		{"no domain", "soc@localhost", "", "not an e-mail"},
		{"words for a telephone", "", "call me", "not a telephone"},
		{"markup in a telephone", "", "<b>12345</b>", "not a telephone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Contact{Role: RoleTechnical, Email: c.email, Phone: c.phone}.Normalize()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Normalize = %v, want %q", err, c.want)
			}
		})
	}
}

const someKey = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEZfYkFRYJKwYBBAHaRw8BAQdAf0w4Wl3HnK0oYQYk6o0rVx0u0oY0m0q5p0o9
=njUN
-----END PGP PUBLIC KEY BLOCK-----`

func TestOpenPGPKey(t *testing.T) {
	for _, text := range []string{
		someKey,
		strings.ReplaceAll(someKey, "\n", "\r\n") + "\r\n\r\n",
		strings.Replace(someKey, "\n\n", "\nComment: ours\n\n", 1),
	} {
		got, err := parseOpenPGPKey(text)
		if err != nil || !strings.HasSuffix(got, "-----\n") || strings.Contains(got, "\r") {
			t.Errorf("parseOpenPGPKey(%q) = %q, %v", text, got, err)
		}
	}
	for name, text := range map[string]string{
		"private key":    strings.ReplaceAll(someKey, "PUBLIC", "PRIVATE"),
		"two blocks":     someKey + "\n" + someKey,
		"no end":         strings.TrimSuffix(someKey, "-----END PGP PUBLIC KEY BLOCK-----"),
		"not base64":     strings.Replace(someKey, "mDME", "m*ME", 1),
		"no empty line":  strings.Replace(someKey, "\n\n", "\n", 1),
		"a message":      strings.Replace(someKey, "mDME", "hQEM", 1),
		"a fingerprint":  "0123 4567 89AB CDEF",
		"far too large":  someKey + strings.Repeat(" ", 300<<10) + someKey,
		"only the marks": "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----",
	} {
		_, err := parseOpenPGPKey(text)
		if err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), "0123") || strings.Contains(err.Error(), "Zf") {
			t.Errorf("%s: the error repeats the text: %v", name, err)
		}
	}
}

func TestAssetNormalize(t *testing.T) {
	addr, err := ParseAddress("192.0.2.7")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Asset{Address: addr, Name: " Front  door ", Class: "OT", Tags: []string{"Web", " web", "dmz"}}.Normalize()
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "Front door" || got.Class != OT || got.Criticality != CriticalityMedium || !cmp.Equal(got.Tags, []string{"dmz", "web"}) {
		t.Errorf("Normalize = %+v", got)
	}
	_, err = Asset{Name: "bell\a", Class: "toaster", Criticality: "x", Tags: []string{strings.Repeat("t", 51)}}.Normalize()
	for _, field := range []string{"address:", `name "bell"`, "kind", "criticality", "tag"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("error lacks %s: %v", field, err)
		}
	}
}
