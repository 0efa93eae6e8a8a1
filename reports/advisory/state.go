package advisory

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// Submit hands a draft over for review.
func Submit(a Advisory, at time.Time) (Advisory, error) {
	if err := a.mustBe("submit", Draft); err != nil {
		return Advisory{}, err
	}
	a.State, a.UpdatedAt = InReview, at.UTC()
	return a, nil
}

// Approve lets a be released. It is ErrForbidden for the author, ErrConflict
// unless a is a draft or in review.
func Approve(a Advisory, who string, at time.Time) (Advisory, error) {
	if err := a.mustBe("approve", Draft, InReview); err != nil {
		return Advisory{}, err
	}
	who = strings.TrimSpace(who)
	if who == "" {
		return Advisory{}, &inventory.InputError{Field: "approver", Message: "is missing", Hint: "say who approves"}
	}
	if strings.EqualFold(who, strings.TrimSpace(a.Author)) {
		return Advisory{}, fmt.Errorf("approve advisory %s: %s wrote it, and the author may not approve: %w", a.ID, who, inventory.ErrForbidden)
	}
	at = at.UTC()
	a.State, a.Approver, a.ApprovedAt, a.UpdatedAt = Approved, who, &at, at
	return a, nil
}

// Release makes an approved advisory public to those that may have it. The
// date of its revision is this moment, because readers fetch by date.
func Release(a Advisory, at time.Time) (Advisory, error) {
	if err := a.mustBe("release", Approved); err != nil {
		return Advisory{}, err
	}
	a.State, a.UpdatedAt = Released, at.UTC()
	a.History = slices.Clone(a.History)
	if n := len(a.History); n > 0 {
		a.History[n-1].At = at.UTC()
	}
	return a, nil
}

// Revise begins the next revision of a released advisory as a draft of who;
// the released one, which never changes, then counts as Updated.
func Revise(a Advisory, who, summary string, at time.Time) (next Advisory, err error) {
	if err := a.mustBe("revise", Released); err != nil {
		return Advisory{}, err
	}
	return a.next(Draft, who, summary, at), nil
}

// Withdraw takes a released advisory back: a new revision that keeps the id
// and says why. It is never deleted silently.
func Withdraw(a Advisory, who, reason string, at time.Time) (Advisory, error) {
	if err := a.mustBe("withdraw", Released, Updated); err != nil {
		return Advisory{}, err
	}
	if strings.TrimSpace(reason) == "" {
		return Advisory{}, &inventory.InputError{Field: "reason", Message: "is missing", Hint: "say why the advisory is withdrawn"}
	}
	return a.next(Withdrawn, who, "Withdrawn: "+strings.TrimSpace(reason), at), nil
}

func (a Advisory) next(state State, who, summary string, at time.Time) Advisory {
	a.Revision++
	a.State, a.Author, a.Approver, a.ApprovedAt, a.UpdatedAt = state, who, "", nil, at.UTC()
	a.History = append(slices.Clone(a.History), Change{Revision: a.Revision, At: at.UTC(), By: who, Summary: summary})
	return a
}

func (a Advisory) mustBe(verb string, states ...State) error {
	if slices.Contains(states, a.State) {
		return nil
	}
	return fmt.Errorf("%s advisory %s: it is %s: %w", verb, a.ID, a.State, inventory.ErrConflict)
}
