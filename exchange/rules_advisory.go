package exchange

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// advisoryState lets out what was approved, and the word that it is withdrawn.
func advisoryState(r Request) string {
	if s := r.Original.State; s != advisory.Approved && s != advisory.Released && s != advisory.Withdrawn {
		return fmt.Sprintf("it is %s, and only an approved one leaves", stateWord(s))
	}
	return ""
}

func stateWord(s advisory.State) string {
	if s == "" {
		return "in no state"
	}
	return strings.ReplaceAll(string(s), "_", " ")
}

// advisorySame wants that what leaves is what was approved. Redaction takes
// away, and changes no word.
func advisorySame(r Request) string {
	a, b := r.Original, r.Outgoing
	short := clone(a)
	redactReach(&short, Drop)
	same := []struct {
		what string
		ok   bool
	}{
		{"id", a.ID == b.ID},
		{"revision", a.Revision == b.Revision},
		{"category", a.Category == b.Category},
		{"referral mark", a.Referral == b.Referral},
		{"state", (a.State == advisory.Withdrawn) == (b.State == advisory.Withdrawn)},
		{"interim mark", a.Interim == b.Interim},
		{"check", a.Check == b.Check},
		{"title", a.Title == b.Title},
		{"summary", b.Summary == a.Summary || b.Summary == short.Summary},
		{"impact", a.Impact == b.Impact},
		{"fix", a.Fix == b.Fix},
		{"severity", a.Severity == b.Severity},
		{"CVEs", slices.Equal(a.CVEs, b.CVEs)},
		{"CWEs", slices.Equal(a.CWEs, b.CWEs)},
		{"references", slices.Equal(a.References, b.References)},
		{"products", slices.Equal(a.Products, b.Products)},
		{"scores", slices.Equal(a.Scores, b.Scores)},
		{"counts", a.Reach.Organizations == b.Reach.Organizations && a.Reach.Assets == b.Reach.Assets},
		{"sectors", subset(b.Reach.Sectors, a.Reach.Sectors)},
		{"supersession", a.Supersedes == b.Supersedes && a.SupersededBy == b.SupersededBy},
		{"history", slices.EqualFunc(a.History, b.History, func(x, y advisory.Change) bool {
			return x.Revision == y.Revision && x.Summary == y.Summary
		})},
	}
	for _, s := range same {
		if !s.ok {
			return "what would leave has another " + s.what + " than what was approved"
		}
	}
	return ""
}

func subset[T comparable](part, whole []T) bool {
	return !slices.ContainsFunc(part, func(v T) bool { return !slices.Contains(whole, v) })
}

// advisoryLabel wants a label, and none more open than the approved one.
func advisoryLabel(r Request) string {
	switch was, is := r.Original.TLP, r.Outgoing.TLP; {
	case tlpRank(was) < 0:
		return "it has no Traffic Light Protocol label"
	case tlpRank(is) < 0:
		return "what would leave has no Traffic Light Protocol label"
	case tlpRank(is) < tlpRank(was):
		return fmt.Sprintf("it is %s, and would leave as %s", was, is)
	}
	return ""
}

// advisoryFourEyes wants an approver who did not write it. A withdrawal is
// approved when it is released.
func advisoryFourEyes(r Request) string {
	author, approver := r.Original.Author, r.Original.Approver
	switch {
	case nobody(author):
		return "it has no author"
	case nobody(approver) && r.Original.State == advisory.Withdrawn:
		return ""
	case nobody(approver):
		return "nobody approved it"
	case wrote(r.Original, approver):
		return fmt.Sprintf("%s wrote and approved it", strings.TrimSpace(approver))
	}
	return ""
}

// releaseFourEyes wants two people for every release.
func releaseFourEyes(r Request) string {
	switch {
	case nobody(r.By):
		return "nobody asked for the release"
	case nobody(r.Approver) && !r.Preview:
		return "a second person has to approve the release"
	case !nobody(r.Approver) && samePerson(r.By, r.Approver):
		return fmt.Sprintf("%s asked for the release, and another person has to approve it", strings.TrimSpace(r.By))
	}
	return ""
}

// legalOfficer wants one for what is red, tells of an incident or goes to law
// enforcement: neither an author nor who asks. The approver may hold the office.
func legalOfficer(r Request) string {
	switch {
	case !r.needsLegal():
		return ""
	case nobody(r.Legal) && !r.Preview:
		return "the legal officer has to agree, because it is TLP:RED, tells of an incident or is a referral"
	case nobody(r.Legal):
		return ""
	case samePerson(r.Legal, r.By):
		return "the legal officer must not be who asks for the release"
	case wrote(r.Original, r.Legal):
		return "the legal officer must not be the author"
	}
	return ""
}

// wrote tells whether any of the revision is by who.
func wrote(a advisory.Advisory, who string) bool {
	return samePerson(a.Author, who) || slices.ContainsFunc(a.Editors, func(e string) bool { return samePerson(e, who) })
}

func nobody(name string) bool { return strings.TrimSpace(name) == "" }

func samePerson(a, b string) bool { return advisory.SamePerson(a, b) }

