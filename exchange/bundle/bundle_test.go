package bundle

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/pgp/pgptest"
	"github.com/ciiscan/ciiscan/internal/lab/strangers"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
)

var at = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func newSigner(t testing.TB, name string) *pgp.Signer {
	t.Helper()
	return pgptest.NewSigner(t, name, at, func() time.Time { return at })
}

func example(t testing.TB) Bundle {
	t.Helper()
	receipt, err := Receipt{SHA256: strings.Repeat("ab", 32), Name: "their-9.json", Kind: exchange.ReceiptAccepted, At: at}.Entry()
	if err != nil {
		t.Fatal(err)
	}
	return Bundle{
		From: "https://cert-a.example", To: "https://cert-b.example/", Sequence: 7, Previous: strings.Repeat("0f", 32), CreatedAt: at,
		Entries: []Entry{
			{Kind: KindRelease, Format: exchange.FormatCSAF, Name: "adv-3.json", MediaType: "application/json", Bytes: []byte(`{"document":{}}`), Signature: "-----BEGIN PGP SIGNATURE-----"},
			{Kind: KindRelease, Format: exchange.FormatSTIX, Name: "adv-3.stix.json", MediaType: "application/stix+json", Bytes: []byte(`{}`)},
			{Kind: KindAnswer, Format: exchange.FormatSTIX, Name: "adv-3.json", MediaType: "application/stix+json", Bytes: []byte{}},
			receipt,
		},
	}
}

func TestWriteRead(t *testing.T) {
	a, b := newSigner(t, "CERT A"), newSigner(t, "CERT B")
	var file bytes.Buffer
	w, err := Write(&file, example(t), a, b.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	if w.Name != "ciiscan-bundle-cert-b.example-7.pgp" || w.Size != int64(file.Len()) || w.SHA256 != hashOf(file.Bytes()) {
		t.Errorf("Written = %+v", w)
	}
	got, err := Read(&file, b, pgptest.Pinned(a), at, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(t), got.Bundle); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
	if got.Signature.Status != pgp.Good || got.Signature.Fingerprint != a.Fingerprint() || got.SHA256 != w.SHA256 || got.Size != w.Size {
		t.Errorf("Received = %+v", got)
	}
	r, err := got.Entries[3].Receipt()
	if err != nil || r.Kind != exchange.ReceiptAccepted || r.Name != "their-9.json" || !r.At.Equal(at) {
		t.Errorf("Receipt = %+v, %v", r, err)
	}
	if _, err := got.Entries[0].Receipt(); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("a release is a receipt: %v", err)
	}

	empty := example(t)
	empty.Entries = nil
	if _, err := Write(&file, empty, a, b.PublicKey()); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(&file, b, pgptest.Pinned(a), at, Limits{}); err != nil || len(got.Entries) != 0 {
		t.Errorf("an empty bundle: %+v, %v", got, err)
	}
}

// Somebody without CIIScan opens a bundle with gpg and tar.
func TestOthersOpen(t *testing.T) {
	g := strangers.NewGnuPG(t)
	g.Run(nil, "--quick-generate-key", "peer@peer.example", "default", "default", "never")
	a := pgptest.NewSigner(t, "CERT A", time.Now(), time.Now)
	g.Run([]byte(a.PublicKey()), "--import")
	b := example(t)
	b.CreatedAt = time.Now()
	var file bytes.Buffer
	if _, err := Write(&file, b, a, g.Export("peer@peer.example")); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	status := g.Run(file.Bytes(), "--status-fd", "1", "--output", filepath.Join(dir, "b.tar"), "--decrypt")
	if !strings.Contains(string(status), "VALIDSIG "+a.Fingerprint()) {
		t.Errorf("gpg does not confirm the signature:\n%s", status)
	}
	if out, err := exec.CommandContext(t.Context(), "tar", "-C", dir, "-xf", filepath.Join(dir, "b.tar")).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	got, err := os.ReadFile(filepath.Join(dir, "000001", "adv-3.json"))
	if err != nil || string(got) != `{"document":{}}` {
		t.Errorf("tar brings %q, %v", got, err)
	}
}

