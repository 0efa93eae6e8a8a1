package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/audit"
)

type deliveryRow struct {
	Num         int64 `gorm:"primaryKey;->;default:(-)"`
	ReleaseID   string
	TeamID      string
	Channel     string
	State       string
	Attempts    int
	NextAt      time.Time
	LastError   string
	DeliveredAt *time.Time
	AckBy       *time.Time
	AckAt       *time.Time
}

func (deliveryRow) TableName() string { return "deliveries" }

func (r deliveryRow) delivery() exchange.Delivery {
	return exchange.Delivery{
		Num: r.Num, Release: exchange.ReleaseID(r.ReleaseID), Team: exchange.TeamID(r.TeamID), Channel: exchange.Channel(r.Channel),
		State: exchange.DeliveryState(r.State), Attempts: r.Attempts, NextAt: r.NextAt.UTC(), LastError: r.LastError,
		DeliveredAt: utc(r.DeliveredAt), AckBy: utc(r.AckBy), AckAt: utc(r.AckAt),
	}
}

// addDeliveries makes the duties to bring a release to its team, one for each
// channel, and the jobs for those that we send. A referral waits at no door.
func (s *Store) addDeliveries(ctx context.Context, tx *gorm.DB, c releaseCase) error {
	if c.agreement == nil {
		return nil
	}
	var ackBy *time.Time
	if hours := c.agreement.Give.AckHours; hours > 0 {
		by := c.at.Add(time.Duration(hours) * time.Hour)
		ackBy = &by
	}
	var rows []deliveryRow
	channels := slices.Clone(c.row.Channels)
	slices.Sort(channels)
	for _, channel := range slices.Compact(channels) {
		row := deliveryRow{
			ReleaseID: c.row.ID, TeamID: string(c.agreement.Team), Channel: string(channel), State: string(exchange.DeliveryQueued),
			NextAt: c.at, AckBy: ackBy,
		}
		switch {
		case channel.Pull() && c.row.Referral:
			continue
		case channel.Pull() || channel == exchange.ChannelBundle: // until it is fetched, or packed
			row.State = string(exchange.DeliveryAvailable)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Create(&rows).Error; err != nil {
		return err
	}
	for _, row := range rows {
		if row.State == string(exchange.DeliveryQueued) {
			if err := s.enqueueDelivery(ctx, tx, row.Num); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) enqueueDelivery(ctx context.Context, tx *gorm.DB, num int64) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if err := s.enqueue.EnqueueDelivery(ctx, t, num); err != nil {
		return fmt.Errorf("enqueue delivery %d: %w", num, err)
	}
	return nil
}

// stopDeliveriesSQL stops what was not delivered before its agreement ended
// for good. One that is suspended may go on.
const stopDeliveriesSQL = `
UPDATE deliveries d SET state = 'stopped', last_error = 'the agreement has ended'
FROM releases r JOIN agreements g ON g.id = r.agreement_id
WHERE r.id = d.release_id AND d.state IN ('queued', 'available')
	AND (g.state IN ('terminated', 'expired') OR g.expires_at <= ?)`

func stopDeliveries(tx *gorm.DB, now time.Time) error {
	return tx.Exec(stopDeliveriesSQL, now).Error
}

// openDeliverySQL selects deliveries whose team and agreement let something
// out now.
const openDeliverySQL = openReleaseSQL + " AND d.state = 'queued'"

const openReleaseSQL = `
SELECT d.* FROM deliveries d
JOIN releases r ON r.id = d.release_id JOIN agreements g ON g.id = r.agreement_id JOIN teams t ON t.id = d.team_id
WHERE t.state = 'confirmed' AND ` + activeSQL

// TakeDelivery returns a delivery that is to be made now. False means that it
// is not: it was made, or its agreement does not let it out at this moment.
// If it ever does again, ReapExchange sees to it.
func (s *Store) TakeDelivery(ctx context.Context, num int64) (exchange.Delivery, bool, error) {
	var rows []deliveryRow
	err := s.read(ctx).Raw(openDeliverySQL+" AND d.num = @num", map[string]any{"now": s.now(), "num": num}).Find(&rows).Error
	if err != nil {
		return exchange.Delivery{}, false, fmt.Errorf("take delivery %d: %w", num, fault(err))
	}
	if len(rows) == 0 {
		return exchange.Delivery{}, false, nil
	}
	return rows[0].delivery(), true, nil
}

// DueDeliveries lists what we are to send by now, the longest due first.
func (s *Store) DueDeliveries(ctx context.Context, at time.Time, n int) ([]exchange.Delivery, error) {
	var rows []deliveryRow
	err := s.read(ctx).Raw(openDeliverySQL+" AND d.next_at <= @now ORDER BY d.next_at, d.num LIMIT @n",
		map[string]any{"now": at.UTC(), "n": n}).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list due deliveries: %w", fault(err))
	}
	return mapped(rows, deliveryRow.delivery), nil
}

// WaitingDeliveries lists what waits for a team on a channel, such as for the
// next bundle that somebody carries, and may be let out now; the first first.
func (s *Store) WaitingDeliveries(ctx context.Context, team exchange.TeamID, channel exchange.Channel) ([]exchange.Delivery, error) {
	var rows []deliveryRow
	err := s.read(ctx).Raw(openReleaseSQL+" AND d.state = 'available' AND d.team_id = @team AND d.channel = @channel ORDER BY d.num",
		map[string]any{"now": s.now(), "team": team, "channel": channel}).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list what waits for team %s on %s: %w", team, channel, fault(err))
	}
	return mapped(rows, deliveryRow.delivery), nil
}

// Delivered notes that a delivery was made, as detail says.
func (s *Store) Delivered(ctx context.Context, num int64, detail string) error {
	now := s.now()
	err := s.work(ctx, func(tx *gorm.DB) error {
		row, err := one[deliveryRow](tx.Raw("SELECT * FROM deliveries WHERE num = ? FOR UPDATE", num), "delivery", fmt.Sprint(num))
		if err != nil || row.DeliveredAt != nil {
			return err
		}
		err = tx.Exec(`
			UPDATE deliveries SET state = CASE WHEN ack_at IS NULL THEN 'delivered' ELSE 'confirmed' END,
				attempts = attempts + 1, delivered_at = ?, last_error = '' WHERE num = ?`, now, num).Error
		if err != nil {
			return err
		}
		return s.witness(tx, exchange.Receipt{
			Release: exchange.ReleaseID(row.ReleaseID), Team: exchange.TeamID(row.TeamID), Channel: exchange.Channel(row.Channel),
			Kind: exchange.ReceiptSent, At: now, Detail: detail,
		})
	})
	if err != nil {
		return fmt.Errorf("note delivery %d as made: %w", num, err)
	}
	return nil
}

// DeliveryFailed notes why an attempt failed. The next is due after as long
// as the queue waits: from 30 seconds to 6 hours.
func (s *Store) DeliveryFailed(ctx context.Context, num int64, cause error) error {
	done := s.read(ctx).Exec(`
		UPDATE deliveries SET attempts = attempts + 1, last_error = left(@why, 1000),
			next_at = CAST(@now AS timestamptz) + least(interval '6 hours', interval '30 seconds' * power(2, least(attempts, 20)))
		WHERE num = @num AND state = 'queued'`, map[string]any{"num": num, "why": cause.Error(), "now": s.now()})
	if done.Error != nil {
		return fmt.Errorf("note that delivery %d failed: %w", num, fault(done.Error))
	}
	return nil
}

// Deliveries lists a release's, by channel.
func (s *Store) Deliveries(ctx context.Context, id exchange.ReleaseID) ([]exchange.Delivery, error) {
	var rows []deliveryRow
	if err := s.read(ctx).Where("release_id = ?", id).Order("channel").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list deliveries of release %s: %w", id, fault(err))
	}
	return mapped(rows, deliveryRow.delivery), nil
}

