package inbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Clocks of peers may be wrong: by a little nobody minds, by more than a day
// their dates mean nothing.
const (
	skew    = 10 * time.Minute
	badSkew = 24 * time.Hour
)

// Judge decides on what was read. A document is accepted only by the rule of
// an active agreement, with a good signature and no problem at all; rejected
// with a fatal problem; and left to a person otherwise, each with the reason.
// What of the facts hangs on the tracking id is looked up after Read.
func (r Reading) Judge(f Facts) Examined {
	in := exchange.Inbound{
		Team: r.arrival.Team, Source: r.arrival.Source, Channel: r.arrival.Channel, ReceivedAt: r.arrival.At.UTC(),
		Name: inventory.CleanText(r.arrival.Name, 200), MediaType: inventory.CleanText(r.arrival.MediaType, 100),
		SHA256: hash(r.arrival.Raw), Size: int64(len(r.arrival.Raw)), Signature: r.signature, SignedBy: r.signedBy,
	}
	if f.Agreement != nil {
		in.Agreement = f.Agreement.ID
	}
	r.problems, r.notes = slices.Clone(r.problems), slices.Clone(r.notes)
	feedback := []exchange.Feedback(nil)
	if !r.fatal() {
		feedback = r.feedback(f)
		if r.onlyAnswers() {
			r.replayed(f, &in)
		} else {
			r.label(f)
			r.identity(f)
			r.agreement(f)
			r.dates()
			r.chain(f, &in)
		}
	}
	in.Document, in.Problems = r.Document, r.problems
	if in.Problems == nil {
		in.Problems = []exchange.Problem{}
	}
	r.settle(f, &in, feedback)
	if in.State == exchange.InboundRejected || in.State == exchange.InboundDuplicate { // refused, or counted before
		feedback = nil
	}
	return Examined{Inbound: in, Feedback: feedback}
}

func (r *Reading) onlyAnswers() bool { return r.Document.TrackingID == "" && len(r.answers) > 0 }

func hash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// identity compares the name under which a document is published with whose
// names are known.
func (r *Reading) identity(f Facts) {
	ns := r.Document.Namespace
	is := func(t exchange.Team) bool {
		return slices.ContainsFunc(t.Namespaces, func(own string) bool { return sameNamespace(own, ns) }) ||
			sameNamespace(t.STIXIdentity, ns) || sameNamespace(t.MISPOrg, strings.TrimPrefix(ns, "urn:uuid:"))
	}
	if r.Document.TrackingID == "" {
		r.add("tracking-id", "", "it has no id, and so cannot be told from others", true)
	}
	if r.Document.Version == "" {
		r.add("version", "", "it has no version that can be read, and so cannot be told from its next", false)
	}
	switch other := slices.IndexFunc(f.Others, is); {
	case ns == "":
		r.add("namespace", "", "it does not say who publishes it", true)
	case is(f.Team):
	case other >= 0:
		r.add("namespace", "", fmt.Sprintf("the namespace %s is that of another team, %s (%s)", quoted(ns), f.Others[other].Name, f.Others[other].ID), true)
	case slices.ContainsFunc(f.Ours, func(own string) bool { return sameNamespace(own, ns) }):
		r.add("namespace", "", fmt.Sprintf("the namespace %s is our own", quoted(ns)), true)
	default:
		r.add("namespace", "", fmt.Sprintf("the namespace %s is not among the team's", quoted(ns)), false)
	}
}

// label puts the label in force into the document: nothing that came without
// one, or with less than one can read, is more open than agreed.
func (r *Reading) label(f Facts) {
	d := &r.Document
	terms := exchange.Terms{}
	if f.Agreement != nil {
		terms = f.Agreement.Take
	}
	if d.Labelled && d.TLP.Valid() {
		return
	}
	said := d.TLP
	d.TLP = terms.Label(*d)
	if said.Valid() {
		d.TLP = advisory.Stricter(said, d.TLP)
	}
	if !d.Labelled {
		r.notes = append(r.notes, fmt.Sprintf("it carries no label and is held as %s", d.TLP))
	}
}

