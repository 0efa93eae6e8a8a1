package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// Search finds by id, address, prefix, CVE, or words.
func (c *Client) Search(ctx context.Context, text string) ([]wire.Hit, error) {
	found, err := get[wire.SearchResult](ctx, c, "/search?"+url.Values{"q": {text}}.Encode())
	return found.Hits, err
}

// Recent lists what the caller opened, the last first.
func (c *Client) Recent(ctx context.Context) ([]wire.Opened, error) {
	found, err := get[wire.Recent](ctx, c, "/recent")
	return found.Items, err
}

// NoteOpened keeps that the caller opened a thing.
func (c *Client) NoteOpened(ctx context.Context, kind, id string) error {
	return c.call(ctx, http.MethodPost, "/recent", wire.Opening{Kind: kind, ID: id}, nil)
}

// LookUpAddresses tells who has each address in a text.
func (c *Client) LookUpAddresses(ctx context.Context, text string) (wire.AddressHolders, error) {
	return post[wire.AddressHolders](ctx, c, "/search/addresses", wire.AddressText{Text: text})
}
