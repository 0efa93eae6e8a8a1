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

// Valid tells whether t is one of the five labels.
func (t TLP) Valid() bool { return slices.Contains(TLPs(), t) }

// AtMost tells whether t is no more closed than ceiling. No label, and a label
// that nobody knows, is at most nothing, and nothing is at most such a one.
func (t TLP) AtMost(ceiling TLP) bool {
	return t.Valid() && ceiling.Valid() && slices.Index(TLPs(), t) <= slices.Index(TLPs(), ceiling)
}

// Stricter returns the more closed of two labels. No label ("") gives way to
// the other; a label that nobody knows counts as red.
func Stricter(a, b TLP) TLP {
	switch {
	case a == "" && b == "":
		return ""
	case a == "":
		a = b
	case b == "":
		b = a
	}
	switch {
	case !a.Valid() || !b.Valid():
		return Red
	case a.AtMost(b):
		return b
	}
	return a
}

// Floor is the most open label that the advisory may have: the strictest of
// what it rests on, or "" when it rests on nothing of others.
func (a Advisory) Floor() TLP {
	var floor TLP
	for _, o := range a.Origins {
		label := o.TLP
		if !label.Valid() { // nobody said how far it may go
			label = Red
		}
		floor = Stricter(floor, label)
	}
	return floor
}
