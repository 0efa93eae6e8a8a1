package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/inbox"
)

// Poll fetches what is new at a source. It is a job. That a peer is down, or
// that a document cannot be had, is noted with the source, which is asked
// again at its next turn; what came is kept in any case.
func (d *Desk) Poll(ctx context.Context, id exchange.SourceID) error {
	src, err := d.Peers.Source(ctx, id)
	if err != nil || src.Paused {
		return err
	}
	team, err := d.Peers.Team(ctx, src.Team)
	if err != nil {
		return err
	}
	got, problem := d.Poller.Poll(ctx, src, team, func(ctx context.Context, a inbox.Arrival) error {
		for _, part := range inbox.Split(a) {
			if _, err := d.Receive(ctx, part); err != nil {
				return err
			}
		}
		return nil
	})
	if ctx.Err() != nil { // we stop; nothing is wrong with the source
		return ctx.Err()
	}
	if problem != nil {
		d.Log.Warn("source not read to its end", "source", id, "team", src.Team, "documents", got.Documents, "error", problem)
	} else if got.Documents > 0 {
		d.Log.Info("source read", "source", id, "team", src.Team, "documents", got.Documents)
	}
	if problem == nil && len(got.Notes) > 0 {
		problem = errors.New(strings.Join(got.Notes, "; "))
	}
	if err := d.Peers.PollDone(ctx, id, got.Cursor, problem); err != nil {
		return fmt.Errorf("poll %s: %w", id, err)
	}
	return nil
}
