package cycle

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ciiscan/ciiscan/internal/lab/drive"
	"github.com/ciiscan/ciiscan/internal/lab/netns"
	"github.com/ciiscan/ciiscan/scanner/enginetest"
)

// together is how many tests run at the same time, whatever the number of
// processors: a scan spends its time waiting.
const together = "5"

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if os.Getenv(drive.ProgramsVariable) != "" {
		return m.Run()
	}
	flag.Parse()
	root, err := drive.BuildPrograms()
	if err == nil {
		err = flag.Set("test.parallel", together)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cycle:", err)
		return 1
	}
	defer os.RemoveAll(root)
	if err := os.Setenv(drive.ProgramsVariable, root); err != nil {
		fmt.Fprintln(os.Stderr, "cycle:", err)
		return 1
	}
	return m.Run()
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
	return drive.Places{Root: os.Getenv(drive.ProgramsVariable), Dir: dir}
}
