package catalogue

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/templates"
)

var update = flag.Bool("update", false, "rewrite the catalogues")

// operatorReads are the folders whose texts an operator may see. What only the
// CERT's own people see is English.
var operatorReads = []string{
	"web/console", "web/console/account", "web/console/assets", "web/console/bulletins", "web/console/findings", "web/console/imports", "web/console/mail",
	"web/console/onboarding", "web/console/organizations", "web/console/overview", "web/console/people", "web/console/permits",
	"web/console/reports", "web/console/scans", "web/console/search", "web/console/shell",
	"web/console/admin", "notify", "notify/letter", "reports", "reports/chart", "inventory", "internal/locale", "web/auth/signin",
}

const root = "../../.."

// texts are those of the folders, and what checks say of what they found.
func texts(t *testing.T) []Text {
	t.Helper()
	found, err := Find(root, operatorReads)
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := templates.Load()
	if err != nil {
		t.Fatal(err)
	}
	f := finder{texts: found, where: "templates"}
	for _, c := range append(catalogue.Checks(), inventory.ExposureChecks()...) {
		for _, text := range []string{c.Title, c.Why, c.Fix} {
			f.add(text, "")
		}
	}
	return f.texts
}

// TestCatalogues holds each catalogue to what the program says.
func TestCatalogues(t *testing.T) {
	all := texts(t)
	if len(all) < 100 {
		t.Fatalf("only %d texts were found", len(all))
	}
	for _, l := range locale.Languages() {
		if l.Tag == locale.Default {
			continue
		}
		name := filepath.Join("..", "po", l.Tag+".po")
		was, err := os.ReadFile(name)
		if err != nil && !*update {
			t.Error(err)
			continue
		}
		now := Write(l, all, was)
		if *update {
			if err := os.WriteFile(name, now, 0o644); err != nil {
				t.Fatal(err)
			}
		} else if !bytes.Equal(was, now) {
			t.Errorf("%s is not what the program says: run make catalogues", name)
		}
		faults := Faults(l, all, now)
		if n := len(faults); n > 10 {
			faults = append(faults[:10], "and more")
			t.Errorf("%s has %d faults", name, n)
		}
		if len(faults) > 0 {
			t.Error(strings.Join(faults, "\n"))
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.go":      "package a\nfunc f(p P) { p.T(\"in \" + \"Go\", 1); p.N(\"%s dog\", \"%s dogs\", 2); p.T(x); locale.Key(\"marked\") }\nvar nav = []shell.NavItem{{Text: \"menu\"}}",
		"a_test.go": "package a\nfunc g(p P) { p.T(\"in a test\") }",
		"b.html":    `{{define "main"}}{{$.T "in a page" 1}}{{range .X}}{{$.N "%s cat" "%s cats" .Y}}{{else}}{{template "part" dict "a" ($.T "nested")}}{{end}}{{end}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Find(dir, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	want := []Text{
		{"in Go", "", "a.go"},
		{"%s dog", "%s dogs", "a.go"},
		{"marked", "", "a.go"},
		{"menu", "", "a.go"},
		{"in a page", "", "b.html"},
		{"%s cat", "%s cats", "b.html"},
		{"nested", "", "b.html"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestWriteKeepsTranslations(t *testing.T) {
	bn := locale.For("bn").Language()
	bn.Complete = true
	texts := []Text{{"a \"b\"\nc", "", "x"}, {"%s dog", "%s dogs", "y"}}
	first := string(Write(bn, texts, nil))
	done := strings.Replace(first, `msgstr ""`+"\n\n#: y", `msgstr "ক \"খ\"\nগ"`+"\n\n#: y", 1)
	done = strings.Replace(done, `msgstr[0] ""`, `msgstr[0] "%s কুকুর"`, 1)
	if again := string(Write(bn, texts, []byte(done))); again != done {
		t.Errorf("rewritten as\n%s\nwant\n%s", again, done)
	}
	if f := Faults(bn, texts, []byte(done)); len(f) != 1 || !strings.Contains(f[0], "dog") {
		t.Errorf("faults = %q, want the missing plural form", f)
	}
	bad := strings.Replace(done, "%s কুকুর", "কুকুর", 1)
	if f := Faults(bn, texts, []byte(bad)); len(f) != 2 {
		t.Errorf("faults = %q, want the missing verb, too", f)
	}
	if less := string(Write(bn, texts[:1], []byte(done))); strings.Contains(less, "dog") {
		t.Error("what nobody says stays")
	}
}

// choices are lists of words in templates, of which Word says each.
var choices = regexp.MustCompile(`template "one" [^}]*"of" \(list ([^)]*)\)|\{\{range list ([^}]*)\}\}[^\n]{0,250}?\$\.Word (?:\.|\(words \.\))\}\}`)

// TestChoicesAreSaid: the choices of a field are said in the reader's language,
// but for those that are the same in all, or that the shell says otherwise.
func TestChoicesAreSaid(t *testing.T) {
	same := []string{"tcp", "udp", "ipv4", "ipv6", "cidr", "hostname", "url"}
	otherwise := []string{"week", "disputed", "cvss", "epss"}
	seen := 0
	for _, folder := range operatorReads {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.html"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			page, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range choices.FindAllStringSubmatch(string(page), -1) {
				for _, quoted := range strings.Fields(m[1] + m[2]) {
					word := strings.ReplaceAll(strings.Trim(quoted, `"`), "_", " ")
					if seen++; slices.Contains(same, word) || slices.Contains(otherwise, word) {
						continue
					}
					for _, tag := range []string{"bn", "hi"} {
						if locale.For(tag).Word(word) == word {
							t.Errorf("%s: %q is not said in %s", name, word, tag)
						}
					}
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d choices were found", seen)
	}
}
