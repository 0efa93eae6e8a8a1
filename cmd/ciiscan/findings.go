package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

var findingColumns = []column[wire.Finding]{
	{name: "id", value: func(f wire.Finding) string { return f.ID }},
	{name: "org_id", value: func(f wire.Finding) string { return f.OrgID }},
	{name: "asset_id", value: func(f wire.Finding) string { return f.AssetID }},
	{name: "address", value: func(f wire.Finding) string { return f.Address }},
	{name: "port", value: func(f wire.Finding) string { return number(f.Port) }},
	{name: "transport", value: func(f wire.Finding) string { return f.Transport }, wide: true},
	{name: "hostname", value: func(f wire.Finding) string { return f.Hostname }, wide: true},
	{name: "check", value: func(f wire.Finding) string { return f.Check }},
	{name: "title", value: func(f wire.Finding) string { return f.Title }},
	{name: "severity", value: func(f wire.Finding) string { return f.Severity }},
	{name: "kev", value: func(f wire.Finding) string { return yesNo(f.KEV) }, wide: true},
	{name: "detection", value: func(f wire.Finding) string { return f.Detection }},
	{name: "work", value: func(f wire.Finding) string { return f.Work }, wide: true},
	{name: "waiver", value: func(f wire.Finding) string { return f.Waiver }, wide: true},
	{name: "first_seen", value: func(f wire.Finding) string { return moment(f.FirstSeen) }, wide: true},
	{name: "last_seen", value: func(f wire.Finding) string { return moment(f.LastSeen) }, wide: true},
	{name: "last_tested", value: func(f wire.Finding) string { return maybe(f.LastTested) }, wide: true},
	{name: "not_tested", value: func(f wire.Finding) string { return f.NotTested }, wide: true},
	{name: "decision", value: func(f wire.Finding) string { return f.Decision }},
	{name: "decision_why", value: func(f wire.Finding) string { return f.DecisionWhy }, wide: true},
	{name: "due_at", value: func(f wire.Finding) string { return maybe(f.DueAt) }},
	{name: "evidence_id", value: func(f wire.Finding) string { return f.EvidenceID }, wide: true},
}

// detailColumns are a finding's, with what the check says.
func detailColumns() []column[wire.FindingDetail] {
	var out []column[wire.FindingDetail]
	for _, c := range findingColumns {
		out = append(out, column[wire.FindingDetail]{name: c.name, value: func(f wire.FindingDetail) string { return c.value(f.Finding) }})
	}
	about := func(name string, text func(wire.Check) string) column[wire.FindingDetail] {
		return column[wire.FindingDetail]{name: name, value: func(f wire.FindingDetail) string {
			if f.About == nil {
				return ""
			}
			return text(*f.About)
		}}
	}
	return append(out,
		about("why", func(c wire.Check) string { return c.Why }),
		about("fix", func(c wire.Check) string { return c.Fix }),
		about("references", func(c wire.Check) string { return strings.Join(c.References, " ") }),
	)
}

var eventColumns = []column[wire.FindingEvent]{
	{name: "at", value: func(e wire.FindingEvent) string { return moment(e.At) }},
	{name: "actor", value: func(e wire.FindingEvent) string { return e.Actor }},
	{name: "kind", value: func(e wire.FindingEvent) string { return e.Kind }},
	{name: "change", value: func(e wire.FindingEvent) string {
		if e.From == "" && e.To == "" {
			return ""
		}
		return e.From + " → " + e.To
	}},
	{name: "reason", value: func(e wire.FindingEvent) string { return e.Reason }},
}

func (a *app) findingCommand() *cobra.Command {
	return a.group("finding", "Weaknesses, from first sight to proof of their end",
		a.findingList(),
		a.command("show ID", "Show a finding, its life and what to do", cobra.ExactArgs(1),
			func(ctx context.Context, c *client.Client, args []string) error {
				f, err := c.Finding(ctx, args[0])
				if err != nil {
					return err
				}
				return a.showFinding(f)
			}),
		a.findingWaive(), a.findingWork(),
	)
}

func (a *app) showFinding(f wire.FindingDetail) error {
	if err := object(a, f, detailColumns()); err != nil || a.output != "table" {
		return err
	}
	return list(a, f.Events, eventColumns)
}

