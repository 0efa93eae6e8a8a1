package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// ImportFeed imports a threat feed, kev or epss, as it is published.
func (c *Client) ImportFeed(ctx context.Context, feed string, content []byte) (wire.FeedResult, error) {
	var out wire.FeedResult
	f, err := c.send(ctx, http.MethodPost, "/feeds/"+url.PathEscape(feed), nil, "application/octet-stream", bytes.NewReader(content))
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(f.Content, &out); err != nil {
		return out, fmt.Errorf("read the answer of %s: %w", c.name, err)
	}
	return out, nil
}
