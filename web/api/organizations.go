package api

import (
	"cmp"
	"context"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerOrganizations() {
	handle(s, "list-organizations", "GET /organizations", "List organisations", s.listOrganizations)
	handle(s, "create-organization", "POST /organizations", "Register an organisation", s.createOrganization, creates)
	handle(s, "get-organization", "GET /organizations/{id}", "Show an organisation", s.getOrganization)
	handle(s, "add-contact", "POST /organizations/{id}/contacts", "Add a contact to an organisation", s.addContact, creates)
}

func (s *server) listOrganizations(ctx context.Context, in *organizationQuery) (*listed[wire.Organization], error) {
	orgs, next, err := s.Organizations.SearchOrganizations(ctx, in.filter(), in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, orgs, next, organization), nil
}

func (s *server) createOrganization(ctx context.Context, in *body[wire.NewOrganization]) (*created[wire.Organization], error) {
	n := in.Body
	o, err := inventory.Organization{
		Name: n.Name, Sector: inventory.Sector(n.Sector), Country: n.Country,
		Criticality: inventory.Criticality(n.Criticality), TimeZone: n.TimeZone,
		Contacts: convert(n.Contacts, newContact),
	}.Normalize()
	if err != nil {
		return nil, err
	}
	o, err = s.Organizations.CreateOrganization(ctx, who(ctx), o)
	if err != nil {
		return nil, err
	}
	return newObject("organizations", string(o.ID), organization(o)), nil
}

func (s *server) getOrganization(ctx context.Context, in *ByID) (*body[wire.Organization], error) {
	o, err := s.Organizations.Organization(ctx, inventory.OrganizationID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(organization(o)), nil
}

func (s *server) addContact(ctx context.Context, in *struct {
	ByID
	Body wire.NewContact
},
) (*created[wire.Contact], error) {
	c, err := newContact(in.Body).Normalize()
	if err != nil {
		return nil, err
	}
	c, err = s.Organizations.AddContact(ctx, who(ctx), inventory.OrganizationID(in.ID), c)
	if err != nil {
		return nil, err
	}
	return newObject("organizations", in.ID, contact(c)), nil
}

func newContact(c wire.NewContact) inventory.Contact {
	return inventory.Contact{
		Role: inventory.ContactRole(c.Role), Name: c.Name, Email: c.Email, Phone: c.Phone, OpenPGPKey: c.OpenPGPKey,
		SMIMECertificate: c.SMIMECertificate, Language: c.Language, TimeZone: c.TimeZone, Position: c.Position,
		Mutes: inventory.Mutes{Digest: c.NoDigest, Alerts: c.NoAlerts},
	}
}

func organization(o inventory.Organization) wire.Organization {
	return wire.Organization{
		ID: string(o.ID), Name: o.Name, Sector: string(o.Sector), Country: o.Country,
		Criticality: string(o.Criticality), TimeZone: o.TimeZone,
		Contacts: convert(o.Contacts, contact), CreatedAt: o.CreatedAt.UTC(), Version: o.Version,
	}
}

func contact(c inventory.Contact) wire.Contact {
	return wire.Contact{
		ID: string(c.ID), Role: string(c.Role), Name: c.Name, Email: c.Email, Phone: c.Phone, OpenPGPKey: c.OpenPGPKey,
		SMIMECertificate: c.SMIMECertificate, Language: cmp.Or(c.Language, "en"), TimeZone: c.TimeZone,
		Position: cmp.Or(c.Position, 1), Digest: !c.Mutes.Digest, Alerts: !c.Mutes.Alerts, Version: c.Version,
	}
}
