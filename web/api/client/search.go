package client

import (
	"context"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// Search finds by id, address, prefix, CVE, or words.
func (c *Client) Search(ctx context.Context, text string) ([]wire.Hit, error) {
	found, err := get[wire.SearchResult](ctx, c, "/search?"+url.Values{"q": {text}}.Encode())
	return found.Hits, err
}

// LookUpAddresses tells who has each address in a text.
func (c *Client) LookUpAddresses(ctx context.Context, text string) (wire.AddressHolders, error) {
	return post[wire.AddressHolders](ctx, c, "/search/addresses", wire.AddressText{Text: text})
}
