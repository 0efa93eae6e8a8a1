package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
)

// ReapExchange writes the jobs of the exchange that are due and missing from
// the queue, whatever became of them: deliveries, polls and matching. It also
// stops what can no longer be delivered. It returns how many it looked after.
// Call it every few seconds from anywhere; two at a time do no harm.
func (s *Store) ReapExchange(ctx context.Context) (int, error) {
	due := 0
	err := s.work(ctx, func(tx *gorm.DB) error {
		now := s.now()
		if err := stopDeliveries(tx, now); err != nil {
			return err
		}
		args := map[string]any{"now": now, "n": healBatch}
		var deliveries []int64
		// A minute's grace: the job that was written with it may be about to run.
		err := tx.Raw(`
			SELECT num FROM (`+openDeliverySQL+`) AS open WHERE next_at < CAST(@now AS timestamptz) - interval '1 minute'
			ORDER BY next_at LIMIT @n`, args).Scan(&deliveries).Error
		if err != nil {
			return err
		}
		var sources []exchange.SourceID
		err = tx.Raw(`
			SELECT x.id FROM sources x JOIN teams t ON t.id = x.team_id
			WHERE NOT x.paused AND x.next_at <= @now AND t.state = 'confirmed' ORDER BY x.next_at LIMIT @n`, args).Scan(&sources).Error
		if err != nil {
			return err
		}
		var inbounds []exchange.InboundID
		err = tx.Raw(`
			SELECT id FROM inbounds
			WHERE state = 'accepted' AND matched_at IS NULL AND decided_at < CAST(@now AS timestamptz) - interval '1 minute'
				OR state = 'quarantined' AND document->>'format' = '' AND received_at < CAST(@now AS timestamptz) - interval '1 minute'
			ORDER BY num LIMIT @n`, args).Scan(&inbounds).Error
		if err != nil {
			return err
		}
		due = len(deliveries) + len(sources) + len(inbounds)
		for _, num := range deliveries {
			if err := s.enqueueDelivery(ctx, tx, num); err != nil {
				return err
			}
		}
		for _, id := range sources {
			if err := s.enqueuePoll(ctx, tx, id); err != nil {
				return err
			}
		}
		for _, id := range inbounds {
			if err := s.enqueueMatch(ctx, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("write missing jobs of the exchange: %w", err)
	}
	return due, nil
}
