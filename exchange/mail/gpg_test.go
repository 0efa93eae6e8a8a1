package mail

import (
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/pgp/pgptest"
	"github.com/ciiscan/ciiscan/internal/lab/strangers"
)

// A gnupg is the peer in these tests, with one key.
type gnupg struct {
	*strangers.GnuPG
	public, fpr string
}

func newGnuPG(t *testing.T) gnupg {
	t.Helper()
	const name = "peer@peer.example"
	g := strangers.NewGnuPG(t)
	g.Run(nil, "--quick-generate-key", name, "default", "default", "2y")
	return gnupg{g, g.Export(name), g.Fingerprint(name)}
}

func (g gnupg) pinned() []pgp.PinnedKey {
	return []pgp.PinnedKey{{Fingerprint: g.fpr, Armored: g.public}}
}

func newSigner(t testing.TB, name string, at time.Time) *pgp.Signer {
	t.Helper()
	return pgptest.NewSigner(t, name, at, func() time.Time { return at })
}
