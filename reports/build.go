package reports

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// Build counts and orders everything that a report shows. It is pure: the
// same data give the same report, in whatever order they come. With d.Org
// set, what belongs to others is left out, even if it is in d.
func Build(d Data) (Report, error) {
	if !d.From.Before(d.To) {
		return Report{}, &inventory.InputError{
			Field: "period", Value: d.From.Format(time.DateOnly) + " to " + d.To.Format(time.DateOnly),
			Message: "ends before it begins", Hint: "choose an end after the beginning",
		}
	}
	b := newBuilder(d)
	r := Report{
		Schema: SchemaVersion, Week: cmp.Or(d.Issue.Week, isoWeek(d.To.UTC().Add(-time.Nanosecond))),
		From: d.From.UTC(), To: d.To.UTC(), At: d.At.UTC(), Issuer: issuer(d.Issuer), NextRun: utc(d.NextRun),
		First: []Action{}, Changes: []Change{}, Coverage: []Look{}, Scans: []Scan{}, Problems: []Problem{}, Services: []Service{}, Certificates: []Certificate{},
		Closed: []Closed{}, Between: []Between{}, Scope: []Registered{}, Hosts: []Host{}, Tiles: []Tile{}, Advisories: []Advisory{},
		Method: Method{Profiles: []string{}, Allowed: []Allowed{}},
	}
	name := r.entitle(d)
	r.ID = "weekly-" + name + "-" + r.Week
	r.Note = paragraph(d.Issue.Note)
	if d.Issue.Revision > 1 {
		r.ID += fmt.Sprintf("-r%d", d.Issue.Revision)
		r.Revision, r.Because = d.Issue.Revision, line(d.Issue.Because)
	}
	if r.Edition == EditionOperator {
		b.operator(&r)
	} else {
		b.summary(&r)
	}
	return r, nil
}

// entitle says whom the report is for, and returns that for its name.
func (r *Report) entitle(d Data) string {
	r.TLP = TLP
	switch {
	case d.Org != nil:
		r.Edition = EditionOperator
		r.Organization = &Organization{
			ID: d.Org.ID, Name: line(d.Org.Name), Sector: d.Org.Sector, Country: line(d.Org.Country), TimeZone: line(d.Org.TimeZone),
		}
		return fileWord(string(d.Org.ID))
	case d.Subject.Sector != "":
		r.Edition, r.Sector, r.Named = EditionSector, d.Subject.Sector, d.Named
		return "sector-" + fileWord(string(r.Sector))
	}
	r.Edition, r.TLP = EditionNational, TLPNational
	return "national"
}

// operator builds the report of one organisation.
func (b builder) operator(r *Report) {
	r.Problems = b.problems()
	r.First, r.MoreActions = b.actions(r.Problems)
	r.Changes = b.changes()
	r.Coverage = b.coverage()
	r.Basis = basis(r.Coverage)
	r.Services, r.Certificates = b.services(), b.certificates()
	r.Tiles = tiles(r.Services, r.Basis)
	r.Scans = b.scans()
	r.Closed, r.Between = b.closed(), b.between()
	r.Scope, r.Hosts = b.scope(), b.hosts()
	r.Trends = b.trends(*r)
	r.Advisories = b.advisories()
	r.Method = b.method(r.Scans)
	r.Card = b.card(*r)
}

func issuer(i Issuer) Issuer {
	i.Name, i.Email, i.Phone, i.Sources = line(i.Name), line(i.Email), line(i.Phone), lines(i.Sources)
	i.About = strings.Join(links([]string{i.About}), "")
	return i
}

// builder holds what belongs into the report.
type builder struct {
	Data
	assets   []inventory.Asset // in use
	findings []inventory.Finding
	byID     map[inventory.FindingID]inventory.Finding
	events   []inventory.FindingEvent
	touched  map[inventory.FindingID][]string // the advisories that concern it

	exposures map[inventory.CheckID]inventory.Check
	seen      map[inventory.AssetID]bool // something of it was seen before
}

