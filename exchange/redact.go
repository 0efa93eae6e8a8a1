package exchange

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A Profile says how each kind of value about those affected leaves: kept,
// coarsened or dropped. The zero Profile drops everything. It can only take
// away: what an operator's consent does not allow is gone whatever it says.
type Profile struct {
	Organization Treatment `json:"organization"` // coarse: a pseudonym, which only this peer gets
	Address      Treatment `json:"address"`      // coarse: the /24 or /48
	Hostname     Treatment `json:"hostname"`     // coarse: the public suffix, such as "gov.lk"
	Site         Treatment `json:"site"`         // coarse: the owner's country
	Sector       Treatment `json:"sector"`       // coarse: "critical infrastructure"
	Evidence     Treatment `json:"evidence"`     // coarse: its first line, without addresses and names
}

// Treatment is what becomes of a value.
type Treatment string

// Treatments. "" drops, too, and so does every other word.
const (
	Keep    Treatment = "keep"
	Coarsen Treatment = "coarsen"
	Drop    Treatment = "drop"
)

// sectorsFrom is how many operators must be concerned before a sector is
// named: with fewer it points at one of them.
const sectorsFrom = 5

// SectorCII stands for a sector that is not told.
const SectorCII inventory.Sector = "critical infrastructure"

// Strictest is the profile that takes away what either takes away.
func (p Profile) Strictest(q Profile) Profile {
	return Profile{
		Organization: stricter(p.Organization, q.Organization),
		Address:      stricter(p.Address, q.Address),
		Hostname:     stricter(p.Hostname, q.Hostname),
		Site:         stricter(p.Site, q.Site),
		Sector:       stricter(p.Sector, q.Sector),
		Evidence:     stricter(p.Evidence, q.Evidence),
	}
}

func stricter(a, b Treatment) Treatment {
	switch {
	case a == Keep && b == Keep:
		return Keep
	case (a == Keep || a == Coarsen) && (b == Keep || b == Coarsen):
		return Coarsen
	}
	return Drop
}

// Redact makes of an advisory what one audience may see of it; a nil team is
// everybody. a stays as it is. Besides the profile it follows these rules:
//
//   - an asset without its operator's consent vanishes, and for everybody all
//     of them do;
//   - an asset whose operator consents to be identified keeps what the profile
//     keeps, for the team of the operator's own country; any other is
//     anonymised: pseudonym, port, and, when many share them, sector;
//   - our own ids and the names of our people never leave;
//   - of the documents that it rests on only those of the team itself are
//     named, and the label is the strictest of them all;
//   - a withdrawal tells of nobody.
//
// Pseudonyms are keyed: the same operator is the same to one team for ever,
// and nothing links it to what another team got. Without a key of 16 bytes or
// more there are none.
//
// dropped are the values that must not appear in anything made of out, for
// Leaks. Words that name nobody, such as a site called Main, are not among
// them, nor what out tells of the same operator elsewhere. Prose is not
// rewritten: only the sentence that drafts end on, which lists sectors, goes
// with them.
func Redact(a advisory.Advisory, p Profile, team *Team, key []byte) (out advisory.Advisory, dropped []string) {
	out = clone(a)
	out.TLP = EffectiveTLP(a, nil)
	out.Author, out.Editors, out.Approver, out.LegalBy = "", nil, "", ""
	for i := range out.History {
		out.History[i].By = ""
	}
	out.Origins = ownOrigins(a.Origins, team)
	redactReach(&out, p.Sector)

	r := redactor{profile: p, team: team, key: key, withdrawn: a.State == advisory.Withdrawn, operators: operatorsBySector(a.Affected)}
	r.hidden = hiddenValues(a.Affected, team)
	for _, x := range a.Affected {
		r.names = append(r.names, identifiers(x)...)
	}
	r.names = naming(r.names)
	out.Affected = []advisory.Affected{}
	var kept []string
	for _, x := range a.Affected {
		if y, ok := r.redact(x); ok {
			out.Affected = append(out.Affected, y)
			kept = append(kept, y.OrgName, y.Address, y.Hostname, y.Site, y.Evidence)
		}
	}
	all := slices.Clone(r.names)
	for _, x := range a.Affected {
		all = append(all, fromEvidence(x.Evidence)...)
	}
	told := map[string]bool{}
	all = naming(all)
	for _, l := range Leaks(texts(kept), all) {
		told[l.Value] = true
	}
	return out, slices.DeleteFunc(all, func(v string) bool { return told[v] })
}

