package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// ErrUnauthenticated says that the request names nobody whom we know.
var ErrUnauthenticated = errors.New("not signed in")

// An Identity is who acts, as the audit log names them.
type Identity struct {
	User string
	Role Role
}

// Role is what a user is for.
type Role string

// Roles.
const (
	Administrator Role = "administrator" // runs the installation
	Analyst       Role = "analyst"       // registers, scans, works on findings, drafts advisories
	Approver      Role = "approver"      // reads, and approves what analysts draft
	LegalOfficer  Role = "legal_officer" // reads, and agrees to what is red or of an incident
	Auditor       Role = "auditor"       // reads everything, the audit log included
	Operator      Role = "operator"      // an organisation's own people
)

// Roles lists every role.
func Roles() []Role {
	return []Role{Administrator, Analyst, Approver, LegalOfficer, Auditor, Operator}
}

// Tokens tells whose token a secret is; an unknown, expired or revoked one is
// inventory.ErrNotFound or inventory.ErrForbidden.
type Tokens interface {
	UserByToken(ctx context.Context, secret string) (user, role string, err error)
}

// TokenPrefix begins every token, so that secret scanners find a leaked one.
const TokenPrefix = "cii_"

// Identify says who sends r. It returns ErrUnauthenticated when r names
// nobody; any other error is a fault of the token store.
func Identify(tokens Tokens, r *http.Request) (Identity, error) {
	if secret, ok := bearer(r); ok {
		return byToken(r.Context(), tokens, secret)
	}
	if p, ok := peerOf(r.Context()); ok {
		return p.identity()
	}
	return Identity{}, fmt.Errorf("%w: no token", ErrUnauthenticated)
}

// bearer returns the request's token. A header of another scheme is a token
// that no store knows: it must not fall back to the socket's identity.
func bearer(r *http.Request) (secret string, ok bool) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", false
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(secret), true
}

func byToken(ctx context.Context, tokens Tokens, secret string) (Identity, error) {
	if !strings.HasPrefix(secret, TokenPrefix) {
		return Identity{}, fmt.Errorf("%w: not a token", ErrUnauthenticated)
	}
	user, role, err := tokens.UserByToken(ctx, secret)
	if errors.Is(err, inventory.ErrNotFound) || errors.Is(err, inventory.ErrForbidden) {
		return Identity{}, fmt.Errorf("%w: unknown, expired or revoked token", ErrUnauthenticated)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("look up token: %w", err)
	}
	if !slices.Contains(Roles(), Role(role)) {
		return Identity{}, fmt.Errorf("look up token: user %s has unknown role %q", user, role)
	}
	return Identity{User: user, Role: Role(role)}, nil
}

type identityKey struct{}

// WithIdentity returns a context that carries id.
func WithIdentity(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, id)
}

// FromContext returns the identity that WithIdentity put in.
func FromContext(ctx context.Context) (Identity, bool) {
	id, ok := ctx.Value(identityKey{}).(Identity)
	return id, ok
}
