package pgp

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	gopenpgp "github.com/ProtonMail/gopenpgp/v3/crypto"
)

const (
	maxSignature  = 64 << 10 // bytes of signatures in one file
	maxSignatures = 8        // of one file; more is somebody keeping us busy
	skew          = 5 * time.Minute
)

// A PinnedKey is a certificate that a person verified to be a team's, and when
// it is trusted. Zero times and nil pointers set no bound.
type PinnedKey struct {
	Fingerprint string // of the primary key; upper or lower case, spaces allowed
	Armored     string
	ValidFrom   time.Time
	ValidUntil  *time.Time
	RevokedAt   *time.Time
}

// Status is what became of checking a signature.
type Status string

// Statuses. Only Good means anything good.
const (
	Good       Status = "good"
	None       Status = "none"
	Bad        Status = "bad"         // altered, malformed, inline, or with a weak digest
	UnknownKey Status = "unknown_key" // by none of the pinned keys
	ExpiredKey Status = "expired_key" // right, but by a key or under a pin that had ended or has ended since
)

// A Result is a Status and what is known besides.
type Result struct {
	Status Status
	// Fingerprint is that of the pinned key's primary, in upper-case hex; ""
	// unless the status is Good or ExpiredKey.
	Fingerprint string
	SignedAt    time.Time // as the signer says; zero where Fingerprint is ""
	Why         string    // in words, unless the status is Good
}

// Verify checks a detached armoured signature of the data at a moment. It
// reports anything wrong with the signature in the Result.
func Verify(data, sig []byte, keys []PinnedKey, at time.Time) Result {
	if len(bytes.TrimSpace(sig)) == 0 {
		return Result{Status: None, Why: "there is no signature"}
	}
	raw, err := dearmor(sig, openpgp.SignatureType, maxSignature)
	if err != nil {
		return Result{Status: Bad, Why: "the signature " + err.Error()}
	}
	var sigs []*packet.Signature
	for packets := packet.NewReader(bytes.NewReader(raw)); ; {
		p, err := packets.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		s, ok := p.(*packet.Signature)
		if err != nil || !ok {
			return Result{Status: Bad, Why: "the signature is damaged, or is more than a signature"}
		}
		sigs = append(sigs, s)
	}
	return verifyAll(data, sigs, keys, at)
}

// verifyAll returns the best that any of the signatures gives with any key.
func verifyAll(data []byte, sigs []*packet.Signature, keys []PinnedKey, at time.Time) Result {
	if len(sigs) == 0 || len(sigs) > maxSignatures {
		return Result{Status: Bad, Why: fmt.Sprintf("the signature holds %d signatures", len(sigs))}
	}
	best := Result{Status: UnknownKey, Why: "the signature is by none of the pinned keys"}
	rank := []Status{UnknownKey, Bad, ExpiredKey, Good}
	for _, pin := range keys {
		entity, err := readPublic(pin.Armored)
		if err != nil || fingerprint(entity.PrimaryKey) != normalise(pin.Fingerprint) {
			continue // not the certificate that was pinned
		}
		for _, sig := range sigs {
			r := verifyOne(data, sig, pin, entity, at)
			if slices.Index(rank, r.Status) > slices.Index(rank, best.Status) {
				best = r
			}
		}
	}
	return best
}

func normalise(fingerprint string) string {
	return strings.ToUpper(strings.ReplaceAll(fingerprint, " ", ""))
}

// verifyOne judges one signature by one pinned certificate.
func verifyOne(data []byte, sig *packet.Signature, pin PinnedKey, entity *openpgp.Entity, at time.Time) Result {
	maker := makerOf(sig, entity)
	if maker == nil {
		return Result{Status: UnknownKey, Why: "the signature is by none of the pinned keys"}
	}
	if why := unfit(sig); why != "" {
		return Result{Status: Bad, Why: why}
	}
	if !madeBy(data, sig, maker) {
		return Result{Status: Bad, Why: "the content was altered, or the signature is of something else"}
	}
	r := Result{Status: Good, Fingerprint: fingerprint(entity.PrimaryKey), SignedAt: sig.CreationTime.UTC()}
	for _, t := range []time.Time{sig.CreationTime, at} {
		if why := ended(entity, maker, pin, t); why != "" {
			r.Status, r.Why = ExpiredKey, why
			return r
		}
	}
	if err := libraryAgrees(data, sig, entity, at); err != nil {
		return Result{Status: Bad, Why: "the signature does not count: " + err.Error()}
	}
	return r
}

