package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// NewSecret makes what a cookie or a link carries: 256 random bits. Keep only
// its Hash.
func NewSecret() string {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(raw)
}

// A Hash is the SHA-256 of a secret, in hexadecimal. A secret is looked up by
// it, so that no comparison depends on the secret's bytes; a slow hash is for
// what people choose.
type Hash string

// HashSecret hashes the secret of a session or an invitation.
func HashSecret(secret string) Hash {
	sum := sha256.Sum256([]byte(secret))
	return Hash(hex.EncodeToString(sum[:]))
}

// RecoveryCodes is how many recovery codes an account gets at a time.
const RecoveryCodes = 10

// recoveryLetters are 32 characters of which no two look or sound like others
// when read from paper.
const recoveryLetters = "0123456789abcdefghjkmnpqrstvwxyz"

// NewRecoveryCodes makes ten codes of 80 random bits, such as
// "k3vd-9x0m-7trq-a2fz". Show them once and keep only their hashes.
func NewRecoveryCodes() []string {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		raw := make([]byte, 16)
		rand.Read(raw) // never fails: crypto/rand ends the program instead
		var b strings.Builder
		for j, v := range raw {
			if j > 0 && j%4 == 0 {
				b.WriteByte('-')
			}
			b.WriteByte(recoveryLetters[v%32]) // 32 divides 256: each as likely
		}
		codes[i] = b.String()
	}
	return codes
}

// HashRecovery hashes a recovery code as somebody types it: with or without
// dashes and spaces, in any case, and with o, i and l for 0 and 1.
func HashRecovery(typed string) Hash {
	return HashSecret("recovery:" + strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(typed)))
}

// HashAllRecovery hashes each of codes.
func HashAllRecovery(codes []string) []Hash {
	hashes := make([]Hash, len(codes))
	for i, c := range codes {
		hashes[i] = HashRecovery(c)
	}
	return hashes
}
