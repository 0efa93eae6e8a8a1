package account

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Scope is what a token may be used for.
type Scope string

// Scopes.
const (
	Read  Scope = "read"  // looks, and changes nothing
	Write Scope = "write" // all that its role may do
)

// TokenID names a token in lists: "TOK-1". It opens nothing.
type TokenID string

// LongestToken is how long a token may live.
const LongestToken = 366 * 24 * time.Hour

// MaxTokens is how many tokens that work an account may have.
const MaxTokens = 50

// A Token is a key by which a program acts for the person who made it, with
// that person's role and no more.
type Token struct {
	ID        TokenID
	Name      string
	Scope     Scope
	Role      Role
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
	RevokedAt *time.Time
}

// Live tells whether the token opens anything at that time.
func (t Token) Live(at time.Time) bool { return t.RevokedAt == nil && at.Before(t.ExpiresAt) }

// CheckToken refuses a token that would be good for nothing, or for too long.
func CheckToken(scope Scope, expires, now time.Time) error {
	switch {
	case scope != Read && scope != Write:
		return &inventory.InputError{Field: "scope", Value: clip(string(scope)), Message: "unknown", Hint: "use read or write"}
	case !expires.After(now):
		return &inventory.InputError{Field: "expires", Value: expires.Format(time.DateOnly), Message: "has passed", Hint: "a token ends in the future"}
	case expires.Sub(now) > LongestToken:
		return &inventory.InputError{Field: "expires", Value: expires.Format(time.DateOnly), Message: "is more than a year ahead", Hint: "make a new token every year"}
	}
	return nil
}
