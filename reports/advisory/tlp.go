package advisory

import (
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// TLPs lists the labels from the most open to the most closed.
func TLPs() []TLP { return []TLP{Clear, Green, Amber, AmberStrict, Red} }

// ParseTLP reads a label in any case, with or without "TLP:". The old label
// white is read as clear. Empty text is a mistake: nobody shares by accident.
func ParseTLP(s string) (TLP, error) {
	v := strings.ToLower(strings.TrimSpace(s))
	v = strings.TrimSpace(strings.TrimPrefix(v, "tlp:"))
	if v == "white" {
		return Clear, nil
	}
	if slices.Contains(TLPs(), TLP(v)) {
		return TLP(v), nil
	}
	return "", &inventory.InputError{
		Field: "tlp", Value: inventory.CleanText(s, 100), Message: "unknown Traffic Light Protocol label",
		Hint: "use one of: clear, green, amber, amber+strict, red",
	}
}

// String writes the label as FIRST does: "TLP:AMBER+STRICT".
func (t TLP) String() string { return "TLP:" + strings.ToUpper(string(t)) }
