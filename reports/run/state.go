package run

import (
	"fmt"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
)

// State is how far an edition has come.
type State string

// States, in the order of an edition's life.
const (
	Making       State = "making"
	NotRendered  State = "not_rendered" // making it failed, and is tried again
	Draft        State = "draft"        // made; a flag asks for a person
	Checked      State = "checked"      // no flag, or a person has looked at them
	Held         State = "held"         // a person keeps it back
	Approved     State = "approved"
	Sending      State = "sending" // on its way to somebody
	Sent         State = "sent"
	Bounced      State = "bounced" // it reached nobody
	Opened       State = "opened"
	Acknowledged State = "acknowledged"
)

// States lists every state in the order of an edition's life.
func States() []State {
	return []State{Making, NotRendered, Draft, Checked, Held, Approved, Sending, Sent, Bounced, Opened, Acknowledged}
}

// ParseState accepts the constants.
func ParseState(s string) (State, error) {
	if v := State(s); slices.Contains(States(), v) {
		return v, nil
	}
	return "", &inventory.InputError{Field: "state", Value: s, Message: "unknown state", Hint: "use one of: " + words(States())}
}

// Out tells whether its reader may see an edition in this state.
func (s State) Out() bool { return slices.Contains(Outs(), s) }

// Outs are the states in which an edition's reader may see it.
func Outs() []State { return []State{Sending, Sent, Bounced, Opened, Acknowledged} }

// An Act is what a person does with an edition.
type Act string

// Acts.
const (
	ActCheck     Act = "check"     // I looked at the flags, and it is right
	ActHold      Act = "hold"      // keep it back, for a reason
	ActRelease   Act = "release"   // a held one is looked at again
	ActApprove   Act = "approve"   // it may be sent
	ActUnapprove Act = "unapprove" // undo, until it is sent
	ActSend      Act = "send"      // to its operator's contacts
	ActRetry     Act = "retry"     // make it again, now
	ActNote      Act = "note"      // change the word to the reader
)

// Acts lists every act that can be done on many editions at a time.
func Acts() []Act {
	return []Act{ActCheck, ActHold, ActRelease, ActApprove, ActUnapprove, ActSend, ActRetry}
}

// transitions tell from which states an act leads where.
var transitions = map[Act]struct {
	from []State
	to   State
}{
	ActCheck:     {[]State{Draft}, Checked},
	ActHold:      {[]State{NotRendered, Draft, Checked, Approved}, Held},
	ActRelease:   {[]State{Held}, Draft},
	ActApprove:   {[]State{Checked}, Approved},
	ActUnapprove: {[]State{Approved}, Checked},
	ActSend:      {[]State{Approved}, Sending},
	ActRetry:     {[]State{NotRendered}, Making},
	ActNote:      {[]State{Draft, Checked, Held}, Making}, // its files are made anew
}

// From lists the states in which an act is possible.
func (a Act) From() []State { return transitions[a].from }

// After is the state of an edition after an act, or says why it cannot be done.
func After(e Edition, act Act) (State, error) {
	t, ok := transitions[act]
	if !ok {
		return "", &inventory.InputError{Field: "action", Value: string(act), Message: "unknown action", Hint: "use one of: " + words(Acts())}
	}
	if !slices.Contains(t.from, e.State) {
		return "", &RefusedError{e.ID, act, e.State, adviceFor(act, e.State)}
	}
	if act == ActSend && e.Kind != Operator {
		return "", &RefusedError{e.ID, act, e.State, "only operators' editions are sent; download this one"}
	}
	if !e.Latest && act != ActHold {
		return "", &RefusedError{e.ID, act, e.State, "a revision has taken its place; act on that"}
	}
	if act == ActRelease && (e.MadeAt == nil || e.Printed == PrintFailed) {
		return NotRendered, nil
	}
	if act == ActRelease && len(e.Flags) == 0 {
		return Checked, nil
	}
	return t.to, nil
}

// AfterMaking is the state of an edition whose files have just been made: held stays
// held, what could not be printed waits, and flags that nobody has accepted ask
// for a person.
func AfterMaking(e Edition, printed Printed, flags []Flag) State {
	switch {
	case printed == PrintFailed:
		return NotRendered
	case e.HeldFor != "":
		return Held
	}
	for _, f := range flags {
		if !slices.Contains(e.Accepted, f) {
			return Draft
		}
	}
	return Checked
}

func adviceFor(act Act, s State) string {
	switch {
	case s.Out():
		return "it was sent; issue a revision to correct it"
	case act == ActApprove && s == Draft:
		return "it has flags: look at them, and mark it as checked first"
	case act == ActApprove && s == Approved, act == ActSend && s == Sending:
		return "nothing is to be done"
	case s == NotRendered:
		return "its files could not be made; see why, and try again"
	case s == Held:
		return "it is held; release it first"
	case act == ActSend:
		return "approve it first"
	}
	return "see its state"
}

// A RefusedError says why an act is not possible in an edition's state. It is
// inventory.ErrConflict to errors.Is.
type RefusedError struct {
	Edition EditionID
	Act     Act
	State   State
	Hint    string
}

// Error reads "weekly-… is a draft and cannot be sent".
func (e *RefusedError) Error() string {
	return fmt.Sprintf("edition %s is %s: %s is not possible", e.Edition, e.State, e.Act)
}

// Is makes every RefusedError an ErrConflict.
func (*RefusedError) Is(target error) bool { return target == inventory.ErrConflict }

// Advice is what to do instead.
func (e *RefusedError) Advice() string { return e.Hint }

func words[T ~string](all []T) string {
	out := ""
	for i, w := range all {
		if i > 0 {
			out += ", "
		}
		out += string(w)
	}
	return out
}
