package inbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/stix"
)

// An answer is what a peer says of a document of ours.
type answer struct{ stix.Answer }

// feedback turns the answers into facts about our advisories. One that is
// about nothing of ours is told as a note. An answer counts when it is signed
// or came through a door that knows who comes: anybody can write a mail.
func (r *Reading) feedback(f Facts) []exchange.Feedback {
	if len(r.answers) > 0 && r.signature != exchange.SignatureGood && !knownAtDoor(r.arrival.Channel) {
		r.notes = append(r.notes, "its answers do not count, because they are not signed")
		return nil
	}
	var out []exchange.Feedback
	for _, a := range r.answers {
		if a.TrackingID == "" || !slices.ContainsFunc(f.Ours, func(ns string) bool { return sameNamespace(ns, a.Namespace) }) {
			r.notes = append(r.notes, fmt.Sprintf("an answer to %q is about no document of ours", inventory.CleanText(a.TrackingID+a.Object, 100)))
			continue
		}
		fb := a.feedback(r.arrival)
		fb.Credential = r.signedBy
		out = append(out, fb)
	}
	return out
}

func knownAtDoor(c exchange.Channel) bool {
	return c == exchange.ChannelTAXII || c == exchange.ChannelPush
}

func (a answer) feedback(from Arrival) exchange.Feedback {
	fb := exchange.Feedback{
		Team: from.Team, Advisory: advisory.ID(a.TrackingID), At: from.At.UTC(), State: exchange.ReceiptReceived,
		Counts: map[exchange.Verdict]int{}, First: a.First, Last: a.Last, Usefulness: a.Usefulness, Comment: a.Comment,
		Version: a.Version, Channel: from.Channel,
	}
	// The states in which a receiver can be; another word tells only that it
	// arrived.
	for _, k := range []exchange.ReceiptKind{exchange.ReceiptValid, exchange.ReceiptAccepted, exchange.ReceiptRejected, exchange.ReceiptClosed} {
		if exchange.ReceiptKind(a.State) == k {
			fb.State = k
		}
	}
	for _, v := range []exchange.Verdict{
		exchange.VerdictAffected, exchange.VerdictFixed, exchange.VerdictNotPresent, exchange.VerdictUnknown, exchange.VerdictPending,
	} {
		if n, ok := a.Counts[string(v)]; ok {
			fb.Counts[v] = n
		}
	}
	return fb
}

// sameNamespace compares publisher namespaces as people write them.
func sameNamespace(a, b string) bool {
	return plainNamespace(a) != "" && plainNamespace(a) == plainNamespace(b)
}

// plainNamespace is the one way in which a namespace is kept, so that each
// document has one chain of revisions however its publisher writes itself.
func plainNamespace(s string) string {
	return strings.ToLower(strings.TrimRight(strings.TrimSpace(s), "/"))
}
