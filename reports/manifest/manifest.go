// Package manifest lists the SHA-256 of a report's files: the text that is
// signed, and that anybody checks a file against without us.
package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// Suffixes of the two files that prove a report.
const (
	Suffix          = ".sha256"
	SignatureSuffix = ".sha256.asc"
)

// A Manifest lists the SHA-256 of a report's files, for a detached signature.
// It is the input of sha256sum -c, too.
type Manifest struct {
	Report string // the report's id
	Issued time.Time
	Sums   []Sum
}

// A Sum is one line of a manifest.
type Sum struct{ Name, SHA256 string }

// New begins the manifest of a report.
func New(report string, at time.Time) Manifest {
	return Manifest{Report: report, Issued: at.UTC().Truncate(time.Second)}
}

// Add adds a file.
func (m *Manifest) Add(name string, content []byte) {
	sum := sha256.Sum256(content)
	m.Sums = append(m.Sums, Sum{name, hex.EncodeToString(sum[:])})
}

// Text writes the manifest. The same manifest gives the same bytes.
func (m Manifest) Text() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# CIIScan report %s\n# issued %s\n", m.Report, m.Issued.Format(time.RFC3339))
	for _, s := range m.Sums {
		fmt.Fprintf(&b, "%s  %s\n", s.SHA256, s.Name)
	}
	return []byte(b.String())
}

// Find is the name of the file with this hash, or false.
func (m Manifest) Find(sha256 string) (string, bool) {
	for _, s := range m.Sums {
		if strings.EqualFold(s.SHA256, sha256) {
			return s.Name, true
		}
	}
	return "", false
}

var (
	heading = regexp.MustCompile(`^# CIIScan report ([A-Za-z0-9_-]{1,200})$`)
	issued  = regexp.MustCompile(`^# issued (\S+)$`)
	sumLine = regexp.MustCompile(`^([0-9a-f]{64})  ([A-Za-z0-9._-]{1,255})$`)
)

// Parse reads what Text writes, and nothing else.
func Parse(text []byte) (Manifest, error) {
	wrong := func(n int) (Manifest, error) {
		return Manifest{}, &inventory.InputError{
			Field: fmt.Sprintf("line %d", n), Message: "is not of a report's manifest", Hint: "give the file that ends in " + Suffix + ", as it was issued",
		}
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) < 2 {
		return wrong(1)
	}
	var m Manifest
	first, second := heading.FindStringSubmatch(lines[0]), issued.FindStringSubmatch(lines[1])
	if first == nil {
		return wrong(1)
	}
	if second == nil {
		return wrong(2)
	}
	m.Report = first[1]
	var err error
	if m.Issued, err = time.Parse(time.RFC3339, second[1]); err != nil {
		return wrong(2)
	}
	for i, l := range lines[2:] {
		s := sumLine.FindStringSubmatch(l)
		if s == nil {
			return wrong(i + 3)
		}
		m.Sums = append(m.Sums, Sum{Name: s[2], SHA256: s[1]})
	}
	return m, nil
}
