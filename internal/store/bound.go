package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// OperatorRole is the database role as which an organisation's own people are
// served; see migrations/0016_row_level_security.sql.
const OperatorRole = "ciiscan_operator"

// A boundPool is a pool of connections that each see one organisation at a
// time: the one of the identity for which they were taken from the pool.
type boundPool struct {
	pool *pgxpool.Pool
	sql  *sql.DB
	db   *gorm.DB
}

// openBound makes the pool. It connects when it is first used: workers, whose
// login may not become OperatorRole, serve nobody.
func (s *Store) openBound(ctx context.Context, url string, conns int) (*boundPool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, badURL()
	}
	setParams(cfg.ConnConfig)
	cfg.ConnConfig.RuntimeParams["role"] = OperatorRole
	cfg.ConnConfig.RuntimeParams["search_path"] = "bound,public"
	cfg.MaxConns, cfg.MinConns = int32(conns), 0
	cfg.PrepareConn = bind
	p := new(boundPool)
	if p.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, fmt.Errorf("make the pool of %s: %w", OperatorRole, err)
	}
	// The bridge keeps no connection between uses, and hands none from one
	// request to the next, as long as it may open any number: so that every
	// use passes bind. The pool below it sets the bound.
	p.sql = stdlib.OpenDBFromPool(p.pool)
	if p.db, err = s.gormOn(p.sql); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// Close ends all connections.
func (p *boundPool) Close() error {
	err := p.sql.Close()
	p.pool.Close()
	return err
}

// bind tells a connection whose it is, each time it is taken from the pool. A
// connection that cannot be told, or is not what it should be, is thrown away.
func bind(ctx context.Context, conn *pgx.Conn) (usable bool, err error) {
	org, _ := account.Limit(ctx) // of nobody is ""; which no row has
	var role string
	err = conn.QueryRow(ctx, "SELECT current_user FROM set_config('ciiscan.org', $1, false)", string(org)).Scan(&role)
	if err != nil {
		return false, fmt.Errorf("bind a connection to %q: %w", org, err)
	}
	return role == OperatorRole, nil // false has the pool take another
}

// asOwner is an Enqueuer for transactions of everybody. The queue belongs to
// no organisation: those who are bound to one may have a job put there by the
// store, and can neither read nor write it themselves.
type asOwner struct{ queue Enqueuer }

// step runs put with the rights of the installation, within tx. After an error
// the transaction is lost, and the role with it.
func step(ctx context.Context, tx *sql.Tx, put func() error) error {
	if _, limited := account.Limit(ctx); !limited {
		return put()
	}
	if _, err := tx.ExecContext(ctx, "SET LOCAL ROLE NONE"); err != nil {
		return fmt.Errorf("step up to the queue: %w", err)
	}
	if err := put(); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "SET LOCAL ROLE "+OperatorRole); err != nil {
		return fmt.Errorf("step down from the queue: %w", err)
	}
	return nil
}

func (q asOwner) EnqueueScan(ctx context.Context, tx *sql.Tx, priority, n int, notBefore time.Time) error {
	return step(ctx, tx, func() error { return q.queue.EnqueueScan(ctx, tx, priority, n, notBefore) })
}

func (q asOwner) EnsureScan(ctx context.Context, tx *sql.Tx, n int) error {
	return step(ctx, tx, func() error { return q.queue.EnsureScan(ctx, tx, n) })
}

func (q asOwner) EnqueueJudge(ctx context.Context, tx *sql.Tx, task inventory.TaskID) error {
	return step(ctx, tx, func() error { return q.queue.EnqueueJudge(ctx, tx, task) })
}

func (q asOwner) EnqueueDelivery(ctx context.Context, tx *sql.Tx, delivery int64) error {
	return step(ctx, tx, func() error { return q.queue.EnqueueDelivery(ctx, tx, delivery) })
}

func (q asOwner) EnqueuePoll(ctx context.Context, tx *sql.Tx, source exchange.SourceID) error {
	return step(ctx, tx, func() error { return q.queue.EnqueuePoll(ctx, tx, source) })
}

func (q asOwner) EnqueueMatch(ctx context.Context, tx *sql.Tx, inbound exchange.InboundID) error {
	return step(ctx, tx, func() error { return q.queue.EnqueueMatch(ctx, tx, inbound) })
}

func (q asOwner) EnqueueAnswer(ctx context.Context, tx *sql.Tx, inbound exchange.InboundID) error {
	return step(ctx, tx, func() error { return q.queue.EnqueueAnswer(ctx, tx, inbound) })
}

func (q asOwner) EnqueueEditions(ctx context.Context, tx *sql.Tx, editions []int64) error {
	return step(ctx, tx, func() error { return q.queue.EnqueueEditions(ctx, tx, editions) })
}

func (q asOwner) EnqueueNotice(ctx context.Context, tx *sql.Tx, notice int64) error {
	return step(ctx, tx, func() error { return q.queue.EnqueueNotice(ctx, tx, notice) })
}

func (q asOwner) EnqueueResetTold(ctx context.Context, tx *sql.Tx, account, by string, at time.Time) error {
	return step(ctx, tx, func() error { return q.queue.EnqueueResetTold(ctx, tx, account, by, at) })
}

func (q asOwner) Unblock(ctx context.Context, tx *sql.Tx) error {
	return step(ctx, tx, func() error { return q.queue.Unblock(ctx, tx) })
}