func newBuilder(d Data) builder {
	b := builder{
		Data: d, byID: map[inventory.FindingID]inventory.Finding{}, exposures: map[inventory.CheckID]inventory.Check{},
		touched: map[inventory.FindingID][]string{},
	}
	for _, t := range d.Touches {
		for _, f := range t.Findings {
			b.touched[f] = append(b.touched[f], line(t.ID))
		}
	}
	for _, c := range inventory.ExposureChecks() {
		b.exposures[c.ID] = c
	}
	for _, a := range d.Assets {
		if b.mine(a.Org) && (a.RetiredAt == nil || a.RetiredAt.After(d.At)) {
			b.assets = append(b.assets, a)
		}
	}
	slices.SortFunc(b.assets, func(x, y inventory.Asset) int { return compareIDs(string(x.ID), string(y.ID)) })
	for _, f := range d.Findings {
		if b.mine(f.Org) {
			b.findings = append(b.findings, f)
			b.byID[f.ID] = f
		}
	}
	b.seen = map[inventory.AssetID]bool{}
	for _, f := range b.findings {
		b.seen[f.Asset] = true
	}
	for _, s := range d.Services {
		b.seen[s.Asset] = true
	}
	slices.SortFunc(b.findings, func(x, y inventory.Finding) int { return compareIDs(string(x.ID), string(y.ID)) })
	for _, e := range d.Events {
		if _, known := b.byID[e.Finding]; known && !e.At.Before(d.From) && e.At.Before(d.To) {
			b.events = append(b.events, e)
		}
	}
	slices.SortStableFunc(b.events, func(x, y inventory.FindingEvent) int {
		return cmp.Or(x.At.Compare(y.At), compareIDs(string(x.Finding), string(y.Finding)))
	})
	return b
}

// mine tells whether what belongs to org may be in this report.
func (b builder) mine(org inventory.OrganizationID) bool {
	return b.Org == nil || b.Org.ID == org
}

// asset names an asset. One that has moved to another owner is only an id.
func (b builder) asset(id inventory.AssetID) AssetRef {
	a, ok := b.Assets[id]
	if !ok || !b.mine(a.Org) {
		return AssetRef{ID: id, Name: string(id)}
	}
	ref := AssetRef{
		ID: id, Name: line(a.Name), Address: line(a.Address.String()), Org: a.Org, OrgName: line(b.Orgs[a.Org].Name),
		Sector: b.Orgs[a.Org].Sector, Class: a.Class,
	}
	ref.Name = cmp.Or(ref.Name, ref.Address, string(id))
	return ref
}

// check tells what is known of a finding's check. A retired check, or an
// exposure that the catalogue does not hold yet, still has its words.
func (b builder) check(f inventory.Finding) inventory.Check {
	c, ok := b.Checks[f.Check]
	if !ok {
		c = b.exposures[f.Check]
	}
	c.Title = cmp.Or(c.Title, f.Title, string(f.Check))
	return c
}

// coverage makes one line for each asset in use, those not reached first.
func (b builder) coverage() []Look {
	rows := make(map[inventory.AssetID][]Coverage, len(b.assets))
	for _, c := range b.Coverage {
		rows[c.Asset] = append(rows[c.Asset], c)
	}
	out := []Look{}
	for _, a := range b.assets {
		out = append(out, b.look(a.ID, rows[a.ID]))
	}
	slices.SortStableFunc(out, func(x, y Look) int { return cmp.Compare(lookRank(x), lookRank(y)) })
	return out
}

func (b builder) look(id inventory.AssetID, rows []Coverage) Look {
	l := Look{Asset: b.asset(id), Reasons: []string{}}
	for _, c := range rows {
		reason := line(c.Reason)
		if c.Addr.IsValid() && !c.At.IsZero() {
			l.Addresses++
			if reached(c.Outcome) {
				l.Reached++
			}
			if at := c.At.UTC(); l.LastLook == nil || at.After(*l.LastLook) {
				l.LastLook = &at
			}
			if l.Outcome == "" || outcomeRank(c.Outcome) > outcomeRank(l.Outcome) {
				l.Outcome = c.Outcome
			}
			if c.Outcome != inventory.Complete {
				reason = cmp.Or(reason, outcomeWord(c.Outcome))
			} else {
				reason = ""
			}
		}
		if reason != "" && !slices.Contains(l.Reasons, reason) {
			l.Reasons = append(l.Reasons, reason)
		}
	}
	if l.Addresses == 0 && len(l.Reasons) == 0 {
		l.Reasons = []string{"no scan has looked at it yet"}
	}
	slices.Sort(l.Reasons)
	l.Blocked = l.Addresses > 0 && l.Reached == 0 && b.seen[id]
	return l
}

