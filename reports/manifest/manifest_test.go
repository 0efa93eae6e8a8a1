package manifest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

func sample() Manifest {
	m := New("weekly-ORG-7-2026-W47", time.Date(2026, 11, 23, 6, 0, 0, 5, time.FixedZone("", 19800)))
	m.Add("weekly-ORG-7-2026-W47.html", []byte("<p>x"))
	m.Add("weekly-ORG-7-2026-W47-findings.csv", []byte("a,b\n"))
	return m
}

func TestParseReadsWhatTextWrites(t *testing.T) {
	m := sample()
	back, err := Parse(m.Text())
	if err != nil || back.Report != m.Report || !back.Issued.Equal(m.Issued) || len(back.Sums) != 2 || back.Sums[1] != m.Sums[1] {
		t.Errorf("Parse = %+v, %v", back, err)
	}
	if name, ok := back.Find(m.Sums[0].SHA256); !ok || name != m.Sums[0].Name {
		t.Errorf("Find = %s, %t", name, ok)
	}
	if _, ok := back.Find("00"); ok {
		t.Error("a hash that is not there was found")
	}
}

// Anybody checks the files with a program that every system has.
func TestSha256sumReadsIt(t *testing.T) {
	program, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"weekly-ORG-7-2026-W47.html": "<p>x", "weekly-ORG-7-2026-W47-findings.csv": "a,b\n", "sums": string(sample().Text()),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "--check", "sums")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("sha256sum: %v\n%s", err, out)
	}
}

func TestParseRefuses(t *testing.T) {
	good := string(sample().Text())
	for name, text := range map[string]string{
		"nothing": "", "no heading": good[1:], "a path": good + "0000000000000000000000000000000000000000000000000000000000000000  ../x\n",
		"a line more": good + "hello\n", "no date": "# CIIScan report x\n# issued today\n",
	} {
		if _, err := Parse([]byte(text)); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("%s was taken: %v", name, err)
		}
	}
}
