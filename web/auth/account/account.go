package account

import (
	"crypto/rand"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// ID names an account: "ACC-1".
type ID string

// An Account is a person who signs in here.
type Account struct {
	ID         ID
	Name       string // as typed at sign-in and as the audit log has it; never given to anybody else
	Role       Role
	Org        inventory.OrganizationID // "" for the CERT's own people
	Handle     string                   // by which a passkey knows its holder; tells nothing
	Language   string                   // its holder's choice, or ""
	Issuer     string                   // the OpenID provider that vouches for it; "" for an account with a password
	CreatedAt  time.Time
	DisabledAt *time.Time // nil when it may sign in
}

// Foreign tells whether an OpenID provider vouches for the account, which then
// has no password and no codes here.
func (a Account) Foreign() bool { return a.Issuer != "" }

// Mailable tells whether mail reaches the holder: the name is an address then.
func (a Account) Mailable() bool { return strings.Contains(a.Name, "@") }

// A Resetter is who resets an account.
type Resetter struct {
	Who       string
	AtMachine bool // its owner, who may reset the last administrator
	Mail      bool // there is mail to tell the holder by
}

// NewHandle makes the handle of a new account.
func NewHandle() string { return rand.Text() }

// A Filter chooses accounts; what is empty chooses all.
type Filter struct {
	Org   inventory.OrganizationID
	Role  Role
	State State
	Name  string // a part of it
	CERT  bool   // only the CERT's own
}

// State tells whether an account may sign in.
type State string

// States.
const (
	StateEnabled  State = "enabled"
	StateDisabled State = "disabled"
)

// CheckRole refuses a role that does not exist, an operator without an
// organisation, and anybody else with one: whoever reads across organisations
// is not of one.
func CheckRole(role Role, org inventory.OrganizationID) error {
	switch {
	case !slices.Contains(Roles(), role):
		return &inventory.InputError{
			Field: "role", Value: clip(string(role)), Message: "no such role", Hint: "use one of " + roleWords(),
		}
	case role.Bound() && org == "":
		return &inventory.InputError{
			Field: "organisation", Message: "missing", Hint: "an " + string(role) + " works for one organisation: say which",
		}
	case !role.Bound() && org != "":
		return &inventory.InputError{
			Field: "organisation", Value: string(org), Message: "not for this role",
			Hint: "leave it out, or invite an operator",
		}
	}
	return nil
}

func roleWords() string {
	var words []string
	for _, r := range Roles() {
		words = append(words, string(r))
	}
	return strings.Join(words, ", ")
}

// Stranger is whom the audit log names when a sign-in names nobody. What was
// typed is not written down: it may be a password in the wrong field.
const Stranger = "stranger"

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{1,62}[a-z0-9]$`)

// taken are the names by which the audit log knows who is no person.
var taken = []string{"scheduler", "scan", "inbox", "worker", "system", "local", Stranger}

// Machine tells whether the audit log names a part of the program so.
func Machine(name string) bool {
	return name != "local" && name != Stranger && slices.Contains(taken, name)
}

// ParseName makes a name for an account of what was typed: lower case, without
// spaces around. Names are plain ASCII, so that no two look the same, and have
// no colon, which "local:NAME" has.
func ParseName(typed string) (string, error) {
	name := Fold(typed)
	if !nameForm.MatchString(name) {
		return "", &inventory.InputError{
			Field: "name", Value: clip(typed), Message: "not a name for an account",
			Hint: "use 3 to 64 of a-z, 0-9 and . _ @ + -, with a letter or digit at both ends; an e-mail address will do",
		}
	}
	if slices.Contains(taken, name) {
		return "", &inventory.InputError{
			Field: "name", Value: name, Message: "is the name of a part of this program", Hint: "choose another",
		}
	}
	return name, nil
}

// Fold is how a typed name is looked up.
func Fold(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }

// clip shortens a value for an InputError.
func clip(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}
