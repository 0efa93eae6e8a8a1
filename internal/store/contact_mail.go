package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
)

// Codes of test mails.
const (
	codeLife  = 7 * 24 * time.Hour
	codeTries = 5
	// maxTests bounds how many a contact gets in a day, and how many an address
	// gets of one organisation, however many of its contacts have it: whoever
	// keeps contacts can write anybody's address there.
	maxTests = 5
)

type contactMailRow struct {
	Num             int64
	ID              string
	OrgID           string
	OrgName         string
	Role            string
	Name            string
	Email           string
	Bilingual       bool
	Problem         string
	ProblemAt       *time.Time
	ProblemDetail   string
	VerifiedAt      *time.Time
	VerifiedAddress string
}

func (r contactMailRow) number() int64 { return r.Num }

func (r contactMailRow) state() notify.ContactState {
	out := notify.ContactState{
		Contact: inventory.ContactID(r.ID), Org: inventory.OrganizationID(r.OrgID), OrgName: r.OrgName,
		Role: inventory.ContactRole(r.Role), Name: r.Name, Email: r.Email, Bilingual: r.Bilingual,
		Problem: notify.Problem(r.Problem), ProblemAt: utc(r.ProblemAt), Detail: r.ProblemDetail,
	}
	if strings.EqualFold(r.VerifiedAddress, r.Email) { // of another address it says nothing
		out.VerifiedAt = utc(r.VerifiedAt)
	}
	return out
}

// ContactStates lists contacts with what is known of their mail, in the order
// of the register: an organisation's, or everybody's, or those with a problem.
func (s *Store) ContactStates(ctx context.Context, org inventory.OrganizationID, troubled bool, p inventory.Page) ([]notify.ContactState, string, error) {
	q := s.read(ctx).Table("contacts c").
		Select(`c.num, c.id, c.org_id, o.name AS org_name, c.role, c.name, c.email, coalesce(m.bilingual, false) AS bilingual,
			coalesce(m.problem, '') AS problem, m.problem_at, coalesce(m.problem_detail, '') AS problem_detail,
			m.verified_at, coalesce(m.verified_address, '') AS verified_address`).
		Joins("JOIN organizations o ON o.id = c.org_id LEFT JOIN contact_mail m ON m.contact_id = c.id").
		Where("c.email <> ''")
	q = given(q, "c.org_id = ?", org)
	if troubled {
		q = q.Where("m.problem <> ''")
	}
	rows, next, err := page[contactMailRow](q, listing{name: "contact-mail", column: "c.num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list contacts' mail: %w", err)
	}
	return mapped(rows, contactMailRow.state), next, nil
}

// SendTest mails a contact a code that somebody types into the portal: then
// the address is theirs and mail arrives. A new code replaces the one before.
// Who has had maxTests of them in a day gets no more.
func (s *Store) SendTest(ctx context.Context, who string, contact inventory.ContactID) (notify.Notice, error) {
	code := strings.ToUpper(rand.Text())[:8]
	var made noticeRow
	err := s.tx(ctx, audit.Entry{Actor: who, Act: "contact.test_mail", Object: string(contact)}, func(tx *gorm.DB, entry *audit.Entry) error {
		a, err := addressee(tx, contact)
		if err != nil {
			return err
		}
		if a.Email == "" {
			return &inventory.InputError{Field: "contact", Value: string(contact), Message: "has no mail address", Hint: "add it to the contact first"}
		}
		now := s.now()
		if err := tx.Exec("SELECT 1 FROM organizations WHERE id = ? FOR NO KEY UPDATE", a.Org).Error; err != nil { // one after the other
			return err
		}
		var sent int
		err = tx.Raw("SELECT count(*) FROM notices WHERE org_id = ? AND (contact_id = ? OR lower(address) = lower(?)) AND kind = ? AND created_at > ?",
			a.Org, contact, a.Email, notify.Verify, now.AddDate(0, 0, -1)).Scan(&sent).Error
		if err != nil {
			return err
		}
		if sent >= maxTests {
			return &inventory.InputError{
				Field: "contact", Value: string(contact), Message: fmt.Sprintf("has had %d test mails in a day", sent),
				Hint: "see whether the address is right, and whether the mails were taken for spam; send another tomorrow",
			}
		}
		err = tx.Exec(`
			INSERT INTO contact_mail (contact_id, org_id, code_sha256, code_until) VALUES (@contact, @org, @code, @until)
			ON CONFLICT (contact_id) DO UPDATE SET code_sha256 = excluded.code_sha256, code_until = excluded.code_until, code_tries = 0`,
			map[string]any{"contact": contact, "org": a.Org, "code": codeSum(code), "until": now.Add(codeLife)}).Error
		if err != nil {
			return err
		}
		l := notify.Letter{Kind: notify.Verify, Org: a.Org, OrgName: a.OrgName, Zone: a.Zone.String(), At: now, Code: code}
		l.TLP = l.Label()
		made, err = s.insertNotice(ctx, tx, a, l, "", "")
		entry.Detail = map[string]any{"notice": made.ID}
		return err
	})
	if err != nil {
		return notify.Notice{}, fmt.Errorf("send a test mail to %s: %w", contact, err)
	}
	return made.notice(), nil
}

