package inventory

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// DiscoveryID names something seen beside the register ("D-5").
type DiscoveryID string

// A Discovery is a name or an address that was seen on an organisation's
// assets and is nobody's in the register. It is never scanned: a claim makes it
// an asset, which still needs permission.
type Discovery struct {
	ID        DiscoveryID
	Org       OrganizationID
	OrgName   string
	Address   Address
	How       DiscoveryWay
	SeenOn    AssetID
	Quote     string // cleaned
	FirstSeen time.Time
	LastSeen  time.Time
	State     DiscoveryState
	DecidedBy string
	DecidedAt *time.Time
	Reason    string  // of a rejection
	Asset     AssetID // that the claim made
}

// DiscoveryWay is where something was seen.
type DiscoveryWay string

// Ways of discovery.
const (
	InCertificate DiscoveryWay = "certificate" // an asset's certificate names it
	InRedirect    DiscoveryWay = "redirect"    // an asset leads browsers to it
)

// DiscoveryState is what became of a discovery.
type DiscoveryState string

// States of discoveries.
const (
	DiscoveryOpen     DiscoveryState = "open"
	DiscoveryClaimed  DiscoveryState = "claimed"
	DiscoveryRejected DiscoveryState = "rejected"
)

// maxDiscovered is how much one observation may bring: certificates of
// hosting providers name hundreds of strangers.
const maxDiscovered = 25

// Discover lists what an observation names besides the asset itself. All of it
// comes from bytes that strangers chose.
func Discover(o Observation, check Check) []Discovery {
	d := discoverer{at: o.At.UTC(), on: o.Asset, seen: map[string]bool{}}
	if o.Service != nil && o.Service.Certificate != nil {
		for _, name := range o.Service.Certificate.Names {
			d.add(name, InCertificate, name)
		}
	}
	if o.Match == nil {
		return d.found
	}
	if check.Protocol == "ssl" {
		d.certificate(o)
	}
	if check.Protocol == "http" && o.Evidence != nil {
		d.redirect(o.Evidence.Response)
	}
	return d.found
}

type discoverer struct {
	at    time.Time
	on    AssetID
	seen  map[string]bool
	found []Discovery
}

func (d *discoverer) certificate(o Observation) {
	var cert struct {
		CN    string   `json:"subject_cn"`
		Names []string `json:"subject_an"`
	}
	if o.Evidence != nil {
		_ = json.Unmarshal(o.Evidence.Response, &cert) // cut or not JSON: there is nothing to learn
	}
	names := append([]string{cert.CN}, cert.Names...)
	for _, name := range append(names, o.Match.Extracted...) {
		d.add(name, InCertificate, name)
	}
}

// redirect looks for a Location among the head lines of an HTTP answer.
func (d *discoverer) redirect(response []byte) {
	for line := range bytes.Lines(response) {
		text := strings.TrimSpace(string(line))
		if text == "" {
			return
		}
		name, to, ok := strings.Cut(text, ":")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "location") {
			continue
		}
		if u, err := url.Parse(strings.TrimSpace(to)); err == nil && u.Host != "" {
			d.add(u.Hostname(), InRedirect, text)
		}
	}
}

// add keeps a name or a public address once.
func (d *discoverer) add(text string, how DiscoveryWay, quote string) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "*.")
	a, err := ParseAddress(text)
	if err != nil || a.Kind() == KindCIDR || a.Kind() == KindURL || d.seen[a.String()] || len(d.found) >= maxDiscovered {
		return
	}
	if p, ok := a.Prefix(); ok && checkReservedPrefix(p, nil) != nil {
		return
	}
	d.seen[a.String()] = true
	d.found = append(d.found, Discovery{
		Address: a, How: how, SeenOn: d.on, Quote: CleanText(quote, 300), FirstSeen: d.at, LastSeen: d.at, State: DiscoveryOpen,
	})
}
