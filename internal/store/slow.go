package store

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// slow is what no statement should take.
const slow = 2 * time.Second

// slowLog is gorm's logger. It tells of slow statements, without their
// parameters, and of nothing else: errors are returned, not logged too.
type slowLog struct {
	logger.Interface // discards
	log              *slog.Logger
	told             func(sql string, took time.Duration) // or nil
}

// LogMode implements logger.Interface.
func (l slowLog) LogMode(logger.LogLevel) logger.Interface { return l }

// ParamsFilter keeps values out of the log, which has other readers than the
// database.
func (slowLog) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) { return sql, nil }

// Trace implements logger.Interface.
func (l slowLog) Trace(ctx context.Context, begin time.Time, statement func() (sql string, rows int64), _ error) {
	took := time.Since(begin)
	if l.told != nil {
		sql, _ := statement()
		l.told(sql, took)
	}
	if took >= slow {
		sql, rows := statement()
		l.log.WarnContext(ctx, "slow statement", "took", took, "rows", rows, "sql", sql)
	}
}
