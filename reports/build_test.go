package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
)

var (
	from = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	to   = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
)

// sample is a week of two operators with something of everything.
func sample(t testing.TB) Data {
	t.Helper()
	d := Data{
		From: from, To: to, At: to.Add(6 * time.Hour),
		Orgs: map[inventory.OrganizationID]inventory.Organization{
			"ORG-7": {ID: "ORG-7", Name: "Mahaweli Hydro Power", Sector: inventory.SectorEnergy, Country: "LK", TimeZone: "Asia/Colombo"},
			"ORG-8": {ID: "ORG-8", Name: "ธนาคารตัวอย่าง", Sector: inventory.SectorBanking, Country: "TH", TimeZone: "Asia/Bangkok"},
		},
		Assets: map[inventory.AssetID]inventory.Asset{},
		Checks: map[inventory.CheckID]inventory.Check{
			"cii-git-config": {
				ID: "cii-git-config", Title: "Source code can be downloaded", Severity: inventory.SeverityMedium,
				Why: "The folder .git tells the program and often its passwords.", Fix: "Remove the folder from the web server.",
				References: []string{"https://cwe.mitre.org/data/definitions/527.html"}, CVEs: []string{"CVE-2021-44228"},
			},
		},
	}
	for _, c := range inventory.ExposureChecks() {
		d.Checks[c.ID] = c
	}
	gone := from.AddDate(0, 0, 2)
	for _, a := range []struct {
		id, address, name string
		org               inventory.OrganizationID
		class             inventory.AssetClass
		created           time.Time
		retired           *time.Time
	}{
		{"A-1", "198.51.100.10", "Web portal", "ORG-7", inventory.IT, from.AddDate(0, -3, 0), nil},
		{"A-2", "198.51.100.20", "Gate control, Kotmale dam", "ORG-7", inventory.OT, from.AddDate(0, -3, 0), nil},
		{"A-3", "198.51.100.64/28", "Office network", "ORG-7", inventory.IT, from.AddDate(0, 0, 1), nil},
		{"A-4", "198.51.100.99", "Old mail server", "ORG-7", inventory.IT, from.AddDate(0, -3, 0), &gone},
		{"A-5", "vpn.power.example", "", "ORG-7", inventory.IT, from.AddDate(0, -1, 0), nil},
		{"A-10", "203.0.113.5", "Core banking", "ORG-8", inventory.IT, from.AddDate(0, -3, 0), nil},
	} {
		address, err := inventory.ParseAddress(a.address)
		if err != nil {
			t.Fatal(err)
		}
		d.Assets[inventory.AssetID(a.id)] = inventory.Asset{
			ID: inventory.AssetID(a.id), Org: a.org, Address: address, Name: a.name, Class: a.class,
			Criticality: inventory.CriticalityHigh, CreatedAt: a.created, RetiredAt: a.retired,
		}
	}
	add := func(f inventory.Finding, asset inventory.AssetID, addr string, port uint16, check inventory.CheckID, age int) {
		a, c := d.Assets[asset], d.Checks[check]
		f.ID, f.Org = inventory.FindingID(fmt.Sprintf("F-%d", len(d.Findings)+1)), a.Org
		f.FindingKey = inventory.FindingKey{Asset: asset, Addr: netip.MustParseAddr(addr), Port: port, Transport: inventory.TCP, Check: check}
		f.Title, f.Severity = c.Title, c.Severity
		f.FirstSeen, f.LastSeen, f.LastTested = to.AddDate(0, 0, -age), to.Add(-20*time.Hour), to.Add(-20*time.Hour)
		f.Evidence = (inventory.Evidence{Response: []byte(f.ID)}).ID()
		f.Decision, f.DueAt = inventory.Prioritise(f, a, inventory.Threat{KEV: f.KEV})
		d.Findings = append(d.Findings, f)
	}
	open, back := inventory.Open, inventory.Reopened
	add(inventory.Finding{Detection: open, Work: inventory.WorkNotified}, "A-1", "198.51.100.10", 6379, "exposed-redis", 20)                                                         // overdue
	add(inventory.Finding{Detection: open, Work: inventory.WorkNew, Handling: inventory.Handling{Dispute: inventory.DisputeOpen}}, "A-2", "198.51.100.20", 502, "exposed-modbus", 3) // new
	add(inventory.Finding{Detection: back, KEV: true, Work: inventory.WorkInProgress}, "A-1", "198.51.100.10", 443, "cii-git-config", 40)
	add(inventory.Finding{Detection: open, Work: inventory.WorkAcknowledged, Waiver: inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, Until: to.AddDate(0, 1, 0)}}, "A-1", "198.51.100.10", 21, "exposed-ftp", 60)
	add(inventory.Finding{Detection: inventory.Fixed, ClosedAt: new(to.AddDate(0, 0, -2))}, "A-2", "198.51.100.20", 23, "exposed-telnet", 30)
	add(inventory.Finding{Detection: open, NotTested: "port 3389/tcp is filtered: it did not answer"}, "A-3", "198.51.100.65", 3389, "exposed-rdp", 9)
	add(inventory.Finding{Detection: inventory.Fixed, ClosedAt: &gone}, "A-4", "198.51.100.99", 110, "exposed-ftp", 90)
	add(inventory.Finding{Detection: open}, "A-10", "203.0.113.5", 3306, "exposed-mysql", 12)

	event := func(n int, kind inventory.EventKind, days int, was, is, reason string) {
		d.Events = append(d.Events, inventory.FindingEvent{
			Finding: d.Findings[n-1].ID, At: from.AddDate(0, 0, days), Actor: "scan", Kind: kind, From: was, To: is, Reason: reason, Task: "T-90",
		})
	}
	event(1, inventory.EventVerified, 1, "", "", "Seen again.")
	event(2, inventory.EventOpened, 4, "", "open", "Seen for the first time on 198.51.100.20 port 502/tcp.")
	event(3, inventory.EventReopened, 3, "fixed", "back_again", "Seen again on 198.51.100.10 port 443/tcp, 12 days after it was closed.")
	event(3, inventory.EventChanged, 3, "low", "medium", "The severity of the check changed from low to medium.")
	event(4, inventory.EventWaived, 2, "none", "accepted_risk", "The partner still needs it.")
	event(5, inventory.EventNegative, 1, "", "", "The port answered that nothing listens there (1 of 2).")
	event(5, inventory.EventFixed, 5, "open", "fixed", "The port answered that nothing listens there; that is 2 times in a row, enough to close it.")
	event(7, inventory.EventFixed, 2, "open", "fixed", "The asset was retired.")

	for _, s := range []struct {
		asset         inventory.AssetID
		addr          string
		port          uint16
		name, product string
		days          int
	}{
		{"A-1", "198.51.100.10", 443, "http", "nginx", 90},
		{"A-1", "198.51.100.10", 6379, "redis", "Redis key-value store", 20},
		{"A-1", "198.51.100.10", 21, "ftp", "vsftpd", 60},
		{"A-2", "198.51.100.20", 502, "mbap", "", 3},
		{"A-3", "198.51.100.65", 3389, "ms-wbt-server", "Microsoft Terminal Services", 9},
		{"A-10", "203.0.113.5", 3306, "mysql", "MariaDB", 12},
	} {
		d.Services = append(d.Services, inventory.Service{
			Asset: s.asset, Addr: netip.MustParseAddr(s.addr), Port: s.port, Transport: inventory.TCP, Name: s.name, Product: s.product,
			TLS: s.port == 443, FirstSeen: to.AddDate(0, 0, -s.days), LastSeen: to.Add(-20 * time.Hour),
		})
	}
	for i, ends := range []int{200, -2, 12} { // days after the period
		d.Certificates = append(d.Certificates, inventory.SeenCertificate{
			Asset: []inventory.AssetID{"A-1", "A-10", "A-1"}[i], Addr: netip.MustParseAddr("198.51.100.10"), Port: uint16(443 + i), Transport: inventory.TCP,
			FirstSeen: to.AddDate(0, 0, -90), LastSeen: to.Add(-20 * time.Hour),
			Certificate: inventory.Certificate{
				SHA256: strings.Repeat(strconv.Itoa(i), 64), Subject: "CN=portal.example.lk", Issuer: "CN=Example Root",
				Names: []string{"portal.example.lk", "198.51.100.10"}, NotBefore: to.AddDate(-1, 0, 0), NotAfter: to.AddDate(0, 0, ends), KeyType: "RSA", KeyBits: 2048,
			},
		})
	}
	look := to.Add(-20 * time.Hour)
	d.Coverage = []Coverage{
		{Asset: "A-1", Addr: netip.MustParseAddr("198.51.100.10"), At: look, Outcome: inventory.Complete},
		{Asset: "A-2", Addr: netip.MustParseAddr("198.51.100.20"), At: look, Outcome: inventory.Complete},
		{Asset: "A-3", Addr: netip.MustParseAddr("198.51.100.65"), At: look, Outcome: inventory.Partial, Reason: "the time was up"},
		{Asset: "A-3", Addr: netip.MustParseAddr("198.51.100.66"), At: look, Outcome: inventory.Unreachable, Reason: "no answer to any probe"},
		{Asset: "A-5", Reason: "no current authorisation covers it"},
		{Asset: "A-10", Addr: netip.MustParseAddr("203.0.113.5"), At: look, Outcome: inventory.Complete},
	}
	d.Scans = []ScanRun{
		{ID: "S-5", Org: "ORG-7", Profile: "standard", StartedAt: look.Add(-time.Hour), FinishedAt: look, State: "partial"},
		{ID: "S-6", Org: "ORG-8", Profile: "light", StartedAt: look.Add(-time.Hour), FinishedAt: look, State: "complete"},
	}
	return d
}

