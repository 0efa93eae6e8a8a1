package exchange

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

var (
	operatorForm = regexp.MustCompile(`^operator-[0-9a-f]{16}$`)
	assetForm    = regexp.MustCompile(`^asset-[0-9a-f]{16}$`)
)

// operatorConsent wants every row that would leave to be made of an asset
// whose operator consents, and to say of it no more than that consent: rows
// in their order, each of another asset.
func operatorConsent(r Request) string {
	if i := strayRow(r, mayAppear); i >= 0 {
		return fmt.Sprintf("row %d of the affected says more than its operator consents to", i+1)
	}
	return ""
}

// strayRow finds the first row that would leave and is not made of an asset
// that may be used; -1 where each is.
func strayRow(r Request, usable func(advisory.Affected) bool) int {
	operators := operatorsBySector(r.Original.Affected)
	rest := r.Original.Affected
	for i, y := range r.Outgoing.Affected {
		found := false
		for !found && len(rest) > 0 {
			x := rest[0]
			shared := operators[x.Sector] >= sectorsFrom
			found = usable(x) && derives(y, x, shared || mayBeNamed(x, r.Team)) && !tellsHidden(y, x, r.Original.Affected)
			rest = rest[1:]
		}
		if !found {
			return i
		}
	}
	return -1
}

// victimIdentifiers: who is affected is named to the CERT of its own country,
// when the agreement says so, and to nobody else.
func victimIdentifiers(r Request) string {
	for i, y := range r.Outgoing.Affected {
		if !names(y) {
			continue
		}
		if r.Agreement.Give.Victims != VictimsOwn {
			return fmt.Sprintf("victims are never named (row %d of the affected does)", i+1)
		}
		if !ofCountry(y, r) {
			return fmt.Sprintf("row %d of the affected names somebody outside %s's own country", i+1, nameOf(r.Team))
		}
	}
	return ""
}

// ofCountry tells whether a row is made of an asset that belongs to the
// team's country and may be named.
func ofCountry(y advisory.Affected, r Request) bool {
	for _, x := range r.Original.Affected {
		if mayBeNamed(x, r.Team) && derives(y, x, true) {
			return true
		}
	}
	return false
}

// namesVictims tells whether any row leads to its operator.
func namesVictims(a advisory.Advisory) bool {
	for _, y := range a.Affected {
		if names(y) {
			return true
		}
	}
	return false
}

// names tells whether a row leads to its operator.
func names(y advisory.Affected) bool {
	return y.Address != "" || y.Hostname != "" || y.Site != "" || y.Evidence != "" ||
		y.OrgName != "" && !operatorForm.MatchString(y.OrgName)
}

// derives tells whether y can be what redaction left of x: each value gone,
// coarser or, where x consents to be identified, as it was. Our own ids are
// no values of x, and are never told.
func derives(y, x advisory.Affected, withSector bool) bool {
	named := x.Consent == inventory.ConsentIdentified
	told := func(is string, may ...string) bool {
		for _, m := range may {
			if named && is == m {
				return true
			}
		}
		return is == ""
	}
	return (y.Sector == "" || y.Sector == SectorCII || withSector && y.Sector == x.Sector) &&
		(y.Org == "" || operatorForm.MatchString(string(y.Org))) &&
		(y.Asset == "" || assetForm.MatchString(string(y.Asset))) &&
		(y.OrgName == string(y.Org) || told(y.OrgName, x.OrgName)) &&
		(y.Port == "" || y.Port == x.Port && portForm.MatchString(x.Port)) &&
		(y.Country == "" || strings.EqualFold(y.Country, x.Country)) &&
		(y.Consent == inventory.ConsentAnonymised || named && y.Consent == inventory.ConsentIdentified) &&
		told(y.Address, x.Address, coarseAddress(x.Address)) &&
		told(y.Hostname, x.Hostname, coarseHostname(x.Hostname)) &&
		told(y.Site, x.Site) &&
		told(y.Evidence, x.Evidence, coarseEvidence(x.Evidence))
}

// tellsHidden tells whether a row made of x says what is also another
// operator's, who does not consent to be named: two can share an address.
func tellsHidden(y, x advisory.Affected, all []advisory.Affected) bool {
	for _, o := range all {
		if o.Consent == inventory.ConsentIdentified || operatorOf(o) == operatorOf(x) {
			continue
		}
		if sameValue(y.Address, o.Address) || sameValue(y.Hostname, o.Hostname) || sameValue(y.Site, o.Site) || sameValue(y.OrgName, o.OrgName) {
			return true
		}
	}
	return false
}

func sameValue(a, b string) bool { return a != "" && strings.EqualFold(a, b) }
