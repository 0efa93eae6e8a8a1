package queue

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// grants let a role work the queue and keep house in it, and no more.
const grants = `
GRANT SELECT, INSERT, UPDATE, DELETE ON river_job, river_leader, river_queue, river_notification TO %[1]s;
GRANT USAGE ON SEQUENCE river_job_id_seq, river_notification_id_seq TO %[1]s;
GRANT SELECT ON river_migration TO %[1]s`

// Migrate brings River's tables at url to this program's version, and lets
// the role, which must exist, work the queue. The caller sees to it that
// nobody else migrates at the same time.
func Migrate(ctx context.Context, url, role string) error {
	pool, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return fmt.Errorf("make queue migrator: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate queue: %w", err)
	}
	if _, err := pool.Exec(ctx, fmt.Sprintf(grants, pgx.Identifier{role}.Sanitize())); err != nil {
		return fmt.Errorf("let %s work the queue: %w", role, err)
	}
	return nil
}
