// Package resolve finds the addresses of host names, from named resolvers
// only, so that a scan's targets do not depend on a machine's search domains,
// hosts file or cache.
package resolve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/ciiscan/ciiscan/inventory"
)

// The answers that are not addresses.
var (
	ErrNoSuchName = errors.New("no such name")
	ErrNoAddress  = errors.New("the name has no address")
)

// maxAliases bounds a chain of CNAME records.
const maxAliases = 8

// A Resolver asks its servers in turn.
type Resolver struct {
	servers []netip.AddrPort
	timeout time.Duration // for one question to one server
}

// New returns a resolver of the given servers; none means those of
// /etc/resolv.conf, read with every question.
func New(servers []netip.AddrPort, timeout time.Duration) *Resolver {
	return &Resolver{servers: servers, timeout: timeout}
}

// Lookup returns the IPv4 and IPv6 addresses of an ASCII host name, sorted and
// once each. The error is ErrNoSuchName, ErrNoAddress, or wraps
// inventory.ErrUnavailable when no server gave an answer.
func (r *Resolver) Lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	var addrs []netip.Addr
	var missing int
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		found, err := r.follow(ctx, dns.Fqdn(name), kind)
		switch {
		case errors.Is(err, ErrNoSuchName):
			missing++
		case err != nil:
			return nil, fmt.Errorf("resolve %s: %w", name, err)
		}
		addrs = append(addrs, found...)
	}
	switch {
	case len(addrs) > 0:
		slices.SortFunc(addrs, netip.Addr.Compare)
		return slices.Compact(addrs), nil
	case missing > 0:
		return nil, ErrNoSuchName
	}
	return nil, ErrNoAddress
}

// follow asks for one record type and goes along aliases that the server left
// for us to follow.
func (r *Resolver) follow(ctx context.Context, name string, kind uint16) ([]netip.Addr, error) {
	for range maxAliases {
		answer, err := r.ask(ctx, name, kind)
		if err != nil {
			return nil, err
		}
		addrs, end := read(answer.Answer, name, kind)
		if len(addrs) > 0 || end == name {
			return addrs, nil
		}
		name = end
	}
	return nil, fmt.Errorf("more than %d aliases", maxAliases)
}

// read walks the aliases inside one answer and returns the addresses at their
// end, or the name at which the answer stops.
func read(records []dns.RR, name string, kind uint16) ([]netip.Addr, string) {
	for range maxAliases {
		next := ""
		var addrs []netip.Addr
		for _, rr := range records {
			if !strings.EqualFold(rr.Header().Name, name) {
				continue
			}
			switch v := rr.(type) {
			case *dns.A:
				addrs = appendAddr(addrs, v.A, kind == dns.TypeA)
			case *dns.AAAA:
				addrs = appendAddr(addrs, v.AAAA, kind == dns.TypeAAAA)
			case *dns.CNAME:
				next = v.Target
			}
		}
		if len(addrs) > 0 || next == "" {
			return addrs, name
		}
		name = next
	}
	return nil, name
}

func appendAddr(addrs []netip.Addr, ip net.IP, wanted bool) []netip.Addr {
	if a, ok := netip.AddrFromSlice(ip); ok && wanted {
		return append(addrs, a.Unmap())
	}
	return addrs
}

// ask puts one question to the servers in turn until one answers it.
func (r *Resolver) ask(ctx context.Context, name string, kind uint16) (*dns.Msg, error) {
	servers, err := r.list()
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, server := range servers {
		answer, err := r.exchange(ctx, name, kind, server)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", server, err))
			continue
		}
		switch answer.Rcode {
		case dns.RcodeSuccess:
			return answer, nil
		case dns.RcodeNameError:
			return nil, ErrNoSuchName
		}
		errs = append(errs, fmt.Errorf("%s: answered %s", server, dns.RcodeToString[answer.Rcode]))
	}
	return nil, fmt.Errorf("%w: no resolver answered: %w", inventory.ErrUnavailable, errors.Join(errs...))
}

// exchange asks over UDP, and again over TCP when the answer did not fit.
func (r *Resolver) exchange(ctx context.Context, name string, kind uint16, server string) (*dns.Msg, error) {
	question := new(dns.Msg).SetQuestion(name, kind)
	question.SetEdns0(1232, false)
	for _, network := range []string{"udp", "tcp"} {
		client := &dns.Client{Net: network, Timeout: r.timeout}
		answer, _, err := client.ExchangeContext(ctx, question, server)
		if err != nil {
			return nil, err
		}
		if !answer.Truncated {
			return answer, nil
		}
	}
	return nil, errors.New("the answer is too long even for TCP")
}

func (r *Resolver) list() ([]string, error) {
	if len(r.servers) > 0 {
		out := make([]string, len(r.servers))
		for i, s := range r.servers {
			out[i] = s.String()
		}
		return out, nil
	}
	conf, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		return nil, fmt.Errorf("%w: read /etc/resolv.conf: %w", inventory.ErrUnavailable, err)
	}
	var out []string
	for _, s := range conf.Servers {
		out = append(out, net.JoinHostPort(s, conf.Port))
	}
	return out, nil
}
