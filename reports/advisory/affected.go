package advisory

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"golang.org/x/net/publicsuffix"
)

// maxEvidence caps what one place says of its weakness, in bytes.
const maxEvidence = 2000

// SortAffected sorts in place, by all that an entry says and nothing else:
// the same entries always stand in the same order. Whoever takes values out
// sorts again, so that the order does not tell what was there.
func SortAffected(all []Affected) {
	slices.SortFunc(all, func(x, y Affected) int {
		return cmp.Or(
			cmp.Compare(x.Country, y.Country), cmp.Compare(x.Sector, y.Sector), cmp.Compare(x.OrgName, y.OrgName), cmp.Compare(x.Org, y.Org),
			compareAddresses(x.Address, y.Address), comparePorts(x.Port, y.Port), cmp.Compare(x.Hostname, y.Hostname), cmp.Compare(x.Site, y.Site),
			cmp.Compare(x.Evidence, y.Evidence), cmp.Compare(x.Asset, y.Asset), cmp.Compare(x.Consent, y.Consent),
		)
	})
}

// compareAddresses puts 192.0.2.9 before 192.0.2.10, and what is no address last.
func compareAddresses(x, y string) int {
	a, errA := netip.ParseAddr(x)
	b, errB := netip.ParseAddr(y)
	switch {
	case errA == nil && errB == nil:
		return cmp.Or(a.Compare(b), cmp.Compare(x, y))
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return cmp.Compare(x, y)
}

// comparePorts puts 80/tcp before 443/tcp.
func comparePorts(x, y string) int {
	a, _, _ := strings.Cut(x, "/")
	b, _, _ := strings.Cut(y, "/")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(x, y))
}

// affected lists where the weakness is. An asset whose operator has not
// spoken has inventory.ConsentNone.
func (f Facts) affected(open []inventory.Finding) []Affected {
	orgs := map[inventory.OrganizationID]inventory.Organization{}
	for _, o := range f.Orgs {
		orgs[o.ID] = o
	}
	assets := map[inventory.AssetID]inventory.Asset{}
	for _, a := range f.Assets {
		assets[a.ID] = a
	}
	out := []Affected{}
	for _, x := range open {
		org, asset := orgs[x.Org], assets[x.Asset]
		consent := f.Consents[x.Asset]
		if !consent.Valid() {
			consent = inventory.ConsentNone
		}
		out = append(out, Affected{
			Asset: x.Asset, Org: x.Org, OrgName: org.Name, Sector: org.Sector, Country: org.Country,
			Address: x.Addr.String(), Port: fmt.Sprintf("%d/%s", x.Port, x.Transport), Hostname: x.Hostname, Site: asset.Site,
			Evidence: inventory.CleanText(f.Evidence[x.Evidence], maxEvidence), Consent: consent,
		})
	}
	SortAffected(out)
	return slices.Compact(out) // two matchers of a check see the same place
}

// minEvidence is how long a line of evidence must be to be looked for in
// other texts: shorter ones are words of the trade.
const minEvidence = 24

// ownNeedles find what Affected tells and nothing else of the advisory may:
// all but country, sector and port, which lead to nobody.
func (a Advisory) ownNeedles() []needle {
	var names, lines []string
	for _, x := range a.Affected {
		names = append(names, x.OrgName, x.Address, x.Site)
		// What redaction leaves of a host name may be a suffix that a whole
		// country has.
		if suffix, _ := publicsuffix.PublicSuffix(strings.ToLower(x.Hostname)); suffix != strings.ToLower(x.Hostname) {
			names = append(names, x.Hostname)
		}
		for l := range strings.Lines(x.Evidence) {
			if l = strings.TrimSpace(l); len(l) >= minEvidence {
				lines = append(lines, l)
			}
		}
	}
	slices.Sort(names)
	slices.Sort(lines)
	out := needlesForAll(slices.Compact(names))
	for _, l := range slices.Compact(lines) {
		out = append(out, plainNeedle(l, l))
	}
	return out
}

// open are the findings that count: present, on an asset in use, of an
// organisation asked for, and not known to be false.
func (f Facts) open(at time.Time) []inventory.Finding {
	retired := map[inventory.AssetID]bool{}
	for _, a := range f.Assets {
		retired[a.ID] = a.RetiredAt != nil && !a.RetiredAt.After(at)
	}
	var out []inventory.Finding
	for _, x := range f.Findings {
		wrong := x.Waiver.InForce(at) && x.Waiver.Kind == inventory.WaiverFalsePositive
		wanted := (len(f.Only) == 0 || slices.Contains(f.Only, x.Org)) && (len(f.Chosen) == 0 || slices.Contains(f.Chosen, x.ID))
		if x.Check == f.Check.ID && x.Detection.Present() && wanted && !retired[x.Asset] && !wrong {
			out = append(out, x)
		}
	}
	return out
}
