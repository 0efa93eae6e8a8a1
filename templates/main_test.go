package templates_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/ciiscan/ciiscan/scanner/nuclei/child"
)

// childArg makes the test binary a nuclei child.
const childArg = "nuclei-child"

// TestMain runs the tests in a network namespace of their own, which holds
// nothing but the documentation prefixes.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == childArg:
		if err := child.Main(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case os.Getenv("CIISCAN_TEST_NAMESPACE") != "":
		os.Exit(m.Run())
	}
	flags := "-n"
	if os.Getuid() != 0 {
		flags = "-Urn"
	}
	script := `ip link set lo up && for net in 192.0.2 198.51.100 203.0.113; do ip addr add $net.0/24 dev lo; done && exec "$@"`
	cmd := exec.Command("unshare", append([]string{flags, "sh", "-c", script, "sh", os.Args[0]}, os.Args[1:]...)...)
	cmd.Env = append(os.Environ(), "CIISCAN_TEST_NAMESPACE=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		if exit := new(exec.ExitError); !errors.As(err, &exit) {
			fmt.Fprintln(os.Stderr, "no network namespace to test in:", err)
		}
		os.Exit(1)
	}
	os.Exit(0)
}
