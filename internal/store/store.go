package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// A Store is a pool of connections to one database. It is safe for use by
// several goroutines.
type Store struct {
	db       *gorm.DB
	pool     *sql.DB
	bound    *boundPool // for an organisation's own people
	clock    func() time.Time
	admit    []netip.Prefix
	orgTasks int
	enqueue  Enqueuer
	turn     chan struct{} // taken by who approves a release
	log      *slog.Logger  // of slow statements; what fails is returned
	told     func(sql string, took time.Duration)
	mail     notify.Outbox
}

// Options are a Store's settings; the zero value works for reading.
type Options struct {
	Now   func() time.Time // nil means time.Now
	Admit []netip.Prefix   // reserved prefixes that may be scanned (scan.allow_reserved)
	// OrgTasks is the most tasks of one organisation that run at a time; 0
	// means any number.
	OrgTasks int
	// Enqueue puts jobs on the queue in the transaction that makes them
	// necessary. Nil stores the work and leaves queueing to ReapTasks of a
	// Store that has one.
	Enqueue Enqueuer
	// Conns is the most connections to open; 0 means 10.
	Conns int
	Log   *slog.Logger // nil discards
	// Statement is told of every statement that was run, without its
	// parameters, and how long that took; for measuring. It may be nil.
	Statement func(sql string, took time.Duration)
	// Mail is what notices to operators have in common.
	Mail notify.Outbox
}

// An Enqueuer puts jobs on the queue within a transaction.
type Enqueuer interface {
	// EnqueueScan adds n tickets for scan work, none worked before notBefore.
	EnqueueScan(ctx context.Context, tx *sql.Tx, priority, n int, notBefore time.Time) error
	// EnsureScan adds tickets until at least n wait to be worked.
	EnsureScan(ctx context.Context, tx *sql.Tx, n int) error
	// EnqueueJudge adds the job that judges a task, unless it is there.
	EnqueueJudge(ctx context.Context, tx *sql.Tx, task inventory.TaskID) error
	// The jobs of the exchange are added unless they are there.
	EnqueueDelivery(ctx context.Context, tx *sql.Tx, delivery int64) error
	EnqueuePoll(ctx context.Context, tx *sql.Tx, source exchange.SourceID) error
	EnqueueMatch(ctx context.Context, tx *sql.Tx, inbound exchange.InboundID) error
	EnqueueAnswer(ctx context.Context, tx *sql.Tx, inbound exchange.InboundID) error
	// EnqueueEditions adds the jobs that make editions of reports, unless they
	// are there.
	EnqueueEditions(ctx context.Context, tx *sql.Tx, editions []int64) error
	// EnqueueNotice adds the job that sends a notice, unless it is there.
	EnqueueNotice(ctx context.Context, tx *sql.Tx, notice int64) error
	// EnqueueResetTold adds the job that tells somebody by mail that by reset
	// the account, unless they were told so often enough.
	EnqueueResetTold(ctx context.Context, tx *sql.Tx, account, by string, at time.Time) error
	// Unblock lets the queue go on where it waits only because a clock was
	// ahead that has been put back since.
	Unblock(ctx context.Context, tx *sql.Tx) error
}

// Open connects to the database at url, whose schema must be this program's;
// Migrate makes it so. A database that does not answer, or is behind, is
// inventory.ErrUnavailable.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	pool, err := connect(url)
	if err != nil {
		return nil, err
	}
	s := &Store{
		pool: pool, clock: opts.Now, admit: opts.Admit, orgTasks: opts.OrgTasks,
		enqueue: opts.Enqueue, log: opts.Log, told: opts.Statement, turn: make(chan struct{}, 1), mail: opts.Mail,
	}
	if s.clock == nil {
		s.clock = time.Now //nolint:forbidigo // where the clock comes from unless a test brings its own
	}
	if s.mail.Domain == "" {
		s.mail.Domain = "ciiscan.invalid"
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.enqueue == nil {
		s.enqueue = noQueue{}
	}
	s.enqueue = asOwner{s.enqueue}
	conns := opts.Conns
	if conns == 0 {
		conns = 10
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	s.db, err = s.gormOn(pool)
	if err == nil {
		err = checkVersion(ctx, pool)
	}
	if err == nil {
		s.bound, err = s.openBound(ctx, url, conns)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", closeAfter(pool, fault(err)))
	}
	return s, nil
}

// Close ends all connections.
func (s *Store) Close() error { return errors.Join(s.bound.Close(), s.pool.Close()) }

// now is the present in the resolution that the database keeps.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// gormOn is gorm on a pool.
func (s *Store) gormOn(pool *sql.DB) (*gorm.DB, error) {
	return gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{
		Logger:                 slowLog{logger.Discard, s.log, s.told},
		SkipDefaultTransaction: true, // tx is the door for writes
		NowFunc:                s.now,
		DisableAutomaticPing:   true,
	})
}

