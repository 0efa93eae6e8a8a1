package exchange

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// KeyChangeState says whether somebody has decided on a key change.
type KeyChangeState string

// Key changes wait until somebody decides.
const (
	KeyChangeWaiting KeyChangeState = "waiting"
	KeyChangeDecided KeyChangeState = "decided"
)

// A KeyChangeFilter selects key changes; what is empty selects all.
type KeyChangeFilter struct {
	Team  TeamID
	State KeyChangeState
}

// NewKeyChange is the wish of one person to trust, or no more to trust, a
// credential of a team. It is an InputError when the wish makes no sense for
// that team: a key that it has already, or one to revoke that it has not.
func NewKeyChange(t Team, c KeyChange, who string, at time.Time) (KeyChange, error) {
	var m mistakes
	m.line("requested by", &who, 200, "say who asks")
	m.line("reason", &c.Reason, 1000, "say why, such as: their key expires in May")
	oneOf(&m, "kind", &c.Kind, []CredentialKind{OpenPGP, TLS}, "")
	switch {
	case c.Revoke:
		c.Key, c.Certificate = nil, nil
		wanted := c.Fingerprint
		c.Fingerprint = t.fingerprint(c.Kind, wanted)
		other := map[CredentialKind]CredentialKind{OpenPGP: TLS, TLS: OpenPGP}[c.Kind]
		switch {
		case c.Fingerprint != "":
		case t.fingerprint(other, wanted) != "":
			m.add("fingerprint", oneLine(wanted, 100), fmt.Sprintf("is of kind %s, not %s", other, c.Kind), fmt.Sprintf("say so: --kind %s", other))
		default:
			m.add("fingerprint", oneLine(wanted, 100), fmt.Sprintf("is of no %s credential that the team has", c.Kind),
				fmt.Sprintf("copy it from the team's keys and certificates: ciiscan peer show %s -o json", t.ID))
		}
	case c.Kind == OpenPGP && c.Key != nil && c.Certificate == nil:
		k, err := c.Key.Normalize()
		m.keep(err)
		k.AddedAt, k.RevokedAt = time.Time{}, nil
		c.Key, c.Fingerprint = &k, k.Fingerprint
	case c.Kind == TLS && c.Certificate != nil && c.Key == nil:
		x, err := c.Certificate.Normalize()
		m.keep(err)
		x.AddedAt, x.RevokedAt = time.Time{}, nil
		c.Certificate, c.Fingerprint = &x, x.SHA256
	default:
		m.add("kind", string(c.Kind), "and what is to be added do not fit", "give a key with openpgp, or a certificate with tls")
	}
	if !c.Revoke && t.fingerprint(c.Kind, c.Fingerprint) != "" {
		m.add("fingerprint", c.Fingerprint, "is of a credential that the team has", "there is nothing to change; one that was revoked never comes back")
	}
	if err := m.join(); err != nil {
		return KeyChange{}, err
	}
	c.Team, c.RequestedBy, c.RequestedAt = t.ID, who, at.UTC()
	c.ConfirmedBy, c.ConfirmedAt, c.RejectedAt = "", nil, nil
	return c, nil
}

// fingerprint finds a credential of the team, revoked ones too, and returns
// its fingerprint as it is kept, or "".
func (t Team) fingerprint(kind CredentialKind, f string) string {
	f = strings.NewReplacer(":", "", " ", "").Replace(f)
	if kind == OpenPGP {
		for _, k := range t.Keys {
			if strings.EqualFold(k.Fingerprint, f) {
				return k.Fingerprint
			}
		}
		return ""
	}
	for _, c := range t.Certificates {
		if strings.EqualFold(c.SHA256, f) {
			return c.SHA256
		}
	}
	return ""
}

// Confirm lets a change take effect. It is ErrForbidden for who asked for it,
// and ErrConflict when it no longer waits.
func (c *KeyChange) Confirm(who string, at time.Time) error {
	if err := c.decide("confirm", who); err != nil {
		return err
	}
	if samePerson(who, c.RequestedBy) {
		return fmt.Errorf("confirm key change %s: %s asked for it, and another person has to confirm it: %w", c.ID, strings.TrimSpace(who), inventory.ErrForbidden)
	}
	at = at.UTC()
	c.ConfirmedBy, c.ConfirmedAt = strings.TrimSpace(who), &at
	return nil
}

// Reject ends a change without effect; who asked for it may take it back so.
func (c *KeyChange) Reject(who string, at time.Time) error {
	if err := c.decide("reject", who); err != nil {
		return err
	}
	at = at.UTC()
	c.RejectedAt = &at
	return nil
}

func (c *KeyChange) decide(verb, who string) error {
	switch {
	case nobody(who):
		return &inventory.InputError{Field: "by", Message: "is missing", Hint: "say who decides"}
	case c.ConfirmedAt != nil:
		return fmt.Errorf("%s key change %s: it is confirmed already: %w", verb, c.ID, inventory.ErrConflict)
	case c.RejectedAt != nil:
		return fmt.Errorf("%s key change %s: it is rejected already: %w", verb, c.ID, inventory.ErrConflict)
	}
	return nil
}

// Apply brings a confirmed change to its team. It is ErrConflict for a change
// of another team, one that is not confirmed, and one that no longer fits.
// A revoked credential stays, so that old signatures can be judged.
func (c KeyChange) Apply(t *Team) error {
	has := t.fingerprint(c.Kind, c.Fingerprint) != ""
	if c.Team != t.ID || c.ConfirmedAt == nil || has != c.Revoke {
		return fmt.Errorf("apply key change %s to team %s: %w", c.ID, t.ID, inventory.ErrConflict)
	}
	at := *c.ConfirmedAt
	switch {
	case c.Kind == OpenPGP && c.Revoke:
		t.Keys = slices.Clone(t.Keys)
		for i := range t.Keys {
			if k := &t.Keys[i]; k.Fingerprint == c.Fingerprint && k.RevokedAt == nil {
				k.RevokedAt = &at
			}
		}
	case c.Kind == TLS && c.Revoke:
		t.Certificates = slices.Clone(t.Certificates)
		for i := range t.Certificates {
			if x := &t.Certificates[i]; x.SHA256 == c.Fingerprint && x.RevokedAt == nil {
				x.RevokedAt = &at
			}
		}
	case c.Kind == OpenPGP && c.Key != nil:
		k := *c.Key
		k.AddedAt = at
		t.Keys = append(slices.Clone(t.Keys), k)
	case c.Kind == TLS && c.Certificate != nil:
		x := *c.Certificate
		x.AddedAt = at
		t.Certificates = append(slices.Clone(t.Certificates), x)
	default:
		return fmt.Errorf("apply key change %s to team %s: it has no credential: %w", c.ID, t.ID, inventory.ErrConflict)
	}
	return nil
}
