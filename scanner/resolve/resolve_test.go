package resolve

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/ciiscan/ciiscan/inventory"
)

// zone is what the test's name server knows. Every name below is its own case.
var zone = map[string][]string{
	"both.example.":     {"both.example. A 192.0.2.9", "both.example. A 192.0.2.3", "both.example. AAAA 2001:db8::1"},
	"twice.example.":    {"twice.example. A 192.0.2.3", "twice.example. A 192.0.2.3"},
	"mail.example.":     {"mail.example. MX 10 both.example."},
	"alias.example.":    {"alias.example. CNAME both.example.", "both.example. A 192.0.2.9"},
	"far.example.":      {"far.example. CNAME both.example."}, // the rest must be asked for
	"round.example.":    {"round.example. CNAME trip.example."},
	"trip.example.":     {"trip.example. CNAME round.example."},
	"dangling.example.": {"dangling.example. CNAME gone.example."},
	"poison.example.":   {"poison.example. A 192.0.2.5", "bank.example. A 198.51.100.66"},
	"mapped.example.":   {"mapped.example. AAAA ::ffff:192.0.2.7"},
	"v6broken.example.": {"v6broken.example. A 192.0.2.8"},
	"proof.example.":    {`proof.example. TXT "ciiscan=" "abc"`, `proof.example. TXT "v=spf1 -all"`, `bank.example. TXT "forged"`},
	"big.example.":      nil, // see answer
}

func answer(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(q)
	name, qtype := q.Question[0].Name, q.Question[0].Qtype
	known, ok := zone[name]
	switch {
	case name == "servfail.example.", name == "v6broken.example." && qtype == dns.TypeAAAA:
		m.Rcode = dns.RcodeServerFailure
	case name == "silent.example.":
		return
	case name == "other.example.":
		m.Question[0].Name = "elsewhere.example."
	case name == "big.example.":
		if w.RemoteAddr().Network() == "udp" {
			m.Truncated = true
			break
		}
		for i := range 200 {
			known = append(known, name+" A 203.0.113."+strconv.Itoa(i+1))
		}
	case !ok:
		m.Rcode = dns.RcodeNameError
	}
	for _, line := range known {
		rr, err := dns.NewRR(line)
		if err != nil {
			panic(err) // the table above is wrong
		}
		if t := rr.Header().Rrtype; t == qtype || t == dns.TypeCNAME {
			m.Answer = append(m.Answer, rr)
		}
	}
	_ = w.WriteMsg(m) // the client's timeout tells
}

// serve starts a name server on UDP and TCP of one loopback port.
func serve(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	pc, err := net.ListenPacket("udp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*dns.Server{{Listener: l}, {PacketConn: pc}} {
		s.Handler = dns.HandlerFunc(answer)
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() { _ = s.ActivateAndServe() }() // ends with Shutdown
		<-started
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	return netip.MustParseAddrPort(l.Addr().String())
}

func TestLookup(t *testing.T) {
	r := New([]netip.AddrPort{serve(t)}, 300*time.Millisecond)
	tests := []struct {
		reason, name string
		want         string
		err          error
	}{
		{"both families, sorted", "both.example", "192.0.2.3 192.0.2.9 2001:db8::1", nil},
		{"case and the final dot do not matter", "BOTH.example.", "192.0.2.3 192.0.2.9 2001:db8::1", nil},
		{"each address once", "twice.example", "192.0.2.3", nil},
		{"no address", "mail.example", "", ErrNoAddress},
		{"no such name", "gone.example", "", ErrNoSuchName},
		{"an alias with its address", "alias.example", "192.0.2.9 2001:db8::1", nil},
		{"an alias without is followed", "far.example", "192.0.2.3 192.0.2.9 2001:db8::1", nil},
		{"an alias of itself ends", "round.example", "", ErrNoAddress},
		{"an alias of nothing", "dangling.example", "", ErrNoSuchName},
		{"records of other names are ignored", "poison.example", "192.0.2.5", nil},
		{"4-in-6 is IPv4", "mapped.example", "192.0.2.7", nil},
		{"one family broken", "v6broken.example", "192.0.2.8", nil},
		{"the server is at a loss", "servfail.example", "", ErrUnreachable},
		{"the server says nothing", "silent.example", "", ErrUnreachable},
		{"an answer to another question", "other.example", "", ErrUnreachable},
		{"not a name", "a..b", "", inventory.ErrInvalid},
		{"empty", "", "", inventory.ErrInvalid},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got, err := r.Lookup(t.Context(), test.name)
			if !errors.Is(err, test.err) {
				t.Fatalf("Lookup(%q) error = %v, want %v", test.name, err, test.err)
			}
			if diff := cmp.Diff(test.want, join(got)); diff != "" {
				t.Errorf("Lookup(%q) (-want +got):\n%s", test.name, diff)
			}
			if err != nil && test.name != "" && errors.Is(err, ErrNoSuchName) && strings.Contains(err.Error(), test.name) {
				t.Errorf("Lookup(%q) error %q repeats the name", test.name, err)
			}
		})
	}
}

func TestLookupTXT(t *testing.T) {
	r := New([]netip.AddrPort{serve(t)}, time.Second)
	got, err := r.LookupTXT(t.Context(), "PROOF.example")
	if diff := cmp.Diff([]string{"ciiscan=abc", "v=spf1 -all"}, got); diff != "" || err != nil {
		t.Errorf("LookupTXT = %v (-want +got):\n%s", err, diff)
	}
	if _, err := r.LookupTXT(t.Context(), "gone.example"); !errors.Is(err, ErrNoSuchName) {
		t.Errorf("LookupTXT of nothing = %v", err)
	}
	if _, err := r.LookupTXT(t.Context(), "servfail.example"); !errors.Is(err, inventory.ErrUnavailable) {
		t.Errorf("LookupTXT without an answer = %v, want unavailable", err)
	}
	if _, err := r.LookupTXT(t.Context(), ""); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("LookupTXT of no name = %v, want invalid", err)
	}
}

func TestLookupLongAnswer(t *testing.T) {
	got, err := New([]netip.AddrPort{serve(t)}, time.Second).Lookup(t.Context(), "big.example")
	if err != nil || len(got) != 200 {
		t.Errorf("Lookup gave %d addresses and %v, want 200: a truncated answer is asked again over TCP", len(got), err)
	}
}

func TestLookupGoesOnToTheNextServer(t *testing.T) {
	dead := netip.MustParseAddrPort("127.0.0.1:9") // nobody listens; refused at once
	got, err := New([]netip.AddrPort{dead, serve(t)}, time.Second).Lookup(t.Context(), "twice.example")
	if err != nil || join(got) != "192.0.2.3" {
		t.Errorf("Lookup = %v, %v; want 192.0.2.3 from the second server", got, err)
	}
	_, err = New([]netip.AddrPort{dead}, time.Second).Lookup(t.Context(), "twice.example")
	if !errors.Is(err, ErrUnreachable) || !errors.Is(err, inventory.ErrUnavailable) {
		t.Errorf("Lookup with a dead server = %v, want ErrUnreachable", err)
	}
}

func TestLookupStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := New([]netip.AddrPort{serve(t)}, 30*time.Second).Lookup(ctx, "silent.example")
	if took := time.Since(start); !errors.Is(err, ErrUnreachable) || took > 5*time.Second {
		t.Errorf("Lookup = %v after %s, want ErrUnreachable at once", err, took)
	}
}

func join(addrs []netip.Addr) string {
	var out []string
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return strings.Join(out, " ")
}
