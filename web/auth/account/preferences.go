package account

import (
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// Preferences are how a person wants the console to be; the zero value is as
// it comes.
type Preferences struct {
	Language string // such as "bn"; "" follows the browser
	Theme    string // light or dark; "" follows the system
	Zone     string // such as "Asia/Dhaka"; "" is the organisation's, and UTC for the CERT
	NoKeys   bool   // single letters do nothing (WCAG 2.2, 2.1.4)
}

// Check refuses what the console cannot do. languages are those it speaks.
func (p Preferences) Check(languages []string) error {
	switch {
	case p.Language != "" && !slices.Contains(languages, p.Language):
		return &inventory.InputError{Field: "language", Value: clip(p.Language), Message: "unknown", Hint: "choose one of the list"}
	case p.Theme != "" && p.Theme != "light" && p.Theme != "dark":
		return &inventory.InputError{Field: "theme", Value: clip(p.Theme), Message: "unknown", Hint: "choose light or dark, or leave it to the system"}
	case p.Zone == "Local":
		return &inventory.InputError{Field: "zone", Value: p.Zone, Message: "unknown", Hint: "write it like Asia/Dhaka"}
	}
	if _, err := time.LoadLocation(p.Zone); err != nil {
		return &inventory.InputError{Field: "zone", Value: clip(p.Zone), Message: "unknown", Hint: "write it like Asia/Dhaka"}
	}
	return nil
}

// Location is the zone in which times are shown.
func (p Preferences) Location() *time.Location {
	if zone, err := time.LoadLocation(p.Zone); err == nil {
		return zone
	}
	return time.UTC
}