// operator narrows a sample to ORG-7's edition, as the store would be asked.
func operator(d Data) Data {
	return of(d, "ORG-7")
}

func of(d Data, id inventory.OrganizationID) Data {
	o := d.Orgs[id]
	d.Org = &o
	return d
}

func build(t testing.TB, d Data) Report {
	t.Helper()
	r, err := Build(d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBuildOperator(t *testing.T) {
	r := build(t, operator(sample(t)))
	if r.ID != "weekly-ORG-7-2026-W47" || r.Week != "2026-W47" || r.Edition != EditionOperator || r.TLP != "TLP:AMBER" {
		t.Errorf("report is %s, %s, %s, %s", r.ID, r.Week, r.Edition, r.TLP)
	}
	var first []string
	for _, a := range r.First {
		first = append(first, fmt.Sprintf("%d %s %s %d overdue=%t %s", a.Rank, a.Check, a.Decision, a.Findings, a.Overdue, a.Assets[0].ID))
	}
	wantFirst := []string{
		"1 exposed-redis act 1 overdue=true A-1", // due on the 10th
		"2 exposed-rdp act 1 overdue=true A-3",   // due on the 21st
		"3 exposed-modbus act 1 overdue=false A-2",
		"4 cii-git-config attend 1 overdue=true A-1",
	}
	if d := cmp.Diff(wantFirst, first); d != "" {
		t.Errorf("what to do first (-want +got):\n%s", d)
	}
	card := map[string]string{}
	for _, f := range r.Card {
		card[f.Key] = fmt.Sprint(f.Value)
		if f.Delta != nil {
			card[f.Key] += fmt.Sprintf(" %+d", *f.Delta)
		}
	}
	wantCard := map[string]string{
		"assets": "4 +0", "in_scope": "3", "reached": "3", "not_tested": "1", "hosts_up": "3", "services": "5",
		"open_critical": "1 +1", // Modbus is new
		"open_high":     "2 -1", // telnet fixed
		"open_medium":   "2 +0", // .git is back, the retired server's FTP gone
		"open_low":      "0 +0", "open_info": "0 +0",
		"waived": "1", "disputed": "1", "kev": "1 +1", "blocked": "0", "oldest_critical": "3", "oldest_kev": "40",
		// Then: Redis, telnet, the retired FTP, and the FTP that is waived
		// since. Now: Redis, RDP, .git.
		"overdue": "3 -1",
	}
	if d := cmp.Diff(wantCard, card); d != "" {
		t.Errorf("card (-want +got):\n%s", d)
	}
	var changes []string
	for _, c := range r.Changes {
		changes = append(changes, fmt.Sprintf("%s %s %s>%s", c.Kind, c.Finding, c.From, c.To))
		if c.Evidence == "" || c.Reason == "" || c.Task != "T-90" {
			t.Errorf("change %+v has no evidence, reason or task", c)
		}
	}
	wantChanges := []string{"new F-2 >", "back_again F-3 >", "fixed F-5 >", "fixed F-7 >", "changed F-3 low>medium"}
	if d := cmp.Diff(wantChanges, changes); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	var looks []string
	for _, l := range r.Coverage {
		looks = append(looks, fmt.Sprintf("%s %s %d/%d %v", l.Asset.ID, l.Outcome, l.Reached, l.Addresses, l.Reasons))
	}
	wantLooks := []string{
		"A-5  0/0 [no current authorisation covers it]",
		"A-3 unreachable 1/2 [no answer to any probe the time was up]",
		"A-1 complete 1/1 []", "A-2 complete 1/1 []",
	}
	if d := cmp.Diff(wantLooks, looks); d != "" {
		t.Errorf("coverage (-want +got):\n%s", d)
	}
	if len(r.Problems) != 5 || len(r.Scans) != 1 || len(r.Services) != 5 || r.Sectors != nil || r.Organizations != nil {
		t.Errorf("%d problems, %d scans, %d services, %v, %v", len(r.Problems), len(r.Scans), len(r.Services), r.Sectors, r.Organizations)
	}
}

// TestCertificates: the next to end comes first, and another operator's is not
// told.
func TestCertificates(t *testing.T) {
	r := build(t, operator(sample(t)))
	var got []string
	for _, c := range r.Certificates {
		got = append(got, fmt.Sprintf("%s:%d %s %d", c.Address, c.Port, c.Standing, c.DaysLeft))
	}
	if diff := cmp.Diff([]string{"198.51.100.10:445 ending 11", "198.51.100.10:443 valid 199"}, got); diff != "" {
		t.Errorf("certificates (-want +got):\n%s", diff)
	}
	page := render(t, r)[".html"]
	if !strings.Contains(page, "11 days left") || strings.Contains(page, "199 days left") {
		t.Error("the page does not tell of the certificate that ends soon, and of no other")
	}
}

func TestBuildNational(t *testing.T) {
	r := build(t, national(t, sample(t)))
	if r.ID != "weekly-national-2026-W47" || r.Organization != nil {
		t.Errorf("report is %s of %v", r.ID, r.Organization)
	}
	want := []Group{
		{
			ID: "ORG-7", Name: "Mahaweli Hydro Power", Sector: "energy", Organizations: 1, Assets: 4, InScope: 3, Reached: 3, Services: 5, Risky: 4, OT: 1,
			Critical: 1, High: 2, Medium: 2, KEV: 1, KEVOverdue: 1, Overdue: 3, Waived: 1, New: 1, Reopened: 1, Fixed: 2, OldestCritical: 3, OldestKEV: 40,
			MedianAge: new(20), ToClose: new(28), Due: 2, Met: 0, Scans: 1, LastLook: new(to.Add(-20 * time.Hour)), Silent: 1,
		},
		{
			ID: "ORG-8", Name: "ธนาคารตัวอย่าง", Sector: "banking", Organizations: 1, Assets: 1, InScope: 1, Reached: 1, Services: 1, Risky: 1, High: 1, Overdue: 1,
			MedianAge: new(12), Scans: 1, LastLook: new(to.Add(-20 * time.Hour)), Silent: 1,
		},
	}
	if d := cmp.Diff(want, r.Organizations); d != "" {
		t.Errorf("organisations (-want +got):\n%s", d)
	}
	if len(r.Sectors) != 2 || r.Sectors[0].ID != "energy" || r.Sectors[0].High != 2 || r.Sectors[1].Organizations != 1 {
		t.Errorf("sectors = %+v", r.Sectors)
	}
	if len(r.Weaknesses) != 6 || len(r.Problems) != 0 || r.TLP != TLPNational {
		t.Errorf("%d weaknesses, %d problems, %s", len(r.Weaknesses), len(r.Problems), r.TLP)
	}
}

// An operator never sees what belongs to another, even if the data have it.
func TestBuildKeepsOperatorsApart(t *testing.T) {
	d := operator(sample(t))
	d.Findings[0].Asset = "A-10" // as when an asset has moved to another owner
	raw, err := json.Marshal(build(t, d))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"ORG-8", "ธนาคาร", "Core banking", "203.0.113.5", "mysql", "F-8", "S-6"} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("ORG-7's report tells %s", secret)
		}
	}
}

