package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// Organizations lists all organisations.
func (c *Client) Organizations(ctx context.Context) ([]wire.Organization, error) {
	return all[wire.Organization](ctx, c, "/organizations", nil)
}

// Organization returns one.
func (c *Client) Organization(ctx context.Context, id string) (wire.Organization, error) {
	return get[wire.Organization](ctx, c, "/organizations/"+url.PathEscape(id))
}

// CreateOrganization registers one.
func (c *Client) CreateOrganization(ctx context.Context, n wire.NewOrganization) (wire.Organization, error) {
	return post[wire.Organization](ctx, c, "/organizations", n)
}

// AddContact adds a contact to an organisation.
func (c *Client) AddContact(ctx context.Context, org string, n wire.NewContact) (wire.Contact, error) {
	return post[wire.Contact](ctx, c, "/organizations/"+url.PathEscape(org)+"/contacts", n)
}

// An AssetFilter selects assets; empty fields select everything.
type AssetFilter struct {
	Org, Kind, AddressKind, Tag string
	Retired                     bool
}

// Assets lists all assets that f selects.
func (c *Client) Assets(ctx context.Context, f AssetFilter) ([]wire.Asset, error) {
	q := filter("org", f.Org, "kind", f.Kind, "address_kind", f.AddressKind, "tag", f.Tag)
	if f.Retired {
		q.Set("retired", "true")
	}
	return all[wire.Asset](ctx, c, "/assets", q)
}

// Asset returns one.
func (c *Client) Asset(ctx context.Context, id string) (wire.Asset, error) {
	return get[wire.Asset](ctx, c, "/assets/"+url.PathEscape(id))
}

// CreateAsset registers one.
func (c *Client) CreateAsset(ctx context.Context, n wire.NewAsset) (wire.Asset, error) {
	return post[wire.Asset](ctx, c, "/assets", n)
}

// An Import says how to import a file.
type Import struct {
	Org       string
	Name      string // of the file; its ending tells its kind
	ValidOnly bool   // import the good rows of a file with bad ones
	DryRun    bool   // change nothing, only tell
}

// ImportAssets imports the assets in a file: CSV, XLSX, nmap's XML or CycloneDX.
func (c *Client) ImportAssets(ctx context.Context, in Import, content []byte) (wire.ImportResult, error) {
	q := filter("org", in.Org, "name", in.Name, "mode", "all", "dry_run", strconv.FormatBool(in.DryRun))
	if in.ValidOnly {
		q.Set("mode", "valid")
	}
	var out wire.ImportResult
	f, err := c.send(ctx, http.MethodPost, "/assets/import", q, "application/octet-stream", bytes.NewReader(content))
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(f.Content, &out); err != nil {
		return out, fmt.Errorf("read the answer of %s: %w", c.name, err)
	}
	return out, nil
}

// MoveAsset gives an asset to another organisation.
func (c *Client) MoveAsset(ctx context.Context, id, org, reason string) (wire.Asset, error) {
	return post[wire.Asset](ctx, c, "/assets/"+url.PathEscape(id)+"/move", wire.AssetMove{OrgID: org, Reason: reason})
}

// RetireAsset takes an asset out of use.
func (c *Client) RetireAsset(ctx context.Context, id, reason string) (wire.Asset, error) {
	return post[wire.Asset](ctx, c, "/assets/"+url.PathEscape(id)+"/retire", wire.Reason{Reason: reason})
}

// AssetHistory lists an asset's owners, oldest first.
func (c *Client) AssetHistory(ctx context.Context, id string) ([]wire.Ownership, error) {
	list, err := get[wire.List[wire.Ownership]](ctx, c, "/assets/"+url.PathEscape(id)+"/history")
	return list.Items, err
}

// Authorizations lists permissions to scan, of one organisation or of all.
func (c *Client) Authorizations(ctx context.Context, org string) ([]wire.Authorization, error) {
	return all[wire.Authorization](ctx, c, "/authorizations", filter("org", org))
}

// CreateAuthorization records a permission to scan.
func (c *Client) CreateAuthorization(ctx context.Context, n wire.NewAuthorization) (wire.Authorization, error) {
	return post[wire.Authorization](ctx, c, "/authorizations", n)
}

// RevokeAuthorization ends a permission to scan.
func (c *Client) RevokeAuthorization(ctx context.Context, id, reason string) error {
	return c.call(ctx, http.MethodPost, "/authorizations/"+url.PathEscape(id)+"/revoke", wire.Reason{Reason: reason}, nil)
}

// Exclusions lists orders not to scan.
func (c *Client) Exclusions(ctx context.Context) ([]wire.Exclusion, error) {
	return all[wire.Exclusion](ctx, c, "/exclusions", nil)
}

// ExclusionPage lists a page of the orders not to scan.
func (c *Client) ExclusionPage(ctx context.Context, query url.Values) (wire.List[wire.Exclusion], error) {
	return page[wire.Exclusion](ctx, c, "/exclusions", query)
}

// OrganizationExclusions lists the orders in force not to scan what an
// organisation permits.
func (c *Client) OrganizationExclusions(ctx context.Context, org string) ([]wire.Exclusion, error) {
	list, err := get[wire.List[wire.Exclusion]](ctx, c, "/organizations/"+url.PathEscape(org)+"/exclusions")
	return list.Items, err
}

// CreateExclusion forbids scanning something.
func (c *Client) CreateExclusion(ctx context.Context, n wire.NewExclusion) (wire.Exclusion, error) {
	return post[wire.Exclusion](ctx, c, "/exclusions", n)
}

// EndExclusion ends an order not to scan.
func (c *Client) EndExclusion(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPost, "/exclusions/"+url.PathEscape(id)+"/end", nil, nil)
}
