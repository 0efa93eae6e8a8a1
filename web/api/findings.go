package api

import (
	"context"
	"errors"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

func (s *server) registerFindings() {
	handle(s, "list-findings", "GET /findings", "List findings", s.listFindings)
	handle(s, "count-findings", "GET /findings/count", "Count the findings that a filter selects, up to 10,000", s.countFindings)
	handle(s, "get-finding", "GET /findings/{id}", "Show a finding, its life and its check", s.getFinding)
	handle(s, "get-evidence", "GET /evidence/{id}", "Show what was sent and what came back", s.getEvidence)
}

// A findingQuery is the input of the list of findings.
type findingQuery struct {
	Paging
	FindingSelection
}

func (s *server) listFindings(ctx context.Context, in *findingQuery) (*listed[wire.Finding], error) {
	f, err := s.findingFilter(ctx, &in.FindingSelection)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Findings.FindingLines(ctx, f, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, lineFor(ctx)), nil
}

// mostCounted is as far as findings are counted: beyond it the number helps
// nobody and costs everybody.
const mostCounted = 10_000

func (s *server) countFindings(ctx context.Context, in *struct{ FindingSelection }) (*body[wire.Count], error) {
	f, err := s.findingFilter(ctx, &in.FindingSelection)
	if err != nil {
		return nil, err
	}
	n, err := s.Findings.CountFindings(ctx, f, mostCounted)
	if err != nil {
		return nil, err
	}
	return answer(wire.Count{Count: n.N, More: n.More}), nil
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
	f, err := s.visible(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	events, err := s.Findings.FindingEvents(ctx, id)
	if err != nil {
		return nil, err
	}
	around, err := s.Findings.FindingOutlook(ctx, f.Finding)
	if err != nil {
		return nil, err
	}
	out := wire.FindingDetail{
		Finding: lineFor(ctx)(f), Events: eventsFor(ctx, events), LooksToClose: f.LooksToClose(inventory.DefaultClosing), NextLookAt: some(around.NextLook),
	}
	if around.Service != nil {
		answers := service(*around.Service)
		out.Service = &answers
	}
	switch c, err := s.Findings.Check(ctx, f.Check); {
	case err == nil:
		about := check(c)
		out.About = &about
	case !errors.Is(err, inventory.ErrNotFound): // a check may go, its findings stay
		return nil, err
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

// lineFor translates for the one who asks: who of the CERT has a finding in
// hand, and how it is tagged there, an operator does not see.
func lineFor(ctx context.Context) func(inventory.FindingLine) wire.Finding {
	who, _ := auth.FromContext(ctx)
	return func(l inventory.FindingLine) wire.Finding {
		out := finding(l.Finding)
		out.OrgName, out.Sector, out.AssetName, out.AssetClass = l.OrgName, string(l.Sector), l.AssetName, string(l.AssetClass)
		out.CVEs, out.EPSS, out.Ransomware, out.Source = append([]string{}, l.CVEs...), l.EPSS, l.Ransomware, l.Source
		out.CVSS, out.CVSSVector = l.CVSS.Score, l.CVSS.Vector
		if who.Bound() {
			out.Assignee, out.Tags = "", []string{}
			if out.WaiverInfo != nil {
				out.WaiverInfo.By = "CERT"
			}
		}
		return out
	}
}

// eventsFor translates a finding's life for the one who asks.
func eventsFor(ctx context.Context, events []inventory.FindingEvent) []wire.FindingEvent {
	who, _ := auth.FromContext(ctx)
	out := []wire.FindingEvent{}
	for _, e := range events {
		if who.Bound() {
			switch e.Kind {
			case inventory.EventAssigned, inventory.EventTagged, inventory.EventAdvised:
				continue
			case inventory.EventWork:
				if e.Reason != inventory.WhyAnswered {
					e.Actor = "CERT"
				}
			case inventory.EventWaived, inventory.EventDecided, inventory.EventNoticed:
				e.Actor = "CERT"
			default: // is told as it is
			}
		}
		out = append(out, findingEvent(e))
	}
	return out
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
		Version: f.Version, Assignee: f.Assignee, Tags: append([]string{}, f.Tags...), CVEs: []string{}, Answer: string(f.Answer),
		AnsweredAt: utc(f.AnsweredAt), PromisedAt: utc(f.PromisedAt), Dispute: string(f.Dispute),
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
