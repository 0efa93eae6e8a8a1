package fakes

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// A Zone is a domain for which the lab's name server answers.
type Zone struct {
	Name    string
	Records []string // as in a zone file, with full names
	// Rebinding names answer with an address inside the scope at first and
	// then with one outside it, as in an attack on a scanner that asks twice.
	Rebinding []Rebinding
}

// A Rebinding is one such name.
type Rebinding struct {
	Name        string
	First, Then netip.Addr
}

// How a rebinding name keeps time: the first answer holds for a moment, so
// that one lookup with its retries is one lookup; after quiet it starts anew.
const (
	rebindAfter = time.Second
	rebindReset = 8 * time.Second
)

// A NameServer answers for the lab's zones, over UDP and TCP, and says that
// no other name exists.
type NameServer struct {
	servers []*dns.Server
	wg      sync.WaitGroup
	now     func() time.Time

	records map[string][]dns.RR // by lower-case name

	mu     sync.Mutex
	rebind map[string]*rebindState
}

type rebindState struct {
	Rebinding
	since, last time.Time
}

// NewNameServer reads the zones.
func NewNameServer(zones []Zone, now func() time.Time) (*NameServer, error) {
	s := &NameServer{now: now, records: map[string][]dns.RR{}, rebind: map[string]*rebindState{}}
	for _, z := range zones {
		for _, line := range append(z.Records, fmt.Sprintf("%s 60 IN SOA ns.%s hostmaster.%s 1 3600 600 86400 60",
			dns.Fqdn(z.Name), dns.Fqdn(z.Name), dns.Fqdn(z.Name))) {
			rr, err := dns.NewRR(line)
			if err != nil {
				return nil, fmt.Errorf("read record %q: %w", line, err)
			}
			name := dns.CanonicalName(rr.Header().Name)
			s.records[name] = append(s.records[name], rr)
		}
		for _, r := range z.Rebinding {
			s.rebind[dns.CanonicalName(r.Name)] = &rebindState{Rebinding: r}
		}
	}
	return s, nil
}

// Start listens on both transports.
func (s *NameServer) Start(at netip.AddrPort) error {
	packets, err := net.ListenPacket("udp", at.String())
	if err != nil {
		return fmt.Errorf("start name server: %w", err)
	}
	listener, err := net.Listen("tcp", at.String())
	if err != nil {
		return fmt.Errorf("start name server: %w", errors.Join(err, packets.Close()))
	}
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) { _ = w.WriteMsg(s.answer(q)) })
	s.servers = []*dns.Server{{PacketConn: packets, Handler: handler}, {Listener: listener, Handler: handler}}
	for _, server := range s.servers {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		s.wg.Go(func() { _ = server.ActivateAndServe() })
		<-started
	}
	return nil
}

// Close stops answering.
func (s *NameServer) Close() error {
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Shutdown())
	}
	s.wg.Wait()
	return errors.Join(errs...)
}

func (s *NameServer) answer(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	m.Authoritative = true
	m.RecursionAvailable = true // so that stub resolvers are content
	if len(q.Question) != 1 {
		m.Rcode = dns.RcodeFormatError
		return m
	}
	ask := q.Question[0]
	name := dns.CanonicalName(ask.Name)
	if addr, ok := s.rebound(name); ok {
		if ask.Qtype == dns.TypeA && addr.Is4() {
			m.Answer = append(m.Answer, &dns.A{Hdr: dns.RR_Header{Name: ask.Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: addr.AsSlice()})
		}
		return m
	}
	all, ok := s.records[name]
	if !ok && !s.hasBelow(name) {
		m.Rcode = dns.RcodeNameError
		return m
	}
	for _, rr := range all {
		if rr.Header().Rrtype == ask.Qtype || rr.Header().Rrtype == dns.TypeCNAME {
			m.Answer = append(m.Answer, rr)
		}
	}
	return m
}

// rebound says what a rebinding name answers now. Only address lookups reach
// it in a way that matters: time runs for all of them alike.
func (s *NameServer) rebound(name string) (netip.Addr, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rebind[name]
	if !ok {
		return netip.Addr{}, false
	}
	now := s.now()
	if now.Sub(r.last) > rebindReset {
		r.since = now
	}
	r.last = now
	if now.Sub(r.since) <= rebindAfter {
		return r.First, true
	}
	return r.Then, true
}

// hasBelow tells whether a name exists only because names below it do.
func (s *NameServer) hasBelow(name string) bool {
	for have := range s.records {
		if strings.HasSuffix(have, "."+name) {
			return true
		}
	}
	return false
}
