package advisory

import (
	"errors"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

// Operators read what was approved and its label lets them have.
func TestPublish(t *testing.T) {
	checks := []inventory.CheckID{"exposed-redis"}
	with := func(change func(*Advisory)) Advisory {
		a := released(t, func(*Fields) {})
		change(&a)
		return a
	}
	for name, c := range map[string]struct {
		a      Advisory
		checks []inventory.CheckID
		want   error
	}{
		"released":                           {with(func(a *Advisory) { a.TLP = Amber }), checks, nil},
		"approved":                           {with(func(a *Advisory) { a.State = Approved }), checks, nil},
		"amber of what nobody has":           {with(func(a *Advisory) { a.TLP = Amber }), nil, inventory.ErrInvalid},
		"green of what nobody has":           {with(func(a *Advisory) { a.TLP = Green }), nil, nil},
		"stricter than amber":                {with(func(a *Advisory) { a.TLP = AmberStrict }), checks, inventory.ErrForbidden},
		"red":                                {with(func(a *Advisory) { a.TLP = Red }), checks, inventory.ErrForbidden},
		"without a label":                    {with(func(a *Advisory) { a.TLP = "" }), checks, inventory.ErrForbidden},
		"for law enforcement":                {with(func(a *Advisory) { a.Referral = true }), checks, inventory.ErrForbidden},
		"withdrawn":                          {with(func(a *Advisory) { a.State = Withdrawn }), checks, inventory.ErrConflict},
		"a draft":                            {with(func(a *Advisory) { a.State = Draft }), checks, inventory.ErrConflict},
		"an incident that legal has not let": {with(func(a *Advisory) { a.State, a.Category, a.LegalBy = Approved, Incident, "" }), checks, inventory.ErrForbidden},
	} {
		a, b, err := Publish(c.a, c.checks, now)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err == nil && (a.State != Released || b.ID != c.a.ID || b.TLP != c.a.TLP || len(b.Texts) == 0 || b.Texts[0].Title != c.a.Title) {
			t.Errorf("%s: %+v, read as %+v", name, a, b)
		}
		if err != nil && (b.ID != "" || len(b.Texts) > 0) {
			t.Errorf("%s: refused, and made %+v", name, b)
		}
	}
}
