package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab/drive"
	"github.com/ciiscan/ciiscan/internal/lab/netns"
	"github.com/ciiscan/ciiscan/internal/lab/strangers"
	"github.com/ciiscan/ciiscan/scanner/enginetest"
)

func TestMain(m *testing.M) { os.Exit(prepared(m)) }

func prepared(m *testing.M) int {
	flag.Parse()
	if os.Getenv(drive.ProgramsVariable) != "" || testing.Short() {
		return m.Run()
	}
	root, err := drive.BuildPrograms()
	if err == nil {
		_, err = strangers.Gocsaf(context.Background())
	}
	if err == nil {
		err = os.Setenv(drive.ProgramsVariable, root)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "exchange:", err)
		return 1
	}
	defer os.RemoveAll(root)
	return m.Run()
}

// TestTwoCERTs is the demo, without anybody to look at it.
func TestTwoCERTs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes: two installations, a lab, and the programs of others")
	}
	if !enginetest.InNamespace(t) {
		return
	}
	if err := netns.RequirePrivate(); err != nil {
		t.Fatal(err)
	}
	p := places(t)
	tools, err := strangers.Gocsaf(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := newScenario(p, tools, t.Output())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		if err := stopAll(ctx, p); err != nil {
			t.Error(err)
		}
	})
	// What is left of the test's time has to be enough to stop what runs.
	end, ok := t.Deadline()
	if !ok {
		end = time.Now().Add(limit)
	}
	ctx, cancel := context.WithDeadline(t.Context(), end.Add(-time.Minute))
	defer cancel()
	if err := s.run(ctx); err != nil {
		t.Error(err)
	} else {
		for _, d := range differences(s.found) {
			t.Error(d)
		}
	}
	if t.Failed() {
		lastWords(t, s.alpha)
		lastWords(t, s.beta)
	}
}

// places makes a folder for both installations, with the programs beside.
func places(t *testing.T) drive.Places {
	t.Helper()
	root, dir := os.Getenv(drive.ProgramsVariable), t.TempDir()
	t.Chdir(root) // commands name files from there
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o711); err != nil { // PostgreSQL's own user has to pass through to its data
			t.Fatal(err)
		}
	}
	p := drive.Places{Root: root, Dir: dir}
	if err := os.Symlink(filepath.Join(root, "bin", "labd"), p.File("labd")); err != nil {
		t.Fatal(err)
	}
	return p
}

// lastWords shows the end of what an installation said.
func lastWords(t *testing.T, c *cert) {
	t.Helper()
	said, err := os.ReadFile(c.p.File("up.log"))
	if err != nil {
		t.Log(err)
		return
	}
	t.Logf("%s said at last:\n%s", c.name, said[max(0, len(said)-8000):])
}

func TestMeets(t *testing.T) {
	for _, c := range []struct {
		got, want string
		ok        bool
	}{
		{"fixed", "fixed", true},
		{"fixed", "affected", false},
		{"refused by another person", "…another person…", true},
		{"refused", "…another person…", false},
		{"a b c", "a…b…c", true},
		{"a c b", "a…b…c", false},
		{"confirmed", "confirmed, with…", false},
	} {
		if got := meets(c.got, c.want); got != c.ok {
			t.Errorf("meets(%q, %q) = %v, want %v", c.got, c.want, got, c.ok)
		}
	}
}

func TestDifferences(t *testing.T) {
	found := map[string]string{}
	for _, e := range expectations() {
		if _, twice := found[e.line]; twice {
			t.Errorf("the table has two lines %q", e.line)
		}
		found[e.line] = e.want
	}
	if d := differences(found); len(d) != 0 {
		t.Errorf("differences of the table from itself: %q", d)
	}
	line := expectations()[0].line
	delete(found, line)
	found["something else"] = "seen"
	if d := differences(found); len(d) != 2 {
		t.Errorf("differences = %q, want one for what is missing and one for what is new", d)
	}
}
