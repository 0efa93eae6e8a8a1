package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// OrganizationPage returns one page of organisations: query is as the API
// takes it.
func (c *Client) OrganizationPage(ctx context.Context, query url.Values) (wire.List[wire.OrganizationLine], error) {
	return page[wire.OrganizationLine](ctx, c, "/organization-lines", query)
}

// FindOrganizations returns the first few whose name or id has the text in it.
func (c *Client) FindOrganizations(ctx context.Context, text string) ([]wire.Organization, error) {
	found, err := page[wire.Organization](ctx, c, "/organizations", filter("q", text, "limit", "20"))
	return found.Items, err
}

// OrganizationsOf returns those with the ids, at most 500.
func (c *Client) OrganizationsOf(ctx context.Context, ids []string) ([]wire.Organization, error) {
	found, err := page[wire.Organization](ctx, c, "/organizations", url.Values{"id": ids, "limit": {strconv.Itoa(len(ids))}})
	return found.Items, err
}

// EditOrganization replaces an organisation's profile.
func (c *Client) EditOrganization(ctx context.Context, id string, n wire.OrganizationEdit) (wire.Organization, error) {
	var out wire.Organization
	return out, c.call(ctx, http.MethodPut, "/organizations/"+url.PathEscape(id), n, &out)
}

// EditContact replaces what is known of a contact.
func (c *Client) EditContact(ctx context.Context, org, id string, n wire.ContactEdit) (wire.Contact, error) {
	var out wire.Contact
	return out, c.call(ctx, http.MethodPut, contactPath(org, id), n, &out)
}

// RemoveContact removes a contact.
func (c *Client) RemoveContact(ctx context.Context, org, id string) error {
	return c.call(ctx, http.MethodDelete, contactPath(org, id), nil, nil)
}

func contactPath(org, id string) string {
	return "/organizations/" + url.PathEscape(org) + "/contacts/" + url.PathEscape(id)
}

// ContactKeys describes the keys of an organisation's contacts.
func (c *Client) ContactKeys(ctx context.Context, org string) ([]wire.ContactKeys, error) {
	list, err := get[wire.List[wire.ContactKeys]](ctx, c, "/organizations/"+url.PathEscape(org)+"/keys")
	return list.Items, err
}

// Comparison puts an organisation's numbers beside its sector's.
func (c *Client) Comparison(ctx context.Context, org string) (wire.Comparison, error) {
	return get[wire.Comparison](ctx, c, "/organizations/"+url.PathEscape(org)+"/comparison")
}

// Onboarding tells how far an organisation is.
func (c *Client) Onboarding(ctx context.Context, org string) (wire.Onboarding, error) {
	return get[wire.Onboarding](ctx, c, "/organizations/"+url.PathEscape(org)+"/onboarding")
}

// BookFirstScan books weekly scans within the windows.
func (c *Client) BookFirstScan(ctx context.Context, org string) (wire.Schedule, error) {
	return post[wire.Schedule](ctx, c, "/organizations/"+url.PathEscape(org)+"/first-scan", nil)
}

// AuthorizationPage returns one page of permissions: query is as the API takes
// it.
func (c *Client) AuthorizationPage(ctx context.Context, query url.Values) (wire.List[wire.Authorization], error) {
	return page[wire.Authorization](ctx, c, "/authorizations", query)
}

// Authorization returns one.
func (c *Client) Authorization(ctx context.Context, id string) (wire.Authorization, error) {
	return get[wire.Authorization](ctx, c, permitPath(id, ""))
}

func permitPath(id, verb string) string {
	path := "/authorizations/" + url.PathEscape(id)
	if verb != "" {
		path += "/" + verb
	}
	return path
}

// DraftAuthorization draws a permission up.
func (c *Client) DraftAuthorization(ctx context.Context, n wire.NewAuthorization) (wire.Authorization, error) {
	return post[wire.Authorization](ctx, c, "/authorizations/drafts", n)
}

// EditAuthorization replaces what a draft says.
func (c *Client) EditAuthorization(ctx context.Context, id string, n wire.PermitEdit) (wire.Authorization, error) {
	var out wire.Authorization
	return out, c.call(ctx, http.MethodPut, permitPath(id, ""), n, &out)
}

// AttachLetter keeps the signed letter of a draft.
func (c *Client) AttachLetter(ctx context.Context, id string, n wire.NewDocument) (wire.Authorization, error) {
	return post[wire.Authorization](ctx, c, permitPath(id, "letter"), n)
}

// Letter downloads the signed letter.
func (c *Client) Letter(ctx context.Context, id string) (File, error) {
	return c.send(ctx, http.MethodGet, permitPath(id, "letter"), nil, "", nil)
}

// CheckProof asks the DNS for the proof.
func (c *Client) CheckProof(ctx context.Context, id string) (wire.ProofCheck, error) {
	return post[wire.ProofCheck](ctx, c, permitPath(id, "check"), nil)
}

// SubmitAuthorization hands a draft in.
func (c *Client) SubmitAuthorization(ctx context.Context, id string) (wire.Authorization, error) {
	return post[wire.Authorization](ctx, c, permitPath(id, "submit"), nil)
}

// DecideAuthorization does one act: activate, return, suspend or resume.
func (c *Client) DecideAuthorization(ctx context.Context, id, act string, n wire.PermitDecision) (wire.Authorization, error) {
	return post[wire.Authorization](ctx, c, permitPath(id, act), n)
}
