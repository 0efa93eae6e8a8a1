package inventory

import (
	"errors"
	"fmt"
)

// The errors that callers branch on; everything else is a fault.
var (
	ErrNotFound   = errors.New("not found")
	ErrConflict   = errors.New("conflict")
	ErrOutOfScope = errors.New("not in an authorised scope")
	ErrInvalid    = errors.New("invalid")
	ErrForbidden  = errors.New("forbidden")
	// ErrStale says that somebody changed the object since the caller read it.
	ErrStale = errors.New("changed meanwhile")
	// ErrUnavailable says that a part the work needs is missing or away.
	ErrUnavailable = errors.New("unavailable")
)

// InputError says which input is wrong, why, and what to do about it.
// It is ErrInvalid to errors.Is.
type InputError struct {
	Field   string // as the user names it: "sector", "row 3, column B"
	Value   string // as given, at most 100 characters
	Message string // what is wrong
	Hint    string // what to do; may be empty
}

// Error reads "field "value": message".
func (e *InputError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("%s: %s", e.Field, e.Message)
	}
	return fmt.Sprintf("%s %q: %s", e.Field, e.Value, e.Message)
}

// Is makes every InputError an ErrInvalid.
func (e *InputError) Is(target error) bool { return target == ErrInvalid }

// invalid makes an InputError, cutting an overlong value.
func invalid(field, value, message, hint string) error {
	if r := []rune(value); len(r) > 100 {
		value = string(r[:100]) + "…"
	}
	return &InputError{Field: field, Value: value, Message: message, Hint: hint}
}

// HintOf returns what to do about err, or "". Errors of other packages give
// their hint by a method Advice() string.
func HintOf(err error) string {
	if e, ok := errors.AsType[*InputError](err); ok {
		return e.Hint
	}
	if e, ok := errors.AsType[adviser](err); ok {
		return e.Advice()
	}
	return ""
}

type adviser interface {
	error
	Advice() string
}
