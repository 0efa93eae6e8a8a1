package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// A FindingFilter selects findings; empty fields select everything.
type FindingFilter struct {
	Org, Asset, Check, Work, Waiver string
	Detections, Severities          []string
}

// Findings lists all findings that f selects.
func (c *Client) Findings(ctx context.Context, f FindingFilter) ([]wire.Finding, error) {
	q := filter("org", f.Org, "asset", f.Asset, "check", f.Check, "work", f.Work, "waiver", f.Waiver)
	q["detection"], q["severity"] = f.Detections, f.Severities
	return all[wire.Finding](ctx, c, "/findings", q)
}

// FindingPage returns one page of findings: query is as the API takes it.
func (c *Client) FindingPage(ctx context.Context, query url.Values) (wire.List[wire.Finding], error) {
	return page[wire.Finding](ctx, c, "/findings", query)
}

// CountFindings counts those that a filter selects, as far as the server
// counts: query is as the API takes it.
func (c *Client) CountFindings(ctx context.Context, query url.Values) (wire.Count, error) {
	var out wire.Count
	return out, c.query(ctx, "/findings/count", query, &out)
}

// Finding returns one with its life and its check.
func (c *Client) Finding(ctx context.Context, id string) (wire.FindingDetail, error) {
	return get[wire.FindingDetail](ctx, c, "/findings/"+url.PathEscape(id))
}

// SetWaiver waives a finding, or ends its waiver.
func (c *Client) SetWaiver(ctx context.Context, id string, n wire.NewWaiver) (wire.FindingDetail, error) {
	return post[wire.FindingDetail](ctx, c, "/findings/"+url.PathEscape(id)+"/waiver", n)
}

// SetWork says how far people are with a finding.
func (c *Client) SetWork(ctx context.Context, id string, n wire.NewWork) (wire.FindingDetail, error) {
	return post[wire.FindingDetail](ctx, c, "/findings/"+url.PathEscape(id)+"/work", n)
}

// Evidence returns what was sent and what came back.
func (c *Client) Evidence(ctx context.Context, id string) (wire.Evidence, error) {
	return get[wire.Evidence](ctx, c, "/evidence/"+url.PathEscape(id))
}

// Checks lists what scans look for.
func (c *Client) Checks(ctx context.Context) ([]wire.Check, error) {
	list, err := get[wire.List[wire.Check]](ctx, c, "/checks")
	return list.Items, err
}

// A Weekly asks for a weekly report: of one organisation, of a sector, or of
// the nation.
type Weekly struct {
	Edition  string // operator, sector or national; Org and Sector decide when it is empty
	Org      string
	Sector   string
	Lang     string    // of the page; English when empty
	From, To time.Time // zero leaves the period to the server
	Formats  []string
}

// WeeklyReport returns the report as an archive (ZIP) with a file or more for
// each format, all made of one snapshot.
func (c *Client) WeeklyReport(ctx context.Context, w Weekly) (File, error) {
	q := filter("edition", w.Edition, "org", w.Org, "sector", w.Sector, "lang", w.Lang, "format", strings.Join(w.Formats, ","), "archive", "true")
	if !w.From.IsZero() {
		q.Set("from", w.From.UTC().Format(time.RFC3339))
	}
	if !w.To.IsZero() {
		q.Set("to", w.To.UTC().Format(time.RFC3339))
	}
	return c.send(ctx, http.MethodGet, "/reports/weekly", q, "", nil)
}

// WeeklyPage returns an organisation's report of the last seven days as a page
// in one language.
func (c *Client) WeeklyPage(ctx context.Context, org, lang string) (File, error) {
	return c.send(ctx, http.MethodGet, "/reports/weekly", filter("org", org, "lang", lang, "format", "html"), "", nil)
}

// Advisories lists all advisories.
func (c *Client) Advisories(ctx context.Context) ([]wire.Advisory, error) {
	return all[wire.Advisory](ctx, c, "/advisories", nil)
}

// Advisory returns one.
func (c *Client) Advisory(ctx context.Context, id string) (wire.Advisory, error) {
	return get[wire.Advisory](ctx, c, "/advisories/"+url.PathEscape(id))
}

// DraftAdvisory drafts one from the open findings of a check.
func (c *Client) DraftAdvisory(ctx context.Context, n wire.NewAdvisory) (wire.Advisory, error) {
	return post[wire.Advisory](ctx, c, "/advisories", n)
}

// An Export says how to give an advisory out.
type Export struct {
	Format string // csaf
	Draft  bool   // also one that nobody has approved yet
}

// ExportAdvisory returns one in an exchange format.
func (c *Client) ExportAdvisory(ctx context.Context, id string, e Export) (File, error) {
	q := filter("format", e.Format)
	if e.Draft {
		q.Set("draft", "true")
	}
	return c.send(ctx, http.MethodGet, "/advisories/"+url.PathEscape(id)+"/export", q, "", nil)
}