func TestPackIsDeterministic(t *testing.T) {
	b := newSigner(t, "CERT B").PublicKey()
	one, err := pack(example(t), b)
	if err != nil {
		t.Fatal(err)
	}
	two, err := pack(example(t), b)
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("the same bundle gives other bytes, %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	a, b := newSigner(t, "CERT A"), newSigner(t, "CERT B")
	for name, change := range map[string]func(*Bundle){
		"number 0":           func(b *Bundle) { b.Sequence = 0 },
		"nothing before 7":   func(b *Bundle) { b.Previous = "" },
		"something before 1": func(b *Bundle) { b.Sequence = 1 },
		"a hash that is none": func(b *Bundle) {
			b.Previous = "x"
		},
		"no sender":       func(b *Bundle) { b.From = "" },
		"no time":         func(b *Bundle) { b.CreatedAt = time.Time{} },
		"a folder":        func(b *Bundle) { b.Entries[0].Name = "../adv-3.json" },
		"a hidden file":   func(b *Bundle) { b.Entries[0].Name = ".profile" },
		"a long name":     func(b *Bundle) { b.Entries[0].Name = strings.Repeat("a", 101) },
		"the same twice":  func(b *Bundle) { b.Entries[1].Name = "ADV-3.json" },
		"an unknown kind": func(b *Bundle) { b.Entries[0].Kind = "program" },
	} {
		bundle := example(t)
		change(&bundle)
		if _, err := Write(&bytes.Buffer{}, bundle, a, b.PublicKey()); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("%s: Write = %v, want a refusal", name, err)
		}
	}
	if _, err := Write(&bytes.Buffer{}, example(t), a, "rubbish"); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("to no key: %v", err)
	}
	if _, err := (Receipt{Kind: exchange.ReceiptValid}).Entry(); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("a receipt for nothing: %v", err)
	}
	long := example(t)
	long.Entries[0].Name = strings.Repeat("a", 100)
	if _, err := pack(long, b.PublicKey()); err != nil {
		t.Errorf("a name of 100 bytes: %v", err)
	}
}

func TestFileName(t *testing.T) {
	for to, want := range map[string]string{
		"https://www.cert.example/":        "ciiscan-bundle-www.cert.example-7.pgp",
		"https://cert.example/ns/../../up": "ciiscan-bundle-cert.example-ns-..-..-up-7.pgp",
		"CERT Österreich":                  "ciiscan-bundle-cert-sterreich-7.pgp",
		"///":                              "ciiscan-bundle-peer-7.pgp",
	} {
		if got := FileName(to, 7); got != want {
			t.Errorf("FileName(%q) = %q, want %q", to, got, want)
		}
	}
}

// A tarFile is one that we would not write.
type tarFile struct {
	tar.Header
	content string
}

func tarOf(t testing.TB, files ...tarFile) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if f.Size == 0 {
			f.Size = int64(len(f.content))
		}
		if err := w.WriteHeader(&f.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f.content)); err != nil {
			t.Fatal(err)
		}
	}
	w.Close() // complains of what is cut off on purpose
	return b.Bytes()
}

func named(name, content string) tarFile {
	return tarFile{tar.Header{Name: name, Typeflag: tar.TypeReg}, content}
}