// agreement asks the clauses. The label in force is what the ceiling is for.
func (r *Reading) agreement(f Facts) {
	if f.Team.State != exchange.TeamConfirmed {
		r.add("team", "", "its sender is not confirmed: a second person has not said yet that it is who it says", false)
	}
	if f.Agreement == nil {
		r.add("agreement", "", "there is no agreement with its sender", false)
		return
	}
	d := r.Document
	d.Labelled = d.Labelled || d.TLP.Valid()
	r.problems = append(r.problems, f.Agreement.Admits(d, r.arrival.At)...)
	if c := r.arrival.Channel; len(f.Agreement.Take.Channels) > 0 && !slices.Contains(f.Agreement.Take.Channels, c) && !carried(c, f.Agreement.Take.Channels) {
		r.notes = append(r.notes, fmt.Sprintf("it came by %s, which the agreement does not name", c))
	}
}

// carried tells whether a channel is another name of an agreed one: what they
// push arrives in our TAXII inbox.
func carried(c exchange.Channel, agreed []exchange.Channel) bool {
	return c == exchange.ChannelTAXII && slices.Contains(agreed, exchange.ChannelPush)
}

func (r *Reading) dates() {
	ahead := r.Document.Released.Sub(r.arrival.At)
	when := r.Document.Released.UTC().Format(time.RFC3339)
	switch {
	case r.Document.Released.IsZero() || ahead <= skew:
	case ahead > badSkew:
		r.add("date", "", fmt.Sprintf("it is dated %s, which is %d days ahead: a clock is wrong", when, ahead/(24*time.Hour)), false)
	default:
		r.notes = append(r.notes, fmt.Sprintf("it is dated %s, which is %s ahead", when, ahead.Round(time.Minute)))
	}
}

// settle gives the state and its reason.
func (r *Reading) settle(f Facts, in *exchange.Inbound, feedback []exchange.Feedback) {
	fatal := slices.IndexFunc(r.problems, func(p exchange.Problem) bool { return p.Fatal })
	decided := r.arrival.At.UTC()
	switch {
	case fatal >= 0:
		in.State, in.Reason = exchange.InboundRejected, "refused: "+say(r.problems[fatal])
		in.DecidedBy, in.DecidedAt = "rule", &decided
	case in.State == exchange.InboundDuplicate:
		return
	case r.onlyAnswers() && (len(feedback) > 0 || r.signature == exchange.SignatureGood):
		in.State, in.Reason = exchange.InboundNoted, "nothing to decide: it answers what we sent"
		in.DecidedBy, in.DecidedAt = "rule", &decided
	case len(r.problems) > 0:
		first := r.problems[0]
		for _, p := range r.problems { // that it is unsigned is seldom the news
			if first.Code == "signature-none" {
				first = p
			}
		}
		in.State, in.Reason = exchange.InboundQuarantined, "waits for a person: "+say(first)
		if n := len(r.problems) - 1; n > 0 {
			in.Reason += fmt.Sprintf(" (and %d more)", n)
		}
	case r.signature != exchange.SignatureGood:
		in.State, in.Reason = exchange.InboundQuarantined, "waits for a person: its signature is "+string(r.signature)
	case f.Agreement == nil || !f.Agreement.Take.AutoAccept:
		in.State, in.Reason = exchange.InboundQuarantined, "waits for a person: it is in order, and the agreement has no rule that accepts it"
	default:
		in.State, in.Reason = exchange.InboundAccepted, "accepted by the agreement's rule: signed, and in order"
		in.DecidedBy, in.DecidedAt = "rule", &decided
	}
	for _, n := range r.notes {
		in.Reason += "; " + n
	}
	in.Reason = inventory.CleanText(in.Reason, 1000)
}

func say(p exchange.Problem) string {
	if strings.HasPrefix(p.Where, "/") {
		return p.What + " (at " + p.Where + ")"
	}
	return p.What
}

func quoted(s string) string { return fmt.Sprintf("%q", inventory.CleanText(s, 200)) }
