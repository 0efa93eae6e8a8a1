package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// AccountPage reads one page of who may sign in: query is as the API takes it.
func (c *Client) AccountPage(ctx context.Context, query url.Values) (wire.List[wire.Account], error) {
	return page[wire.Account](ctx, c, "/accounts", query)
}

// Colleagues finds some of the CERT by a part of their names.
func (c *Client) Colleagues(ctx context.Context, text string) ([]wire.Colleague, error) {
	found, err := page[wire.Colleague](ctx, c, "/colleagues", filter("q", text, "limit", "20"))
	return found.Items, err
}

// Accounts lists who may sign in.
func (c *Client) Accounts(ctx context.Context, query url.Values) ([]wire.Account, error) {
	return all[wire.Account](ctx, c, "/accounts", query)
}

// Account shows one.
func (c *Client) Account(ctx context.Context, id string) (wire.Account, error) {
	return get[wire.Account](ctx, c, accountPath(id))
}

// DisableAccount lets nobody in by it.
func (c *Client) DisableAccount(ctx context.Context, id string) (wire.Account, error) {
	return post[wire.Account](ctx, c, accountPath(id, "disable"), nil)
}

// EnableAccount lets it sign in again.
func (c *Client) EnableAccount(ctx context.Context, id string) (wire.Account, error) {
	return post[wire.Account](ctx, c, accountPath(id, "enable"), nil)
}

// SetAccountRole gives it another role.
func (c *Client) SetAccountRole(ctx context.Context, id string, r wire.RoleChange) (wire.Account, error) {
	return post[wire.Account](ctx, c, accountPath(id, "role"), r)
}

// AccountSessions lists the browsers in which somebody is signed in.
func (c *Client) AccountSessions(ctx context.Context, id string) ([]wire.Session, error) {
	found, err := get[wire.List[wire.Session]](ctx, c, accountPath(id, "sessions"))
	return found.Items, err
}

// RevokeAccountSession signs one browser out, or with "" all.
func (c *Client) RevokeAccountSession(ctx context.Context, id, session string) error {
	path := accountPath(id, "sessions")
	if session != "" {
		path = accountPath(id, "sessions", session)
	}
	return c.call(ctx, http.MethodDelete, path, nil, nil)
}

// InvitationPage reads one page of invitations.
func (c *Client) InvitationPage(ctx context.Context, query url.Values) (wire.List[wire.Invitation], error) {
	return page[wire.Invitation](ctx, c, "/invitations", query)
}

// Invite makes a link by which one person makes an account; it is shown this
// once.
func (c *Client) Invite(ctx context.Context, n wire.NewInvitation) (wire.InvitationLink, error) {
	return post[wire.InvitationLink](ctx, c, "/invitations", n)
}

// InviteFirst makes the link for the first administrator.
func (c *Client) InviteFirst(ctx context.Context) (wire.InvitationLink, error) {
	return post[wire.InvitationLink](ctx, c, "/invitations/first", nil)
}

// ResetAccount makes a link by which its holder sets password and second
// factor anew; it is shown this once.
func (c *Client) ResetAccount(ctx context.Context, id string) (wire.AccountReset, error) {
	return post[wire.AccountReset](ctx, c, accountPath(id, "reset"), nil)
}

// RevokeInvitation lets a link work no more.
func (c *Client) RevokeInvitation(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/invitations/"+url.PathEscape(id), nil, nil)
}

// accountPath is below an account, each part escaped.
func accountPath(parts ...string) string {
	path := "/accounts"
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}
