// Package signin takes people from a name and a password, a passkey, an
// invitation or a provider's word to a session, and lets them change what
// they sign in with. The rules are account's, the keeping is the store's; here
// they meet what is costly or foreign: hashes, one-time codes, passkeys, OIDC.
package signin

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/account/password"
)

// Store keeps accounts, and what a sign-in has come to.
type Store interface {
	Steps
	Attempts
	Enrolments
	Factors
}

// Steps keeps what is between two requests, for minutes.
type Steps interface {
	KeepStep(ctx context.Context, kind string, data any, life time.Duration) (secret string, err error)
	Step(ctx context.Context, kind, secret string, into any) error
	TakeStep(ctx context.Context, kind, secret string, into any) error
}

// Attempts are sign-ins.
type Attempts interface {
	BeginSignIn(ctx context.Context, typed string, from account.Browser) (account.Attempt, error)
	PasskeyAttempt(ctx context.Context, credential []byte, from account.Browser) (account.Attempt, account.Passkey, error)
	RefuseSignIn(ctx context.Context, a account.Attempt, why account.Reason) error
	FinishSignIn(ctx context.Context, a account.Attempt, p account.Proof) (string, account.Session, error)
	SignInForeign(ctx context.Context, f account.Foreign, from account.Browser) (string, account.Session, error)
	LoseRole(ctx context.Context, f account.Foreign) error
	ProveSession(ctx context.Context, id account.SessionID, a account.Attempt, p account.Proof) error
}

// Enrolments make accounts of invitations.
type Enrolments interface {
	InvitationBySecret(ctx context.Context, secret string) (account.Invitation, error)
	NameTaken(ctx context.Context, name string) (bool, error)
	AcceptInvitation(ctx context.Context, secret string, e account.Enrolment) (account.Account, error)
	EnrolledSession(ctx context.Context, id account.ID, from account.Browser) (string, account.Session, error)
}

// Factors are what an account signs in with.
type Factors interface {
	Account(ctx context.Context, id account.ID) (account.Account, error)
	Passkeys(ctx context.Context, of account.ID) ([]account.Passkey, error)
	AddPasskey(ctx context.Context, who string, of account.ID, k account.Passkey) error
	SetPassword(ctx context.Context, who string, id account.ID, hash string, keep account.SessionID) error
	SetTOTP(ctx context.Context, who string, id account.ID, secret string, step int64, keep account.SessionID) error
	SetRecoveryCodes(ctx context.Context, who string, id account.ID, hashes []account.Hash) error
}

// Passkeys makes and checks passkeys. host is what a browser asked for, origin
// where it then is.
type Passkeys interface {
	Origin(host string) string
	Make(of account.PasskeyHolder, origin string) (account.Ceremony, error)
	Made(of account.PasskeyHolder, state json.RawMessage, answer []byte) (account.Passkey, error)
	Ask(of account.PasskeyHolder, origin string) (account.Ceremony, error)
	AskAnybody(origin string) (account.Ceremony, error)
	// Credential tells which passkey answers; that it is true, Check finds
	// out. Answers that prove nothing are account.ErrPasskey.
	Credential(answer []byte) ([]byte, error)
	Check(of account.PasskeyHolder, state json.RawMessage, answer []byte) (account.PasskeyID, []byte, error)
}

// A Provider vouches for people.
type Provider interface {
	Name() string
	// Away tells that it did not answer when it was last asked.
	Away() bool
	// Begin returns where the browser goes, and what Finish needs.
	Begin(ctx context.Context) (address string, flow json.RawMessage, err error)
	// Finish is account.ErrNoRole, with the person, when it has no role here.
	Finish(ctx context.Context, flow json.RawMessage, query url.Values) (account.Foreign, error)
}

// Options are what a Service is built from.
type Options struct {
	Store    Store
	Hasher   *password.Hasher
	Sealer   *account.Sealer // of one-time codes' secrets; nil offers no one-time codes
	Passkeys Passkeys        // nil offers none
	Provider Provider        // nil offers none
	Site     string          // the installation's name, for phones
	Now      func() time.Time
}

// A Service signs people in. Every method acts for whom its arguments prove,
// whoever the context names.
type Service struct{ Options }

// New makes a service.
func New(o Options) *Service { return &Service{o} }

// Begun is a session that has just begun.
type Begun struct {
	Secret  string // for the cookie, and for nothing else
	Session account.Session
}

// Kinds of steps.
const (
	stepCode     = "code"     // the password was right
	stepEnrol    = "enrol"    // an invitation's name and password were good
	stepTOTP     = "totp"     // new one-time codes were shown
	stepAsk      = "ask"      // a passkey was asked for
	stepMake     = "make"     // a new passkey was asked for
	stepProvider = "provider" // a browser went to the provider
)
