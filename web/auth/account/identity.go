package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
)

// An Identity is who acts, as the audit log names them.
type Identity struct {
	User string
	Role Role
	Org  inventory.OrganizationID // whose people it is of; "" for the CERT's own
	// ReadOnly is who may look and change nothing, whatever the role may.
	ReadOnly bool
}

// Bound tells whether the identity sees one organisation only.
func (id Identity) Bound() bool { return id.Role.Bound() }

// Role is what a user is for.
type Role string

// Roles.
const (
	Administrator Role = "administrator"  // runs the installation
	Analyst       Role = "analyst"        // registers, scans, works on findings, drafts advisories
	Approver      Role = "approver"       // reads, and approves what analysts draft
	LegalOfficer  Role = "legal_officer"  // reads, and agrees to what is red or of an incident
	Auditor       Role = "auditor"        // reads everything, the audit log included
	OperatorAdmin Role = "operator_admin" // one of an organisation's own people who also keeps its register and its people
	Operator      Role = "operator"       // an organisation's own people
)

// Roles lists every role.
func Roles() []Role {
	return []Role{Administrator, Analyst, Approver, LegalOfficer, Auditor, OperatorAdmin, Operator}
}

// Bound tells whether the role is of an organisation's people.
func (r Role) Bound() bool { return r == Operator || r == OperatorAdmin }

// Check refuses a role that does not exist, one of an organisation's people
// without their organisation, and anybody else with one.
func (id Identity) Check() error {
	switch {
	case !slices.Contains(Roles(), id.Role):
		return fmt.Errorf("user %s has unknown role %q", id.User, id.Role)
	case id.Bound() != (id.Org != ""):
		return fmt.Errorf("user %s with role %s and organisation %q: people of an organisation have one, and nobody else", id.User, id.Role, id.Org)
	}
	return nil
}

type identityKey struct{}

// WithIdentity returns a context that carries id.
func WithIdentity(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, id)
}

// FromContext returns the identity that WithIdentity put in.
func FromContext(ctx context.Context) (Identity, bool) {
	id, ok := ctx.Value(identityKey{}).(Identity)
	return id, ok
}

type unboundKey struct{}

// Unbound returns a context whose identity is who it was and whose reads and
// writes are not limited to its organisation by the database. It is for the
// few acts that need the whole installation's eyes, such as planning a scan,
// which keeps away from other operators' plants; the caller has checked the
// right to the very object before, by a read that was limited.
func Unbound(ctx context.Context) context.Context {
	return context.WithValue(ctx, unboundKey{}, true)
}

// Limit returns the organisation whose rows alone ctx may see; ok is false
// when it may see all. An identity of nobody's people that should have an
// organisation is limited to none: "" and true.
func Limit(ctx context.Context) (org inventory.OrganizationID, ok bool) {
	if free, _ := ctx.Value(unboundKey{}).(bool); free {
		return "", false
	}
	id, known := FromContext(ctx)
	if !known || !id.Bound() && id.Org == "" {
		return "", false
	}
	return id.Org, true
}
