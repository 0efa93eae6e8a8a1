package inventory

import (
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// A Hit is one thing that a search found.
type Hit struct {
	Kind   HitKind
	ID     string
	Title  string
	Detail string
	Place  string         // of a finding: its name or address, and its port
	Org    OrganizationID // whose it is; "" for what is nobody's
}

// HitKind is what kind of thing was found.
type HitKind string

// Kinds of hits.
const (
	HitOrganization HitKind = "organization"
	HitAsset        HitKind = "asset"
	HitHost         HitKind = "host" // an address that an asset's name led to
	HitFinding      HitKind = "finding"
	HitCheck        HitKind = "check"
	HitService      HitKind = "service"
	HitCertificate  HitKind = "certificate"
	HitAdvisory     HitKind = "advisory"
	HitInbound      HitKind = "inbound"
	HitPeer         HitKind = "peer"
	HitScan         HitKind = "scan"
	HitBulletin     HitKind = "bulletin" // an advisory as operators read it
	HitReport       HitKind = "report"
)

// An Opened is a thing that somebody opened.
type Opened struct {
	Hit
	At time.Time // the last time
}

// A Holder is who has an address: the asset that is it, or that holds it.
type Holder struct {
	Addr    netip.Addr
	Asset   AssetID
	What    string // the asset as registered: an address, a prefix or a name
	Org     OrganizationID
	OrgName string
	Open    int // findings present at that address
}

// MostLooked is how many addresses are looked up at once.
const MostLooked = 5000

var separators = regexp.MustCompile(`[\s,;"'<>()\[\]|]+`)

// ParseAddresses reads the addresses in a pasted text, once each and in order,
// whatever stands between them: also 192.0.2[.]7, and 192.0.2.7:443. What is no
// address is returned by itself.
func ParseAddresses(text string) (addrs []netip.Addr, odd []string, err error) {
	seen := map[netip.Addr]bool{}
	text = strings.NewReplacer("[.]", ".", "(.)", ".").Replace(text)
	for _, word := range separators.Split(text, -1) {
		if word == "" {
			continue
		}
		a, err := netip.ParseAddr(word)
		if err != nil {
			p, err := netip.ParseAddrPort(word)
			if err != nil {
				odd = append(odd, word)
				continue
			}
			a = p.Addr()
		}
		a = a.Unmap().WithZone("")
		if !seen[a] {
			seen[a] = true
			addrs = append(addrs, a)
		}
		if len(addrs) > MostLooked {
			return nil, nil, invalid("text", "", "more than 5,000 addresses", "look them up in parts")
		}
	}
	return addrs, odd, nil
}
