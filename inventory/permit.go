package inventory

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// A Letter is a signed document that permits.
type Letter struct {
	Name    string
	Type    string // media type, as its bytes show
	Content []byte
}

// MaxLetter is the largest letter, in bytes.
const MaxLetter = 16 << 20

// letterTypes are what a signed letter may be.
var letterTypes = map[string]string{"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}

// NewLetter takes a file for a signed letter. What it is, its bytes say: the
// name may lie.
func NewLetter(name string, content []byte) (Letter, error) {
	kind := mediaTypeOf(content)
	ending, ok := letterTypes[kind]
	name = CleanText(strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(name), "/", "_"), `\`, "_"), 200)
	switch {
	case len(content) == 0:
		return Letter{}, invalid("letter", name, "is empty", "choose the file of the signed letter")
	case len(content) > MaxLetter:
		return Letter{}, invalid("letter", name, fmt.Sprintf("is larger than %d MB", MaxLetter>>20), "scan it in black and white, or at a lower resolution")
	case !ok:
		return Letter{}, invalid("letter", name, "is neither a PDF nor a picture", "scan the signed letter as PDF, PNG or JPEG")
	case kind == "application/pdf" && !bytes.Contains(content[max(0, len(content)-1<<14):], []byte("%%EOF")):
		return Letter{}, invalid("letter", name, "is not complete", "copy or download the PDF again")
	}
	if !strings.HasSuffix(strings.ToLower(name), ending) && (kind != "image/jpeg" || !strings.HasSuffix(strings.ToLower(name), ".jpeg")) {
		name += ending
	}
	return Letter{Name: name, Type: kind, Content: content}, nil
}

// mediaTypeOf tells what a letter's bytes are, or "".
func mediaTypeOf(content []byte) string {
	switch {
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return "application/pdf"
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	}
	return ""
}

// NewProofValue makes the text that a name's holder puts into the DNS.
func NewProofValue() string { return "ciiscan-" + strings.ToLower(rand.Text()) }

// ProofName is where the TXT record of a name's proof belongs.
func ProofName(name string) string { return "_ciiscan." + strings.TrimPrefix(name, "*.") }

// Draft returns a new authorisation that somebody has begun to draw up. It may
// lack its proof, and nothing else.
func (a Authorization) Draft(admit []netip.Prefix) (Authorization, error) {
	a.State = AuthDraft
	if a.Method == MethodDNS && a.Reference == "" {
		a.Reference = NewProofValue()
	}
	return a.normalizeUnproven(admit)
}

// normalizeUnproven is Normalize for what has no letter yet.
func (a Authorization) normalizeUnproven(admit []netip.Prefix) (Authorization, error) {
	if a.Method != MethodLetter || a.Document.SHA256 != "" {
		return a.Normalize(admit)
	}
	a.Document = Document{SHA256: strings.Repeat("0", 64), Size: 1} // stands in for the letter to come
	out, err := a.Normalize(admit)
	out.Document = Document{}
	return out, err
}

// Redraft replaces what a draft says by what n says. Its proof stays when the
// method does.
func (a Authorization) Redraft(n Authorization) (Authorization, error) {
	if a.State != AuthDraft {
		return a, fmt.Errorf("it is %s, and only a draft can be changed: %w", a.State, ErrConflict)
	}
	if n.Method == a.Method {
		n.Reference, n.Document = a.Reference, a.Document
	}
	n.ID, n.Org, n.State, n.Version = a.ID, a.Org, a.State, a.Version
	n.CreatedAt, n.CreatedBy, n.Reason = a.CreatedAt, a.CreatedBy, a.Reason
	return n, nil
}

// Attach keeps a draft's letter.
func (a Authorization) Attach(d Document) (Authorization, error) {
	if a.State != AuthDraft || a.Method != MethodLetter {
		return a, fmt.Errorf("it is %s by %s, and only drafts by letter take one: %w", a.State, a.Method, ErrConflict)
	}
	a.Document = d
	return a, nil
}

// Submit hands a draft in: it must be complete, and not over already.
func (a Authorization) Submit(who string, at time.Time, admit []netip.Prefix) (Authorization, error) {
	if a.State != AuthDraft {
		return a, fmt.Errorf("it is %s, and only a draft can be handed in: %w", a.State, ErrConflict)
	}
	if !at.Before(a.Until) {
		return a, invalid("until", a.Until.Format(time.DateOnly), "has passed", "give a later day")
	}
	out, err := a.Normalize(admit)
	if err != nil {
		return a, err
	}
	out.State, out.SubmittedBy, out.SubmittedAt, out.Reason = AuthSubmitted, who, at.UTC(), ""
	return out, nil
}

// A PermitAct is what can be done to an authorisation that was handed in.
type PermitAct string

// Acts on authorisations.
const (
	PermitActivate PermitAct = "activate"
	PermitReturn   PermitAct = "return"
	PermitSuspend  PermitAct = "suspend"
	PermitResume   PermitAct = "resume"
	PermitRevoke   PermitAct = "revoke"
)

// A PermitDecision is one act with its reason.
type PermitDecision struct {
	Act    PermitAct
	Reason string // of all but activate and resume
	// MoreForOT says that the letter asks for more than light on OT assets.
	MoreForOT bool
}

// permitMoves says from which states an act leads where.
var permitMoves = map[PermitAct]struct {
	from []AuthorizationState
	to   AuthorizationState
}{
	PermitActivate: {[]AuthorizationState{AuthSubmitted}, AuthActive},
	PermitReturn:   {[]AuthorizationState{AuthSubmitted}, AuthDraft},
	PermitSuspend:  {[]AuthorizationState{AuthActive}, AuthSuspended},
	PermitResume:   {[]AuthorizationState{AuthSuspended}, AuthActive},
	PermitRevoke:   {[]AuthorizationState{AuthDraft, AuthSubmitted, AuthActive, AuthSuspended, AuthExpired}, AuthRevoked},
}

// Decide does d to a. Who handed an authorisation in does not activate it, and
// OT assets get more than light only when somebody has read that in the letter.
func (a Authorization) Decide(who string, at time.Time, d PermitDecision) (Authorization, error) {
	move, ok := permitMoves[d.Act]
	if !ok {
		return a, invalid("act", string(d.Act), "unknown", "")
	}
	allowed := false
	for _, s := range move.from {
		allowed = allowed || a.State == s
	}
	if !allowed {
		return a, fmt.Errorf("it is %s, so nobody can %s it: %w", a.State, d.Act, ErrConflict)
	}
	reason, err := normalizeLine("reason", d.Reason, 1000)
	if err == nil && reason == "" && d.Act != PermitActivate && d.Act != PermitResume {
		err = invalid("reason", "", "missing", "say why: the others read it")
	}
	if err != nil {
		return a, err
	}
	if d.Act == PermitActivate || d.Act == PermitResume {
		if err := a.mayBegin(who, at, d); err != nil {
			return a, err
		}
	}
	a.State, a.Reason, a.DecidedBy, a.DecidedAt = move.to, reason, who, at.UTC()
	return a, nil
}

func (a Authorization) mayBegin(who string, at time.Time, d PermitDecision) error {
	switch {
	case d.Act == PermitActivate && a.SubmittedBy == who:
		return fmt.Errorf("%s handed it in; another person puts it into force: %w", who, ErrForbidden)
	case !at.Before(a.Until):
		return errors.Join(invalid("until", a.Until.Format(time.DateOnly), "has passed", "return it, so that it is given a later end"))
	case d.Act == PermitActivate && a.OTLevel > LevelLight && (!d.MoreForOT || a.Method == MethodDNS):
		return invalid("ot level", a.OTLevel.String(), "is more than light on OT assets", "a letter or a mandate must ask for it in so many words; say that it does, or return it")
	}
	return nil
}
