package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// Overview shows how the nation, a sector or an organisation stands: query is
// as the API takes it.
func (c *Client) Overview(ctx context.Context, query url.Values) (wire.Overview, error) {
	return get[wire.Overview](ctx, c, "/overview?"+query.Encode())
}

// DifferenceFile is what changed between two dates, as a file: query is as the
// API takes it.
func (c *Client) DifferenceFile(ctx context.Context, query url.Values) (File, error) {
	return c.send(ctx, http.MethodGet, "/diff/export", query, "", nil)
}

// Difference shows what changed between two dates: query is as the API takes
// it.
func (c *Client) Difference(ctx context.Context, query url.Values) (wire.Difference, error) {
	return get[wire.Difference](ctx, c, "/diff?"+query.Encode())
}
