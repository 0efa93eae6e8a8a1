package desk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/delivery"
	"github.com/ciiscan/ciiscan/exchange/desk"
	"github.com/ciiscan/ciiscan/exchange/inbox"
	"github.com/ciiscan/ciiscan/exchange/match"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/pgp/pgptest"
	"github.com/ciiscan/ciiscan/exchange/taxii"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf"
	"github.com/ciiscan/ciiscan/reports/stix"
	"github.com/ciiscan/ciiscan/scanner"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// must ends the test on an error, and returns the value else.
func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// A world is our installation: a desk on a real store, and a peer who signs
// what it sends and has a TAXII inbox.
type world struct {
	*desk.Desk
	clock     *storetest.Clock
	st        *store.Store
	t         *testing.T
	url       string
	peer      peer
	agreement exchange.Agreement
	inbox     *mailbox
	starter   *starter
	told      []string // who was told of what
	mu        sync.Mutex
	steps     int // calls with an effect so far
	dies      int // at which of them the desk dies; 0 never
	after     bool
	logged    bytes.Buffer
}

var errKilled = errors.New("killed")

// step is called around everything that changes something. A dead desk
// changes nothing any more.
func (w *world) step(do func() error) error {
	w.mu.Lock()
	w.steps++
	dead, last := w.dies > 0 && w.steps >= w.dies, w.steps == w.dies
	w.mu.Unlock()
	if dead && (!last || !w.after) {
		return errKilled
	}
	err := do()
	if dead {
		return errKilled
	}
	return err
}

// Peers are CERTs with keys.
type peer struct {
	exchange.Team
	signer    *pgp.Signer
	publisher csaf.Publisher
}

const (
	luaCheck     inventory.CheckID = "redis-lua"     // for CVE-2022-0543
	secondCheck  inventory.CheckID = "redis-second"  // for CVE-2022-9999
	exposedCheck inventory.CheckID = "exposed-redis" // for no CVE
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: storetest.NewClock(start)}
	db := storetest.NewDB(t)
	w.url = db.URL
	w.st = storetest.Open(t, db.URL, store.Options{Now: w.clock.Now, Admit: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24")}})
	checks := []inventory.Check{
		{ID: luaCheck, Title: "Redis lets Lua out", Severity: inventory.SeverityHigh, Why: "It runs programs.", Fix: "Update.", Source: "template", Protocol: "tcp", CVEs: []string{"CVE-2022-0543"}},
		{ID: secondCheck, Title: "Redis, again", Severity: inventory.SeverityHigh, Why: "It runs programs.", Fix: "Update.", Source: "template", Protocol: "tcp", CVEs: []string{"CVE-2022-9999"}},
		{ID: exposedCheck, Title: "Redis is open", Severity: inventory.SeverityHigh, Why: "It is read.", Fix: "Close it.", Source: "template", Protocol: "tcp", CVEs: []string{}},
	}
	if err := w.st.SyncChecks(t.Context(), checks); err != nil {
		t.Fatal(err)
	}
	w.inbox = newMailbox(t)
	own := newSigner(t, "CERT A")
	w.peer = w.newPeer("b", w.inbox)
	w.agreement = w.agree(w.peer.ID, nil)
	w.starter = &starter{w: w, refuses: map[inventory.AssetID]error{}}
	catalogue := match.NewCatalogue(must(w.st.Checks(t.Context()))(t))
	w.Desk = &desk.Desk{
		Inbox: w.st, Peers: w.st, Facts: facts{w.st}, Matches: matches{w.st, w}, Bundles: w.st, Starter: w.starter, Teller: w, Checks: catalogue,
		Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(&w.logged, nil)),
		Courier: &delivery.Courier{
			Book: w.st, Register: w.st, Signer: own, From: "CERT A <exchange@a.example>", Secret: []byte("an installation's key"),
			Producer: stix.Producer{Name: "CERT A", Namespace: "https://a.example"}, Now: w.clock.Now,
			Dial: func(exchange.Source) (taxii.HTTP, error) {
				return w.inbox.server.Client(), w.step(func() error { return nil })
			},
		},
	}
	return w
}

func newSigner(t *testing.T, name string) *pgp.Signer {
	t.Helper()
	return pgptest.NewSigner(t, name, start.AddDate(0, -1, 0), func() time.Time { return start.Add(-time.Hour) })
}

func keyOf(s *pgp.Signer) exchange.Key {
	return exchange.Key{Fingerprint: s.Fingerprint(), Armored: s.PublicKey(), ValidFrom: start.AddDate(0, -1, 0), VerifiedBy: "mara", VerifiedHow: "annex B"}
}

