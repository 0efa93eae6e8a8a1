package nuclei

import (
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Template is an approved check, as the catalogue pins it.
type Template struct {
	ID       inventory.CheckID
	SHA256   string // lower-case hexadecimal, of Body
	Body     []byte
	Protocol string // http, tcp, ssl or dns
	// Ports and Services say which services the template is for: those that
	// nmap gave one of the names, and those without a name on one of the ports.
	// A tcp template is for its ports whatever their name.
	Ports    []uint16
	Services []string
}

// names tells whether the template names a service.
func (t Template) names(s inventory.Service) bool {
	switch s.Name {
	case "", "unknown", "tcpwrapped":
		return slices.Contains(t.Ports, s.Port)
	}
	return slices.ContainsFunc(t.Services, func(name string) bool { return strings.EqualFold(name, s.Name) })
}

// A Source knows which templates may run.
type Source interface {
	// Approved returns the templates with one of the tags, all of them when
	// there are no tags, in a stable order.
	Approved(tags []string) ([]Template, error)
}

// Protocols that templates may use.
const (
	protocolHTTP = "http"
	protocolTCP  = "tcp"
	protocolSSL  = "ssl"
	protocolDNS  = "dns"
)
