package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
)

// waitingMost bounds what one mail is made of; the rest comes with the next.
const waitingMost = 20_000

// Dispatch implements notify.Book: whoever has the contact's row makes the
// notice, and what it tells is told with it.
func (s *Store) Dispatch(ctx context.Context, contact inventory.ContactID, r notify.Rules, at time.Time) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		var locked []string
		if err := tx.Raw("SELECT id FROM contacts WHERE id = ? FOR NO KEY UPDATE SKIP LOCKED", contact).Scan(&locked).Error; err != nil {
			return err
		}
		if len(locked) == 0 {
			return settleOfGone(tx, contact, s.now())
		}
		var rows []noticeItemRow
		err := tx.Where("contact_id = ? AND settled_at IS NULL", contact).Order("num").Limit(waitingMost).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		waiting := mapped(rows, noticeItemRow.waiting)
		who, err := addressee(tx, contact)
		if err != nil {
			return err
		}
		if who.Email == "" || who.Problem == notify.Returned {
			return s.passOn(tx, who, waiting)
		}
		sent, err := sentTo(tx, contact, at)
		if err != nil {
			return err
		}
		round := notify.Gather(at.In(who.Zone), waiting, sent, r)
		if len(round.Hold) > 0 {
			return tx.Exec("UPDATE notice_items SET held = true WHERE num = ANY(?)", array(itemNumbers(round.Hold))).Error
		}
		if !round.Send {
			return nil
		}
		return s.makeNotice(ctx, tx, who, round, r, at)
	})
	if err != nil {
		return fmt.Errorf("make the notice for %s: %w", contact, err)
	}
	return nil
}

func itemNumbers(items []notify.Waiting) []int64 {
	return mapped(items, func(w notify.Waiting) int64 { return w.Num })
}

// settleOfGone drops what waits for a contact that is not there any more. One
// whose row somebody else has is there.
func settleOfGone(tx *gorm.DB, contact inventory.ContactID, now time.Time) error {
	return tx.Exec(`
		UPDATE notice_items SET settled_at = ? WHERE contact_id = ? AND settled_at IS NULL
			AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.id = notice_items.contact_id)`, now, contact).Error
}

// passOn gives what waits for a contact that mail does not reach to the next.
func (s *Store) passOn(tx *gorm.DB, who notify.Addressee, waiting []notify.Waiting) error {
	all, err := addressees(tx, who.Org)
	if err != nil {
		return err
	}
	if next, ok := notify.SecondTo(who, all); ok {
		items := mapped(waiting, func(w notify.Waiting) notify.Item {
			w.Item.Contact = next.ID
			return w.Item
		})
		if err := addItems(tx, items); err != nil {
			return err
		}
	}
	return tx.Exec("UPDATE notice_items SET settled_at = ? WHERE num = ANY(?)", s.now(), array(itemNumbers(waiting))).Error
}

func sentTo(tx *gorm.DB, contact inventory.ContactID, at time.Time) ([]notify.Sent, error) {
	var rows []struct {
		CreatedAt time.Time
		Kind      notify.Kind
	}
	err := tx.Raw("SELECT created_at, kind FROM notices WHERE contact_id = ? AND created_at > ? ORDER BY created_at",
		contact, at.UTC().Add(-25*time.Hour)).Scan(&rows).Error
	var out []notify.Sent
	for _, r := range rows {
		out = append(out, notify.Sent{At: r.CreatedAt.UTC(), Kind: r.Kind})
	}
	return out, err
}

// makeNotice writes the letter of a round, and settles its items.
func (s *Store) makeNotice(ctx context.Context, tx *gorm.DB, who notify.Addressee, round notify.Round, r notify.Rules, at time.Time) error {
	facts, err := noticeFacts(tx, who, round.Items, at)
	if err != nil {
		return fmt.Errorf("read what to tell: %w", err)
	}
	letter, told, ok := notify.Compose(round, who, facts, r, at)
	now := s.now()
	if ok {
		thread, err := threadOf(tx, who.ID, letter.Kind)
		if err != nil {
			return err
		}
		made, err := s.insertNotice(ctx, tx, who, letter, thread, "")
		if err != nil {
			return err
		}
		if err := tx.Exec("UPDATE notice_items SET notice_num = ?, settled_at = ? WHERE num = ANY(?)", made.Num, now, array(told)).Error; err != nil {
			return err
		}
	}
	return tx.Exec("UPDATE notice_items SET settled_at = ? WHERE num = ANY(?) AND settled_at IS NULL", now, array(itemNumbers(round.Items))).Error
}

// threadOf is the Message-ID that mails of one kind to one contact hang on, so
// that a mailbox shows the weeks together.
func threadOf(tx *gorm.DB, contact inventory.ContactID, kind notify.Kind) (string, error) {
	var rows []string
	err := tx.Raw("SELECT message_id FROM notices WHERE contact_id = ? AND kind = ? ORDER BY created_at LIMIT 1", contact, kind).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0], nil
}

