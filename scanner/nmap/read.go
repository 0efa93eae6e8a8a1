package nmap

import (
	"encoding/xml"
	"fmt"
	"net/netip"
	"strings"

	"github.com/Ullaakut/nmap/v3"

	"github.com/ciiscan/ciiscan/inventory"
)

// output is one nmap run, by address.
type output struct{ hosts map[netip.Addr]hostOutput }

type hostOutput struct {
	up       bool
	timedOut bool
	ports    []nmap.Port
	rest     []rest
}

// rest is the ports that nmap sums up instead of listing them. The library
// does not read their numbers, so we do.
type rest struct {
	State   string `xml:"state,attr"`
	Reasons []struct {
		Proto string `xml:"proto,attr"`
		Ports string `xml:"ports,attr"`
	} `xml:"extrareasons"`
}

// sums is the part of nmap's XML that the library leaves out.
type sums struct {
	Hosts []struct {
		Addresses []struct {
			Addr string `xml:"addr,attr"`
			Type string `xml:"addrtype,attr"`
		} `xml:"address"`
		Rest []rest `xml:"ports>extraports"`
	} `xml:"host"`
}

// read joins what the library read with what it left out of the same XML.
func read(run *nmap.Run, doc []byte) (output, error) {
	var extra sums
	if err := xml.Unmarshal(doc, &extra); err != nil {
		return output{}, fmt.Errorf("read nmap's output: %w", err)
	}
	out := output{hosts: map[netip.Addr]hostOutput{}}
	for _, h := range run.Hosts {
		for _, a := range h.Addresses {
			if addr, err := netip.ParseAddr(a.Addr); err == nil && a.AddrType != "mac" {
				out.hosts[addr.Unmap()] = hostOutput{up: h.Status.State == "up", timedOut: h.TimedOut, ports: h.Ports}
			}
		}
	}
	for _, h := range extra.Hosts {
		for _, a := range h.Addresses {
			addr, err := netip.ParseAddr(a.Addr)
			if err != nil {
				continue
			}
			if have, ok := out.hosts[addr.Unmap()]; ok {
				have.rest = h.Rest
				out.hosts[addr.Unmap()] = have
			}
		}
	}
	return out, nil
}

// sort parts the asked ports by what each answered. A port of which nmap says
// nothing counts as filtered: nothing is known of it.
func (h hostOutput) sort(t inventory.Transport, asked inventory.PortSet) (open, closed, filtered inventory.PortSet) {
	state := map[uint16]string{}
	for _, r := range h.rest {
		for _, reason := range r.Reasons {
			if reason.Proto != string(t) {
				continue
			}
			ports, err := inventory.ParsePortSet(reason.Ports)
			if err != nil {
				continue
			}
			for p := range ports.All() {
				state[p] = r.State
			}
		}
	}
	for _, p := range h.ports {
		if p.Protocol == string(t) {
			state[p.ID] = p.State.State
		}
	}
	for p := range asked.All() {
		switch state[p] {
		case "open":
			open.Add(p)
		case "closed":
			closed.Add(p)
		default: // filtered, open|filtered, closed|filtered, unfiltered, nothing
			filtered.Add(p)
		}
	}
	return open, closed, filtered
}

// overTLS are nmap's names, by port number alone, for services inside TLS.
var overTLS = map[string]string{
	"https": "http", "https-alt": "http", "ldaps": "ldap", "imaps": "imap", "pop3s": "pop3",
	"smtps": "smtp", "ftps": "ftp", "telnets": "telnet", "secure-mqtt": "mqtt", "ircs": "irc",
}

// service reads what nmap says of an open port.
func service(p nmap.Port) inventory.Service {
	n := p.Service
	s := inventory.Service{
		Port: p.ID, Transport: inventory.Transport(p.Protocol), Name: word(n.Name), TLS: n.Tunnel == "ssl",
		Product: inventory.CleanText(n.Product, 200), Version: inventory.CleanText(n.Version, 100),
		ExtraInfo: inventory.CleanText(n.ExtraInfo, 200),
	}
	if inner, ok := overTLS[s.Name]; ok {
		s.Name, s.TLS = inner, true
	}
	if s.Name == "tcpwrapped" || s.Name == "unknown" {
		s.Name = ""
	}
	for _, c := range n.CPEs {
		s.CPEs = append(s.CPEs, inventory.CleanText(string(c), 200))
	}
	for _, script := range p.Scripts {
		s.Banner += inventory.CleanText(script.ID+": "+strings.TrimSpace(script.Output), 500) + "\n"
	}
	s.Banner = inventory.CleanText(strings.TrimSpace(s.Banner), 1024)
	return s
}

// word cleans a service's name, which some probes copy from the host.
func word(s string) string { return inventory.CleanText(strings.ToLower(s), 60) }
