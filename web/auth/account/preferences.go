package account

import "time"

// Preferences are how a person wants the console to be; the zero value is as
// it comes.
type Preferences struct {
	Language string // such as "bn"; "" follows the browser
	Theme    string // light or dark; "" follows the system
	Zone     string // such as "Asia/Dhaka"; "" is UTC
	NoKeys   bool   // single letters do nothing (WCAG 2.2, 2.1.4)
}

// Location is the zone in which times are shown.
func (p Preferences) Location() *time.Location {
	if zone, err := time.LoadLocation(p.Zone); err == nil {
		return zone
	}
	return time.UTC
}
