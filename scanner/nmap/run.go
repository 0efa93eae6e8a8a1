package nmap

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"runtime"

	"github.com/Ullaakut/nmap/v3"
)

// run starts one nmap over addresses of one family and waits for its end. An
// error means that nothing of it counts.
func (e *Engine) run(ctx context.Context, args []string, addrs []netip.Addr) (output, error) {
	if err := ctx.Err(); err != nil {
		return output{}, err
	}
	line := []string{"--pdeathsig", "KILL", "--", e.path} // nmap must not outlive the worker
	line = append(line, args...)
	if addrs[0].Is6() {
		line = append(line, "-6")
	}
	for _, a := range addrs {
		line = append(line, a.String())
	}
	var doc bytes.Buffer
	scanner, err := nmap.NewScanner(ctx, nmap.WithBinaryPath(e.setpriv), nmap.WithCustomArguments(line...))
	if err != nil {
		return output{}, fmt.Errorf("start nmap: %w", err)
	}
	// The kernel sends the death signal when the thread ends that started the
	// child; it stays as long as this goroutine is locked to it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	e.log.Debug("nmap starts", "args", args, "addresses", len(addrs))
	run, warnings, err := scanner.Streamer(&doc).Run()
	switch {
	case ctx.Err() != nil:
		return output{}, fmt.Errorf("%w: %w", errInterrupted, context.Cause(ctx))
	case err != nil:
		return output{}, fmt.Errorf("nmap: %w%s", err, told(warnings))
	case run.Stats.Finished.Exit != "success":
		return output{}, fmt.Errorf("%w: its output has no proper end", errInterrupted)
	}
	return read(run, doc.Bytes())
}

// told shows nmap's last warning, where there is one.
func told(warnings *[]string) string {
	if warnings == nil || len(*warnings) == 0 {
		return ""
	}
	last := (*warnings)[len(*warnings)-1]
	return fmt.Sprintf(" (%.200q)", last)
}
