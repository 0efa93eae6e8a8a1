package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/auth"
)

// countEvery is more often than the count of a nation becomes stale.
const countEvery = 10 * time.Minute

// keepCounted has the nation counted at the start, and again before that is
// stale: it takes seconds, for which nobody should wait.
func keepCounted(ctx context.Context, api *client.Client, every time.Duration, log *slog.Logger) error {
	ctx = auth.WithIdentity(ctx, auth.Identity{User: "ciiscand", Role: auth.Auditor})
	for {
		if _, err := api.Overview(ctx, nil); err != nil && ctx.Err() == nil {
			log.Warn("the nation was not counted; whoever opens the overview waits for it", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}
