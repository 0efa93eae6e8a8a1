package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// Furnished is an organisation that has one of everything that can be its own,
// for tests that ask whether another sees any of it. Whoever adds a kind of
// object adds one here.
type Furnished struct {
	Org   inventory.OrganizationID
	Name  string
	Admin string            // the name of its administrator's account
	IDs   map[string]string // by the collection of the API: "assets", "findings"
	words []string
}

// Tells matches a text that says anything of the organisation, but for what
// holds of others as well.
func (f Furnished) Tells() *regexp.Regexp {
	words := append([]string{}, f.words...)
	for _, id := range f.IDs {
		words = append(words, `\b`+regexp.QuoteMeta(id)+`\b`)
	}
	return regexp.MustCompile("(?i)" + strings.Join(words, "|"))
}

const furnishedCheck inventory.CheckID = "test-check"

// Furnish registers an organisation of a name, with addresses of a network such
// as "192.0.2.", which the store must admit.
func Furnish(t testing.TB, s *store.Store, now time.Time, name, network string) Furnished {
	t.Helper()
	low := strings.ToLower(name)
	f := Furnished{Name: name, Admin: low + ".lead", IDs: map[string]string{}, words: []string{
		low, regexp.QuoteMeta(network), hex.EncodeToString([]byte(name)), hex.EncodeToString([]byte(network)),
	}}
	org := got[inventory.Organization](t)(s.CreateOrganization(t.Context(), "mara", inventory.Organization{
		Name: name, Sector: inventory.SectorEnergy, Country: "LK", Criticality: inventory.CriticalityHigh, TimeZone: "Asia/Colombo",
		Contacts: []inventory.Contact{{Role: inventory.RoleTechnical, Name: "Duty " + name, Email: low + "@example.org"}},
	}))
	f.Org = org.ID
	f.IDs["organizations"], f.IDs["contacts"] = string(org.ID), string(org.Contacts[0].ID)
	f.register(t, s, now, network)
	f.people(t, s, now, network)
	mailed := got[notify.Notice](t)(s.SendTest(t.Context(), f.Admin, org.Contacts[0].ID))
	f.IDs["notices"], f.IDs["mail-contacts"] = string(mailed.ID), string(org.Contacts[0].ID)
	return f
}

// register gives it an asset with a permission, a schedule, a scan and what
// that found.
func (f *Furnished) register(t testing.TB, s *store.Store, now time.Time, network string) {
	t.Helper()
	ctx := t.Context()
	addr, err := inventory.ParseAddress(network + "1")
	if err != nil {
		t.Fatal(err)
	}
	a := got[[]inventory.Asset](t)(s.CreateAssets(ctx, f.Admin, []inventory.Asset{{
		Org: f.Org, Address: addr, Name: f.Name + " server", Criticality: inventory.CriticalityHigh, Class: inventory.IT, Tags: []string{"dmz"},
	}}))[0]
	auth := got[inventory.Authorization](t)(s.CreateAuthorization(ctx, f.Admin, inventory.Authorization{
		Org: f.Org, Prefixes: []netip.Prefix{netip.MustParsePrefix(network + "0/24")}, Method: inventory.MethodLetter, State: inventory.AuthActive,
		Level: inventory.LevelStandard, OTLevel: inventory.LevelLight, From: now.Add(-time.Hour), Until: now.AddDate(1, 0, 0), TimeZone: "UTC", SignedBy: f.Name,
	}, []byte("letter of "+f.Name)))
	schedule := got[scanner.Schedule](t)(s.CreateSchedule(ctx, f.Admin, scanner.Schedule{
		Org: f.Org, Cron: "0 2 * * 1", Profile: "standard", NextAt: now.AddDate(0, 0, 7),
	}))
	check := inventory.Check{
		ID: furnishedCheck, Title: "A test page is exposed", Severity: inventory.SeverityHigh, Why: "It tells too much.",
		Fix: "Remove it.", Source: "template", Protocol: "http", CVEs: []string{"CVE-2026-0001"},
	}
	if err := s.SyncChecks(ctx, []inventory.Check{check}); err != nil {
		t.Fatal(err)
	}
	sc := got[scanner.Scan](t)(s.CreateScan(ctx, f.Admin, scanner.Scan{
		Org: f.Org, Profile: "standard", Trigger: scanner.TriggerManual, Skipped: []scanner.Skip{{Asset: a.ID, What: network + "9", Reason: "excluded"}},
	}, []scanner.Task{{Profile: "standard", Hosts: []scanner.Host{{Addr: netip.MustParseAddr(network + "1"), Asset: a.ID, Class: inventory.IT}}}}, time.Time{}, time.Time{}))
	task, ok, err := s.ClaimTask(ctx, "worker-1", time.Minute)
	if err != nil || !ok {
		t.Fatalf("ClaimTask = %t, %v", ok, err)
	}
	if err := s.FinishTask(ctx, sighting(task, now)); err != nil {
		t.Fatal(err)
	}
	if err := s.Judge(ctx, task.ID, inventory.Judge); err != nil {
		t.Fatal(err)
	}
	findings, _, err := s.Findings(ctx, inventory.FindingFilter{Org: f.Org}, inventory.Page{})
	if err != nil || len(findings) != 1 {
		t.Fatalf("findings of %s = %d, %v", f.Name, len(findings), err)
	}
	if err := s.SetWork(ctx, f.Admin, findings[0].ID, inventory.WorkAcknowledged, "seen at "+f.Name); err != nil {
		t.Fatal(err)
	}
	for kind, id := range map[string]string{
		"assets": string(a.ID), "authorizations": string(auth.ID), "schedules": string(schedule.ID), "scans": string(sc.ID),
		"tasks": string(task.ID), "findings": string(findings[0].ID), "evidence": string(findings[0].Evidence),
	} {
		f.IDs[kind] = id
	}
}

