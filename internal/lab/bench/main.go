// Bench measures CIIScan against its own tools used by hand, on the lab, in
// one run, and prints ratios, which travel between machines where seconds do
// not:
//
//	by hand    nmap over all hosts, then the nuclei engine over what it found
//	ciiscan    scan run for both operators, by a whole installation
//	recording  observations through the store against a bare COPY
//	matching   received documents with the register, against each with each
//	searching  released files for what must not be in them, likewise
//	reports    of a weekly run over a country, with the growth of memory
//	console    every page over that country, against its statements alone
//
// The last two also run by themselves: "bench reports", "bench console", with
// flags for the size. Both ways of scanning look at the same hosts, the same
// ports and with the same templates, at the same rates.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/ciiscan/ciiscan/internal/daemon"
	"github.com/ciiscan/ciiscan/internal/lab/drive"
	"github.com/ciiscan/ciiscan/scanner/nuclei/child"
)

const (
	// limit bounds the whole bench.
	limit = 90 * time.Minute
	// childArgument is how the nuclei engine starts this program as its child.
	childArgument = "nuclei-child"
)

func main() { os.Exit(daemon.Main("bench", run)) }

func run(ctx context.Context, args, _ []string, _, _ io.Writer) error {
	if len(args) == 1 && args[0] == childArgument {
		return child.Main(ctx, os.Stdin, os.Stdout)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p, err := drive.At("bench")
	if err != nil {
		return err
	}
	switch {
	case len(args) == 0:
		if err := drive.Fresh(ctx, p, "inside"); err != nil {
			return err
		}
		if err := recording(ctx, p); err != nil {
			return err
		}
		if err := exchanging(ctx, p); err != nil {
			return err
		}
		return country(ctx, p, nil, partReports, partConsole)
	case args[0] == partReports || args[0] == partConsole:
		return country(ctx, p, args[1:], args[0])
	case len(args) == 1 && args[0] == "inside": // what Fresh runs in the namespace
		return inside(ctx, p)
	}
	return errors.New("bench takes no arguments, or console or reports with flags")
}

// recording runs the store's own benchmarks and prints their ratio.
func recording(ctx context.Context, p drive.Places) error {
	cmd := exec.CommandContext(ctx, "go", "test", "./internal/store", "-run", "^$", "-bench", "^Benchmark(FinishTask|BareCopy)$", "-benchtime", "10x")
	cmd.Dir, cmd.Stderr = p.Root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("measure recording: %w\n%s", err, out)
	}
	rates, err := rowsPerSecond(string(out))
	if err != nil {
		return err
	}
	record, bare := rates["FinishTask"], rates["BareCopy"]
	fmt.Printf("\nrecording  %.0f rows/s, bare COPY %.0f rows/s: %.2f of it (aim: at least 0.50)\n", record, bare, record/bare)
	return nil
}
