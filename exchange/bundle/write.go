package bundle

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
)

// A Written says what Write wrote.
type Written struct {
	Name   string
	SHA256 string // lower-case hex; the next bundle's Previous
	Size   int64
}

// Write packs the bundle for the one receiver whose armoured public key is
// given. What is inside depends on the bundle alone; the encryption around it
// differs each time.
func Write(w io.Writer, b Bundle, signer *pgp.Signer, recipient string) (Written, error) {
	plain, err := pack(b, recipient)
	if err != nil {
		return Written{}, fmt.Errorf("write bundle %d: %w", b.Sequence, err)
	}
	file, err := pgp.Encrypt(plain, []string{recipient}, signer)
	if err != nil {
		return Written{}, fmt.Errorf("write bundle %d: %w", b.Sequence, err)
	}
	if _, err := w.Write(file); err != nil {
		return Written{}, fmt.Errorf("write bundle %d: %w", b.Sequence, err)
	}
	return Written{Name: FileName(b.To, b.Sequence), SHA256: hashOf(file), Size: int64(len(file))}, nil
}

func hashOf(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

// pack writes the tar, the same bytes for the same bundle.
func pack(b Bundle, recipient string) ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	to, err := pgp.Inspect(recipient, b.CreatedAt)
	if err != nil {
		return nil, err
	}
	m := manifest{
		Version: version, From: b.From, To: b.To, ToKey: to.Fingerprint, Sequence: b.Sequence, Previous: b.Previous,
		CreatedAt: b.CreatedAt.UTC().Truncate(time.Second), Entries: []manifestEntry{},
	}
	for _, e := range b.Entries {
		m.Entries = append(m.Entries, manifestEntry{Entry: e, Size: int64(len(e.Bytes)), SHA256: hashOf(e.Bytes)})
	}
	head, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	t := tar.NewWriter(&out)
	add := func(name string, content []byte) error {
		if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), ModTime: m.CreatedAt, Format: tar.FormatUSTAR}); err != nil {
			return err
		}
		_, err := t.Write(content)
		return err
	}
	if err := add(manifestName, head); err != nil {
		return nil, err
	}
	for i, e := range b.Entries {
		if err := add(entryPath(i, e.Name), e.Bytes); err != nil {
			return nil, err
		}
	}
	if err := t.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