// lookRank sorts what needs attention first: not reached, in part, reached.
func lookRank(l Look) int {
	switch {
	case l.Reached == 0:
		return 0
	case l.Outcome != inventory.Complete:
		return 1
	}
	return 2
}

// reached tells whether a host answered at all.
func reached(o inventory.Outcome) bool { return o == inventory.Complete || o == inventory.Partial }

func outcomeRank(o inventory.Outcome) int {
	return slices.Index([]inventory.Outcome{inventory.Complete, inventory.Partial, inventory.Unreachable, inventory.Blocked, inventory.Failed}, o)
}

func outcomeWord(o inventory.Outcome) string {
	return map[inventory.Outcome]string{
		inventory.Complete: "fully looked at", inventory.Partial: "looked at in part", inventory.Unreachable: "did not answer",
		inventory.Blocked: "was not allowed to be scanned", inventory.Failed: "the scan failed",
	}[o]
}

func (b builder) services() []Service {
	out := []Service{}
	for _, s := range b.Services {
		a, ok := b.Assets[s.Asset]
		if !ok || !b.mine(a.Org) {
			continue
		}
		risky, _ := inventory.ExposureOf(s)
		out = append(out, Service{
			Asset: b.asset(s.Asset), Address: s.Addr.String(), Port: s.Port, Transport: s.Transport,
			Name: line(s.Name), Product: line(s.Product), Version: line(s.Version), TLS: s.TLS, Risky: risky,
			FirstSeen: s.FirstSeen.UTC(), LastSeen: s.LastSeen.UTC(),
			New: !s.FirstSeen.Before(b.From) && s.FirstSeen.Before(b.To),
		})
	}
	slices.SortFunc(out, func(x, y Service) int {
		return cmp.Or(compareIDs(string(x.Asset.ID), string(y.Asset.ID)), compareAddresses(x.Address, y.Address),
			cmp.Compare(x.Port, y.Port), cmp.Compare(x.Transport, y.Transport), cmp.Compare(x.Name+x.Product, y.Name+y.Product))
	})
	return out
}

func (b builder) scans() []Scan {
	out := []Scan{}
	for _, s := range b.Scans {
		if b.mine(s.Org) {
			out = append(out, Scan{
				ID: line(s.ID), Org: s.Org, Profile: line(s.Profile), StartedAt: utc(s.StartedAt), FinishedAt: utc(s.FinishedAt), State: line(s.State),
			})
		}
	}
	slices.SortFunc(out, func(x, y Scan) int { return compareIDs(x.ID, y.ID) })
	return out
}

// line makes foreign text one clean line of a report.
func line(s string) string {
	return strings.Join(strings.Fields(inventory.CleanText(s, 500)), " ")
}

// paragraph is line for longer texts.
func paragraph(s string) string {
	return strings.Join(strings.Fields(inventory.CleanText(s, 5000)), " ")
}

func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func isoWeek(t time.Time) string {
	year, week := t.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// compareIDs orders "F-9" before "F-10".
func compareIDs(a, b string) int {
	head := func(s string) string { return strings.TrimRight(s, "0123456789") }
	return cmp.Or(cmp.Compare(head(a), head(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func compareAddresses(a, b string) int {
	x, err1 := netip.ParseAddr(a)
	y, err2 := netip.ParseAddr(b)
	if err1 != nil || err2 != nil {
		return cmp.Compare(a, b)
	}
	return x.Compare(y)
}

// fileWord keeps an id fit for a file name.
func fileWord(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, s)
}
