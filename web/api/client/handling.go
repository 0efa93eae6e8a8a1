package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// FindingFile asks for all findings that a query selects, as csv, ndjson or
// xlsx, and hands the answer to take while it comes: the file has no length.
func (c *Client) FindingFile(ctx context.Context, query url.Values, format string, take func(File, io.Reader) error) error {
	q := url.Values{}
	for key, values := range query {
		q[key] = values
	}
	q.Set("format", format)
	return c.stream(ctx, "/findings/export", q, take)
}

// ActOnFindings does something to the findings that the deed names, or with
// All to those that the query selects.
func (c *Client) ActOnFindings(ctx context.Context, query url.Values, d wire.FindingDeed) (wire.Done, error) {
	return post[wire.Done](ctx, c, withQuery("/findings/acts", query), d)
}

// UndoAct undoes an act of the last ten minutes.
func (c *Client) UndoAct(ctx context.Context, id string) (wire.FindingUndone, error) {
	return post[wire.FindingUndone](ctx, c, "/findings/acts/"+url.PathEscape(id)+"/undo", nil)
}

// CountHandled counts the findings that the caller decided about since then.
func (c *Client) CountHandled(ctx context.Context, since time.Time) (int, error) {
	var n wire.Count
	err := c.query(ctx, "/findings/handled", url.Values{"since": {since.Format(time.RFC3339)}}, &n)
	return n.Count, err
}

// RescanFindings looks at several findings again.
func (c *Client) RescanFindings(ctx context.Context, ids []string) (wire.Rescans, error) {
	return post[wire.Rescans](ctx, c, "/findings/rescans", map[string][]string{"ids": ids})
}

// RescanFinding looks at one finding again.
func (c *Client) RescanFinding(ctx context.Context, id string) (wire.Rescan, error) {
	return post[wire.Rescan](ctx, c, "/findings/"+url.PathEscape(id)+"/rescan", nil)
}

// Rescan tells what became of the last rescan of a finding.
func (c *Client) Rescan(ctx context.Context, id string) (wire.Rescan, error) {
	return get[wire.Rescan](ctx, c, "/findings/"+url.PathEscape(id)+"/rescan")
}

// AnswerFinding says what its operator says about a finding.
func (c *Client) AnswerFinding(ctx context.Context, id string, r wire.Reply) (wire.FindingDetail, error) {
	return post[wire.FindingDetail](ctx, c, "/findings/"+url.PathEscape(id)+"/answer", r)
}

// FindingComments lists what was written about a finding, oldest first.
func (c *Client) FindingComments(ctx context.Context, id string) ([]wire.FindingComment, error) {
	list, err := get[wire.List[wire.FindingComment]](ctx, c, "/findings/"+url.PathEscape(id)+"/comments")
	return list.Items, err
}

// NoticeDrafts are what an operator could be told of a finding, in each language
// of those who would be told, and in also.
func (c *Client) NoticeDrafts(ctx context.Context, id, also string) ([]wire.NoticeDraft, error) {
	list, err := get[wire.NoticeDrafts](ctx, c, "/findings/"+url.PathEscape(id)+"/notice?"+url.Values{"also": {also}}.Encode())
	return list.Items, err
}

// AddFindingComment writes about a finding.
func (c *Client) AddFindingComment(ctx context.Context, id string, n wire.NewFindingComment) error {
	return c.call(ctx, http.MethodPost, "/findings/"+url.PathEscape(id)+"/comments", n, nil)
}

// FindingEvidence returns a proof of a finding.
func (c *Client) FindingEvidence(ctx context.Context, id, evidence string) (wire.Evidence, error) {
	return get[wire.Evidence](ctx, c, "/findings/"+url.PathEscape(id)+"/evidence/"+url.PathEscape(evidence))
}

// FindingAdvisories lists the advisories about a finding.
func (c *Client) FindingAdvisories(ctx context.Context, id string) ([]wire.AdvisoryRef, error) {
	list, err := get[wire.List[wire.AdvisoryRef]](ctx, c, "/findings/"+url.PathEscape(id)+"/advisories")
	return list.Items, err
}

// FindingViews lists the saved views of findings.
func (c *Client) FindingViews(ctx context.Context) ([]wire.FindingView, error) {
	list, err := get[wire.List[wire.FindingView]](ctx, c, "/finding-views")
	return list.Items, err
}

// SaveFindingView saves a view of findings.
func (c *Client) SaveFindingView(ctx context.Context, n wire.NewFindingView) (wire.FindingView, error) {
	return post[wire.FindingView](ctx, c, "/finding-views", n)
}

// DeleteFindingView deletes a saved view.
func (c *Client) DeleteFindingView(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/finding-views/"+url.PathEscape(id), nil, nil)
}

// DisputePage returns one page of disputes: query is as the API takes it.
func (c *Client) DisputePage(ctx context.Context, query url.Values) (wire.List[wire.Dispute], error) {
	return page[wire.Dispute](ctx, c, "/disputes", query)
}

// Dispute returns one with its thread.
func (c *Client) Dispute(ctx context.Context, id string) (wire.Dispute, error) {
	return get[wire.Dispute](ctx, c, "/disputes/"+url.PathEscape(id))
}

// SayInDispute writes in a dispute.
func (c *Client) SayInDispute(ctx context.Context, id, text string) (wire.Dispute, error) {
	return post[wire.Dispute](ctx, c, "/disputes/"+url.PathEscape(id)+"/messages", wire.Text{Text: text})
}

// RuleDispute decides a dispute.
func (c *Client) RuleDispute(ctx context.Context, id string, r wire.Ruling) (wire.Dispute, error) {
	return post[wire.Dispute](ctx, c, "/disputes/"+url.PathEscape(id)+"/ruling", r)
}
