package store

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type sourceRow struct {
	Num          int64  `gorm:"->;default:(-)"`
	ID           string `gorm:"primaryKey;->;default:(-)"`
	TeamID       string
	Channel      string
	URL          string       `gorm:"column:url"`
	Hosts        list[string] `gorm:"type:jsonb"`
	APIKey       string       `gorm:"column:api_key"`
	UserName     string
	CA           string `gorm:"column:ca"`
	EverySeconds int64
	Paused       bool
	PollCursor   string
	LastTry      *time.Time
	LastGood     *time.Time
	LastError    string
	NextAt       time.Time
	CreatedAt    time.Time
}

func (sourceRow) TableName() string { return "sources" }

func (r sourceRow) source() exchange.Source {
	return exchange.Source{
		ID: exchange.SourceID(r.ID), Team: exchange.TeamID(r.TeamID), Channel: exchange.Channel(r.Channel), URL: r.URL, Hosts: r.Hosts,
		APIKey: r.APIKey, User: r.UserName, CA: r.CA, Every: time.Duration(r.EverySeconds) * time.Second, Paused: r.Paused,
		Cursor: r.PollCursor, LastTry: utc(r.LastTry), LastGood: utc(r.LastGood), LastError: r.LastError, NextAt: r.NextAt.UTC(),
		CreatedAt: r.CreatedAt.UTC(),
	}
}

// leastEvery is how often a source may be polled at most.
const leastEvery = 10 * time.Second

// CreateSource stores a feed of a team, to be polled from now on.
func (s *Store) CreateSource(ctx context.Context, who string, src exchange.Source) (exchange.Source, error) {
	if src.Every < leastEvery {
		return exchange.Source{}, &inventory.InputError{
			Field: "every", Value: src.Every.String(), Message: "too often", Hint: "use at least " + leastEvery.String() + "; 15m is usual",
		}
	}
	now := s.now()
	row := sourceRow{
		TeamID: string(src.Team), Channel: string(src.Channel), URL: src.URL, Hosts: src.Hosts, APIKey: src.APIKey, UserName: src.User,
		CA: src.CA, EverySeconds: int64(src.Every / time.Second), Paused: src.Paused, NextAt: now, CreatedAt: now,
	}
	entry := audit.Entry{Actor: who, Act: "source.create"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		entry.Detail = map[string]any{"team": src.Team, "channel": src.Channel, "url": src.URL, "hosts": src.Hosts}
		if src.Paused {
			return nil
		}
		return s.enqueuePoll(ctx, tx, exchange.SourceID(row.ID))
	})
	if err != nil {
		return exchange.Source{}, fmt.Errorf("create source of team %s: %w", src.Team, err)
	}
	return row.source(), nil
}

func (s *Store) enqueuePoll(ctx context.Context, tx *gorm.DB, id exchange.SourceID) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if err := s.enqueue.EnqueuePoll(ctx, t, id); err != nil {
		return fmt.Errorf("enqueue polling of source %s: %w", id, err)
	}
	return nil
}

// Source finds one, with its secret.
func (s *Store) Source(ctx context.Context, id exchange.SourceID) (exchange.Source, error) {
	row, err := one[sourceRow](s.read(ctx).Where("id = ?", id), "source", id)
	if err != nil {
		return exchange.Source{}, err
	}
	return row.source(), nil
}

// Sources lists a team's, or with "" everybody's, oldest first.
func (s *Store) Sources(ctx context.Context, team exchange.TeamID) ([]exchange.Source, error) {
	q := s.read(ctx)
	q = given(q, "team_id = ?", team)
	var rows []sourceRow
	if err := q.Order("num").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list sources: %w", fault(err))
	}
	return mapped(rows, sourceRow.source), nil
}

// PauseSource stops polling a source, or begins again.
func (s *Store) PauseSource(ctx context.Context, who string, id exchange.SourceID, paused bool) error {
	entry := audit.Entry{Actor: who, Act: "source.pause", Object: string(id), Detail: map[string]any{"paused": paused}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		return touchOne(tx.Exec("UPDATE sources SET paused = ?, next_at = ? WHERE id = ?", paused, s.now(), id), "source", id)
	})
	if err != nil {
		return fmt.Errorf("pause source %s: %w", id, err)
	}
	return nil
}

// PollSource asks to poll a source now, as soon as a job is free.
func (s *Store) PollSource(ctx context.Context, who string, id exchange.SourceID) error {
	entry := audit.Entry{Actor: who, Act: "source.poll", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		if err := touchOne(tx.Exec("UPDATE sources SET next_at = ? WHERE id = ?", s.now(), id), "source", id); err != nil {
			return err
		}
		return s.enqueuePoll(ctx, tx, id)
	})
	if err != nil {
		return fmt.Errorf("poll source %s: %w", id, err)
	}
	return nil
}