func (a *app) findingList() *cobra.Command {
	var filter client.FindingFilter
	var detections, severities []string
	var failOn string
	l := a.command("list", "List findings", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		var threshold inventory.Severity
		if failOn != "" {
			var err error
			if threshold, err = inventory.ParseSeverity(failOn); err != nil {
				return err
			}
		}
		filter.Detections, filter.Severities = present(wordList(detections)), wordList(severities)
		filter.Work, filter.Waiver = word(filter.Work), word(filter.Waiver)
		all, err := c.Findings(ctx, filter)
		if err != nil {
			return err
		}
		if err := list(a, all, findingColumns); err != nil || threshold == "" {
			return err
		}
		if n := worse(all, threshold); n > 0 {
			return &outcome{exitFindings, fmt.Sprintf("%s of severity %s or worse", count(n, "open finding", "open findings"), threshold), ""}
		}
		return nil
	})
	f := l.Flags()
	f.StringVar(&filter.Org, "org", "", "only those of this organisation (`ID`)")
	f.StringVar(&filter.Asset, "asset", "", "only those on this asset (`ID`)")
	f.StringVar(&filter.Check, "check", "", "only those of this check (`ID`)")
	f.StringSliceVar(&detections, "detection", nil, "only `WORDS`: open, back_again, fixed; present is open or back_again")
	f.StringSliceVar(&severities, "severity", nil, "only `WORDS`: info, low, medium, high, critical")
	f.StringVar(&filter.Work, "work", "", "only `WORD`: new, triaged, notified, acknowledged, in_progress")
	f.StringVar(&filter.Waiver, "waiver", "", "only `WORD`: none, false_positive, accepted_risk, compensating_control, disputed")
	f.StringVar(&failOn, "fail-on", "", "exit code 3 when one of this `SEVERITY` or worse is open and not waived")
	return l
}

// present spells out the word for what is believed to be there.
func present(words []string) []string {
	var out []string
	for _, w := range words {
		if w == "present" {
			out = append(out, string(inventory.Open), string(inventory.Reopened))
			continue
		}
		out = append(out, w)
	}
	return out
}

func (a *app) findingWaive() *cobra.Command {
	var n wire.NewWaiver
	var until string
	waive := a.command("waive ID --kind KIND --reason TEXT --until DATE", "Leave a finding open, with a reason and an end", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			n.Kind = word(n.Kind)
			if until != "" {
				t, err := parseTime("--until", until)
				if err != nil {
					return err
				}
				n.Until = &t
			}
			f, err := c.SetWaiver(ctx, args[0], n)
			if err != nil {
				return err
			}
			return a.showFinding(f)
		})
	waive.Flags().StringVar(&n.Kind, "kind", "", "`KIND`: false_positive, accepted_risk, compensating_control, disputed; none ends a waiver")
	waive.Flags().StringVar(&n.Reason, "reason", "", "why, in a sentence")
	waive.Flags().StringVar(&until, "until", "", "`DATE` on which it ends, at 00:00 UTC, a year ahead at most")
	return require(waive, "kind", "reason")
}

func (a *app) findingWork() *cobra.Command {
	var n wire.NewWork
	work := a.command("work ID STATE", "Say how far people are: new, triaged, notified, acknowledged, in_progress", cobra.ExactArgs(2),
		func(ctx context.Context, c *client.Client, args []string) error {
			n.Work = word(args[1])
			f, err := c.SetWork(ctx, args[0], n)
			if err != nil {
				return err
			}
			return a.showFinding(f)
		})
	work.Flags().StringVar(&n.Reason, "reason", "", "why, in a sentence")
	return work
}

func (a *app) evidenceCommand() *cobra.Command {
	return a.group("evidence", "What was sent to a service, and what came back",
		a.command("show ID", "Show evidence by the id that its finding names", cobra.ExactArgs(1),
			func(ctx context.Context, c *client.Client, args []string) error {
				e, err := c.Evidence(ctx, args[0])
				if err != nil {
					return err
				}
				if a.output != "table" {
					return object(a, e, evidenceColumns)
				}
				_, err = fmt.Fprintf(a.stdout, "--- request\n%s\n--- response\n%s\n", lines(e.Request), lines(e.Response))
				return err
			}))
}

var evidenceColumns = []column[wire.Evidence]{
	{name: "id", value: func(e wire.Evidence) string { return e.ID }},
	{name: "request", value: func(e wire.Evidence) string { return e.Request }},
	{name: "response", value: func(e wire.Evidence) string { return e.Response }},
}

// lines makes hostile text fit for a terminal, and keeps its lines.
func lines(s string) string {
	clean := inventory.CleanEvidence(inventory.Evidence{Response: []byte(s)})
	return string(clean.Response)
}

// days is a length of time in days, for people.
func days(d time.Duration) string { return fmt.Sprintf("%d days", int(d.Hours()/24)) }
