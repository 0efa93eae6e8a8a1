package account

import (
	"errors"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// ErrRefused says that a sign-in failed, and nothing about why: which part was
// wrong, or whether the account exists, is for the audit log only.
var ErrRefused = errors.New("name, password or code is wrong")

// ErrNoRole says that somebody for whom a provider vouches is nobody here.
var ErrNoRole = errors.New("none of the person's groups has a role here")

// ErrAnswer says that a sign-in failed at a provider, or on the way back.
var ErrAnswer = errors.New("the provider's answer does not fit what was asked")

// ErrNameTaken says that the name is another account's. Accounts are never
// joined by name: whoever may choose names at a provider would be anybody here.
var ErrNameTaken = errors.New("another account has that name")

// An Attempt is a sign-in that has begun: what the caller needs to check a
// password and a code. For a name that nobody has, it is nobody's: check it
// all the same, so that it takes as long, and refuse it.
type Attempt struct {
	Account      Account // zero when it is nobody's
	PasswordHash string
	TOTPSecret   string // as it was stored; "" when there are no one-time codes
	TOTPStep     int64  // the last step that was used
	Passkeys     int    // how many the account has
	Browser      Browser
	At           time.Time
	Counted      bool // as a failure, until it succeeds
}

// A Reason is why an attempt was refused, as the audit log has it.
type Reason string

// Reasons.
const (
	NoAccount     Reason = "no such account"
	Disabled      Reason = "account is disabled"
	WrongPassword Reason = "wrong password"
	WrongCode     Reason = "wrong code"
	UsedCode      Reason = "code was used before"
	WrongPasskey  Reason = "passkey does not prove it"
	CopiedPasskey Reason = "passkey was copied: its counter went back"
	NoRole        Reason = "no group of the provider's gives a role here"
	NameTaken     Reason = "name belongs to another account"
	Changed       Reason = "account changed meanwhile"
	Late          Reason = "took too long"
)

// AttemptLife is how long an attempt may take from its beginning to its end.
const AttemptLife = 5 * time.Minute

// A Proof is what an attempt ends with, once the password was right: the time
// step of a one-time code, a recovery code, or a passkey that answered. A
// passkey that has verified its holder is proof without a password, too.
type Proof struct {
	Step     int64     // of totp.Match
	Recovery Hash      // of HashRecovery
	Passkey  PasskeyID // with Record
	Record   []byte    // the passkey's from now on
	Rehashed string    // the password under stronger parameters, "" to leave it
	// Password alone proves again who is signed in. Nobody signs in by it.
	Password bool
}

// Method names the proof for the audit log.
func (p Proof) Method() string {
	switch {
	case p.Recovery != "":
		return "recovery code"
	case p.Passkey != "":
		return "passkey"
	case p.Password:
		return "password"
	}
	return "one-time code"
}

// Check refuses a proof of nothing, and one of two things.
func (p Proof) Check() error {
	n := 0
	for _, given := range []bool{p.Step > 0, p.Recovery != "", p.Passkey != ""} {
		if given {
			n++
		}
	}
	if n != 1 {
		return &inventory.InputError{Field: "code", Message: "missing", Hint: "give the one-time code, a recovery code or a passkey"}
	}
	return nil
}

// InvitationLife is how long a link works.
const InvitationLife = 24 * time.Hour

// InvitationID names an invitation in lists: "INV-1". It opens nothing.
type InvitationID string

// An Invitation lets one person make an account of that role, or set anew how
// one is signed in to. Who holds its secret link chooses a new account's name.
type Invitation struct {
	ID         InvitationID
	Role       Role
	Org        inventory.OrganizationID
	InvitedBy  string
	CreatedAt  time.Time
	Until      time.Time
	AcceptedAt *time.Time
	RevokedAt  *time.Time
	Account    ID // who came of it
	// Renews is the account whose way to sign in the link sets anew, with its
	// Name; with "" the link makes an account.
	Renews ID
	Name   string
}

// Open tells whether the link works at that time.
func (i Invitation) Open(at time.Time) bool {
	return i.AcceptedAt == nil && i.RevokedAt == nil && at.Before(i.Until)
}

// An Enrolment is what a person brings to a new account, after its parts were
// checked: the password by its policy, the secret by a first code.
type Enrolment struct {
	Name         string
	Handle       string // "" lets the store make it; a passkey was made for one
	PasswordHash string
	TOTPSecret   string // as it is to be stored; "" with a passkey
	TOTPStep     int64  // of the first code, which is used with it
	Passkey      *Passkey
	Recovery     []Hash
}

// Check refuses an enrolment that would make an account without a second
// factor or a way back.
func (e Enrolment) Check() error {
	name, err := ParseName(e.Name)
	if err != nil {
		return err
	}
	missing := ""
	switch {
	case name != e.Name:
		return &inventory.InputError{Field: "name", Value: clip(e.Name), Message: "not in its plain form", Hint: "write it " + name}
	case e.PasswordHash == "":
		missing = "password"
	case e.Passkey != nil && e.Handle == "":
		missing = "handle"
	case e.Passkey == nil && (e.TOTPSecret == "" || e.TOTPStep <= 0):
		missing = "code"
	default:
		return CheckRecovery(e.Recovery)
	}
	return &inventory.InputError{Field: missing, Message: "missing", Hint: "an account needs a password, and a one-time code or a passkey"}
}

// CheckRecovery refuses a set of recovery codes that is not ten different ones.
func CheckRecovery(hashes []Hash) error {
	seen := map[Hash]bool{}
	for _, h := range hashes {
		seen[h] = true
	}
	if len(hashes) != RecoveryCodes || len(seen) != RecoveryCodes {
		return &inventory.InputError{Field: "recovery codes", Message: "not ten different codes", Hint: "make a new set"}
	}
	return nil
}

// A Foreign is somebody for whom an OpenID provider vouches.
type Foreign struct {
	Issuer  string
	Subject string // the provider's own id of the person
	Name    string
	Role    Role
	Org     inventory.OrganizationID
}
