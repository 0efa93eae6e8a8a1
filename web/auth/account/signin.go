package account

import (
	"errors"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// ErrRefused says that a sign-in failed, and nothing about why: which part was
// wrong, or whether the account exists, is for the audit log only.
var ErrRefused = errors.New("name, password or code is wrong")

// An Attempt is a sign-in that has begun: what the caller needs to check a
// password and a code. For a name that nobody has, it is nobody's: check it
// all the same, so that it takes as long, and refuse it.
type Attempt struct {
	Account      Account // zero when it is nobody's
	PasswordHash string
	TOTPSecret   string
	TOTPStep     int64 // the last step that was used
	Browser      Browser
	At           time.Time
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
	Changed       Reason = "account changed meanwhile"
	Late          Reason = "took too long"
)

// AttemptLife is how long an attempt may take from its beginning to its end.
const AttemptLife = 5 * time.Minute

// A Proof is what an attempt ends with, once the password was right: either
// the time step of a one-time code, or a recovery code.
type Proof struct {
	Step     int64  // of totp.Match; 0 with a recovery code
	Recovery Hash   // of HashRecovery; "" with a one-time code
	Rehashed string // the password under stronger parameters, "" to leave it
}

// Method names the proof for the audit log.
func (p Proof) Method() string {
	if p.Recovery != "" {
		return "recovery code"
	}
	return "one-time code"
}

// Check refuses a proof of nothing, and one of two things.
func (p Proof) Check() error {
	if (p.Step > 0) == (p.Recovery != "") {
		return &inventory.InputError{Field: "code", Message: "missing", Hint: "give the one-time code or a recovery code"}
	}
	return nil
}

// InvitationLife is how long a link works.
const InvitationLife = 24 * time.Hour

// InvitationID names an invitation in lists: "INV-1". It opens nothing.
type InvitationID string

// An Invitation lets one person make an account of that role. Who holds its
// secret link chooses the name.
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
}

// Open tells whether the link works at that time.
func (i Invitation) Open(at time.Time) bool {
	return i.AcceptedAt == nil && i.RevokedAt == nil && at.Before(i.Until)
}

// An Enrolment is what a person brings to a new account, after its parts were
// checked: the password by its policy, the secret by a first code.
type Enrolment struct {
	Name         string
	PasswordHash string
	TOTPSecret   string
	TOTPStep     int64 // of the first code, which is used with it
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
	case e.TOTPSecret == "" || e.TOTPStep <= 0:
		missing = "code"
	default:
		return CheckRecovery(e.Recovery)
	}
	return &inventory.InputError{Field: missing, Message: "missing", Hint: "an account needs a password and a one-time code"}
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
