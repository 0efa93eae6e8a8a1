package pgp

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const day = 24 * time.Hour

// The peer signs with GnuPG, in all the ways that go right and wrong.
func TestVerify(t *testing.T) {
	now := time.Now()
	g := newGnuPG(t)
	detach := func(user string, extra ...string) []byte {
		return g.Run(document, append(extra, "--armor", "--local-user", user, "--detach-sign")...)
	}
	rsa, rsaFPR := g.key("rsa@peer.example", "rsa3072", "2y")
	ed, edFPR := g.key("ed@peer.example", "ed25519", "never")
	g.Run(nil, "--quick-add-key", edFPR, "ed25519", "sign", "1y")
	sub := g.Export("ed@peer.example")
	other, otherFPR := g.key("ed@other.example", "ed25519", "never")
	const then = "20260101T000000!"
	old, oldFPR := g.key("old@peer.example", "ed25519", "30d", "--faked-system-time", then)
	oldSig := detach("old@peer.example", "--faked-system-time", "20260115T000000!")
	lateSig := detach("old@peer.example", "--faked-system-time", "20260115T000000!", "--digest-algo", "SHA512")
	inTime := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)

	// A key that its owner revoked after signing.
	_, goneFPR := g.key("gone@peer.example", "ed25519", "never")
	goneSig := detach("gone@peer.example")
	revocation, err := os.ReadFile(filepath.Join(g.Home, "openpgp-revocs.d", goneFPR+".rev"))
	if err != nil {
		t.Fatal(err)
	}
	g.Run(bytes.ReplaceAll(revocation, []byte(":-----BEGIN"), []byte("-----BEGIN")), "--import")
	gone := g.Export(goneFPR)

	rsaSig, subSig := detach("rsa@peer.example"), detach("ed@peer.example")
	past, tomorrow := now.Add(-day), now.Add(day)
	altered := append([]byte(" "), document...)

	for _, c := range []struct {
		name string
		data []byte
		sig  []byte
		keys []PinnedKey
		at   time.Time
		want Status
		fpr  string
	}{
		{"RSA 3072", document, rsaSig, []PinnedKey{pin(rsa, rsaFPR)}, now, Good, rsaFPR},
		{"signing subkey counts as its primary", document, subSig, []PinnedKey{pin(sub, edFPR)}, now, Good, edFPR},
		{"fingerprint written in groups", document, rsaSig, []PinnedKey{pin(rsa, strings.ToLower(rsaFPR[:20]+"  "+rsaFPR[20:]))}, now, Good, rsaFPR},
		{"one of several keys", document, subSig, []PinnedKey{pin(other, otherFPR), pin(rsa, rsaFPR), pin(sub, edFPR)}, now, Good, edFPR},
		{"text signature", document, detach("rsa@peer.example", "--textmode"), []PinnedKey{pin(rsa, rsaFPR)}, now, Good, rsaFPR},
		{"two signers, one known", document, detach("rsa@peer.example", "--local-user", "ed@other.example"), []PinnedKey{pin(other, otherFPR)}, now, Good, otherFPR},
		{"the peer's clock is two minutes ahead of ours", document, rsaSig, []PinnedKey{pin(rsa, rsaFPR)}, now.Add(-2 * time.Minute), Good, rsaFPR},

		{"no signature", document, []byte(" \n"), []PinnedKey{pin(rsa, rsaFPR)}, now, None, ""},
		{"altered content", altered, rsaSig, []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
		{"line endings changed", bytes.ReplaceAll(document, []byte("\n"), []byte("\r\n")), rsaSig, []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
		{"another team's key", document, detach("ed@other.example"), []PinnedKey{pin(rsa, rsaFPR), pin(sub, edFPR)}, now, UnknownKey, ""},
		{"no keys", document, rsaSig, nil, now, UnknownKey, ""},
		{"certificate is not the pinned one", document, rsaSig, []PinnedKey{pin(rsa, otherFPR)}, now, UnknownKey, ""},
		{"pinned without the subkey that signed", document, subSig, []PinnedKey{pin(ed, edFPR)}, now, UnknownKey, ""},
		{"pinned key that cannot be read", document, rsaSig, []PinnedKey{pin("rubbish", rsaFPR)}, now, UnknownKey, ""},

		{"valid when signed and received", document, oldSig, []PinnedKey{pin(old, oldFPR)}, inTime, Good, oldFPR},
		{"expired at receipt", document, oldSig, []PinnedKey{pin(old, oldFPR)}, now, ExpiredKey, oldFPR},
		{"expired at receipt, another digest", document, lateSig, []PinnedKey{pin(old, oldFPR)}, now, ExpiredKey, oldFPR},
		{"expired and altered is altered", altered, oldSig, []PinnedKey{pin(old, oldFPR)}, now, Bad, ""},
		{"signing subkey expired", document, subSig, []PinnedKey{pin(sub, edFPR)}, now.Add(2 * 366 * day), ExpiredKey, edFPR},
		{"revoked by its owner", document, goneSig, []PinnedKey{pin(gone, goneFPR)}, now, ExpiredKey, goneFPR},
		{"pin not yet valid", document, rsaSig, []PinnedKey{{Fingerprint: rsaFPR, Armored: rsa, ValidFrom: tomorrow}}, now.Add(2 * day), ExpiredKey, rsaFPR},
		{"pin over when signed", document, rsaSig, []PinnedKey{{Fingerprint: rsaFPR, Armored: rsa, ValidUntil: &past}}, now, ExpiredKey, rsaFPR},
		{"pin over when received", document, rsaSig, []PinnedKey{{Fingerprint: rsaFPR, Armored: rsa, ValidUntil: &tomorrow}}, now.Add(2 * day), ExpiredKey, rsaFPR},
		{"pin revoked between", document, rsaSig, []PinnedKey{{Fingerprint: rsaFPR, Armored: rsa, RevokedAt: &tomorrow}}, now.Add(2 * day), ExpiredKey, rsaFPR},

		{"SHA-1", document, detach("rsa@peer.example", "--digest-algo", "SHA1"), []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
		{"SHA-224", document, detach("rsa@peer.example", "--digest-algo", "SHA224"), []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
		{"signed in the clear", document, g.Run(document, "--local-user", rsaFPR, "--clear-sign"), []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
		{"signed inline", document, g.Run(document, "--local-user", rsaFPR, "--armor", "--sign"), []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
		{"not armoured", document, g.Run(document, "--local-user", rsaFPR, "--detach-sign"), []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
		{"text before the signature", document, append([]byte("see:\n"), rsaSig...), []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
		{"two blocks", document, append(append([]byte{}, rsaSig...), subSig...), []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
		{"cut off", document, rsaSig[:len(rsaSig)-80], []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
		{"a key in place of a signature", document, []byte(rsa), []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
		{"huge", document, bytes.Repeat([]byte("A"), 1<<20), []PinnedKey{pin(rsa, rsaFPR)}, now, Bad, ""},
	} {
		r := Verify(c.data, c.sig, c.keys, c.at)
		if r.Status != c.want || r.Fingerprint != c.fpr {
			t.Errorf("%s: Verify = %+v, want %s by %q", c.name, r, c.want, c.fpr)
		}
		if (r.Status == Good) != (r.Why == "") {
			t.Errorf("%s: status %s with reason %q", c.name, r.Status, r.Why)
		}
		if (r.Fingerprint == "") != r.SignedAt.IsZero() {
			t.Errorf("%s: signed by %q at %v", c.name, r.Fingerprint, r.SignedAt)
		}
	}
}

// A signature of ours ends when the key does, and a clock a little ahead does
// no harm.
func TestVerifyTimes(t *testing.T) {
	made := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s := newSigner(t, "CERT A", made.Add(-day))
	s.now = func() time.Time { return made }
	sig, err := s.Sign(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		at   time.Time
		want Status
	}{
		{"at once", made, Good},
		{"our clock is four minutes behind", made.Add(-4 * time.Minute), Good},
		{"signed tomorrow", made.Add(-12 * time.Hour), Bad},
		{"a year later", made.Add(366 * day), Good},
		{"after the key's end", made.Add(Lifetime), ExpiredKey},
	} {
		r := Verify(document, []byte(sig), []PinnedKey{s.pin()}, c.at)
		if r.Status != c.want {
			t.Errorf("%s: Verify = %+v, want %s", c.name, r, c.want)
		}
		if c.want == Good && !r.SignedAt.Equal(made) {
			t.Errorf("%s: signed at %v, want %v", c.name, r.SignedAt, made)
		}
	}
}

func FuzzVerify(f *testing.F) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	private, err := Generate("CERT A", "cert@cert.example", "", now)
	if err != nil {
		f.Fatal(err)
	}
	s, err := Load(private, "", func() time.Time { return now })
	if err != nil {
		f.Fatal(err)
	}
	sig, err := s.Sign(document)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(document, []byte(sig))
	f.Add([]byte{}, []byte(s.PublicKey()))
	f.Add(document, []byte("-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----"))
	f.Fuzz(func(t *testing.T, data, asc []byte) {
		r := Verify(data, asc, []PinnedKey{s.pin()}, now)
		if r.Status == Good && !bytes.Equal(data, document) {
			t.Errorf("Verify(%q, %q) is good", data, asc)
		}
	})
}
