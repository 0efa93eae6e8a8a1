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
		if a == open && acceptsAll && saidName(h.seen[endpoint{uint16(p), t}]) == "" {
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
	for _, t := range []inventory.Transport{inventory.TCP, inventory.UDP} {
		for _, port := range h.open(t) {
			e := endpoint{port, t}
			x := h.seen[e]
			if acceptsAll && saidName(x) == "" {
				continue
			}
			s := h.service(e, x, byNumber)
			s.Unasked = !byNumber && !h.asked[e]
			out = append(out, inventory.Observation{
				Asset: s.Asset, Addr: s.Addr, Port: s.Port, Transport: s.Transport,
				At: at, Service: &s, Evidence: &inventory.Evidence{Response: proof(x, e, s)},
			})
		}
	}
	return out
}

// saidName is the name by which the service itself made nmap, or us, know it;
// "" when it did not. A connection that is closed at once ("tcpwrapped") says
// nothing. nmap has no pattern for HTTP as such, only for servers that it
// knows by their replies, so we recognise the rest.
func saidName(x xmlPort) string {
	s := x.Service
	if s.Method == "probed" && s.Name != "tcpwrapped" && s.Name != "unknown" {
		return s.Name
	}
	for reply := range replies(s.Fingerprint) {
		if strings.HasPrefix(reply, "HTTP/1.") {
			return "http"
		}
	}
	return ""
}

// banner is what an unknown service said: to a request for a web page if it
// speaks HTTP, else at first.
func banner(x xmlPort) string {
	first := ""
	for reply, probe := range replies(x.Service.Fingerprint) {
		if probe == "GetRequest" && strings.HasPrefix(reply, "HTTP/1.") {
			return reply
		}
		if first == "" {
			first = reply
		}
	}
	return first
}

// service describes an open port. The name that a port usually carries is
// given only where nobody asked the service itself.
func (h *host) service(e endpoint, x xmlPort, byNumber bool) inventory.Service {
	s := inventory.Service{
		Asset: h.assets[0], Addr: h.addr, Port: e.port, Transport: e.transport,
		TLS:    x.Service.Tunnel == "ssl",
		Banner: strings.TrimSpace(inventory.CleanText(banner(x), maxBanner)), Certificate: certificate(x),
	}
	s.Name = clean(saidName(x))
	if s.Name == "" && byNumber && x.Service.Name != "unknown" {
		s.Name, s.Guessed = clean(x.Service.Name), true
	}
	if s.Name != "" {
		s.Product, s.Version, s.ExtraInfo = clean(x.Service.Product), clean(x.Service.Version), clean(x.Service.ExtraInfo)
		for _, cpe := range x.Service.CPEs[:min(len(x.Service.CPEs), maxCPEs)] {
			s.CPEs = append(s.CPEs, clean(cpe))
		}
	}
	return s
}

// certificate is what the service proves its identity with, if it was asked.
func certificate(x xmlPort) *inventory.Certificate {
	for _, script := range x.Scripts {
		for _, e := range script.Elems {
			if script.ID != "ssl-cert" || e.Key != "pem" {
				continue
			}
			if c, ok := inventory.ReadCertificate(e.Text); ok {
				return &c
			}
		}
	}
	return nil
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
	if text := banner(x); text != "" {
		fmt.Fprintf(&b, "it said:\n%s\n", text)
	}
	for _, script := range x.Scripts {
		fmt.Fprintf(&b, "%s:\n%s\n", script.ID, strings.TrimSpace(script.Output))
	}
	text := b.String()
	return []byte(text[:min(len(text), inventory.MaxEvidence)])
}
