package inventory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// An Organization operates critical infrastructure and owns assets.
type Organization struct {
	ID          OrganizationID
	Name        string
	Sector      Sector
	Country     string // ISO 3166-1 alpha-2, upper case
	Criticality Criticality
	TimeZone    string // IANA name; its scan windows are in this zone
	Contacts    []Contact
	CreatedAt   time.Time
	Version     int // rises with each change
}

// Sector is a part of the economy that a country declares critical.
type Sector string

// Sectors, as the region's CII lists group them.
const (
	SectorEnergy     Sector = "energy"
	SectorBanking    Sector = "banking"
	SectorTelecom    Sector = "telecom"
	SectorTransport  Sector = "transport"
	SectorHealth     Sector = "health"
	SectorGovernment Sector = "government"
	SectorWater      Sector = "water"
	SectorDefence    Sector = "defence"
	SectorIndustry   Sector = "industry"
	SectorOther      Sector = "other"
)

// Sectors lists every sector in the order in which screens show them.
func Sectors() []Sector {
	return []Sector{
		SectorEnergy, SectorBanking, SectorTelecom, SectorTransport, SectorHealth,
		SectorGovernment, SectorWater, SectorDefence, SectorIndustry, SectorOther,
	}
}

// ParseSector accepts the constants, in any case.
func ParseSector(s string) (Sector, error) {
	v := Sector(strings.ToLower(strings.TrimSpace(s)))
	if slices.Contains(Sectors(), v) {
		return v, nil
	}
	return "", invalid("sector", s, "unknown sector", "use one of: "+join(Sectors()))
}

// Criticality is how much the country is hurt when it fails.
type Criticality string

// Criticalities, from least to most.
const (
	CriticalityLow      Criticality = "low"
	CriticalityMedium   Criticality = "medium"
	CriticalityHigh     Criticality = "high"
	CriticalityCritical Criticality = "critical"
)

// ParseCriticality accepts the constants, in any case; empty means medium.
func ParseCriticality(s string) (Criticality, error) {
	all := []Criticality{CriticalityLow, CriticalityMedium, CriticalityHigh, CriticalityCritical}
	v := Criticality(strings.ToLower(strings.TrimSpace(s)))
	if v == "" {
		return CriticalityMedium, nil
	}
	if slices.Contains(all, v) {
		return v, nil
	}
	return "", invalid("criticality", s, "unknown criticality", "use one of: "+join(all))
}

// Normalize returns o with tidy fields, or every mistake in it at once.
func (o Organization) Normalize() (Organization, error) {
	var m mistakes
	var err error
	o.Name, err = normalizeLine("name", o.Name, 200)
	m.keep(err)
	if o.Name == "" && err == nil {
		m.keep(invalid("name", "", "missing", "give the organisation's name"))
	}
	o.Sector, err = ParseSector(string(o.Sector))
	m.keep(err)
	o.Country, err = ParseCountry(o.Country)
	m.keep(err)
	o.Criticality, err = ParseCriticality(string(o.Criticality))
	m.keep(err)
	o.TimeZone, err = parseTimeZone(o.TimeZone, o.Country)
	m.keep(err)
	contacts := make([]Contact, len(o.Contacts))
	for i, c := range o.Contacts {
		contacts[i], err = c.Normalize()
		m.keep(err)
	}
	if len(contacts) > 0 {
		o.Contacts = contacts
	}
	if err := errors.Join(m...); err != nil {
		return Organization{}, err
	}
	return o, nil
}

// normalizeLine tidies one line of text written by people: spaces at the ends
// and in rows go, control, hidden and broken characters are refused.
func normalizeLine(field, s string, maxRunes int) (string, error) {
	if !utf8.ValidString(s) {
		return "", invalid(field, strings.ToValidUTF8(s, "?"), "not UTF-8 text", "")
	}
	s = strings.Join(strings.Fields(s), " ")
	switch {
	case strings.ContainsFunc(s, isUnfit):
		return "", invalid(field, strings.Map(dropUnfit, s), "has control or broken characters in it", "type it again instead of pasting it")
	case utf8.RuneCountInString(s) > maxRunes:
		return "", invalid(field, s, fmt.Sprintf("longer than %d characters", maxRunes), "")
	}
	return s, nil
}

// isUnfit is what no name has: controls, what reorders or hides text, and the
// mark that programs put in place of broken bytes.
func isUnfit(r rune) bool {
	return unicode.IsControl(r) || isInvisible(r) || r == unicode.ReplacementChar
}

func dropUnfit(r rune) rune {
	if isUnfit(r) {
		return -1
	}
	return r
}

func join[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, v := range all {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}
