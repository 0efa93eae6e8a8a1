package pgp

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	gopenpgp "github.com/ProtonMail/gopenpgp/v3/crypto"
	"github.com/ciiscan/ciiscan/inventory"
)

const limit = 1 << 20

func TestGnuPGOpens(t *testing.T) {
	g := newGnuPG(t)
	_, fpr := g.key("rsa@peer.example", "rsa3072", "2y")
	g.Run(nil, "--quick-add-key", fpr, "rsa3072", "encr", "1y")
	s := newSigner(t, "CERT A", time.Now())
	g.Run([]byte(s.PublicKey()), "--import")

	msg, err := Encrypt(document, []string{g.Export(fpr)}, s)
	if err != nil {
		t.Fatal(err)
	}
	armored, err := Armor(msg)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range [][]byte{msg, []byte(armored)} {
		path := file(t, "plain", nil)
		status := g.Run(m, "--yes", "--status-fd", "1", "--output", path, "--decrypt")
		plain := g.Run(m, "--decrypt")
		if !bytes.Equal(plain, document) || !strings.Contains(string(status), "VALIDSIG "+s.Fingerprint()) || !strings.Contains(string(status), "GOODMDC") {
			t.Errorf("gpg reads %q\n%s", plain, status)
		}
	}
}

func TestDecrypt(t *testing.T) {
	now := time.Now()
	g := newGnuPG(t)
	peer, peerFPR := g.key("rsa@peer.example", "rsa3072", "2y")
	s, third := newSigner(t, "CERT A", now), newSigner(t, "CERT C", now)
	g.Run([]byte(s.PublicKey()), "--import")
	g.Run([]byte(third.PublicKey()), "--import")
	to := func(fpr string, args ...string) []byte {
		return g.Run(document, append([]string{"--recipient", fpr}, args...)...)
	}
	pins := []PinnedKey{pin(peer, peerFPR)}

	// Signed by the peer for somebody else, who passes it on to us.
	msg, err := Encrypt(document, []string{s.PublicKey(), third.PublicKey()}, third)
	if err != nil {
		t.Fatal(err)
	}
	passedOn := passOn(t, third, s)

	for _, c := range []struct {
		name string
		msg  []byte
		keys []PinnedKey
		want Status
		fpr  string
	}{
		{"by GnuPG", to(s.Fingerprint(), "-u", peerFPR, "--sign", "--encrypt"), pins, Good, peerFPR},
		{"armoured", to(s.Fingerprint(), "-u", peerFPR, "--armor", "--sign", "--encrypt"), pins, Good, peerFPR},
		{"several recipients", to(s.Fingerprint(), "-r", third.Fingerprint(), "-u", peerFPR, "--sign", "--encrypt"), pins, Good, peerFPR},
		{"ours, to several", msg, []PinnedKey{third.pin()}, Good, third.Fingerprint()},
		{"text mode", to(s.Fingerprint(), "-u", peerFPR, "--textmode", "--sign", "--encrypt"), pins, Good, peerFPR},
		{"not signed", to(s.Fingerprint(), "--encrypt"), pins, None, ""},
		{"weak digest", to(s.Fingerprint(), "-u", peerFPR, "--digest-algo", "SHA1", "--sign", "--encrypt"), pins, Bad, ""},
		{"signer not pinned", to(s.Fingerprint(), "-u", peerFPR, "--sign", "--encrypt"), []PinnedKey{third.pin()}, UnknownKey, ""},
		{"no pinned keys", to(s.Fingerprint(), "-u", peerFPR, "--sign", "--encrypt"), nil, UnknownKey, ""},
		{"signed by ourselves", selfSigned(t, s), pins, UnknownKey, ""},
		{"passed on", passedOn, []PinnedKey{third.pin()}, Bad, ""},
	} {
		o, err := Decrypt(c.msg, s, c.keys, now, limit)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if o.Signature.Status != c.want || o.Signature.Fingerprint != c.fpr {
			t.Errorf("%s: %+v, want %s by %q", c.name, o.Signature, c.want, c.fpr)
		}
		if got := bytes.ReplaceAll(o.Data, []byte("\r\n"), []byte("\n")); !bytes.Equal(got, document) {
			t.Errorf("%s: opened %q", c.name, o.Data)
		}
	}
}

