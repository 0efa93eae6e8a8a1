package nmap

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strconv"
)

// A report is what this package reads of nmap's XML (docs/nmap.dtd in nmap's
// sources). The library's own types lack the ports of extrareasons, without
// which two kinds of silent ports cannot be told apart.
type report struct {
	Hosts    []xmlHost
	Skipped  []netip.Addr // no route to them
	Finished bool         // nmap came to its own end
	Error    string       // why that end was not a good one
}

type xmlHost struct {
	TimedOut  bool     `xml:"timedout,attr"`
	Status    xmlState `xml:"status"`
	Addresses []struct {
		Addr string `xml:"addr,attr"`
		Type string `xml:"addrtype,attr"`
	} `xml:"address"`
	Ports *xmlPorts `xml:"ports"`
}

type xmlState struct {
	State  string `xml:"state,attr"`
	Reason string `xml:"reason,attr"`
}

type xmlPorts struct {
	Extra []xmlExtra `xml:"extraports"`
	Ports []xmlPort  `xml:"port"`
}

// xmlExtra sums up ports that are alike; Reasons name them from nmap 7.93 on.
type xmlExtra struct {
	State   string `xml:"state,attr"`
	Reasons []struct {
		Transport string `xml:"proto,attr"`
		Ports     string `xml:"ports,attr"`
	} `xml:"extrareasons"`
}

type xmlPort struct {
	Transport string     `xml:"protocol,attr"`
	ID        uint16     `xml:"portid,attr"`
	State     xmlState   `xml:"state"`
	Service   xmlService `xml:"service"`
	Scripts   []struct {
		ID     string `xml:"id,attr"`
		Output string `xml:"output,attr"`
		Elems  []struct {
			Key  string `xml:"key,attr"`
			Text string `xml:",chardata"`
		} `xml:"elem"`
	} `xml:"script"`
}

type xmlService struct {
	Name        string   `xml:"name,attr"`
	Product     string   `xml:"product,attr"`
	Version     string   `xml:"version,attr"`
	ExtraInfo   string   `xml:"extrainfo,attr"`
	Tunnel      string   `xml:"tunnel,attr"`
	Method      string   `xml:"method,attr"` // "probed", or "table": a guess by number
	Fingerprint string   `xml:"servicefp,attr"`
	CPEs        []string `xml:"cpe"`
}

// addr is the host's IP address; invalid when it has none.
func (h xmlHost) addr() netip.Addr {
	for _, a := range h.Addresses {
		if a.Type == "ipv4" || a.Type == "ipv6" {
			if addr, err := netip.ParseAddr(a.Addr); err == nil {
				return addr.Unmap()
			}
		}
	}
	return netip.Addr{}
}

// parseReport reads as much of a report as is whole: of a cut one, the hosts
// that came before the cut.
func parseReport(doc []byte) (report, error) {
	var r report
	d := xml.NewDecoder(bytes.NewReader(legalXML(doc)))
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if err := r.element(d, start); err != nil {
			return r, fmt.Errorf("element %s: %w", start.Name.Local, err)
		}
	}
}

// element takes in one element; those below the root that do not matter are
// walked into and found empty of meaning.
func (r *report) element(d *xml.Decoder, start xml.StartElement) error {
	switch start.Name.Local {
	case "host":
		var h xmlHost
		if err := d.DecodeElement(&h, &start); err != nil {
			return err
		}
		r.Hosts = append(r.Hosts, h)
	case "target":
		if addr, err := netip.ParseAddr(attr(start, "specification")); err == nil && attr(start, "status") == "skipped" {
			r.Skipped = append(r.Skipped, addr.Unmap())
		}
	case "finished":
		r.Finished = true
		if attr(start, "exit") == "error" {
			r.Error = "it ended in error: " + attr(start, "errormsg")
		}
	}
	return nil
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

var charRef = regexp.MustCompile(`&#(x[0-9a-fA-F]{1,8}|[0-9]{1,9});`)

// legalXML replaces by "?" what XML 1.0 section 2.2 forbids and nmap may copy
// out of a banner: control characters, raw or by number. One hostile host
// must not make the report of its neighbours unreadable.
func legalXML(doc []byte) []byte {
	out := charRef.ReplaceAllFunc(doc, func(ref []byte) []byte {
		base, digits := 10, string(ref[2:len(ref)-1])
		if digits[0] == 'x' {
			base, digits = 16, digits[1:]
		}
		if n, err := strconv.ParseUint(digits, base, 32); err != nil || !legalRune(rune(n)) {
			return []byte("?")
		}
		return ref
	})
	return bytes.Map(func(r rune) rune {
		if !legalRune(r) {
			return '?'
		}
		return r
	}, out)
}

func legalRune(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < 0x20, r >= 0xD800 && r <= 0xDFFF, r == 0xFFFE, r == 0xFFFF, r > 0x10FFFF:
		return false
	}
	return true
}
