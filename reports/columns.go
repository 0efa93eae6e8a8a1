package reports

import (
	"slices"
	"strings"
	"time"
)

// The columns of the files. Their names are an interface: programs of the
// operators read them. Add at the end of a table, and rename nothing.

// An openFinding is an open finding with its problem.
type openFinding struct {
	Finding
	problem *Problem
}

func assetColumns[T any](of func(T) AssetRef) []column[T] {
	return []column[T]{
		{"asset_id", func(x T) any { return of(x).ID }},
		{"asset", func(x T) any { return of(x).Name }},
		{"asset_address", func(x T) any { return of(x).Address }},
		{"asset_class", func(x T) any { return of(x).Class }},
		{"organization_id", func(x T) any { return of(x).Org }},
		{"organization", func(x T) any { return of(x).OrgName }},
		{"sector", func(x T) any { return of(x).Sector }},
	}
}

// findingColumns are what every file of findings has.
func findingColumns[T any](of func(T) Finding) []column[T] {
	return slices.Concat(
		[]column[T]{
			{"finding_id", func(x T) any { return of(x).ID }},
			{"state", func(x T) any { return of(x).Detection }},
			{"severity", func(x T) any { return of(x).Severity }},
			{"known_exploited", func(x T) any { return of(x).KEV }},
			{"ssvc", func(x T) any { return of(x).Decision }},
			{"title", func(x T) any { return of(x).Title }},
			{"check", func(x T) any { return of(x).Check }},
		},
		assetColumns(func(x T) AssetRef { return of(x).Asset }),
		[]column[T]{
			{"address", func(x T) any { return of(x).Address }},
			{"port", func(x T) any { return portCell(of(x).Port) }},
			{"transport", func(x T) any { return of(x).Transport }},
			{"hostname", func(x T) any { return of(x).Hostname }},
			{"first_seen", func(x T) any { return of(x).FirstSeen }},
			{"last_seen", func(x T) any { return of(x).LastSeen }},
			{"last_tested", func(x T) any { return of(x).LastTested }},
			{"evidence_id", func(x T) any { return of(x).Evidence }},
		})
}

// openColumns are what only an open finding has.
var openColumns = []column[openFinding]{
	{"age_days", func(o openFinding) any { return o.AgeDays }},
	{"due_date", func(o openFinding) any { return o.DueAt }},
	{"overdue", func(o openFinding) any { return o.Overdue }},
	{"work", func(o openFinding) any { return o.Work }},
	{"waiver", func(o openFinding) any { return o.Waiver }},
	{"waived_until", func(o openFinding) any { return o.WaivedTill }},
	{"not_tested", func(o openFinding) any { return o.NotTested }},
	{"cve", func(o openFinding) any { return strings.Join(o.problem.CVEs, " ") }},
	{"source", func(o openFinding) any { return o.problem.Source }},
	{"description", func(o openFinding) any { return o.problem.Why }},
	{"what_to_do", func(o openFinding) any { return o.problem.Fix }},
	{"ssvc_path", func(o openFinding) any { return o.Path }},
}

var changeColumns = []column[Change]{
	{"at", func(c Change) any { return c.At }},
	{"change", func(c Change) any { return c.Kind }},
	{"finding_id", func(c Change) any { return c.Finding }},
	{"severity", func(c Change) any { return c.Severity }},
	{"title", func(c Change) any { return c.Title }},
	{"place", func(c Change) any { return c.Place }},
	{"reason", func(c Change) any { return c.Reason }},
	{"from", func(c Change) any { return c.From }},
	{"to", func(c Change) any { return c.To }},
	{"evidence_id", func(c Change) any { return c.Evidence }},
	{"task_id", func(c Change) any { return c.Task }},
}

// closedColumns come before those of the finding, whose evidence is that of
// the last sighting.
var closedColumns = []column[Closed]{
	{"closed_at", func(c Closed) any { return c.At }},
	{"closure_reason", func(c Closed) any { return c.Reason }},
	{"days_open", func(c Closed) any { return c.DaysOpen }},
	{"closure_evidence_id", func(c Closed) any { return c.Evidence }},
	{"task_id", func(c Closed) any { return c.Task }},
}

