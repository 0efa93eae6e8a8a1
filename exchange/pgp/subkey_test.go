package pgp

import (
	"bytes"
	"crypto"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// armored writes a certificate as its owner would publish it.
func armored(t *testing.T, e *openpgp.Entity) string {
	t.Helper()
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err == nil {
		err = e.Serialize(w)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.String()
}

// signed is a detached signature of the document by any key, fit for it or not.
func signed(t *testing.T, key *packet.PrivateKey, config *packet.Config, at time.Time, life uint32) []byte {
	t.Helper()
	s := &packet.Signature{
		Version: 4, SigType: packet.SigTypeBinary, PubKeyAlgo: key.PubKeyAlgo, Hash: crypto.SHA256, CreationTime: at,
		IssuerKeyId: &key.KeyId, IssuerFingerprint: key.Fingerprint,
	}
	if life > 0 {
		s.SigLifetimeSecs = &life
	}
	h, err := s.PrepareSign(config)
	if err != nil {
		t.Fatal(err)
	}
	h.Write(document)
	if err := s.Sign(h, key, config); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.SignatureType, nil)
	if err == nil {
		err = s.Serialize(w)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.Bytes()
}

// A subkey speaks for its team only if the team lets it, and it says itself
// that it is the team's: else anybody's key could be adopted, and what it signed
// with it.
func TestVerifySubkeys(t *testing.T) {
	now := time.Now()
	config := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return now.Add(-time.Hour) }}
	rebind := func(t *testing.T, e *openpgp.Entity, change func(*packet.Signature)) {
		t.Helper()
		sub := e.Subkeys[1]
		change(sub.Bindings[0].Packet)
		if err := sub.Bindings[0].Packet.SignKey(sub.PublicKey, e.PrivateKey, config); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*testing.T, *openpgp.Entity)
		life   uint32 // of the signature, in seconds
		want   Status
	}{
		{"as it should be", func(*testing.T, *openpgp.Entity) {}, 0, Good},
		{"adopted, without its own word", func(t *testing.T, e *openpgp.Entity) {
			rebind(t, e, func(s *packet.Signature) { s.EmbeddedSignature = nil })
		}, 0, Bad},
		{"not for signing", func(t *testing.T, e *openpgp.Entity) {
			rebind(t, e, func(s *packet.Signature) { s.FlagSign = false })
		}, 0, Bad},
		{"revoked", func(t *testing.T, e *openpgp.Entity) {
			if err := e.Subkeys[1].Revoke(packet.KeyCompromised, "stolen", config); err != nil {
				t.Fatal(err)
			}
		}, 0, ExpiredKey},
		{"a signature that has expired", func(*testing.T, *openpgp.Entity) {}, 10, Bad},
	} {
		e, err := openpgp.NewEntity("CERT A", "", "cert@cert.example", config)
		if err == nil {
			err = e.AddSigningSubkey(config)
		}
		if err != nil {
			t.Fatal(err)
		}
		c.change(t, e)
		sig := signed(t, e.Subkeys[1].PrivateKey, config, now.Add(-time.Minute), c.life)
		if r := Verify(document, sig, []PinnedKey{pin(armored(t, e), fingerprint(e.PrimaryKey))}, now); r.Status != c.want {
			t.Errorf("%s: %+v, want %s", c.name, r, c.want)
		}
	}
}
