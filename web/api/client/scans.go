package client

import (
	"context"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// Schedules lists schedules, of one organisation or of all.
func (c *Client) Schedules(ctx context.Context, org string) ([]wire.Schedule, error) {
	return all[wire.Schedule](ctx, c, "/schedules", filter("org", org))
}

// CreateSchedule makes one.
func (c *Client) CreateSchedule(ctx context.Context, n wire.NewSchedule) (wire.Schedule, error) {
	return post[wire.Schedule](ctx, c, "/schedules", n)
}

// PauseSchedule pauses one.
func (c *Client) PauseSchedule(ctx context.Context, id string) (wire.Schedule, error) {
	return post[wire.Schedule](ctx, c, "/schedules/"+url.PathEscape(id)+"/pause", nil)
}

// ResumeSchedule resumes one.
func (c *Client) ResumeSchedule(ctx context.Context, id string) (wire.Schedule, error) {
	return post[wire.Schedule](ctx, c, "/schedules/"+url.PathEscape(id)+"/resume", nil)
}

// RunSchedule runs one now, besides its slots.
func (c *Client) RunSchedule(ctx context.Context, id string) (wire.Scan, error) {
	return post[wire.Scan](ctx, c, "/schedules/"+url.PathEscape(id)+"/run", nil)
}

// Scans lists scans, of one organisation or of all.
func (c *Client) Scans(ctx context.Context, org string) ([]wire.Scan, error) {
	return all[wire.Scan](ctx, c, "/scans", filter("org", org))
}

// ScanPage returns one page of scans: query is as the API takes it.
func (c *Client) ScanPage(ctx context.Context, query url.Values) (wire.List[wire.Scan], error) {
	return page[wire.Scan](ctx, c, "/scans", query)
}

// ScanTasks returns one page of a scan's parts: query is as the API takes it.
func (c *Client) ScanTasks(ctx context.Context, id string, query url.Values) (wire.List[wire.ScanTask], error) {
	return page[wire.ScanTask](ctx, c, "/scans/"+url.PathEscape(id)+"/tasks", query)
}

// ScanHosts returns one page of a scan's addresses: query is as the API takes it.
func (c *Client) ScanHosts(ctx context.Context, id string, query url.Values) (wire.List[wire.ScanHost], error) {
	return page[wire.ScanHost](ctx, c, "/scans/"+url.PathEscape(id)+"/hosts", query)
}

// ScanSkips returns one page of what a scan left out: query is as the API takes it.
func (c *Client) ScanSkips(ctx context.Context, id string, query url.Values) (wire.List[wire.Skip], error) {
	return page[wire.Skip](ctx, c, "/scans/"+url.PathEscape(id)+"/skipped", query)
}

// ScanChanges tells what a scan found different.
func (c *Client) ScanChanges(ctx context.Context, id string) (wire.ScanChanges, error) {
	return get[wire.ScanChanges](ctx, c, "/scans/"+url.PathEscape(id)+"/changes")
}

// Calendar shows days of scanning: query is as the API takes it.
func (c *Client) Calendar(ctx context.Context, query url.Values) (wire.Calendar, error) {
	return get[wire.Calendar](ctx, c, "/calendar?"+query.Encode())
}

// PauseScan lets nothing more of one begin.
func (c *Client) PauseScan(ctx context.Context, id, reason string) (wire.Scan, error) {
	return post[wire.Scan](ctx, c, "/scans/"+url.PathEscape(id)+"/pause", wire.Reason{Reason: reason})
}

// ResumeScan lets a paused one go on.
func (c *Client) ResumeScan(ctx context.Context, id string) (wire.Scan, error) {
	return post[wire.Scan](ctx, c, "/scans/"+url.PathEscape(id)+"/resume", nil)
}

// SchedulePage returns one page of schedules: query is as the API takes it.
func (c *Client) SchedulePage(ctx context.Context, query url.Values) (wire.List[wire.Schedule], error) {
	return page[wire.Schedule](ctx, c, "/schedules", query)
}

// Scan returns one.
func (c *Client) Scan(ctx context.Context, id string) (wire.Scan, error) {
	return get[wire.Scan](ctx, c, "/scans/"+url.PathEscape(id))
}

// StartScan starts one now.
func (c *Client) StartScan(ctx context.Context, n wire.NewScan) (wire.Scan, error) {
	return post[wire.Scan](ctx, c, "/scans", n)
}

// CancelScan ends one early.
func (c *Client) CancelScan(ctx context.Context, id, reason string) (wire.Scan, error) {
	return post[wire.Scan](ctx, c, "/scans/"+url.PathEscape(id)+"/cancel", wire.Reason{Reason: reason})
}

// Scanning returns the state of the stop switch.
func (c *Client) Scanning(ctx context.Context) (wire.Scanning, error) {
	return get[wire.Scanning](ctx, c, "/scanning")
}

// StopScanning ends all scans, and lets none start.
func (c *Client) StopScanning(ctx context.Context, reason string) (wire.Scanning, error) {
	return post[wire.Scanning](ctx, c, "/scanning/stop", wire.Reason{Reason: reason})
}

// AllowScanning lets scans start again.
func (c *Client) AllowScanning(ctx context.Context, reason string) (wire.Scanning, error) {
	return post[wire.Scanning](ctx, c, "/scanning/allow", wire.Reason{Reason: reason})
}