// newPeer is a confirmed team whose key two people pinned. With a box it has a
// TAXII server.
func (w *world) newPeer(name string, box *mailbox) peer {
	w.t.Helper()
	ctx := w.t.Context()
	s := newSigner(w.t, "CERT "+name)
	team := must(w.st.CreateTeam(ctx, "mara", exchange.Team{
		Name: "CERT " + name, Country: "BD", State: exchange.TeamConfirmed, TimeZone: "UTC", Namespaces: []string{"https://" + name + ".example"},
	}))(w.t)
	key := keyOf(s)
	change := must(w.st.RequestKeyChange(ctx, "mara", exchange.KeyChange{
		Team: team.ID, Kind: exchange.OpenPGP, Key: &key, Fingerprint: key.Fingerprint, Reason: "read out by telephone",
	}))(w.t)
	w.do(w.st.ConfirmKeyChange(ctx, "omar", change.ID))
	if box != nil {
		must(w.st.CreateSource(ctx, "mara", exchange.Source{
			Team: team.ID, Channel: exchange.ChannelTAXII, URL: box.server.URL + taxii.Prefix, Every: time.Hour, Paused: true,
		}))(w.t)
	}
	return peer{must(w.st.Team(ctx, team.ID))(w.t), s, csaf.Publisher{Name: "CERT " + name, Namespace: "https://" + name + ".example"}}
}

// agree signs an agreement for a year, by which all that is in order is
// accepted and statistics are given.
func (w *world) agree(team exchange.TeamID, change func(*exchange.Agreement)) exchange.Agreement {
	w.t.Helper()
	terms := exchange.Terms{
		Categories: advisory.Categories(), Ceiling: advisory.Amber, DefaultTLP: advisory.Amber, AutoAccept: true, Onward: exchange.OnwardConstituents,
		Channels: []exchange.Channel{exchange.ChannelCSAF, exchange.ChannelTAXII, exchange.ChannelBundle},
	}
	a := exchange.Agreement{
		Team: team, Reference: "MoU 7", EffectiveAt: start, ExpiresAt: start.AddDate(1, 0, 0), NoticeDays: 90,
		Ours: exchange.Party{Authority: "Ministry", CERT: "CERT A"}, Theirs: exchange.Party{Authority: "Agency", CERT: "CERT B"},
		Give: terms, Take: terms, Themes: []exchange.Theme{exchange.ThemeCII},
	}
	if change != nil {
		change(&a)
	}
	a = must(w.st.CreateAgreement(w.t.Context(), "mara", a))(w.t)
	return must(w.st.SignAgreement(w.t.Context(), "mara", a.ID, start.Add(-time.Hour), "mou.pdf", []byte("signed")))(w.t)
}

// facts are the store's, with scans named as the exchange names them.
type facts struct{ *store.Store }

func (f facts) Proven(ctx context.Context, scan string, asset inventory.AssetID) (exchange.Proven, error) {
	return f.Store.Proven(ctx, scanner.ScanID(scan), asset)
}

// matches are the store's, until the desk dies.
type matches struct {
	*store.Store
	w *world
}

func (m matches) KeepMatches(ctx context.Context, id exchange.InboundID, list []exchange.Match) (fresh []exchange.Match, err error) {
	err = m.w.step(func() error { fresh, err = m.Store.KeepMatches(ctx, id, list); return err })
	return fresh, err
}

func (m matches) SetVerdicts(ctx context.Context, id exchange.InboundID, list []exchange.Match) error {
	return m.w.step(func() error { return m.Store.SetVerdicts(ctx, id, list) })
}

func (m matches) NoteTold(ctx context.Context, id exchange.InboundID, org inventory.OrganizationID, assets []inventory.AssetID) error {
	return m.w.step(func() error { return m.Store.NoteTold(ctx, id, org, assets) })
}

func (m matches) KeepAnswer(ctx context.Context, a exchange.Answer) error {
	return m.w.step(func() error { return m.Store.KeepAnswer(ctx, a) })
}

// Notify implements desk.Teller.
func (w *world) Notify(_ context.Context, org inventory.Organization, in exchange.Inbound, assets []inventory.AssetID, details bool) (bool, error) {
	err := w.step(func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.told = append(w.told, fmt.Sprint(org.Name, " ", in.Document.TrackingID, " ", len(assets), " ", details))
		return nil
	})
	return err == nil, err
}

// A starter starts targeted scans as ciiscand does, of one address each.
type starter struct {
	w       *world
	started []match.Targeted
	refuses map[inventory.AssetID]error
}

func (s *starter) StartTargeted(ctx context.Context, t match.Targeted) (id string, err error) {
	err = s.w.step(func() error {
		if err := s.refuses[t.Asset]; err != nil {
			return err
		}
		aim := scanner.Aim{Checks: t.Checks, TCP: t.TCP, UDP: t.UDP}
		live, ok, err := s.w.st.TargetedScan(ctx, t.Asset, aim)
		if err != nil || ok {
			id = string(live)
			return err
		}
		a, err := s.w.st.Asset(ctx, t.Asset)
		if err != nil {
			return err
		}
		host := scanner.Host{Addr: netip.MustParseAddr(a.Address.String()), Asset: a.ID, Class: a.Class}
		scan, err := s.w.st.CreateScan(ctx, "exchange", scanner.Scan{
			Org: t.Org, Asset: t.Asset, Profile: "standard", Trigger: scanner.TriggerAdvisory, Aim: aim, Priority: 1,
		}, []scanner.Task{{Profile: "standard", Hosts: []scanner.Host{host}, Aim: aim}}, time.Time{}, time.Time{})
		id = string(scan.ID)
		s.w.mu.Lock()
		s.started = append(s.started, t)
		s.w.mu.Unlock()
		return err
	})
	return id, err
}

