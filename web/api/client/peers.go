package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// at is the path of an object, or of something about it.
func at(collection, id string, more ...string) string {
	path := "/" + collection + "/" + url.PathEscape(id)
	for _, m := range more {
		path += "/" + url.PathEscape(m)
	}
	return path
}

// items reads a list that comes whole.
func items[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	list, err := get[wire.List[T]](ctx, c, path)
	return list.Items, err
}

// act does something that is answered with nothing.
func (c *Client) act(ctx context.Context, path string, in any) error {
	return c.call(ctx, http.MethodPost, path, in, nil)
}

// Peers lists all peer teams.
func (c *Client) Peers(ctx context.Context) ([]wire.Peer, error) {
	return all[wire.Peer](ctx, c, "/peers", nil)
}

// PeerExamples lists the CERTs of the region that are known by name.
func (c *Client) PeerExamples(ctx context.Context) ([]wire.NewPeer, error) {
	return items[wire.NewPeer](ctx, c, "/peers/examples", nil)
}

// Peer returns one.
func (c *Client) Peer(ctx context.Context, id string) (wire.Peer, error) {
	return get[wire.Peer](ctx, c, at("peers", id))
}

// CreatePeer notes one, as an example to be confirmed.
func (c *Client) CreatePeer(ctx context.Context, n wire.NewPeer) (wire.Peer, error) {
	return post[wire.Peer](ctx, c, "/peers", n)
}

// UpdatePeer changes what n names.
func (c *Client) UpdatePeer(ctx context.Context, id string, n wire.PeerChange) (wire.Peer, error) {
	var out wire.Peer
	return out, c.call(ctx, http.MethodPatch, at("peers", id), n, &out)
}

// ConfirmPeer confirms that a team is who it says.
func (c *Client) ConfirmPeer(ctx context.Context, id string) (wire.Peer, error) {
	return post[wire.Peer](ctx, c, at("peers", id, "confirm"), nil)
}

// RequestPeerKey asks to trust a key or a certificate.
func (c *Client) RequestPeerKey(ctx context.Context, id string, n wire.NewPeerKey) (wire.KeyChange, error) {
	return post[wire.KeyChange](ctx, c, at("peers", id, "keys"), n)
}

// RequestKeyRevocation asks to trust one no more.
func (c *Client) RequestKeyRevocation(ctx context.Context, id string, n wire.PeerKeyRevocation) (wire.KeyChange, error) {
	return post[wire.KeyChange](ctx, c, at("peers", id, "keys", "revoke"), n)
}

// KeyChanges lists the wishes, of one peer or of all.
func (c *Client) KeyChanges(ctx context.Context, peer string) ([]wire.KeyChange, error) {
	return all[wire.KeyChange](ctx, c, "/key-changes", filter("peer", peer))
}

// KeyChangePage is one page of what a query selects of them.
func (c *Client) KeyChangePage(ctx context.Context, query url.Values) (wire.List[wire.KeyChange], error) {
	return page[wire.KeyChange](ctx, c, "/key-changes", query)
}

// ConfirmKeyChange lets a change of somebody else take effect.
func (c *Client) ConfirmKeyChange(ctx context.Context, id string) error {
	return c.act(ctx, at("key-changes", id, "confirm"), nil)
}

// RejectKeyChange puts a change away.
func (c *Client) RejectKeyChange(ctx context.Context, id string) error {
	return c.act(ctx, at("key-changes", id, "reject"), nil)
}

// CreatePeerAPIKey gives a peer an API key; its secret is shown this once.
func (c *Client) CreatePeerAPIKey(ctx context.Context, id string, n wire.NewPeerAPIKey) (wire.PeerSecret, error) {
	return post[wire.PeerSecret](ctx, c, at("peers", id, "api-keys"), n)
}

// RevokePeerAPIKey takes one back.
func (c *Client) RevokePeerAPIKey(ctx context.Context, id, name string) error {
	return c.call(ctx, http.MethodDelete, at("peers", id, "api-keys", name), nil, nil)
}

