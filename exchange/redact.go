package exchange

import "github.com/ciiscan/ciiscan/reports/advisory"

// A Profile says how each kind of value about those affected leaves: kept,
// coarsened or dropped. The zero Profile drops everything.
type Profile struct {
	Organization Treatment `json:"organization"` // coarse: a pseudonym
	Address      Treatment `json:"address"`      // coarse: the /24 or /48
	Hostname     Treatment `json:"hostname"`     // coarse: the registrable domain's suffix only
	Site         Treatment `json:"site"`         // coarse: the country
	Sector       Treatment `json:"sector"`       // coarse: "critical infrastructure"
	Evidence     Treatment `json:"evidence"`     // coarse: its first line, without addresses
}

// Treatment is what becomes of a value.
type Treatment string

// Treatments. "" drops, too.
const (
	Keep    Treatment = "keep"
	Coarsen Treatment = "coarsen"
	Drop    Treatment = "drop"
)

// Redact makes of an advisory what one audience may see of it; see Profile.
// dropped are the values that must not appear in anything made of out.
func Redact(a advisory.Advisory, p Profile, team *Team, key []byte) (out advisory.Advisory, dropped []string) {
	a.Affected = nil
	return a, nil
}
