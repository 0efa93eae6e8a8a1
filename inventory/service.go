package inventory

import (
	"net/netip"
	"strings"
	"time"
)

// Transport is tcp or udp.
type Transport string

// Transports.
const (
	TCP Transport = "tcp"
	UDP Transport = "udp"
)

// A Service is what answered on a port, as nmap understood it.
type Service struct {
	Asset     AssetID
	Addr      netip.Addr
	Port      uint16
	Transport Transport
	Name      string // nmap's service name: "http", "modbus"; "" when unknown
	Guessed   bool   // Name is what the port usually carries: nobody asked the service
	Unasked   bool   // it should have been asked what it is, and was not, or not to the end
	Product   string
	Version   string
	ExtraInfo string
	CPEs      []string // CPE 2.3 or 2.2 URIs as given
	TLS       bool     // the service was reached through TLS
	Banner    string   // cleaned, at most 1 KiB
	// Certificate is what it showed to the scan that saw it. What it showed at
	// any time is a SeenCertificate.
	Certificate *Certificate
	FirstSeen   time.Time
	LastSeen    time.Time
}

// HTTP tells whether the service speaks HTTP, over TLS or not.
func (s Service) HTTP() bool { return strings.Contains(s.Name, "http") }

// A FormerService is one that is not there any more, or is another product
// now.
type FormerService struct {
	Service
	GoneAt time.Time // when a scan missed it first
}

// AssetFacts is what is known of an asset besides what people say of it.
type AssetFacts struct {
	Services []Service
	Former   []FormerService // the last gone first
	States   []AddressState
	Skipped  []Unscanned
	// Certificates are those shown now, the next to end first, then those gone,
	// the last first.
	Certificates []SeenCertificate
}

// A Deed is something that a person did to an asset.
type Deed struct {
	At      time.Time
	Actor   string
	What    string // "asset.move", or "import.new" by a file
	Reason  string // or the file's import
	Changes []ImportChange
}

// An Unscanned is why a scan left an asset, or a part of it, out.
type Unscanned struct {
	Scan   string
	At     time.Time
	What   string
	Reason string
}
