package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// Accounts keeps who may sign in. How they do is not the API's affair.
type Accounts interface {
	Account(ctx context.Context, id account.ID) (account.Account, error)
	Accounts(ctx context.Context, f account.Filter, page inventory.Page) ([]account.Account, string, error)
	// OwnNames are those of the names by which the organisation's own people act.
	OwnNames(ctx context.Context, org inventory.OrganizationID, names []string) (map[string]bool, error)
	DisableAccount(ctx context.Context, who string, id account.ID) error
	EnableAccount(ctx context.Context, who string, id account.ID) error
	SetRole(ctx context.Context, who string, id account.ID, role account.Role, org inventory.OrganizationID) error
	// ResetAccount makes a link by which the holder signs in anew.
	ResetAccount(ctx context.Context, by account.Resetter, id account.ID) (string, account.Invitation, error)

	Invite(ctx context.Context, who string, role account.Role, org inventory.OrganizationID) (string, account.Invitation, error)
	InviteFirst(ctx context.Context, who string) (string, account.Invitation, error)
	Invitations(ctx context.Context, org inventory.OrganizationID, page inventory.Page) ([]account.Invitation, string, error)
	RevokeInvitation(ctx context.Context, who string, of inventory.OrganizationID, id account.InvitationID) error

	Sessions(ctx context.Context, id account.ID) ([]account.Session, error)
	RevokeSession(ctx context.Context, who string, of account.ID, id account.SessionID) error
	RevokeSessions(ctx context.Context, who string, of account.ID, keep account.SessionID) error
}

func (s *server) registerAccounts() {
	handle(s, "list-accounts", "GET /accounts", "List who may sign in", s.listAccounts)
	handle(s, "list-colleagues", "GET /colleagues", "Find who of the CERT can take a finding in hand, by a part of the name", s.listColleagues)
	handle(s, "get-account", "GET /accounts/{id}", "Show an account", s.getAccount)
	handle(s, "disable-account", "POST /accounts/{id}/disable", "Let nobody in by an account; its sessions, tokens and invitations end", s.disableAccount)
	handle(s, "enable-account", "POST /accounts/{id}/enable", "Let a disabled account sign in again", s.enableAccount)
	handle(s, "set-account-role", "POST /accounts/{id}/role", "Give an account another role; its sessions, tokens and invitations end", s.setAccountRole)
	handle(s, "reset-account", "POST /accounts/{id}/reset",
		"Make a link by which somebody who lost password or second factor sets them anew; what was before ends", s.resetAccount, creates)
	handle(s, "list-account-sessions", "GET /accounts/{id}/sessions", "List the browsers in which somebody is signed in", s.listAccountSessions)
	handle(s, "revoke-account-session", "DELETE /accounts/{id}/sessions/{session}", "Sign one browser out", s.revokeAccountSession)
	handle(s, "revoke-account-sessions", "DELETE /accounts/{id}/sessions", "Sign all of an account's browsers out", s.revokeAccountSessions)
	handle(s, "list-invitations", "GET /invitations", "List invitations, newest first", s.listInvitations)
	handle(s, "create-invitation", "POST /invitations", "Make a link by which one person makes an account", s.createInvitation, creates)
	handle(s, "create-first-invitation", "POST /invitations/first",
		"Make the link for the first administrator, for the machine's own administrator alone", s.createFirstInvitation, creates)
	handle(s, "revoke-invitation", "DELETE /invitations/{id}", "Let a link work no more", s.revokeInvitation)
}

func (s *server) listAccounts(ctx context.Context, in *struct {
	Paging
	OrgID string `query:"org_id" maxLength:"100"`
	Role  string `query:"role" enum:"administrator,analyst,approver,legal_officer,auditor,operator_admin,operator"`
	State string `query:"state" enum:"enabled,disabled"`
	Name  string `query:"name" maxLength:"64" doc:"A part of the name."`
},
) (*listed[wire.Account], error) {
	org, err := boundTo(ctx, inventory.OrganizationID(in.OrgID))
	if err != nil {
		return nil, err
	}
	f := account.Filter{Org: org, Role: account.Role(in.Role), State: account.State(in.State), Name: in.Name}
	all, next, err := s.Accounts.Accounts(ctx, f, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, accountOut), nil
}

