package exchange

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// teamConfirmed lets nothing out to whom nobody knows.
func teamConfirmed(r Request) string {
	switch r.Team.State {
	case TeamConfirmed:
		return ""
	case TeamExample:
		return "it is an example from the public record, and nobody has confirmed it"
	case TeamFormer:
		return "it is a peer no longer"
	}
	return "it is not confirmed"
}

// agreementExists: no agreement, no exchange.
func agreementExists(r Request) string {
	if r.Agreement == nil {
		return "there is no agreement with it"
	}
	return ""
}

func agreementTeam(r Request) string {
	if r.Team.ID == "" || r.Agreement.Team != r.Team.ID {
		return fmt.Sprintf("it is with %s, not with %s", r.Agreement.Team, nameOf(r.Team))
	}
	return ""
}

// agreementActive says what the agreement is when it is not active.
func agreementActive(r Request) string {
	a := *r.Agreement
	switch s := a.StateAt(r.At); s {
	case AgreementActive:
		return ""
	case AgreementDraft:
		return "it is a draft, and not signed"
	case AgreementSigned:
		return "it is signed, but in effect only from " + a.EffectiveAt.UTC().Format(time.RFC3339)
	case AgreementExpired:
		return "it expired at " + a.ExpiresAt.UTC().Format(time.RFC3339)
	case AgreementSuspended, AgreementTerminated:
		return fmt.Sprintf("it is %s%s%s", s, phrase(" since ", a.EndedAt), because(a.EndedWhy))
	default:
		return fmt.Sprintf("it is in the unknown state %q", s)
	}
}

func phrase(before string, at *time.Time) string {
	if at == nil {
		return ""
	}
	return before + at.UTC().Format(time.RFC3339)
}

func because(why string) string {
	if why = strings.TrimSpace(why); why == "" {
		return ""
	}
	return " (" + why + ")"
}

func categoryAgreed(r Request) string {
	if c := r.Original.Kind(); c == "" || !slices.Contains(r.Agreement.Give.Categories, c) {
		return fmt.Sprintf("category %q is not among those that we may give: %s", c, list(r.Agreement.Give.Categories))
	}
	return ""
}

func list[T ~string](all []T) string {
	if len(all) == 0 {
		return "none"
	}
	words := make([]string, len(all))
	for i, v := range all {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}

// sectorsAgreed wants every sector that is told to be agreed, and the matter
// to concern at least one that is, whatever redaction leaves of it. An asset
// of another sector does not leave either, when its sector is not told.
func sectorsAgreed(r Request) string {
	agreed := r.Agreement.Give.Sectors
	if len(agreed) == 0 {
		return ""
	}
	for _, s := range sectorsOf(r.Outgoing) {
		if !agreedSector(s, agreed) {
			return fmt.Sprintf("sector %q is not among those agreed: %s", s, list(agreed))
		}
	}
	concerned := sectorsOf(r.Original)
	if len(concerned) > 0 && !slices.ContainsFunc(concerned, func(s inventory.Sector) bool { return agreedSector(s, agreed) }) {
		return "it concerns none of the sectors agreed: " + list(agreed)
	}
	if i := strayRow(r, func(x advisory.Affected) bool { return agreedSector(x.Sector, agreed) }); i >= 0 {
		return fmt.Sprintf("row %d of the affected is not of the sectors agreed: %s", i+1, list(agreed))
	}
	return ""
}

// sectorsOf are the sectors that an advisory names.
func sectorsOf(a advisory.Advisory) []inventory.Sector {
	out := slices.Clone(a.Reach.Sectors)
	for _, x := range a.Affected {
		if x.Sector != "" {
			out = append(out, x.Sector)
		}
	}
	return out
}

func tlpCeiling(r Request) string {
	ceiling := r.Agreement.Give.Ceiling
	label := StrictestTLP(EffectiveTLP(r.Original, nil), r.Outgoing.TLP)
	if tlpRank(ceiling) < 0 {
		return "it says not up to which label we may give"
	}
	if tlpRank(label) > tlpRank(ceiling) {
		return fmt.Sprintf("%s is above the ceiling of what we may give, %s", label, ceiling)
	}
	return ""
}

// channelAgreed wants ways that both sides agreed on; a referral goes by mail
// to its contact, because a feed would show it to the whole team.
func channelAgreed(r Request) string {
	agreed := r.Agreement.Give.Channels
	for _, c := range r.chosen() {
		if !slices.Contains(agreed, c) {
			return fmt.Sprintf("channel %q is not among those agreed: %s", c, list(agreed)) + r.remedy()
		}
		if r.Referral && c != ChannelMail {
			return fmt.Sprintf("a referral goes by mail to the law-enforcement contact, not by %q", c)
		}
	}
	if len(agreed) == 0 {
		return "no channel is agreed"
	}
	if r.Referral && !slices.Contains(agreed, ChannelMail) {
		return "a referral goes by mail, which is not among the channels agreed: " + list(agreed)
	}
	return ""
}

// iepKnown refuses a policy that nobody can obey.
func iepKnown(r Request) string {
	if field := r.Agreement.Give.IEP.unknown(); field != "" {
		return "its exchange policy has an unknown word in " + field
	}
	return ""
}

func iepLabel(r Request) string {
	if want := r.Agreement.Give.IEP.label(); want != "" && tlpRank(r.Outgoing.TLP) < tlpRank(want) {
		return fmt.Sprintf("its exchange policy wants %s or stricter, and it would leave as %s", want, r.Outgoing.TLP)
	}
	return ""
}

// iepEncrypted wants encryption on the way where the policy, or the label,
// does: by the chosen channels, or by at least one that is agreed.
func iepEncrypted(r Request) string {
	if r.policy().EncryptInTransit != "must" {
		return ""
	}
	for _, c := range r.chosen() {
		if !c.encrypted(r.hasKey()) {
			return fmt.Sprintf("it must be encrypted in transit, and for channel %q there is no key of %s", c, nameOf(r.Team)) + r.remedy()
		}
	}
	if len(r.channels()) == 0 {
		return fmt.Sprintf("it must be encrypted in transit, and there is no key of %s for the channels agreed", nameOf(r.Team)) + r.remedy()
	}
	return ""
}

// iepPermitted: victims are named so that their CERT acts.
func iepPermitted(r Request) string {
	if r.policy().PermittedActions == "none" && namesVictims(r.Outgoing) {
		return "its exchange policy permits no action, and the affected are named for one"
	}
	return ""
}

// iepNotified: victims are named so that their CERT tells them.
func iepNotified(r Request) string {
	if r.policy().AffectedParties == "must-not" && namesVictims(r.Outgoing) {
		return "its exchange policy forbids to tell the affected, and they are named for that"
	}
	return ""
}

func iepAttributed(r Request) string {
	if r.policy().Attribution == "must-not" && len(r.Outgoing.Origins) > 0 {
		return "its exchange policy forbids attribution, and an origin is named"
	}
	return ""
}

func referralTerms(r Request) string {
	if r.Referral && !r.Agreement.Give.ReferralOK {
		return "it says nothing of referrals to law enforcement"
	}
	return ""
}

func referralContact(r Request) string {
	if r.Referral && !slices.ContainsFunc(r.Team.Contacts, func(c Contact) bool {
		return c.Role == LawEnforcement && strings.TrimSpace(c.Email) != ""
	}) {
		return "it has no law-enforcement contact with a mail address"
	}
	return ""
}
