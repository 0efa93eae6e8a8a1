package reports

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
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
	{"ransomware", func(o openFinding) any { return o.Ransomware }},
	{"epss", func(o openFinding) any { return epssCell(o.problem.EPSS) }},
	{"cwe", func(o openFinding) any { return strings.Join(o.problem.CWEs, " ") }},
	{"advisory_ids", func(o openFinding) any { return strings.Join(o.Advisories, " ") }},
	{"how_to_verify", func(o openFinding) any { return o.problem.Verification() }},
	{"disputed", func(o openFinding) any { return o.Disputed }},
	{"cvss_base_score", func(o openFinding) any { return cvssCell(o.problem.CVSS) }},
	{"cvss_version", func(o openFinding) any { return inventory.CVSS{Vector: o.problem.CVSSVector}.Version() }},
	{"cvss_vector", func(o openFinding) any { return o.problem.CVSSVector }},
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
	{"possible_management", func(s Service) any { return s.IsManagement() }},
	{"ot", func(s Service) any { return s.IsOT() }},
}

var certificateColumns = []column[Certificate]{
	{"address", func(c Certificate) any { return c.Address }},
	{"port", func(c Certificate) any { return portCell(c.Port) }},
	{"transport", func(c Certificate) any { return c.Transport }},
	{"sha256", func(c Certificate) any { return c.SHA256 }},
	{"subject", func(c Certificate) any { return c.Subject }},
	{"issuer", func(c Certificate) any { return c.Issuer }},
	{"names", func(c Certificate) any { return strings.Join(c.Names, " ") }},
	{"not_before", func(c Certificate) any { return c.NotBefore }},
	{"not_after", func(c Certificate) any { return c.NotAfter }},
	{"days_left", func(c Certificate) any { return c.DaysLeft }},
	{"standing", func(c Certificate) any { return c.Standing }},
	{"key_type", func(c Certificate) any { return c.KeyType }},
	{"key_bits", func(c Certificate) any { return c.KeyBits }},
	{"self_signed", func(c Certificate) any { return c.SelfSigned }},
	{"first_seen", func(c Certificate) any { return c.FirstSeen }},
	{"last_seen", func(c Certificate) any { return c.LastSeen }},
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
	{"possibly_blocked", func(l Look) any { return l.Blocked }},
}

func waiverColumns(at time.Time) []column[Finding] {
	return []column[Finding]{
		{"waiver", func(f Finding) any { return f.Waiver }},
		{"waived_until", func(f Finding) any { return f.WaivedTill }},
		{"days_left", func(f Finding) any { return wholeDays(f.WaivedTill.Sub(at)) }},
		{"waiver_reason", func(f Finding) any { return f.WaivedFor }},
	}
}

// trendRow is one week with what is usual in the sector.
type trendRow struct {
	Week
	band *Band
}

func trendRows(t Trends) []trendRow {
	out := make([]trendRow, len(t.Weeks))
	for i, w := range t.Weeks {
		out[i].Week = w
		if n := slices.IndexFunc(t.Peers, func(p Band) bool { return p.Until.Equal(w.Until) }); n >= 0 {
			out[i].band = &t.Peers[n]
		}
	}
	return out
}

var trendColumns = []column[trendRow]{
	{"week", func(t trendRow) any { return t.Name }},
	{"until", func(t trendRow) any { return t.Until }},
	{"critical", func(t trendRow) any { return t.Critical }},
	{"high", func(t trendRow) any { return t.High }},
	{"medium", func(t trendRow) any { return t.Medium }},
	{"low", func(t trendRow) any { return t.Low }},
	{"info", func(t trendRow) any { return t.Info }},
	{"known_exploited", func(t trendRow) any { return t.KEV }},
	{"new", func(t trendRow) any { return t.New }},
	{"closed", func(t trendRow) any { return t.Closed }},
	{"median_age_days", func(t trendRow) any { return numberCell(t.MedianAge) }},
	{"median_close_days", func(t trendRow) any { return numberCell(t.ToClose) }},
	{"closed_with_deadline", func(t trendRow) any { return t.Due }},
	{"closed_in_time", func(t trendRow) any { return t.Met }},
	{"sector_operators", func(t trendRow) any { return t.of(func(b Band) int { return b.Operators }) }},
	{"sector_urgent_low", func(t trendRow) any { return t.of(func(b Band) int { return b.Urgent.Low }) }},
	{"sector_urgent_median", func(t trendRow) any { return t.of(func(b Band) int { return b.Urgent.Median }) }},
	{"sector_urgent_high", func(t trendRow) any { return t.of(func(b Band) int { return b.Urgent.High }) }},
}

