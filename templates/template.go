package templates

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Template is one check and the bytes that tell nuclei how to run it.
type Template struct {
	Check    inventory.Check
	Protocol Protocol
	// Ports are where the service usually listens: they decide where no
	// name is known, and name a port for the fixtures.
	Ports []uint16
	// Services are nmap's names of the services that the template speaks to.
	Services []string
	File     string // slash-separated, below the catalogue's root
	Body     []byte // must not be changed
	SHA256   string // lower-case hexadecimal, of Body
	Approved bool   // a reviewer said that it may run
}

// Protocol is what a template speaks; it is also the folder it lives in.
type Protocol string

// Protocols.
const (
	HTTP Protocol = "http"
	TCP  Protocol = "tcp"
	SSL  Protocol = "ssl"
	DNS  Protocol = "dns"
)

// Protocols lists them all.
func Protocols() []Protocol { return []Protocol{HTTP, TCP, SSL, DNS} }

// Fits tells whether the template has anything to ask of a service. A service
// that nmap named is judged by its name, one without a name by its port. A
// DNS template fits no service: it asks about names, not ports.
func (t Template) Fits(s inventory.Service) bool {
	if s.Transport != inventory.TCP {
		return false
	}
	switch {
	case t.Protocol == DNS:
		return false
	case t.Protocol == HTTP && s.HTTP(), t.Protocol == SSL && s.TLS:
		return true
	case unnamed(s.Name):
		return slices.Contains(t.Ports, s.Port)
	}
	return slices.Contains(t.Services, s.Name)
}

// unnamed tells whether nmap's name says nothing about the service.
func unnamed(name string) bool {
	return name == "" || name == "unknown" || name == "tcpwrapped"
}

// HasTag tells whether the template carries one of the tags.
func (t Template) HasTag(tags ...string) bool {
	return slices.ContainsFunc(tags, func(tag string) bool {
		return slices.Contains(t.Check.Tags, tag)
	})
}

// digest returns the lower-case hexadecimal SHA-256 of body.
func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
