package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// AssetPage returns one page of assets: query is as the API takes it.
func (c *Client) AssetPage(ctx context.Context, query url.Values) (wire.List[wire.AssetLine], error) {
	return page[wire.AssetLine](ctx, c, "/assets", query)
}

// AssetsOf returns those with the ids that are in use, at most 500.
func (c *Client) AssetsOf(ctx context.Context, ids []string) ([]wire.AssetLine, error) {
	found, err := c.AssetPage(ctx, url.Values{"id": ids, "limit": {strconv.Itoa(len(ids))}})
	return found.Items, err
}

// CertificatePage returns one page of the certificates that services show: query
// is as the API takes it.
func (c *Client) CertificatePage(ctx context.Context, query url.Values) (wire.List[wire.Certificate], error) {
	return page[wire.Certificate](ctx, c, "/certificates", query)
}

// AssetFacts returns all that is known of an asset.
func (c *Client) AssetFacts(ctx context.Context, id string) (wire.AssetPage, error) {
	return get[wire.AssetPage](ctx, c, "/assets/"+url.PathEscape(id)+"/page")
}

// ExportAssets returns the assets that query selects, as a file.
func (c *Client) ExportAssets(ctx context.Context, query url.Values) (File, error) {
	return c.send(ctx, http.MethodGet, "/assets/export", query, "", nil)
}

// EditAsset replaces what is said of an asset.
func (c *Client) EditAsset(ctx context.Context, id string, n wire.AssetEdit) (wire.Asset, error) {
	var out wire.Asset
	return out, c.call(ctx, http.MethodPut, "/assets/"+url.PathEscape(id), n, &out)
}

// ChangeAssets does one thing to many assets.
func (c *Client) ChangeAssets(ctx context.Context, n wire.AssetChange) (wire.Changed, error) {
	return post[wire.Changed](ctx, c, "/assets/change", n)
}

// UndoAssets takes back what was just done to many assets.
func (c *Client) UndoAssets(ctx context.Context, id string) (wire.Undone, error) {
	return post[wire.Undone](ctx, c, "/asset-undos/"+url.PathEscape(id), nil)
}

// DiscoveryPage returns one page of what was seen and is not registered: query
// is as the API takes it.
func (c *Client) DiscoveryPage(ctx context.Context, query url.Values) (wire.List[wire.Discovery], error) {
	return page[wire.Discovery](ctx, c, "/discoveries", query)
}

// ClaimDiscovery registers what was seen.
func (c *Client) ClaimDiscovery(ctx context.Context, id string) (wire.Asset, error) {
	return post[wire.Asset](ctx, c, "/discoveries/"+url.PathEscape(id)+"/claim", nil)
}

// RejectDiscovery keeps away what was seen.
func (c *Client) RejectDiscovery(ctx context.Context, id, reason string) error {
	return c.call(ctx, http.MethodPost, "/discoveries/"+url.PathEscape(id)+"/reject", wire.Reason{Reason: reason}, nil)
}

// ImportPage returns one page of imports: query is as the API takes it.
func (c *Client) ImportPage(ctx context.Context, query url.Values) (wire.List[wire.Import], error) {
	return page[wire.Import](ctx, c, "/imports", query)
}

// CreateImport brings a file to be looked at before it is imported.
func (c *Client) CreateImport(ctx context.Context, n wire.NewImport) (wire.Import, error) {
	return post[wire.Import](ctx, c, "/imports", n)
}

// Import returns one.
func (c *Client) Import(ctx context.Context, id string) (wire.Import, error) {
	return get[wire.Import](ctx, c, "/imports/"+url.PathEscape(id))
}

// ImportRows returns one page of an import's rows: query is as the API takes it.
func (c *Client) ImportRows(ctx context.Context, id string, query url.Values) (wire.List[wire.ImportRow], error) {
	return page[wire.ImportRow](ctx, c, "/imports/"+url.PathEscape(id)+"/rows", query)
}

// AllImportRows returns all rows of a class.
func (c *Client) AllImportRows(ctx context.Context, id, class string) ([]wire.ImportRow, error) {
	return all[wire.ImportRow](ctx, c, "/imports/"+url.PathEscape(id)+"/rows", filter("class", class))
}

// ReadImport reads a draft's file anew.
func (c *Client) ReadImport(ctx context.Context, id string, n wire.ImportReading) (wire.Import, error) {
	return post[wire.Import](ctx, c, "/imports/"+url.PathEscape(id)+"/read", n)
}

// ApplyImport takes a draft into the register: mode is "all" or "valid".
func (c *Client) ApplyImport(ctx context.Context, id, mode string) (wire.Import, error) {
	return post[wire.Import](ctx, c, "/imports/"+url.PathEscape(id)+"/apply", wire.ImportDecision{Mode: mode})
}

// UndoImport takes an import back.
func (c *Client) UndoImport(ctx context.Context, id string) (wire.ImportUndone, error) {
	return post[wire.ImportUndone](ctx, c, "/imports/"+url.PathEscape(id)+"/undo", nil)
}

// DropImport throws a draft away.
func (c *Client) DropImport(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/imports/"+url.PathEscape(id), nil, nil)
}