func TestBuildLimitsFirst(t *testing.T) {
	d := operator(sample(t))
	f := d.Findings[0]
	d.Findings = nil
	for i := range 13 {
		for j := range 12 {
			f.ID = inventory.FindingID(fmt.Sprintf("F-%d", i*100+j))
			f.Check = inventory.CheckID(fmt.Sprintf("check-%02d", i))
			f.Asset = inventory.AssetID(fmt.Sprintf("A-%d", j+1))
			d.Findings = append(d.Findings, f)
		}
	}
	r := build(t, d)
	if len(r.First) != MaxActions || r.MoreActions != 3 || len(r.First[0].Assets) != 10 || r.First[0].MoreAssets != 2 {
		t.Errorf("%d actions and %d more, %d assets and %d more", len(r.First), r.MoreActions, len(r.First[0].Assets), r.First[0].MoreAssets)
	}
}

func TestBuildOfNothing(t *testing.T) {
	r := build(t, Data{From: from, To: to, At: to})
	if len(r.First) != 0 || len(r.Problems) != 0 || len(r.Card) == 0 {
		t.Errorf("a report of nothing = %+v", r)
	}
	files, err := Render(r, Formats(), Options{})
	if err != nil || len(files) != 8 {
		t.Fatalf("Render of nothing: %d files, %v", len(files), err)
	}
	for _, f := range files {
		if len(f.Data) == 0 {
			t.Errorf("%s is empty", f.Name)
		}
	}
}

func TestBuildRefusesAnEmptyPeriod(t *testing.T) {
	if _, err := Build(Data{From: to, To: from}); !errors.Is(err, inventory.ErrInvalid) || inventory.HintOf(err) == "" {
		t.Errorf("Build of a period that ends before it begins: %v", err)
	}
}

func TestBuildIgnoresOrder(t *testing.T) {
	d := operator(sample(t))
	want := build(t, d)
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		r.Shuffle(len(d.Findings), func(i, j int) { d.Findings[i], d.Findings[j] = d.Findings[j], d.Findings[i] })
		r.Shuffle(len(d.Services), func(i, j int) { d.Services[i], d.Services[j] = d.Services[j], d.Services[i] })
		r.Shuffle(len(d.Coverage), func(i, j int) { d.Coverage[i], d.Coverage[j] = d.Coverage[j], d.Coverage[i] })
		r.Shuffle(len(d.Scans), func(i, j int) { d.Scans[i], d.Scans[j] = d.Scans[j], d.Scans[i] })
		if diff := cmp.Diff(want, build(t, d)); diff != "" {
			t.Fatalf("another order gives another report (-want +got):\n%s", diff)
		}
	}
}
