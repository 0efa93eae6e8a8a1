package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
)

// newsBatch bounds one read of events or findings.
const newsBatch = 1000

// settledAfter is how long a transaction may hide the events that it wrote. A
// judge job lasts no longer.
const settledAfter = 30 * time.Minute

// firstLook is how far back the first look of an installation goes.
const firstLook = 24 * time.Hour

const newsSQL = `
SELECT e.num AS event_num, e.at AS event_at, e.kind AS event_kind, e.from_value, e.to_value, f.*,
	EXISTS (SELECT 1 FROM checks c, jsonb_array_elements_text(c.cves) AS x (cve) JOIN cve_threats t ON t.cve = x.cve
		WHERE c.id = f.check_id AND t.kev) AS exploited
FROM finding_events e JOIN findings f ON f.id = e.finding_id
WHERE e.num > @floor AND e.kind IN ('opened', 'back_again', 'changed') AND f.detection <> 'fixed'
ORDER BY e.num LIMIT @n`

type newsRow struct {
	EventNum  int64
	EventAt   time.Time
	EventKind string
	FromValue string
	ToValue   string
	Exploited bool
	Row       findingRow `gorm:"embedded"`
}

func (r newsRow) news() notify.News {
	n := notify.News{Finding: r.Row.finding(), Exploited: r.Exploited}
	if r.EventKind != "" {
		n.Event = inventory.FindingEvent{
			Finding: n.Finding.ID, At: r.EventAt.UTC(), Kind: inventory.EventKind(r.EventKind), From: r.FromValue, To: r.ToValue,
		}
	}
	return n
}

type noticeClock struct {
	Floor, Mark int64
	MarkedAt    time.Time
}

// News implements notify.Book.
func (s *Store) News(ctx context.Context, at time.Time, do func(notify.News) error) error {
	clock, err := s.noticeClock(ctx, at)
	if err != nil {
		return fmt.Errorf("read how far events were read: %w", fault(err))
	}
	var last struct{ Num int64 } // before reading: what is written meanwhile comes again
	if err := s.read(ctx).Raw("SELECT coalesce(max(num), 0) AS num FROM finding_events").Scan(&last).Error; err != nil {
		return fmt.Errorf("count events: %w", fault(err))
	}
	for floor := clock.Floor; ; {
		var rows []newsRow
		if err := s.read(ctx).Raw(newsSQL, map[string]any{"floor": floor, "n": newsBatch}).Scan(&rows).Error; err != nil {
			return fmt.Errorf("read events: %w", fault(err))
		}
		for _, r := range rows {
			if err := do(r.news()); err != nil {
				return err
			}
		}
		if len(rows) < newsBatch {
			break
		}
		floor = rows[len(rows)-1].EventNum
	}
	if at.Sub(clock.MarkedAt) < settledAfter {
		return nil
	}
	// Of two at a time the first moves the marks.
	return fault(s.read(ctx).Exec("UPDATE notice_clock SET floor = mark, mark = ?, marked_at = ? WHERE marked_at = ?",
		last.Num, at, clock.MarkedAt).Error)
}

func (s *Store) noticeClock(ctx context.Context, at time.Time) (noticeClock, error) {
	err := s.read(ctx).Exec(`
		INSERT INTO notice_clock (floor, mark, marked_at)
		SELECT n, n, @at FROM (SELECT coalesce(max(num), 0) AS n FROM finding_events WHERE at < @from) AS old
		ON CONFLICT DO NOTHING`, map[string]any{"at": at, "from": at.Add(-firstLook)}).Error
	var clock noticeClock
	if err == nil {
		err = s.read(ctx).Raw("SELECT floor, mark, marked_at FROM notice_clock").Scan(&clock).Error
	}
	return clock, err
}

