package cycle

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ciiscan/ciiscan/internal/lab/drive"
	"github.com/ciiscan/ciiscan/internal/lab/netns"
	"github.com/ciiscan/ciiscan/scanner/enginetest"
)

// programsVariable names the folder of the programs under test. It is set by
// the first process of a test run, which builds them, for those that it starts
// in namespaces.
const programsVariable = "CIISCAN_TEST_PROGRAMS"

// together is how many tests run at the same time, whatever the number of
// processors: a scan spends its time waiting.
const together = "5"

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if os.Getenv(programsVariable) != "" {
		return m.Run()
	}
	flag.Parse()
	root, err := build()
	if err == nil {
		err = flag.Set("test.parallel", together)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cycle:", err)
		return 1
	}
	defer os.RemoveAll(root)
	if err := os.Setenv(programsVariable, root); err != nil {
		fmt.Fprintln(os.Stderr, "cycle:", err)
		return 1
	}
	return m.Run()
}

// build builds the programs as make does, so that what is compiled is shared,
// and leaves out what only a debugger reads, which links quicker.
func build() (root string, err error) {
	if root, err = os.MkdirTemp("", "ciiscan-programs-"); err != nil {
		return "", err
	}
	const module = "github.com/ciiscan/ciiscan/"
	cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", filepath.Join(root, "bin")+"/",
		module+"cmd/ciiscan", module+"cmd/ciiscand", module+"cmd/ciiscan-worker", module+"internal/lab/labd")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	return root, nil
}

// alone reports whether this process is the one in a private network, where
// the calling test goes on; outside it must return.
func alone(t *testing.T) bool {
	t.Helper()
	if !enginetest.InNamespace(t) {
		return false
	}
	if err := netns.RequirePrivate(); err != nil {
		t.Fatal(err)
	}
	return true
}

// places makes a folder for one installation, with the programs beside.
func places(t *testing.T) drive.Places {
	t.Helper()
	dir := t.TempDir()
	// PostgreSQL's own user has to pass through to its data.
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	return drive.Places{Root: os.Getenv(programsVariable), Dir: dir}
}
