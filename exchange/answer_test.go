package exchange

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// seenAt makes n operators with two assets each, of verdict v.
func seenAt(v Verdict, from, n int) []Match {
	var out []Match
	for i := range n {
		at := now.Add(time.Duration(i) * time.Hour)
		for j := range 2 {
			org := fmt.Sprintf("ORG-%d", from+i)
			out = append(out, Match{Inbound: "IN-1", Org: inventory.OrganizationID(org), Asset: inventory.AssetID(fmt.Sprintf("%s/%d", org, j)), Verdict: v, DecidedAt: &at})
		}
	}
	return out
}

func TestCountAnswer(t *testing.T) {
	orgs := map[inventory.OrganizationID]inventory.Sector{}
	for i := range 20 {
		orgs[inventory.OrganizationID(fmt.Sprintf("ORG-%d", i))] = []inventory.Sector{inventory.SectorWater, inventory.SectorEnergy}[i%2]
	}
	in := Inbound{ID: "IN-1", Team: "TEAM-3", State: InboundAccepted, MatchedAt: &now, Document: Document{TLP: advisory.Amber, Labelled: true}}
	g := pact()
	matches := append(append(seenAt(VerdictAffected, 0, 5), seenAt(VerdictFixed, 5, 2)...), seenAt(VerdictNotPresent, 7, 3)...)
	matches = append(matches, Match{Inbound: "IN-2", Org: "ORG-9", Asset: "A", Verdict: VerdictUnknown}, Match{Inbound: "IN-1", Org: "ORG-0", Asset: "ORG-0/0", Verdict: VerdictNotPresent})
	a := CountAnswer(in, matches, orgs, g, now)
	if a.Counts[VerdictAffected] != 10 || a.Counts[VerdictNotPresent] != 6 || len(a.Counts) != 2 || len(a.Few) != 1 || a.Few[0] != VerdictFixed {
		t.Errorf("counts %v, few %v", a.Counts, a.Few)
	}
	if len(a.Sectors) != 2 || a.State != ReceiptAccepted || !a.First.Equal(now) || !a.Last.Equal(now.Add(4*time.Hour)) {
		t.Errorf("answer %+v", a)
	}
	raw, err := json.Marshal(a)
	if err != nil || strings.Contains(string(raw), "ORG-") {
		t.Errorf("it names somebody: %s", raw)
	}
	delete(orgs, "ORG-3")
	if a := CountAnswer(in, matches, orgs, g, now); len(a.Sectors) != 0 {
		t.Errorf("sectors %v, though one operator's is not known", a.Sectors)
	}
	few := CountAnswer(in, seenAt(VerdictAffected, 0, 2), orgs, g, now)
	if len(few.Counts) != 0 || len(few.Few) != 1 || few.Last.Hour() != 0 || len(few.Sectors) != 0 {
		t.Errorf("two operators: %+v", few)
	}
	four := CountAnswer(in, seenAt(VerdictAffected, 0, 4), orgs, g, now)
	if len(four.Sectors) != 0 || four.Counts[VerdictAffected] != 8 {
		t.Errorf("four operators: %+v", four)
	}
	done := CountAnswer(in, seenAt(VerdictFixed, 0, 4), orgs, g, now)
	if done.State != ReceiptClosed {
		t.Errorf("all fixed: %s", done.State)
	}
	in.MatchedAt = nil
	if early := CountAnswer(in, nil, orgs, g, now); early.State != ReceiptAccepted {
		t.Errorf("before anybody looked: %s", early.State)
	}
}

func TestCountAnswerWithoutRight(t *testing.T) {
	in := Inbound{ID: "IN-1", Team: "TEAM-3", State: InboundAccepted, MatchedAt: &now, Document: Document{TLP: advisory.Red, Labelled: true}}
	amber, other, ended := pact(), pact(), pact()
	amber.Give.Ceiling, other.Team, ended.ExpiresAt = advisory.AmberStrict, "TEAM-4", now
	for name, g := range map[string]*Agreement{"no agreement": nil, "red above what we give": amber, "another team's": other, "expired": ended} {
		a := CountAnswer(in, seenAt(VerdictAffected, 0, 9), nil, g, now)
		if len(a.Counts)+len(a.Few)+len(a.Sectors) != 0 || a.First != nil || a.State != ReceiptAccepted {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if a := CountAnswer(in, seenAt(VerdictAffected, 0, 9), nil, pact(), now); a.Counts[VerdictAffected] != 18 {
		t.Errorf("red under an agreement up to red: %+v", a)
	}
	for state, want := range map[InboundState]ReceiptKind{
		InboundRejected: ReceiptRejected, InboundQuarantined: ReceiptReceived, InboundDuplicate: ReceiptReceived,
		InboundWithdrawn: ReceiptClosed, InboundSuperseded: ReceiptClosed, InboundNoted: ReceiptClosed, InboundAccepted: ReceiptClosed,
	} {
		in.State = state
		if got := CountAnswer(in, nil, nil, nil, now).State; got != want {
			t.Errorf("%s: %s, want %s", state, got, want)
		}
	}
}
