// Package password hashes passwords with argon2id and says which are good
// enough.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Params are the cost of one hash.
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// Defaults are the second recommended setting of RFC 9106, 64 MiB and three
// passes, with two lanes in place of four: servers here are small.
func Defaults() Params { return Params{Memory: 64 << 10, Time: 3, Threads: 2} }

// most bounds what a stored hash can make us spend, should somebody write one
// into the database.
var most = Params{Memory: 256 << 10, Time: 16, Threads: 16}

const (
	saltSize = 16
	keySize  = 32
)

// ErrHash says that a stored hash is none of ours.
var ErrHash = errors.New("not an argon2id hash that this program verifies")

// A Hasher hashes a few passwords at a time, so that a crowd at the door costs
// waiting and not memory. It is safe for use by several goroutines.
type Hasher struct {
	params Params
	slots  chan struct{}
}

// NewHasher makes a hasher that runs at most parallel hashes at once; its
// memory is at most parallel times that of the parameters.
func NewHasher(p Params, parallel int) (*Hasher, error) {
	if !p.valid() || parallel < 1 {
		return nil, fmt.Errorf("make password hasher: parameters %+v, %d at once are out of bounds", p, parallel)
	}
	return &Hasher{params: p, slots: make(chan struct{}, parallel)}, nil
}

func (p Params) valid() bool {
	return p.Time >= 1 && p.Threads >= 1 && p.Memory >= 8*uint32(p.Threads) &&
		p.Memory <= most.Memory && p.Time <= most.Time && p.Threads <= most.Threads
}

// Hash makes the PHC string of a password with a new salt. It waits for its
// turn, at most until ctx ends.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	if len(password) > maxBytes {
		return "", fmt.Errorf("hash password: longer than %d bytes", maxBytes)
	}
	key, err := h.key(ctx, h.params, password, salt)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return phc{h.params, salt, key}.String(), nil
}

// Verify tells whether password made the stored hash, and whether it should be
// hashed again because the parameters have become stronger. With stored ""
// nobody's password is verified: it is false and takes as long, so that time
// does not tell which names exist.
func (h *Hasher) Verify(ctx context.Context, stored, password string) (ok, rehash bool, err error) {
	if stored == "" {
		_, err := h.key(ctx, h.params, password, make([]byte, saltSize))
		return false, false, err
	}
	was, err := parse(stored)
	if err != nil {
		return false, false, err
	}
	key, err := h.key(ctx, was.params, password, was.salt)
	if err != nil {
		return false, false, fmt.Errorf("verify password: %w", err)
	}
	ok = subtle.ConstantTimeCompare(key, was.key) == 1 && len(password) <= maxBytes
	return ok, ok && h.params.stronger(was.params), nil
}

// stronger tells whether p costs more than q in any way.
func (p Params) stronger(q Params) bool {
	return p.Memory > q.Memory || p.Time > q.Time && p.Memory >= q.Memory
}

func (h *Hasher) key(ctx context.Context, p Params, password string, salt []byte) ([]byte, error) {
	if len(password) > maxBytes { // Check refuses it, and Verify, too
		password = password[:maxBytes]
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return argon2.IDKey([]byte(plain(password)), salt, p.Time, p.Memory, p.Threads, keySize), nil
}

// plain is the password in one of the several ways in which keyboards write
// the same letters.
func plain(password string) string { return norm.NFC.String(password) }

// phc is a hash in the form of the Password Hashing Competition.
type phc struct {
	params    Params
	salt, key []byte
}

func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		p.params.Memory, p.params.Time, p.params.Threads, b64.EncodeToString(p.salt), b64.EncodeToString(p.key))
}

// parse reads a stored hash. Only what String writes is one: each has one form.
func parse(stored string) (phc, error) {
	var version int
	var p phc
	var rest string
	_, err := fmt.Sscanf(stored, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &p.params.Memory, &p.params.Time, &p.params.Threads, &rest)
	if err != nil || version != argon2.Version || !p.params.valid() {
		return phc{}, ErrHash
	}
	for i := range len(rest) {
		if rest[i] != '$' {
			continue
		}
		var err1, err2 error
		p.salt, err1 = base64.RawStdEncoding.DecodeString(rest[:i])
		p.key, err2 = base64.RawStdEncoding.DecodeString(rest[i+1:])
		if err1 != nil || err2 != nil || len(p.salt) != saltSize || len(p.key) != keySize || p.String() != stored {
			return phc{}, ErrHash
		}
		return p, nil
	}
	return phc{}, ErrHash
}
