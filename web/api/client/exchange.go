package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// SetConsent keeps the operator's word on what may be told of an asset.
func (c *Client) SetConsent(ctx context.Context, id, sharing string) (wire.Asset, error) {
	return post[wire.Asset](ctx, c, at("assets", id, "consent"), wire.SharingConsent{Sharing: sharing})
}

// NewAdvisory writes an advisory from scratch.
func (c *Client) NewAdvisory(ctx context.Context, n wire.AdvisoryFields) (wire.Advisory, error) {
	return post[wire.Advisory](ctx, c, "/advisories/new", n)
}

// AdvisoryFromInbound drafts one that rests on a received document.
func (c *Client) AdvisoryFromInbound(ctx context.Context, id string) (wire.Advisory, error) {
	return post[wire.Advisory](ctx, c, at("inbox", id, "advisory"), nil)
}

// EditAdvisory changes what n names in a draft.
func (c *Client) EditAdvisory(ctx context.Context, id string, n wire.AdvisoryFields) (wire.Advisory, error) {
	var out wire.Advisory
	return out, c.call(ctx, http.MethodPatch, at("advisories", id), n, &out)
}

// EditAdvisoryFrom is EditAdvisory for a form: it is inventory.ErrStale when
// somebody has changed the advisory since the form was made.
func (c *Client) EditAdvisoryFrom(ctx context.Context, id string, n wire.AdvisoryEdit) (wire.Advisory, error) {
	var out wire.Advisory
	return out, c.call(ctx, http.MethodPatch, at("advisories", id), n, &out)
}

// DirectAdvisory does what needs no words: submit, return, approve,
// approve-legal, finish.
func (c *Client) DirectAdvisory(ctx context.Context, id, verb string) (wire.Advisory, error) {
	return post[wire.Advisory](ctx, c, at("advisories", id, verb), nil)
}

// ReviseAdvisory begins the next revision.
func (c *Client) ReviseAdvisory(ctx context.Context, id, summary string) (wire.Advisory, error) {
	return post[wire.Advisory](ctx, c, at("advisories", id, "revise"), wire.Revision{Summary: summary})
}

// WithdrawAdvisory takes one back from all who got it.
func (c *Client) WithdrawAdvisory(ctx context.Context, id, reason string) (wire.Advisory, error) {
	return post[wire.Advisory](ctx, c, at("advisories", id, "withdraw"), wire.Reason{Reason: reason})
}

// PermitOrigin notes whom an originator lets an advisory go on to.
func (c *Client) PermitOrigin(ctx context.Context, id string, n wire.OriginConsent) (wire.Advisory, error) {
	return post[wire.Advisory](ctx, c, at("advisories", id, "origin-consent"), n)
}

// SupersedeAdvisory ends one in favour of another.
func (c *Client) SupersedeAdvisory(ctx context.Context, id, by string) (wire.Advisory, error) {
	return post[wire.Advisory](ctx, c, at("advisories", id, "supersede"), wire.Supersession{By: by})
}

// AdvisoryRevisions lists each revision, the first first.
func (c *Client) AdvisoryRevisions(ctx context.Context, id string) ([]wire.Advisory, error) {
	return items[wire.Advisory](ctx, c, at("advisories", id, "revisions"), nil)
}

// DiffAdvisory shows what one revision says otherwise than another; 0 leaves
// the choice to the server.
func (c *Client) DiffAdvisory(ctx context.Context, id string, from, to int) ([]wire.FieldChange, error) {
	q := url.Values{"from": {strconv.Itoa(from)}, "to": {strconv.Itoa(to)}}
	return items[wire.FieldChange](ctx, c, at("advisories", id, "diff"), q)
}

// AdvisoryAffected lists the places that have the weakness.
func (c *Client) AdvisoryAffected(ctx context.Context, id string) ([]wire.Affected, error) {
	return items[wire.Affected](ctx, c, at("advisories", id, "affected"), nil)
}

// AdvisoryFeedback lists what peers said of an advisory.
func (c *Client) AdvisoryFeedback(ctx context.Context, id string) ([]wire.Feedback, error) {
	return items[wire.Feedback](ctx, c, at("advisories", id, "feedback"), nil)
}

// Comments lists what reviewers said.
func (c *Client) Comments(ctx context.Context, id string) ([]wire.Comment, error) {
	return items[wire.Comment](ctx, c, at("advisories", id, "comments"), nil)
}

// AddComment says something about an advisory.
func (c *Client) AddComment(ctx context.Context, id string, n wire.NewComment) (wire.Comment, error) {
	return post[wire.Comment](ctx, c, at("advisories", id, "comments"), n)
}

// ResolveComment notes that a comment was dealt with.
func (c *Client) ResolveComment(ctx context.Context, id string) error {
	return c.act(ctx, at("comments", id, "resolve"), nil)
}

// PreviewRelease shows what would leave now.
func (c *Client) PreviewRelease(ctx context.Context, n wire.NewRelease) (wire.ReleasePreview, error) {
	return post[wire.ReleasePreview](ctx, c, "/releases/preview", n)
}

// PreviewRequested shows what would leave if a request were approved now.
func (c *Client) PreviewRequested(ctx context.Context, id string) (wire.ReleasePreview, error) {
	return get[wire.ReleasePreview](ctx, c, at("releases", id, "preview"))
}

// RequestRelease asks to let an advisory out.
func (c *Client) RequestRelease(ctx context.Context, n wire.NewRelease) (wire.Release, error) {
	return post[wire.Release](ctx, c, "/releases", n)
}

// ApproveRelease lets out what another person asked for.
func (c *Client) ApproveRelease(ctx context.Context, id string) (wire.Release, error) {
	return post[wire.Release](ctx, c, at("releases", id, "approve"), nil)
}

