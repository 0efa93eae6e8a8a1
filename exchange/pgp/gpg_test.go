package pgp

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A gnupg is a real GnuPG with a home of its own: the peer in these tests.
type gnupg struct {
	t    *testing.T
	home string
}

func newGnuPG(t *testing.T) gnupg {
	t.Helper()
	// Its agent listens on a socket in there, whose path may have 107 bytes.
	home, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	g := gnupg{t, home}
	t.Cleanup(func() {
		g.command("gpgconf", "--kill", "all").Run()
		os.RemoveAll(home)
	})
	return g
}

func (g gnupg) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(g.t.Context(), name, args...)
	if name == "gpgconf" { // also after the test
		cmd = exec.Command(name, args...)
	}
	cmd.Env = append(os.Environ(), "GNUPGHOME="+g.home, "LC_ALL=C")
	return cmd
}

// run runs gpg and returns what it wrote to its standard output.
func (g gnupg) run(stdin []byte, args ...string) []byte {
	g.t.Helper()
	args = append([]string{"--batch", "--no-tty", "--trust-model", "always", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)
	cmd := g.command("gpg", args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		g.t.Fatalf("gpg %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.Bytes()
}

// key makes a key and returns its public half and fingerprint. Extra
// arguments go before the command, such as a faked time.
func (g gnupg) key(name, algo, expire string, extra ...string) (public, fpr string) {
	g.t.Helper()
	g.run(nil, append(extra, "--quick-generate-key", name, algo, "default", expire)...)
	return g.export(name), g.fingerprint(name)
}

func (g gnupg) export(name string) string {
	g.t.Helper()
	return string(g.run(nil, "--armor", "--export", name))
}

func (g gnupg) fingerprint(name string) string {
	g.t.Helper()
	for line := range strings.Lines(string(g.run(nil, "--with-colons", "--list-keys", name))) {
		if f := strings.Split(line, ":"); f[0] == "fpr" {
			return f[9]
		}
	}
	g.t.Fatalf("gpg knows no %s", name)
	return ""
}

// file writes bytes to a file of the test and returns its path.
func file(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// newSigner makes a key of ours.
func newSigner(t *testing.T, name string, at time.Time) *Signer {
	t.Helper()
	private, err := Generate(name, "cert@cert.example", "a passphrase", at)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(private, "a passphrase", func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func pin(public, fpr string) PinnedKey { return PinnedKey{Fingerprint: fpr, Armored: public} }

func (s *Signer) pin() PinnedKey { return pin(s.PublicKey(), s.Fingerprint()) }
