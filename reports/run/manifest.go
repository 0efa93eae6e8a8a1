package run

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

// Suffixes of the two files that prove an edition.
const (
	ManifestSuffix  = ".sha256"
	SignatureSuffix = ".sha256.asc"
)

// A Manifest lists the SHA-256 of an edition's files, for a detached signature.
// It is the input of sha256sum -c, too.
type Manifest struct {
	Edition EditionID
	Issued  time.Time
	Sums    []Sum
}

// A Sum is one line of a manifest.
type Sum struct{ Name, SHA256 string }

// ManifestOf lists the files of an edition, in their order.
func ManifestOf(id EditionID, at time.Time, files []reports.File) Manifest {
	m := Manifest{Edition: id, Issued: at.UTC().Truncate(time.Second)}
	for _, f := range files {
		m.Sums = append(m.Sums, Sum{f.Name, SHA256(f.Data)})
	}
	return m
}

// SHA256 is the hash of bytes, in hexadecimal.
func SHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Text writes the manifest. The same manifest gives the same bytes.
func (m Manifest) Text() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# CIIScan report %s\n# issued %s\n", m.Edition, m.Issued.Format(time.RFC3339))
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

// ParseManifest reads what Text writes, and nothing else.
func ParseManifest(text []byte) (Manifest, error) {
	wrong := func(n int) (Manifest, error) {
		return Manifest{}, &inventory.InputError{
			Field: fmt.Sprintf("line %d", n), Message: "is not of a report's manifest", Hint: "give the file that ends in " + ManifestSuffix + ", as it was issued",
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
	m.Edition = EditionID(first[1])
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
