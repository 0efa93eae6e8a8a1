package strangers

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A GnuPG is one with a home of its own, which ends with the test: a peer who
// has no CIIScan.
type GnuPG struct {
	Home string
	t    testing.TB
}

// NewGnuPG makes one without a key.
func NewGnuPG(t testing.TB) *GnuPG {
	t.Helper()
	// Its agent listens on a socket in there, whose path may have 107 bytes.
	home, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	g := &GnuPG{Home: home, t: t}
	t.Cleanup(func() {
		kill := exec.Command("gpgconf", "--kill", "all") // also after the test's context
		kill.Env = g.environ()
		_ = kill.Run()         // most have no agent
		_ = os.RemoveAll(home) // it is in the folder of what is temporary
	})
	return g
}

func (g *GnuPG) environ() []string { return append(os.Environ(), "GNUPGHOME="+g.Home, "LC_ALL=C") }

// Run runs gpg, which has to end well, and returns what it wrote to its
// standard output.
func (g *GnuPG) Run(stdin []byte, args ...string) []byte {
	g.t.Helper()
	args = append([]string{"--batch", "--no-tty", "--trust-model", "always", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)
	cmd := exec.CommandContext(g.t.Context(), "gpg", args...)
	cmd.Env = g.environ()
	cmd.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		g.t.Fatalf("gpg %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.Bytes()
}

// Export returns the public key that has the name.
func (g *GnuPG) Export(name string) string {
	g.t.Helper()
	return string(g.Run(nil, "--armor", "--export", name))
}

// Fingerprint returns that of the key that has the name.
func (g *GnuPG) Fingerprint(name string) string {
	g.t.Helper()
	for line := range strings.Lines(string(g.Run(nil, "--with-colons", "--list-keys", name))) {
		if f := strings.Split(line, ":"); f[0] == "fpr" {
			return f[9]
		}
	}
	g.t.Fatalf("gpg knows no %s", name)
	return ""
}