func (t trendRow) of(pick func(Band) int) any {
	if t.band == nil {
		return nil
	}
	return pick(*t.band)
}

var advisoryColumns = []column[Advisory]{
	{"advisory_id", func(a Advisory) any { return a.ID }},
	{"publisher", func(a Advisory) any { return a.Publisher }},
	{"title", func(a Advisory) any { return a.Title }},
	{"advisory_tlp", func(a Advisory) any { return a.TLP }},
	{"at", func(a Advisory) any { return a.At }},
	{"assets", func(a Advisory) any { return len(a.Assets) }},
	{"asset_ids", func(a Advisory) any { return idsOf(a.Assets) }},
	{"finding_ids", func(a Advisory) any { return idsOf(a.Findings) }},
	{"affected", func(a Advisory) any { return a.Affected }},
	{"fixed", func(a Advisory) any { return a.Fixed }},
	{"not_present", func(a Advisory) any { return a.Unharmed }},
	{"unknown", func(a Advisory) any { return a.Unclear }},
	{"pending", func(a Advisory) any { return a.Pending }},
}

var clockColumns = []column[ClockEntry]{
	{"document_id", func(c ClockEntry) any { return c.ID }},
	{"team", func(c ClockEntry) any { return c.Team }},
	{"document_tlp", func(c ClockEntry) any { return c.TLP }},
	{"title", func(c ClockEntry) any { return c.Title }},
	{"received_at", func(c ClockEntry) any { return c.ReceivedAt }},
	{"matched_at", func(c ClockEntry) any { return c.MatchedAt }},
	{"decided_at", func(c ClockEntry) any { return c.DecidedAt }},
	{"fixed_at", func(c ClockEntry) any { return c.FixedAt }},
	{"organizations", func(c ClockEntry) any { return c.Operators }},
	{"matches", func(c ClockEntry) any { return c.Matches }},
	{"affected", func(c ClockEntry) any { return c.Affected }},
	{"fixed", func(c ClockEntry) any { return c.Fixed }},
	{"pending", func(c ClockEntry) any { return c.Pending }},
}

var commonColumns = []column[Common]{
	{"check", func(c Common) any { return c.Check }},
	{"title", func(c Common) any { return c.Title }},
	{"severity", func(c Common) any { return c.Severity }},
	{"cve", func(c Common) any { return strings.Join(c.CVEs, " ") }},
	{"ransomware", func(c Common) any { return c.Ransomware }},
	{"epss", func(c Common) any { return epssCell(c.EPSS) }},
	{"organizations", func(c Common) any { return c.unlessFew(c.Organizations) }},
	{"assets", func(c Common) any { return c.unlessFew(c.Assets) }},
	{"findings", func(c Common) any { return c.unlessFew(c.Findings) }},
	{"known_exploited", func(c Common) any { return c.unlessFew(c.KEV) }},
	{"overdue", func(c Common) any { return c.unlessFew(c.Overdue) }},
	{"waived", func(c Common) any { return c.unlessFew(c.Waived) }},
	{"false_positive", func(c Common) any { return c.unlessFew(c.FalsePositive) }},
	{"new", func(c Common) any { return c.unlessFew(c.New) }},
	{"fixed", func(c Common) any { return c.unlessFew(c.Fixed) }},
	{"oldest_days", func(c Common) any { return c.unlessFew(c.OldestDays) }},
	{"what_to_do", func(c Common) any { return c.Fix }},
}

