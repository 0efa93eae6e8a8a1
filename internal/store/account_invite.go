package store

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

type invitationRow struct {
	Num        int64  `gorm:"->;default:(-)"`
	ID         string `gorm:"primaryKey;->;default:(-)"`
	SHA256     string `gorm:"column:sha256"`
	First      bool
	Role       account.Role
	OrgID      *string
	InvitedBy  string
	CreatedAt  time.Time
	UntilAt    time.Time
	AcceptedAt *time.Time
	RevokedAt  *time.Time
	AccountID  *string
	Renews     *string
}

func (invitationRow) TableName() string { return "invitations" }

func (r invitationRow) number() int64 { return r.Num }

func (r invitationRow) invitation() account.Invitation {
	return account.Invitation{
		ID: account.InvitationID(r.ID), Role: r.Role, Org: inventory.OrganizationID(value(r.OrgID)), InvitedBy: r.InvitedBy,
		CreatedAt: r.CreatedAt.UTC(), Until: r.UntilAt.UTC(), AcceptedAt: utc(r.AcceptedAt), RevokedAt: utc(r.RevokedAt),
		Account: account.ID(value(r.AccountID)), Renews: account.ID(value(r.Renews)),
	}
}

// Invite makes a link by which one person makes an account. Its secret is
// returned here and nowhere else.
func (s *Store) Invite(ctx context.Context, who string, role account.Role, org inventory.OrganizationID) (string, account.Invitation, error) {
	if err := account.CheckRole(role, org); err != nil {
		return "", account.Invitation{}, err
	}
	return s.invite(ctx, "invitation.create", &invitationRow{Role: role, OrgID: (*string)(optional(org)), InvitedBy: who},
		func(*gorm.DB) error { return nil })
}

// InviteFirst makes the link for the first administrator. Links made by it
// before stop working. Once there is an administrator who can sign in it is
// inventory.ErrConflict.
func (s *Store) InviteFirst(ctx context.Context, who string) (string, account.Invitation, error) {
	row := &invitationRow{First: true, Role: account.Administrator, InvitedBy: who}
	return s.invite(ctx, "invitation.create_first", row, func(tx *gorm.DB) error {
		if err := beFirst(tx); err != nil {
			return err
		}
		return tx.Exec("UPDATE invitations SET revoked_at = ? WHERE first AND accepted_at IS NULL AND revoked_at IS NULL", s.now()).Error
	})
}

// beFirst refuses when there is an administrator, and lets nobody else become
// one before the transaction ends.
func beFirst(tx *gorm.DB) error {
	if err := lockAdministrators(tx); err != nil {
		return err
	}
	n, err := administrators(tx, "")
	if err == nil && n > 0 {
		err = fmt.Errorf("there is an administrator already: %w", inventory.ErrConflict)
	}
	return err
}

// invite makes the link of a row, which before may fill in.
func (s *Store) invite(ctx context.Context, act string, row *invitationRow, before func(*gorm.DB) error) (string, account.Invitation, error) {
	secret := account.NewSecret()
	now := s.now()
	row.SHA256, row.CreatedAt, row.UntilAt = string(account.HashSecret(secret)), now, now.Add(account.InvitationLife)
	err := s.tx(ctx, audit.Entry{Actor: row.InvitedBy, Act: act}, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := before(tx); err != nil {
			return err
		}
		if err := tx.Create(row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		detail := map[string]any{"role": row.Role, "organization": value(row.OrgID), "until": row.UntilAt}
		if row.Renews != nil {
			entry.Object, detail["invitation"] = *row.Renews, row.ID
		}
		entry.Detail = detail
		return nil
	})
	if err != nil {
		return "", account.Invitation{}, fmt.Errorf("invite %s: %w", strings.ReplaceAll(string(row.Role), "_", " "), err)
	}
	return secret, row.invitation(), nil
}

// Invitations lists those that were given for an organisation, or with "" all,
// newest first, with those that no longer work.
func (s *Store) Invitations(ctx context.Context, org inventory.OrganizationID, p inventory.Page) ([]account.Invitation, string, error) {
	q := s.read(ctx)
	q = given(q, "org_id = ?", org)
	rows, next, err := page[invitationRow](q, listing{name: "invitations", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list invitations: %w", err)
	}
	return mapped(rows, invitationRow.invitation), next, nil
}

// RevokeInvitation lets a link that was not used work no more. With of it has
// to be for that organisation.
func (s *Store) RevokeInvitation(ctx context.Context, who string, of inventory.OrganizationID, id account.InvitationID) error {
	entry := audit.Entry{Actor: who, Act: "invitation.revoke", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		return touchOne(tx.Exec("UPDATE invitations SET revoked_at = ? WHERE id = ? AND (? = '' OR org_id = ?) AND accepted_at IS NULL AND revoked_at IS NULL",
			s.now(), id, of, of), "open invitation", id)
	})
	if err != nil {
		return fmt.Errorf("revoke invitation: %w", err)
	}
	return nil
}