// noticeFacts reads what a round's items name.
func noticeFacts(tx *gorm.DB, who notify.Addressee, items []notify.Waiting, at time.Time) (notify.Facts, error) {
	facts := notify.Facts{
		Findings: map[inventory.FindingID]inventory.Finding{}, Checks: map[inventory.CheckID]inventory.Check{},
		Permissions: map[string]inventory.Authorization{}, Earlier: map[string]notify.Earlier{},
	}
	named := map[notify.Kind][]string{}
	for _, w := range items {
		named[w.Item.Kind] = append(named[w.Item.Kind], w.Item.Object)
	}
	findings := append(append(append([]string{}, named[notify.Alert]...), named[notify.Reminder]...), named[notify.WaiverEnds]...)
	var rows []findingRow
	if err := tx.Where("id = ANY(?) AND org_id = ?", array(findings), who.Org).Find(&rows).Error; err != nil {
		return facts, err
	}
	if len(named[notify.Weekly]) > 0 {
		urgent, err := urgentFindings(tx, who.Org, at)
		if err != nil {
			return facts, err
		}
		facts.Urgent = mapped(urgent, findingRow.finding)
		rows = append(rows, urgent...)
	}
	report, err := reportFor(tx, who, named[notify.Weekly])
	if err != nil {
		return facts, err
	}
	facts.Report = report
	var checks []string
	for _, r := range rows {
		facts.Findings[inventory.FindingID(r.ID)] = r.finding()
		checks = append(checks, r.CheckID)
	}
	known, err := loadCatalogue(tx.Where("id = ANY(?)", array(checks)))
	if err != nil {
		return facts, err
	}
	facts.Checks = known
	if err := permissionFacts(tx, who.Org, named[notify.PermissionEnds], facts.Permissions); err != nil {
		return facts, err
	}
	facts.Advised = map[string]notify.Advised{}
	if err := bulletinFacts(tx, who.Org, named[notify.Advisory], facts.Advised); err != nil {
		return facts, err
	}
	if err := earlierFacts(tx, who.Org, named[notify.Unconfirmed], facts.Earlier); err != nil {
		return facts, err
	}
	facts.Counts, err = noticeCounts(tx, who.Org, at)
	return facts, err
}

// urgentFindings are those with which a week's letter begins: the exploited,
// the critical, the overdue and those due within the week.
func urgentFindings(tx *gorm.DB, org inventory.OrganizationID, at time.Time) ([]findingRow, error) {
	var rows []findingRow
	err := tx.Raw(`
		SELECT * FROM findings
		WHERE org_id = @org AND detection <> 'fixed' AND (waiver = 'none' OR waiver_until <= @at)
			AND (kev OR severity = 'critical' OR due_at <= @soon)
		ORDER BY kev DESC, array_position(ARRAY['critical', 'high', 'medium', 'low', 'info'], severity), due_at, num LIMIT 500`,
		map[string]any{"org": org, "at": at.UTC(), "soon": at.UTC().AddDate(0, 0, 7)}).Scan(&rows).Error
	return rows, err
}

func permissionFacts(tx *gorm.DB, org inventory.OrganizationID, ids []string, into map[string]inventory.Authorization) error {
	if len(ids) == 0 {
		return nil
	}
	var rows []authorizationRow
	err := tx.Where("org_id = ? AND id = ANY(?) AND state = 'active'", org, array(ids)).Find(&rows).Error
	for _, r := range rows {
		into[r.ID] = r.authorization()
	}
	return err
}

func earlierFacts(tx *gorm.DB, org inventory.OrganizationID, weeks []string, into map[string]notify.Earlier) error {
	if len(weeks) == 0 {
		return nil
	}
	var rows []struct {
		Row    noticeRow `gorm:"embedded"`
		Person string
	}
	err := tx.Raw(`
		SELECT n.*, coalesce(c.name, '') AS person FROM notices n LEFT JOIN contacts c ON c.id = n.contact_id
		WHERE n.org_id = @org AND n.kind = 'weekly' AND n.letter->>'week' = ANY(@weeks) AND n.sent_at IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM notices x WHERE x.org_id = @org AND x.kind = 'weekly' AND x.confirmed_at IS NOT NULL
				AND x.letter->>'week' = n.letter->>'week')
		ORDER BY n.num DESC`, map[string]any{"org": org, "weeks": array(weeks)}).Scan(&rows).Error
	for _, r := range rows {
		n := r.Row.notice()
		into[n.Letter.Week] = notify.Earlier{Notice: n.ID, Week: n.Letter.Week, At: *n.SentAt, Name: r.Person}
	}
	return err
}

// noticeCounts counts an organisation's findings: the same numbers as its
// lists show with the same filters.
func noticeCounts(tx *gorm.DB, org inventory.OrganizationID, at time.Time) (notify.Counts, error) {
	var c struct{ Open, New, Fixed, Urgent, Overdue int }
	err := tx.Raw(`
		SELECT count(*) FILTER (WHERE detection <> 'fixed') AS open,
			count(*) FILTER (WHERE detection <> 'fixed' AND first_seen >= @week) AS new,
			count(*) FILTER (WHERE closed_at >= @week) AS fixed,
			count(*) FILTER (WHERE detection <> 'fixed' AND active AND (kev OR severity = 'critical' OR due_at <= @at)) AS urgent,
			count(*) FILTER (WHERE detection <> 'fixed' AND active AND due_at <= @at) AS overdue
		FROM (SELECT *, waiver = 'none' OR waiver_until <= @at AS active FROM findings
			WHERE org_id = @org AND (detection <> 'fixed' OR closed_at >= @week)) AS f`,
		map[string]any{"org": org, "at": at.UTC(), "week": at.UTC().AddDate(0, 0, -7)}).Scan(&c).Error
	return notify.Counts(c), err
}
