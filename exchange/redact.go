package exchange

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
