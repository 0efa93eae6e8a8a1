package advisory

import (
	"errors"
	"slices"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

func TestPermit(t *testing.T) {
	a := Advisory{ID: "ADV-1", Origins: []Origin{{Team: "TEAM-1", Consent: []string{}}, {Team: "TEAM-2", Consent: []string{"TEAM-5"}}}}
	b, err := Permit(a, "TEAM-1", []string{"TEAM-4", "TEAM-3", "TEAM-4"})
	if err != nil || !slices.Equal(b.Origins[0].Consent, []string{"TEAM-3", "TEAM-4"}) || !slices.Equal(b.Origins[1].Consent, []string{"TEAM-5"}) {
		t.Errorf("%+v, %v", b.Origins, err)
	}
	if len(a.Origins[0].Consent) != 0 {
		t.Error("the advisory that was given has changed")
	}
	if b, err = Permit(b, "TEAM-1", nil); err != nil || len(b.Origins[0].Consent) != 0 {
		t.Errorf("taken back: %+v, %v", b.Origins, err)
	}
	if _, err = Permit(a, "TEAM-3", []string{"*"}); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("by who has no part in it: %v", err)
	}
	if _, err = Permit(a, "TEAM-1", []string{"TEAM-1"}); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("to itself: %v", err)
	}
}