var betweenColumns = []column[Between]{
	{"reason", func(b Between) any { return b.Reason }},
	{"age_days", func(b Between) any { return b.Finding.AgeDays }},
	{"due_date", func(b Between) any { return b.Finding.DueAt }},
}

var serviceColumns = []column[Service]{
	{"address", func(s Service) any { return s.Address }},
	{"port", func(s Service) any { return portCell(s.Port) }},
	{"transport", func(s Service) any { return s.Transport }},
	{"service", func(s Service) any { return s.Name }},
	{"product", func(s Service) any { return s.Product }},
	{"version", func(s Service) any { return s.Version }},
	{"tls", func(s Service) any { return s.TLS }},
	{"risky", func(s Service) any { return s.Risky }},
	{"first_seen", func(s Service) any { return s.FirstSeen }},
	{"last_seen", func(s Service) any { return s.LastSeen }},
	{"new", func(s Service) any { return s.New }},
}

var riskyColumns = []column[Service]{
	{"address", func(s Service) any { return s.Address }},
	{"port", func(s Service) any { return portCell(s.Port) }},
	{"transport", func(s Service) any { return s.Transport }},
	{"service", func(s Service) any { return s.Name }},
	{"category", func(s Service) any { return s.Risky }},
	{"newly_opened", func(s Service) any { return s.New }},
	{"first_seen", func(s Service) any { return s.FirstSeen }},
	{"last_seen", func(s Service) any { return s.LastSeen }},
}

var hostColumns = []column[Host]{
	{"address", func(h Host) any { return h.Address }},
	{"hostname", func(h Host) any { return h.Hostname }},
	{"last_look", func(h Host) any { return h.LastLook }},
	{"outcome", func(h Host) any { return h.Outcome }},
}

var scopeColumns = []column[Registered]{
	{"kind", func(g Registered) any { return g.Kind }},
	{"first", func(g Registered) any { return g.First }},
	{"last", func(g Registered) any { return g.Last }},
	{"count", func(g Registered) any {
		if g.Addresses == 0 { // a name: nobody knows how many it leads to
			return nil
		}
		return g.Addresses
	}},
	{"criticality", func(g Registered) any { return g.Criticality }},
	{"site", func(g Registered) any { return g.Site }},
	{"registered_at", func(g Registered) any { return g.At }},
}

var lookColumns = []column[Look]{
	{"last_look", func(l Look) any { return l.LastLook }},
	{"outcome", func(l Look) any {
		if l.LastLook == nil {
			return "not tested"
		}
		return l.Outcome
	}},
	{"addresses_asked", func(l Look) any { return l.Addresses }},
	{"addresses_reached", func(l Look) any { return l.Reached }},
	{"reasons", func(l Look) any { return strings.Join(l.Reasons, "; ") }},
}

func waiverColumns(at time.Time) []column[Finding] {
	return []column[Finding]{
		{"waiver", func(f Finding) any { return f.Waiver }},
		{"waived_until", func(f Finding) any { return f.WaivedTill }},
		{"days_left", func(f Finding) any { return wholeDays(f.WaivedTill.Sub(at)) }},
		{"waiver_reason", func(f Finding) any { return f.WaivedFor }},
	}
}

// groupColumns begin with what a row is of.
func groupColumns(id string) []column[Group] {
	out := []column[Group]{{id, func(g Group) any { return g.ID }}}
	if id != "sector" {
		out = append(out, column[Group]{"organization", func(g Group) any { return g.Name }}, column[Group]{"sector", func(g Group) any { return g.Sector }})
	} else {
		out = append(out, column[Group]{"organizations", func(g Group) any { return g.Organizations }})
	}
	return append(out, []column[Group]{
		{"assets", func(g Group) any { return g.Assets }},
		{"reached", func(g Group) any { return g.Reached }},
		{"critical", func(g Group) any { return g.Critical }},
		{"high", func(g Group) any { return g.High }},
		{"medium", func(g Group) any { return g.Medium }},
		{"low", func(g Group) any { return g.Low }},
		{"known_exploited", func(g Group) any { return g.KEV }},
		{"overdue", func(g Group) any { return g.Overdue }},
		{"new", func(g Group) any { return g.New }},
		{"fixed", func(g Group) any { return g.Fixed }},
	}...)
}

func portCell(p uint16) any {
	if p == 0 {
		return nil
	}
	return int(p)
}