// Overdue lists the deliveries that their receivers should have acknowledged
// by then, the longest overdue first, as long as anybody is reminded of them.
// Once a release is acknowledged over any
// channel, none of its deliveries is overdue.
func (s *Store) Overdue(ctx context.Context, at time.Time) ([]exchange.Delivery, error) {
	var rows []deliveryRow
	err := s.read(ctx).Where("ack_by < ? AND ack_by > ? AND ack_at IS NULL AND state <> 'stopped'", at.UTC(), exchange.RemindedSince(at)).Order("ack_by, num").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list overdue acknowledgements: %w", fault(err))
	}
	return mapped(rows, deliveryRow.delivery), nil
}

type receiptRow struct {
	Num        int64 `gorm:"primaryKey;->;default:(-)"`
	ReleaseID  string
	TeamID     *exchange.TeamID
	Channel    string
	Kind       string
	At         time.Time
	Credential string
	Path       string
	Detail     string
}

func (receiptRow) TableName() string { return "receipts" }

func (r receiptRow) receipt() exchange.Receipt {
	return exchange.Receipt{
		Release: exchange.ReleaseID(r.ReleaseID), Team: value(r.TeamID), Channel: exchange.Channel(r.Channel),
		Kind: exchange.ReceiptKind(r.Kind), At: r.At.UTC(), Credential: r.Credential, Path: r.Path, Detail: r.Detail,
	}
}

