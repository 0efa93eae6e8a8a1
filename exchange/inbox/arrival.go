package inbox

import (
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pgp"
)

// MaxBytes is how large a document may be.
const MaxBytes = 16 << 20

// An Arrival is one document as it came, before anybody looked into it.
type Arrival struct {
	// Team is whose it is by the source, the credential or the signature
	// around it; never by what it says.
	Team      exchange.TeamID
	Source    exchange.SourceID
	Channel   exchange.Channel
	Name      string // of the file
	MediaType string // as its sender called it
	Raw       []byte
	Signature []byte // detached and armoured; nil when there was none
	// Around is what the mail or bundle around it was signed with, checked
	// with the keys of all teams; nil where nothing was around it. The
	// document's own signature counts first.
	Around *pgp.Result
	At     time.Time
	By     string // who brought it; "" when it was fetched or posted
	// Problems were found on its way: a hash that does not fit.
	Problems []exchange.Problem
}

// Facts are what is known besides the document.
type Facts struct {
	Team   exchange.Team
	Others []exchange.Team // every other one
	// Ours are our own publisher namespaces: what answers name, and nobody
	// else may publish under.
	Ours      []string
	Agreement *exchange.Agreement // with the team; nil when there is none
	// Known is what was received under the same namespace and tracking id,
	// from whomever, whatever became of it.
	Known []exchange.Inbound
	// Same is what was received with the same bytes.
	Same []exchange.Inbound
}

// An Examined is what became of an arrival: how it is to be stored, and what
// its sender says in it of documents of ours.
type Examined struct {
	Inbound  exchange.Inbound
	Feedback []exchange.Feedback
}

// A Reading is a document that was read, and what was found so far.
type Reading struct {
	Document  exchange.Document
	arrival   Arrival
	answers   []answer
	signature exchange.SignatureResult
	signedBy  string
	problems  []exchange.Problem
	notes     []string // that are no problems
}

func (r *Reading) add(code, where, what string, fatal bool) {
	r.problems = append(r.problems, exchange.Problem{Code: code, Where: where, What: what, Fatal: fatal})
}

func (r *Reading) fatal() bool {
	for _, p := range r.problems {
		if p.Fatal {
			return true
		}
	}
	return false
}
