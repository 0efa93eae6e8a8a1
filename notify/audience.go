package notify

import (
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// audiences say who hears of what: everybody with one of the first roles, and
// when none of them can be reached, of the next.
var audiences = map[Kind][][]inventory.ContactRole{
	Alert: {
		{inventory.RoleTechnical, inventory.RoleEmergency},
		{inventory.RoleDistribution},
		{inventory.RoleManagement},
	},
	Weekly: {
		{inventory.RoleDistribution, inventory.RoleTechnical},
		{inventory.RoleManagement},
		{inventory.RoleEmergency},
	},
	Reminder: {
		{inventory.RoleTechnical},
		{inventory.RoleDistribution},
		{inventory.RoleManagement},
		{inventory.RoleEmergency},
	},
	WaiverEnds: {
		{inventory.RoleTechnical},
		{inventory.RoleDistribution},
		{inventory.RoleManagement},
		{inventory.RoleEmergency},
	},
	Advisory: {
		{inventory.RoleDistribution, inventory.RoleTechnical},
		{inventory.RoleManagement},
		{inventory.RoleEmergency},
	},
	PermissionEnds: {
		{inventory.RoleDistribution, inventory.RoleTechnical},
		{inventory.RoleManagement},
		{inventory.RoleEmergency},
	},
}

// second is the order in which others stand in for a contact that is silent
// or out of reach.
var second = []inventory.ContactRole{
	inventory.RoleEmergency, inventory.RoleManagement, inventory.RoleTechnical, inventory.RoleDistribution,
}

// Audience are the contacts of one organisation who hear of a kind, in the
// order given. A mailbox that has two roles is told once. With escalate the
// management hears of it, too.
func Audience(kind Kind, all []Addressee, escalate bool) []Addressee {
	var out []Addressee
	for _, first := range []bool{true, false} { // seconds only where nobody else is left
		for _, roles := range audiences[kind] {
			out = slices.DeleteFunc(withRoles(all, roles), func(a Addressee) bool { return first && a.Second || a.mutes(kind) })
			if len(out) > 0 {
				break
			}
		}
		if len(out) > 0 {
			break
		}
	}
	if escalate {
		out = append(out, withRoles(all, []inventory.ContactRole{inventory.RoleManagement})...)
	}
	return once(out)
}

// mutes tells whether a contact has asked not to be told.
func (a Addressee) mutes(kind Kind) bool {
	return kind == Weekly && a.NoWeekly || kind == Alert && a.NoAlerts
}

// SecondTo is who stands in for a contact, if anybody can: the one whom the
// organisation named as second for the role, and else the next by role.
func SecondTo(first Addressee, all []Addressee) (Addressee, bool) {
	var candidates []Addressee
	for _, role := range append([]inventory.ContactRole{first.Role}, second...) {
		named := withRoles(all, []inventory.ContactRole{role})
		slices.SortStableFunc(named, func(a, b Addressee) int {
			switch {
			case a.Second == b.Second:
				return 0
			case a.Second:
				return -1
			}
			return 1
		})
		candidates = append(candidates, named...)
	}
	for _, a := range candidates {
		if a.ID != first.ID && !strings.EqualFold(a.Email, first.Email) {
			return a, true
		}
	}
	return Addressee{}, false
}

// withRoles are those who can be reached by mail.
func withRoles(all []Addressee, roles []inventory.ContactRole) []Addressee {
	var out []Addressee
	for _, a := range all {
		if a.Email != "" && a.Problem != Returned && slices.Contains(roles, a.Role) {
			out = append(out, a)
		}
	}
	return out
}

func once(all []Addressee) []Addressee {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(a Addressee) bool {
		key := strings.ToLower(a.Email)
		defer func() { seen[key] = true }()
		return seen[key]
	})
}
