package pdf

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

// busy is the snapshot of a week in which everything happened to an operator of
// 60 assets with 400 findings.
func busy() reports.Data {
	to := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	org := inventory.Organization{ID: "ORG-7", Name: "Island Power Grid Company", Sector: inventory.SectorEnergy, TimeZone: "Asia/Dhaka"}
	d := reports.Data{
		Subject: reports.Subject{Org: org.ID}, Org: &org, Orgs: map[inventory.OrganizationID]inventory.Organization{org.ID: org},
		From: to.AddDate(0, 0, -7), To: to, At: to, Issue: reports.Issue{Week: "2026-W47", Note: "Please begin with the firewalls."},
		Assets: map[inventory.AssetID]inventory.Asset{}, Checks: map[inventory.CheckID]inventory.Check{}, Threats: map[string]inventory.Threat{},
	}
	addr := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i % 60)}) }
	for i := range 60 {
		id := inventory.AssetID(fmt.Sprintf("A-%d", i))
		address, err := inventory.ParseAddress(addr(i).String())
		if err != nil {
			panic(err)
		}
		class := inventory.IT
		if i%5 == 0 {
			class = inventory.OT
		}
		d.Assets[id] = inventory.Asset{ID: id, Org: org.ID, Name: fmt.Sprintf("Substation gateway %d", i), Address: address, Class: class, Criticality: inventory.CriticalityHigh}
		d.Coverage = append(d.Coverage, reports.Coverage{Asset: id, Addr: addr(i), At: to.Add(-time.Hour), Outcome: inventory.Complete})
		for _, port := range []uint16{22, 443, 502, 3389} {
			d.Services = append(d.Services, inventory.Service{
				Asset: id, Addr: addr(i), Port: port, Transport: inventory.TCP, Name: map[uint16]string{22: "ssh", 443: "https", 502: "modbus", 3389: "ms-wbt-server"}[port],
				FirstSeen: to.AddDate(0, 0, -3), LastSeen: to,
			})
		}
	}
	severities := inventory.Severities()
	for i := range 400 {
		check := inventory.CheckID(fmt.Sprintf("check-%d", i%40))
		c := inventory.Check{
			ID: check, Title: fmt.Sprintf("Remote access server %d lets anybody run programs without a password", i%40), Severity: severities[i%len(severities)],
			CVEs: []string{fmt.Sprintf("CVE-2026-%04d", i%40)}, Why: strings.Repeat("Whoever reaches it takes the machine over. ", 3),
			Fix: strings.Repeat("Install the update of the maker, or take it off the internet until then. ", 2),
		}
		d.Checks[check] = c
		due := to.AddDate(0, 0, i%30-10)
		f := inventory.Finding{
			ID: inventory.FindingID(fmt.Sprintf("F-%d", i)), Org: org.ID, Title: c.Title, Severity: c.Severity, KEV: i%4 == 0, Detection: inventory.Open, Work: inventory.WorkNew,
			FindingKey: inventory.FindingKey{Asset: inventory.AssetID(fmt.Sprintf("A-%d", i%60)), Addr: addr(i), Port: 443, Transport: inventory.TCP, Check: check},
			FirstSeen:  to.AddDate(0, 0, -i%60), LastSeen: to, LastTested: to, DueAt: &due, Evidence: inventory.EvidenceID(fmt.Sprintf("%064d", i)),
			Decision: inventory.Decision{Outcome: inventory.Act, Path: "exploitation active (used by ransomware), automatable yes, technical impact total, mission and well-being high (OT asset of high criticality): act"},
		}
		kind := []inventory.EventKind{inventory.EventOpened, inventory.EventReopened, inventory.EventFixed, inventory.EventChanged}[i%4]
		switch {
		case kind == inventory.EventFixed:
			closed := to.AddDate(0, 0, -2)
			f.Detection, f.ClosedAt = inventory.Fixed, &closed
		case i%9 == 0:
			f.Waiver = inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, Reason: "the vendor forbids it", Until: to.AddDate(0, 0, 10), By: "mara"}
		}
		d.Findings = append(d.Findings, f)
		d.Events = append(d.Events, inventory.FindingEvent{
			Finding: f.ID, At: to.AddDate(0, 0, -2), Actor: "scan", Kind: kind, From: "medium", To: string(f.Severity), Reason: "Seen for the first time on 192.0.2.1 port 443/tcp.",
		})
	}
	for i := range 26 {
		d.Past = append(d.Past, reports.Week{Name: fmt.Sprintf("2026-W%02d", 21+i), Until: to.AddDate(0, 0, -7*(26-i)), Critical: 40 + i, High: 60 - i, Medium: 90, New: 9, Closed: 7})
	}
	return d
}

// A busy week is told on four pages, and the rest is an appendix.
func TestMainPartOfABusyWeek(t *testing.T) {
	p := newPrinter(t)
	read, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Fatal("nobody counts the pages; scripts/setup.sh installs pdftotext:", err)
	}
	r, err := reports.Build(busy())
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"en", "bn", "hi"} {
		files, err := reports.Render(r, []string{"html"}, reports.Options{Printer: locale.For(tag), Fonts: reports.Noto})
		if err != nil {
			t.Fatal(err)
		}
		printed, err := Finish(print(t, p, files[0].Data), r.ID, r.At, nil)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), tag+".pdf")
		if err := os.WriteFile(path, printed, 0o600); err != nil {
			t.Fatal(err)
		}
		text, err := exec.CommandContext(t.Context(), read, "-layout", path, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		pages := strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
		main := 0
		for main < len(pages) && !strings.Contains(pages[main], locale.For(tag).T("Appendix")) {
			main++
		}
		t.Logf("%s: %d pages, of which %d are the main part", tag, len(pages), main)
		if main > 4 || main == len(pages) {
			t.Errorf("%s: the main part has %d pages of %d", tag, main, len(pages))
		}
	}
}
