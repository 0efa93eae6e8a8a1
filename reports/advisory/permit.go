package advisory

import (
	"fmt"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
)

// Permit notes to whom an originator lets go on what rests on its documents:
// other teams, or "*" for everybody. It takes the place of what was noted
// before; nobody named takes the consent back. It is ErrConflict when nothing
// in a is of that team.
func Permit(a Advisory, originator string, to []string) (Advisory, error) {
	if slices.Contains(to, originator) {
		return Advisory{}, &inventory.InputError{
			Field: "to", Value: originator, Message: "is the originator itself", Hint: "it may have its own back without consent",
		}
	}
	to = slices.Compact(slices.Sorted(slices.Values(to)))
	a.Origins = slices.Clone(a.Origins)
	found := false
	for i, o := range a.Origins {
		if o.Team == originator {
			a.Origins[i].Consent, found = slices.Clone(to), true
		}
	}
	if !found {
		return Advisory{}, fmt.Errorf("note consent for advisory %s: nothing in it is of %s: %w", a.ID, originator, inventory.ErrConflict)
	}
	return a, nil
}
