package exchange

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A Request is the wish to let something out: what it was, what would leave,
// to whom, and by what right.
type Request struct {
	Original  advisory.Advisory // as approved
	Outgoing  advisory.Advisory // after Redact
	Team      *Team             // nil: everybody
	Agreement *Agreement        // nil: none
	Profile   Profile           // by which Outgoing was made
	Channels  []Channel         // by which it shall go; none: all that the agreement names
	Referral  bool              // to the law-enforcement contact, not to the team at large
	By        string            // who asks
	Approver  string            // who agrees; "" while that is still to come
	Legal     string            // the legal officer; "" likewise
	Preview   bool              // approvals may still be missing
	At        time.Time
}

// A Decision is the gate's answer. The zero Decision refuses.
type Decision struct {
	Allowed bool
	Rule    string       // "agreement-active", the name of the rule that refuses; "" when allowed
	Clause  string       // in words, naming the agreement and its clause, allowing or refusing
	TLP     advisory.TLP // in force: the strictest of the document, its origins and the agreement
	IEP     IEP
	// Channels are those by which it may go: a referral by mail alone.
	Channels []Channel
	// NeedsLegal and NeedsApprover say what is still missing in a preview.
	NeedsLegal, NeedsApprover bool
}

// Gate decides whether a request may leave. It is the only door: nothing goes
// to a peer, nor to everybody, that it did not allow. It is pure, and asks
// every rule of the table; the first that refuses is named.
func Gate(r Request) Decision {
	d := Decision{TLP: EffectiveTLP(r.Original, r.Agreement), IEP: r.policy(), Channels: r.channels()}
	d.TLP = StrictestTLP(d.TLP, r.Outgoing.TLP)
	d.NeedsApprover = r.Preview && strings.TrimSpace(r.Approver) == ""
	d.NeedsLegal = r.Preview && r.needsLegal() && strings.TrimSpace(r.Legal) == ""
	for _, rule := range rules {
		if rule.audience.other(r) {
			continue
		}
		if why := rule.refuses(r); why != "" {
			d.Rule, d.Clause = rule.name, rule.clause(r)+why
			return d
		}
	}
	d.Allowed = true
	d.Clause = allowance(r)
	return d
}

// A rule is one reason to refuse. refuses says why, or "".
type rule struct {
	name     string
	audience audience
	basis    basis
	refuses  func(Request) string
}

// audience is whom a rule is about.
type audience int

const (
	anybody  audience = iota
	teams             // one team, under an agreement
	everyone          // all the world
)

func (a audience) other(r Request) bool {
	return a == teams && r.Team == nil || a == everyone && r.Team != nil
}

// basis is what a refusal quotes.
type basis int

const (
	byAdvisory basis = iota
	byTeam
	byAgreement
	byPublic
)

// rules are all of them, in the order in which they are asked: what is let
// out, who lets it out, to whom, by what right, and with whose consent.
// To add a rule, write a function like those in rules_*.go and add it here;
// then write it again, in its own words, in gate_naive_test.go.
var rules = []rule{
	{"advisory-state", anybody, byAdvisory, advisoryState},
	{"advisory-same", anybody, byAdvisory, advisorySame},
	{"advisory-label", anybody, byAdvisory, advisoryLabel},
	{"advisory-four-eyes", anybody, byAdvisory, advisoryFourEyes},
	{"release-four-eyes", anybody, byAdvisory, releaseFourEyes},
	{"legal-officer", anybody, byAdvisory, legalOfficer},

	{"team-confirmed", teams, byTeam, teamConfirmed},
	{"agreement-exists", teams, byTeam, agreementExists},
	{"agreement-team", teams, byAgreement, agreementTeam},
	{"agreement-active", teams, byAgreement, agreementActive},
	{"category", teams, byAgreement, categoryAgreed},
	{"sector", teams, byAgreement, sectorsAgreed},
	{"tlp-ceiling", teams, byAgreement, tlpCeiling},
	{"channel", teams, byAgreement, channelAgreed},
	{"iep-words", teams, byAgreement, iepKnown},
	{"iep-tlp", teams, byAgreement, iepLabel},
	{"iep-encryption", teams, byAgreement, iepEncrypted},
	{"iep-actions", teams, byAgreement, iepPermitted},
	{"iep-notifications", teams, byAgreement, iepNotified},
	{"iep-attribution", teams, byAgreement, iepAttributed},

	{"origin-consent", anybody, byAdvisory, originConsent},
	{"origin-tlp", anybody, byAdvisory, originLabel},
	{"origin-named", anybody, byAdvisory, originNamed},
	{"operator-consent", anybody, byAdvisory, operatorConsent},
	{"victim-identifiers", teams, byAgreement, victimIdentifiers},
	{"few-operators", anybody, byAdvisory, fewOperators},
	{"texts", anybody, byAdvisory, textsNameNobody},

	{"referral-only", teams, byAdvisory, referralOnly},
	{"referral-marked", teams, byAdvisory, referralMarked},
	{"referral-terms", teams, byAgreement, referralTerms},
	{"referral-contact", teams, byTeam, referralContact},

	{"public-tlp", everyone, byPublic, publicLabel},
	{"public-category", everyone, byPublic, publicCategory},
	{"public-referral", everyone, byPublic, publicReferral},
	{"public-affected", everyone, byPublic, publicAffected},
	{"public-agreement", everyone, byPublic, publicAgreement},
	{"public-channel", everyone, byPublic, publicChannel},
}

