package resolve

import (
	"context"
	"fmt"
	"strings"

	"github.com/miekg/dns"

	"github.com/ciiscan/ciiscan/inventory"
)

// LookupTXT returns the TXT records of a name in ASCII, each as one text. The
// errors are Lookup's; ErrNoAddress is not among them: a name may have none.
func (r *Resolver) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if _, ok := dns.IsDomainName(name); !ok || name == "" {
		return nil, &inventory.InputError{Field: "name", Value: name, Message: "not a host name"}
	}
	servers, err := r.list()
	if err != nil {
		return nil, err
	}
	reply, server, err := r.ask(ctx, servers, dns.CanonicalName(name), dns.TypeTXT)
	if err != nil {
		return nil, err
	}
	if reply.Rcode == dns.RcodeNameError {
		return nil, fmt.Errorf("%w (%s)", ErrNoSuchName, server)
	}
	_, end, _ := read(reply, dns.CanonicalName(name), maxAliases)
	var out []string
	for _, rr := range reply.Answer {
		if t, ok := rr.(*dns.TXT); ok && dns.CanonicalName(t.Hdr.Name) == end {
			out = append(out, strings.Join(t.Txt, ""))
		}
	}
	return out, nil
}
