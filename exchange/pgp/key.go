package pgp

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
	"github.com/ciiscan/ciiscan/inventory"
)

// Lifetime is how long a key that Generate makes is valid.
const Lifetime = 3 * 365 * 24 * time.Hour

// maxKey is the length above which an armoured key is not read. Certificates
// with many signatures are large, but not larger.
const maxKey = 512 << 10

// Generate makes a key that signs and decrypts, for a team's name and mail
// address, valid from the given time on for Lifetime. The armoured private key
// is locked with the passphrase, unless that is empty.
func Generate(name, email, passphrase string, at time.Time) (private string, err error) {
	if strings.ContainsAny(name+email, "()<>\x00\r\n") || strings.TrimSpace(name+email) == "" {
		return "", &inventory.InputError{
			Field: "name", Value: inventory.CleanText(name+" "+email, 100), Message: "is no name and mail address for a key",
			Hint: "leave out brackets and line breaks",
		}
	}
	lib := crypto.PGP()
	key, err := lib.KeyGeneration().AddUserId(name, email).GenerationTime(at.Unix()).Lifetime(int32(Lifetime / time.Second)).New().GenerateKey()
	if err != nil {
		return "", fmt.Errorf("generate key: %w", err)
	}
	if passphrase != "" {
		if key, err = lib.LockKey(key, []byte(passphrase)); err != nil {
			return "", fmt.Errorf("lock key: %w", err)
		}
	}
	if private, err = key.Armor(); err != nil {
		return "", fmt.Errorf("armour key: %w", err)
	}
	return private, nil
}

// A Signer holds our private key: it signs, and opens what was encrypted to
// us. It may be used by several goroutines.
type Signer struct {
	mu     sync.Mutex // the library notes in a key what it found out about it
	key    *crypto.Key
	public string
	now    func() time.Time
}

// Load reads an armoured private key. The clock dates what is signed.
func Load(private, passphrase string, now func() time.Time) (*Signer, error) {
	if len(private) > maxKey {
		return nil, keyError("is larger than a key can be", "export this one key alone")
	}
	locked, err := crypto.NewKeyFromArmored(private)
	if err != nil {
		return nil, keyError("cannot be read: "+err.Error(), "give the armoured private key, as gpg --armor --export-secret-keys writes it")
	}
	if !locked.IsPrivate() {
		return nil, keyError("is a public key", "give the armoured private key, as gpg --armor --export-secret-keys writes it")
	}
	key, err := crypto.NewPrivateKeyFromArmored(private, []byte(passphrase))
	if err != nil {
		return nil, keyError("does not open with this passphrase", "check the passphrase")
	}
	public, err := key.GetArmoredPublicKey()
	if err != nil {
		return nil, fmt.Errorf("armour public key: %w", err)
	}
	info, err := Inspect(public, now())
	if err != nil {
		return nil, err
	}
	if !info.CanSign {
		return nil, keyError("cannot sign, or has expired or been revoked", "make a new key and tell the peers its fingerprint")
	}
	return &Signer{key: key, public: public, now: now}, nil
}

// Fingerprint is that of the primary key, in upper-case hex.
func (s *Signer) Fingerprint() string { return strings.ToUpper(s.key.GetFingerprint()) }

// PublicKey is the armoured certificate, for others.
func (s *Signer) PublicKey() string { return s.public }

// Sign returns an armoured detached signature of the data.
func (s *Signer) Sign(data []byte) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, err := crypto.PGP().Sign().SigningKey(s.key).Detached().SignTime(s.now().Unix()).New()
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	sig, err := h.Sign(data, crypto.Armor)
	if err != nil {
		return "", fmt.Errorf("sign: %w", errors.Join(inventory.ErrUnavailable, err))
	}
	return string(sig), nil
}

func keyError(message, hint string) error {
	return &inventory.InputError{Field: "key", Message: message, Hint: hint}
}
