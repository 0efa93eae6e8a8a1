package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

const (
	pollFirst = 250 * time.Millisecond // then slower, up to pollLast
	pollLast  = 2 * time.Second
	// patience is how long a server may be away while we wait for a scan: it
	// may be on its way back up.
	patience = time.Minute
)

// waiting is how to go on after a scan has started.
type waiting struct {
	wait      bool
	failOn    string
	threshold inventory.Severity // of failOn, once checked
}

func (w *waiting) flags(c *cobra.Command) {
	c.Flags().BoolVar(&w.wait, "wait", false, "wait for its end; exit code 4 when part of it was not looked at")
	c.Flags().StringVar(&w.failOn, "fail-on", "", "with --wait: exit code 3 when a finding of this `SEVERITY` or worse is open")
}

// check refuses flags that make no sense, before anything is started.
func (w *waiting) check() (err error) {
	if w.failOn == "" {
		return nil
	}
	if !w.wait {
		return invalid("--fail-on", w.failOn, "needs --wait", "a scan's findings are known when it has ended")
	}
	w.threshold, err = inventory.ParseSeverity(w.failOn)
	return err
}

// afterStart shows a scan that has started and, if asked to, waits for it.
func (a *app) afterStart(ctx context.Context, c *client.Client, s wire.Scan, w waiting) error {
	if !ended(s.State) {
		a.warnStopped(ctx, c, s)
	}
	if !w.wait {
		if s.Tasks.Total == 0 {
			return errors.Join(object(a, s, scanColumns), a.judge(s))
		}
		a.say("%s has started; ciiscan scan show %s tells how it does", s.ID, s.ID)
		return object(a, s, scanColumns)
	}
	s, err := a.await(ctx, c, s)
	if err != nil {
		return err
	}
	if err := object(a, s, scanColumns); err != nil {
		return err
	}
	if err := a.judge(s); err != nil || w.threshold == "" {
		return err
	}
	return a.failOn(ctx, c, client.FindingFilter{Org: s.OrgID, Asset: s.AssetID}, w.threshold)
}

// warnStopped says why a scan does not begin while the switch is on. A server
// that does not tell is no reason to fail: the scan is stored.
func (a *app) warnStopped(ctx context.Context, c *client.Client, s wire.Scan) {
	if order, err := c.Scanning(ctx); err == nil && order.Stopped {
		a.say("%s waits: %s has stopped all scanning (%s); ciiscan scan allow lets it begin", s.ID, oneLine(order.By), oneLine(order.Reason))
	}
}

// await polls until the scan has ended.
func (a *app) await(ctx context.Context, c *client.Client, s wire.Scan) (wire.Scan, error) {
	bar := a.progressBar(s.Tasks.Total, "scan "+s.ID)
	defer bar.Close()
	pause, heard := pollFirst, a.now()
	for !ended(s.State) {
		select {
		case <-ctx.Done():
			bar.Close()
			a.say("%s goes on without us: ciiscan scan show %s looks at it, ciiscan scan cancel %s ends it", s.ID, s.ID, s.ID)
			return s, context.Cause(ctx)
		case <-time.After(pause):
		}
		pause = min(pause*3/2, pollLast)
		next, err := c.Scan(ctx, s.ID)
		switch {
		case err == nil:
			s, heard = next, a.now()
			bar.Set(s.Tasks.Total - s.Tasks.Queued - s.Tasks.Running)
		case ctx.Err() != nil: // told of above
		case !errors.Is(err, inventory.ErrUnavailable) || a.now().Sub(heard) > patience:
			return s, err
		}
	}
	return s, nil
}

func ended(state string) bool { return state != "queued" && state != "running" }

// judge says whether a scan that has ended is good enough for exit code 0.
func (a *app) judge(s wire.Scan) error {
	switch {
	case s.State == "complete":
		return nil
	case s.Tasks.Total == 0 && ended(s.State):
		code, hint := exitFailed, "see why with: ciiscan scan show "+s.ID
		if refused(s.Skipped) {
			code, hint = exitRefused, "see what is authorised with: ciiscan authorization list --org "+s.OrgID
		}
		return &outcome{code, fmt.Sprintf("%s looked at nothing: %s", s.ID, firstReason(s)), hint}
	case s.State == "partial":
		return &outcome{exitPartial, fmt.Sprintf("%s did not look at everything: %s", s.ID, taskText(s.Tasks)), "see why with: ciiscan scan show " + s.ID}
	case s.State == "cancelled":
		return &outcome{exitPartial, fmt.Sprintf("%s was cancelled: %s", s.ID, s.Note), ""}
	case s.State == "failed":
		return &outcome{exitFailed, fmt.Sprintf("%s failed: %s", s.ID, firstReason(s)), "ciiscan doctor says what is missing"}
	}
	return nil // still on its way
}

// refused tells whether consent alone kept everything from being scanned.
func refused(skipped []wire.Skip) bool {
	for _, k := range skipped {
		if !strings.Contains(k.Reason, inventory.ErrOutOfScope.Error()) {
			return false
		}
	}
	return len(skipped) > 0
}

func firstReason(s wire.Scan) string {
	if len(s.Skipped) > 0 {
		return skipLine(s.Skipped[0])
	}
	return s.Note
}

// failOn ends with exitFindings when a finding that nobody waived is open at
// or above a severity.
func (a *app) failOn(ctx context.Context, c *client.Client, f client.FindingFilter, threshold inventory.Severity) error {
	f.Detections = []string{string(inventory.Open), string(inventory.Reopened)}
	all, err := c.Findings(ctx, f)
	if err != nil {
		return err
	}
	n := worse(all, threshold)
	if n == 0 {
		return nil
	}
	return &outcome{exitFindings, fmt.Sprintf("%s of severity %s or worse", count(n, "open finding", "open findings"), threshold), "list them with: ciiscan finding list --detection present"}
}

// worse counts the open findings without a waiver at or above a severity.
func worse(all []wire.Finding, threshold inventory.Severity) int {
	n := 0
	for _, x := range all {
		open := inventory.Detection(x.Detection).Present() && x.Waiver == string(inventory.WaiverNone)
		if open && inventory.Severity(x.Severity).Rank() >= threshold.Rank() {
			n++
		}
	}
	return n
}

// A bar shows progress, or nothing when nobody looks.
type bar struct{ p *progressbar.ProgressBar }

// progressBar shows how many of total are done, on standard error.
func (a *app) progressBar(total int, what string) bar {
	if a.quiet || !a.progress && !a.isTerminal(a.stderr) || total == 0 {
		return bar{}
	}
	return bar{progressbar.NewOptions(total,
		progressbar.OptionSetWriter(a.stderr), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true), progressbar.OptionFullWidth(),
		progressbar.OptionSetPredictTime(false),
	)}
}

// Set shows that n are done.
func (b bar) Set(n int) {
	if b.p != nil {
		_ = b.p.Set(n) // a bar that cannot be drawn is no reason to stop
	}
}

// Close leaves the line to others.
func (b bar) Close() {
	if b.p != nil {
		_ = b.p.Exit()
	}
}
