package inventory

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// An Asset is a thing that an organisation answers for and that a network can
// reach: one address, a prefix, a name or a URL.
type Asset struct {
	ID          AssetID
	Org         OrganizationID
	Address     Address
	Name        string // what its owner calls it
	Site        string
	Function    string    // what it is there for, such as SCADA or internet bank
	Contact     ContactID // of its organisation, who answers for it; "" names nobody
	Criticality Criticality
	Class       AssetClass
	// AtMost is how hard its owner lets it be looked at, whatever is permitted
	// for everything; LevelNothing says nothing.
	AtMost    Level
	Tags      []string // lower case, sorted, unique
	Consent   Consent  // of its owner, to appear in what goes to other countries
	CreatedAt time.Time
	RetiredAt *time.Time // nil while in use
	Version   int        // rises with each change by a person
}

// AssetClass parts office technology from machines that move things.
type AssetClass string

// Asset classes. OT is scanned as gently as we know how.
const (
	IT AssetClass = "it"
	OT AssetClass = "ot"
)

// ParseAssetClass accepts the constants, in any case; empty means IT.
func ParseAssetClass(s string) (AssetClass, error) {
	switch v := AssetClass(strings.ToLower(strings.TrimSpace(s))); v {
	case "":
		return IT, nil
	case IT, OT:
		return v, nil
	}
	return "", invalid("kind", s, "unknown kind of asset", "use it or ot")
}

// Normalize returns a new asset with tidy fields, or every mistake in it at
// once. The organisation is the caller's to check.
func (a Asset) Normalize() (Asset, error) {
	var m mistakes
	var err error
	if a.Address.kind == "" {
		m.keep(invalid("address", "", "missing", "give an IP address, a prefix, a host name or a URL"))
	}
	a.Name, err = normalizeLine("name", a.Name, 200)
	m.keep(err)
	a.Site, err = normalizeLine("site", a.Site, 200)
	m.keep(err)
	a.Function, err = normalizeLine("function", a.Function, 200)
	m.keep(err)
	if a.AtMost < LevelNothing || a.AtMost > LevelIntensive {
		m.keep(invalid("at_most", a.AtMost.String(), "unknown level", "use one of: "+strings.Join(levelNames[1:], ", ")))
	}
	a.Criticality, err = ParseCriticality(string(a.Criticality))
	m.keep(err)
	a.Class, err = ParseAssetClass(string(a.Class))
	m.keep(err)
	a.Tags = NormalizeTags(a.Tags)
	for i, tag := range a.Tags {
		a.Tags[i], err = normalizeLine("tag", tag, 50)
		m.keep(err)
	}
	if err := errors.Join(m...); err != nil {
		return Asset{}, err
	}
	return a, nil
}

// An Ownership is one span in an asset's history of owners.
type Ownership struct {
	Asset  AssetID
	Org    OrganizationID
	From   time.Time
	Until  *time.Time // nil for the present owner
	Reason string
}

// NormalizeTags lowers, trims, sorts and de-duplicates.
func NormalizeTags(tags []string) []string {
	var out []string
	for _, t := range tags {
		if t = strings.ToLower(strings.TrimSpace(t)); t != "" {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
