package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// ErrUnauthenticated says that the request names nobody whom we know.
var ErrUnauthenticated = errors.New("not signed in")

// Identity is who acts: see account.
type Identity = account.Identity

// Role is as what somebody acts: see account.
type Role = account.Role

// Roles.
const (
	Administrator = account.Administrator
	Analyst       = account.Analyst
	Approver      = account.Approver
	LegalOfficer  = account.LegalOfficer
	Auditor       = account.Auditor
	OperatorAdmin = account.OperatorAdmin
	Operator      = account.Operator
)

// Roles lists every role.
func Roles() []Role { return account.Roles() }

// WithIdentity returns a context that carries id.
func WithIdentity(ctx context.Context, id Identity) context.Context {
	return account.WithIdentity(ctx, id)
}

// FromContext returns the identity that WithIdentity put in.
func FromContext(ctx context.Context) (Identity, bool) { return account.FromContext(ctx) }

// Tokens tells whose token a secret is; an unknown, expired or revoked one is
// inventory.ErrNotFound or inventory.ErrForbidden.
type Tokens interface {
	UserByToken(ctx context.Context, secret string) (Identity, error)
}

// TokenPrefix begins every token, so that secret scanners find a leaked one.
const TokenPrefix = "cii_"

// Identify says who sends r: whoever the program itself put into its context,
// a token's holder, or the peer of a unix socket. It returns ErrUnauthenticated when r names
// nobody; any other error is a fault of the token store.
func Identify(tokens Tokens, r *http.Request) (Identity, error) {
	if id, ok := FromContext(r.Context()); ok {
		return id, id.Check()
	}
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
	id, err := tokens.UserByToken(ctx, secret)
	if errors.Is(err, inventory.ErrNotFound) || errors.Is(err, inventory.ErrForbidden) {
		return Identity{}, fmt.Errorf("%w: unknown, expired or revoked token", ErrUnauthenticated)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("look up token: %w", err)
	}
	if err := id.Check(); err != nil {
		return Identity{}, fmt.Errorf("look up token: %w", err)
	}
	return id, nil
}
