package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

var scheduleColumns = []column[wire.Schedule]{
	{name: "id", value: func(s wire.Schedule) string { return s.ID }},
	{name: "org_id", value: func(s wire.Schedule) string { return s.OrgID }},
	{name: "cron", value: func(s wire.Schedule) string { return s.Cron }},
	{name: "profile", value: func(s wire.Schedule) string { return s.Profile }},
	{name: "paused", value: func(s wire.Schedule) string { return yesNo(s.Paused) }},
	{name: "next_at", value: func(s wire.Schedule) string { return maybe(s.NextAt) }},
	{name: "last_slot", value: func(s wire.Schedule) string { return maybe(s.LastSlot) }},
	{name: "jitter", value: func(s wire.Schedule) string { return s.Jitter }, wide: true},
	{name: "misfire", value: func(s wire.Schedule) string { return s.Misfire }, wide: true},
}

func (a *app) scheduleCommand() *cobra.Command {
	var n wire.NewSchedule
	add := a.command("add --org ID --cron EXPRESSION --profile NAME", "Scan an organisation again and again", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			n.Profile, n.Misfire = word(n.Profile), word(n.Misfire)
			made, err := c.CreateSchedule(ctx, n)
			if err != nil {
				return err
			}
			return object(a, made, scheduleColumns)
		})
	f := add.Flags()
	f.StringVar(&n.OrgID, "org", "", "`ID` of the organisation")
	f.StringVar(&n.Cron, "cron", "", "`EXPRESSION`: minute hour day month weekday, such as 'CRON_TZ=Asia/Colombo 0 2 * * 1'")
	f.StringVar(&n.Profile, "profile", "", "`NAME`: ot, light, standard or intensive")
	f.StringVar(&n.Jitter, "jitter", "", "start up to this `LONG` after the slot, such as 10m")
	f.StringVar(&n.Misfire, "misfire", "", "`WORD`: once (when absent) runs the latest slot that nobody served, skip does not")

	var org string
	l := a.command("list", "List schedules", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		all, err := c.Schedules(ctx, org)
		if err != nil {
			return err
		}
		return list(a, all, scheduleColumns)
	})
	l.Flags().StringVar(&org, "org", "", "only those of this organisation (`ID`)")

	return a.group("schedule", "Scans at the moments of a cron expression",
		require(add, "org", "cron", "profile"), l,
		a.command("pause ID", "Pause a schedule", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
			s, err := c.PauseSchedule(ctx, args[0])
			if err != nil {
				return err
			}
			return object(a, s, scheduleColumns)
		}),
		a.command("resume ID", "Resume a schedule", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
			s, err := c.ResumeSchedule(ctx, args[0])
			if err != nil {
				return err
			}
			return object(a, s, scheduleColumns)
		}),
		a.scheduleRun(),
	)
}

func (a *app) scheduleRun() *cobra.Command {
	var w waiting
	run := a.command("run ID", "Run a schedule now, besides its slots", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			if err := w.check(); err != nil {
				return err
			}
			s, err := c.RunSchedule(ctx, args[0])
			if err != nil {
				return err
			}
			return a.afterStart(ctx, c, s, w)
		})
	w.flags(run)
	return run
}
