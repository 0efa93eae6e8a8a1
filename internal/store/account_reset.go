package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// ResetAccount is for somebody who lost what they sign in with. It ends the
// account's sessions, API tokens and links, takes its passkeys, one-time codes
// and recovery codes away, and makes a link by which its holder sets a
// password and a second factor anew; the secret is returned here and nowhere
// else. Until then nobody signs in to it.
//
// The last administrator is reset by whoever owns the machine, and by nobody
// else; anything else is inventory.ErrConflict.
//
// The holder, where mail goes out and the account's name is an address, is told
// by a mail that waits in the queue. It holds no secret, so that the queue, its
// backups and who reads them learn none.
func (s *Store) ResetAccount(ctx context.Context, by account.Resetter, id account.ID) (string, account.Invitation, error) {
	var was accountRow
	row := invitationRow{InvitedBy: by.Who}
	secret, inv, err := s.invite(ctx, "account.reset", &row, func(tx *gorm.DB) (err error) {
		if err := lockAdministrators(tx); err != nil {
			return err
		}
		if was, err = lockAccount(tx, id); err != nil {
			return err
		}
		switch {
		case was.account().Foreign():
			return fmt.Errorf("its provider vouches for it, nothing of it is kept here: %w", inventory.ErrConflict)
		case was.DisabledAt != nil:
			return fmt.Errorf("it is disabled, enable it first: %w", inventory.ErrConflict)
		}
		if !by.AtMachine {
			if err := spareLastAdministrator(tx, was); err != nil {
				return err
			}
		}
		row.Role, row.OrgID, row.Renews = was.Role, was.OrgID, &was.ID
		if err := dropFactors(tx, was, s); err != nil || !by.Mail || !was.account().Mailable() {
			return err
		}
		t, err := sqlTx(tx)
		if err != nil {
			return err
		}
		return s.enqueue.EnqueueResetTold(ctx, t, was.ID, by.Who, s.now())
	})
	if err != nil {
		return "", account.Invitation{}, fmt.Errorf("reset %s: %w", id, err)
	}
	inv.Name = was.Name
	return secret, inv, nil
}

// dropFactors leaves nothing that opens the account. Its password stays, which
// opens nothing without a second factor, until another takes its place.
func dropFactors(tx *gorm.DB, a accountRow, s *Store) error {
	for _, table := range []string{"passkeys", "account_totp", "recovery_codes"} {
		if err := tx.Exec("DELETE FROM "+table+" WHERE account_id = ?", a.ID).Error; err != nil {
			return err
		}
	}
	return endRights(tx, a, s.now())
}

// renewed gives an account what its holder chose by a link of ResetAccount.
func (s *Store) renewed(tx *gorm.DB, inv invitationRow, e account.Enrolment, entry *audit.Entry) (accountRow, error) {
	was, err := lockAccount(tx, account.ID(*inv.Renews))
	if err != nil {
		return was, err
	}
	// Factors are sealed with the handle, and the name is not for choosing.
	if was.DisabledAt != nil || e.Name != was.Name || e.Handle != was.Handle {
		return was, missing("invitation", "given")
	}
	if err := tx.Exec("UPDATE accounts SET password_hash = ? WHERE id = ?", e.PasswordHash, was.ID).Error; err != nil {
		return was, err
	}
	entry.Act, entry.Object = "account.renew", was.ID
	entry.Detail = map[string]any{"invitation": inv.ID, "invited_by": inv.InvitedBy}
	return was, enrol(tx, was, inv, e, s.now())
}
