package account

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// SealKeySize is the size of a Sealer's key, in bytes.
const SealKeySize = 32

// A Sealer encrypts what has to be read again, such as the secrets of one-time
// codes: who reads the database, or a backup of it, makes no codes.
type Sealer struct{ aead cipher.AEAD }

// NewSealer makes a sealer of a key of 32 random bytes (AES-256-GCM).
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) != SealKeySize {
		return nil, fmt.Errorf("make sealer: key of %d bytes, want %d", len(key), SealKeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make sealer: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make sealer: %w", err)
	}
	return &Sealer{aead}, nil
}

// sealed begins what Seal wrote; another way to seal would get another.
const sealed = "v1."

// Seal encrypts a text for its owner: it opens for no other.
func (s *Sealer) Seal(text, owner string) string {
	nonce := make([]byte, s.aead.NonceSize())
	rand.Read(nonce) // never fails: crypto/rand ends the program instead
	return sealed + base64.RawStdEncoding.EncodeToString(s.aead.Seal(nonce, nonce, []byte(text), []byte(owner)))
}

// ErrSealed says that something does not open with our key for that owner.
var ErrSealed = errors.New("does not open with the key of identity.key")

// Open decrypts what Seal wrote.
func (s *Sealer) Open(text, owner string) (string, error) {
	body, ok := strings.CutPrefix(text, sealed)
	raw, err := base64.RawStdEncoding.DecodeString(body)
	if n := s.aead.NonceSize(); ok && err == nil && len(raw) > n {
		if plain, err := s.aead.Open(nil, raw[:n], raw[n:], []byte(owner)); err == nil {
			return string(plain), nil
		}
	}
	return "", ErrSealed
}
