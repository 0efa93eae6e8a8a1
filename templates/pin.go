package templates

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Pin is a reviewer's word on one template's bytes.
type Pin struct {
	ID       inventory.CheckID `yaml:"id"`
	SHA256   string            `yaml:"sha256"`
	Approved bool              `yaml:"approved"`
	// Note says what the reviewer found: what is sent, and why it is safe.
	Note string `yaml:"note"`
}

// pinFile is the layout of catalogue.yaml.
type pinFile struct {
	Templates []Pin `yaml:"templates"`
}

const pinHeader = `# What may run. One entry per template: the SHA-256 of the bytes that were
# reviewed, whether they may run, and what the reviewer found them to send.
# Hashes are written by "make pin"; approval and note are written by a person.
`

// PinDir rewrites dir's catalogue.yaml with the hashes of the templates that
// are there now. Approval and note of known templates stay; a new template is
// not approved until a reviewer writes so. Templates in error stop it, and
// then nothing is written.
func PinDir(dir string) error {
	name := filepath.Join(dir, PinFile)
	raw, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read pins: %w", err)
	}
	old, err := parsePins(raw)
	if err != nil {
		return refuse(name, "%v", err)
	}
	list, errs := readTemplates(os.DirFS(dir))
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	var out pinFile
	for _, t := range newCatalogue(list).list {
		pin := old[t.Check.ID]
		pin.ID, pin.SHA256 = t.Check.ID, t.SHA256
		out.Templates = append(out.Templates, pin)
	}
	text, err := encodePins(out)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		return fmt.Errorf("write pins: %w", err)
	}
	return nil
}

func encodePins(pins pinFile) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(pinHeader)
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(pins), enc.Close()); err != nil {
		return nil, fmt.Errorf("encode pins: %w", err)
	}
	return b.Bytes(), nil
}

// parsePins reads catalogue.yaml strictly. No bytes are no pins.
func parsePins(raw []byte) (map[inventory.CheckID]Pin, error) {
	var f pinFile
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("does not parse: %w", err)
	}
	pins := make(map[inventory.CheckID]Pin, len(f.Templates))
	for _, p := range f.Templates {
		if _, twice := pins[p.ID]; twice {
			return nil, fmt.Errorf("pins %s twice", p.ID)
		}
		if p.Approved && p.Note == "" {
			return nil, fmt.Errorf("approves %s without a reviewer's note", p.ID)
		}
		pins[p.ID] = p
	}
	return pins, nil
}
