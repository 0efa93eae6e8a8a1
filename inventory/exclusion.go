package inventory

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// An Exclusion forbids scanning, whatever is authorised, until it ends.
// It names either a prefix or a host name.
type Exclusion struct {
	ID        ExclusionID
	Prefix    netip.Prefix
	Name      string
	Reason    string
	Until     time.Time
	CreatedBy string
	CreatedAt time.Time
}

// Normalize returns a new exclusion with tidy fields, or every mistake in it
// at once. An exclusion is never too large and may cover anything.
func (x Exclusion) Normalize() (Exclusion, error) {
	var m mistakes
	var err error
	switch {
	case x.Prefix.IsValid() == (x.Name != ""):
		m.keep(invalid("exclusion", x.Name, "needs either a prefix or a name", ""))
	case x.Name != "":
		x.Name, err = parseNamePattern("name", x.Name)
		m.keep(err)
	default:
		p, err := unmapPrefix(x.Prefix)
		if err != nil {
			m.keep(invalid("prefix", x.Prefix.String(), err.Error(), "write it as an IPv4 prefix"))
		}
		x.Prefix = p
	}
	if x.Reason, err = normalizeLine("reason", x.Reason, 500); err == nil && x.Reason == "" {
		err = invalid("reason", "", "missing", "say why: it is shown wherever a scan is refused")
	}
	m.keep(err)
	switch {
	case x.Until.IsZero():
		m.keep(invalid("until", "", "missing; an exclusion must end", "give a day; an exclusion can be renewed"))
	case !x.CreatedAt.IsZero() && !x.Until.After(x.CreatedAt):
		m.keep(invalid("until", x.Until.Format(time.RFC3339), "already past", ""))
	}
	if err := errors.Join(m...); err != nil {
		return Exclusion{}, err
	}
	x.Until = x.Until.UTC()
	return x, nil
}

// forbids tells whether x stands in the way of an address, or of the name it
// was reached by.
func (x Exclusion) forbids(addr netip.Addr, name string, at time.Time) bool {
	if !x.Until.IsZero() && !at.Before(x.Until) {
		return false
	}
	return x.Prefix.IsValid() && x.Prefix.Contains(addr) || x.Name != "" && nameMatches(x.Name, name)
}

// rule describes x where it refuses a scan.
func (x Exclusion) rule() string {
	what := x.Name
	if x.Prefix.IsValid() {
		what = x.Prefix.String()
	}
	end := ""
	if !x.Until.IsZero() {
		end = " until " + x.Until.UTC().Format(time.DateOnly)
	}
	return fmt.Sprintf("excluded by %s (%s%s): %s", x.ID, what, end, x.Reason)
}
