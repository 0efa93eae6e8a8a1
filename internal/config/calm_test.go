package config_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ciiscan/ciiscan/internal/config"
)

func TestLogKeepsCalm(t *testing.T) {
	const connect = "failed to connect to `user=u database=d`: no such file"
	for _, tt := range []struct {
		reason string
		log    func(l *slog.Logger, second int)
		lines  int    // in two minutes, of a record each second
		first  string // what the first says
		last   string // what the last says
	}{
		{"a database that is away, noticed by several parts", func(l *slog.Logger, i int) {
			l.Error("producer: Error fetching jobs", "err", connect, "queue", "scan")
			l.With("task", i).Warn("lease not renewed", "error", fmt.Errorf("renew: %w", errors.New(connect)))
			l.Error("leadership.Elector: Error attempting to elect", "attempt", i, "err", "FATAL: going down (SQLSTATE 57P01)")
			l.Error("notifier.Notifier: Error from notification wait", "err", "unexpected EOF")
		}, 2, "the database does not answer; the work waits for it\" hint=\"see whether PostgreSQL runs", "omitted=239"},
		{"one fault that lasts", func(l *slog.Logger, _ int) {
			l.Warn("not stored", "error", errors.New("disk full"))
		}, 2, "disk full", "omitted=59"},
		{"faults that differ", func(l *slog.Logger, i int) { l.Warn("not stored", "task", i) }, 120, "task=0", "task=119"},
		{"faults of parts that differ", func(l *slog.Logger, i int) { l.With("task", i).WithGroup("g").Warn("not stored") }, 120, "task=0", "task=119"},
		{"what is no warning", func(l *slog.Logger, _ int) { l.Info("scan started", "error", connect) }, 120, "scan started", "scan started"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out strings.Builder
			l := slog.New(config.Log{Format: "text"}.Handler(&out))
			for i := range 120 {
				tt.log(l, i)
				time.Sleep(time.Second)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if len(lines) != tt.lines || !strings.Contains(lines[0], tt.first) || !strings.Contains(lines[len(lines)-1], tt.last) {
				t.Errorf("%s: %d lines, want %d, the first with %q and the last with %q:\n%.500s", tt.reason, len(lines), tt.lines, tt.first, tt.last, out.String())
			}
		})
	}
}