// NewlyExploited implements notify.Book. A finding is judged again only by its
// next scan; the feed's word counts at once.
func (s *Store) NewlyExploited(ctx context.Context, do func(notify.News) error) error {
	for after := int64(0); ; {
		var rows []newsRow
		err := s.read(ctx).Raw(`
			SELECT f.*, true AS exploited FROM findings f
			WHERE f.detection <> 'fixed' AND NOT f.kev AND f.num > @after
				AND f.check_id IN (SELECT c.id FROM checks c, jsonb_array_elements_text(c.cves) AS x (cve)
					JOIN cve_threats t ON t.cve = x.cve WHERE t.kev)
				AND NOT EXISTS (SELECT 1 FROM notice_items i WHERE i.object = f.id AND i.kind = 'alert' AND i.stage = 'kev')
			ORDER BY f.num LIMIT @n`, map[string]any{"after": after, "n": newsBatch}).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("list newly exploited findings: %w", fault(err))
		}
		for _, r := range rows {
			if err := do(r.news()); err != nil {
				return err
			}
		}
		if len(rows) < newsBatch {
			return nil
		}
		after = rows[len(rows)-1].Row.Num
	}
}

type noticeItemRow struct {
	Num       int64 `gorm:"primaryKey;->;default:(-)"`
	OrgID     string
	ContactID string
	Kind      string
	Object    string
	Stage     string
	DueAt     time.Time
	Held      bool
	NoticeNum *int64
	SettledAt *time.Time
}

func (noticeItemRow) TableName() string { return "notice_items" }

func (r noticeItemRow) waiting() notify.Waiting {
	return notify.Waiting{Num: r.Num, Held: r.Held, Item: notify.Item{
		Org: inventory.OrganizationID(r.OrgID), Contact: inventory.ContactID(r.ContactID), Kind: notify.Kind(r.Kind),
		Object: r.Object, Stage: r.Stage, Due: r.DueAt.UTC(),
	}}
}

// AddItems implements notify.Book.
func (s *Store) AddItems(ctx context.Context, items []notify.Item) error {
	if err := addItems(s.read(ctx), items); err != nil {
		return fmt.Errorf("note what is to be told: %w", fault(err))
	}
	return nil
}

func addItems(tx *gorm.DB, items []notify.Item) error {
	if len(items) == 0 {
		return nil
	}
	rows := mapped(items, func(i notify.Item) noticeItemRow {
		return noticeItemRow{
			OrgID: string(i.Org), ContactID: string(i.Contact), Kind: string(i.Kind), Object: i.Object, Stage: i.Stage, DueAt: i.Due.UTC(),
		}
	})
	return tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, newsBatch).Error
}

// Days implements notify.Book.
func (s *Store) Days(ctx context.Context) ([]notify.OrgDay, error) {
	var rows []struct{ ID, TimeZone, Day string }
	err := s.read(ctx).Raw(`
		SELECT o.id, o.time_zone, coalesce(to_char(d.day, 'YYYY-MM-DD'), '') AS day
		FROM organizations o LEFT JOIN notice_days d ON d.org_id = o.id ORDER BY o.num`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the organisations' days: %w", fault(err))
	}
	var out []notify.OrgDay
	for _, r := range rows {
		out = append(out, notify.OrgDay{Org: inventory.OrganizationID(r.ID), Zone: zoneOf(r.TimeZone), Day: r.Day})
	}
	return out, nil
}

// SetDay implements notify.Book.
func (s *Store) SetDay(ctx context.Context, org inventory.OrganizationID, day string) error {
	return fault(s.read(ctx).Exec(`
		INSERT INTO notice_days (org_id, day) VALUES (?, ?) ON CONFLICT (org_id) DO UPDATE SET day = excluded.day`, org, day).Error)
}

// Reminders implements notify.Book.
func (s *Store) Reminders(ctx context.Context, org inventory.OrganizationID, dueBy, seenBefore time.Time, do func(inventory.Finding) error) error {
	for after := int64(0); ; {
		var rows []findingRow
		err := s.read(ctx).Raw(`
			SELECT * FROM findings
			WHERE org_id = @org AND detection <> 'fixed' AND num > @after
				AND (due_at <= @due OR due_at IS NULL AND first_seen <= @seen)
			ORDER BY num LIMIT @n`,
			map[string]any{"org": org, "after": after, "due": dueBy.UTC(), "seen": seenBefore.UTC(), "n": newsBatch}).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("list what %s is to be reminded of: %w", org, fault(err))
		}
		for _, r := range rows {
			if err := do(r.finding()); err != nil {
				return err
			}
		}
		if len(rows) < newsBatch {
			return nil
		}
		after = rows[len(rows)-1].Num
	}
}