// originConsent keeps what a peer sent with us, unless it goes back to that
// peer or the peer agrees.
func originConsent(r Request) string {
	for _, o := range r.Original.Origins {
		back := r.Team != nil && r.Team.ID != "" && o.Team == string(r.Team.ID)
		named := r.Team != nil && r.Team.ID != "" && slices.Contains(o.Consent, string(r.Team.ID))
		if !back && !named && !slices.Contains(o.Consent, "*") {
			return fmt.Sprintf("it rests on %s of %s, who did not agree that it goes on", o.Document, o.Team)
		}
	}
	return ""
}

// originLabel passes the labels of what it rests on to what is made of it.
func originLabel(r Request) string {
	for _, o := range r.Original.Origins {
		if tlpRank(o.TLP) < 0 {
			return fmt.Sprintf("it rests on %s of %s, whose label cannot be read", o.Document, o.Team)
		}
		if tlpRank(r.Outgoing.TLP) < tlpRank(o.TLP) {
			return fmt.Sprintf("it rests on %s of %s, which is %s, and would leave as %s", o.Document, o.Team, o.TLP, r.Outgoing.TLP)
		}
	}
	return ""
}

// originNamed keeps silent about who sent us what, and to whom it may go on.
func originNamed(r Request) string {
	for _, o := range r.Outgoing.Origins {
		if r.Team == nil || r.Team.ID == "" || o.Team != string(r.Team.ID) {
			return "what would leave names another peer as its origin"
		}
		if len(o.Consent) > 0 {
			return "what would leave names others that it may go to"
		}
	}
	return ""
}

// fewOperators keeps sectors back when they would point at an operator.
func fewOperators(r Request) string {
	if reach := r.Outgoing.Reach; len(reach.Sectors) > 0 && reach.Organizations < sectorsFrom {
		return fmt.Sprintf("it names sectors, and concerns fewer than %d operators", sectorsFrom)
	}
	return ""
}

// textsNameNobody wants texts that say who is affected to nobody at all, not
// even to who may see the rows: a text cannot be redacted.
func textsNameNobody(r Request) string {
	var names []string
	for _, x := range r.Original.Affected {
		names = append(names, identifiers(x)...)
	}
	if names = naming(names); len(names) == 0 {
		return ""
	}
	passages := prose(r.Outgoing)
	var all strings.Builder
	for _, t := range passages {
		all.WriteString(t.text + "\n\n")
	}
	if !tells(all.String(), names) {
		return ""
	}
	for _, t := range passages {
		if tells(t.text, names) {
			return fmt.Sprintf("its %s tells who is affected", t.field)
		}
	}
	return "its texts together tell who is affected"
}

type passage struct{ field, text string }

func prose(a advisory.Advisory) []passage {
	out := []passage{{"title", a.Title}, {"summary", a.Summary}, {"impact", a.Impact}, {"fix", a.Fix}}
	for _, x := range a.References {
		out = append(out, passage{"references", x})
	}
	for _, p := range a.Products {
		out = append(out, passage{"products", strings.Join([]string{p.Vendor, p.Name, p.Version, p.PURL, p.Range}, " ")})
	}
	for _, c := range a.History {
		out = append(out, passage{"history", c.Summary})
	}
	return out
}

// referralOnly keeps cybercrime matter from a team at large.
func referralOnly(r Request) string {
	if r.Original.Referral && !r.Referral {
		return "it is a referral, and goes to the law-enforcement contact alone"
	}
	return ""
}

// referralMarked wants the mark where a referral is asked for.
func referralMarked(r Request) string {
	if r.Referral && !r.Original.Referral {
		return "it is not marked as a referral"
	}
	return ""
}

func publicLabel(r Request) string {
	if t := StrictestTLP(EffectiveTLP(r.Original, nil), r.Outgoing.TLP); t != advisory.Clear {
		return fmt.Sprintf("it is %s, and everybody may have only what is %s", t, advisory.Clear)
	}
	return ""
}

func publicCategory(r Request) string {
	switch r.Original.Kind() {
	case advisory.Vulnerability, advisory.Exposure, advisory.Statistics:
		return ""
	case advisory.Indicators, advisory.Incident:
	}
	return fmt.Sprintf("matter of category %q is for peers only", r.Original.Kind())
}

func publicReferral(r Request) string {
	if r.Referral || r.Original.Referral {
		return "a referral goes to a law-enforcement contact alone"
	}
	return ""
}

func publicAffected(r Request) string {
	if len(r.Outgoing.Affected) > 0 {
		return "it lists affected assets"
	}
	return ""
}

func publicAgreement(r Request) string {
	if r.Agreement != nil {
		return "an agreement was named, but no team"
	}
	return ""
}

func publicChannel(r Request) string {
	for _, c := range r.chosen() {
		if !c.Pull() {
			return fmt.Sprintf("channel %q leads to one receiver", c)
		}
	}
	return ""
}

// agreedSector tells whether s may be told; none listed means all.
func agreedSector(s inventory.Sector, agreed []inventory.Sector) bool {
	return s == "" || s == SectorCII || len(agreed) == 0 || slices.Contains(agreed, s)
}