// PollDone notes how a poll ended, and when the next is due. With a problem
// the cursor stays where it was unless the poll got further. A problem is put
// into the audit log when it begins, when it becomes another and when it ends,
// and not at every turn.
func (s *Store) PollDone(ctx context.Context, id exchange.SourceID, cursor string, problem error) error {
	why := ""
	if problem != nil {
		why = inventory.CleanText(problem.Error(), 1000)
	}
	err := s.work(ctx, func(tx *gorm.DB) error {
		was, err := one[sourceRow](tx.Raw("SELECT * FROM sources WHERE id = ? FOR NO KEY UPDATE", id), "source", id)
		if err != nil {
			return err
		}
		err = tx.Exec(`
			UPDATE sources SET poll_cursor = CASE WHEN @cursor = '' THEN poll_cursor ELSE @cursor END, last_try = @now,
				last_good = CASE WHEN @why = '' THEN CAST(@now AS timestamptz) ELSE last_good END, last_error = @why,
				next_at = CAST(@now AS timestamptz) + make_interval(secs => every_seconds)
			WHERE id = @id`, map[string]any{"id": id, "cursor": cursor, "why": why, "now": s.now()}).Error
		if err != nil || sameTrouble(was.LastError, why) {
			return err
		}
		act := "source.fail"
		if why == "" {
			act = "source.recover"
		}
		return appendAudit(tx, audit.Entry{Actor: "inbox", Act: act, Object: string(id), Detail: map[string]any{"team": was.TeamID, "error": why}}, s.now())
	})
	if err != nil {
		return fmt.Errorf("note the end of a poll: %w", err)
	}
	return nil
}

// sameTrouble compares two errors without their numbers: ports and times are
// others in each.
func sameTrouble(a, b string) bool {
	words := func(s string) string {
		return strings.Map(func(c rune) rune {
			if unicode.IsDigit(c) {
				return -1
			}
			return c
		}, s)
	}
	return words(a) == words(b) && (a == "") == (b == "")
}

// NextBundle tells the sequence number of the next bundle to a team, from 1
// on, and the SHA-256 of the one before it.
func (s *Store) NextBundle(ctx context.Context, team exchange.TeamID) (seq int64, previous string, err error) {
	var rows []struct {
		Last   int64
		SHA256 string `gorm:"column:sha256"`
	}
	if err := s.read(ctx).Raw("SELECT last, sha256 FROM bundles_out WHERE team_id = ?", team).Find(&rows).Error; err != nil {
		return 0, "", fmt.Errorf("number a bundle for team %s: %w", team, fault(err))
	}
	for _, r := range rows {
		seq, previous = r.Last, r.SHA256
	}
	return seq + 1, previous, nil
}

// BundleWritten takes the sequence number of a bundle that was written. When
// another was faster it is inventory.ErrConflict, and the file is to be thrown
// away.
func (s *Store) BundleWritten(ctx context.Context, team exchange.TeamID, seq int64, sha256 string) error {
	done := s.read(ctx).Exec(`
		INSERT INTO bundles_out (team_id, last, sha256) SELECT @team, @seq, @sha WHERE @seq = 1 OR EXISTS (SELECT 1 FROM bundles_out WHERE team_id = @team)
		ON CONFLICT (team_id) DO UPDATE SET last = @seq, sha256 = @sha WHERE bundles_out.last = @seq - 1`,
		map[string]any{"team": team, "seq": seq, "sha": sha256})
	err := fault(done.Error)
	if err == nil && done.RowsAffected == 0 {
		err = fmt.Errorf("another bundle was packed meanwhile: %w", inventory.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("note bundle %d for team %s: %w", seq, team, err)
	}
	return nil
}

// SeenBundle notes that a team's bundle has come and was read to its end, and
// tells whether it came before and what is missing before it.
func (s *Store) SeenBundle(ctx context.Context, team exchange.TeamID, seq int64) (exchange.Bundle, error) {
	var b exchange.Bundle
	err := s.work(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("INSERT INTO bundles_in (team_id, seq, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", team, seq, s.now())
		if done.Error != nil {
			return done.Error
		}
		b.Again = done.RowsAffected == 0
		var seen []int64
		if err := tx.Raw("SELECT seq FROM bundles_in WHERE team_id = ? ORDER BY seq", team).Scan(&seen).Error; err != nil {
			return err
		}
		b.Missing = exchange.Gaps(seen)
		return nil
	})
	if err != nil {
		return exchange.Bundle{}, fmt.Errorf("note bundle %d of team %s: %w", seq, team, err)
	}
	return b, nil
}

// SeenBundles lists the sequence numbers of a team's bundles that have come,
// in order.
func (s *Store) SeenBundles(ctx context.Context, team exchange.TeamID) ([]int64, error) {
	var seen []int64
	if err := s.read(ctx).Raw("SELECT seq FROM bundles_in WHERE team_id = ? ORDER BY seq", team).Scan(&seen).Error; err != nil {
		return nil, fmt.Errorf("list bundles of team %s: %w", team, fault(err))
	}
	return seen, nil
}