// ApproveReleaseLegal agrees as legal officer to what a release is of.
func (c *Client) ApproveReleaseLegal(ctx context.Context, id string) (wire.Advisory, error) {
	return post[wire.Advisory](ctx, c, at("releases", id, "approve-legal"), nil)
}

// RefuseRelease puts a request away.
func (c *Client) RefuseRelease(ctx context.Context, id, reason string) error {
	return c.act(ctx, at("releases", id, "refuse"), wire.Reason{Reason: reason})
}

// Releases lists releases; empty filters select everything.
func (c *Client) Releases(ctx context.Context, advisory, peer, state string) ([]wire.Release, error) {
	return all[wire.Release](ctx, c, "/releases", filter("advisory", advisory, "peer", peer, "state", state))
}

// Release returns one and how far it has come.
func (c *Client) Release(ctx context.Context, id string) (wire.ReleaseDetail, error) {
	return get[wire.ReleaseDetail](ctx, c, at("releases", id))
}

// ReleaseFile returns a file exactly as it was released; with .asc behind its
// name, the signature.
func (c *Client) ReleaseFile(ctx context.Context, id, name string) (File, error) {
	return c.send(ctx, http.MethodGet, at("releases", id, "files", name), nil, "", nil)
}

// An InboxFilter selects received documents; empty fields select everything.
type InboxFilter struct{ Peer, Source, State string }

// Inbox lists received documents, newest first.
func (c *Client) Inbox(ctx context.Context, f InboxFilter) ([]wire.Inbound, error) {
	return all[wire.Inbound](ctx, c, "/inbox", filter("peer", f.Peer, "source", f.Source, "state", f.State))
}

// Inbound returns one with all that it says.
func (c *Client) Inbound(ctx context.Context, id string) (wire.InboundDetail, error) {
	return get[wire.InboundDetail](ctx, c, at("inbox", id))
}

// InboundRaw returns one exactly as it came.
func (c *Client) InboundRaw(ctx context.Context, id string) (File, error) {
	return c.send(ctx, http.MethodGet, at("inbox", id, "raw"), nil, "", nil)
}

// ImportInbound takes in a document that somebody brings.
func (c *Client) ImportInbound(ctx context.Context, n wire.NewInbound) (wire.Inbound, error) {
	return post[wire.Inbound](ctx, c, "/inbox/import", n)
}

// DecideInbound accepts or rejects one.
func (c *Client) DecideInbound(ctx context.Context, id string, yes bool, reason string) (wire.Inbound, error) {
	verb := "reject"
	if yes {
		verb = "accept"
	}
	return post[wire.Inbound](ctx, c, at("inbox", id, verb), wire.Reason{Reason: reason})
}

// InboundMatches lists the assets that a document concerns.
func (c *Client) InboundMatches(ctx context.Context, id, verdict string) ([]wire.Match, error) {
	return all[wire.Match](ctx, c, at("inbox", id, "matches"), filter("verdict", verdict))
}

// Answers lists what the sender of a document was told.
func (c *Client) Answers(ctx context.Context, id string) ([]wire.Answer, error) {
	return items[wire.Answer](ctx, c, at("inbox", id, "answers"), nil)
}

// PreviewAnswer shows what the sender would be told now.
func (c *Client) PreviewAnswer(ctx context.Context, id string, n wire.NewAnswer) (wire.Answer, error) {
	return post[wire.Answer](ctx, c, at("inbox", id, "answers", "preview"), n)
}

// SendAnswer tells the sender.
func (c *Client) SendAnswer(ctx context.Context, id string, n wire.NewAnswer) (wire.Answer, error) {
	return post[wire.Answer](ctx, c, at("inbox", id, "answers"), n)
}

// WriteBundle packs what a peer has not got yet.
func (c *Client) WriteBundle(ctx context.Context, peer string) (wire.Bundle, error) {
	return post[wire.Bundle](ctx, c, "/bundles", wire.NewBundle{PeerID: peer})
}

// ReadBundle takes in a peer's bundle.
func (c *Client) ReadBundle(ctx context.Context, n wire.NewDocument) (wire.BundleRead, error) {
	return post[wire.BundleRead](ctx, c, "/bundles/read", n)
}

// A Year asks for a year's report. With Archive, or several formats, the
// answer is a ZIP archive.
type Year struct {
	Year    int    // 0: this one
	Peer    string // of the ledger; "" for all
	Each    bool   // of the ledger of all: each peer's beneath, in the JSON
	Formats []string
	Archive bool
}

func (y Year) query() url.Values {
	q := filter("peer", y.Peer, "format", strings.Join(y.Formats, ","))
	if y.Year != 0 {
		q.Set("year", strconv.Itoa(y.Year))
	}
	if y.Each {
		q.Set("each", "true")
	}
	if y.Archive {
		q.Set("archive", "true")
	}
	return q
}

// Ledger counts what passed in a year.
func (c *Client) Ledger(ctx context.Context, y Year) (File, error) {
	return c.send(ctx, http.MethodGet, "/ledger", y.query(), "", nil)
}

// PlanReport shows a year by the themes of the action plan.
func (c *Client) PlanReport(ctx context.Context, y Year) (File, error) {
	y.Peer, y.Each = "", false
	return c.send(ctx, http.MethodGet, "/ledger/plan", y.query(), "", nil)
}

// CommitteeReport is a year's report for an agreement's joint committee.
func (c *Client) CommitteeReport(ctx context.Context, id string, y Year) (File, error) {
	y.Peer, y.Each = "", false
	return c.send(ctx, http.MethodGet, at("agreements", id, "report"), y.query(), "", nil)
}
