package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/reports/manifest"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

var reportRunColumns = []column[wire.ReportRun]{
	{name: "id", value: func(r wire.ReportRun) string { return r.ID }},
	{name: "week", value: func(r wire.ReportRun) string { return r.Week }},
	{name: "started_at", value: func(r wire.ReportRun) string { return moment(r.StartedAt) }},
	{name: "started_by", value: func(r wire.ReportRun) string { return r.StartedBy }},
	{name: "total", value: func(r wire.ReportRun) string { return number(r.Total) }},
	{name: "states", value: func(r wire.ReportRun) string { return tallies(r.States) }},
	{name: "flags", value: func(r wire.ReportRun) string { return tallies(r.Flags) }},
}

var reportColumns = []column[wire.Report]{
	{name: "id", value: func(r wire.Report) string { return r.ID }},
	{name: "run_id", value: func(r wire.Report) string { return r.RunID }, wide: true},
	{name: "kind", value: func(r wire.Report) string { return r.Kind }},
	{name: "organization", value: func(r wire.Report) string { return oneLine(r.OrgName) }},
	{name: "state", value: func(r wire.Report) string { return r.State }},
	{name: "flags", value: func(r wire.Report) string { return strings.Join(r.Flags, " ") }},
	{name: "findings", value: func(r wire.Report) string { return number(r.Figures.Findings) }},
	{name: "pdf", value: func(r wire.Report) string { return r.PDF }},
	{name: "problem", value: func(r wire.Report) string { return oneLine(r.Problem) }, wide: true},
	{name: "held_for", value: func(r wire.Report) string { return oneLine(r.HeldFor) }, wide: true},
	{name: "approved_by", value: func(r wire.Report) string { return r.ApprovedBy }, wide: true},
	{name: "sent_at", value: func(r wire.Report) string { return maybe(r.SentAt) }},
}

var reportDetailColumns = append(
	derived(reportColumns, func(r wire.ReportDetail) wire.Report { return r.Report }),
	column[wire.ReportDetail]{name: "note", value: func(r wire.ReportDetail) string { return oneLine(r.Note) }},
	column[wire.ReportDetail]{name: "version", value: func(r wire.ReportDetail) string { return number(r.Version) }},
	column[wire.ReportDetail]{name: "files", value: func(r wire.ReportDetail) string {
		return joined(r.Files, func(f wire.ReportFile) string { return f.Name + " sha256 " + f.SHA256 })
	}},
	column[wire.ReportDetail]{name: "deliveries", value: func(r wire.ReportDetail) string {
		return joined(r.Deliveries, func(d wire.ReportDelivery) string { return fmt.Sprintf("%d %s %s", d.Num, oneLine(d.Email), d.State) })
	}},
)

var reportOutcomeColumns = []column[wire.ReportOutcome]{
	{name: "id", value: func(o wire.ReportOutcome) string { return o.ID }},
	{name: "state", value: func(o wire.ReportOutcome) string { return o.State }},
	{name: "refused", value: func(o wire.ReportOutcome) string { return o.Refused }},
	{name: "hint", value: func(o wire.ReportOutcome) string { return o.Hint }},
}

// tallies are counts in one line, in the order of their words.
func tallies(counts map[string]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%s %d", k, counts[k]))
	}
	return strings.Join(out, ", ")
}

// runCommands are those of the weekly run.
func (a *app) runCommands() []*cobra.Command {
	return []*cobra.Command{
		a.reportRun(), a.reportRuns(), a.reportList(), a.reportShow(), a.reportGet(), a.reportNote(), a.reportRevise(), a.reportVerify(),
		a.reportAct("check", "Say that you looked at the flags, and that it is right"),
		a.reportAct("hold", "Keep reports back, for a reason"),
		a.reportAct("release", "Let held reports be looked at again"),
		a.reportAct("approve", "Approve reports to be sent; of a whole run those without a flag"),
		a.reportAct("unapprove", "Take approval back, until a report is sent"),
		a.reportAct("send", "Send approved reports to their operators' contacts"),
		a.reportAct("retry", "Make reports again whose making failed"),
	}
}

