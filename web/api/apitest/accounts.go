package apitest

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// People stands in for the store of accounts. It knows one analyst, who is
// signed in once, and one invitation.
type People struct{ *Fake }

// OwnNames stands in for the real one: everybody called own-something.
func (People) OwnNames(_ context.Context, _ inventory.OrganizationID, names []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = strings.HasPrefix(n, "own-")
	}
	return out, nil
}

// amara is the one account.
var amara = account.Account{ID: "ACC-1", Name: "amara", Role: account.Analyst, Handle: "h", CreatedAt: Noon}

// Account stands in for the real one.
func (People) Account(_ context.Context, id account.ID) (account.Account, error) {
	if id != amara.ID {
		return account.Account{}, fmt.Errorf("account %s: %w", id, inventory.ErrNotFound)
	}
	return amara, nil
}

// Accounts stands in for the real one.
func (People) Accounts(_ context.Context, _ account.Filter, p inventory.Page) ([]account.Account, string, error) {
	return paged([]account.Account{amara}, p)
}

// DisableAccount stands in for the real one.
func (p People) DisableAccount(_ context.Context, who string, id account.ID) error {
	p.did(who, "account.disable "+string(id))
	return nil
}

// EnableAccount stands in for the real one.
func (p People) EnableAccount(_ context.Context, who string, id account.ID) error {
	p.did(who, "account.enable "+string(id))
	return nil
}

// SetRole stands in for the real one.
func (p People) SetRole(_ context.Context, who string, id account.ID, role account.Role, org inventory.OrganizationID) error {
	p.did(who, fmt.Sprintf("account.role %s %s %s", id, role, org))
	return nil
}

// Invite stands in for the real one.
func (p People) Invite(_ context.Context, who string, role account.Role, org inventory.OrganizationID) (string, account.Invitation, error) {
	p.did(who, fmt.Sprintf("invitation.create %s %s", role, org))
	return "secret", invitation(who, role, org), nil
}

// InviteFirst stands in for the real one.
func (p People) InviteFirst(_ context.Context, who string) (string, account.Invitation, error) {
	p.did(who, "invitation.create_first")
	return "secret", invitation(who, account.Administrator, ""), nil
}

// ResetAccount stands in for the real one.
func (p People) ResetAccount(_ context.Context, by account.Resetter, id account.ID) (string, account.Invitation, error) {
	p.did(by.Who, "account.reset")
	inv := invitation(by.Who, account.Analyst, "")
	inv.Renews = id
	return "secret", inv, nil
}

func invitation(who string, role account.Role, org inventory.OrganizationID) account.Invitation {
	return account.Invitation{ID: "INV-1", Role: role, Org: org, InvitedBy: who, CreatedAt: Noon, Until: Noon.Add(account.InvitationLife)}
}

// Invitations stands in for the real one.
func (People) Invitations(_ context.Context, org inventory.OrganizationID, p inventory.Page) ([]account.Invitation, string, error) {
	return paged([]account.Invitation{invitation("amara", account.Analyst, org)}, p)
}

// RevokeInvitation stands in for the real one.
func (p People) RevokeInvitation(_ context.Context, who string, _ inventory.OrganizationID, id account.InvitationID) error {
	p.did(who, "invitation.revoke "+string(id))
	return nil
}

// Sessions stands in for the real one.
func (People) Sessions(context.Context, account.ID) ([]account.Session, error) {
	return []account.Session{{
		ID: "SES-1", Account: amara.ID, Name: amara.Name, Role: amara.Role, CreatedAt: Noon, ProvedAt: Noon, SeenAt: Noon,
		Until: Noon.Add(12 * time.Hour), Source: netip.MustParseAddr("192.0.2.7"), Agent: "Firefox",
	}}, nil
}

// RevokeSession stands in for the real one.
func (p People) RevokeSession(_ context.Context, who string, of account.ID, id account.SessionID) error {
	p.did(who, fmt.Sprintf("session.revoke %s %s", of, id))
	return nil
}

// RevokeSessions stands in for the real one.
func (p People) RevokeSessions(_ context.Context, who string, of account.ID, _ account.SessionID) error {
	p.did(who, "session.revoke_all "+string(of))
	return nil
}
