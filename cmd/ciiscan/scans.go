package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

var scanColumns = []column[wire.Scan]{
	{name: "id", value: func(s wire.Scan) string { return s.ID }},
	{name: "org_id", value: func(s wire.Scan) string { return s.OrgID }},
	{name: "asset_id", value: func(s wire.Scan) string { return s.AssetID }, wide: true},
	{name: "profile", value: func(s wire.Scan) string { return s.Profile }},
	{name: "trigger", value: func(s wire.Scan) string { return s.Trigger }},
	{name: "actor", value: func(s wire.Scan) string { return s.Actor }, wide: true},
	{name: "state", value: func(s wire.Scan) string { return s.State }},
	{name: "started_at", value: func(s wire.Scan) string { return maybe(s.StartedAt) }},
	{name: "finished_at", value: func(s wire.Scan) string { return maybe(s.FinishedAt) }},
	{name: "tasks", value: func(s wire.Scan) string { return taskText(s.Tasks) }},
	{name: "hosts", value: func(s wire.Scan) string { return number(s.Hosts) }},
	{name: "services", value: func(s wire.Scan) string { return number(s.Services) }},
	{name: "new", value: func(s wire.Scan) string { return number(s.Findings.New) }},
	{name: "open", value: func(s wire.Scan) string { return number(s.Findings.Open) }},
	{name: "fixed", value: func(s wire.Scan) string { return number(s.Findings.Fixed) }},
	{name: "skipped", value: skipText, wide: true},
	{name: "remarks", value: func(s wire.Scan) string { return remarkText(s.Remarks) }, wide: true},
	{name: "note", value: func(s wire.Scan) string { return s.Note }, wide: true},
}

var scanningColumns = []column[wire.Scanning]{
	{name: "stopped", value: func(s wire.Scanning) string { return yesNo(s.Stopped) }},
	{name: "reason", value: func(s wire.Scanning) string { return s.Reason }},
	{name: "by", value: func(s wire.Scanning) string { return s.By }},
	{name: "at", value: func(s wire.Scanning) string { return maybe(s.At) }},
}

// taskText is "12 of 14" with what did not go well.
func taskText(t wire.TaskCounts) string {
	text := fmt.Sprintf("%d of %d", t.Total-t.Queued-t.Running, t.Total)
	for _, c := range []struct {
		n    int
		word string
	}{{t.Partial, "partial"}, {t.Unreachable, "unreachable"}, {t.Blocked, "blocked"}, {t.Failed, "failed"}, {t.Cancelled, "cancelled"}} {
		if c.n > 0 {
			text += fmt.Sprintf(", %d %s", c.n, c.word)
		}
	}
	return text
}

func skipText(s wire.Scan) string {
	var out []string
	for _, k := range s.Skipped {
		out = append(out, skipLine(k))
	}
	if s.SkippedMore > 0 {
		out = append(out, fmt.Sprintf("and %d more", s.SkippedMore))
	}
	return strings.Join(out, "; ")
}

// remarkText is "2 addresses partial: 1 check did not run; ...".
func remarkText(remarks []wire.Remark) string {
	var out []string
	for _, r := range remarks {
		text := count(r.Addresses, "address", "addresses") + " " + r.Outcome
		if r.Reason != "" {
			text += ": " + r.Reason
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// skipLine names what was left out once, and why.
func skipLine(k wire.Skip) string {
	if strings.HasPrefix(k.Reason, k.What) {
		return k.Reason
	}
	return k.What + ": " + k.Reason
}

func (a *app) scanCommand() *cobra.Command {
	var org, why string
	l := a.command("list", "List scans", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		all, err := c.Scans(ctx, org)
		if err != nil {
			return err
		}
		return list(a, all, scanColumns)
	})
	l.Flags().StringVar(&org, "org", "", "only those of this organisation (`ID`)")

	cancel := a.command("cancel ID", "End a scan early", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		s, err := c.CancelScan(ctx, args[0], why)
		if err != nil {
			return err
		}
		return object(a, s, scanColumns)
	})
	cancel.Flags().StringVar(&why, "reason", "cancelled on the command line", "why, in a sentence")

	return a.group("scan", "Scans, and the switch that stops them all",
		a.scanRun(), l,
		a.command("show ID", "Show a scan", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
			s, err := c.Scan(ctx, args[0])
			if err != nil {
				return err
			}
			return object(a, s, scanColumns)
		}),
		cancel, a.scanPause(), a.scanResume(), a.scanStopAll(), a.scanAllow(),
		a.command("state", "Show the switch that stops all scanning", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
			s, err := c.Scanning(ctx)
			if err != nil {
				return err
			}
			return object(a, s, scanningColumns)
		}),
	)
}

func (a *app) scanPause() *cobra.Command {
	var why string
	pause := a.command("pause ID", "Let nothing more of a scan begin; what runs ends as it would", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			s, err := c.PauseScan(ctx, args[0], why)
			if err != nil {
				return err
			}
			return object(a, s, scanColumns)
		})
	pause.Flags().StringVar(&why, "reason", "paused on the command line", "why, in a sentence")
	return pause
}

func (a *app) scanResume() *cobra.Command {
	return a.command("resume ID", "Let a paused scan go on", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		s, err := c.ResumeScan(ctx, args[0])
		if err != nil {
			return err
		}
		return object(a, s, scanColumns)
	})
}

func (a *app) scanRun() *cobra.Command {
	var n wire.NewScan
	var w waiting
	run := a.command("run --org ID|--asset ID --profile NAME", "Scan an organisation or an asset now", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			if (n.OrgID == "") == (n.AssetID == "") {
				return invalid("--org", n.OrgID, "give either --org or --asset", "ciiscan org list and ciiscan asset list show the ids")
			}
			if err := w.check(); err != nil {
				return err
			}
			n.Profile = word(n.Profile)
			s, err := c.StartScan(ctx, n)
			if err != nil {
				return err
			}
			return a.afterStart(ctx, c, s, w)
		})
	f := run.Flags()
	f.StringVar(&n.OrgID, "org", "", "`ID` of the organisation to scan")
	f.StringVar(&n.AssetID, "asset", "", "`ID` of the one asset to scan")
	f.StringVar(&n.Profile, "profile", "standard", "`NAME`: ot, light, standard or intensive")
	w.flags(run)
	return run
}

func (a *app) scanStopAll() *cobra.Command {
	var why string
	stop := a.command("stop-all --reason TEXT", "End every running scan now and let none start", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			s, err := c.StopScanning(ctx, why)
			if err != nil {
				return err
			}
			a.say("running scans end within 10 seconds; ciiscan scan allow lets them start again")
			return object(a, s, scanningColumns)
		})
	stop.Flags().StringVar(&why, "reason", "", "why, in a sentence")
	return require(stop, "reason")
}

func (a *app) scanAllow() *cobra.Command {
	var why string
	allow := a.command("allow", "Let scans start again after stop-all", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			s, err := c.AllowScanning(ctx, why)
			if err != nil {
				return err
			}
			return object(a, s, scanningColumns)
		})
	allow.Flags().StringVar(&why, "reason", "allowed again on the command line", "why, in a sentence")
	return allow
}
