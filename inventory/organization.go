package inventory

import (
	"slices"
	"strings"
	"time"
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
}

// A Contact is whom the CERT tells.
type Contact struct {
	ID         ContactID
	Role       ContactRole
	Name       string
	Email      string
	Phone      string
	OpenPGPKey string // armoured public key, or empty
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

// ContactRole is what a contact is told about.
type ContactRole string

// Contact roles.
const (
	RoleTechnical    ContactRole = "technical"
	RoleDistribution ContactRole = "distribution" // receives the weekly report
	RoleEmergency    ContactRole = "emergency"
	RoleManagement   ContactRole = "management"
)

// ParseContactRole accepts the constants, in any case.
func ParseContactRole(s string) (ContactRole, error) {
	all := []ContactRole{RoleTechnical, RoleDistribution, RoleEmergency, RoleManagement}
	v := ContactRole(strings.ToLower(strings.TrimSpace(s)))
	if slices.Contains(all, v) {
		return v, nil
	}
	return "", invalid("role", s, "unknown contact role", "use one of: "+join(all))
}

// Normalize returns o with tidy fields, or every mistake in it at once.
func (o Organization) Normalize() (Organization, error) { return normalizeOrganization(o) }

func join[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, v := range all {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}
