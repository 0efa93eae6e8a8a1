package nuclei

import "github.com/ciiscan/ciiscan/inventory"

// A Template is an approved check, as the catalogue pins it.
type Template struct {
	ID       inventory.CheckID
	SHA256   string // lower-case hexadecimal, of Body
	Body     []byte
	Protocol string // http, tcp, ssl or dns
	// Ports and Services say which services a tcp template is for: those on
	// one of the ports, and those that nmap gave one of the names.
	Ports    []uint16
	Services []string
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
