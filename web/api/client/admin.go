package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// CreateToken gives a user a token; its secret is shown this once.
func (c *Client) CreateToken(ctx context.Context, n wire.NewToken) (wire.Token, error) {
	return post[wire.Token](ctx, c, "/tokens", n)
}

// RevokeToken takes a token back.
func (c *Client) RevokeToken(ctx context.Context, user, name string) error {
	return c.call(ctx, http.MethodDelete, "/tokens/"+url.PathEscape(user)+"/"+url.PathEscape(name), nil, nil)
}

// AuditRecords lists who did what.
func (c *Client) AuditRecords(ctx context.Context) ([]wire.AuditRecord, error) {
	return all[wire.AuditRecord](ctx, c, "/audit", nil)
}

// VerifyAudit checks the whole audit log.
func (c *Client) VerifyAudit(ctx context.Context) (wire.AuditVerification, error) {
	return get[wire.AuditVerification](ctx, c, "/audit/verification")
}

// Health says how the installation does.
func (c *Client) Health(ctx context.Context) (wire.Health, error) {
	return get[wire.Health](ctx, c, "/health")
}

// Identity says who the server takes the caller for.
func (c *Client) Identity(ctx context.Context) (wire.Identity, error) {
	return get[wire.Identity](ctx, c, "/identity")
}
