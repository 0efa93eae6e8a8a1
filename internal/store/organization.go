package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

// Num and ID are made by the database, here and in every row below: read back
// on insert, never written.
type organizationRow struct {
	Num         int64  `gorm:"->;default:(-)"`
	ID          string `gorm:"primaryKey;->;default:(-)"`
	Name        string
	Sector      string
	Country     string
	Criticality string
	TimeZone    string
	CreatedAt   time.Time
	Version     int
}

func (organizationRow) TableName() string { return "organizations" }

func (r organizationRow) number() int64 { return r.Num }

func (r organizationRow) organization() inventory.Organization {
	return inventory.Organization{
		ID: inventory.OrganizationID(r.ID), Name: r.Name, Sector: inventory.Sector(r.Sector), Country: r.Country,
		Criticality: inventory.Criticality(r.Criticality), TimeZone: r.TimeZone, CreatedAt: r.CreatedAt.UTC(),
		Version: r.Version,
	}
}

type contactRow struct {
	Num              int64  `gorm:"->;default:(-)"`
	ID               string `gorm:"primaryKey;->;default:(-)"`
	OrgID            string
	Role             string
	Name             string
	Email            string
	Phone            string
	OpenPGPKey       string `gorm:"column:openpgp_key"`
	SMIMECertificate string `gorm:"column:smime_certificate"`
	Language         string
	TimeZone         string
	Position         int
	Digest, Alerts   bool
	Version          int
}

func (contactRow) TableName() string { return "contacts" }

func (r contactRow) contact() inventory.Contact {
	return inventory.Contact{
		ID: inventory.ContactID(r.ID), Role: inventory.ContactRole(r.Role), Name: r.Name,
		Email: r.Email, Phone: r.Phone, OpenPGPKey: r.OpenPGPKey, SMIMECertificate: r.SMIMECertificate,
		Language: r.Language, TimeZone: r.TimeZone, Position: r.Position,
		Mutes: inventory.Mutes{Digest: !r.Digest, Alerts: !r.Alerts}, Version: r.Version,
	}
}

func contactRowOf(org string, c inventory.Contact) contactRow {
	return contactRow{
		OrgID: org, Role: string(c.Role), Name: c.Name, Email: c.Email, Phone: c.Phone, OpenPGPKey: c.OpenPGPKey,
		SMIMECertificate: c.SMIMECertificate, Language: c.Language, TimeZone: c.TimeZone, Position: c.Position,
		Digest: !c.Mutes.Digest, Alerts: !c.Mutes.Alerts, Version: 1,
	}
}

// CreateOrganization stores an organisation and its contacts. A second one of
// the same name in the same country is inventory.ErrConflict.
func (s *Store) CreateOrganization(ctx context.Context, who string, o inventory.Organization) (inventory.Organization, error) {
	o, err := o.Normalize()
	if err != nil {
		return inventory.Organization{}, err
	}
	row := organizationRow{
		Name: o.Name, Sector: string(o.Sector), Country: o.Country, Criticality: string(o.Criticality),
		TimeZone: o.TimeZone, CreatedAt: s.now(), Version: 1,
	}
	var contacts []inventory.Contact
	entry := audit.Entry{Actor: who, Act: "organization.create", Detail: map[string]any{"name": o.Name, "sector": o.Sector}}
	err = s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		for _, c := range o.Contacts {
			c, err := insertContact(tx, row.ID, c)
			if err != nil {
				return err
			}
			contacts = append(contacts, c)
		}
		return nil
	})
	if err != nil {
		return inventory.Organization{}, fmt.Errorf("create organisation %q: %w", o.Name, err)
	}
	made := row.organization()
	made.Contacts = contacts
	return made, nil
}

// Organization finds one, with its contacts.
func (s *Store) Organization(ctx context.Context, id inventory.OrganizationID) (inventory.Organization, error) {
	row, err := one[organizationRow](s.read(ctx).Where("id = ?", id), "organisation", id)
	if err != nil {
		return inventory.Organization{}, err
	}
	all, err := withContacts(s.read(ctx), []organizationRow{row})
	if err != nil {
		return inventory.Organization{}, fmt.Errorf("read organisation %s: %w", id, fault(err))
	}
	return all[0], nil
}

// Organizations lists them, oldest first, with their contacts.
func (s *Store) Organizations(ctx context.Context, p inventory.Page) ([]inventory.Organization, string, error) {
	rows, next, err := page[organizationRow](s.read(ctx), listing{name: "organizations", column: "num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list organisations: %w", err)
	}
	all, err := withContacts(s.read(ctx), rows)
	if err != nil {
		return nil, "", fmt.Errorf("list organisations: %w", fault(err))
	}
	return all, next, nil
}

// TimeZones are those of organisations; who is not there has none.
func (s *Store) TimeZones(ctx context.Context, orgs []inventory.OrganizationID) (map[inventory.OrganizationID]string, error) {
	var rows []struct {
		ID       inventory.OrganizationID
		TimeZone string
	}
	if err := s.read(ctx).Table("organizations").Where("id = ANY(?)", array(orgs)).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read time zones: %w", fault(err))
	}
	out := make(map[inventory.OrganizationID]string, len(rows))
	for _, r := range rows {
		out[r.ID] = r.TimeZone
	}
	return out, nil
}

// AddContact adds a contact to an organisation.
func (s *Store) AddContact(ctx context.Context, who string, org inventory.OrganizationID, c inventory.Contact) (inventory.Contact, error) {
	o, err := s.Organization(ctx, org)
	if err != nil {
		return inventory.Contact{}, err
	}
	// An organisation is tidied with its contacts, so that there is one rule.
	o.Contacts = []inventory.Contact{c}
	if o, err = o.Normalize(); err != nil {
		return inventory.Contact{}, err
	}
	entry := audit.Entry{Actor: who, Act: "contact.add", Object: string(org)}
	err = s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if c, err = insertContact(tx, string(org), o.Contacts[0]); err != nil {
			return err
		}
		entry.Detail = map[string]any{"contact": c.ID, "role": c.Role}
		return nil
	})
	if err != nil {
		return inventory.Contact{}, fmt.Errorf("add contact to organisation %s: %w", org, err)
	}
	return c, nil
}

func insertContact(tx *gorm.DB, org string, c inventory.Contact) (inventory.Contact, error) {
	row := contactRowOf(org, c)
	err := tx.Create(&row).Error
	return row.contact(), err
}

// withContacts maps rows and adds to each its contacts, oldest first.
func withContacts(q *gorm.DB, rows []organizationRow) ([]inventory.Organization, error) {
	out := mapped(rows, organizationRow.organization)
	at := map[string]int{}
	var ids []string
	for i, r := range rows {
		at[r.ID] = i
		ids = append(ids, r.ID)
	}
	var contacts []contactRow
	if err := q.Where("org_id = ANY(?)", array(ids)).Order("num").Find(&contacts).Error; err != nil {
		return nil, err
	}
	for _, c := range contacts {
		o := &out[at[c.OrgID]]
		o.Contacts = append(o.Contacts, c.contact())
	}
	return out, nil
}
