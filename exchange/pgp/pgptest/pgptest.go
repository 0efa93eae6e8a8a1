// Package pgptest makes keys for tests.
package pgptest

import (
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
)

// NewSigner is somebody with a key made at a moment and with a clock.
func NewSigner(t testing.TB, name string, made time.Time, now func() time.Time) *pgp.Signer {
	t.Helper()
	private, err := pgp.Generate(name, "exchange@cert.example", "", made)
	if err != nil {
		t.Fatal(err)
	}
	s, err := pgp.Load(private, "", now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Pinned is the signer's key as others pinned it, good at all times.
func Pinned(s *pgp.Signer) []pgp.PinnedKey {
	return []pgp.PinnedKey{{Fingerprint: s.Fingerprint(), Armored: s.PublicKey()}}
}