// listColleagues tells names alone: accounts are for those who keep them.
func (s *server) listColleagues(ctx context.Context, in *struct {
	Paging
	Name string `query:"q" maxLength:"64" doc:"A part of the name."`
},
) (*listed[wire.Colleague], error) {
	all, next, err := s.Accounts.Accounts(ctx, account.Filter{CERT: true, State: account.StateEnabled, Name: in.Name}, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, func(a account.Account) wire.Colleague {
		return wire.Colleague{Name: a.Name, Role: string(a.Role)}
	}), nil
}

// theirAccount finds an account that the caller may know of. What is done to
// it then is done with account.Unbound: no operator's session of the database
// writes accounts.
func (s *server) theirAccount(ctx context.Context, id string) (account.Account, error) {
	a, err := s.Accounts.Account(ctx, account.ID(id))
	if err != nil {
		return account.Account{}, err
	}
	return a, theirs(ctx, "account", id, a.Org)
}

func (s *server) getAccount(ctx context.Context, in *ByID) (*body[wire.Account], error) {
	a, err := s.theirAccount(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(accountOut(a)), nil
}

func (s *server) disableAccount(ctx context.Context, in *ByID) (*body[wire.Account], error) {
	a, err := s.theirAccount(ctx, in.ID)
	if err == nil && a.Name == who(ctx) {
		err = fmt.Errorf("%s is your own account, let another administrator disable it: %w", a.ID, inventory.ErrConflict)
	}
	if err == nil {
		err = s.Accounts.DisableAccount(account.Unbound(ctx), who(ctx), a.ID)
	}
	if err != nil {
		return nil, err
	}
	return s.getAccount(ctx, in)
}

func (s *server) enableAccount(ctx context.Context, in *ByID) (*body[wire.Account], error) {
	a, err := s.theirAccount(ctx, in.ID)
	if err == nil {
		err = s.Accounts.EnableAccount(account.Unbound(ctx), who(ctx), a.ID)
	}
	if err != nil {
		return nil, err
	}
	return s.getAccount(ctx, in)
}

func (s *server) setAccountRole(ctx context.Context, in *struct {
	ByID
	Body wire.RoleChange
},
) (*body[wire.Account], error) {
	a, err := s.theirAccount(ctx, in.ID)
	if err == nil && a.Foreign() {
		err = fmt.Errorf("%s has its role from the groups of its provider, change it there: %w", a.ID, inventory.ErrConflict)
	}
	if err == nil {
		err = s.Accounts.SetRole(account.Unbound(ctx), who(ctx), a.ID, account.Role(in.Body.Role), inventory.OrganizationID(in.Body.OrgID))
	}
	if err != nil {
		return nil, err
	}
	return s.getAccount(ctx, &in.ByID)
}

// resetAccount is what nobody does to their own account, and what to the last
// administrator's only the machine's owner does.
func (s *server) resetAccount(ctx context.Context, in *ByID) (*created[wire.AccountReset], error) {
	a, err := s.theirAccount(ctx, in.ID)
	if err == nil && a.Name == who(ctx) {
		err = fmt.Errorf("%s is your own account, change what you sign in with under your account, or let another administrator reset it: %w", a.ID, inventory.ErrConflict)
	}
	if err != nil {
		return nil, err
	}
	by := account.Resetter{Who: who(ctx), AtMachine: strings.HasPrefix(who(ctx), auth.LocalPrefix), Mail: s.Mail.State == "on"}
	secret, inv, err := s.Accounts.ResetAccount(account.Unbound(ctx), by, a.ID)
	if err != nil {
		return nil, err
	}
	link := s.newLink(secret, inv)
	return newObject("invitations", string(inv.ID), wire.AccountReset{InvitationLink: link.Body, Told: by.Mail && a.Mailable()}), nil
}

func (s *server) listAccountSessions(ctx context.Context, in *ByID) (*body[wire.List[wire.Session]], error) {
	a, err := s.theirAccount(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.Accounts.Sessions(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.Session]{Items: convert(all, sessionOut)}), nil
}

func (s *server) revokeAccountSession(ctx context.Context, in *struct {
	ByID
	Session string `path:"session" maxLength:"100"`
},
) (*struct{}, error) {
	a, err := s.theirAccount(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Accounts.RevokeSession(account.Unbound(ctx), who(ctx), a.ID, account.SessionID(in.Session))
}

func (s *server) revokeAccountSessions(ctx context.Context, in *ByID) (*struct{}, error) {
	a, err := s.theirAccount(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Accounts.RevokeSessions(account.Unbound(ctx), who(ctx), a.ID, "")
}

func (s *server) listInvitations(ctx context.Context, in *struct {
	Paging
	OrgID string `query:"org_id" maxLength:"100"`
},
) (*listed[wire.Invitation], error) {
	org, err := boundTo(ctx, inventory.OrganizationID(in.OrgID))
	if err != nil {
		return nil, err
	}
	all, next, err := s.Accounts.Invitations(ctx, org, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, s.invitation), nil
}

func (s *server) createInvitation(ctx context.Context, in *body[wire.NewInvitation]) (*created[wire.InvitationLink], error) {
	role := account.Role(in.Body.Role)
	if ownOrg(ctx) != "" && !role.Bound() {
		return nil, mistake("role", in.Body.Role, "is one of the CERT's own", "invite an operator or an operator_admin")
	}
	org, err := boundTo(ctx, inventory.OrganizationID(in.Body.OrgID))
	if err != nil {
		return nil, err
	}
	secret, inv, err := s.Accounts.Invite(account.Unbound(ctx), who(ctx), role, org)
	if err != nil {
		return nil, err
	}
	return s.newLink(secret, inv), nil
}

// createFirstInvitation is for whoever owns the machine: by no token, however
// mighty, does anybody become its first administrator.
func (s *server) createFirstInvitation(ctx context.Context, _ *struct{}) (*created[wire.InvitationLink], error) {
	if !strings.HasPrefix(who(ctx), auth.LocalPrefix) {
		return nil, fmt.Errorf("the link for the first administrator is given at the machine's own socket only: %w", inventory.ErrForbidden)
	}
	secret, inv, err := s.Accounts.InviteFirst(account.Unbound(ctx), who(ctx))
	if err != nil {
		return nil, err
	}
	return s.newLink(secret, inv), nil
}

func (s *server) newLink(secret string, inv account.Invitation) *created[wire.InvitationLink] {
	return newObject("invitations", string(inv.ID), wire.InvitationLink{
		Invitation: s.invitation(inv), URL: strings.TrimSuffix(s.ConsoleURL, "/") + "/invitation/" + secret,
	})
}

func (s *server) revokeInvitation(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.Accounts.RevokeInvitation(account.Unbound(ctx), who(ctx), ownOrg(ctx), account.InvitationID(in.ID))
}

func accountOut(a account.Account) wire.Account {
	state := account.StateEnabled
	if a.DisabledAt != nil {
		state = account.StateDisabled
	}
	return wire.Account{
		ID: string(a.ID), Name: a.Name, Role: string(a.Role), OrgID: string(a.Org), State: string(state), Provider: a.Issuer,
		CreatedAt: a.CreatedAt.UTC(), DisabledAt: utc(a.DisabledAt),
	}
}

func (s *server) invitation(i account.Invitation) wire.Invitation {
	states := []struct {
		is   bool
		word string
	}{{i.AcceptedAt != nil, "accepted"}, {i.RevokedAt != nil, "revoked"}, {!i.Open(s.Now()), "expired"}, {true, "open"}}
	at := slices.IndexFunc(states, func(c struct {
		is   bool
		word string
	},
	) bool {
		return c.is
	})
	return wire.Invitation{
		ID: string(i.ID), Role: string(i.Role), OrgID: string(i.Org), State: states[at].word, InvitedBy: i.InvitedBy,
		CreatedAt: i.CreatedAt.UTC(), Until: i.Until.UTC(), AccountID: string(i.Account), Renews: string(i.Renews),
	}
}

func sessionOut(x account.Session) wire.Session {
	out := wire.Session{ID: string(x.ID), CreatedAt: x.CreatedAt.UTC(), SeenAt: x.SeenAt.UTC(), EndsAt: x.Ends().UTC(), Agent: x.Agent}
	if x.Source.IsValid() {
		out.Source = x.Source.String()
	}
	return out
}
