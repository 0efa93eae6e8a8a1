package resolve

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"

	"github.com/ciiscan/ciiscan/inventory"
)

// Why a name has no address. The first two are answers, the third is the lack
// of one and also inventory.ErrUnavailable.
var (
	ErrNoSuchName  = errors.New("no such name")
	ErrNoAddress   = errors.New("the name exists but has no address")
	ErrUnreachable = fmt.Errorf("no resolver answered: %w", inventory.ErrUnavailable)
)

const (
	// maxAliases bounds a chain of CNAME records.
	maxAliases = 8
	// udpSize is the largest answer that crosses the net unfragmented; longer
	// ones are asked for again over TCP (DNS Flag Day 2020).
	udpSize = 1232
	// systemFile names the system's resolvers.
	systemFile = "/etc/resolv.conf"
)

// A Resolver asks a fixed list of recursive resolvers, and nobody else.
type Resolver struct {
	servers []netip.AddrPort
	timeout time.Duration
}

// New returns a resolver that asks the given servers in order; without any,
// those of the system's configuration, read anew for every name. The timeout
// is for one question to one server.
func New(resolvers []netip.AddrPort, timeout time.Duration) *Resolver {
	return &Resolver{servers: slices.Clone(resolvers), timeout: timeout}
}

// Lookup returns the IPv4 and IPv6 addresses of a name in ASCII, sorted, each
// once. When only one family could be asked, its addresses are the answer. An
// error is ErrNoSuchName, ErrNoAddress or ErrUnreachable, says which resolver
// said so, and does not repeat the name.
func (r *Resolver) Lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	if _, ok := dns.IsDomainName(name); !ok || name == "" {
		return nil, &inventory.InputError{Field: "name", Value: name, Message: "not a host name"}
	}
	servers, err := r.list()
	if err != nil {
		return nil, err
	}
	type answer struct {
		addrs []netip.Addr
		err   error
	}
	types := []uint16{dns.TypeA, dns.TypeAAAA}
	answers := make([]chan answer, len(types))
	for i, t := range types {
		c := make(chan answer, 1)
		answers[i] = c
		go func() {
			addrs, err := r.follow(ctx, servers, dns.CanonicalName(name), t)
			c <- answer{addrs, err}
		}()
	}
	var addrs []netip.Addr
	var errs []error
	for _, c := range answers {
		a := <-c
		addrs = append(addrs, a.addrs...)
		errs = append(errs, a.err)
	}
	if len(addrs) == 0 {
		return nil, worst(errs)
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return slices.Compact(addrs), nil
}

// worst picks what to say of a name without addresses: what is not known
// before what is, because "no address" must be true of both families.
func worst(errs []error) error {
	for _, kind := range []error{ErrUnreachable, ErrNoAddress, ErrNoSuchName} {
		for _, err := range errs {
			if errors.Is(err, kind) {
				return err
			}
		}
	}
	return errors.Join(errs...)
}

// list returns the servers to ask.
func (r *Resolver) list() ([]netip.AddrPort, error) {
	if len(r.servers) > 0 {
		return r.servers, nil
	}
	conf, err := dns.ClientConfigFromFile(systemFile)
	if err != nil {
		return nil, fmt.Errorf("%w (read %s: %w)", ErrUnreachable, systemFile, err)
	}
	var out []netip.AddrPort
	for _, s := range conf.Servers {
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, netip.AddrPortFrom(a, 53))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w (%s names none)", ErrUnreachable, systemFile)
	}
	return out, nil
}

// follow asks for one type of address, going on where an answer ends in an
// alias without its addresses.
func (r *Resolver) follow(ctx context.Context, servers []netip.AddrPort, name string, qtype uint16) ([]netip.Addr, error) {
	left := maxAliases
	for {
		reply, server, err := r.ask(ctx, servers, name, qtype)
		if err != nil {
			return nil, err
		}
		addrs, end, steps := read(reply, name, left)
		left -= steps
		switch {
		case left < 0:
			return nil, fmt.Errorf("%w: more than %d aliases (%s)", ErrNoAddress, maxAliases, server)
		case len(addrs) > 0:
			return addrs, nil
		case reply.Rcode == dns.RcodeNameError:
			return nil, fmt.Errorf("%w (%s)", ErrNoSuchName, server)
		case end == name:
			return nil, fmt.Errorf("%w (%s)", ErrNoAddress, server)
		}
		name = end
	}
}

// read walks an answer from name along its aliases, at most one more than the
// given number, and returns the addresses at the end. Records that do not
// belong to the chain are ignored.
func read(reply *dns.Msg, name string, aliases int) (addrs []netip.Addr, end string, steps int) {
	alias := map[string]string{}
	for _, rr := range reply.Answer {
		if c, ok := rr.(*dns.CNAME); ok {
			alias[dns.CanonicalName(c.Hdr.Name)] = dns.CanonicalName(c.Target)
		}
	}
	end = name
	for next, ok := alias[end]; ok && steps <= aliases; next, ok = alias[end] {
		end = next
		steps++
	}
	for _, rr := range reply.Answer {
		if dns.CanonicalName(rr.Header().Name) != end {
			continue
		}
		var raw []byte
		switch rr := rr.(type) {
		case *dns.A:
			raw = rr.A
		case *dns.AAAA:
			raw = rr.AAAA
		}
		if addr, ok := netip.AddrFromSlice(raw); ok {
			addrs = append(addrs, addr.Unmap())
		}
	}
	return addrs, end, steps
}

// ask puts one question to the servers in turn, until one gives an answer.
func (r *Resolver) ask(ctx context.Context, servers []netip.AddrPort, name string, qtype uint16) (*dns.Msg, netip.AddrPort, error) {
	q := new(dns.Msg)
	q.SetQuestion(name, qtype)
	q.SetEdns0(udpSize, false)
	var failures []error
	for _, server := range servers {
		reply, err := r.exchange(ctx, q, server)
		if err == nil {
			return reply, server, nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", server, err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, netip.AddrPort{}, fmt.Errorf("%w (%w)", ErrUnreachable, errors.Join(failures...))
}

// exchange asks one server: over UDP, and again over TCP when the answer did
// not fit. Only "yes" and "no such name" are answers.
func (r *Resolver) exchange(ctx context.Context, q *dns.Msg, server netip.AddrPort) (*dns.Msg, error) {
	for _, network := range []string{"udp", "tcp"} {
		c := dns.Client{Net: network, Timeout: r.timeout, UDPSize: udpSize}
		reply, _, err := c.ExchangeContext(ctx, q, server.String())
		if err != nil {
			return nil, err
		}
		if reply.Truncated && network == "udp" {
			continue
		}
		if len(reply.Question) != 1 || dns.CanonicalName(reply.Question[0].Name) != q.Question[0].Name || reply.Question[0].Qtype != q.Question[0].Qtype {
			return nil, errors.New("the answer is to another question")
		}
		if reply.Rcode != dns.RcodeSuccess && reply.Rcode != dns.RcodeNameError {
			return nil, fmt.Errorf("answered %s", dns.RcodeToString[reply.Rcode])
		}
		return reply, nil
	}
	return nil, errors.New("the answer is truncated over TCP too")
}
