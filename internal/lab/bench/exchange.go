package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/ciiscan/ciiscan/internal/lab/drive"
)

// matters are the measures of the exchange with peers: a package's benchmark
// that runs its own baseline beside it, and the ratio that it reports.
var matters = []struct{ pkg, benchmark, unit, says string }{
	{"./exchange/match", "Match", "x-naive-services", "matching   1,000 documents with 100,000 services in %.1f s; %.0f times as fast as comparing each with each\n"},
	{"./exchange", "Leaks", "times-faster", "searching  six released files for 204,500 values in %.1f s; %.0f times as fast as one after the other\n"},
}

func exchanging(ctx context.Context, p drive.Places) error {
	for _, m := range matters {
		cmd := exec.CommandContext(ctx, "go", "test", m.pkg, "-run", "^$", "-bench", "^Benchmark"+m.benchmark+"$", "-benchtime", "3x")
		cmd.Dir, cmd.Stderr = p.Root, os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("measure %s: %w\n%s", m.benchmark, err, out)
		}
		nanoseconds, err := metric(string(out), m.benchmark, "ns/op")
		if err != nil {
			return err
		}
		ratio, err := metric(string(out), m.benchmark, m.unit)
		if err != nil {
			return err
		}
		fmt.Printf(m.says, nanoseconds/1e9, ratio)
	}
	return nil
}
