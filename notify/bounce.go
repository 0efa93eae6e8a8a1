package notify

import "github.com/ciiscan/ciiscan/inventory"

// A Bounce is a message that says that another did not arrive. What it says is
// whoever's words; only the token or Message-ID in it shows that it speaks of a
// mail of ours.
type Bounce struct {
	SHA256     string // of the message, lower-case hexadecimal
	Token      string // of the address that it came back to, or ""
	MessageID  string // of what did not arrive, without brackets, or ""
	Recipient  string
	Action     string // failed, delayed, delivered, relayed, expanded
	Status     string // RFC 3463: 5.1.1
	Diagnostic string
	// Hard says that it will not arrive later either.
	Hard bool
}

// A BounceResult is what came of it.
type BounceResult struct {
	Notice ID // "" when it speaks of none of ours
	Org    inventory.OrganizationID
	Again  bool // it was known
}
