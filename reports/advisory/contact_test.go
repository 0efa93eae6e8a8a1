package advisory

import (
	"slices"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

func TestPrivate(t *testing.T) {
	for _, c := range []struct {
		name, phone string
		want        []string
	}{
		{"Kamal Perera", "+94 11 269 1692 ext 12", []string{`"Kamal Perera"`, "tel:94112691692"}},
		{"Li Wu", "(011) 269-1692", []string{`"Li Wu"`, "tel:0112691692"}},
		{"Duty Officer", "119", nil},
		{"Network Operations Centre 2", "1717 x 33", nil},
		{"SOC", "", nil},
		{"Kumar", "", nil}, // one name that many bear
	} {
		if got := Private(inventory.Contact{Name: c.name, Phone: c.phone}); !slices.Equal(got, c.want) {
			t.Errorf("%s, %s: %q, want %q", c.name, c.phone, got, c.want)
		}
	}
}

// What is private of a contact is found as a whole, in any spelling, and its
// parts stop nothing. Few and many forbidden texts are searched in two ways.
func TestContactsAreFoundWhole(t *testing.T) {
	forbidden := Private(inventory.Contact{Name: "Kamal Perera", Phone: "+94 11 269 1692"})
	many := append(slices.Repeat([]string{"203.0.113.77"}, fewForbidden), forbidden...)
	for text, want := range map[string]string{
		"Ask KAMAL PERERA at once":                         `"Kamal Perera"`,
		"Seen by kamal.perera":                             `"Kamal Perera"`,
		"KamalPerera reports":                              `"Kamal Perera"`,
		"Call +94 (11) 269-1692.":                          "tel:94112691692",
		"Call 94112691692":                                 "tel:94112691692",
		"Perera and Kamal wrote the patch":                 "",
		"Kamal and Perera":                                 "",
		"Call +94 11 269 1693":                             "",
		"build 7-94112691692":                              "tel:94112691692",
		"build 794112691692":                               "",
		"sha256 af94112691692c":                            "",
		"versions 9.4, 11, 26 and 9 of the 1692 revision":  "",
		"The duty officer calls the security team at 1692": "",
	} {
		for _, all := range [][]string{forbidden, many} {
			if got := strings.Join(FindLeaks(text, all), " "); got != want {
				t.Errorf("%q: %q, want %q", text, got, want)
			}
		}
	}
}
