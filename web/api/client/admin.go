package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

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

// An AuditFilter selects records; zero fields select all.
type AuditFilter struct {
	Actor, Act, Object, Text string
	From, To                 time.Time
}

func (f AuditFilter) query() url.Values {
	q := url.Values{}
	for key, value := range map[string]string{"actor": f.Actor, "act": f.Act, "object": f.Object, "text": f.Text} {
		if value != "" {
			q.Set(key, value)
		}
	}
	for key, at := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !at.IsZero() {
			q.Set(key, at.UTC().Format(time.RFC3339))
		}
	}
	return q
}

// AuditRecords lists who did what.
func (c *Client) AuditRecords(ctx context.Context, f AuditFilter) ([]wire.AuditRecord, error) {
	return all[wire.AuditRecord](ctx, c, "/audit", f.query())
}

// AuditPage is one page of what a query selects.
func (c *Client) AuditPage(ctx context.Context, query url.Values) (wire.List[wire.AuditRecord], error) {
	return page[wire.AuditRecord](ctx, c, "/audit", query)
}

// AuditFile gives out what a query selects, as a file.
func (c *Client) AuditFile(ctx context.Context, query url.Values) (File, error) {
	return c.send(ctx, http.MethodGet, "/audit/export", query, "", nil)
}

// VerifyAudit checks the whole audit log.
func (c *Client) VerifyAudit(ctx context.Context) (wire.AuditVerification, error) {
	return get[wire.AuditVerification](ctx, c, "/audit/verification")
}

// Health says how the installation does.
func (c *Client) Health(ctx context.Context) (wire.Health, error) {
	return get[wire.Health](ctx, c, "/health")
}

// RecordBackup writes down that a copy of the database was made.
func (c *Client) RecordBackup(ctx context.Context, n wire.NewBackup) (wire.Backup, error) {
	return post[wire.Backup](ctx, c, "/backups", n)
}

// Backups lists the backups that were written down, newest first.
func (c *Client) Backups(ctx context.Context) ([]wire.Backup, error) {
	return all[wire.Backup](ctx, c, "/backups", nil)
}

// BackupPage is one page of them.
func (c *Client) BackupPage(ctx context.Context, query url.Values) (wire.List[wire.Backup], error) {
	return page[wire.Backup](ctx, c, "/backups", query)
}

// Settings lists every setting of the server, and where it was said.
func (c *Client) Settings(ctx context.Context) ([]wire.Setting, error) {
	l, err := get[wire.List[wire.Setting]](ctx, c, "/settings")
	return l.Items, err
}

// Identity says who the server takes the caller for.
func (c *Client) Identity(ctx context.Context) (wire.Identity, error) {
	return get[wire.Identity](ctx, c, "/identity")
}
