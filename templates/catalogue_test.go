package templates

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

func TestOwnTemplates(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	per := map[Protocol]int{}
	for _, tmpl := range c.All() {
		per[tmpl.Protocol]++
		ch := tmpl.Check
		if !strings.HasPrefix(string(ch.ID), "cii-") {
			t.Errorf("%s does not begin with cii-", ch.ID)
		}
		if len(ch.Title) > 90 || len(ch.CWEs) == 0 || len(ch.References) < 2 || len(ch.Why) < 60 || len(ch.Fix) < 60 {
			t.Errorf("%s tells too little, or its title too much", ch.ID)
		}
		if tmpl.Protocol == SSL && len(tmpl.Ports) == 0 {
			t.Errorf("%s names no ports", ch.ID)
		}
		if !tmpl.Approved {
			t.Errorf("%s is not approved", ch.ID)
		}
	}
	for _, p := range Protocols() {
		if per[p] < 4 {
			t.Errorf("%d templates speak %s, want at least 4", per[p], p)
		}
	}
	if n := len(c.All()); n < 36 || len(c.Checks()) != n {
		t.Errorf("%d templates, %d checks; want at least 36 of each", n, len(c.Checks()))
	}
}

// TestApprovedByTag: an OT scan runs the templates marked for it only.
func TestApprovedByTag(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	ot := c.Approved("ot")
	if len(ot) == 0 || len(ot) == len(c.Approved()) {
		t.Fatalf("%d of %d templates are for OT", len(ot), len(c.Approved()))
	}
	for _, tmpl := range ot {
		if !slices.Contains(tmpl.Check.Tags, "ot") {
			t.Errorf("%s is not tagged ot", tmpl.Check.ID)
		}
	}
	if got := c.Approved("no-such-tag"); got != nil {
		t.Errorf("Approved(no-such-tag) = %v", got)
	}
}

func TestFits(t *testing.T) {
	web := Template{Protocol: HTTP, Ports: []uint16{2375}, Services: []string{"docker"}}
	tls := Template{Protocol: SSL, Ports: []uint16{443}}
	redis := Template{Protocol: TCP, Ports: []uint16{6379}, Services: []string{"redis"}}
	dns := Template{Protocol: DNS, Ports: []uint16{53}, Services: []string{"domain"}}
	tcp := func(name string, port uint16) inventory.Service {
		return inventory.Service{Transport: inventory.TCP, Name: name, Port: port}
	}
	for _, tc := range []struct {
		name string
		t    Template
		s    inventory.Service
		want bool
	}{
		{"any web server", web, tcp("http-proxy", 3128), true},
		{"by its own name", web, tcp("docker", 2376), true},
		{"nameless on its port", web, tcp("", 2375), true},
		{"wrapped on its port", web, tcp("tcpwrapped", 2375), true},
		{"another service on its port", web, tcp("ssh", 2375), false},
		{"TLS anywhere", tls, inventory.Service{Transport: inventory.TCP, Name: "imap", Port: 10993, TLS: true}, true},
		{"no TLS", tls, tcp("imap", 143), false},
		{"nameless on a TLS port", tls, tcp("unknown", 443), true},
		{"moved", redis, tcp("redis", 7000), true},
		{"taken", redis, tcp("http", 6379), false},
		{"over UDP", redis, inventory.Service{Transport: inventory.UDP, Name: "redis", Port: 6379}, false},
		{"names have no port", dns, tcp("domain", 53), false},
	} {
		if got := tc.t.Fits(tc.s); got != tc.want {
			t.Errorf("%s: Fits = %v, want %v", tc.name, got, tc.want)
		}
	}
}

