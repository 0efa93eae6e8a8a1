package bundle

import (
	"archive/tar"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/inventory"
)

// Limits bound what a bundle may cost. Zero fields take generous values.
type Limits struct {
	File    int64 // bytes of the file
	Opened  int64 // bytes of what it holds, together
	Entry   int64 // bytes of one entry
	Entries int
}

func (l Limits) orDefault() Limits {
	return Limits{
		File: cmp.Or(l.File, 64<<20), Opened: cmp.Or(l.Opened, 128<<20),
		Entry: cmp.Or(l.Entry, 16<<20), Entries: cmp.Or(l.Entries, 5000),
	}
}

// A Received is a bundle that was read, and who signed it.
type Received struct {
	Bundle
	Signature pgp.Result
	SHA256    string // of the file
	Size      int64
}

// ErrSignature says that a bundle is not signed as it has to be. The
// Received that comes with it says in what way, and holds no bundle.
var ErrSignature = errors.New("the bundle is not signed by a pinned key that is valid")

// Read opens and checks a bundle at a moment. Nothing of one that is not
// encrypted to our key, not signed by a pinned key, not complete, or over a
// limit comes out of it. Whether its number was seen
// before is for the caller to look up: exchange.Gaps tells what is missing.
func Read(r io.Reader, key *pgp.Signer, pinned []pgp.PinnedKey, at time.Time, limits Limits) (Received, error) {
	limits = limits.orDefault()
	file, err := io.ReadAll(io.LimitReader(r, limits.File+1))
	if err != nil {
		return Received{}, fmt.Errorf("read bundle: %w", err)
	}
	if int64(len(file)) > limits.File {
		return Received{}, fmt.Errorf("read bundle: %w", invalid(fmt.Sprintf("it is larger than the %d bytes that are read here", limits.File), "ask for its content in several bundles"))
	}
	opened, err := pgp.Decrypt(file, key, pinned, at, limits.Opened)
	if err != nil {
		return Received{}, fmt.Errorf("read bundle: %w", err)
	}
	out := Received{Signature: opened.Signature, SHA256: hashOf(file), Size: int64(len(file))}
	if opened.Signature.Status != pgp.Good {
		return out, fmt.Errorf("read bundle: %w (%s): %w", ErrSignature, opened.Signature.Why, inventory.ErrForbidden)
	}
	if out.Bundle, err = unpack(opened.Data, key.Fingerprint(), limits); err != nil {
		return Received{}, fmt.Errorf("read bundle: %w", err)
	}
	return out, nil
}

// unpack reads the tar: exactly the manifest and what it lists, in its order.
func unpack(plain []byte, own string, limits Limits) (Bundle, error) {
	src := bytes.NewReader(plain)
	t := tar.NewReader(src)
	head, err := next(t, manifestName, -1, limits.Entry)
	if err != nil {
		return Bundle{}, err
	}
	m, err := readManifest(head, own, limits)
	if err != nil {
		return Bundle{}, err
	}
	b := Bundle{From: m.From, To: m.To, Sequence: m.Sequence, Previous: m.Previous, CreatedAt: m.CreatedAt.UTC()}
	for _, e := range m.Entries {
		b.Entries = append(b.Entries, e.Entry)
	}
	if err := b.check(); err != nil {
		return Bundle{}, err
	}
	for i, e := range m.Entries {
		content, err := next(t, entryPath(i, e.Name), e.Size, limits.Entry)
		if err != nil {
			return Bundle{}, err
		}
		if hashOf(content) != e.SHA256 {
			return Bundle{}, invalid(fmt.Sprintf("%s is not what the manifest lists", e.Name), "ask for the bundle again")
		}
		b.Entries[i].Bytes = content
	}
	if _, err := t.Next(); !errors.Is(err, io.EOF) {
		return Bundle{}, invalid("it holds more than its manifest lists", "")
	}
	if rest, _ := io.ReadAll(src); len(bytes.Trim(rest, "\x00")) > 0 {
		return Bundle{}, invalid("it holds something after its end", "")
	}
	return b, nil
}

func readManifest(head []byte, own string, limits Limits) (manifest, error) {
	var m manifest
	if err := json.Unmarshal(head, &m); err != nil {
		return m, invalid("its manifest cannot be read", "ask for the bundle again")
	}
	switch {
	case m.Version != version:
		return m, invalid(fmt.Sprintf("it is of version %d", m.Version), "the sender's CIIScan may be newer than this one")
	case m.ToKey != own:
		return m, invalid("it was packed for somebody else's key", "give it to "+inventory.CleanText(m.To, 100))
	case len(m.Entries) > limits.Entries:
		return m, invalid(fmt.Sprintf("it holds more than %d entries", limits.Entries), "ask for its content in several bundles")
	}
	return m, nil
}

// next reads the file that has to come next. A size of -1 is any.
func next(t *tar.Reader, name string, size, limit int64) ([]byte, error) {
	h, err := t.Next()
	switch {
	case err != nil:
		return nil, invalid("it ends before "+name, "it was cut off when it was made; ask for it again")
	case h.Name != name || h.Typeflag != tar.TypeReg || len(h.PAXRecords) > 0:
		return nil, invalid(fmt.Sprintf("it holds %q where %s has to be", inventory.CleanText(h.Name, 100), name), "")
	case h.Size > limit:
		return nil, invalid(fmt.Sprintf("%s is larger than the %d bytes that are read here", name, limit), "ask for it in another way")
	case size >= 0 && h.Size != size:
		return nil, invalid(name+" is not of the size that the manifest lists", "ask for the bundle again")
	}
	content, err := io.ReadAll(io.LimitReader(t, h.Size))
	if err != nil || int64(len(content)) != h.Size {
		return nil, invalid("it ends within "+name, "it was cut off when it was made; ask for it again")
	}
	return content, nil
}