func (c Common) unlessFew(n int) any {
	if c.Few {
		return nil
	}
	return n
}

var spreadColumns = []column[Spread]{
	{"number", func(s Spread) any { return s.Key }},
	{"label", func(s Spread) any { return s.Label }},
	{"operators", func(s Spread) any { return s.Known }},
	{"lower_quarter", func(s Spread) any { return s.tell(s.Low) }},
	{"median", func(s Spread) any { return s.tell(s.Median) }},
	{"upper_quarter", func(s Spread) any { return s.tell(s.High) }},
}

func (s Spread) tell(n int) any {
	if s.Known < MinPeers {
		return nil
	}
	return n
}

// groupColumns begin with what a row is of.
func groupColumns(id string) []column[Group] {
	out := []column[Group]{{id, func(g Group) any { return g.ID }}}
	if id != "sector" {
		out = append(out, column[Group]{"organization", func(g Group) any { return g.Name }}, column[Group]{"sector", func(g Group) any { return g.Sector }})
	} else {
		out = append(out, column[Group]{"organizations", func(g Group) any { return g.Organizations }})
	}
	return append(out, groupNumbers...)
}

var groupNumbers = []column[Group]{
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
	{"info", func(g Group) any { return g.Info }},
	{"back_again", func(g Group) any { return g.Reopened }},
	{"known_exploited_overdue", func(g Group) any { return g.KEVOverdue }},
	{"ransomware", func(g Group) any { return g.Ransomware }},
	{"waived", func(g Group) any { return g.Waived }},
	{"services", func(g Group) any { return g.Services }},
	{"risky_services", func(g Group) any { return g.Risky }},
	{"ot_services", func(g Group) any { return g.OT }},
	{"oldest_critical_days", func(g Group) any { return g.OldestCritical }},
	{"oldest_known_exploited_days", func(g Group) any { return g.OldestKEV }},
	{"median_age_days", func(g Group) any { return numberCell(g.MedianAge) }},
	{"median_close_days", func(g Group) any { return numberCell(g.ToClose) }},
	{"closed_with_deadline", func(g Group) any { return g.Due }},
	{"closed_in_time", func(g Group) any { return g.Met }},
	{"scans", func(g Group) any { return g.Scans }},
	{"scans_failed", func(g Group) any { return g.ScansFailed }},
	{"late_looks", func(g Group) any { return g.LateScan }},
	{"last_look", func(g Group) any { return g.LastLook }},
	{"last_answer", func(g Group) any { return g.LastAnswer }},
	{"silent", func(g Group) any { return g.Silent }},
}

// anonymousNumbers are those of groupNumbers that a numbered operator has.
func anonymousNumbers() []column[Group] {
	return slices.DeleteFunc(slices.Clone(groupNumbers), func(c column[Group]) bool {
		return slices.Contains([]string{
			"assets", "reached", "ransomware", "services", "risky_services", "ot_services", "oldest_critical_days", "oldest_known_exploited_days",
			"scans", "scans_failed", "late_looks", "last_look", "last_answer", "silent",
		}, c.name)
	})
}

func numberCell(n *int) any {
	if n == nil {
		return nil
	}
	return *n
}

// epssCell writes a probability with as many digits as FIRST does; nothing is
// known of 0.
func epssCell(p float64) any {
	if p == 0 {
		return nil
	}
	return strconv.FormatFloat(p, 'f', 5, 64)
}

func cvssCell(score float64) any {
	if score == 0 {
		return nil
	}
	return strconv.FormatFloat(score, 'f', 1, 64)
}

func idsOf[T ~string](all []T) string {
	var out []string
	for _, id := range all {
		out = append(out, string(id))
	}
	return strings.Join(out, " ")
}

func portCell(p uint16) any {
	if p == 0 {
		return nil
	}
	return int(p)
}
