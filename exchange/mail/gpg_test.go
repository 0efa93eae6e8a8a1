package mail

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
)

// A gnupg is a real GnuPG with one key: the peer in these tests.
type gnupg struct {
	t           *testing.T
	home        string
	public, fpr string
}

func newGnuPG(t *testing.T) gnupg {
	t.Helper()
	// Its agent listens on a socket in there, whose path may have 107 bytes.
	home, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	g := gnupg{t: t, home: home}
	t.Cleanup(func() {
		kill := exec.Command("gpgconf", "--kill", "all")
		kill.Env = append(os.Environ(), "GNUPGHOME="+home)
		kill.Run()
		os.RemoveAll(home)
	})
	g.run(nil, "--quick-generate-key", "peer@peer.example", "default", "default", "2y")
	g.public = string(g.run(nil, "--armor", "--export"))
	for line := range strings.Lines(string(g.run(nil, "--with-colons", "--list-keys"))) {
		if f := strings.Split(line, ":"); f[0] == "fpr" && g.fpr == "" {
			g.fpr = f[9]
		}
	}
	return g
}

func (g gnupg) run(stdin []byte, args ...string) []byte {
	g.t.Helper()
	cmd := exec.CommandContext(g.t.Context(), "gpg", append([]string{"--batch", "--no-tty", "--trust-model", "always", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)...)
	cmd.Env = append(os.Environ(), "GNUPGHOME="+g.home, "LC_ALL=C")
	cmd.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		g.t.Fatalf("gpg %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.Bytes()
}

func (g gnupg) pinned() []pgp.PinnedKey {
	return []pgp.PinnedKey{{Fingerprint: g.fpr, Armored: g.public}}
}

func newSigner(t testing.TB, name string, at time.Time) *pgp.Signer {
	t.Helper()
	private, err := pgp.Generate(name, "exchange@cert.example", "", at)
	if err != nil {
		t.Fatal(err)
	}
	s, err := pgp.Load(private, "", func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func pinned(s *pgp.Signer) []pgp.PinnedKey {
	return []pgp.PinnedKey{{Fingerprint: s.Fingerprint(), Armored: s.PublicKey()}}
}