func (a *app) reportRun() *cobra.Command {
	var n wire.NewReportRun
	c := a.command("run", "Begin the week's run by hand, or add to it whom it lacks", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			r, err := c.StartReportRun(ctx, n)
			if err != nil {
				return err
			}
			return list(a, []wire.ReportRun{r}, reportRunColumns)
		})
	c.Flags().StringVar(&n.Week, "week", "", "`WEEK` like 2026-W47; the last seven days' when absent")
	return c
}

func (a *app) reportRuns() *cobra.Command {
	return a.command("runs", "List the weekly runs and how far they are", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			all, err := c.ReportRuns(ctx)
			if err != nil {
				return err
			}
			if all.NextAt != nil {
				a.say("the next run begins %s", maybe(all.NextAt))
			}
			return list(a, all.Items, reportRunColumns)
		})
}

func (a *app) reportList() *cobra.Command {
	var f client.ReportFilter
	c := a.command("list", "List the reports of runs", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		f.States = wordList(f.States)
		all, err := c.Reports(ctx, f)
		if err != nil {
			return err
		}
		return list(a, all, reportColumns)
	})
	flags := c.Flags()
	flags.StringVar(&f.Run, "run", "", "only those of this run (`ID`)")
	flags.StringVar(&f.Week, "week", "", "only those of this `WEEK`, like 2026-W47")
	flags.StringVar(&f.Kind, "kind", "", "`WORD`: operator, sector or national")
	flags.StringVar(&f.Org, "org", "", "only this organisation's (`ID`)")
	flags.StringVar(&f.Sector, "sector", "", "only this sector's (`WORD`)")
	flags.StringVar(&f.Flag, "flag", "", "only those with this flag (`WORD`); any for those with one at least")
	flags.StringSliceVar(&f.States, "state", nil, "only those in these states (`WORDS`)")
	return c
}

func (a *app) reportShow() *cobra.Command {
	return a.command("show ID", "Show a report with its files and who was told", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			r, err := c.Report(ctx, args[0])
			if err != nil {
				return err
			}
			return list(a, []wire.ReportDetail{r}, reportDetailColumns)
		})
}

