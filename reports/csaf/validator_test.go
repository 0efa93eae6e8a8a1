package csaf

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/internal/lab/strangers"
)

// warning is one of the validator's lines about an optional test.
var warning = regexp.MustCompile(`(?m)^ +(optionalTest_\S+) WARN.*$`)

// TestReferenceValidator runs the reference validator over every document.
// With CIISCAN_TEST_REFERENCE_VALIDATOR=require, as in CI, it may not be absent.
func TestReferenceValidator(t *testing.T) {
	script, err := os.ReadFile("../../../shared/tools/csaf/check.mjs")
	if err != nil {
		strangers.Absent(t, "the validator's script is not here: %v", err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		strangers.Absent(t, "node is not installed")
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	modules := filepath.Join(strangers.Found(t, strangers.Validator), "node_modules")
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	args := []string{write("check.mjs", script), "2.0"}
	for name, a := range documents(t) {
		raw := encode(t, a)
		if got := filepath.Base(FileName(a)); got != "adv-"+name+".json" {
			t.Errorf("FileName = %s, want adv-%s.json", got, name)
		}
		args = append(args, write(FileName(a), raw))
	}
	args = append(args, write("adv-cwes.json", everyCWE(t)))
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Dir = dir
	// 6.3.6 and 6.3.7 ask the network, 6.3.8 a spelling dictionary.
	cmd.Env = append(os.Environ(), "SKIP=informativeTest_6_3_6,informativeTest_6_3_7,informativeTest_6_3_8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("the reference validator refuses: %v\n%s", err, out)
	}
	if n := strings.Count(string(out), " mandatory: tests="); n != len(args)-2 {
		t.Errorf("the validator judged %d documents, want %d", n, len(args)-2)
	}
	for _, m := range warning.FindAllStringSubmatch(string(out), -1) {
		// 6.2.3 wants a CVSS score: we know severities, not scores. 6.2.16
		// wants a CPE, where nothing identified the product.
		if m[1] != "optionalTest_6_2_3" && m[1] != "optionalTest_6_2_16" {
			t.Errorf("optional test warns: %s", strings.TrimSpace(m[0]))
		}
	}
	if testing.Verbose() {
		fmt.Println(string(out))
	}
}

// everyCWE is a document that names each weakness of our table, so that the
// validator compares the names.
func everyCWE(t *testing.T) []byte {
	t.Helper()
	a := vulnerable()
	a.ID = "ADV-cwes"
	d, err := build(a, cert)
	if err != nil {
		t.Fatal(err)
	}
	v := d.Vulnerabilities[0]
	d.Vulnerabilities = nil
	for id, name := range cweNames {
		v.CVE = fmt.Sprintf("CVE-2026-%05d", 10000+len(d.Vulnerabilities))
		v.CWE = &cwe{ID: id, Name: name}
		d.Vulnerabilities = append(d.Vulnerabilities, v)
	}
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
