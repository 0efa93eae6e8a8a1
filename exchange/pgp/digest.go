package pgp

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/ciiscan/ciiscan/inventory"
)

// Digest is the hash function of an armoured signature, as a signed mail must
// announce it (RFC 3156 section 5): "sha512".
func Digest(sig string) (string, error) {
	raw, err := dearmor([]byte(sig), openpgp.SignatureType, maxSignature)
	if err != nil {
		return "", fmt.Errorf("read signature: it %w", err)
	}
	p, err := packet.NewReader(bytes.NewReader(raw)).Next()
	s, ok := p.(*packet.Signature)
	if err != nil || !ok {
		return "", fmt.Errorf("read signature: it is none: %w", inventory.ErrInvalid)
	}
	return strings.ToLower(strings.ReplaceAll(s.Hash.String(), "-", "")), nil
}