func (a *app) reportGet() *cobra.Command {
	var out string
	c := a.command("get ID --out DIR", "Write a report's files, exactly as they were made", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			r, err := c.Report(ctx, args[0])
			if err != nil {
				return err
			}
			if err := os.MkdirAll(out, 0o750); err != nil {
				return invalid("--out", out, "cannot be made", reason(err))
			}
			files := []written{}
			for _, f := range r.Files {
				if !filepath.IsLocal(f.Name) || strings.ContainsAny(f.Name, `/\`) {
					return fmt.Errorf("read report: it names a file outside of its folder: %q", f.Name)
				}
				got, err := c.ReportFile(ctx, r.ID, f.Name)
				if err != nil {
					return err
				}
				path := filepath.Join(out, f.Name)
				if err := writeFile(path, got.Content); err != nil {
					return err
				}
				files = append(files, written{Path: path, Size: len(got.Content)})
			}
			return list(a, files, writtenColumns)
		})
	c.Flags().StringVar(&out, "out", ".", "write the files into `DIR`, which is made when missing")
	return c
}

func (a *app) reportAct(action, short string) *cobra.Command {
	d := wire.ReportDecision{Action: action}
	c := a.command(action+" [ID...] [--run ID]", short, cobra.ArbitraryArgs, func(ctx context.Context, c *client.Client, args []string) error {
		d.Reports = args
		out, err := c.DecideReports(ctx, d)
		if err != nil {
			return err
		}
		if err := list(a, out.Items, reportOutcomeColumns); err != nil {
			return err
		}
		if out.Refused > 0 {
			return &outcome{exitFailed, count(out.Refused, "report was", "reports were") + " refused", "see the hints above"}
		}
		return nil
	})
	c.Flags().StringVar(&d.Run, "run", "", "`ID` of a run: all of it on which this is possible")
	if action == "hold" {
		c.Flags().StringVar(&d.Reason, "reason", "", "why, in a sentence")
		return require(c, "reason")
	}
	return c
}

func (a *app) reportNote() *cobra.Command {
	var text string
	c := a.command("note ID --text TEXT", "Change the word to a report's reader; its files are made anew", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			r, err := c.Report(ctx, args[0])
			if err != nil {
				return err
			}
			if r, err = c.NoteReport(ctx, args[0], wire.ReportNote{Note: text, Version: r.Version}); err != nil {
				return err
			}
			return list(a, []wire.ReportDetail{r}, reportDetailColumns)
		})
	c.Flags().StringVar(&text, "text", "", "`TEXT` for the first page; empty takes it away")
	return require(c, "text")
}

func (a *app) reportRevise() *cobra.Command {
	var because string
	c := a.command("revise ID --reason TEXT", "Issue a report again, of data of now", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			r, err := c.ReviseReport(ctx, args[0], because)
			if err != nil {
				return err
			}
			return list(a, []wire.Report{r}, reportColumns)
		})
	c.Flags().StringVar(&because, "reason", "", "why; its reader sees it")
	return require(c, "reason")
}

// A verdict is what came of comparing a file with what was issued.
type verdict struct {
	File   string `json:"file"`
	Report string `json:"report"`
	IsName string `json:"is"` // the name under which it was issued
	SHA256 string `json:"sha256"`
	Signed string `json:"signed_by"`
}

var verdictColumns = []column[verdict]{
	{name: "file", value: func(v verdict) string { return v.File }},
	{name: "report", value: func(v verdict) string { return v.Report }},
	{name: "is", value: func(v verdict) string { return v.IsName }},
	{name: "signed_by", value: func(v verdict) string { return v.Signed }},
}

func (a *app) reportVerify() *cobra.Command {
	var sums, signature, key string
	c := a.local("verify FILE... --manifest FILE --key FILE", "Prove files without a server: by the list of hashes, its signature and the CERT's public key", cobra.MinimumNArgs(1),
		func(_ context.Context, args []string) error {
			m, by, err := a.openManifest(sums, signature, key)
			if err != nil {
				return err
			}
			var out []verdict
			for _, file := range args {
				sum, err := hashFile(file)
				if err != nil {
					return err
				}
				name, ok := m.Find(sum)
				if !ok {
					return &outcome{exitFailed, fmt.Sprintf("%s is not of report %s as it was issued", file, m.Report), "do not rely on it; get it again from the portal"}
				}
				out = append(out, verdict{file, m.Report, name, sum, by})
			}
			return list(a, out, verdictColumns)
		})
	f := c.Flags()
	f.StringVar(&sums, "manifest", "", "`FILE` that ends in .sha256")
	f.StringVar(&signature, "signature", "", "`FILE` with its signature; the manifest's name with .asc when absent")
	f.StringVar(&key, "key", "", "`FILE` with the public key of the CERT, which you know to be theirs")
	return require(c, "manifest", "key")
}

// openManifest reads a manifest, and says by whose key it is signed.
func (a *app) openManifest(sums, signature, key string) (manifest.Manifest, string, error) {
	if signature == "" {
		signature = sums + ".asc"
	}
	var texts [3][]byte
	for i, of := range []struct{ flag, name string }{{"--manifest", sums}, {"--signature", signature}, {"--key", key}} {
		b, err := os.ReadFile(of.name)
		if err != nil {
			return manifest.Manifest{}, "", invalid(of.flag, of.name, "cannot be read", reason(err))
		}
		texts[i] = b
	}
	m, err := manifest.Parse(texts[0])
	if err != nil {
		return m, "", err
	}
	info, err := pgp.Inspect(string(texts[2]), a.now())
	if err != nil {
		return m, "", err
	}
	result := pgp.Verify(texts[0], texts[1], []pgp.PinnedKey{{Fingerprint: info.Fingerprint, Armored: string(texts[2])}}, a.now())
	if result.Status != pgp.Good {
		return m, "", &outcome{exitFailed, "the list of hashes is not proved: " + result.Why, "do not rely on it; get it again from the portal"}
	}
	return m, info.Fingerprint + " at " + result.SignedAt.UTC().Format(time.RFC3339), nil
}

func hashFile(name string) (sum string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", invalid("file", name, "cannot be read", reason(err))
	}
	defer func() { _ = f.Close() }() // was only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", invalid("file", name, "cannot be read", reason(err))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
