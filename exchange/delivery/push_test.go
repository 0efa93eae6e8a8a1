package delivery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/taxii"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
)

const (
	inbox = "22222222-2222-4222-8222-222222222222"
	shelf = "11111111-1111-4111-8111-111111111111"
)

func objects() []string {
	object := func(kind string, n int) string {
		return fmt.Sprintf(`{"type":%q,"spec_version":"2.1","modified":"2026-11-22T10:00:00.000Z","id":"%s--00000000-0000-4000-8000-%012d","created":"2026-11-22T09:00:00.000Z","name":"a & <b> ü"}`, kind, kind, n)
	}
	return []string{object("report", 1), object("vulnerability", 2), object("note", 3)}
}

func bundle() string {
	return `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000009","objects":[` + strings.Join(objects(), ",\n ") + `]}`
}

// A library is what stands behind the peer's TAXII server.
type library struct {
	collections []exchange.TAXIICollection
	posts       []exchange.TAXIIPost
	asked       int    // how often for a status
	pending     bool   // decides only when it is asked
	refuses     string // why it does not want the last object of a post
}

func (l *library) TAXIICollections(context.Context, exchange.Caller) ([]exchange.TAXIICollection, error) {
	return l.collections, nil
}

func (l *library) TAXIIObjects(context.Context, exchange.Caller, exchange.TAXIIQuery) (exchange.TAXIIPage, error) {
	return exchange.TAXIIPage{}, errors.New("nobody reads here")
}

func (l *library) TAXIIReceive(_ context.Context, _ exchange.Caller, p exchange.TAXIIPost) (exchange.TAXIIStatus, error) {
	l.posts = append(l.posts, p)
	if !l.pending {
		return l.TAXIIStatus(context.Background(), exchange.Caller{}, "")
	}
	s := l.begin()
	s.Pendings = items(p.Objects)
	return s, nil
}

func (l *library) TAXIIStatus(context.Context, exchange.Caller, string) (exchange.TAXIIStatus, error) {
	l.asked++
	s := l.begin()
	s.Complete, s.Successes = true, items(l.posts[len(l.posts)-1].Objects)
	if last := len(s.Successes) - 1; l.refuses != "" {
		s.Failures = s.Successes[last:]
		s.Failures[0].Message = l.refuses
		s.Successes = s.Successes[:last]
	}
	return s, nil
}

func (l *library) begin() exchange.TAXIIStatus {
	return exchange.TAXIIStatus{ID: "99999999-9999-4999-8999-999999999999", RequestedAt: time.Now()}
}

func items(all []exchange.TAXIIObject) []exchange.TAXIIStatusItem {
	var out []exchange.TAXIIStatusItem
	for _, o := range all {
		out = append(out, exchange.TAXIIStatusItem{ID: o.ID, Version: o.Modified})
	}
	return out
}

func (l *library) KeepReceipt(context.Context, exchange.Receipt) error { return nil }

// arrived are the objects of all posts, byte for byte.
func (l *library) arrived() []string {
	var out []string
	for _, p := range l.posts {
		for _, o := range p.Objects {
			out = append(out, string(o.Raw))
		}
	}
	return out
}

func newLibrary() *library {
	return &library{collections: []exchange.TAXIICollection{
		{ID: shelf, Title: "For A", CanRead: true, CanWrite: true}, // others may read it, too
		{ID: inbox, Title: "From A", CanWrite: true},
	}}
}

// open starts the peer's server at an address, and makes the courier know it.
func (l *library) open(t *testing.T, c *Courier, r *register, address string) *httptest.Server {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewUnstartedServer(taxii.Handler(l, taxii.Options{
		Title: "Peer", Now: time.Now, Key: []byte("cursor key"),
		Identify: func(r *http.Request) (exchange.Caller, error) {
			if user, key, _ := r.BasicAuth(); user != "cert-a" || key != "their key" {
				return exchange.Caller{}, inventory.ErrForbidden
			}
			return exchange.Caller{Team: "TEAM-A", Credential: "key:a"}, nil
		},
	}))
	ts.Listener.Close()
	ts.Listener = listener
	ts.StartTLS()
	t.Cleanup(ts.Close)
	r.sources = []exchange.Source{
		{ID: "SRC-1", Channel: exchange.ChannelCSAF, URL: "https://nowhere.example/"},
		{ID: "SRC-2", Channel: exchange.ChannelTAXII, URL: ts.URL + "/taxii2/", User: "cert-a", APIKey: "their key"},
	}
	c.Dial = func(src exchange.Source) (taxii.HTTP, error) {
		if src.ID != "SRC-2" {
			return nil, errors.New("not a TAXII server")
		}
		return ts.Client(), nil
	}
	return ts
}

