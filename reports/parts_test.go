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
