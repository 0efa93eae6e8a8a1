package run

import (
	"crypto/sha256"
	"encoding/hex"
)

// SHA256 is the hash of bytes, in hexadecimal.
func SHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
