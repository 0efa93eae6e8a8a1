package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// ReportRuns returns the newest weekly runs, and when the next begins.
func (c *Client) ReportRuns(ctx context.Context) (wire.ReportRuns, error) {
	return get[wire.ReportRuns](ctx, c, "/report-runs")
}

// ReportRun returns one.
func (c *Client) ReportRun(ctx context.Context, id string) (wire.ReportRun, error) {
	return get[wire.ReportRun](ctx, c, "/report-runs/"+url.PathEscape(id))
}

// StartReportRun begins a run by hand, or adds to it whom it lacks.
func (c *Client) StartReportRun(ctx context.Context, n wire.NewReportRun) (wire.ReportRun, error) {
	return post[wire.ReportRun](ctx, c, "/report-runs", n)
}

// A ReportFilter selects reports; empty fields select everything.
type ReportFilter struct {
	Run, Week, Kind, Org, Sector, Flag string
	States                             []string
}

// Reports lists all reports that f selects, newest first.
func (c *Client) Reports(ctx context.Context, f ReportFilter) ([]wire.Report, error) {
	q := filter("run", f.Run, "week", f.Week, "kind", f.Kind, "org", f.Org, "sector", f.Sector, "flag", f.Flag)
	q["state"] = f.States
	return all[wire.Report](ctx, c, "/reports", q)
}

// ReportPage returns one page of reports: query is as the API takes it.
func (c *Client) ReportPage(ctx context.Context, query url.Values) (wire.List[wire.Report], error) {
	return page[wire.Report](ctx, c, "/reports", query)
}

// Report returns one with its files.
func (c *Client) Report(ctx context.Context, id string) (wire.ReportDetail, error) {
	return get[wire.ReportDetail](ctx, c, reportPath(id))
}

// ReportFile returns a file of a report exactly as it was made.
func (c *Client) ReportFile(ctx context.Context, id, name string) (File, error) {
	return c.send(ctx, http.MethodGet, reportPath(id)+"/files/"+url.PathEscape(name), nil, "", nil)
}

// DecideReports checks, holds, approves or sends reports.
func (c *Client) DecideReports(ctx context.Context, d wire.ReportDecision) (wire.ReportOutcomes, error) {
	return post[wire.ReportOutcomes](ctx, c, "/reports/decide", d)
}

// NoteReport changes the analyst's word to the reader.
func (c *Client) NoteReport(ctx context.Context, id string, n wire.ReportNote) (wire.ReportDetail, error) {
	return post[wire.ReportDetail](ctx, c, reportPath(id)+"/note", n)
}

// ReviseReport issues a report again, of data of now.
func (c *Client) ReviseReport(ctx context.Context, id, reason string) (wire.Report, error) {
	return post[wire.Report](ctx, c, reportPath(id)+"/revise", wire.Reason{Reason: reason})
}

// ResendReport tells one contact again.
func (c *Client) ResendReport(ctx context.Context, id string, delivery int64) (wire.ReportDetail, error) {
	return post[wire.ReportDetail](ctx, c, fmt.Sprintf("%s/deliveries/%d/resend", reportPath(id), delivery), nil)
}

// AcknowledgeReport takes note of a report.
func (c *Client) AcknowledgeReport(ctx context.Context, id string) (wire.ReportDetail, error) {
	return post[wire.ReportDetail](ctx, c, reportPath(id)+"/acknowledge", nil)
}

// ReportScope returns one page of what an organisation is asked to confirm.
func (c *Client) ReportScope(ctx context.Context, id string, query url.Values) (wire.List[wire.ScopeAnswer], error) {
	return page[wire.ScopeAnswer](ctx, c, reportPath(id)+"/scope", query)
}

// AnswerReportScope says which assets are right, wrong or changed.
func (c *Client) AnswerReportScope(ctx context.Context, id string, n wire.NewScopeAnswers) error {
	return c.call(ctx, http.MethodPost, reportPath(id)+"/scope", n, nil)
}

// VerifyReport returns the proofs of a report that was sent. It needs no
// identity.
func (c *Client) VerifyReport(ctx context.Context, id string) (wire.ReportProof, error) {
	return get[wire.ReportProof](ctx, c, "/verify/"+url.PathEscape(id))
}

func reportPath(id string) string { return "/reports/" + url.PathEscape(id) }