// certificate is one that a host made for itself.
func certificate(addr netip.Addr, at time.Time) *inventory.Certificate {
	sum := sha256.Sum256([]byte(addr.String()))
	return &inventory.Certificate{
		SHA256: hex.EncodeToString(sum[:]), Subject: "CN=" + addr.String(), Issuer: "CN=" + addr.String(), Names: []string{addr.String()},
		NotBefore: at.AddDate(0, -1, 0), NotAfter: at.AddDate(0, 0, 20), KeyType: "ECDSA", KeyBits: 256, SelfSigned: true,
	}
}

// sighting reports one service with one weakness on each host.
func sighting(task scanner.Task, at time.Time) scanner.Report {
	r := scanner.Report{Task: task, Outcome: inventory.Complete}
	r.Result.Method = "syn"
	for _, h := range task.Hosts {
		r.Result.Hosts = append(r.Result.Hosts, inventory.HostResult{Asset: h.Asset, Addr: h.Addr, Outcome: inventory.Complete})
		r.Result.Ports = append(r.Result.Ports, inventory.PortCoverage{
			Asset: h.Asset, Addr: h.Addr, Transport: inventory.TCP, Open: inventory.Ports(80), Closed: inventory.MustPorts("1-79"),
		})
		r.Result.Checks = append(r.Result.Checks, inventory.CheckCoverage{
			Asset: h.Asset, Addr: h.Addr, Port: 80, Transport: inventory.TCP, Ran: []inventory.CheckID{furnishedCheck},
		})
		r.Result.Observations = append(r.Result.Observations,
			inventory.Observation{
				Asset: h.Asset, Addr: h.Addr, Port: 80, Transport: inventory.TCP, At: at, Service: &inventory.Service{Name: "http", Product: "nginx", Certificate: certificate(h.Addr, at)},
			},
			inventory.Observation{
				Asset: h.Asset, Addr: h.Addr, Port: 80, Transport: inventory.TCP, At: at,
				Match:    &inventory.Match{Check: furnishedCheck, Matcher: "m", Location: "http://" + h.Addr.String()},
				Evidence: &inventory.Evidence{Request: []byte("GET /"), Response: []byte("HTTP/1.1 200 OK\n" + h.Addr.String())},
			})
	}
	return r
}

// people gives it an administrator who is signed in, an open invitation and a
// token.
func (f *Furnished) people(t testing.TB, s *store.Store, now time.Time, network string) {
	t.Helper()
	ctx := t.Context()
	secret, _, err := s.Invite(ctx, "mara", account.OperatorAdmin, f.Org)
	if err != nil {
		t.Fatal(err)
	}
	who := got[account.Account](t)(s.AcceptInvitation(ctx, secret, account.Enrolment{
		Name: f.Admin, PasswordHash: "$argon2id$test", TOTPSecret: "SECRET", TOTPStep: 100,
		Recovery: account.HashAllRecovery(account.NewRecoveryCodes()),
	}))
	attempt := got[account.Attempt](t)(s.BeginSignIn(ctx, f.Admin, account.Browser{Source: netip.MustParseAddr(network + "77"), Agent: "Firefox of " + f.Name}))
	_, session, err := s.FinishSignIn(ctx, attempt, account.Proof{Step: 101})
	if err != nil {
		t.Fatal(err)
	}
	_, inv, err := s.Invite(ctx, f.Admin, account.Operator, f.Org)
	if err != nil {
		t.Fatal(err)
	}
	of := account.Identity{User: f.Admin, Role: account.OperatorAdmin, Org: f.Org}
	got[string](t)(s.CreateToken(ctx, f.Admin, of, "script of "+f.Name, now.AddDate(0, 1, 0)))
	f.IDs["accounts"], f.IDs["sessions"], f.IDs["invitations"] = string(who.ID), string(session.ID), string(inv.ID)
}

// got is for calls that have to succeed.
func got[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
