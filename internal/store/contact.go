package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

// EditContact replaces what is known of a contact. One that was changed since
// c.Version is inventory.ErrStale.
func (s *Store) EditContact(ctx context.Context, who string, org inventory.OrganizationID, c inventory.Contact) (inventory.Contact, error) {
	c, err := c.Normalize()
	if err != nil {
		return inventory.Contact{}, err
	}
	entry := audit.Entry{Actor: who, Act: "contact.edit", Object: string(org)}
	err = s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		have, err := lockContact(tx, org, c.ID)
		if err != nil {
			return err
		}
		if have.Version != c.Version {
			return fmt.Errorf("it is at version %d, not %d: %w", have.Version, c.Version, inventory.ErrStale)
		}
		row := contactRowOf(string(org), c)
		row.Version = have.Version + 1
		c.Version = row.Version
		entry.Detail = map[string]any{
			"contact": c.ID, "from": brief(have.contact()), "to": brief(c),
			"keys_changed": have.OpenPGPKey != c.OpenPGPKey || have.SMIMECertificate != c.SMIMECertificate,
		}
		return tx.Select("*").Omit("num", "id", "org_id").Where("id = ?", c.ID).Updates(&row).Error
	})
	if err != nil {
		return inventory.Contact{}, fmt.Errorf("edit contact %s: %w", c.ID, err)
	}
	return c, nil
}

// brief is a contact in one line of the log.
func brief(c inventory.Contact) string {
	return fmt.Sprintf("%s, %s, %s, %s", c.Name, c.Email, c.Phone, c.Role)
}

// RemoveContact takes a contact out of the register. The log keeps who it was.
func (s *Store) RemoveContact(ctx context.Context, who string, org inventory.OrganizationID, id inventory.ContactID) error {
	entry := audit.Entry{Actor: who, Act: "contact.remove", Object: string(org)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		have, err := lockContact(tx, org, id)
		if err != nil {
			return err
		}
		entry.Detail = map[string]any{"contact": id, "from": brief(have.contact())}
		return tx.Exec("DELETE FROM contacts WHERE id = ?", id).Error
	})
	if err != nil {
		return fmt.Errorf("remove contact %s: %w", id, err)
	}
	return nil
}

func lockContact(tx *gorm.DB, org inventory.OrganizationID, id inventory.ContactID) (contactRow, error) {
	return one[contactRow](tx.Raw("SELECT * FROM contacts WHERE id = ? AND org_id = ? FOR UPDATE", id, org), "contact", id)
}

// EditOrganization replaces an organisation's profile. One that was changed
// since o.Version is inventory.ErrStale.
func (s *Store) EditOrganization(ctx context.Context, who string, o inventory.Organization) (inventory.Organization, error) {
	o.Contacts = nil
	o, err := o.Normalize()
	if err != nil {
		return inventory.Organization{}, err
	}
	entry := audit.Entry{Actor: who, Act: "organization.edit", Object: string(o.ID)}
	err = s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		have, err := one[organizationRow](tx.Raw("SELECT * FROM organizations WHERE id = ? FOR UPDATE", o.ID), "organisation", o.ID)
		if err != nil {
			return err
		}
		if have.Version != o.Version {
			return fmt.Errorf("it is at version %d, not %d: %w", have.Version, o.Version, inventory.ErrStale)
		}
		entry.Detail = map[string]any{
			"from": []string{have.Name, have.Sector, have.Criticality, have.TimeZone},
			"to":   []string{o.Name, string(o.Sector), string(o.Criticality), o.TimeZone},
		}
		return tx.Exec("UPDATE organizations SET name = ?, sector = ?, country = ?, criticality = ?, time_zone = ?, version = version + 1 WHERE id = ?",
			o.Name, o.Sector, o.Country, o.Criticality, o.TimeZone, o.ID).Error
	})
	if err != nil {
		return inventory.Organization{}, fmt.Errorf("edit organisation %s: %w", o.ID, err)
	}
	return s.Organization(ctx, o.ID)
}
