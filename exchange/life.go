package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// usualYears is how long agreements between CERTs usually hold.
const usualYears = 5

// maxYears is how far ahead an agreement may end: nobody can promise more, and
// a slip of the keyboard must not let things out for ever.
const maxYears = 20

// Sign puts a complete draft into force from its effective date on. document
// is the signed text; its hash is noted, the bytes are the store's to keep.
// It is ErrConflict unless a is a draft, and an InputError when the signed
// text or a part of the terms is missing.
func (a *Agreement) Sign(at time.Time, name string, document []byte) error {
	if a.State != AgreementDraft {
		return a.conflict("sign", at, "only a draft is signed")
	}
	whole, err := a.complete()
	if err != nil {
		return fmt.Errorf("sign agreement %s: %w", a.ID, err)
	}
	if len(document) == 0 {
		return &inventory.InputError{Field: "document", Message: "is missing", Hint: "give the file of the signed text"}
	}
	if name = oneLine(name, 200); name == "" {
		return &inventory.InputError{Field: "document name", Message: "is missing", Hint: "give the file's name"}
	}
	sum := sha256.Sum256(document)
	at = at.UTC()
	*a = whole
	a.State, a.SignedAt, a.DocumentName, a.DocumentSHA256 = AgreementSigned, &at, name, hex.EncodeToString(sum[:])
	return nil
}

// complete is a normalised agreement with all that a signed one must have.
func (a Agreement) complete() (Agreement, error) {
	whole, err := a.Normalize()
	if err != nil {
		return Agreement{}, err
	}
	for _, c := range []struct {
		missing     bool
		field, hint string
	}{
		{whole.Ours.Authority == "", "ours.authority", "say who signs for our side"},
		{whole.Ours.CERT == "", "ours.cert", "say which CERT acts for our side"},
		{whole.Theirs.Authority == "", "theirs.authority", "say who signs for their side"},
		{whole.Theirs.CERT == "", "theirs.cert", "say which CERT acts for their side"},
		{len(whole.Give.Categories)+len(whole.Take.Categories) == 0, "give.categories", "say what may pass in at least one direction"},
		{len(whole.Give.Categories) > 0 && len(whole.Give.Channels) == 0, "give.channels", "say by which channels: " + list(Channels())},
	} {
		if c.missing {
			return Agreement{}, &inventory.InputError{Field: c.field, Message: "is missing", Hint: c.hint}
		}
	}
	return whole, nil
}

// Suspend stops everything at once, until Resume. It is ErrConflict unless a
// is signed or active at the time.
func (a *Agreement) Suspend(who, why string, at time.Time) error {
	if s := a.StateAt(at); s != AgreementSigned && s != AgreementActive {
		return a.conflict("suspend", at, "only a signed or active one is suspended")
	}
	return a.end("suspend", AgreementSuspended, who, why, at)
}

// Resume puts a suspended agreement into force again. Whether it is active
// then is for its dates to say.
func (a *Agreement) Resume(at time.Time) error {
	if a.State != AgreementSuspended {
		return a.conflict("resume", at, "only a suspended one is resumed")
	}
	a.State, a.EndedBy, a.EndedWhy, a.EndedAt = AgreementSigned, "", "", nil
	return nil
}

// Terminate ends an agreement for good. A draft is not terminated, but left.
func (a *Agreement) Terminate(who, why string, at time.Time) error {
	if a.State == AgreementDraft || a.State == AgreementTerminated {
		return a.conflict("terminate", at, "only a signed one ends")
	}
	return a.end("terminate", AgreementTerminated, who, why, at)
}

func (a *Agreement) end(verb string, state AgreementState, who, why string, at time.Time) error {
	who, why = oneLine(who, 200), oneLine(why, 1000)
	if who == "" {
		return &inventory.InputError{Field: "by", Message: "is missing", Hint: fmt.Sprintf("say who wants to %s the agreement", verb)}
	}
	if why == "" {
		return &inventory.InputError{Field: "reason", Message: "is missing", Hint: fmt.Sprintf("say why to %s the agreement", verb)}
	}
	at = at.UTC()
	a.State, a.EndedBy, a.EndedWhy, a.EndedAt = state, who, why, &at
	return nil
}

// Renew lets an agreement hold until a later day; a zero until is the usual
// five years from its expiry. One that has expired may be renewed, and is
// active again from then on; one that was suspended is resumed first.
func (a *Agreement) Renew(until, at time.Time) error {
	if s := a.StateAt(at); s != AgreementSigned && s != AgreementActive && s != AgreementExpired {
		return a.conflict("renew", at, "only a signed, active or expired one is renewed")
	}
	if until.IsZero() {
		until = a.ExpiresAt.AddDate(usualYears, 0, 0)
	}
	if !until.After(a.ExpiresAt) || !until.After(at) {
		return &inventory.InputError{
			Field: "until", Value: until.UTC().Format(time.DateOnly), Message: "is not later than " + later(a.ExpiresAt, at).UTC().Format(time.DateOnly),
			Hint: "give the day on which the renewed agreement ends",
		}
	}
	if until.After(at.AddDate(maxYears, 0, 0)) {
		return &inventory.InputError{
			Field: "until", Value: until.UTC().Format(time.DateOnly),
			Message: fmt.Sprintf("is more than %d years ahead", maxYears), Hint: "five years are usual",
		}
	}
	a.ExpiresAt = until.UTC()
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// AddMeeting notes a meeting of the joint committee; the newest stands last.
func (a *Agreement) AddMeeting(m Meeting) error {
	m.Place, m.Minutes = oneLine(m.Place, 200), strings.TrimSpace(inventory.CleanText(m.Minutes, 20_000))
	if m.At.IsZero() {
		return &inventory.InputError{Field: "meeting.at", Message: "is missing", Hint: "say when the committee met"}
	}
	if m.Minutes == "" {
		return &inventory.InputError{Field: "meeting.minutes", Message: "is missing", Hint: "say what was decided"}
	}
	m.At = m.At.UTC()
	a.Meetings = append(slices.Clone(a.Meetings), m)
	slices.SortStableFunc(a.Meetings, func(x, y Meeting) int { return x.At.Compare(y.At) })
	return nil
}

func (a *Agreement) conflict(verb string, at time.Time, rule string) error {
	return fmt.Errorf("%s %s: it is %s, and %s: %w", verb, nameAgreement(*a), a.StateAt(at), rule, inventory.ErrConflict)
}

// NoticeBy is the last day on which either side may say that it does not want
// to go on.
func (a Agreement) NoticeBy() time.Time { return a.ExpiresAt.AddDate(0, 0, -a.NoticeDays) }
