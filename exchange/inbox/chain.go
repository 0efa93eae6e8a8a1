package inbox

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// chain compares a document with what came before under its name, and with
// what had the same bytes. What nobody trusts yet holds nothing up: only
// accepted revisions count.
func (r *Reading) chain(f Facts, in *exchange.Inbound) {
	if r.fatal() {
		return
	}
	if r.replayed(f, in) {
		return
	}
	d, withdrawn := r.Document, false
	for _, k := range f.Known {
		if !trusted(k) {
			continue
		}
		if k.Team != in.Team {
			r.add("tracking-id", "", fmt.Sprintf("%s is the id of a document of another team (%s)", quoted(d.TrackingID), k.ID), true)
			return
		}
		switch c := exchange.CompareVersions(d.Version, k.Document.Version); {
		case c == 0 && r.same(k, in.SHA256):
			r.duplicate(in, k, "the same revision as")
			return
		case c == 0:
			r.add("version-changed", "", fmt.Sprintf("it says something else than %s, which had the same %s", k.ID, version(d)), true)
			return
		case c < 0:
			r.add("version-backwards", "", fmt.Sprintf("%s is before %s, which came as %s", version(d), version(k.Document), k.ID), true)
			return
		}
		withdrawn = withdrawn || k.Document.Withdrawn
		if k.State == exchange.InboundAccepted {
			in.Supersedes = k.ID
		}
	}
	switch {
	case withdrawn && !d.Withdrawn:
		r.add("withdrawn-before", "", version(d)+" follows one by which its sender withdrew it", false)
	case d.Withdrawn && in.Supersedes == "":
		r.notes = append(r.notes, "it withdraws what never came, or was not accepted")
	}
}

// replayed recognises the same bytes from the same team. What waits or was
// refused is no reason to overlook one with a better signature.
func (r *Reading) replayed(f Facts, in *exchange.Inbound) bool {
	for _, k := range f.Same {
		if k.Team == in.Team && (trusted(k) || k.State == exchange.InboundNoted || k.Signature == in.Signature && k.State == exchange.InboundQuarantined) {
			r.duplicate(in, k, "the same bytes as")
			return true
		}
	}
	return false
}

func version(d exchange.Document) string { return "version " + inventory.CleanText(d.Version, 50) }

func trusted(in exchange.Inbound) bool {
	return slices.Contains([]exchange.InboundState{exchange.InboundAccepted, exchange.InboundSuperseded, exchange.InboundWithdrawn}, in.State)
}

// same tells whether what came under an equal version says the same. CSAF
// documents are bytes that never change; STIX objects and MISP events are put
// together anew at each fetch, so that what they say counts. What came in
// another format is the same matter by another channel.
func (r *Reading) same(k exchange.Inbound, sha256 string) bool {
	switch {
	case k.Document.Format != r.Document.Format:
		return k.Document.Withdrawn == r.Document.Withdrawn
	case r.Document.Format == "csaf":
		return k.SHA256 == sha256
	}
	a, errA := json.Marshal(k.Document)
	b, errB := json.Marshal(r.Document)
	return errA == nil && errB == nil && string(a) == string(b)
}

func (r *Reading) duplicate(in *exchange.Inbound, first exchange.Inbound, why string) {
	in.State, in.Duplicates, in.Reason = exchange.InboundDuplicate, first.ID, fmt.Sprintf("%s %s", why, first.ID)
}
