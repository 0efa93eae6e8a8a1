package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// A figure is one line of the ledger, both directions side by side.
type figure struct{ what, given, received string }

var figureColumns = []column[figure]{
	{name: "what", value: func(f figure) string { return f.what }},
	{name: "given", value: func(f figure) string { return f.given }},
	{name: "received", value: func(f figure) string { return f.received }},
}

// A planRow is one line of the action plan's report.
type planRow struct{ theme, what, value string }

var planColumns = []column[planRow]{
	{name: "theme", value: func(r planRow) string { return r.theme }},
	{name: "what", value: func(r planRow) string { return r.what }},
	{name: "value", value: func(r planRow) string { return r.value }},
}

func figures(y wire.LedgerYear) []figure {
	g, r := y.Given, y.Received
	pair := func(what string, given, received int) figure { return figure{what, number(given), number(received)} }
	out := []figure{
		pair("advisories", g.Advisories, r.Documents), pair("updates", g.Updates, r.Updates), pair("withdrawn", g.Withdrawn, r.Withdrawn),
	}
	for _, c := range []string{"vulnerability", "exposure", "indicators", "incident", "statistics"} {
		if given, received := total(g.ByCategory, c), total(r.ByCategory, c); given+received > 0 {
			out = append(out, pair(c, given, received))
		}
	}
	return append(out,
		figure{"acknowledged (median)", spans(g.Acknowledge), spans(r.Acknowledge)},
		figure{"usefulness (mean of 5)", mean(g.Usefulness, g.Rated), mean(r.Usefulness, r.Rated)},
		pair("matched at the receiver", g.Matched, r.Matched),
		figure{"referrals", number(g.Referrals), ""}, figure{"refused by us", number(g.Refused), number(r.Rejected)},
		figure{"acknowledgement overdue", number(g.Overdue), ""}, figure{"withdrawals confirmed", number(g.Confirmed), ""},
		figure{"accepted", "", number(r.Accepted)}, figure{"in quarantine", "", number(r.Waiting)}, figure{"duplicates", "", number(r.Duplicates)},
		figure{"answered", "", number(r.Answered)}, figure{"affected here", "", number(r.Affected)}, figure{"assets fixed", "", number(r.Fixed)},
	)
}

func total(lines []wire.LedgerLine, category string) int {
	for _, l := range lines {
		if l.Category == category {
			return l.Total
		}
	}
	return 0
}

func spans(s wire.LedgerSpans) string {
	if s.Count == 0 {
		return "0"
	}
	return fmt.Sprintf("%d in %s", s.Count, s.Median.Round(time.Minute))
}

func mean(v float64, of int) string {
	if of == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f of %d", v, of)
}

func planRows(r wire.PlanReport) []planRow {
	var out []planRow
	for _, t := range r.Themes {
		theme := strings.ReplaceAll(t.Theme, "_", " ")
		for _, x := range t.Agreements {
			out = append(out, planRow{theme, "agreement " + x.ID, x.Reference + " (" + x.State + ")"})
		}
		for _, f := range t.Figures {
			v := ""
			switch f.Unit {
			case "count":
				v = number(f.Count)
			case "mean":
				v = fmt.Sprintf("%.1f", f.Mean)
			case "span":
				v = f.Span.Round(time.Minute).String()
			}
			out = append(out, planRow{theme, f.Label, v})
		}
	}
	return out
}

func (a *app) ledgerCommand() *cobra.Command {
	var year, planned client.Year
	ledger := yearCommand(a, &year, "ledger [--year YEAR] [--peer ID] [--out DIR]", "Count what passed in a year, both ways", (*client.Client).Ledger,
		func(y wire.LedgerYear) error { return list(a, figures(y), figureColumns) })
	ledger.Flags().StringVar(&year.Peer, "peer", "", "only with this peer (`ID`)")
	ledger.AddCommand(yearCommand(a, &planned, "plan [--year YEAR] [--out DIR]", "Show a year by the five themes of the action plan", (*client.Client).PlanReport,
		func(r wire.PlanReport) error { return list(a, planRows(r), planColumns) }))
	return ledger
}

// yearCommand makes a command of a year's report: as files into a folder, or
// in the format of -o.
func yearCommand[T any](a *app, y *client.Year, use, short string, do func(*client.Client, context.Context, client.Year) (client.File, error), show func(T) error) *cobra.Command {
	var out string
	cmd := a.command(use, short, cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		ask := *y
		switch {
		case out != "":
			ask.Formats, ask.Archive = wordList(y.Formats), true
		case a.output == "csv":
			ask.Formats = []string{"csv"}
		default:
			ask.Formats = []string{"json"}
		}
		f, err := do(c, ctx, ask)
		if err != nil {
			return err
		}
		if out != "" {
			files, err := unpack(f.Content, out)
			if err != nil {
				return err
			}
			return list(a, files, writtenColumns)
		}
		if a.output != "table" {
			_, err := a.stdout.Write(escapeControls(f.Content))
			return err
		}
		var report T
		if err := json.Unmarshal(f.Content, &report); err != nil {
			return fmt.Errorf("read the report: %w", err)
		}
		return show(report)
	})
	cmd.Flags().IntVar(&y.Year, "year", 0, "`YEAR`; this one when absent")
	cmd.Flags().StringVar(&out, "out", "", "write files into `DIR`, which is made when missing")
	cmd.Flags().StringSliceVar(&y.Formats, "format", []string{"html", "csv"}, "`WORDS` for --out: html, csv, json")
	return cmd
}
