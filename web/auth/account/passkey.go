package account

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// PasskeyID names a passkey in lists: "KEY-1". It opens nothing.
type PasskeyID string

// A Passkey is a key that a person's device keeps. We have its public half.
type Passkey struct {
	ID         PasskeyID
	Account    ID
	Name       string // as its holder calls it
	Credential []byte // by which the device names it
	Record     []byte // JSON of the passkey package: public key, counter
	CreatedAt  time.Time
	UsedAt     *time.Time
}

// MaxPasskeys is how many passkeys an account may have.
const MaxPasskeys = 20

// ParseLabel makes a name that somebody gives to a thing of their own.
func ParseLabel(field, typed string) (string, error) {
	name := inventory.CleanText(strings.Join(strings.Fields(typed), " "), 60)
	if name == "" {
		return "", &inventory.InputError{Field: field, Message: "missing", Hint: "use a word by which you will know it, such as laptop"}
	}
	return name, nil
}

// Errors of a passkey's answer.
var (
	ErrPasskey       = errors.New("the passkey's answer does not prove it")
	ErrPasskeyCopied = errors.New("the passkey's counter went back: it was copied")
)

// A PasskeyHolder is whose passkeys are made or asked for.
type PasskeyHolder struct {
	Handle string
	Name   string
	Keys   []Passkey
}

// A Ceremony is what is asked of a browser for a passkey. State stays here,
// and the answer is held to it, once.
type Ceremony struct {
	Options json.RawMessage // for navigator.credentials
	State   json.RawMessage
}
