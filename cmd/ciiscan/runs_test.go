package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/reports/manifest"
)

// Files are proved without a server, and a changed one, a changed list and
// another's key are not.
func TestReportVerify(t *testing.T) {
	at := time.Now()
	signer := func() *pgp.Signer {
		private, err := pgp.Generate("CERT", "cert@cert.example", "", at.Add(-time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		s, err := pgp.Load(private, "", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	ours, other := signer(), signer()
	m := manifest.New("weekly-ORG-7-2026-W47", at)
	m.Add("weekly-ORG-7-2026-W47.html", []byte("<p>as issued"))
	signature, err := ours.Sign(m.Text())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, changed := put("good.html", "<p>as issued"), put("changed.html", "<p>as issued!")
	sums, asc := put("x.sha256", string(m.Text())), put("x.sha256.asc", signature)
	forged := put("forged.sha256", strings.Replace(string(m.Text()), "2026-W47", "2026-W48", 1))
	key, strange := put("key.asc", ours.PublicKey()), put("strange.asc", other.PublicKey())
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"as issued", []string{good, "--manifest", sums, "--key", key}, 0, ours.Fingerprint()},
		{"changed", []string{changed, "--manifest", sums, "--key", key}, 1, "is not of report"},
		{"another's key", []string{good, "--manifest", sums, "--key", strange}, 1, "not proved"},
		{"a forged list", []string{good, "--manifest", forged, "--signature", asc, "--key", key}, 1, "not proved"},
		{"no signature", []string{good, "--manifest", forged, "--key", key}, 2, "--signature"},
		{"no list", []string{good, "--manifest", good, "--signature", asc, "--key", key}, 2, "manifest"},
	} {
		var out bytes.Buffer
		code := run(context.Background(), append([]string{"report", "verify", "-o", "json"}, c.args...), &out, &out)
		if code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: exit %d, %s; want %d with %q", c.name, code, out.String(), c.code, c.want)
		}
	}
}
