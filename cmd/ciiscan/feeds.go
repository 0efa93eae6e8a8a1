package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// maxFeed is the largest feed file, in bytes; the server takes no more.
const maxFeed = 32 << 20

var feedColumns = []column[wire.FeedResult]{
	{name: "feed", value: func(r wire.FeedResult) string { return r.Feed }},
	{name: "cves", value: func(r wire.FeedResult) string { return strconv.Itoa(r.CVEs) }},
}

func (a *app) feedCommand() *cobra.Command {
	return a.group("feed", "What the world knows about CVEs, from files",
		a.command("import kev|epss FILE", "Import CISA's KEV catalogue (JSON) or FIRST's EPSS scores (CSV, CSV.gz)", cobra.ExactArgs(2),
			func(ctx context.Context, c *client.Client, args []string) error {
				content, _, err := readFile("FILE", args[1], maxFeed)
				if err != nil {
					return err
				}
				r, err := c.ImportFeed(ctx, word(args[0]), content)
				if err != nil {
					return err
				}
				return object(a, r, feedColumns)
			}))
}
