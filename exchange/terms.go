package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Normalize returns a with tidy fields, or every mistake in it at once, each
// an InputError named by its place: "give.ceiling". What is left out gets the
// usual: five years, draft, no onward sharing, victims never named, TLP:AMBER
// for what comes unlabelled.
func (a Agreement) Normalize() (Agreement, error) {
	var m mistakes
	if strings.TrimSpace(string(a.Team)) == "" {
		m.add("team", "", "is missing", "say with which team, such as TEAM-3")
	}
	m.line("reference", &a.Reference, 100, "give the agreement's number, such as MoU 2022/17")
	m.line("title", &a.Title, 300, "")
	m.party("ours", &a.Ours)
	m.party("theirs", &a.Theirs)
	a.State = cmp.Or(a.State, AgreementDraft)
	m.span(&a)
	m.count("notice_days", a.NoticeDays, 3650)
	m.line("reciprocity", &a.Reciprocity, 2000, "")
	a.Give = m.terms("give", a.Give)
	a.Take = m.terms("take", a.Take)
	a.Committee = slices.Clone(a.Committee)
	for i := range a.Committee {
		m.member(fmt.Sprintf("committee[%d]", i), &a.Committee[i])
	}
	someOf(&m, "themes", &a.Themes, Themes())
	if err := m.join(); err != nil {
		return Agreement{}, err
	}
	return a, nil
}

func (m *mistakes) party(field string, p *Party) {
	m.line(field+".authority", &p.Authority, 200, "")
	m.line(field+".cert", &p.CERT, 200, "")
	m.line(field+".legal_basis", &p.LegalBasis, 1000, "")
	out := []string{}
	for i, c := range p.Constraints {
		m.line(fmt.Sprintf("%s.constraints[%d]", field, i), &c, 1000, "say what it is, or take the line out")
		out = append(out, c)
	}
	p.Constraints = out
}

func (m *mistakes) span(a *Agreement) {
	if a.EffectiveAt.IsZero() {
		m.add("effective_at", "", "is missing", "give the day from which it holds, such as 2026-04-08")
		return
	}
	a.EffectiveAt, a.ReviewAt = a.EffectiveAt.UTC(), a.ReviewAt.UTC()
	if a.ExpiresAt.IsZero() {
		a.ExpiresAt = a.EffectiveAt.AddDate(usualYears, 0, 0)
	}
	a.ExpiresAt = a.ExpiresAt.UTC()
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	switch {
	case !a.ExpiresAt.After(a.EffectiveAt):
		m.add("expires_at", day(a.ExpiresAt), "is not after "+day(a.EffectiveAt)+", when it takes effect", "five years are usual")
	case a.ExpiresAt.After(a.EffectiveAt.AddDate(maxYears, 0, 0)) && a.State == AgreementDraft:
		m.add("expires_at", day(a.ExpiresAt), fmt.Sprintf("is more than %d years after it takes effect", maxYears), "five years are usual")
	}
	if !a.ReviewAt.IsZero() && a.ReviewAt.Before(a.EffectiveAt) {
		m.add("review_at", day(a.ReviewAt), "is before "+day(a.EffectiveAt)+", when it takes effect", "")
	}
}

func (m *mistakes) terms(field string, t Terms) Terms {
	someOf(m, field+".categories", &t.Categories, Categories())
	someOf(m, field+".sectors", &t.Sectors, inventory.Sectors())
	someOf(m, field+".channels", &t.Channels, Channels())
	m.label(field+".ceiling", &t.Ceiling)
	if t.Ceiling == "" && len(t.Categories) > 0 {
		m.add(field+".ceiling", "", "is missing", "say up to which label it may be: "+list(advisory.TLPs()))
	}
	m.label(field+".default_tlp", &t.DefaultTLP)
	t.DefaultTLP = cmp.Or(t.DefaultTLP, advisory.Amber)
	if t.DefaultTLP == advisory.Clear {
		m.add(field+".default_tlp", string(t.DefaultTLP), "what carries no label is not for everybody", "use green or stricter; amber is usual")
	}
	m.policy(field+".iep", &t.IEP)
	oneOf(m, field+".onward", &t.Onward, []Onward{OnwardNone, OnwardConstituents, OnwardConsent, OnwardFree}, OnwardNone)
	oneOf(m, field+".victims", &t.Victims, []VictimRule{VictimsNever, VictimsOwn}, VictimsNever)
	m.count(field+".retain_days", t.RetainDays, 36500)
	m.count(field+".ack_hours", t.AckHours, 8760)
	m.count(field+".answer_hours", t.AnswerHours, 8760)
	return t
}

// policy refuses words that are not FIRST's, and a label that could never be
// given.
func (m *mistakes) policy(field string, p *IEP) {
	for _, w := range iepWords {
		oneOf(m, field+"."+w.field, w.of(p), w.words, "")
	}
	m.line(field+".external_references", &p.ExternalReferences, 1000, "")
}

func (m *mistakes) member(field string, x *Member) {
	oneOf(m, field+".side", &x.Side, []string{"ours", "theirs"}, "")
	if x.Side == "" {
		m.add(field+".side", "", "is missing", "use one of: ours, theirs")
	}
	m.line(field+".name", &x.Name, 200, "give the member's name")
	m.line(field+".title", &x.Title, 200, "")
	m.email(field+".email", &x.Email)
}

// Label is the label of a received document: its own, or the agreed one for
// what carries none. It is never more open than green by default, because
// nobody said that everybody may have it.
func (t Terms) Label(d Document) advisory.TLP {
	if d.Labelled && tlpRank(d.TLP) >= 0 {
		return d.TLP
	}
	if tlpRank(t.DefaultTLP) > tlpRank(advisory.Clear) {
		return t.DefaultTLP
	}
	return advisory.Amber
}

// Admits tells what is wrong with a received document by the agreement, with
// the clause. Above the ceiling nothing may be kept, whatever a person says;
// the rest is for a person to decide.
func (a Agreement) Admits(d Document, at time.Time) []Problem {
	out := []Problem{}
	add := func(code, where string, fatal bool, format string, args ...any) {
		out = append(out, Problem{Code: code, Where: where, What: nameAgreement(a) + ": " + fmt.Sprintf(format, args...), Fatal: fatal})
	}
	if s := a.StateAt(at); s != AgreementActive {
		add("agreement-active", "", false, "it is %s", s)
	}
	if !slices.Contains(a.Take.Categories, d.Category) {
		add("category", "category", false, "category %q is not among those that they may send: %s", oneLine(string(d.Category), 50), list(a.Take.Categories))
	}
	if d.Labelled && tlpRank(d.TLP) < 0 {
		add("tlp-unknown", "tlp", false, "its label %q cannot be read, and it is held as %s", oneLine(string(d.TLP), 50), a.Take.Label(d))
	}
	switch label := a.Take.Label(d); {
	case tlpRank(a.Take.Ceiling) < 0:
		add("tlp-ceiling", "tlp", false, "it says not up to which label they may send")
	case tlpRank(label) > tlpRank(a.Take.Ceiling):
		add("tlp-ceiling", "tlp", true, "%s is above the ceiling of what they may send, %s", label, a.Take.Ceiling)
	}
	return out
}
