package match

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// A program is one piece of software that a service runs.
type program struct {
	name    name
	version version
}

// software is what a service runs, without where: the same on many machines.
type software struct {
	programs []program
	exposure inventory.CheckID // the check that says it should not be reachable
	packaged bool              // a distribution's, which repairs without a new number
	text     string            // for people: "redis 6.0.9"
	keys     []string
}

// distributionWords give away a distribution's package.
var (
	distributionWords = []string{
		"debian", "ubuntu", "raspbian", "dfsg", "centos", "redhat", "red hat", "rhel", "fedora", "rocky", "almalinux", "suse", "alpine",
		"amazon", "amzn", "oracle linux", "canonical",
	}
	distributionForm = regexp.MustCompile(`deb\d+u\d|\bel\d|\.fc\d`)
)

func distributed(s inventory.Service) bool {
	for _, text := range append([]string{s.Version, s.ExtraInfo}, s.CPEs[:min(len(s.CPEs), maxCPEs)]...) {
		text = strings.ToLower(text[:min(len(text), maxCPE)])
		if strings.Trim(text, "0123456789.") == "" {
			continue
		}
		if slices.ContainsFunc(distributionWords, func(w string) bool { return strings.Contains(text, w) }) || distributionForm.MatchString(text) {
			return true
		}
	}
	return false
}

// fingerprint is the same for services that run the same.
func fingerprint(s inventory.Service) string {
	exposure, _ := inventory.ExposureOf(s)
	return strings.Join([]string{s.Product, s.Version, s.ExtraInfo, string(exposure), strings.Join(s.CPEs, " ")}, "\x00")
}

const maxCPEs = 50 // of one service

func newSoftware(s inventory.Service) *software {
	sw := &software{text: strings.TrimSpace(s.Product + " " + s.Version)}
	sw.packaged = distributed(s)
	seen := map[name]bool{}
	add := func(n name, v version) {
		if n.product != "" && !seen[n] {
			seen[n] = true
			sw.programs = append(sw.programs, program{n, v})
			sw.keys = append(sw.keys, productKey+n.product)
		}
	}
	for _, text := range s.CPEs[:min(len(s.CPEs), maxCPEs)] {
		c, ok := parseCPE(text)
		if !ok || c.system && generic[c.name.product] { // a port scan only guesses those
			continue
		}
		v := versionOf(c.name, c.version)
		if c.version == "" && !c.system && len(sw.programs) == 0 {
			v = versionOf(c.name, s.Version)
		}
		add(c.name, v)
	}
	if n, ok := fromText("", s.Product); ok && s.Product != "" {
		if n.product == "mysql" && strings.Contains(strings.ToLower(s.Version), "mariadb") { // which speaks the same
			n = name{"mariadb", "mariadb"}
		}
		add(n, versionOf(n, s.Version))
	}
	if check, ok := inventory.ExposureOf(s); ok {
		sw.exposure = check
		sw.keys = append(sw.keys, checkKey+string(check))
	}
	return sw
}

// notVersions are what a port scan gives as version, and is none: of every
// Samba since then the same, and of Tomcat that of its connector.
var notVersions = map[name]string{{"samba", "samba"}: "4.6.2", {"apache", "tomcat"}: "1.1"}

func versionOf(n name, text string) version {
	if text != "" && notVersions[n] == text {
		return parseVersion("")
	}
	return parseVersion(text)
}

// A Place is where a service is.
type Place struct {
	Org       inventory.OrganizationID
	Asset     inventory.AssetID
	Addr      netip.Addr
	Port      uint16
	Transport inventory.Transport
}

// String reads "192.0.2.7 6379/tcp", as Match.Service wants it.
func (p Place) String() string { return fmt.Sprintf("%s %d/%s", p.Addr, p.Port, p.Transport) }

func placeOf(r exchange.Running) Place {
	return Place{Org: r.Org, Asset: r.Asset, Addr: r.Addr.Unmap(), Port: r.Port, Transport: r.Transport}
}

func placeOfWeak(w exchange.Weak) Place {
	return Place{Org: w.Org, Asset: w.Asset, Addr: w.Addr.Unmap(), Port: w.Port, Transport: w.Proto}
}