func texts(all []string) [][]byte {
	var out [][]byte
	for _, s := range all {
		out = append(out, []byte(s))
	}
	return out
}

func clone(a advisory.Advisory) advisory.Advisory {
	a.CVEs, a.CWEs, a.References = slices.Clone(a.CVEs), slices.Clone(a.CWEs), slices.Clone(a.References)
	a.Products, a.Scores, a.History = slices.Clone(a.Products), slices.Clone(a.Scores), slices.Clone(a.History)
	a.Reach.Sectors = slices.Clone(a.Reach.Sectors)
	return a
}

// ownOrigins are a team's own documents, without whom else they went to.
func ownOrigins(all []advisory.Origin, team *Team) []advisory.Origin {
	out := []advisory.Origin{}
	for _, o := range all {
		if team != nil && team.ID != "" && o.Team == string(team.ID) {
			o.Consent = nil
			out = append(out, o)
		}
	}
	return out
}

// redactReach takes the sectors away, and the sentence about them that
// drafts have.
func redactReach(a *advisory.Advisory, sector Treatment) {
	if sector == Keep && a.Reach.Organizations >= sectorsFrom || len(a.Reach.Sectors) == 0 {
		return
	}
	words := make([]string, len(a.Reach.Sectors))
	for i, s := range a.Reach.Sectors {
		words[i] = string(s)
	}
	a.Summary = strings.Replace(a.Summary, " Sectors concerned: "+strings.Join(words, ", ")+".", "", 1)
	a.Reach.Sectors = []inventory.Sector{}
}

// WithinSectors leaves of those affected only what an agreement lets pass: an
// asset of another sector counts as if its operator did not consent. It stays
// there for Redact, which has to know what not to tell. g may be nil.
func WithinSectors(a advisory.Advisory, g *Agreement) advisory.Advisory {
	if g == nil || len(g.Give.Sectors) == 0 {
		return a
	}
	a.Affected = slices.Clone(a.Affected)
	for i, x := range a.Affected {
		if !agreedSector(x.Sector, g.Give.Sectors) {
			a.Affected[i].Consent = inventory.ConsentNone
		}
	}
	return a
}

// operatorsBySector counts the operators among those affected who may be told
// of at all.
func operatorsBySector(all []advisory.Affected) map[inventory.Sector]int {
	seen := map[inventory.Sector]map[string]bool{}
	for _, x := range all {
		if !mayAppear(x) {
			continue
		}
		if seen[x.Sector] == nil {
			seen[x.Sector] = map[string]bool{}
		}
		seen[x.Sector][operatorOf(x)] = true
	}
	out := map[inventory.Sector]int{}
	for s, orgs := range seen {
		out[s] = len(orgs)
	}
	return out
}

func mayAppear(x advisory.Affected) bool {
	return x.Consent == inventory.ConsentAnonymised || x.Consent == inventory.ConsentIdentified
}

func operatorOf(x advisory.Affected) string {
	if x.Org != "" {
		return string(x.Org)
	}
	return x.OrgName
}

// mayBeNamed tells whether a team may learn who has the asset, as far as the
// operator is concerned.
func mayBeNamed(x advisory.Affected, team *Team) bool {
	return x.Consent == inventory.ConsentIdentified && team != nil && team.Country != "" && strings.EqualFold(team.Country, x.Country)
}

// redactor holds what the rows of one advisory for one audience share.
type redactor struct {
	profile   Profile
	team      *Team
	key       []byte
	withdrawn bool
	operators map[inventory.Sector]int
	names     []string // identifiers of all rows
	// hidden are the operators that have a value and may not be named with it.
	hidden map[string]map[string]bool
}

