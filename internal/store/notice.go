package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
)

type noticeRow struct {
	Num         int64  `gorm:"->;default:(-)"`
	ID          string `gorm:"primaryKey;->;default:(-)"`
	OrgID       string
	ContactID   string
	Role        string
	Address     string
	Kind        string
	Language    string
	Bilingual   bool
	Letter      document[notify.Letter] `gorm:"type:jsonb"`
	State       string
	Protection  string
	MessageID   string
	Thread      string
	Token       string
	Attempts    int
	NextAt      time.Time
	LastError   string
	CreatedAt   time.Time
	SentAt      *time.Time
	BouncedAt   *time.Time
	ConfirmedAt *time.Time
	ConfirmedBy string
	ResendOf    string
}

func (noticeRow) TableName() string { return "notices" }

func (r noticeRow) number() int64 { return r.Num }

func (r noticeRow) notice() notify.Notice {
	return notify.Notice{
		ID: notify.ID(r.ID), Org: inventory.OrganizationID(r.OrgID), Contact: inventory.ContactID(r.ContactID),
		Role: inventory.ContactRole(r.Role), To: r.Address, Kind: notify.Kind(r.Kind), Language: r.Language, Bilingual: r.Bilingual,
		Letter: r.Letter.V, State: notify.State(r.State), Protection: notify.Protection(r.Protection),
		MessageID: r.MessageID, Thread: r.Thread, Token: r.Token, Attempts: r.Attempts, NextAt: r.NextAt.UTC(),
		LastError: r.LastError, CreatedAt: r.CreatedAt.UTC(), SentAt: utc(r.SentAt), BouncedAt: utc(r.BouncedAt),
		ConfirmedAt: utc(r.ConfirmedAt), ConfirmedBy: r.ConfirmedBy, ResendOf: notify.ID(r.ResendOf),
	}
}

// insertNotice stores a new notice to a contact and, unless it is a dry run,
// the job that sends it. Its Message-ID and token are made here, once.
func (s *Store) insertNotice(ctx context.Context, tx *gorm.DB, who notify.Addressee, l notify.Letter, thread string, resendOf notify.ID) (noticeRow, error) {
	now := s.now()
	token := strings.ToLower(rand.Text())[:20]
	row := noticeRow{
		OrgID: string(who.Org), ContactID: string(who.ID), Role: string(who.Role), Address: who.Email, Kind: string(l.Kind),
		Language: who.Language, Bilingual: who.Bilingual, Letter: document[notify.Letter]{l}, State: string(notify.Queued),
		MessageID: "notice." + token + "@" + s.mail.Domain, Thread: thread, Token: token,
		NextAt: now, CreatedAt: now, ResendOf: string(resendOf),
	}
	if s.mail.DryRun {
		row.State = string(notify.DryRun)
	}
	if err := tx.Create(&row).Error; err != nil || s.mail.DryRun {
		return row, err
	}
	return row, s.enqueueNotice(ctx, tx, row.Num)
}

func (s *Store) enqueueNotice(ctx context.Context, tx *gorm.DB, num int64) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if err := s.enqueue.EnqueueNotice(ctx, t, num); err != nil {
		return fmt.Errorf("enqueue notice %d: %w", num, err)
	}
	return nil
}

// Notice finds one.
func (s *Store) Notice(ctx context.Context, id notify.ID) (notify.Notice, error) {
	row, err := one[noticeRow](s.read(ctx).Where("id = ?", id), "notice", id)
	return row.notice(), err
}

// Notices lists those that the filter selects, the newest first.
func (s *Store) Notices(ctx context.Context, f notify.Filter, p inventory.Page) ([]notify.Notice, string, error) {
	q := s.read(ctx)
	for column, v := range map[string]string{
		"org_id": string(f.Org), "contact_id": string(f.Contact), "state": string(f.State), "kind": string(f.Kind),
	} {
		if v != "" {
			q = q.Where(column+" = ?", v)
		}
	}
	if !f.From.IsZero() {
		q = q.Where("created_at >= ?", f.From)
	}
	q = given(q, "num IN (SELECT notice_num FROM notice_items WHERE object = ?)", f.Object)
	rows, next, err := page[noticeRow](q, listing{name: "notices", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list notices: %w", err)
	}
	return mapped(rows, noticeRow.notice), next, nil
}

// addresseeSQL reads contacts with what is known of their mail.
const addresseeSQL = `
SELECT c.id, c.org_id, o.name AS org_name, c.role, c.name, c.email, c.openpgp_key,
	coalesce(nullif(c.time_zone, ''), o.time_zone) AS zone, c.language, c.smime_certificate, c.position, c.digest, c.alerts,
	coalesce(m.problem, '') AS problem, coalesce(m.bilingual, false) AS bilingual
FROM contacts c JOIN organizations o ON o.id = c.org_id LEFT JOIN contact_mail m ON m.contact_id = c.id`

type addresseeRow struct {
	ID, OrgID, OrgName, Zone string
	Role, Name, Email        string
	Language                 string
	OpenPGPKey               string `gorm:"column:openpgp_key"`
	SMIMECertificate         string `gorm:"column:smime_certificate"`
	Position                 int
	Digest, Alerts           bool
	Problem                  string
	Bilingual                bool
}

func (r addresseeRow) addressee() notify.Addressee {
	return notify.Addressee{
		ID: inventory.ContactID(r.ID), Org: inventory.OrganizationID(r.OrgID), OrgName: r.OrgName,
		Role: inventory.ContactRole(r.Role), Name: r.Name, Email: r.Email, Zone: zoneOf(r.Zone), Language: r.Language,
		Bilingual: r.Bilingual, OpenPGP: r.OpenPGPKey, SMIME: r.SMIMECertificate, Second: r.Position == 2,
		NoWeekly: !r.Digest, NoAlerts: !r.Alerts, Problem: notify.Problem(r.Problem),
	}
}

// zoneOf is a zone by its name, or UTC for one that only a newer list knows.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// Addressees lists an organisation's contacts in the order of the register.
func (s *Store) Addressees(ctx context.Context, org inventory.OrganizationID) ([]notify.Addressee, error) {
	all, err := addressees(s.read(ctx), org)
	if err != nil {
		return nil, fmt.Errorf("list whom to tell at %s: %w", org, fault(err))
	}
	return all, nil
}

func addressees(q *gorm.DB, org inventory.OrganizationID) ([]notify.Addressee, error) {
	var rows []addresseeRow
	if err := q.Raw(addresseeSQL+" WHERE c.org_id = ? ORDER BY c.num", org).Scan(&rows).Error; err != nil {
		return nil, err
	}
	return mapped(rows, addresseeRow.addressee), nil
}

// Addressee finds one contact as mail sees it.
func (s *Store) Addressee(ctx context.Context, id inventory.ContactID) (notify.Addressee, error) {
	return addressee(s.read(ctx), id)
}

func addressee(q *gorm.DB, id inventory.ContactID) (notify.Addressee, error) {
	row, err := one[addresseeRow](q.Raw(addresseeSQL+" WHERE c.id = ?", id), "contact", id)
	if err != nil {
		return notify.Addressee{}, err
	}
	return row.addressee(), nil
}
