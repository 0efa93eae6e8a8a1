package importer

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

func asIs(_ string, r io.Reader) (io.Reader, error) { return r, nil }

// readNmap reads the hosts of nmap's XML, and of other scanners' that write
// the same. It goes through the file by elements and keeps of each host only
// what names it: what scripts said can be long.
func (f file) readNmap(d *xml.Decoder, t *table) error {
	t.fix(Nmap)
	r := nmapReader{table: t, seen: map[string]bool{}}
	path := []string{"nmaprun"}
	for len(path) > 0 {
		token, err := d.Token()
		if err != nil {
			return f.brokenXML(d, err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if path = append(path, x.Name.Local); len(path) > maxDepth {
				return f.unreadable(fmt.Sprintf("its elements are nested more than %d deep", maxDepth), "make the file anew, with nmap -oX")
			}
			line, _ := d.InputPos()
			r.open(strings.Join(path[1:], "/"), attributes(x), line)
		case xml.EndElement:
			ended := strings.Join(path[1:], "/")
			path = path[:len(path)-1]
			if ended == "host" {
				if err := r.close(); err != nil {
					return err
				}
			}
		}
	}
	if err := f.nothingFollows(d); err != nil {
		return err
	}
	r.notes()
	if t.empty() {
		return f.unreadable("no host in it was up", "hosts that did not answer are not taken: if they are yours, write their addresses into a list")
	}
	return nil
}

// nothingFollows refuses what stands behind the end of the scan: somebody put
// files together, and the rest would go unread.
func (f file) nothingFollows(d *xml.Decoder) error {
	for {
		token, err := d.Token()
		switch _, more := token.(xml.StartElement); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return f.brokenXML(d, err)
		case more:
			return f.unreadable("something follows the end of the scan", "bring one file at a time")
		}
	}
}

// attributes are those of an element by name.
func attributes(x xml.StartElement) map[string]string {
	out := make(map[string]string, len(x.Attr))
	for _, a := range x.Attr {
		out[a.Name.Local] = a.Value
	}
	return out
}

// A nmapHost is what names a host, and whether it is there.
type nmapHost struct {
	line      int // of the file
	state     string
	assumed   bool // up because nmap was told so (-Pn)
	answered  bool // a port did
	addresses []string
	name      string
	given     bool // the name is what nmap was told to scan
}

// A nmapReader collects hosts.
type nmapReader struct {
	table *table
	host  nmapHost
	seen  map[string]bool // hosts by all their addresses

	down, silent, again, local int
}

// open takes an element in, by where it stands below the root.
func (r *nmapReader) open(path string, at map[string]string, line int) {
	h := &r.host
	switch path {
	case "host":
		*h = nmapHost{line: line}
	case "host/status":
		h.state, h.assumed = at["state"], at["reason"] == "user-set"
	case "host/address":
		if kind := at["addrtype"]; kind != "mac" && at["addr"] != "" {
			h.addresses = append(h.addresses, at["addr"])
		}
	case "host/hostnames/hostname":
		if given := at["type"] == "user"; at["name"] != "" && (h.name == "" || given && !h.given) {
			h.name, h.given = at["name"], given
		}
	case "host/ports/port/state", "host/ports/extraports":
		h.answered = h.answered || at["state"] == "open" || at["state"] == "closed" || at["state"] == "unfiltered"
	case "runstats/hosts": // those that were down are listed only when asked for
		if n, err := strconv.Atoi(at["down"]); err == nil && n > r.down {
			r.down = n
		}
	}
}

// close decides about the host that ends.
func (r *nmapReader) close() error {
	h := r.host
	switch {
	case h.state != "up" && h.state != "": // some scanners list only what is up, and say no state
		r.down++
		return nil
	case h.assumed && !h.answered:
		r.silent++
		return nil
	}
	global := slices.DeleteFunc(slices.Clone(h.addresses), isLinkLocal)
	if len(global) > 0 && len(global) < len(h.addresses) {
		r.local += len(h.addresses) - len(global)
		h.addresses = global
	}
	key := strings.Join(h.addresses, " ")
	if r.seen[key] && key != "" {
		r.again++
		return nil
	}
	r.seen[key] = true
	return r.table.put(fmt.Sprintf("line %d", h.line), h.addresses, h.name, "")
}

// isLinkLocal tells whether an address means something on one wire only.
func isLinkLocal(text string) bool {
	a, err := netip.ParseAddr(text)
	return err == nil && a.IsLinkLocalUnicast()
}

func (r *nmapReader) notes() {
	t := r.table
	t.note(len(t.lines)-1, "hosts taken from the scan: %d; nothing is scanned by importing them")
	t.note(r.down, "hosts left out, as they were down: %d")
	t.note(r.silent, "hosts left out, as nothing answered and nmap was told to take them for up (-Pn): %d")
	t.note(r.again, "hosts that are in the file more than once, taken once: %d")
	t.note(r.local, "addresses left out, as they are link-local and their host has another: %d")
}