func hiddenValues(all []advisory.Affected, team *Team) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, x := range all {
		if mayBeNamed(x, team) {
			continue
		}
		for _, v := range []string{x.Address, x.Hostname, x.Site} {
			v = strings.ToLower(v)
			if out[v] == nil {
				out[v] = map[string]bool{}
			}
			out[v][operatorOf(x)] = true
		}
	}
	return out
}

// redact returns what is left of one asset, or false when that is nothing.
func (r redactor) redact(x advisory.Affected) (advisory.Affected, bool) {
	if r.team == nil || r.withdrawn || !mayAppear(x) {
		return advisory.Affected{}, false
	}
	named := mayBeNamed(x, r.team)
	y := advisory.Affected{Consent: inventory.ConsentAnonymised}
	if portForm.MatchString(x.Port) {
		y.Port = x.Port
	}
	if r.profile.Organization == Keep || r.profile.Organization == Coarsen {
		y.Org = inventory.OrganizationID(Pseudonym(r.key, r.team.ID, "operator", operatorOf(x)))
		y.Asset = inventory.AssetID(Pseudonym(r.key, r.team.ID, "asset", string(x.Asset)))
		y.OrgName = string(y.Org)
	}
	if r.profile.Site == Keep || r.profile.Site == Coarsen {
		y.Country = x.Country
	}
	switch t := r.profile.Sector; {
	case t == Keep && (named || r.operators[x.Sector] >= sectorsFrom):
		y.Sector = x.Sector
	case t == Keep || t == Coarsen:
		y.Sector = SectorCII
	}
	if !named {
		return y, true
	}
	y.Consent = inventory.ConsentIdentified
	if r.profile.Organization == Keep {
		y.OrgName = x.OrgName
	}
	if r.profile.Site == Keep {
		y.Site = x.Site
	}
	y.Address = treat(r.profile.Address, x.Address, coarseAddress)
	y.Hostname = treat(r.profile.Hostname, x.Hostname, coarseHostname)
	if r.hides(x.Address, x) {
		y.Address = ""
	}
	if r.hides(x.Hostname, x) {
		y.Hostname = ""
	}
	if r.hides(x.Site, x) {
		y.Site = ""
	}
	y.Evidence = treat(r.profile.Evidence, x.Evidence, coarseEvidence)
	if r.tooMuch(y) {
		y.Evidence = coarseEvidence(x.Evidence)
	}
	if r.tooMuch(y) {
		y.Evidence = ""
	}
	return y, true
}

// hides tells whether a value of x is also that of another operator, who may
// not be named: two can share an address.
func (r redactor) hides(value string, x advisory.Affected) bool {
	owners := r.hidden[strings.ToLower(value)]
	return len(owners) > 1 || len(owners) == 1 && !owners[operatorOf(x)]
}

// tooMuch tells whether the evidence says what its row does not, of whomever.
func (r redactor) tooMuch(y advisory.Affected) bool {
	if y.Evidence == "" {
		return false
	}
	told := []string{y.OrgName, y.Address, y.Hostname, y.Site}
	hidden := slices.DeleteFunc(slices.Clone(r.names), func(v string) bool { return slices.Contains(told, v) })
	return len(Leaks(texts([]string{y.Evidence}), hidden)) > 0
}

func treat(t Treatment, value string, coarse func(string) string) string {
	switch t {
	case Keep:
		return value
	case Coarsen:
		return coarse(value)
	case Drop:
	}
	return ""
}

// Pseudonym is what one team knows an operator or an asset by:
// "operator-7f3a91c2d04be85f". It is "" without a proper key.
func Pseudonym(key []byte, team TeamID, kind, id string) string {
	if len(key) < 16 || id == "" || team == "" {
		return ""
	}
	m := hmac.New(sha256.New, key)
	for _, part := range []string{"ciiscan pseudonym 1", string(team), kind, id} {
		m.Write([]byte(part))
		m.Write([]byte{0})
	}
	return kind + "-" + hex.EncodeToString(m.Sum(nil)[:8])
}
