package advisory

import (
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// Submit hands a draft over for review.
func Submit(a Advisory, at time.Time) (Advisory, error) {
	if err := a.mustBe("submit", Draft); err != nil {
		return Advisory{}, err
	}
	if err := a.Validate(); err != nil {
		return Advisory{}, fmt.Errorf("submit advisory %s: %w", a.ID, err)
	}
	a.State, a.UpdatedAt = InReview, at.UTC()
	return a, nil
}

// Return sends one that is in review, or approved and not yet released, back
// to its author. What was agreed to counts no more.
func Return(a Advisory, at time.Time) (Advisory, error) {
	if err := a.mustBe("return", InReview, Approved); err != nil {
		return Advisory{}, err
	}
	a.disagree()
	a.State, a.UpdatedAt = Draft, at.UTC()
	return a, nil
}

// Approve lets a be released. It is ErrForbidden for those who wrote it,
// ErrConflict unless a is a draft or in review.
func Approve(a Advisory, who string, at time.Time) (Advisory, error) {
	if err := a.mustBe("approve", Draft, InReview); err != nil {
		return Advisory{}, err
	}
	who, err := person("approver", who, "say who approves")
	if err != nil {
		return Advisory{}, err
	}
	if a.wrote(who) {
		return Advisory{}, fmt.Errorf("approve advisory %s: %s wrote it, and the author may not approve: %w", a.ID, who, inventory.ErrForbidden)
	}
	if err := a.Validate(); err != nil {
		return Advisory{}, fmt.Errorf("approve advisory %s: %w", a.ID, err)
	}
	at = at.UTC()
	a.State, a.Approver, a.ApprovedAt, a.UpdatedAt = Approved, who, &at, at
	return a, nil
}

// NeedsLegal tells whether a legal officer must agree before a goes out: to
// what is RED, to data of an incident, and to what goes to law enforcement.
// The word that it is withdrawn does not wait for one.
func NeedsLegal(a Advisory) bool {
	if a.State == Withdrawn {
		return false
	}
	return a.TLP == Red || a.Category == Incident || a.Referral
}

// ApproveLegal is the legal officer's word, before or after the approver's.
// It is ErrForbidden for those who wrote it, ErrConflict for one that needs
// no such word or is not in review or approved.
func ApproveLegal(a Advisory, who string, at time.Time) (Advisory, error) {
	if err := a.mustBe("approve the law of", InReview, Approved); err != nil {
		return Advisory{}, err
	}
	who, err := person("legal", who, "say which legal officer agrees")
	switch {
	case err != nil:
		return Advisory{}, err
	case !NeedsLegal(a):
		return Advisory{}, fmt.Errorf("approve the law of advisory %s: it is neither red nor of an incident, and no legal officer is needed: %w", a.ID, inventory.ErrConflict)
	case a.wrote(who):
		return Advisory{}, fmt.Errorf("approve the law of advisory %s: %s wrote it, and may not be its legal officer: %w", a.ID, who, inventory.ErrForbidden)
	}
	at = at.UTC()
	a.LegalBy, a.LegalAt, a.UpdatedAt = who, &at, at
	return a, nil
}

// Release lets an approved advisory, or a withdrawal, out. The date of its
// revision is this moment, because readers fetch by date. Released to a
// further audience later, the revision keeps its date, and UpdatedAt alone
// is of that moment.
func Release(a Advisory, at time.Time) (Advisory, error) {
	if err := a.mustBe("release", Approved, Released, Withdrawn); err != nil {
		return Advisory{}, err
	}
	if a.State == Approved && NeedsLegal(a) && a.LegalBy == "" {
		return Advisory{}, fmt.Errorf("release advisory %s: no legal officer has agreed to it: %w", a.ID, inventory.ErrForbidden)
	}
	at = at.UTC()
	a.UpdatedAt = at
	if a.State == Approved {
		a.State = Released
	}
	if n := len(a.History); n > 0 && !a.History[n-1].Released {
		a.History = slices.Clone(a.History)
		a.History[n-1].At, a.History[n-1].Released = at, true
	}
	return a, nil
}

// Revise begins the next revision of a released advisory as a draft of who;
// the released one, which never changes, then counts as Updated.
func Revise(a Advisory, who, summary string, at time.Time) (next Advisory, err error) {
	if err := a.mustBe("revise", Released); err != nil {
		return Advisory{}, err
	}
	who, err = person("author", who, "say who writes the revision")
	if err != nil {
		return Advisory{}, err
	}
	if summary = line(summary); summary == "" {
		return Advisory{}, &inventory.InputError{Field: "summary", Message: "is missing", Hint: "say what changes, for the revision history"}
	}
	return a.next(Draft, who, summary, at), nil
}

// Finish begins the final revision of a released interim advisory.
func Finish(a Advisory, who string, at time.Time) (Advisory, error) {
	if !a.Interim {
		return Advisory{}, fmt.Errorf("finish advisory %s: it is final already: %w", a.ID, inventory.ErrConflict)
	}
	next, err := Revise(a, who, "Final version.", at)
	next.Interim = false
	return next, err
}

// Withdraw takes back what was released, also while its next revision is
// being written: a new revision that keeps the id and says why. It is never
// deleted silently. What was never released cannot be withdrawn.
func Withdraw(a Advisory, who, reason string, at time.Time) (Advisory, error) {
	if reason = line(reason); reason == "" {
		return Advisory{}, &inventory.InputError{Field: "reason", Message: "is missing", Hint: "say why the advisory is withdrawn"}
	}
	return a.end("withdraw", who, "Withdrawn: "+reason, at)
}

// Supersede ends a released advisory in favour of another: a withdrawal that
// says what to read instead.
func Supersede(a Advisory, by ID, who string, at time.Time) (Advisory, error) {
	by = ID(line(string(by)))
	if by == "" || by == a.ID {
		return Advisory{}, &inventory.InputError{
			Field: "superseded_by", Value: string(by), Message: "is not another advisory",
			Hint: "name the advisory to read instead; to correct this one, revise it",
		}
	}
	next, err := a.end("supersede", who, fmt.Sprintf("Superseded by %s.", by), at)
	if err != nil {
		return Advisory{}, err
	}
	next.SupersededBy = by
	return next, nil
}

func (a Advisory) end(verb, who, summary string, at time.Time) (Advisory, error) {
	if a.State == Withdrawn || !a.everReleased() {
		return Advisory{}, fmt.Errorf("%s advisory %s: it is %s: %w", verb, a.ID, a.State, inventory.ErrConflict)
	}
	who, err := person("author", who, "say who does it")
	if err != nil {
		return Advisory{}, err
	}
	a.Interim = false
	return a.next(Withdrawn, who, summary, at), nil
}

func (a Advisory) next(state State, who, summary string, at time.Time) Advisory {
	a.Revision++
	a.disagree()
	a.State, a.Author, a.Editors, a.UpdatedAt = state, who, []string{}, at.UTC()
	a.History = append(slices.Clone(a.History), Change{Revision: a.Revision, At: at.UTC(), By: who, Summary: summary})
	return a
}

// disagree takes all approvals away.
func (a *Advisory) disagree() {
	a.Approver, a.ApprovedAt, a.LegalBy, a.LegalAt = "", nil, "", nil
}

// wrote tells whether any of this revision is by who.
func (a Advisory) wrote(who string) bool {
	same := func(name string) bool { return SamePerson(name, who) }
	return same(a.Author) || slices.ContainsFunc(a.Editors, same)
}

func (a Advisory) mustBe(verb string, states ...State) error {
	if slices.Contains(states, a.State) {
		return nil
	}
	return fmt.Errorf("%s advisory %s: it is %s: %w", verb, a.ID, a.State, inventory.ErrConflict)
}