// InvitationBySecret finds the invitation of a link that works. Any other is
// inventory.ErrNotFound, without saying why.
func (s *Store) InvitationBySecret(ctx context.Context, secret string) (account.Invitation, error) {
	row, err := s.openInvitation(s.read(ctx).Where("sha256 = ?", account.HashSecret(secret)))
	inv := row.invitation()
	if err == nil && inv.Renews != "" {
		var of account.Account
		of, err = s.Account(ctx, inv.Renews)
		inv.Name = of.Name
	}
	return inv, err
}

func (s *Store) openInvitation(q *gorm.DB) (invitationRow, error) {
	row, err := one[invitationRow](q, "invitation", "given")
	if err == nil && !row.invitation().Open(s.now()) {
		err = missing("invitation", "given")
	}
	if err != nil {
		return invitationRow{}, err
	}
	return row, nil
}

// NameTaken tells whether an account has the name.
func (s *Store) NameTaken(ctx context.Context, name string) (taken bool, err error) {
	if err := s.read(ctx).Raw("SELECT EXISTS (SELECT 1 FROM accounts WHERE name = ?)", name).Row().Scan(&taken); err != nil {
		return false, fmt.Errorf("look for name: %w", fault(err))
	}
	return taken, nil
}

// AcceptInvitation makes the account of a link that works, or gives the one
// that it renews a new password and new factors; the link then works no more.
// A name that is taken is inventory.ErrConflict and leaves the link.
func (s *Store) AcceptInvitation(ctx context.Context, secret string, e account.Enrolment) (account.Account, error) {
	if err := e.Check(); err != nil {
		return account.Account{}, err
	}
	row := accountRow{Name: e.Name, Handle: cmp.Or(e.Handle, account.NewHandle()), PasswordHash: &e.PasswordHash}
	err := s.tx(ctx, audit.Entry{Actor: e.Name, Act: "account.create"}, func(tx *gorm.DB, entry *audit.Entry) error {
		// Administrators' lock first, as everywhere.
		if err := lockAdministrators(tx); err != nil {
			return err
		}
		inv, err := s.openInvitation(tx.Raw("SELECT * FROM invitations WHERE sha256 = ? FOR UPDATE", account.HashSecret(secret)))
		if err != nil {
			return err
		}
		if inv.First {
			if err := beFirst(tx); err != nil {
				return err
			}
		}
		if inv.Renews != nil {
			row, err = s.renewed(tx, inv, e, entry)
			return err
		}
		if err := spareTokenHolders(tx, e.Name, inv.OrgID); err != nil {
			return err
		}
		row.Role, row.OrgID, row.CreatedAt = inv.Role, inv.OrgID, s.now()
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		entry.Detail = map[string]any{"role": inv.Role, "organization": value(inv.OrgID), "invitation": inv.ID, "invited_by": inv.InvitedBy}
		return enrol(tx, row, inv, e, row.CreatedAt)
	})
	if err != nil {
		return account.Account{}, fmt.Errorf("accept invitation: %w", err)
	}
	return row.account(), nil
}

// spareTokenHolders refuses a name to which a token was given for another
// organisation, or for the CERT: the two would be one in the record of acts,
// and what ends the account would end the token.
func spareTokenHolders(tx *gorm.DB, name string, org *string) error {
	var held bool
	err := tx.Raw("SELECT EXISTS (SELECT 1 FROM tokens WHERE user_name = ? AND org_id IS DISTINCT FROM ?)", name, org).Row().Scan(&held)
	if err == nil && held {
		err = &inventory.InputError{Field: "name", Value: name, Message: "somebody has that name", Hint: "choose another"}
	}
	return err
}

// enrol stores what an account signs in with, and closes its invitation.
func enrol(tx *gorm.DB, a accountRow, inv invitationRow, e account.Enrolment, now time.Time) error {
	if e.TOTPSecret != "" {
		totp := totpRow{AccountID: a.ID, Secret: e.TOTPSecret, LastStep: e.TOTPStep, EnrolledAt: now}
		if err := tx.Create(&totp).Error; err != nil {
			return err
		}
	}
	if e.Passkey != nil {
		if err := addPasskey(tx, account.ID(a.ID), *e.Passkey, now); err != nil {
			return err
		}
	}
	if err := addRecoveryCodes(tx, account.ID(a.ID), e.Recovery); err != nil {
		return err
	}
	return tx.Exec("UPDATE invitations SET accepted_at = ?, account_id = ? WHERE id = ?", now, a.ID, inv.ID).Error
}
