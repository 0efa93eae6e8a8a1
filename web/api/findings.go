package api

import (
	"context"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerFindings() {
	handle(s, "list-findings", "GET /findings", "List findings", s.listFindings)
	handle(s, "get-finding", "GET /findings/{id}", "Show a finding, its life and its check", s.getFinding)
	handle(s, "get-evidence", "GET /evidence/{id}", "Show what was sent and what came back", s.getEvidence)
}

// A findingQuery is the input of the list of findings.
type findingQuery struct {
	Paging
	Org       string   `query:"org" doc:"Only this organisation's."`
	Asset     string   `query:"asset" doc:"Only this asset's."`
	Check     string   `query:"check" doc:"Only this check's."`
	Detection []string `query:"detection,explode" nullable:"false" enum:"open,fixed,reopened" doc:"May be given several times."`
	Severity  []string `query:"severity,explode" nullable:"false" enum:"info,low,medium,high,critical" doc:"May be given several times."`
	Work      string   `query:"work" enum:"new,triaged,notified,acknowledged,in_progress"`
	Waiver    string   `query:"waiver" enum:"none,false_positive,accepted_risk,compensating_control,disputed"`
}

func (s *server) listFindings(ctx context.Context, in *findingQuery) (*listed[wire.Finding], error) {
	all, next, err := s.Findings.Findings(ctx, inventory.FindingFilter{
		Org: inventory.OrganizationID(in.Org), Asset: inventory.AssetID(in.Asset), Check: inventory.CheckID(in.Check),
		Detections: typed[inventory.Detection](in.Detection), Severities: typed[inventory.Severity](in.Severity),
		Work: inventory.Work(in.Work), Waiver: inventory.WaiverKind(in.Waiver),
	}, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, finding), nil
}

// typed gives words that the schema has checked their type; nil stays nil.
func typed[T ~string](words []string) []T {
	var out []T
	for _, w := range words {
		out = append(out, T(w))
	}
	return out
}

func (s *server) getFinding(ctx context.Context, in *ByID) (*body[wire.FindingDetail], error) {
	id := inventory.FindingID(in.ID)
	f, err := s.Findings.Finding(ctx, id)
	if err != nil {
		return nil, err
	}
	events, err := s.Findings.FindingEvents(ctx, id)
	if err != nil {
		return nil, err
	}
	checks, err := s.Checks.Checks(ctx)
	if err != nil {
		return nil, err
	}
	out := wire.FindingDetail{Finding: finding(f), Events: convert(events, findingEvent)}
	if c, ok := checks[f.Check]; ok {
		about := check(c)
		out.About = &about
	}
	return answer(out), nil
}

func (s *server) getEvidence(ctx context.Context, in *ByID) (*body[wire.Evidence], error) {
	e, err := s.Findings.Evidence(ctx, inventory.EvidenceID(in.ID))
	if err != nil {
		return nil, err
	}
	e = inventory.CleanEvidence(e)
	return answer(wire.Evidence{ID: in.ID, Request: string(e.Request), Response: string(e.Response)}), nil
}

func finding(f inventory.Finding) wire.Finding {
	out := wire.Finding{
		ID: string(f.ID), OrgID: string(f.Org), AssetID: string(f.Asset),
		Port: int(f.Port), Transport: string(f.Transport), Hostname: f.Hostname,
		Check: string(f.Check), Matcher: f.Matcher, Title: f.Title, Severity: string(f.Severity), KEV: f.KEV,
		Detection: string(f.Detection), Work: string(f.Work), Waiver: string(inventory.WaiverNone),
		FirstSeen: f.FirstSeen.UTC(), LastSeen: f.LastSeen.UTC(), LastTested: some(f.LastTested), ClosedAt: utc(f.ClosedAt),
		NotTested: f.NotTested, Negatives: f.Negatives, EvidenceID: string(f.Evidence),
		Decision: string(f.Decision.Outcome), DecisionWhy: f.Decision.Path, DueAt: utc(f.DueAt),
	}
	if f.Addr.IsValid() {
		out.Address = f.Addr.String()
	}
	if w := f.Waiver; w.Kind != "" && w.Kind != inventory.WaiverNone {
		out.Waiver = string(w.Kind)
		out.WaiverInfo = &wire.Waiver{Kind: string(w.Kind), Reason: w.Reason, By: w.By, Until: w.Until.UTC()}
	}
	return out
}

func findingEvent(e inventory.FindingEvent) wire.FindingEvent {
	return wire.FindingEvent{
		At: e.At.UTC(), Actor: e.Actor, Kind: string(e.Kind), From: e.From, To: e.To, Reason: e.Reason,
		TaskID: string(e.Task), EvidenceID: string(e.Evidence),
	}
}
