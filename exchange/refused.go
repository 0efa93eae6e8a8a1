package exchange

import "github.com/ciiscan/ciiscan/inventory"

// A RefusedError says that the gate refused a release, and by which clause.
// It is inventory.ErrForbidden to errors.Is.
type RefusedError struct {
	Rule   string // as Decision's
	Clause string
}

// Error implements error.
func (e *RefusedError) Error() string { return "refused by " + e.Rule + ": " + e.Clause }

// Is makes every RefusedError an ErrForbidden.
func (e *RefusedError) Is(target error) bool { return target == inventory.ErrForbidden }

// Err is nil when the decision allows, else a RefusedError.
func (d Decision) Err() error {
	if d.Allowed {
		return nil
	}
	return &RefusedError{Rule: d.Rule, Clause: d.Clause}
}
