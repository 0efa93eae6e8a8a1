package client

import (
	"context"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// One page of each list of the exchange: query is as the API takes it.

// AdvisoryPage returns one page of advisories.
func (c *Client) AdvisoryPage(ctx context.Context, query url.Values) (wire.List[wire.Advisory], error) {
	return page[wire.Advisory](ctx, c, "/advisories", query)
}

// BulletinPage returns one page of advisories as operators read them.
func (c *Client) BulletinPage(ctx context.Context, query url.Values) (wire.List[wire.Bulletin], error) {
	return page[wire.Bulletin](ctx, c, "/bulletins", query)
}

// Bulletin returns one, in a language as far as it is translated.
func (c *Client) Bulletin(ctx context.Context, id, lang string) (wire.Bulletin, error) {
	var out wire.Bulletin
	return out, c.query(ctx, at("bulletins", id), url.Values{"lang": {lang}}, &out)
}

// ReleasePage returns one page of releases.
func (c *Client) ReleasePage(ctx context.Context, query url.Values) (wire.List[wire.Release], error) {
	return page[wire.Release](ctx, c, "/releases", query)
}

// PeerPage returns one page of peers.
func (c *Client) PeerPage(ctx context.Context, query url.Values) (wire.List[wire.Peer], error) {
	return page[wire.Peer](ctx, c, "/peers", query)
}

// AgreementPage returns one page of agreements.
func (c *Client) AgreementPage(ctx context.Context, query url.Values) (wire.List[wire.Agreement], error) {
	return page[wire.Agreement](ctx, c, "/agreements", query)
}

// InboxPage returns one page of received documents.
func (c *Client) InboxPage(ctx context.Context, query url.Values) (wire.List[wire.Inbound], error) {
	return page[wire.Inbound](ctx, c, "/inbox", query)
}

// InboundMatchPage returns one page of the assets that a document concerns.
func (c *Client) InboundMatchPage(ctx context.Context, id string, query url.Values) (wire.List[wire.Match], error) {
	return page[wire.Match](ctx, c, at("inbox", id, "matches"), query)
}
