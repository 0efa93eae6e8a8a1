package drive

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ProgramsVariable names the folder of the programs under test. It is set by
// the first process of a test run, which builds them, for those that it starts
// in namespaces.
const ProgramsVariable = "CIISCAN_TEST_PROGRAMS"

// BuildPrograms builds the programs into a new folder, as make does, so that
// what is compiled is shared, and leaves out what only a debugger reads, which
// links quicker. The folder is the caller's to remove.
func BuildPrograms() (root string, err error) {
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
