package pgp

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	gopenpgp "github.com/ProtonMail/gopenpgp/v3/crypto"
	"github.com/ciiscan/ciiscan/inventory"
)

const (
	armorMessage  = "PGP MESSAGE"
	maxRecipients = 64
)

// Encrypt signs the data and encrypts it to the armoured public keys. It
// refuses keys that cannot take it now. The message is binary; Armor makes
// text of it.
func Encrypt(data []byte, recipients []string, signer *Signer) ([]byte, error) {
	if len(recipients) == 0 {
		return nil, keyError("is missing: nobody to encrypt to", "add the team's OpenPGP key")
	}
	at := signer.now()
	signer.mu.Lock()
	defer signer.mu.Unlock()
	b := gopenpgp.PGP().Encryption().SigningKey(signer.key).SignTime(at.Unix())
	for _, armored := range recipients {
		entity, err := readPublic(armored)
		if err != nil {
			return nil, fmt.Errorf("encrypt: %w", err)
		}
		if _, ok := entity.EncryptionKey(at, &packet.Config{}); !ok {
			return nil, keyError(fingerprint(entity.PrimaryKey)+" cannot be encrypted to: it has expired, is revoked, or only signs", "ask the team for its present key")
		}
		key, err := gopenpgp.NewKeyFromEntity(entity)
		if err != nil {
			return nil, fmt.Errorf("encrypt: %w", err)
		}
		b = b.Recipient(key)
	}
	h, err := b.New()
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	msg, err := h.Encrypt(data)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return msg.Bytes(), nil
}

// Armor writes an encrypted message as text.
func Armor(message []byte) (string, error) {
	text, err := gopenpgp.NewPGPMessage(message).Armor()
	if err != nil {
		return "", fmt.Errorf("armour message: %w", err)
	}
	return text, nil
}

// An Opened is what an encrypted message held, and who signed it.
type Opened struct {
	Data      []byte
	Signature Result
}

// Decrypt opens a message that is encrypted to our key, armoured or not, and
// checks the signature in it as Verify does. A message that is not encrypted
// to our key, not protected against changes, or larger than limit when opened
// is an error; the state of its signature is not, and the caller must look.
func Decrypt(message []byte, key *Signer, pinned []PinnedKey, at time.Time, limit int64) (Opened, error) {
	if int64(len(message)) > 2*limit+1<<20 {
		return Opened{}, messageError("is larger than is read here", "")
	}
	if bytes.HasPrefix(bytes.TrimSpace(message), []byte("-----BEGIN")) {
		raw, err := dearmor(message, armorMessage, int64(len(message)))
		if err != nil {
			return Opened{}, messageError(err.Error(), "")
		}
		message = raw
	}
	if err := onlyEncrypted(message); err != nil {
		return Opened{}, err
	}
	key.mu.Lock()
	defer key.mu.Unlock()
	h, err := gopenpgp.PGP().Decryption().DecryptionKey(key.key).DisableIntendedRecipients().DisableAutomaticTextSanitize().
		VerifyTime(at.Unix()).MaxDecompressedMessageSize(limit).New()
	if err != nil {
		return Opened{}, fmt.Errorf("decrypt: %w", err)
	}
	r, err := h.DecryptingReader(bytes.NewReader(message), gopenpgp.Bytes)
	if err != nil {
		return Opened{}, messageError("is not encrypted to our key, or is damaged", "the sender needs our present public key")
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return Opened{}, messageError("is cut off, altered or too large", "ask for it again")
	}
	if int64(len(data)) > limit {
		return Opened{}, messageError("is larger than is read here", "")
	}
	res, err := r.VerifySignature()
	if err != nil {
		return Opened{}, messageError("is damaged", "ask for it again")
	}
	return Opened{Data: data, Signature: inside(data, res.Signatures, key, pinned, at)}, nil
}

// inside checks the signatures that came in an encrypted message. The library
// is not asked whose they are: it would also take our own key for an answer.
func inside(data []byte, found []*gopenpgp.VerifiedSignature, key *Signer, pinned []PinnedKey, at time.Time) Result {
	if len(found) == 0 {
		return Result{Status: None, Why: "there is no signature"}
	}
	var sigs []*packet.Signature
	for _, f := range found {
		if f.Signature == nil {
			return Result{Status: Bad, Why: "the signature is damaged"}
		}
		if !meantFor(f.Signature, key) {
			return Result{Status: Bad, Why: "the signed message was meant for somebody else and was passed on"}
		}
		sigs = append(sigs, f.Signature)
	}
	return verifyAll(data, sigs, pinned, at)
}

// meantFor tells whether a signature that names its recipients names us.
func meantFor(sig *packet.Signature, key *Signer) bool {
	for _, r := range sig.IntendedRecipients {
		if bytes.Equal(r.Fingerprint, key.key.GetFingerprintBytes()) {
			return true
		}
	}
	return len(sig.IntendedRecipients) == 0
}

// onlyEncrypted refuses what is not keys followed by a protected body: plain
// or merely signed messages, passwords, old unprotected encryption.
func onlyEncrypted(message []byte) error {
	packets := packet.NewReader(bytes.NewReader(message))
	for keys := 0; keys <= maxRecipients; {
		p, err := packets.Next()
		if err != nil {
			return messageError("is no encrypted OpenPGP message, or is cut off", "ask for it again")
		}
		switch p := p.(type) {
		case *packet.EncryptedKey:
			keys++
		case *packet.SymmetricallyEncrypted:
			if !p.IntegrityProtected {
				return messageError("is not protected against changes", "the sender's program is too old")
			}
			return nil
		case *packet.AEADEncrypted:
			return nil
		default:
			return messageError("is not encrypted to a key", "encrypt it to our public key")
		}
	}
	return messageError("has too many recipients", "")
}

func messageError(message, hint string) error {
	return fmt.Errorf("decrypt: %w", &inventory.InputError{Field: "message", Message: message, Hint: hint})
}
