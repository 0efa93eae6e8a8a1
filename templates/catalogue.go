package templates

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// PinFile is the name of the file that holds the pins of a folder.
const PinFile = "catalogue.yaml"

// maxTemplate is the most bytes that a template may have.
const maxTemplate = 64 << 10

//go:embed catalogue.yaml http tcp ssl dns
var embedded embed.FS

// A Catalogue is a set of templates, each linted and equal to its pin.
type Catalogue struct {
	list []Template // by id
	byID map[inventory.CheckID]int
}

// Load returns the templates that this program carries. An error means that
// the program was built from a tree whose tests were not run.
func Load() (Catalogue, error) { return loadFS(embedded, "ours") }

// LoadWith returns the templates of Load and those of a folder; "" means no
// folder.
func LoadWith(dir string) (Catalogue, error) {
	ours, err := Load()
	if err != nil || dir == "" {
		return ours, err
	}
	theirs, err := LoadDir(dir)
	if err != nil {
		return Catalogue{}, err
	}
	return ours.With(theirs)
}

// LoadDir returns the templates in dir, a folder of the installation's own,
// laid out as this package's: http, tcp, ssl and dns below it, and the pins
// in catalogue.yaml. Every mistake is an inventory.InputError that names the
// file and the reason; all files' mistakes are joined.
func LoadDir(dir string) (Catalogue, error) {
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return Catalogue{}, &inventory.InputError{
			Field: "template folder", Value: dir, Message: "is not a folder that can be read",
			Hint: "name a folder that holds " + PinFile,
		}
	}
	return loadFS(os.DirFS(dir), dir)
}

// With returns a catalogue that also holds extra's templates. Two templates
// with one id are a conflict, so no folder can replace a template of ours.
func (c Catalogue) With(extra Catalogue) (Catalogue, error) {
	for _, t := range extra.list {
		if have, ok := c.ByID(t.Check.ID); ok {
			return Catalogue{}, refuse(t.File, "its id %s is taken by %s", t.Check.ID, have.File)
		}
	}
	return newCatalogue(slices.Concat(c.list, extra.list)), nil
}

// All returns every template, by id.
func (c Catalogue) All() []Template { return slices.Clone(c.list) }

// Approved returns the templates that may run, by id: all of them, or with
// tags only those that carry at least one.
func (c Catalogue) Approved(tags ...string) []Template {
	var out []Template
	for _, t := range c.list {
		if t.Approved && (len(tags) == 0 || t.HasTag(tags...)) {
			out = append(out, t)
		}
	}
	return out
}

// Checks returns what is known of every template's check, by id.
func (c Catalogue) Checks() []inventory.Check {
	out := make([]inventory.Check, len(c.list))
	for i, t := range c.list {
		out[i] = t.Check
	}
	return out
}

// ByID finds a template.
func (c Catalogue) ByID(id inventory.CheckID) (Template, bool) {
	i, ok := c.byID[id]
	if !ok {
		return Template{}, false
	}
	return c.list[i], true
}

func newCatalogue(list []Template) Catalogue {
	slices.SortFunc(list, func(a, b Template) int { return cmp.Compare(a.Check.ID, b.Check.ID) })
	byID := make(map[inventory.CheckID]int, len(list))
	for i, t := range list {
		byID[t.Check.ID] = i
	}
	return Catalogue{list: list, byID: byID}
}

// loadFS reads, lints and compares with its pin every template below fsys.
func loadFS(fsys fs.FS, name string) (Catalogue, error) {
	raw, err := fs.ReadFile(fsys, PinFile)
	if err != nil {
		return Catalogue{}, refuse(path.Join(name, PinFile), "cannot be read: %v", err)
	}
	pins, err := parsePins(raw)
	if err != nil {
		return Catalogue{}, refuse(path.Join(name, PinFile), "%v", err)
	}
	list, errs := readTemplates(fsys)
	for i, t := range list {
		pin, ok := pins[t.Check.ID]
		switch delete(pins, t.Check.ID); {
		case !ok:
			errs = append(errs, refuse(t.File, "it has no pin in %s", PinFile))
		case pin.SHA256 != t.SHA256:
			errs = append(errs, refuse(t.File, "its bytes are not those that were reviewed: sha256 %s, pinned %s",
				t.SHA256, pin.SHA256))
		default:
			list[i].Approved = pin.Approved
		}
	}
	if len(errs) == 0 {
		for _, id := range slices.Sorted(maps.Keys(pins)) {
			errs = append(errs, refuse(path.Join(name, PinFile), "it pins %s, which does not exist", id))
		}
	}
	if len(errs) > 0 {
		return Catalogue{}, errors.Join(errs...)
	}
	return newCatalogue(list), nil
}

// readTemplates lints every template below fsys. Those in error are left out
// of the list, and each has one error.
func readTemplates(fsys fs.FS) (list []Template, errs []error) {
	seen := map[inventory.CheckID]string{}
	for _, proto := range Protocols() {
		files, err := fs.Glob(fsys, string(proto)+"/*.yaml")
		if err != nil {
			return nil, []error{fmt.Errorf("list %s templates: %w", proto, err)}
		}
		for _, file := range files {
			t, err := readTemplate(fsys, file)
			switch other := seen[t.Check.ID]; {
			case err != nil:
				errs = append(errs, err)
			case t.Protocol != proto:
				errs = append(errs, refuse(file, "it speaks %s and lies in the folder for %s", t.Protocol, proto))
			case strings.TrimSuffix(path.Base(file), ".yaml") != string(t.Check.ID):
				errs = append(errs, refuse(file, "its id is %s; name the file after it", t.Check.ID))
			case other != "":
				errs = append(errs, refuse(file, "its id %s is taken by %s", t.Check.ID, other))
			default:
				seen[t.Check.ID] = file
				list = append(list, t)
			}
		}
	}
	return list, errs
}

func readTemplate(fsys fs.FS, file string) (Template, error) {
	st, err := fs.Stat(fsys, file)
	if err != nil {
		return Template{}, refuse(file, "cannot be read: %v", err)
	}
	if st.Size() > maxTemplate {
		return Template{}, refuse(file, "it has %d bytes, %d are allowed", st.Size(), maxTemplate)
	}
	body, err := fs.ReadFile(fsys, file)
	if err != nil {
		return Template{}, refuse(file, "cannot be read: %v", err)
	}
	return Parse(file, body)
}

// refuse makes the one error that a bad template gets.
func refuse(file, format string, args ...any) error {
	return &inventory.InputError{
		Field: "template", Value: file, Message: fmt.Sprintf(format, args...),
		Hint: "see templates/README.md for what a template may do",
	}
}
