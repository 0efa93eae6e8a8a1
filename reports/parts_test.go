package reports

import (
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

// TestPartsTellOfThePeriod: what was before the period, is waived, or rests on
// nothing is in no number of the parts that would be read as of now.
func TestPartsTellOfThePeriod(t *testing.T) {
	d := operator(sample(t))
	long := from.AddDate(0, 0, -5)
	old := d.Assets["A-4"]
	old.RetiredAt = &long
	d.Assets["A-4"] = old
	d.Findings[5].LastSeen = from.Add(-1) // was not tested, and not seen in the period either
	d.Findings[0].Negatives = 1
	d.Findings[3].KEV, d.Findings[3].Waiver.Until = true, d.At.AddDate(0, 0, 29)
	d.Findings[1].Waiver = inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, Until: d.At.AddDate(0, 0, 45)}
	d.Findings[2].Severity = inventory.SeverityInfo
	d.Peers = []Band{{Until: WeekEnd(to), Operators: MinPeers - 1}, {Until: WeekEnd(to).AddDate(0, 0, -7), Operators: MinPeers}}
	r := build(t, d)
	if p := r.Card[0].Parts; p["added"] != 1 || p["retired"] != 0 {
		t.Errorf("assets that came and went: %v", p)
	}
	if len(r.Between) != 1 || r.Between[0].Finding.ID != "F-1" {
		t.Errorf("not confirmed by the last look: %+v", r.Between)
	}
	page := render(t, r)[".html"]
	for _, want := range []string{"Known exploited, the first to be due at the top (1)", "End within 30 days (1)", "All waivers (2)"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	tiles := map[string]Tile{}
	for _, tile := range r.Tiles {
		tiles[tile.Key] = tile
	}
	if m, rdp, smb := tiles["modbus"], tiles["rdp"], tiles["smb"]; m.State != TileNew || m.New != 1 || rdp.State != TileOpen || smb.State != TileNone {
		t.Errorf("kinds of services: %+v, %+v, %+v", m, rdp, smb)
	}
	week := r.Trends.Weeks[len(r.Trends.Weeks)-1]
	if week.New != 2 || week.MedianAge == nil || *week.MedianAge != 9 {
		t.Errorf("of new and back again %d, median age %v of 3, 9, 20 and 60 days", week.New, *week.MedianAge)
	}
	if len(r.Trends.Peers) != 1 || r.Trends.Peers[0].Operators != MinPeers {
		t.Errorf("a band of so few operators that each could be guessed: %+v", r.Trends.Peers)
	}
}

// TestUnreachedIsNotNone: where nothing answered, no kind of service is none.
func TestUnreachedIsNotNone(t *testing.T) {
	d := operator(sample(t))
	d.Services = nil
	for i := range d.Coverage {
		if d.Coverage[i].Addr.IsValid() {
			d.Coverage[i].Outcome = inventory.Unreachable
		}
	}
	r := build(t, d)
	for _, tile := range r.Tiles {
		if tile.State != TileUntested {
			t.Errorf("%s is %s where nothing was reached", tile.Key, tile.State)
		}
	}
}

// TestProblemsAreTheirWorst: a problem is as urgent as the worst of its
// findings, and as likely to be attacked as the worst of its CVEs.
func TestProblemsAreTheirWorst(t *testing.T) {
	d := operator(sample(t))
	for i, o := range []inventory.SSVC{inventory.Attend, inventory.Act, inventory.Track} {
		f := d.Findings[2] // the only one of its check
		f.ID, f.Port = inventory.FindingID("F-10"+string(rune('0'+i))), uint16(8000+i)
		f.Decision.Outcome = o
		d.Findings = append(d.Findings, f)
	}
	c := d.Checks["cii-git-config"]
	c.CVEs = []string{"CVE-2021-44228", "CVE-2022-0001"}
	d.Checks[c.ID] = c
	d.Threats = map[string]inventory.Threat{"CVE-2021-44228": {Ransomware: true, EPSS: .9}, "CVE-2022-0001": {EPSS: .1}}
	for _, p := range build(t, d).Problems {
		if p.Check == c.ID && (p.Decision != inventory.Act || p.EPSS != .9 || !p.Ransomware || len(p.Findings) != 4) {
			t.Errorf("%s: %s, EPSS %v, ransomware %t, %d findings", p.Check, p.Decision, p.EPSS, p.Ransomware, len(p.Findings))
		}
	}
}

// TestPartIsNotWhole: what was looked at in part is not known as a whole, and
// what was never seen is not kept from us.
func TestPartIsNotWhole(t *testing.T) {
	d := operator(sample(t))
	delete(d.Assets, "A-5") // the only one that was not reached
	if r := build(t, d); r.Basis != BasisPart {
		t.Errorf("with an asset that was looked at in part the basis is %s", r.Basis)
	}
	for i := range d.Coverage {
		if d.Coverage[i].Asset == "A-1" {
			d.Coverage[i].Outcome = inventory.Unreachable
		}
	}
	fresh := d.Assets["A-1"]
	fresh.ID = "A-6"
	d.Assets["A-6"] = fresh
	d.Coverage = append(d.Coverage, Coverage{Asset: "A-6", Addr: d.Coverage[0].Addr, At: d.Coverage[0].At, Outcome: inventory.Unreachable})
	for _, l := range build(t, d).Coverage {
		if l.Blocked != (l.Asset.ID == "A-1") {
			t.Errorf("%s is kept from our scans: %t", l.Asset.ID, l.Blocked)
		}
	}
}
