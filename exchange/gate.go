package exchange

import (
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

// Gate decides whether a request may leave. It is the only door.
func Gate(Request) Decision {
	return Decision{Rule: "advisory-state", Clause: "nothing is decided yet"}
}
