// Exchange runs two national CERTs on one machine, each with an installation
// of its own, and lets them share advisories by the command line only:
//
//	exchange start    two fresh installations beside a fresh lab; left running
//	exchange stop     end what start left running
//
// Alpha finds something in its country, asks its gate what may leave, and
// releases. Beta fetches, verifies, matches, rescans its own hosts and answers.
// Then Alpha withdraws, and then the agreement ends. Programs that nobody here
// wrote take part: gocsaf's provider is a source, and its downloader, checker
// and aggregator are receivers.
//
// Everything is in the folder var/exchange. Start ends with exit code 1 when
// anything differs from the table of what is expected. The same, in a folder
// of its own, is this package's test.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ciiscan/ciiscan/internal/daemon"
	"github.com/ciiscan/ciiscan/internal/lab/drive"
	"github.com/ciiscan/ciiscan/internal/lab/strangers"
)

// limit bounds the whole demo.
const limit = 30 * time.Minute

func main() { os.Exit(daemon.Main("exchange", run)) }

func run(ctx context.Context, args, _ []string, _, _ io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p, err := drive.At("exchange")
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "start":
		if _, err := strangers.Gocsaf(ctx); err != nil { // the inside has no way to the internet
			return err
		}
		if err := stopAll(ctx, p); err != nil {
			return err
		}
		return drive.Fresh(ctx, p, "inside")
	case len(args) == 1 && args[0] == "stop":
		return stopAll(ctx, p)
	case len(args) == 1 && args[0] == "inside": // what start runs in the namespace
		return inside(ctx, p)
	}
	return errors.New("use: exchange start, or exchange stop")
}

// stopAll ends both installations, and then the lab that they look at.
func stopAll(ctx context.Context, p drive.Places) error {
	for _, part := range []drive.Places{p.Within(alphaFolder), p.Within(betaFolder), p} {
		if err := drive.Stop(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// inside does everything in the namespace, and leaves it running unless an
// error ends it.
func inside(ctx context.Context, p drive.Places) error {
	tools, err := strangers.Gocsaf(ctx)
	if err != nil {
		return err
	}
	begun := time.Now()
	s := newScenario(p, tools, os.Stdout)
	if err := s.run(ctx); err != nil {
		// The stop must go through even when we were told to end.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Minute)
		defer cancel()
		return errors.Join(err, stopAll(ctx, p))
	}
	diffs := s.judge()
	s.farewell(time.Since(begun))
	if diffs > 0 {
		return fmt.Errorf("%d differences from what is expected", diffs)
	}
	return nil
}
