package pgp

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab/strangers"
)

// A gnupg is the peer in these tests.
type gnupg struct{ *strangers.GnuPG }

func newGnuPG(t *testing.T) gnupg { return gnupg{strangers.NewGnuPG(t)} }

// key makes a key and returns its public half and fingerprint. Extra
// arguments go before the command, such as a faked time.
func (g gnupg) key(name, algo, expire string, extra ...string) (public, fpr string) {
	g.Run(nil, append(extra, "--quick-generate-key", name, algo, "default", expire)...)
	return g.Export(name), g.Fingerprint(name)
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