// folder makes a template folder of an installation's own.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "http"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "http/local-check.yaml", head+goodHTTP)
	if err := PinDir(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLoadDirRunsOnlyWhatWasApproved(t *testing.T) {
	dir := folder(t)
	c, err := LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.All()) != 1 || len(c.Approved()) != 0 {
		t.Errorf("%d templates, %d approved; want 1 and 0: nobody has approved it", len(c.All()), len(c.Approved()))
	}
	approve(t, dir)
	if c, err = LoadDir(dir); err != nil || len(c.Approved()) != 1 {
		t.Fatalf("%d approved, %v; want 1", len(c.Approved()), err)
	}
	ours, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	both, err := ours.With(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := both.ByID("local-check"); !ok || len(both.All()) != len(ours.All())+1 {
		t.Error("the local check is not in the joint catalogue")
	}
	_, err = both.With(c)
	wantRefusal(t, err, "http/local-check.yaml", "taken by")
	if _, ok := c.ByID("other"); ok {
		t.Error("found a template that is not there")
	}

	// Pinning again keeps what the reviewer wrote.
	if err := PinDir(dir); err != nil {
		t.Fatal(err)
	}
	if c, err = LoadDir(dir); err != nil || len(c.Approved()) != 1 {
		t.Errorf("after pinning again %d approved, %v; want 1", len(c.Approved()), err)
	}
}

func approve(t *testing.T, dir string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, PinFile))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("approved: false", "approved: true", `note: ""`, "note: reads one page").Replace(string(raw))
	write(t, dir, PinFile, text)
}

func TestLoadDirRefuses(t *testing.T) {
	for _, tc := range []struct {
		name       string
		change     func(t *testing.T, dir string)
		file, want string
	}{
		{"changed bytes", func(t *testing.T, dir string) {
			write(t, dir, "http/local-check.yaml", head+goodHTTP+"# one more line\n")
		}, "http/local-check.yaml", "not those that were reviewed"},
		{"no pin", func(t *testing.T, dir string) {
			write(t, dir, PinFile, "templates: []\n")
		}, "http/local-check.yaml", "has no pin"},
		{"name is not the id", func(t *testing.T, dir string) {
			write(t, dir, "http/other.yaml", head+goodHTTP)
		}, "http/other.yaml", "name the file after it"},
		{"in another protocol's folder", func(t *testing.T, dir string) {
			write(t, dir, "http/local-dns.yaml", strings.Replace(head, "local-check", "local-dns", 1)+goodDNS)
		}, "http/local-dns.yaml", "lies in the folder for http"},
		{"forbidden protocol", func(t *testing.T, dir string) {
			write(t, dir, "http/bad.yaml", head+"code:\n  - engine: [sh]\n")
		}, "http/bad.yaml", "asks for the code protocol"},
		{"too long", func(t *testing.T, dir string) {
			write(t, dir, "http/long.yaml", strings.Repeat("#", maxTemplate+1))
		}, "http/long.yaml", "bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := folder(t)
			approve(t, dir)
			tc.change(t, dir)
			c, err := LoadDir(dir)
			wantRefusal(t, err, tc.file, tc.want)
			if len(c.All()) != 0 {
				t.Error("an unsound folder gave templates")
			}
		})
	}
}

func TestLoadDirRefusesPins(t *testing.T) {
	for text, want := range map[string]string{
		"templates: [{id: gone, sha256: x}]":                  "which does not exist",
		"templates: [{id: a, sha256: x}, {id: a, sha256: x}]": "twice",
		"templates: [{id: a, sha256: x, approved: true}]":     "without a reviewer's note",
		"templates: [{id: a, sha256: x, aproved: true}]":      "does not parse",
		"templates: 7": "does not parse",
	} {
		dir := t.TempDir()
		write(t, dir, PinFile, text)
		_, err := LoadDir(dir)
		if err == nil || !errors.Is(err, inventory.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error = %v, want one with %q", text, err, want)
		}
	}
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		if _, err := LoadDir(dir); !errors.Is(err, inventory.ErrInvalid) || inventory.HintOf(err) == "" {
			t.Errorf("LoadDir(%s) = %v, want an input error with a hint", dir, err)
		}
	}
}

func TestPinDirWritesNothingOnError(t *testing.T) {
	dir := folder(t)
	before, err := os.ReadFile(filepath.Join(dir, PinFile))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "http/bad.yaml", head)
	wantRefusal(t, PinDir(dir), "http/bad.yaml", "asks for none of")
	after, err := os.ReadFile(filepath.Join(dir, PinFile))
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("the pins changed")
	}
}
