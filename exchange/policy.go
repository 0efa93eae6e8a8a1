package exchange

import (
	"cmp"
	"slices"

	"github.com/ciiscan/ciiscan/reports/advisory"
)

// tlpRank orders labels from the most open to the most closed; -1 is no label.
func tlpRank(t advisory.TLP) int { return slices.Index(advisory.TLPs(), t) }

// StrictestTLP is the most closed of labels. Text that is no label counts as
// red: what cannot be read is not passed on. Without any it is "".
func StrictestTLP(labels ...advisory.TLP) advisory.TLP {
	strictest := advisory.TLP("")
	for _, l := range labels {
		if tlpRank(l) < 0 {
			return advisory.Red
		}
		if tlpRank(l) > tlpRank(strictest) {
			strictest = l
		}
	}
	return strictest
}

// EffectiveTLP is the label under which an advisory may go: the strictest of
// its own, those of the documents that it rests on, and that of the
// agreement's exchange policy. The agreement may be nil.
func EffectiveTLP(a advisory.Advisory, g *Agreement) advisory.TLP {
	labels := []advisory.TLP{a.TLP}
	for _, o := range a.Origins {
		labels = append(labels, o.TLP)
	}
	if g != nil && g.Give.IEP.TLP != "" {
		labels = append(labels, g.Give.IEP.label())
	}
	return StrictestTLP(labels...)
}

// The words of each field of a policy, from the most open to the strictest.
var (
	iepLabels     = []string{"white", "green", "amber", "red"}
	iepEncryption = []string{"may", "must"}
	iepActions    = []string{
		"externally-visible-direct-actions", "externally-visible-indirect-actions",
		"internally-visible-actions", "contact-for-instruction", "none",
	}
	iepParties     = []string{"may", "must-not"}
	iepAttribution = []string{"may", "must", "must-not"}
	iepResale      = []string{"may", "must-not"}
)

// iepWord is one field of a policy that takes one of several words.
type iepWord struct {
	field string
	words []string
	of    func(*IEP) *string
}

var iepWords = []iepWord{
	{"tlp", iepLabels, func(p *IEP) *string { return &p.TLP }},
	{"encrypt_in_transit", iepEncryption, func(p *IEP) *string { return &p.EncryptInTransit }},
	{"permitted_actions", iepActions, func(p *IEP) *string { return &p.PermittedActions }},
	{"affected_party_notifications", iepParties, func(p *IEP) *string { return &p.AffectedParties }},
	{"attribution", iepAttribution, func(p *IEP) *string { return &p.Attribution }},
	{"unmodified_resale", iepResale, func(p *IEP) *string { return &p.UnmodifiedResale }},
}

// Strictest is the policy that keeps both: of each field the stricter word.
// An empty field asks for nothing; a word that is unknown is the strictest,
// and is kept so that it is seen.
func (p IEP) Strictest(q IEP) IEP {
	out := p
	for _, w := range iepWords {
		a, b := *w.of(&p), *w.of(&q)
		*w.of(&out) = a
		if b != "" && (a == "" || w.rank(b) > w.rank(a)) {
			*w.of(&out) = b
		}
	}
	out.ExternalReferences = cmp.Or(p.ExternalReferences, q.ExternalReferences)
	if q.ExternalReferences != "" && q.ExternalReferences != out.ExternalReferences {
		out.ExternalReferences += "; " + q.ExternalReferences
	}
	return out
}

func (w iepWord) rank(word string) int {
	if i := slices.Index(w.words, word); i >= 0 {
		return i
	}
	return len(w.words)
}

// unknown names the first field whose word nobody could obey, or "".
func (p IEP) unknown() string {
	for _, w := range iepWords {
		if v := *w.of(&p); v != "" && !slices.Contains(w.words, v) {
			return w.field
		}
	}
	return ""
}

// label is the policy's TLP in version 2.0; "" where it has none. The policy's
// words are older than that version: white is clear, and there is no
// amber+strict.
func (p IEP) label() advisory.TLP {
	if p.TLP == "white" {
		return advisory.Clear
	}
	return advisory.TLP(p.TLP)
}

// policyOf is what a label asks for by itself: what is not for the public
// travels encrypted and is not sold on, and what is red is acted on only
// where nobody outside sees it.
func policyOf(t advisory.TLP) IEP {
	switch t {
	case advisory.Clear:
		return IEP{}
	case advisory.Green:
		return IEP{UnmodifiedResale: "must-not"}
	case advisory.Red:
		return IEP{EncryptInTransit: "must", PermittedActions: "internally-visible-actions", UnmodifiedResale: "must-not"}
	default: // both ambers, and what is no label
		return IEP{EncryptInTransit: "must", UnmodifiedResale: "must-not"}
	}
}

// encrypted tells whether what goes to a team by a channel can be read by
// nobody on the way: the feeds and the push run over TLS, mail and bundles
// need a key of the team to encrypt to.
func (c Channel) encrypted(hasKey bool) bool {
	switch c {
	case ChannelCSAF, ChannelTAXII, ChannelMISP, ChannelPush:
		return true
	case ChannelMail, ChannelBundle:
		return hasKey
	}
	return false
}