func TestPush(t *testing.T) {
	for name, place := range map[string]string{"from the server's address": "", "from that of the collection that we read": "root/collections/" + shelf + "/"} {
		t.Run(name, func(t *testing.T) {
			c, b, r := newCourier(t, exchange.ChannelPush)
			l := newLibrary()
			l.open(t, c, r, "127.0.0.1:0")
			if place != "" {
				found, err := (&taxii.Client{HTTP: must(c.Dial(r.sources[1]))(t), User: "cert-a", Key: "their key"}).Find(t.Context(), r.sources[1].URL)
				if err != nil {
					t.Fatal(err)
				}
				r.sources[1].URL = found[0].URL
			}
			for range 2 {
				if err := c.Deliver(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(objects(), l.arrived()); diff != "" {
				t.Errorf("arrived (-want +got):\n%s", diff)
			}
			if len(l.posts) != 1 || l.posts[0].Collection != inbox {
				t.Errorf("%d posts, the first into %s", len(l.posts), l.posts[0].Collection)
			}
			if len(b.delivered) != 1 || !strings.HasPrefix(b.delivered[0], "3 objects into https://") || b.failed != nil {
				t.Errorf("delivered %q, failed %v", b.delivered, b.failed)
			}
		})
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestPushToAPeerThatIsDown(t *testing.T) {
	c, b, r := newCourier(t, exchange.ChannelPush)
	l := newLibrary()
	ts := l.open(t, c, r, "127.0.0.1:0")
	address := ts.Listener.Addr().String()
	ts.Close()
	err := c.Deliver(t.Context(), 1)
	if err == nil || len(b.failed) != 1 || !errors.Is(err, b.failed[0]) || !strings.Contains(err.Error(), "deliver REL-1 to TEAM-B by push") {
		t.Fatalf("Deliver = %v, noted %v", err, b.failed)
	}
	if errors.Is(err, errNoInbox) {
		t.Errorf("a peer that is down has an inbox all the same: %v", err)
	}
	l.open(t, c, r, address)
	for range 2 {
		if err := c.Deliver(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.delivered) != 1 || len(b.failed) != 1 || len(l.posts) != 1 {
		t.Errorf("delivered %q, failed %v, %d posts", b.delivered, b.failed, len(l.posts))
	}
}

func TestPushFails(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*library, *register)
		want   string
	}{
		{"refused at once", func(l *library, _ *register) { l.refuses = "over\x1b[2J quota" }, "1 of 3 objects were refused, the first (note--00000000-0000-4000-8000-000000000003) because: over[2J quota"},
		{"refused later", func(l *library, _ *register) { l.refuses, l.pending = "over quota", true }, "1 of 3 objects were refused"},
		{"a shelf that others read", func(l *library, _ *register) { l.collections = l.collections[:1] }, "no TAXII inbox"},
		{"no server", func(_ *library, r *register) { r.sources = r.sources[:1] }, "no TAXII inbox"},
		{"a wrong key", func(_ *library, r *register) { r.sources[1].APIKey = "wrong" }, "401"},
		{"no STIX", func(_ *library, r *register) { r.release.Files = r.release.Files[:1] }, "not written as STIX"},
		{"a referral", func(_ *library, r *register) { r.release.Referral = true }, "law-enforcement contact alone"},
		{"the release of another team", func(_ *library, r *register) { r.release.Team = "TEAM-C" }, "for another team"},
	} {
		t.Run(c.name, func(t *testing.T) {
			courier, b, r := newCourier(t, exchange.ChannelPush)
			l := newLibrary()
			l.open(t, courier, r, "127.0.0.1:0")
			c.change(l, r)
			err := courier.Deliver(t.Context(), 1)
			if err == nil || !strings.Contains(err.Error(), c.want) || len(b.failed) != 1 || len(b.delivered) != 0 {
				t.Errorf("Deliver = %v, want %q; failed %v, delivered %q", err, c.want, b.failed, b.delivered)
			}
			if l.refuses == "" && len(l.posts) != 0 {
				t.Error("something was sent all the same")
			}
		})
	}
}

// A server that takes its time has decided by the time that we note it.
func TestPushWaitsForTheServer(t *testing.T) {
	c, b, r := newCourier(t, exchange.ChannelPush)
	l := newLibrary()
	l.pending = true
	l.open(t, c, r, "127.0.0.1:0")
	if err := c.Deliver(t.Context(), 1); err != nil || len(b.delivered) != 1 || l.asked != 1 {
		t.Errorf("Deliver = %v, delivered %q, asked %d times", err, b.delivered, l.asked)
	}
}

func TestAnswerByPush(t *testing.T) {
	c, _, r := newCourier(t, exchange.ChannelPush)
	l := newLibrary()
	ts := l.open(t, c, r, "127.0.0.1:0")
	in, a := received(), answer()
	channel, err := c.Answer(t.Context(), in, a)
	if err != nil || channel != exchange.ChannelPush {
		t.Fatalf("Answer = %s, %v", channel, err)
	}
	want, err := c.EncodeAnswer(in, a)
	if err != nil {
		t.Fatal(err)
	}
	var sent []string
	for _, o := range want {
		sent = append(sent, string(o))
	}
	if diff := cmp.Diff(sent, l.arrived()); diff != "" || len(sent) == 0 {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
	if all := strings.Join(l.arrived(), ""); !strings.Contains(all, "PEER-2026-1") || !strings.Contains(all, `"sighting"`) {
		t.Errorf("the answer does not say what it answers: %s", all)
	}

	// That the inbox is down is no reason to choose another way.
	box, server := newMailbox(t)
	c.Post = server
	ts.Close()
	if channel, err := c.Answer(t.Context(), in, a); err == nil || channel != "" || len(box.letters) != 0 {
		t.Errorf("Answer = %s, %v, and %d mails", channel, err, len(box.letters))
	}
}

func received() exchange.Inbound {
	return exchange.Inbound{
		ID: "IN-7", Team: "TEAM-B", ReceivedAt: time.Now().Add(-time.Hour),
		Document: exchange.Document{TrackingID: "PEER-2026-1", Namespace: "https://peer.example", Version: "2", TLP: "amber", Title: "Open redis"},
	}
}

func answer() exchange.Answer {
	return exchange.Answer{
		Inbound: "IN-7", Team: "TEAM-B", At: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), State: exchange.ReceiptAccepted,
		Counts: map[exchange.Verdict]int{exchange.VerdictAffected: 4}, Usefulness: 5,
	}
}