// Sources lists the feeds that are polled, of one peer or of all.
func (c *Client) Sources(ctx context.Context, peer string) ([]wire.Source, error) {
	return items[wire.Source](ctx, c, "/sources", filter("peer", peer))
}

// CreateSource polls a feed of a peer.
func (c *Client) CreateSource(ctx context.Context, n wire.NewSource) (wire.Source, error) {
	return post[wire.Source](ctx, c, "/sources", n)
}

// DirectSource lets a feed pause, resume or poll.
func (c *Client) DirectSource(ctx context.Context, id, verb string) error {
	return c.act(ctx, at("sources", id, verb), nil)
}

// Agreements lists agreements, with one peer or with all.
func (c *Client) Agreements(ctx context.Context, peer string) ([]wire.Agreement, error) {
	return all[wire.Agreement](ctx, c, "/agreements", filter("peer", peer))
}

// Agreement returns one.
func (c *Client) Agreement(ctx context.Context, id string) (wire.Agreement, error) {
	return get[wire.Agreement](ctx, c, at("agreements", id))
}

// AgreementFile returns an agreement to fill in, or with an id what is agreed.
func (c *Client) AgreementFile(ctx context.Context, id string) (File, error) {
	path := "/agreements/template"
	if id != "" {
		path = at("agreements", id, "file")
	}
	return c.send(ctx, http.MethodGet, path, nil, "", nil)
}

// AgreementDocument returns the signed text.
func (c *Client) AgreementDocument(ctx context.Context, id string) (File, error) {
	return c.send(ctx, http.MethodGet, at("agreements", id, "document"), nil, "", nil)
}

// CreateAgreement drafts one from a file.
func (c *Client) CreateAgreement(ctx context.Context, file []byte) (wire.Agreement, error) {
	return post[wire.Agreement](ctx, c, "/agreements", json.RawMessage(file))
}

// UpdateAgreement puts the terms of a file into a draft. It is
// inventory.ErrStale when somebody changed it since version; "" stands for any.
func (c *Client) UpdateAgreement(ctx context.Context, id, version string, file []byte) (wire.Agreement, error) {
	path := at("agreements", id)
	if version != "" {
		path += "?" + url.Values{"version": {version}}.Encode()
	}
	var out wire.Agreement
	return out, c.call(ctx, http.MethodPut, path, json.RawMessage(file), &out)
}

// SignAgreement brings a draft into force.
func (c *Client) SignAgreement(ctx context.Context, id string, n wire.Signature) (wire.Agreement, error) {
	return post[wire.Agreement](ctx, c, at("agreements", id, "sign"), n)
}

// SuspendAgreement stops everything under an agreement at once.
func (c *Client) SuspendAgreement(ctx context.Context, id, reason string) (wire.Agreement, error) {
	return post[wire.Agreement](ctx, c, at("agreements", id, "suspend"), wire.Reason{Reason: reason})
}

// ResumeAgreement puts a suspended one into force again.
func (c *Client) ResumeAgreement(ctx context.Context, id string) (wire.Agreement, error) {
	return post[wire.Agreement](ctx, c, at("agreements", id, "resume"), nil)
}

// TerminateAgreement ends one for good.
func (c *Client) TerminateAgreement(ctx context.Context, id, reason string) (wire.Agreement, error) {
	return post[wire.Agreement](ctx, c, at("agreements", id, "terminate"), wire.Reason{Reason: reason})
}

// RenewAgreement lets one hold for longer.
func (c *Client) RenewAgreement(ctx context.Context, id string, n wire.Renewal) (wire.Agreement, error) {
	return post[wire.Agreement](ctx, c, at("agreements", id, "renew"), n)
}

// AddMeeting notes a meeting of the joint committee.
func (c *Client) AddMeeting(ctx context.Context, id string, m wire.Meeting) (wire.Agreement, error) {
	return post[wire.Agreement](ctx, c, at("agreements", id, "meetings"), m)
}

// Reminders lists what should be seen to, the soonest first.
func (c *Client) Reminders(ctx context.Context) ([]wire.Reminder, error) {
	return items[wire.Reminder](ctx, c, "/reminders", nil)
}