// Endings implements notify.Book. A permission that another one outlives is
// not about to end.
func (s *Store) Endings(ctx context.Context, org inventory.OrganizationID, by time.Time) (waivers, permissions map[string]time.Time, err error) {
	type ending struct {
		ID string
		At time.Time
	}
	read := func(sql string) (map[string]time.Time, error) {
		var rows []ending
		err := s.read(ctx).Raw(sql, map[string]any{"org": org, "now": s.now(), "by": by.UTC()}).Scan(&rows).Error
		out := map[string]time.Time{}
		for _, r := range rows {
			out[r.ID] = r.At.UTC()
		}
		return out, err
	}
	if waivers, err = read(`
		SELECT id, waiver_until AS at FROM findings
		WHERE org_id = @org AND detection <> 'fixed' AND waiver_until > @now AND waiver_until <= @by
		ORDER BY waiver_until LIMIT 1000`); err != nil {
		return nil, nil, fmt.Errorf("list waivers of %s that end: %w", org, fault(err))
	}
	if permissions, err = read(`
		SELECT a.id, a.valid_until AS at FROM authorizations a
		WHERE a.org_id = @org AND a.state = 'active' AND a.valid_until > @now AND a.valid_until <= @by
			AND NOT EXISTS (SELECT 1 FROM authorizations b WHERE b.org_id = a.org_id AND b.state = 'active'
				AND b.valid_until > a.valid_until AND b.prefixes @> a.prefixes AND b.names @> a.names)
		ORDER BY a.valid_until LIMIT 1000`); err != nil {
		return nil, nil, fmt.Errorf("list permissions of %s that end: %w", org, fault(err))
	}
	return waivers, permissions, nil
}

// Unconfirmed implements notify.Book.
func (s *Store) Unconfirmed(ctx context.Context, org inventory.OrganizationID, from, to time.Time) (map[string]inventory.ContactID, error) {
	var rows []struct {
		Week      string
		ContactID inventory.ContactID
	}
	err := s.read(ctx).Raw(`
		SELECT DISTINCT ON (week) letter->>'week' AS week, contact_id FROM notices
		WHERE org_id = @org AND kind = 'weekly' AND state = 'sent' AND sent_at BETWEEN @from AND @to
			AND (letter->'counts'->>'open')::bigint > 0
			AND NOT EXISTS (SELECT 1 FROM notices c WHERE c.org_id = @org AND c.kind = 'weekly' AND c.confirmed_at IS NOT NULL
				AND c.letter->>'week' = notices.letter->>'week')
			AND NOT EXISTS (SELECT 1 FROM report_editions e WHERE e.org_id = @org AND e.week = notices.letter->>'week' AND e.acknowledged_at IS NOT NULL)
		ORDER BY week, num`, map[string]any{"org": org, "from": from.UTC(), "to": to.UTC()}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list what %s did not confirm: %w", org, fault(err))
	}
	out := map[string]inventory.ContactID{}
	for _, r := range rows {
		out[r.Week] = r.ContactID
	}
	return out, nil
}

// WaitingContacts implements notify.Book.
func (s *Store) WaitingContacts(ctx context.Context) ([]notify.WaitingContact, error) {
	var rows []struct {
		ContactID, Zone string
		Alert           bool
	}
	err := s.read(ctx).Raw(`
		SELECT w.contact_id, w.alert, coalesce(nullif(c.time_zone, ''), o.time_zone, 'UTC') AS zone
		FROM (SELECT contact_id, bool_or(kind = 'alert') AS alert FROM notice_items WHERE settled_at IS NULL GROUP BY contact_id) AS w
		LEFT JOIN contacts c ON c.id = w.contact_id LEFT JOIN organizations o ON o.id = c.org_id
		ORDER BY w.alert DESC, w.contact_id`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list who waits to be told: %w", fault(err))
	}
	var out []notify.WaitingContact
	for _, r := range rows {
		out = append(out, notify.WaitingContact{ID: inventory.ContactID(r.ContactID), Zone: zoneOf(r.Zone), Alert: r.Alert})
	}
	return out, nil
}
