package child

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/publicsuffix"
)

// serve answers DNS over TCP on a free loopback port, and returns the address
// as nuclei's resolver wants it.
func serve(h dns.HandlerFunc) (resolver string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a listener of this process, for this process
	if err != nil {
		return "", nil, fmt.Errorf("start name server: %w", err)
	}
	up := make(chan struct{})
	server := &dns.Server{Listener: l, Handler: h, NotifyStartedFunc: func() { close(up) }}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = server.ActivateAndServe() // ends by Shutdown, after which nobody asks any more
	}()
	<-up
	return "tcp:" + l.Addr().String(), func() { _ = server.Shutdown(); <-gone }, nil
}

// servePins serves the only truth a dialer gets: these names lead to addr, and
// there are no others.
func servePins(names []string, addr netip.Addr) (resolver string, stop func(), err error) {
	return serve(func(w dns.ResponseWriter, q *dns.Msg) {
		reply := new(dns.Msg).SetReply(q)
		defer func() { _ = w.WriteMsg(reply) }() // the asker sees a silent server
		if len(q.Question) != 1 || !slices.Contains(names, canonical(q.Question[0].Name)) {
			reply.Rcode = dns.RcodeNameError
			return
		}
		hdr := dns.RR_Header{Name: q.Question[0].Name, Class: dns.ClassINET, Ttl: 60}
		switch {
		case addr.Is4() && q.Question[0].Qtype == dns.TypeA:
			hdr.Rrtype = dns.TypeA
			reply.Answer = []dns.RR{&dns.A{Hdr: hdr, A: addr.AsSlice()}}
		case addr.Is6() && q.Question[0].Qtype == dns.TypeAAAA:
			hdr.Rrtype = dns.TypeAAAA
			reply.Answer = []dns.RR{&dns.AAAA{Hdr: hdr, AAAA: addr.AsSlice()}}
		}
	})
}

func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// A forwarder is the name server for dns templates. It serves the whole life
// of the process, because nuclei keeps the first resolver it is given, and
// passes on what concerns the present job.
type forwarder struct {
	resolver string
	close    func()

	mu       sync.Mutex
	domains  []string // registrable domains of the job's names
	upstream []string
	answers  map[dns.Question]*dns.Msg
	sent     int64
}

func newForwarder() (*forwarder, error) {
	f := &forwarder{}
	var err error
	f.resolver, f.close, err = serve(f.serve)
	return f, err
}

// begin forgets the job before.
func (f *forwarder) begin(names, upstream []string) {
	var domains []string
	for _, name := range names {
		domain, err := publicsuffix.EffectiveTLDPlusOne(name)
		if err != nil { // a public suffix itself, or a name without dots
			domain = name
		}
		domains = append(domains, domain)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.domains, f.upstream, f.answers, f.sent = domains, upstream, map[dns.Question]*dns.Msg{}, 0
}

func (f *forwarder) requests() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sent
}

func (f *forwarder) serve(w dns.ResponseWriter, q *dns.Msg) {
	reply := f.answer(q)
	_ = w.WriteMsg(reply) // the asker sees a silent server
}

// answer asks the resolvers, once for each question in a job: nuclei repeats
// questions that were answered with "no such name".
func (f *forwarder) answer(q *dns.Msg) *dns.Msg {
	refused := new(dns.Msg).SetRcode(q, dns.RcodeRefused)
	if len(q.Question) != 1 {
		return refused
	}
	question := q.Question[0]
	name := canonical(question.Name)
	switch question.Qtype {
	case dns.TypeAXFR, dns.TypeIXFR, dns.TypeANY:
		return refused
	}
	f.mu.Lock()
	known, upstream := f.answers[question], f.upstream
	within := slices.ContainsFunc(f.domains, func(d string) bool { return name == d || strings.HasSuffix(name, "."+d) })
	f.mu.Unlock()
	if !within {
		return refused
	}
	if known == nil {
		known = f.ask(q, upstream)
	}
	reply := known.Copy()
	reply.Id = q.Id
	return reply
}

// upstreamTimeout is how long one resolver may take.
const upstreamTimeout = 3 * time.Second

func (f *forwarder) ask(q *dns.Msg, upstream []string) *dns.Msg {
	answer := new(dns.Msg).SetRcode(q, dns.RcodeServerFailure)
	for _, resolver := range upstream {
		reply, _, err := (&dns.Client{Timeout: upstreamTimeout}).Exchange(q, resolver)
		if err == nil && reply.Truncated {
			reply, _, err = (&dns.Client{Net: "tcp", Timeout: upstreamTimeout}).Exchange(q, resolver)
		}
		f.mu.Lock()
		f.sent++
		f.mu.Unlock()
		if err == nil && (reply.Rcode == dns.RcodeSuccess || reply.Rcode == dns.RcodeNameError) {
			answer = reply
			break
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[q.Question[0]] = answer
	return answer
}