func TestReadRefuses(t *testing.T) {
	a, b, c := newSigner(t, "CERT A"), newSigner(t, "CERT B"), newSigner(t, "CERT C")
	good, err := pack(example(t), b.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	forC, err := pack(example(t), c.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	entry := manifestEntry{Entry: Entry{Kind: KindRelease, Name: "x.json"}, Size: 2, SHA256: hashOf([]byte("{}"))}
	head := func(change func(*manifest)) tarFile {
		m := manifest{Version: 1, From: "a", To: "b", ToKey: b.Fingerprint(), Sequence: 1, CreatedAt: at, Entries: []manifestEntry{entry}}
		if change != nil {
			change(&m)
		}
		raw, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return named(manifestName, string(raw))
	}
	x := named("000001/x.json", "{}")
	big := strings.Repeat("a", 2<<20)
	link := tarFile{tar.Header{Name: "000001/x.json", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, ""}
	pax := tarFile{tar.Header{Name: "000001/x.json", Typeflag: tar.TypeReg, Format: tar.FormatPAX, PAXRecords: map[string]string{"CIISCAN.x": "y"}}, "{}"}

	for _, c := range []struct {
		name string
		tar  []byte
		want string
	}{
		{"packed for another key", forC, "somebody else's key"},
		{"no tar", []byte("rubbish"), "ends before manifest.json"},
		{"empty", nil, "ends before manifest.json"},
		{"manifest not first", tarOf(t, x, head(nil)), "where manifest.json has to be"},
		{"manifest is no JSON", tarOf(t, named(manifestName, "{"), x), "cannot be read"},
		{"another version", tarOf(t, head(func(m *manifest) { m.Version = 2 }), x), "version 2"},
		{"no number", tarOf(t, head(func(m *manifest) { m.Sequence = 0 }), x), "not positive"},
		{"path out of the folder", tarOf(t, head(func(m *manifest) { m.Entries[0].Name = "../../x.json" }), named("000001/../../x.json", "{}")), "no name for a file"},
		{"absolute path", tarOf(t, head(func(m *manifest) { m.Entries[0].Name = "/etc/x" }), x), "no name for a file"},
		{"tar names another path", tarOf(t, head(nil), named("../x.json", "{}")), "where 000001/x.json has to be"},
		{"link", tarOf(t, head(nil), link), "where 000001/x.json has to be"},
		{"extended header", tarOf(t, head(nil), pax), "where 000001/x.json has to be"},
		{"twice the same name", tarOf(t, head(func(m *manifest) { m.Entries = append(m.Entries, entry) }), x, x), "twice"},
		{"twice in the tar", tarOf(t, head(nil), x, x), "more than its manifest"},
		{"less than listed", tarOf(t, head(nil)), "ends before 000001/x.json"},
		{"altered", tarOf(t, head(nil), named("000001/x.json", "[]")), "not what the manifest lists"},
		{"another size", tarOf(t, head(nil), named("000001/x.json", "{ }")), "not of the size"},
		{"cut off within", tarOf(t, head(nil), x)[:1537], "ends within 000001/x.json"},
		{"something after the end", append(bytes.Clone(good), "more"...), "after its end"},
		{"unknown kind", tarOf(t, head(func(m *manifest) { m.Entries[0].Kind = "program" }), x), "unknown kind"},
		{"large entry", tarOf(t, head(func(m *manifest) { m.Entries[0].Size = 2 << 20 }), named("000001/x.json", big)), "larger than"},
		{"large manifest", tarOf(t, named(manifestName, big)), "larger than"},
		{"many entries", tarOf(t, head(func(m *manifest) { m.Entries = make([]manifestEntry, 50) })), "more than 20 entries"},
	} {
		file, err := pgp.Encrypt(c.tar, []string{b.PublicKey()}, a)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read(bytes.NewReader(file), b, pgptest.Pinned(a), at, Limits{Entry: 1 << 20, Entries: 20})
		if !errors.Is(err, inventory.ErrInvalid) || !strings.Contains(err.Error(), c.want) || got.Entries != nil {
			t.Errorf("%s: Read = %+v, %v; want a refusal with %q", c.name, got, err, c.want)
		}
	}
}

func TestReadRefusesFile(t *testing.T) {
	a, b, c := newSigner(t, "CERT A"), newSigner(t, "CERT B"), newSigner(t, "CERT C")
	var buf bytes.Buffer
	if _, err := Write(&buf, example(t), a, b.PublicKey()); err != nil {
		t.Fatal(err)
	}
	file := buf.Bytes()
	bent := bytes.Clone(file)
	bent[len(bent)/2] ^= 1
	revoked := at.Add(-time.Hour)
	for _, k := range []struct {
		name   string
		file   []byte
		key    *pgp.Signer
		pins   []pgp.PinnedKey
		limits Limits
		want   error
		status pgp.Status
	}{
		{"to somebody else", file, c, pgptest.Pinned(a), Limits{}, inventory.ErrInvalid, ""},
		{"by somebody else", file, b, pgptest.Pinned(c), Limits{}, ErrSignature, pgp.UnknownKey},
		{"by ourselves", file, b, pgptest.Pinned(b), Limits{}, ErrSignature, pgp.UnknownKey},
		{"no key pinned", file, b, nil, Limits{}, ErrSignature, pgp.UnknownKey},
		{"key revoked", file, b, []pgp.PinnedKey{{Fingerprint: a.Fingerprint(), Armored: a.PublicKey(), RevokedAt: &revoked}}, Limits{}, ErrSignature, pgp.ExpiredKey},
		{"altered", bent, b, pgptest.Pinned(a), Limits{}, inventory.ErrInvalid, ""},
		{"cut off", file[:len(file)-1], b, pgptest.Pinned(a), Limits{}, inventory.ErrInvalid, ""},
		{"cut off early", file[:100], b, pgptest.Pinned(a), Limits{}, inventory.ErrInvalid, ""},
		{"empty", nil, b, pgptest.Pinned(a), Limits{}, inventory.ErrInvalid, ""},
		{"larger than is read", file, b, pgptest.Pinned(a), Limits{File: 100}, inventory.ErrInvalid, ""},
		{"opens to more than is read", file, b, pgptest.Pinned(a), Limits{Opened: 1000}, inventory.ErrInvalid, ""},
	} {
		got, err := Read(bytes.NewReader(k.file), k.key, k.pins, at, k.limits)
		if !errors.Is(err, k.want) || got.Entries != nil || got.Sequence != 0 || got.Signature.Status != k.status {
			t.Errorf("%s: Read = %+v, %v; want %v, %q", k.name, got, err, k.want, k.status)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	b := newSigner(f, "CERT B")
	good, err := pack(example(f), b.PublicKey())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:1024])
	f.Add(tarOf(f, named(manifestName, "{}")))
	f.Fuzz(func(t *testing.T, plain []byte) {
		limits := Limits{Entry: 1 << 16, Entries: 8}
		got, err := unpack(plain, b.Fingerprint(), limits)
		if err != nil {
			if !errors.Is(err, inventory.ErrInvalid) {
				t.Errorf("unpack = %v, which blames us", err)
			}
			return
		}
		again, err := pack(got, b.PublicKey())
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if second, err := unpack(again, b.Fingerprint(), limits); err != nil || !cmp.Equal(got, second) {
			t.Errorf("read %+v, written and read again %+v, %v", got, second, err)
		}
	})
}

func FuzzRead(f *testing.F) {
	a, b := newSigner(f, "CERT A"), newSigner(f, "CERT B")
	var file bytes.Buffer
	if _, err := Write(&file, example(f), a, b.PublicKey()); err != nil {
		f.Fatal(err)
	}
	good := bytes.Clone(file.Bytes())
	f.Add(good)
	f.Add([]byte("-----BEGIN PGP MESSAGE-----\n\n-----END PGP MESSAGE-----"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if got, err := Read(bytes.NewReader(file), b, pgptest.Pinned(a), at, Limits{Opened: 1 << 20}); err == nil && got.Signature.Status != pgp.Good {
			t.Errorf("Read = %+v without a good signature", got)
		}
	})
}