// connect makes a pool.
func connect(url string) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, badURL()
	}
	setParams(cfg)
	return stdlib.OpenDB(*cfg), nil
}

// setParams makes sessions count in UTC, and without just-in-time
// compilation, which costs short statements more than it saves.
func setParams(cfg *pgx.ConnConfig) {
	cfg.RuntimeParams["timezone"] = "UTC"
	cfg.RuntimeParams["jit"] = "off"
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "ciiscan"
	}
}

// badURL stands for the driver's error, which may quote the URL, and with it a
// password.
func badURL() error {
	return &inventory.InputError{
		Field: "database.url", Message: "not a PostgreSQL URL",
		Hint: "write it like postgres://user@host:5432/name",
	}
}

// closeAfter closes the pool because of err, which stays the error.
func closeAfter(pool *sql.DB, err error) error {
	if closing := pool.Close(); closing != nil {
		return fmt.Errorf("%w (and closing: %w)", err, closing)
	}
	return err
}

// tx is the only door for people's writes: change and its audit entry are one
// transaction. change may complete the entry with what is known only then,
// such as the id of a new object.
func (s *Store) tx(ctx context.Context, entry audit.Entry, change func(tx *gorm.DB, entry *audit.Entry) error) error {
	return s.work(ctx, func(tx *gorm.DB) error {
		if err := change(tx, &entry); err != nil {
			return err
		}
		return appendAudit(tx, entry, s.now())
	})
}

// work is a transaction of a machine's writes, which need no audit entry.
func (s *Store) work(ctx context.Context, change func(tx *gorm.DB) error) error {
	return fault(s.read(ctx).Transaction(change))
}

// read is a handle for reading, on which an organisation's own people see its
// rows and no others.
func (s *Store) read(ctx context.Context) *gorm.DB {
	if _, limited := account.Limit(ctx); limited {
		return s.bound.db.WithContext(ctx)
	}
	return s.db.WithContext(ctx)
}

// sqlTx is the transaction below gorm's, for the queue.
func sqlTx(tx *gorm.DB) (*sql.Tx, error) {
	t, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return nil, fmt.Errorf("not in a transaction but on a %T", tx.Statement.ConnPool)
	}
	return t, nil
}

// given adds a condition about v, where there is one.
func given[T ~string](q *gorm.DB, condition string, v T) *gorm.DB {
	if v == "" {
		return q
	}
	return q.Where(condition, v)
}

// one reads the single row of q, or says that the object is missing.
func one[R any, T ~string](q *gorm.DB, object string, id T) (R, error) {
	var rows []R
	if err := q.Limit(1).Find(&rows).Error; err != nil {
		var none R
		return none, fmt.Errorf("read %s %s: %w", object, id, fault(err))
	}
	if len(rows) == 0 {
		var none R
		return none, missing(object, id)
	}
	return rows[0], nil
}

// mapped turns rows into what they mean.
func mapped[R, V any](rows []R, of func(R) V) []V {
	out := make([]V, len(rows))
	for i, r := range rows {
		out[i] = of(r)
	}
	return out
}

// noQueue drops jobs: the tables say what is to be done, and ReapTasks and
// ReapExchange of a Store with a queue write the jobs that are missing.
type noQueue struct{}

func (noQueue) EnqueueScan(context.Context, *sql.Tx, int, int, time.Time) error { return nil }
func (noQueue) EnsureScan(context.Context, *sql.Tx, int) error                  { return nil }
func (noQueue) EnqueueJudge(context.Context, *sql.Tx, inventory.TaskID) error   { return nil }

func (noQueue) EnqueueDelivery(context.Context, *sql.Tx, int64) error            { return nil }
func (noQueue) EnqueuePoll(context.Context, *sql.Tx, exchange.SourceID) error    { return nil }
func (noQueue) EnqueueMatch(context.Context, *sql.Tx, exchange.InboundID) error  { return nil }
func (noQueue) EnqueueAnswer(context.Context, *sql.Tx, exchange.InboundID) error { return nil }
func (noQueue) EnqueueEditions(context.Context, *sql.Tx, []int64) error          { return nil }
func (noQueue) EnqueueNotice(context.Context, *sql.Tx, int64) error              { return nil }
func (noQueue) EnqueueResetTold(context.Context, *sql.Tx, string, string, time.Time) error {
	return nil
}
func (noQueue) Unblock(context.Context, *sql.Tx) error { return nil }