// A mailbox is what stands behind the peer's TAXII server.
type mailbox struct {
	server *httptest.Server
	mu     sync.Mutex
	posts  []exchange.TAXIIPost
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	b := &mailbox{}
	b.server = httptest.NewUnstartedServer(nil)
	b.server.StartTLS()
	b.server.Config.Handler = taxii.Handler(b, taxii.Options{
		Title: "CERT B", URL: b.server.URL, Now: time.Now, Identify: func(*http.Request) (exchange.Caller, error) { return exchange.Caller{Team: "TEAM-1"}, nil },
	})
	t.Cleanup(b.server.Close)
	return b
}

func (b *mailbox) TAXIICollections(context.Context, exchange.Caller) ([]exchange.TAXIICollection, error) {
	return []exchange.TAXIICollection{{ID: "22222222-2222-4222-8222-222222222222", Title: "Inbox", CanWrite: true}}, nil
}

func (b *mailbox) TAXIIObjects(context.Context, exchange.Caller, exchange.TAXIIQuery) (exchange.TAXIIPage, error) {
	return exchange.TAXIIPage{}, errors.New("nobody reads here")
}

func (b *mailbox) TAXIIReceive(_ context.Context, _ exchange.Caller, p exchange.TAXIIPost) (exchange.TAXIIStatus, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.posts = append(b.posts, p)
	return exchange.TAXIIStatus{ID: "33333333-3333-4333-8333-333333333333", Complete: true, RequestedAt: p.At}, nil
}

func (b *mailbox) TAXIIStatus(context.Context, exchange.Caller, string) (exchange.TAXIIStatus, error) {
	return exchange.TAXIIStatus{}, errors.New("nobody asks here")
}

func (b *mailbox) KeepReceipt(context.Context, exchange.Receipt) error { return nil }

func (b *mailbox) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.posts)
}

// about is an advisory as the peer writes it: revision 1 was released an hour
// ago, and each next one a minute later.
func about(revision int, change func(*advisory.Advisory)) advisory.Advisory {
	a := advisory.Advisory{
		ID: "ADV-7", Revision: revision, State: advisory.Released, Category: advisory.Vulnerability, TLP: advisory.Green,
		Title: "Redis lets scripts out", Summary: "A script can leave its sandbox.", Impact: "Others run programs.", Fix: "Update.",
		Severity: inventory.SeverityHigh, CVEs: []string{"CVE-2022-0543"}, CWEs: []string{"CWE-862"}, References: []string{"https://redis.example/sec"},
		Products: []advisory.Product{{Vendor: "redis", Name: "redis", Range: "vers:generic/>=6.0|<6.2.6", CPE: "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*"}},
		Author:   "nima",
	}
	for n := 1; n <= revision; n++ {
		a.History = append(a.History, advisory.Change{Revision: n, At: start.Add(-time.Hour + time.Duration(n)*time.Minute), By: "nima", Summary: "Version.", Released: true})
	}
	if change != nil {
		change(&a)
	}
	a.CreatedAt, a.UpdatedAt = a.History[0].At, a.History[revision-1].At
	return a
}

// arrival is what the peer wrote and signed.
func (w *world) arrival(p peer, a advisory.Advisory) inbox.Arrival {
	w.t.Helper()
	var b bytes.Buffer
	if err := csaf.Encode(&b, a, p.publisher); err != nil {
		w.t.Fatal(err)
	}
	return inbox.Arrival{
		Team: p.ID, Channel: exchange.ChannelCSAF, Name: "adv.json", MediaType: "application/json", Raw: b.Bytes(),
		Signature: []byte(must(p.signer.Sign(b.Bytes()))(w.t)), At: w.clock.Now(),
	}
}

// receive takes in what the peer wrote, and wants it in the state.
func (w *world) receive(a advisory.Advisory, want exchange.InboundState) exchange.Inbound {
	w.t.Helper()
	in := must(w.Receive(w.t.Context(), w.arrival(w.peer, a)))(w.t)
	if in.State != want {
		w.t.Fatalf("%s is %s (%s, %+v), want %s", in.Name, in.State, in.Reason, in.Problems, want)
	}
	return in
}

// meets receives an advisory and has it met.
func (w *world) meets(a advisory.Advisory) exchange.InboundID {
	w.t.Helper()
	in := w.receive(a, exchange.InboundAccepted)
	w.do(w.Match(w.t.Context(), in.ID))
	return in.ID
}

func (w *world) do(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