func codeSum(code string) string {
	sum := sha256.Sum256([]byte(strings.ToUpper(strings.TrimSpace(code))))
	return hex.EncodeToString(sum[:])
}

// ConfirmContact checks a code that was mailed. A right one proves the address
// and takes a flag for returned mail away; after five wrong ones a new test
// mail is needed.
func (s *Store) ConfirmContact(ctx context.Context, who string, contact inventory.ContactID, code string) error {
	wrong := false
	err := s.tx(ctx, audit.Entry{Actor: who, Act: "contact.confirm", Object: string(contact)}, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := one[struct {
			CodeSHA256 string `gorm:"column:code_sha256"`
			CodeUntil  *time.Time
			CodeTries  int
			Email      string
		}](tx.Raw(`SELECT m.code_sha256, m.code_until, m.code_tries, c.email FROM contact_mail m JOIN contacts c ON c.id = m.contact_id
			WHERE m.contact_id = ? FOR UPDATE OF m`, contact), "contact", contact)
		if err != nil {
			return err
		}
		now := s.now()
		wrong = row.CodeSHA256 == "" || row.CodeTries >= codeTries || orZero(row.CodeUntil).Before(now) ||
			subtle.ConstantTimeCompare([]byte(codeSum(code)), []byte(row.CodeSHA256)) != 1
		entry.Detail = map[string]any{"right": !wrong}
		if wrong {
			return tx.Exec("UPDATE contact_mail SET code_tries = code_tries + 1 WHERE contact_id = ?", contact).Error
		}
		return tx.Exec(`
			UPDATE contact_mail SET verified_at = @now, verified_address = @email, code_sha256 = '', code_tries = 0,
				problem = CASE WHEN problem = 'bounced' THEN '' ELSE problem END WHERE contact_id = @contact`,
			map[string]any{"now": now, "email": row.Email, "contact": contact}).Error
	})
	if err != nil {
		return fmt.Errorf("confirm contact %s: %w", contact, err)
	}
	if wrong {
		return &inventory.InputError{Field: "code", Message: "is not the one of the last test mail, or too old", Hint: "type it as the mail has it, or send a new test mail"}
	}
	return nil
}

// SetContactMail says whether a contact gets English below its own language,
// and takes a flag away that somebody has seen to.
func (s *Store) SetContactMail(ctx context.Context, who string, contact inventory.ContactID, bilingual, cleared bool) error {
	entry := audit.Entry{Actor: who, Act: "contact.mail", Object: string(contact), Detail: map[string]any{"bilingual": bilingual, "cleared": cleared}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		a, err := addressee(tx, contact)
		if err != nil {
			return err
		}
		return tx.Exec(`
			INSERT INTO contact_mail (contact_id, org_id, bilingual) VALUES (@contact, @org, @bilingual)
			ON CONFLICT (contact_id) DO UPDATE SET bilingual = excluded.bilingual,
				problem = CASE WHEN @cleared THEN '' ELSE contact_mail.problem END`,
			map[string]any{"contact": contact, "org": a.Org, "bilingual": bilingual, "cleared": cleared}).Error
	})
	if err != nil {
		return fmt.Errorf("set the mail of contact %s: %w", contact, err)
	}
	return nil
}
