package exchange

import (
	"errors"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// gateCasesOfLater are of what reviewers found.
func gateCasesOfLater() []gateCase {
	return []gateCase{
		{"the withdrawal of what was red does not wait for the legal officer", on(func(r *Request) {
			r.Original.State, r.Original.Approver, r.Original.TLP, r.Original.Category, r.Legal = advisory.Withdrawn, "", advisory.Red, advisory.Incident, ""
		}), "", ""},
		{"an asset of another sector, which is not told", on(func(r *Request) {
			r.Agreement.Give.Sectors, r.Original.Affected[0].Sector, r.Profile.Sector = []inventory.Sector{inventory.SectorEnergy}, inventory.SectorBanking, Drop
		}), "sector", "row 1 of the affected is not of the sectors agreed"},
		{"the assets of the sectors agreed alone", after(func(r *Request) {
			r.Agreement.Give.Sectors, r.Original.Affected[0].Sector = []inventory.Sector{inventory.SectorEnergy}, inventory.SectorBanking
			r.Outgoing, _ = Redact(WithinSectors(r.Original, r.Agreement), r.Profile, r.Team, key32)
		}), "", ""},
	}
}

func TestAgreementSaysEverythingOnce(t *testing.T) {
	const terms = `{"categories":["exposure"],"ceiling":"amber","channels":["csaf"]}`
	for text, field := range map[string]string{
		`{"team":"TEAM-1","reference":"MoU","effective_at":"2026-01-01","give":` + terms + `,"give":` + terms + `}`:                                         "give",
		`{"team":"TEAM-1","reference":"MoU","effective_at":"2026-01-01","give":{"ceiling":"clear","Ceiling":"red","categories":["exposure"]}}`:              "Ceiling",
		`{"team":"TEAM-1","reference":"MoU","effective_at":"2026-01-01","committee":[{"side":"ours","name":"A"},{"side":"ours","name":"B","side":"ours"}]}`: "side",
		`{"team":"TEAM-1","reference":"MoU","effective_at":"2026-01-01","committee":[{"side":"ours","name":"A"},{"side":"ours","name":"B"}]}`:               "",
	} {
		_, err := ParseAgreement(strings.NewReader(text))
		mistake, _ := errors.AsType[*inventory.InputError](err)
		if field == "" && err != nil || field != "" && (mistake == nil || mistake.Field != field || mistake.Hint == "") {
			t.Errorf("%s: %v, want a mistake in %q", text, err, field)
		}
	}
	_, err := ParseAgreement(strings.NewReader(strings.Repeat(`{"a":`, 150_000)))
	if !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("deeply nested: %v", err)
	}
}