// KeepReceipt keeps evidence that a release arrived, now unless it says when.
// Of the fetches of one file by one credential the first is kept. A fetch
// makes the channel's delivery; an acknowledgement confirms all of the
// release's deliveries to the team that were made.
func (s *Store) KeepReceipt(ctx context.Context, r exchange.Receipt) error {
	if r.At.IsZero() {
		r.At = s.now()
	}
	if err := s.work(ctx, func(tx *gorm.DB) error { return s.witness(tx, r) }); err != nil {
		return fmt.Errorf("keep receipt of release %s: %w", r.Release, err)
	}
	return nil
}

// witness confirms a receipt and, when it is news of a team, puts it into the
// audit log, which is locked from then on: nothing else is to follow.
func (s *Store) witness(tx *gorm.DB, r exchange.Receipt) error {
	fresh, err := confirm(tx, r)
	if err != nil || !fresh || r.Team == "" {
		return err
	}
	return appendAudit(tx, audit.Entry{Actor: string(r.Team), Act: "release.receipt", Object: string(r.Release), Detail: map[string]any{
		"kind": r.Kind, "channel": r.Channel, "credential": r.Credential, "path": r.Path,
	}}, s.now())
}

// confirm adds a receipt and moves the deliveries that it proves. It tells
// whether the receipt is new.
func confirm(tx *gorm.DB, r exchange.Receipt) (fresh bool, err error) {
	if fresh, err = addReceipt(tx, r); err != nil {
		return false, err
	}
	args := map[string]any{"release": r.Release, "team": r.Team, "channel": r.Channel, "at": r.At}
	if r.Kind == exchange.ReceiptSent {
		return fresh, nil
	}
	if r.Kind == exchange.ReceiptFetched {
		return fresh, execAll(tx, args, `
			UPDATE deliveries SET state = CASE WHEN ack_at IS NULL THEN 'delivered' ELSE 'confirmed' END, delivered_at = @at
			WHERE release_id = @release AND team_id = @team AND channel = @channel AND state = 'available'`)
	}
	return fresh, execAll(tx, args, `
		UPDATE deliveries SET ack_at = @at, state = CASE WHEN state = 'delivered' THEN 'confirmed' ELSE state END
		WHERE release_id = @release AND team_id = @team AND ack_at IS NULL`)
}

func addReceipt(tx *gorm.DB, r exchange.Receipt) (fresh bool, err error) {
	row := receiptRow{
		ReleaseID: string(r.Release), TeamID: optional(r.Team), Channel: string(r.Channel), Kind: string(r.Kind), At: r.At,
		Credential: r.Credential, Path: r.Path, Detail: r.Detail,
	}
	made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	return made.RowsAffected > 0, made.Error
}

// Receipts lists what is known of a release's arrival, the first first.
func (s *Store) Receipts(ctx context.Context, id exchange.ReleaseID) ([]exchange.Receipt, error) {
	var rows []receiptRow
	if err := s.read(ctx).Where("release_id = ?", id).Order("num").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list receipts of release %s: %w", id, fault(err))
	}
	return mapped(rows, receiptRow.receipt), nil
}
