package pgp

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

var document = []byte("{\"document\":{\"title\":\"Ein Dokument – पत्र\"}}\n")

// What we sign, two programs that we did not write have to confirm.
func TestOthersVerify(t *testing.T) {
	now := time.Now()
	s := newSigner(t, "CERT A", now)
	sig, err := s.Sign(document)
	if err != nil {
		t.Fatal(err)
	}
	doc, asc, key := file(t, "d.json", document), file(t, "d.json.asc", []byte(sig)), file(t, "key.asc", []byte(s.PublicKey()))

	g := newGnuPG(t)
	g.Run(nil, "--import", key)
	if out := g.Run(nil, "--status-fd", "1", "--verify", asc, doc); !strings.Contains(string(out), "VALIDSIG "+s.Fingerprint()) {
		t.Errorf("gpg does not confirm the signature:\n%s", out)
	}
	out, err := exec.Command("sqv", "--keyring", key, asc, doc).CombinedOutput()
	if err != nil || !strings.Contains(string(out), s.Fingerprint()) {
		t.Errorf("sqv: %v\n%s", err, out)
	}
	altered := file(t, "altered.json", append([]byte(" "), document...))
	if out, err := exec.Command("sqv", "--keyring", key, asc, altered).CombinedOutput(); err == nil {
		t.Errorf("sqv confirms the signature of another file:\n%s", out)
	}
}

func TestGenerateAndInspect(t *testing.T) {
	now := time.Now().Truncate(time.Second).UTC()
	s := newSigner(t, "CERT A", now)
	info, err := Inspect(s.PublicKey(), now)
	if err != nil {
		t.Fatal(err)
	}
	if info.Fingerprint != s.Fingerprint() || len(info.Fingerprint) != 40 || info.Algorithm != "Ed25519" || !info.CanSign || !info.CanEncrypt || info.Revoked {
		t.Errorf("Inspect = %+v", info)
	}
	if !info.Created.Equal(now) || info.Expires == nil || !info.Expires.Equal(now.Add(Lifetime)) {
		t.Errorf("valid from %v to %v, want from %v for %v", info.Created, info.Expires, now, Lifetime)
	}
	if len(info.UserIDs) != 1 || info.UserIDs[0] != "CERT A <cert@cert.example>" {
		t.Errorf("UserIDs = %q", info.UserIDs)
	}
	later, err := Inspect(s.PublicKey(), now.Add(Lifetime+time.Minute))
	if err != nil || later.CanSign || later.CanEncrypt {
		t.Errorf("after its end: %+v, %v", later, err)
	}
}

func TestInspectOthers(t *testing.T) {
	g := newGnuPG(t)
	rsa, fpr := g.key("rsa@peer.example", "rsa3072", "2y")
	g.Run(nil, "--quick-add-key", fpr, "rsa3072", "encr", "1y")
	ed, _ := g.key("ed@peer.example", "ed25519", "never")
	now := time.Now()
	info, err := Inspect(g.Export("rsa@peer.example"), now)
	if err != nil {
		t.Fatal(err)
	}
	if info.Algorithm != "RSA 3072" || !info.CanSign || !info.CanEncrypt {
		t.Errorf("Inspect = %+v", info)
	}
	if d := info.Expires.Sub(now); d < 364*24*time.Hour || d > 366*24*time.Hour {
		t.Errorf("expires in %v, want when the subkey does, in a year", d)
	}
	if info, err := Inspect(ed, now); err != nil || info.Expires != nil || !info.CanSign || info.CanEncrypt {
		t.Errorf("Inspect = %+v, %v; want a key that only signs and does not end", info, err)
	}
	weak, _ := g.key("weak@peer.example", "rsa1024", "never")
	dsa, _ := g.key("dsa@peer.example", "dsa2048", "never")
	secret := string(g.Run(nil, "--armor", "--export-secret-keys", "rsa@peer.example"))
	disguised := strings.ReplaceAll(secret, "PRIVATE", "PUBLIC")

	for _, c := range []struct{ name, key, want string }{
		{"private", secret, "private key"},
		{"private, called public", disguised, "private key"},
		{"two in one block", string(g.Run(nil, "--armor", "--export")), "keys, not one"},
		{"two blocks", rsa + ed, "more than one"},
		{"RSA with 1024 bits", weak, "too weak"},
		{"DSA", dsa, "too weak"},
		{"cut off", rsa[:len(rsa)/2], "not an armoured"},
		{"cut off with its end", rsa[:len(rsa)/2] + "\n-----END PGP PUBLIC KEY BLOCK-----\n", ""},
		{"nothing", "", "not an armoured"},
		{"text", "0x1234", "not an armoured"},
		{"too large", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n" + strings.Repeat("A", maxKey), "larger"},
		{"a message", "-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----\n", "not an armoured"},
	} {
		_, err := Inspect(c.key, now)
		if !errors.Is(err, inventory.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Inspect = %v, want a refusal with %q", c.name, err, c.want)
		}
	}
}

func TestLoad(t *testing.T) {
	now := time.Now()
	locked, err := Generate("CERT A", "cert@cert.example", "right", now)
	if err != nil {
		t.Fatal(err)
	}
	open, err := Generate("CERT A", "cert@cert.example", "", now)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, key, pass string
		at              time.Time
		want            string
	}{
		{"wrong passphrase", locked, "wrong", now, "passphrase"},
		{"no passphrase", locked, "", now, "passphrase"},
		{"public key", newSigner(t, "B", now).PublicKey(), "", now, "public key"},
		{"rubbish", "rubbish", "", now, "cannot be read"},
		{"too large", strings.Repeat("A", maxKey+1), "", now, "larger"},
		{"expired", open, "", now.Add(Lifetime + time.Hour), "cannot sign"},
		{"right", locked, "right", now, ""},
		{"not locked", open, "", now, ""},
	} {
		_, err := Load(c.key, c.pass, func() time.Time { return c.at })
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (!errors.Is(err, inventory.ErrInvalid) || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: Load = %v, want a refusal with %q", c.name, err, c.want)
		}
	}

	// A key that GnuPG made signs for us, too.
	g := newGnuPG(t)
	public, fpr := g.key("rsa@our.example", "rsa3072", "never")
	s, err := Load(string(g.Run(nil, "--armor", "--export-secret-keys", fpr)), "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := s.Sign(document)
	if err != nil {
		t.Fatal(err)
	}
	if r := Verify(document, []byte(sig), []PinnedKey{pin(public, fpr)}, time.Now()); r.Status != Good || s.Fingerprint() != fpr {
		t.Errorf("Verify = %+v", r)
	}

	for _, name := range []string{"", "A <b@c>", "a\nb"} {
		if _, err := Generate(name, "", "", now); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("Generate(%q) = %v, want a refusal", name, err)
		}
	}
}
