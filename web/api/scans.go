package api

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

func (s *server) registerScans() {
	handle(s, "list-scans", "GET /scans", "List scans", s.listScans)
	handle(s, "start-scan", "POST /scans", "Scan an organisation or an asset now", s.startScan, creates)
	handle(s, "get-scan", "GET /scans/{id}", "Show a scan", s.getScan)
	handle(s, "cancel-scan", "POST /scans/{id}/cancel", "Cancel a scan", s.cancelScan)
	handle(s, "pause-scan", "POST /scans/{id}/pause", "Let nothing more of a scan begin", s.pauseScan)
	handle(s, "resume-scan", "POST /scans/{id}/resume", "Let a paused scan go on", s.resumeScan)
	handle(s, "list-scan-tasks", "GET /scans/{id}/tasks", "List the parts of a scan and how they stand", s.listScanTasks)
	handle(s, "list-scan-skips", "GET /scans/{id}/skipped", "List what a scan left out, and why", s.listScanSkips)
	handle(s, "list-scan-hosts", "GET /scans/{id}/hosts", "List the addresses of a scan and what came of each", s.listScanHosts)
	handle(s, "get-scan-changes", "GET /scans/{id}/changes", "Show what a scan found different from the look before it", s.getScanChanges)
	handle(s, "get-calendar", "GET /calendar", "Show the scans of past days and those that schedules will ask for", s.getCalendar)
}

func (s *server) registerScanning() {
	handle(s, "get-scanning", "GET /scanning", "Show the stop switch", s.getScanning)
	handle(s, "stop-scanning", "POST /scanning/stop", "Stop all scanning, running scans included", s.stopScanning)
	handle(s, "allow-scanning", "POST /scanning/allow", "Allow scanning again", s.allowScanning)
}

// A scanQuery is the input of the list of scans.
type scanQuery struct {
	Paging
	Org     string    `query:"org" doc:"Only this organisation's."`
	Asset   string    `query:"asset" doc:"Only those of this asset alone."`
	State   []string  `query:"state,explode" nullable:"false" enum:"queued,running,complete,partial,failed,cancelled" doc:"May be given several times."`
	Trigger string    `query:"trigger" enum:"manual,schedule,adaptive,advisory"`
	From    time.Time `query:"from" doc:"Only those asked for since."`
	To      time.Time `query:"to" doc:"Only those asked for before."`
}

func (s *server) listScans(ctx context.Context, in *scanQuery) (*listed[wire.Scan], error) {
	all, next, err := s.Scans.Scans(ctx, scanner.ScanFilter{
		Org: inventory.OrganizationID(in.Org), Asset: inventory.AssetID(in.Asset), States: typed[scanner.ScanState](in.State),
		Trigger: scanner.Trigger(in.Trigger), From: in.From, To: in.To,
	}, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, scan), nil
}

func (s *server) startScan(ctx context.Context, in *body[wire.NewScan]) (*created[wire.Scan], error) {
	n := in.Body
	if (n.OrgID == "") == (n.AssetID == "") {
		return nil, mistake("org_id", n.OrgID, "give either an organisation or an asset", "one scan looks at one of them")
	}
	if n.AssetID != "" {
		if _, err := s.Assets.Asset(ctx, inventory.AssetID(n.AssetID)); err != nil {
			return nil, err
		}
	}
	// Planning has to see other operators' plants, to keep away from them.
	sc, err := s.Planner.Start(account.Unbound(ctx), who(ctx), inventory.OrganizationID(n.OrgID), inventory.AssetID(n.AssetID), n.Profile)
	if err != nil {
		return nil, err
	}
	return s.newScan(ctx, sc)
}

// newScan answers with a scan that has just been stored.
func (s *server) newScan(ctx context.Context, sc scanner.Scan) (*created[wire.Scan], error) {
	status, err := s.Scans.Scan(ctx, sc.ID)
	if err != nil {
		return nil, err
	}
	return newObject("scans", string(sc.ID), scan(status)), nil
}

func (s *server) getScan(ctx context.Context, in *ByID) (*body[wire.Scan], error) {
	status, err := s.Scans.Scan(ctx, scanner.ScanID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(scan(status)), nil
}

func (s *server) cancelScan(ctx context.Context, in *ByIDReason) (*body[wire.Scan], error) {
	if err := s.Scans.CancelScan(ctx, who(ctx), scanner.ScanID(in.ID), in.Body.Reason); err != nil {
		return nil, err
	}
	return s.getScan(ctx, &in.ByID)
}

func (s *server) getScanning(ctx context.Context, _ *struct{}) (*body[wire.Scanning], error) {
	order, err := s.Switch.Stop(ctx)
	if err != nil {
		return nil, err
	}
	return answer(scanning(order)), nil
}

func (s *server) stopScanning(ctx context.Context, in *body[wire.Reason]) (*body[wire.Scanning], error) {
	if err := s.Switch.StopScanning(ctx, who(ctx), in.Body.Reason); err != nil {
		return nil, err
	}
	return s.getScanning(ctx, nil)
}

func (s *server) allowScanning(ctx context.Context, in *body[wire.Reason]) (*body[wire.Scanning], error) {
	if err := s.Switch.AllowScanning(ctx, who(ctx), in.Body.Reason); err != nil {
		return nil, err
	}
	return s.getScanning(ctx, nil)
}

func scanning(o scanner.StopOrder) wire.Scanning {
	return wire.Scanning{Stopped: o.On, Reason: o.Reason, By: o.By, At: some(o.At)}
}

func scan(st scanner.ScanStatus) wire.Scan {
	t := st.Tasks
	return wire.Scan{
		ID: string(st.ID), OrgID: string(st.Org), AssetID: string(st.Asset), Profile: st.Profile,
		Trigger: string(st.Trigger), ScheduleID: string(st.Schedule), Slot: some(st.Slot), Actor: st.Actor,
		State: string(st.State), CreatedAt: st.CreatedAt.UTC(), StartedAt: utc(st.StartedAt), FinishedAt: utc(st.FinishedAt),
		Tasks: wire.TaskCounts{
			Total: t.Total, Queued: t.Queued, Running: t.Running, Complete: t.Complete, Partial: t.Partial,
			Unreachable: t.Unreachable, Blocked: t.Blocked, Failed: t.Failed, Cancelled: t.Cancelled,
		},
		Hosts: st.Hosts, Services: st.Services,
		Findings: wire.ScanFindings{New: st.Findings.New, Open: st.Findings.Open, Fixed: st.Findings.Fixed},
		Skipped:  convert(st.Skipped, skip), SkippedMore: st.SkippedMore,
		Remarks: convert(st.Remarks, func(r scanner.Remark) wire.Remark {
			return wire.Remark{Outcome: string(r.Outcome), Reason: r.Reason, Addresses: r.Addresses}
		}),
		Note: st.Note, PausedAt: utc(st.PausedAt), PausedBy: st.PausedBy,
	}
}

func skip(k scanner.Skip) wire.Skip {
	return wire.Skip{AssetID: string(k.Asset), What: k.What, Reason: k.Reason}
}