// clause names what a refusal rests on: "agreement MoU 2022/17 (AGR-1): ".
func (x rule) clause(r Request) string {
	switch x.basis {
	case byTeam:
		return fmt.Sprintf("team %s: ", nameOf(r.Team))
	case byAgreement:
		return nameAgreement(*r.Agreement) + ": " // agreement-exists was asked before
	case byPublic:
		return "for everybody: "
	case byAdvisory:
	}
	return fmt.Sprintf("advisory %s revision %d: ", r.Original.ID, r.Original.Revision)
}

func nameAgreement(a Agreement) string {
	if a.Reference == "" {
		return fmt.Sprintf("agreement %s", a.ID)
	}
	return fmt.Sprintf("agreement %s (%s)", a.Reference, a.ID)
}

func nameOf(t *Team) string {
	if t.Name == "" {
		return string(t.ID)
	}
	return fmt.Sprintf("%s (%s)", t.Name, t.ID)
}

// allowance tells by what right something leaves.
func allowance(r Request) string {
	if r.Team == nil {
		return "for everybody: what is TLP:CLEAR, tells of no incident and names nobody needs no agreement" + r.leftOut()
	}
	words := fmt.Sprintf("%s: matter of category %s up to %s may go to %s until %s",
		nameAgreement(*r.Agreement), r.Original.Kind(), r.Agreement.Give.Ceiling, nameOf(r.Team), r.Agreement.ExpiresAt.UTC().Format(time.DateOnly))
	if r.Referral {
		words += ", as a referral to its law-enforcement contact"
	}
	return words + r.leftOut()
}

// policy is the exchange policy in force: the agreement's, and what the label
// asks for by itself.
func (r Request) policy() IEP {
	p := policyOf(StrictestTLP(EffectiveTLP(r.Original, r.Agreement), r.Outgoing.TLP))
	if r.Agreement != nil {
		p = r.Agreement.Give.IEP.Strictest(p)
	}
	return p
}

// channels are those by which the request may go: what was chosen, or else
// whatever is agreed and safe enough.
func (r Request) channels() []Channel {
	switch {
	case len(r.Channels) > 0:
		return r.chosen()
	case r.Team == nil:
		return []Channel{ChannelCSAF, ChannelTAXII, ChannelMISP}
	case r.Agreement == nil:
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Agreement.Give.Channels), func(c Channel) bool { return !r.open(c) })
}

// chosen are the channels that were asked for. A withdrawal goes by those of
// them that are open: one that is not, because a key has ended, must not keep
// the word from all the others. Where none is, all stay, and are refused.
func (r Request) chosen() []Channel {
	if r.Original.State == advisory.Withdrawn {
		if still := slices.DeleteFunc(slices.Clone(r.Channels), func(c Channel) bool { return !r.open(c) }); len(still) > 0 {
			return still
		}
	}
	return slices.Clone(r.Channels)
}

// open tells whether a channel can be used: both sides agreed on it, and it is
// as safe as it must be.
func (r Request) open(c Channel) bool {
	switch {
	case r.Team == nil:
		return c.Pull()
	case r.Agreement == nil || !slices.Contains(r.Agreement.Give.Channels, c):
		return false
	}
	return (!r.Referral || c == ChannelMail) && (r.policy().EncryptInTransit != "must" || c.encrypted(r.hasKey()))
}

// leftOut says of a withdrawal by which channels it does not go; "" where it
// goes by all that were asked for.
func (r Request) leftOut() string {
	used := r.chosen()
	shut := slices.DeleteFunc(slices.Clone(r.Channels), func(c Channel) bool { return slices.Contains(used, c) })
	if len(shut) == 0 {
		return ""
	}
	return fmt.Sprintf("; not by %s, which cannot be used now", list(shut))
}

// remedy says of a withdrawal that no channel is left for what brings it out.
func (r Request) remedy() string {
	if r.Original.State != advisory.Withdrawn {
		return ""
	}
	return "; none of its channels can be used: trust a valid key of the team (ciiscan peer key add), " +
		"or ask again by another channel that is agreed (ciiscan release request)"
}

// hasKey tells whether there is a key of the team to encrypt to.
func (r Request) hasKey() bool {
	return r.Team != nil && slices.ContainsFunc(r.Team.Keys, func(k Key) bool { return k.Usable(r.At) })
}

// needsLegal tells whether the legal officer is asked. A withdrawal carries
// nothing that was not seen before, and must not wait.
func (r Request) needsLegal() bool {
	if r.Original.State == advisory.Withdrawn {
		return false
	}
	return StrictestTLP(EffectiveTLP(r.Original, nil), r.Outgoing.TLP) == advisory.Red || r.Original.Kind() == advisory.Incident || r.Original.Referral
}
