package importer

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
)

// A bom is what of a CycloneDX document can name a host.
type bom struct {
	Format     string      `json:"bomFormat"`
	SPDX       string      `json:"spdxVersion"`
	Metadata   bomMetadata `json:"metadata"`
	Components []component `json:"components"`
	Services   []service   `json:"services"`
}

type bomMetadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string      `json:"type"`
	Name       string      `json:"name"`
	Properties []property  `json:"properties"`
	Components []component `json:"components"`
}

type service struct {
	Name       string     `json:"name"`
	Endpoints  []string   `json:"endpoints"`
	Properties []property `json:"properties"`
	Services   []service  `json:"services"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// running are the types of components that have an address of their own;
// libraries and files have none, whatever somebody notes about them.
var running = []string{"device", "platform", "operating-system", "container", "application", "firmware"}

// Names of properties that hold an address, or a host name, after the last
// separator in lower case and without - and _. The standard names none.
var (
	addressProperties = []string{"ip", "ips", "ipv4", "ipv6", "ipaddr", "ipaddress", "ipaddresses", "ipv4address", "ipv6address", "address"}
	hostProperties    = []string{"host", "hostname", "fqdn", "dnsname"}
)

// readCycloneDX reads the hosts of a bill of materials in JSON: what devices
// and other things that run say of their addresses, and where services are.
func (f file) readCycloneDX(text string, t *table) error {
	const other = "of JSON, only CycloneDX is understood"
	if begin(text) == '[' {
		return f.unreadable("it is a JSON list", other)
	}
	var doc bom
	d := json.NewDecoder(strings.NewReader(strings.TrimLeft(text, "\ufeff")))
	if err := d.Decode(&doc); err != nil {
		return f.brokenJSON(text, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return f.unreadable("something follows the JSON document", "bring one document at a time")
	}
	switch {
	case doc.SPDX != "":
		return f.unreadable("it is SPDX, which says of software and not of hosts", "bring a CycloneDX document with services, or a list of addresses")
	case doc.Format != "CycloneDX":
		return f.unreadable("it is JSON, but not CycloneDX", other)
	}
	t.fix(CycloneDX)
	r := bomReader{table: t, seen: map[string]bool{}}
	err := cmp.Or(
		r.components("metadata.component", []component{doc.Metadata.Component}, 0),
		r.components("components", doc.Components, 0),
		r.services("services", doc.Services, 0),
	)
	if err != nil {
		return err
	}
	r.notes()
	if t.empty() {
		return f.unreadable("nothing in it names a host", "services need endpoints, and devices a property such as ip or hostname; software alone is no asset")
	}
	return nil
}

// brokenJSON says where JSON breaks off.
func (f file) brokenJSON(text string, err error) error {
	line := func(offset int64) int { return 1 + strings.Count(text[:min(max(int(offset), 0), len(text))], "\n") }
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return f.unreadable(fmt.Sprintf("it breaks off in line %d", line(int64(len(text)))), "the file was not copied to its end: copy or export it again")
	}
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return f.unreadable(fmt.Sprintf("line %d: %s", line(wrong.Offset), cleanLine(wrong.Error())), "export it again")
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return f.unreadable(fmt.Sprintf("line %d: %s is %s, which CycloneDX does not have there", line(wrong.Offset), cleanLine(wrong.Field), wrong.Value), "export it again")
	}
	return f.unreadable(cleanLine(err.Error()), "export it again")
}

// A bomReader collects hosts.
type bomReader struct {
	table *table
	seen  map[string]bool // addresses and names that have been taken

	nameless, unplaced, pathless, again int
}

func (r *bomReader) components(path string, all []component, depth int) error {
	if depth > maxDepth {
		return r.tooDeep()
	}
	for i, c := range all {
		at := path
		if depth > 0 || path == "components" {
			at = fmt.Sprintf("%s[%d]", path, i)
		}
		addresses, hosts := said(c.Properties)
		if c.Name == "" && c.Type == "" {
			// There is no metadata.component.
		} else if len(addresses)+len(hosts) == 0 || !slices.Contains(running, c.Type) {
			r.nameless++
		} else if err := r.put(at, addresses, hosts, c.Name); err != nil {
			return err
		}
		if err := r.components(at+".components", c.Components, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (r *bomReader) services(path string, all []service, depth int) error {
	if depth > maxDepth {
		return r.tooDeep()
	}
	for i, s := range all {
		at := fmt.Sprintf("%s[%d]", path, i)
		places, hosts := said(s.Properties)
		for _, e := range s.Endpoints {
			if host := hostOf(e); host != "" {
				places = append(places, host)
			} else {
				r.pathless++
			}
		}
		if len(places)+len(hosts) == 0 {
			r.unplaced++
		} else if err := r.put(at, places, hosts, s.Name); err != nil {
			return err
		}
		if err := r.services(at+".services", s.Services, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (r *bomReader) tooDeep() error {
	return r.table.file.unreadable(fmt.Sprintf("its elements are nested more than %d deep", maxDepth), "export it again")
}

// put takes an element for what it says first of a host. That many services
// are on one host is no mistake.
func (r *bomReader) put(element string, addresses, hosts []string, name string) error {
	fresh := func(all []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(text string) bool {
			key := strings.ToLower(text)
			known := r.seen[key]
			r.seen[key] = true
			return known
		})
	}
	if len(addresses) > 0 {
		addresses = fresh(addresses)
	} else {
		addresses = fresh(hosts)
		hosts = nil
	}
	if len(addresses) == 0 {
		r.again++
		return nil
	}
	return r.table.put(element, addresses, strings.Join(hosts, " "), name)
}

// said finds the addresses and host names among properties.
func said(all []property) (addresses, hosts []string) {
	for _, p := range all {
		if strings.HasPrefix(p.Name, "cdx:") { // the standard's own speak of parts on boards
			continue
		}
		name := p.Name[strings.LastIndexAny(p.Name, ":./ ")+1:]
		name = strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
		values := strings.FieldsFunc(p.Value, func(c rune) bool { return strings.ContainsRune(" ,;\t\r\n", c) })
		switch {
		case slices.Contains(addressProperties, name):
			addresses = append(addresses, values...)
		case slices.Contains(hostProperties, name):
			hosts = append(hosts, values...)
		}
	}
	return addresses, hosts
}

// hostOf finds the host in what a service calls its endpoint: "" when it names
// none, as a path does, and the text itself when it is no URL, so that the
// mistake is told.
func hostOf(endpoint string) string {
	endpoint = strings.TrimSpace(endpoint)
	if !strings.Contains(endpoint, "://") {
		if strings.HasPrefix(endpoint, "//") {
			return hostOf("any:" + endpoint)
		}
		host, _, _ := strings.Cut(endpoint, "/")
		if before, _, err := net.SplitHostPort(host); err == nil {
			return before
		}
		return strings.Trim(host, ".")
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return strings.Join(strings.Fields(endpoint), "%20")
	}
	return u.Hostname()
}

func (r *bomReader) notes() {
	t := r.table
	t.note(len(t.lines)-1, "elements that name a host: %d; nothing is scanned by importing them")
	t.note(r.nameless, "components left out, as they name no address or are nothing that runs: %d")
	t.note(r.unplaced, "services left out, as they name no host: %d")
	t.note(r.pathless, "endpoints left out, as they are paths without a host: %d")
	t.note(r.again, "elements left out, as their hosts are in the file already: %d")
}