// selfSigned is a message that somebody made us sign: our own key is no proof
// of anybody else.
func selfSigned(t *testing.T, s *Signer) []byte {
	t.Helper()
	msg, err := Encrypt(document, []string{s.PublicKey()}, s)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

// passOn takes what from signed for itself and encrypts it again to another,
// with the signature as it was.
func passOn(t *testing.T, from, to *Signer) []byte {
	t.Helper()
	msg := selfSigned(t, from)
	h, err := gopenpgp.PGP().Decryption().DecryptionKey(from.key).New()
	if err != nil {
		t.Fatal(err)
	}
	res, err := h.Decrypt(msg, gopenpgp.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	var sig bytes.Buffer
	if err := res.Signatures[0].Signature.Serialize(&sig); err != nil {
		t.Fatal(err)
	}
	public, err := gopenpgp.NewKeyFromArmored(to.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	e, err := gopenpgp.PGP().Encryption().Recipient(public).IncludeExternalSignature(sig.Bytes()).New()
	if err != nil {
		t.Fatal(err)
	}
	again, err := e.Encrypt(document)
	if err != nil {
		t.Fatal(err)
	}
	return again.Bytes()
}

func TestDecryptRefuses(t *testing.T) {
	now := time.Now()
	g := newGnuPG(t)
	_, peerFPR := g.key("rsa@peer.example", "rsa3072", "2y")
	s, third := newSigner(t, "CERT A", now), newSigner(t, "CERT C", now)
	g.Run([]byte(s.PublicKey()), "--import")
	g.Run([]byte(third.PublicKey()), "--import")
	good := g.Run(document, "-r", s.Fingerprint(), "-u", peerFPR, "--sign", "--encrypt")
	bent := bytes.Clone(good)
	bent[len(bent)-10] ^= 1
	bomb := g.Run(make([]byte, 64<<20), "-r", s.Fingerprint(), "--compress-algo", "zlib", "-z", "9", "--encrypt")
	if len(bomb) > limit {
		t.Fatalf("the bomb has %d bytes, and is none", len(bomb))
	}

	for _, c := range []struct {
		name string
		msg  []byte
	}{
		{"to somebody else", g.Run(document, "-r", third.Fingerprint(), "--encrypt")},
		{"to a passphrase", g.Run(document, "--passphrase", "secret", "--symmetric")},
		{"only signed", g.Run(document, "-u", peerFPR, "--sign")},
		{"signed in the clear", g.Run(document, "-u", peerFPR, "--clear-sign")},
		{"not protected", g.Run(document, "-r", s.Fingerprint(), "--rfc2440", "--cipher-algo", "3DES", "--encrypt")},
		{"decompression bomb", bomb},
		{"large", g.Run(bytes.Repeat(document, limit/20), "-r", s.Fingerprint(), "--compress-algo", "none", "--encrypt")},
		{"altered", bent},
		{"cut off", good[:len(good)-20]},
		{"cut off early", good[:40]},
		{"empty", nil},
		{"rubbish", []byte("-----BEGIN PGP MESSAGE-----\n\nrubbish")},
		{"huge", make([]byte, 4<<20)},
	} {
		o, err := Decrypt(c.msg, s, nil, now, limit)
		if !errors.Is(err, inventory.ErrInvalid) || o.Data != nil {
			t.Errorf("%s: Decrypt = %d bytes, %v; want a refusal", c.name, len(o.Data), err)
		}
	}
	if _, err := Decrypt(good, s, nil, now, limit); err != nil {
		t.Errorf("the message that the others come from: %v", err)
	}
}

func TestEncryptRefuses(t *testing.T) {
	g := newGnuPG(t)
	signOnly, _ := g.key("ed@peer.example", "ed25519", "never")
	now := time.Now()
	s, old := newSigner(t, "CERT A", now), newSigner(t, "CERT O", now.Add(-Lifetime-day))
	for name, to := range map[string][]string{
		"nobody":          nil,
		"a signing key":   {s.PublicKey(), signOnly},
		"an expired key":  {old.PublicKey()},
		"no key":          {"rubbish"},
		"a key too many":  {s.PublicKey() + old.PublicKey()},
		"a missing field": {""},
	} {
		if _, err := Encrypt(document, to, s); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("to %s: Encrypt = %v, want a refusal", name, err)
		}
	}
}
