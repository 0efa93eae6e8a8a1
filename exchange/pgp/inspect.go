package pgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/ciiscan/ciiscan/inventory"
)

// Info is what a certificate says, and what it can do at a moment.
type Info struct {
	Fingerprint string   // of the primary key, upper-case hex
	UserIDs     []string // sorted; nobody has proved them
	Algorithm   string   // "Ed25519", "RSA 3072"
	Created     time.Time
	// Expires is when it stops to sign or to take encrypted mail, whichever
	// comes first; nil means never.
	Expires *time.Time
	CanSign bool
	// CanEncrypt tells whether something can be encrypted to it.
	CanEncrypt bool
	Revoked    bool
}

// Inspect reads one armoured public key. It refuses private keys, files with
// several keys, keys that are too weak to rely on (RSA below 2048 bits, DSA,
// ElGamal), and versions that common programs cannot read.
func Inspect(armored string, at time.Time) (Info, error) {
	entity, err := readPublic(armored)
	if err != nil {
		return Info{}, err
	}
	key, config := entity.PrimaryKey, &packet.Config{}
	info := Info{
		Fingerprint: fingerprint(key),
		Algorithm:   algorithm(key),
		Created:     key.CreationTime.UTC(),
		Revoked:     entity.Revoked(at),
	}
	for name := range entity.Identities {
		info.UserIDs = append(info.UserIDs, inventory.CleanText(name, 200))
	}
	slices.Sort(info.UserIDs)
	if self, err := entity.PrimarySelfSignature(time.Time{}, config); err == nil {
		info.Expires = earliest(info.Expires, key, self)
	}
	if k, ok := entity.SigningKey(at, config); ok {
		info.CanSign = true
		info.Expires = earliest(info.Expires, k.PublicKey, k.SelfSignature)
	}
	if k, ok := entity.EncryptionKey(at, config); ok {
		info.CanEncrypt = true
		info.Expires = earliest(info.Expires, k.PublicKey, k.SelfSignature)
	}
	return info, nil
}

func fingerprint(key *packet.PublicKey) string { return fmt.Sprintf("%X", key.Fingerprint) }

// earliest is the sooner of the end so far and that of the key.
func earliest(end *time.Time, key *packet.PublicKey, self *packet.Signature) *time.Time {
	if self.KeyLifetimeSecs == nil || *self.KeyLifetimeSecs == 0 {
		return end
	}
	own := key.CreationTime.Add(time.Duration(*self.KeyLifetimeSecs) * time.Second).UTC()
	if end != nil && end.Before(own) {
		return end
	}
	return &own
}

// readPublic reads the one public key in an armoured text, or says why not.
func readPublic(armored string) (*openpgp.Entity, error) {
	if len(armored) > maxKey {
		return nil, keyError("is larger than a key can be", "export this one key alone, with --export-options export-minimal")
	}
	if strings.Contains(armored, "PRIVATE KEY BLOCK") {
		return nil, keyError("is a private key", "it is now known to others than its owner; ask for the public key, and tell the owner")
	}
	raw, err := dearmor([]byte(armored), openpgp.PublicKeyType, maxKey)
	if err != nil {
		return nil, keyError(err.Error(), "give the armoured public key, as gpg --armor --export writes it")
	}
	if err := onePublic(raw); err != nil {
		return nil, err
	}
	list, err := openpgp.ReadKeyRing(bytes.NewReader(raw))
	if err != nil || len(list) != 1 {
		return nil, keyError("cannot be read", "ask for a key of version 4 with Ed25519 or RSA")
	}
	if err := strong(list[0].PrimaryKey); err != nil {
		return nil, err
	}
	return list[0], nil
}

// onePublic counts the primary keys by their packets, since readers skip the
// ones that they do not know.
func onePublic(raw []byte) error {
	const secretKey, publicKey, secretSubkey = 5, 6, 7
	primaries := 0
	for packets := packet.NewOpaqueReader(bytes.NewReader(raw)); ; {
		p, err := packets.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return keyError("is cut off or damaged", "ask for the file again")
		}
		switch p.Tag {
		case secretKey, secretSubkey:
			return keyError("is a private key", "it is now known to others than its owner; ask for the public key, and tell the owner")
		case publicKey:
			primaries++
		}
	}
	if primaries != 1 {
		return keyError(fmt.Sprintf("holds %d keys, not one", primaries), "export this one key alone")
	}
	return nil
}

// strong says why a primary key is not to be relied on.
func strong(key *packet.PublicKey) error {
	switch key.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		// A modulus of 2048 bits may start with a zero.
		if bits, err := key.BitLength(); err != nil || bits < 2047 {
			return keyError(fmt.Sprintf("is RSA with %d bits, which is too weak", bits), "ask for Ed25519, or RSA with 3072 bits")
		}
	case packet.PubKeyAlgoEdDSA, packet.PubKeyAlgoECDSA, packet.PubKeyAlgoEd25519, packet.PubKeyAlgoEd448:
	default:
		return keyError("uses an algorithm that is too weak or unknown", "ask for Ed25519, or RSA with 3072 bits")
	}
	if key.Version != 4 {
		return keyError(fmt.Sprintf("is of version %d, which common programs cannot read", key.Version), "ask for a key of version 4")
	}
	return nil
}

func algorithm(key *packet.PublicKey) string {
	switch key.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		bits, _ := key.BitLength() // strong has read it
		return fmt.Sprintf("RSA %d", bits)
	case packet.PubKeyAlgoEdDSA, packet.PubKeyAlgoEd25519:
		return "Ed25519"
	case packet.PubKeyAlgoECDSA:
		return "ECDSA"
	default:
		return "Ed448"
	}
}

// dearmor takes the one armoured block of the wanted type out of a text that
// is nothing but this block.
func dearmor(text []byte, want string, limit int64) ([]byte, error) {
	text = bytes.TrimSpace(text)
	switch {
	case !bytes.HasPrefix(text, []byte("-----BEGIN "+want+"-----")) || !bytes.HasSuffix(text, []byte("-----END "+want+"-----")):
		return nil, fmt.Errorf("is not an armoured %s", want)
	case bytes.Count(text, []byte("-----BEGIN ")) != 1:
		return nil, fmt.Errorf("holds more than one armoured block")
	}
	block, err := armor.Decode(bytes.NewReader(text))
	if err != nil || block.Type != want {
		return nil, fmt.Errorf("is not an armoured %s", want)
	}
	raw, err := io.ReadAll(io.LimitReader(block.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("is damaged")
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("is too large")
	}
	return raw, nil
}
