package nmap

import (
	"fmt"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// The longest texts kept of what a service says of itself, in bytes.
const (
	maxBanner = 1 << 10
	maxField  = 200
	maxCPEs   = 8
)

// coverage tells what is known of the host's ports on one transport.
func (h *host) coverage(t inventory.Transport) inventory.PortCoverage {
	c := inventory.PortCoverage{Asset: h.assets[0], Addr: h.addr, Transport: t}
	sets := map[answer]*inventory.PortSet{open: &c.Open, closed: &c.Closed, filtered: &c.Filtered}
	known := h.answers(t)
	acceptsAll := h.acceptsAll()
	at := func(p int) answer {
		a := known[p]
		if a == open && acceptsAll && !identified(h.seen[endpoint{uint16(p), t}]) {
			return filtered
		}
		return a
	}
	for p := 0; p < len(known); {
		a, first := at(p), p
		for p < len(known) && at(p) == a {
			p++
		}
		if a != notAsked {
			sets[a].AddRange(uint16(first), uint16(p-1))
		}
	}
	return c
}

// observations lists the open ports with what is known of their services.
func (h *host) observations(profile scanner.Profile, at time.Time) []inventory.Observation {
	var out []inventory.Observation
	acceptsAll := h.acceptsAll()
	byNumber := profile.Serial || !profile.Versions
	for _, e := range h.open() {
		x := h.seen[e]
		if acceptsAll && !identified(x) {
			continue
		}
		s := h.service(e, x, byNumber)
		out = append(out, inventory.Observation{
			Asset: s.Asset, Addr: s.Addr, Port: s.Port, Transport: s.Transport,
			At: at, Service: &s, Evidence: &inventory.Evidence{Response: proof(x, e, s)},
		})
	}
	return out
}

// identified tells whether the service itself said what it is. A connection
// that is closed at once ("tcpwrapped") says nothing.
func identified(x xmlPort) bool {
	return x.Service.Method == "probed" && x.Service.Name != "tcpwrapped" && x.Service.Name != "unknown"
}

// service describes an open port. The name that a port usually carries is
// given only where nobody asked the service itself.
func (h *host) service(e endpoint, x xmlPort, byNumber bool) inventory.Service {
	s := inventory.Service{
		Asset: h.assets[0], Addr: h.addr, Port: e.port, Transport: e.transport,
		TLS:    x.Service.Tunnel == "ssl",
		Banner: inventory.CleanText(strings.TrimSpace(firstReplyIn(x.Service.Fingerprint)), maxBanner),
	}
	if identified(x) || byNumber && x.Service.Name != "unknown" {
		s.Name = clean(x.Service.Name)
		s.Product, s.Version, s.ExtraInfo = clean(x.Service.Product), clean(x.Service.Version), clean(x.Service.ExtraInfo)
		for _, cpe := range x.Service.CPEs[:min(len(x.Service.CPEs), maxCPEs)] {
			s.CPEs = append(s.CPEs, clean(cpe))
		}
	}
	return s
}

func clean(s string) string {
	return inventory.CleanText(strings.Join(strings.Fields(s), " "), maxField)
}

// proof is the evidence for an open port: why nmap holds it open, what it made
// of the service, and what the service and the scripts said, as they said it.
// It holds no time, so that the same answer twice is the same evidence.
func proof(x xmlPort, e endpoint, s inventory.Service) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%d/%s open (%s)\n", e.port, e.transport, x.State.Reason)
	if s.Name != "" || s.TLS {
		parts := []string{s.Name, s.Product, s.Version, s.ExtraInfo}
		if s.TLS {
			parts = append(parts, "over TLS")
		}
		parts = strings.Fields(strings.Join(parts, " "))
		fmt.Fprintf(&b, "service: %s\n", strings.Join(parts, " "))
	}
	if banner := firstReplyIn(x.Service.Fingerprint); banner != "" {
		fmt.Fprintf(&b, "it said:\n%s\n", banner)
	}
	for _, script := range x.Scripts {
		fmt.Fprintf(&b, "%s:\n%s\n", script.ID, strings.TrimSpace(script.Output))
	}
	text := b.String()
	return []byte(text[:min(len(text), inventory.MaxEvidence)])
}

// firstReplyIn takes the first thing that a service said out of nmap's
// fingerprint of it: SF-Port7-TCP:…%r(NULL,5,"hi\x20\r\n")%r(…);
// There is one only for services that nmap did not recognise.
func firstReplyIn(fingerprint string) string {
	_, rest, ok := strings.Cut(fingerprint, "%r(")
	if !ok {
		return ""
	}
	_, rest, ok = strings.Cut(rest, `,"`)
	if !ok {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(rest) && rest[i] != '"' && b.Len() < inventory.MaxEvidence; i++ {
		if rest[i] != '\\' || i+1 == len(rest) {
			b.WriteByte(rest[i])
			continue
		}
		i++
		switch rest[i] {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case '0':
			b.WriteByte(0)
		case 'x':
			if n, ok := hexByte(rest[i+1:]); ok {
				b.WriteByte(n)
				i += 2
			}
		default:
			b.WriteByte(rest[i]) // punctuation, escaped for nmap's patterns
		}
	}
	return b.String()
}

func hexByte(s string) (byte, bool) {
	if len(s) < 2 {
		return 0, false
	}
	var n byte
	for _, c := range []byte(s[:2]) {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | (c - '0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | (c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			n = n<<4 | (c - 'A' + 10)
		default:
			return 0, false
		}
	}
	return n, true
}
