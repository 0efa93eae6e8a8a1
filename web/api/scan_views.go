package api

import (
	"cmp"
	"context"

	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) pauseScan(ctx context.Context, in *ByIDReason) (*body[wire.Scan], error) {
	if err := s.Scans.PauseScan(ctx, who(ctx), scanner.ScanID(in.ID), in.Body.Reason); err != nil {
		return nil, err
	}
	return s.getScan(ctx, &in.ByID)
}

func (s *server) resumeScan(ctx context.Context, in *ByID) (*body[wire.Scan], error) {
	if err := s.Scans.ResumeScan(ctx, who(ctx), scanner.ScanID(in.ID)); err != nil {
		return nil, err
	}
	return s.getScan(ctx, in)
}

func (s *server) listScanTasks(ctx context.Context, in *struct {
	Paging
	ByID
	State string `query:"state" enum:"queued,running,complete,partial,unreachable,blocked,failed,cancelled"`
},
) (*listed[wire.ScanTask], error) {
	all, next, err := s.Scans.ScanTasks(ctx, scanner.ScanID(in.ID), scanner.TaskState(in.State), in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, func(t scanner.TaskStatus) wire.ScanTask {
		return wire.ScanTask{
			ID: string(t.ID), State: string(t.State), Addresses: append([]string{}, t.Addresses...), Hosts: t.Hosts,
			Worker: t.Worker, Note: t.Note, ClaimedAt: utc(t.ClaimedAt), EndedAt: utc(t.EndedAt),
			Findings: wire.ScanFindings{New: t.Findings.New, Open: t.Findings.Open, Fixed: t.Findings.Fixed},
		}
	}), nil
}

func (s *server) listScanHosts(ctx context.Context, in *struct {
	Paging
	ByID
	Outcome  string `query:"outcome" enum:"answered,waiting,complete,partial,unreachable,blocked,failed" doc:"answered: looked at, to the end or in part."`
	Services string `query:"services" enum:"yes" doc:"Only those with an open service."`
},
) (*listed[wire.ScanHost], error) {
	all, next, err := s.Scans.ScanHosts(ctx, scanner.ScanID(in.ID), scanner.HostFilter{Outcome: in.Outcome, Services: in.Services != ""}, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, func(h scanner.HostStatus) wire.ScanHost {
		return wire.ScanHost{
			AssetID: string(h.Asset), Address: h.Address, TaskID: string(h.Task),
			Outcome: cmp.Or(string(h.Outcome), scanner.HostsWaiting), Reason: h.Reason, Services: append([]string{}, h.Services...),
		}
	}), nil
}

func (s *server) listScanSkips(ctx context.Context, in *struct {
	Paging
	ByID
},
) (*listed[wire.Skip], error) {
	all, next, err := s.Scans.ScanSkips(ctx, scanner.ScanID(in.ID), in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, skip), nil
}

func (s *server) getScanChanges(ctx context.Context, in *ByID) (*body[wire.ScanChanges], error) {
	c, err := s.Scans.ScanChanges(ctx, scanner.ScanID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(wire.ScanChanges{
		Cut: c.Cut,
		Services: convert(c.Services, func(v scanner.ServiceChange) wire.ServiceChange {
			return wire.ServiceChange{
				AssetID: string(v.Asset), Address: v.Address, Port: v.Port, Transport: string(v.Proto), Name: v.Name, Gone: v.Gone,
			}
		}),
		Findings: convert(c.Findings, func(v scanner.FindingChange) wire.FindingChange {
			return wire.FindingChange{
				FindingID: string(v.Finding), Title: v.Title, Severity: string(v.Severity), AssetID: string(v.Asset),
				Kind: string(v.Kind), Reason: v.Reason,
			}
		}),
	}), nil
}
