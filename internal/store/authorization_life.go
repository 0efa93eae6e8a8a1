package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

// Authorization finds one.
func (s *Store) Authorization(ctx context.Context, id inventory.AuthorizationID) (inventory.Authorization, error) {
	row, err := one[authorizationRow](s.read(ctx).Where("id = ?", id), "authorisation", id)
	if err != nil {
		return inventory.Authorization{}, err
	}
	return row.authorization(), nil
}

// AuthorizationLetter returns the document that proves an authorisation, and
// what it is.
func (s *Store) AuthorizationLetter(ctx context.Context, id inventory.AuthorizationID) (inventory.Letter, error) {
	row, err := one[struct {
		Content              []byte
		MediaType            string
		DocumentName, SHA256 string
	}](s.read(ctx).Raw(`
		SELECT d.content, d.media_type, d.sha256, a.document_name FROM authorizations a JOIN documents d ON d.sha256 = a.document_sha256
		WHERE a.id = ?`, id), "letter of authorisation", id)
	return inventory.Letter{Name: row.DocumentName, Type: row.MediaType, Content: row.Content}, err
}

// SaveAuthorizationDraft replaces what a draft says. Its version must be the
// one that the change was made from.
func (s *Store) SaveAuthorizationDraft(ctx context.Context, who string, a inventory.Authorization) (inventory.Authorization, error) {
	return s.changeAuthorization(ctx, who, "authorization.edit", a.ID, func(tx *gorm.DB, have inventory.Authorization) (inventory.Authorization, error) {
		if have.Version != a.Version {
			return have, fmt.Errorf("it is at version %d, not %d: %w", have.Version, a.Version, inventory.ErrStale)
		}
		return have.Redraft(a)
	})
}

// AttachLetter keeps the signed letter of a draft, in place of one before it.
func (s *Store) AttachLetter(ctx context.Context, who string, id inventory.AuthorizationID, l inventory.Letter) (inventory.Authorization, error) {
	return s.changeAuthorization(ctx, who, "authorization.letter", id, func(tx *gorm.DB, have inventory.Authorization) (inventory.Authorization, error) {
		sum := sha256.Sum256(l.Content)
		doc := inventory.Document{Name: l.Name, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(l.Content))}
		err := tx.Exec("INSERT INTO documents (sha256, content, created_at, media_type) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
			doc.SHA256, l.Content, s.now(), l.Type).Error
		if err != nil {
			return have, err
		}
		return have.Attach(doc)
	})
}

// SubmitAuthorization hands a draft in.
func (s *Store) SubmitAuthorization(ctx context.Context, who string, id inventory.AuthorizationID) (inventory.Authorization, error) {
	return s.changeAuthorization(ctx, who, "authorization.submit", id, func(_ *gorm.DB, have inventory.Authorization) (inventory.Authorization, error) {
		return have.Submit(who, s.now(), s.admit)
	})
}

// DecideAuthorization does what the CERT, or the owner, may do to one: activate,
// return, suspend, resume or revoke.
func (s *Store) DecideAuthorization(ctx context.Context, who string, id inventory.AuthorizationID, d inventory.PermitDecision) (inventory.Authorization, error) {
	return s.changeAuthorization(ctx, who, "authorization."+string(d.Act), id, func(_ *gorm.DB, have inventory.Authorization) (inventory.Authorization, error) {
		return have.Decide(who, s.now(), d)
	})
}

// NoteProofCheck keeps when the DNS was asked for a proof.
func (s *Store) NoteProofCheck(ctx context.Context, id inventory.AuthorizationID) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE authorizations SET checked_at = ? WHERE id = ?", s.now(), id).Error
	})
	if err != nil {
		return fmt.Errorf("note the check of %s: %w", id, err)
	}
	return nil
}

// changeAuthorization changes one by a rule of the domain.
func (s *Store) changeAuthorization(ctx context.Context, who, act string, id inventory.AuthorizationID,
	rule func(*gorm.DB, inventory.Authorization) (inventory.Authorization, error),
) (inventory.Authorization, error) {
	var made inventory.Authorization
	entry := audit.Entry{Actor: who, Act: act, Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := one[authorizationRow](tx.Raw("SELECT * FROM authorizations WHERE id = ? FOR UPDATE", id), "authorisation", id)
		if err != nil {
			return err
		}
		before := row.authorization()
		if made, err = rule(tx, before); err != nil {
			return err
		}
		made.Version++
		entry.Detail = map[string]any{"from": before.State, "to": made.State, "reason": made.Reason, "document": made.Document.SHA256}
		changed := authorizationRowOf(made)
		changed.CreatedAt = row.CreatedAt
		return tx.Select("*").Omit("num", "id", "org_id").Where("id = ?", id).Updates(&changed).Error
	})
	if err != nil {
		return inventory.Authorization{}, fmt.Errorf("%s %s: %w", act, id, err)
	}
	return made, nil
}

// authorizationRowOf is the row of an authorisation.
func authorizationRowOf(a inventory.Authorization) authorizationRow {
	return authorizationRow{
		OrgID: string(a.Org), Prefixes: maskedAll(a.Prefixes), Names: a.Names, Method: string(a.Method), State: string(a.State),
		Level: int(a.Level), OTLevel: int(a.OTLevel), ValidFrom: a.From, ValidUntil: a.Until,
		Windows: windowsJSON(a.Windows), TimeZone: a.TimeZone, SignedBy: a.SignedBy, Reference: a.Reference,
		DocumentName: a.Document.Name, DocumentSHA256: optional(a.Document.SHA256), DocumentSize: a.Document.Size,
		CreatedAt: a.CreatedAt, Reason: a.Reason, Version: a.Version, CreatedBy: a.CreatedBy,
		SubmittedBy: a.SubmittedBy, SubmittedAt: orNull(a.SubmittedAt), DecidedBy: a.DecidedBy, DecidedAt: orNull(a.DecidedAt),
		CheckedAt: orNull(a.CheckedAt),
	}
}

// AuthorizationsInState lists those of a state, of an organisation or with ""
// of all, the newest first.
func (s *Store) AuthorizationsInState(ctx context.Context, org inventory.OrganizationID, state inventory.AuthorizationState, p inventory.Page) ([]inventory.Authorization, string, error) {
	q := s.read(ctx)
	q = given(q, "org_id = ?", org)
	now := s.now()
	switch state {
	case "":
	case inventory.AuthExpired: // by the clock, whatever is stored
		q = q.Where("state IN ('active', 'expired') AND valid_until <= ?", now)
	case inventory.AuthActive:
		q = q.Where("state = 'active' AND valid_until > ?", now)
	default:
		q = q.Where("state = ?", state)
	}
	rows, next, err := page[authorizationRow](q, listing{name: "permits-" + string(state), column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list authorisations: %w", err)
	}
	return mapped(rows, authorizationRow.authorization), next, nil
}
