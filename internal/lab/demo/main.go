// Demo runs CIIScan's main job on the lab, through the command line, and leaves
// an installation whose console is open to this machine's browsers:
//
//	demo start    a fresh installation beside a fresh lab; left running
//	demo stop     end what start left running
//
// Everything is in the folder var/demo. Start ends with exit code 1 when what
// was found and the truth differ in anything.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/ciiscan/ciiscan/internal/daemon"
	"github.com/ciiscan/ciiscan/internal/lab/drive"
)

// limit bounds the whole demo.
const limit = time.Hour

func main() { os.Exit(daemon.Main("demo", run)) }

func run(ctx context.Context, args, _ []string, _, _ io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p, err := drive.At("demo")
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "start":
		if err := drive.Fresh(ctx, p, "inside"); err != nil {
			return err
		}
		return open(ctx, p)
	case len(args) == 1 && args[0] == "stop":
		return drive.Stop(ctx, p)
	case len(args) == 1 && args[0] == "inside": // what start runs in the namespace
		return inside(ctx, p)
	}
	return errors.New("use: demo start, or demo stop")
}