// makerOf is the key of the certificate that the signature names, or nil.
func makerOf(sig *packet.Signature, entity *openpgp.Entity) *packet.PublicKey {
	keys := []*packet.PublicKey{entity.PrimaryKey}
	for _, s := range entity.Subkeys {
		keys = append(keys, s.PublicKey)
	}
	for _, k := range keys {
		if sig.IssuerFingerprint != nil && bytes.Equal(sig.IssuerFingerprint, k.Fingerprint) ||
			sig.IssuerFingerprint == nil && sig.IssuerKeyId != nil && *sig.IssuerKeyId == k.KeyId {
			return k
		}
	}
	return nil
}

// unfit says why a signature cannot count, whoever made it.
func unfit(sig *packet.Signature) string {
	switch sig.Hash {
	case crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_512:
	default:
		return "the signature's digest is too weak"
	}
	if sig.SigType != packet.SigTypeBinary && sig.SigType != packet.SigTypeText {
		return "the signature is not one of a document"
	}
	return ""
}

// madeBy tells whether the key really signed the data, whatever its validity:
// only then may an ended key be blamed rather than the content.
func madeBy(data []byte, sig *packet.Signature, key *packet.PublicKey) bool {
	h, err := sig.PrepareVerify()
	if err != nil {
		return false
	}
	w := h
	if sig.SigType == packet.SigTypeText {
		w = openpgp.NewCanonicalTextHash(h)
	}
	w.Write(data)
	return key.VerifySignature(h, sig) == nil
}

// ended says why neither key nor pin are valid at a moment, or "".
func ended(entity *openpgp.Entity, maker *packet.PublicKey, pin PinnedKey, at time.Time) string {
	const day = "2006-01-02"
	switch {
	case at.Before(pin.ValidFrom.Truncate(time.Second)):
		return "the key was not trusted before " + pin.ValidFrom.UTC().Format(day)
	case pin.ValidUntil != nil && !at.Before(*pin.ValidUntil):
		return "the key was trusted until " + pin.ValidUntil.UTC().Format(day)
	case pin.RevokedAt != nil && !at.Before(*pin.RevokedAt):
		return "the trust in the key was revoked on " + pin.RevokedAt.UTC().Format(day)
	}
	config := &packet.Config{}
	_, err := entity.VerifyPrimaryKey(at, config)
	for i := range entity.Subkeys {
		if err == nil && entity.Subkeys[i].PublicKey == maker {
			_, err = entity.Subkeys[i].Verify(at, config)
		}
	}
	switch {
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return "the key is revoked by its owner"
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return "the key was expired on " + at.UTC().Format(day)
	}
	return ""
}

// libraryAgrees asks the library for all its rules on bindings, flags,
// notations and expiry of the signature itself. A bad signature is no error to
// it but a property of its answer.
func libraryAgrees(data []byte, sig *packet.Signature, entity *openpgp.Entity, at time.Time) error {
	var raw bytes.Buffer
	if err := sig.Serialize(&raw); err != nil {
		return err
	}
	key, err := gopenpgp.NewKeyFromEntity(entity)
	if err != nil {
		return err
	}
	// The peers' clocks are not ours.
	h, err := gopenpgp.PGP().Verify().VerificationKey(key).VerifyTime(at.Add(skew).Unix()).New()
	if err != nil {
		return err
	}
	res, err := h.VerifyDetached(data, raw.Bytes(), gopenpgp.Bytes)
	if err != nil {
		return err
	}
	return res.SignatureError()
}
