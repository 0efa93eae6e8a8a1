package resolve

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/ciiscan/ciiscan/inventory"
)

// zone answers from records; names without any do not exist, and "broken."
// makes the server fail.
func zone(t *testing.T, records ...string) netip.AddrPort {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var rrs []dns.RR
	for _, s := range records {
		rr, err := dns.NewRR(s)
		if err != nil {
			t.Fatal(err)
		}
		rrs = append(rrs, rr)
	}
	server := &dns.Server{PacketConn: pc, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		m.Rcode = dns.RcodeNameError
		for _, rr := range rrs {
			if rr.Header().Name != q.Question[0].Name {
				continue
			}
			m.Rcode = dns.RcodeSuccess
			if k := rr.Header().Rrtype; k == q.Question[0].Qtype || k == dns.TypeCNAME {
				m.Answer = append(m.Answer, rr)
			}
		}
		if q.Question[0].Name == "broken." {
			m.Rcode = dns.RcodeServerFailure
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { _ = server.Shutdown() })
	return netip.MustParseAddrPort(pc.LocalAddr().String())
}

func TestLookup(t *testing.T) {
	server := zone(t,
		"a.example. 60 A 192.0.2.2", "a.example. 60 A 192.0.2.1", "a.example. 60 AAAA 2001:db8::1",
		"alias.example. 60 CNAME a.example.", "loop1.example. 60 CNAME loop2.example.", "loop2.example. 60 CNAME loop1.example.",
		"mail.example. 60 MX 10 a.example.")
	dead := netip.MustParseAddrPort("127.0.0.1:1")
	for _, c := range []struct {
		name, ask string
		servers   []netip.AddrPort
		want      string
		err       error
	}{
		{"both families, sorted", "a.example", []netip.AddrPort{server}, "192.0.2.1 192.0.2.2 2001:db8::1", nil},
		{"along an alias", "alias.example", []netip.AddrPort{server}, "192.0.2.1 192.0.2.2 2001:db8::1", nil},
		{"the second server when the first is dead", "a.example", []netip.AddrPort{dead, server}, "192.0.2.1 192.0.2.2 2001:db8::1", nil},
		{"no such name", "gone.example", []netip.AddrPort{server}, "", ErrNoSuchName},
		{"a name that only takes mail", "mail.example", []netip.AddrPort{server}, "", ErrNoAddress},
		{"a server in trouble is not a missing name", "broken", []netip.AddrPort{server}, "", inventory.ErrUnavailable},
		{"nobody answers", "a.example", []netip.AddrPort{dead}, "", inventory.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := New(c.servers, time.Second).Lookup(t.Context(), c.ask)
			if !errors.Is(err, c.err) {
				t.Fatalf("Lookup(%q) = %v, want %v", c.ask, err, c.err)
			}
			text := ""
			for i, a := range got {
				if i > 0 {
					text += " "
				}
				text += a.String()
			}
			if text != c.want {
				t.Errorf("Lookup(%q) = %s, want %s", c.ask, text, c.want)
			}
		})
	}
	if got, err := New([]netip.AddrPort{server}, time.Second).Lookup(t.Context(), "loop1.example"); err == nil {
		t.Errorf("a loop of aliases resolved to %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := New([]netip.AddrPort{server}, time.Second).Lookup(ctx, "a.example"); err == nil {
		t.Errorf("after its context ended, Lookup = %v", got)
	}
}
