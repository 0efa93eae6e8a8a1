package api

import (
	"cmp"
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

func (s *server) registerTokens() {
	handle(s, "create-token", "POST /tokens", "Give a user a token", s.createToken, creates)
	handle(s, "revoke-token", "DELETE /tokens/{user}/{name}", "Take a token back", s.revokeToken)
}

func (s *server) createToken(ctx context.Context, in *body[wire.NewToken]) (*created[wire.Token], error) {
	n := in.Body
	for field, v := range map[string]string{"user": n.User, "name": n.Name} {
		if strings.Join(strings.Fields(v), " ") != v || strings.ContainsFunc(v, oddInName) || inventory.CleanText(v, len(v)) != v {
			return nil, mistake(field, v, "has a slash, hidden characters or spaces too many", "the audit log shows this name: write it plainly")
		}
	}
	switch now := s.Now(); {
	case strings.HasPrefix(strings.ToLower(n.User), auth.LocalPrefix):
		return nil, mistake("user", n.User, "is a name of the machine's own users", "choose a name without local:")
	case !n.Expires.After(now):
		return nil, mistake("expires", n.Expires.Format(time.DateOnly), "has passed", "a token ends in the future")
	case n.Expires.Sub(now) > account.LongestToken:
		return nil, mistake("expires", n.Expires.Format(time.DateOnly), "is more than a year ahead", "make a new token every year")
	}
	of := auth.Identity{User: n.User, Role: auth.Role(n.Role), Org: inventory.OrganizationID(n.OrgID), ReadOnly: n.Scope == string(account.Read)}
	if err := of.Check(); err != nil {
		return nil, mistake("org_id", n.OrgID, "does not fit role "+n.Role, "operators work for one organisation, and nobody else does")
	}
	secret, err := s.TokenAdmin.CreateToken(ctx, who(ctx), of, n.Name, n.Expires.UTC())
	if err != nil {
		return nil, err
	}
	return newObject("tokens", n.User+"/"+n.Name, wire.Token{
		User: n.User, Name: n.Name, Role: n.Role, Scope: cmp.Or(n.Scope, string(account.Write)), Expires: n.Expires.UTC(), Secret: secret,
	}), nil
}

// oddInName tells whether a sign has no place in a name: nobody would see the
// difference. Scripts of the region need the joiners.
func oddInName(r rune) bool {
	joiner := r == '\u200c' || r == '\u200d'
	return r == '/' || unicode.Is(unicode.Cf, r) && !joiner || unicode.IsSpace(r) && r != ' '
}

func (s *server) revokeToken(ctx context.Context, in *struct {
	User string `path:"user" maxLength:"100"`
	Name string `path:"name" maxLength:"100"`
},
) (*struct{}, error) {
	return nil, s.TokenAdmin.RevokeToken(ctx, who(ctx), in.User, in.Name)
}
