package api

import (
	"context"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

func (s *server) registerProfiles() {
	handle(s, "list-organization-lines", "GET /organization-lines", "List organisations by name with what is known of them", s.listOrganizationLines)
	handle(s, "edit-organization", "PUT /organizations/{id}", "Replace an organisation's profile", s.editOrganization)
	handle(s, "edit-contact", "PUT /organizations/{id}/contacts/{contact}", "Replace what is known of a contact", s.editContact)
	handle(s, "remove-contact", "DELETE /organizations/{id}/contacts/{contact}", "Remove a contact", s.removeContact)
	handle(s, "list-contact-keys", "GET /organizations/{id}/keys", "Describe the keys of an organisation's contacts", s.listContactKeys)
	handle(s, "compare-organization", "GET /organizations/{id}/comparison", "Compare an organisation with its sector", s.compareOrganization)
	handle(s, "get-onboarding", "GET /organizations/{id}/onboarding", "Show how far an organisation is", s.getOnboarding)
	handle(s, "book-first-scan", "POST /organizations/{id}/first-scan", "Book weekly scans within the windows", s.bookFirstScan, creates)
}

// An organizationQuery are the filters of organisations.
type organizationQuery struct {
	Paging
	ID     []string `query:"id,explode" nullable:"false" maxItems:"500" doc:"Only these. May be given several times."`
	Text   string   `query:"q" maxLength:"200" doc:"In the name, or the id."`
	Sector string   `query:"sector" enum:"energy,banking,telecom,transport,health,government,water,defence,industry,other"`
	Org    string   `query:"org" maxLength:"100" doc:"Only this one."`
}

func (q organizationQuery) filter() inventory.OrganizationFilter {
	ids := convert(q.ID, func(id string) inventory.OrganizationID { return inventory.OrganizationID(id) })
	return inventory.OrganizationFilter{ID: inventory.OrganizationID(q.Org), IDs: ids, Text: q.Text, Sector: inventory.Sector(q.Sector)}
}

func (s *server) listOrganizationLines(ctx context.Context, in *organizationQuery) (*listed[wire.OrganizationLine], error) {
	all, next, err := s.Profiles.OrganizationOverviews(ctx, in.filter(), in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, func(o inventory.OrganizationOverview) wire.OrganizationLine {
		return wire.OrganizationLine{
			Organization: organization(o.Organization), Assets: o.Assets, Open: severities(o.Open), Permits: o.Permits, Drafts: o.Drafts,
			TestedAt: utc(o.TestedAt), Weeks: append([]int{}, o.Weeks...),
		}
	}), nil
}

func (s *server) editOrganization(ctx context.Context, in *struct {
	ByID
	Body wire.OrganizationEdit
},
) (*body[wire.Organization], error) {
	n := in.Body
	o, err := s.Profiles.EditOrganization(ctx, who(ctx), inventory.Organization{
		ID: inventory.OrganizationID(in.ID), Name: n.Name, Sector: inventory.Sector(n.Sector), Country: n.Country,
		Criticality: inventory.Criticality(n.Criticality), TimeZone: n.TimeZone, Version: n.Version,
	})
	if err != nil {
		return nil, err
	}
	return answer(organization(o)), nil
}

// AContact names a contact of an organisation.
type AContact struct {
	ByID
	Contact string `path:"contact" maxLength:"100"`
}

func (s *server) editContact(ctx context.Context, in *struct {
	AContact
	Body wire.ContactEdit
},
) (*body[wire.Contact], error) {
	c := newContact(in.Body.NewContact)
	c.ID, c.Version = inventory.ContactID(in.Contact), in.Body.Version
	c, err := s.Profiles.EditContact(ctx, who(ctx), inventory.OrganizationID(in.ID), c)
	if err != nil {
		return nil, err
	}
	return answer(contact(c)), nil
}

func (s *server) removeContact(ctx context.Context, in *AContact) (*struct{}, error) {
	return nil, s.Profiles.RemoveContact(ctx, who(ctx), inventory.OrganizationID(in.ID), inventory.ContactID(in.Contact))
}

func (s *server) listContactKeys(ctx context.Context, in *ByID) (*body[wire.List[wire.ContactKeys]], error) {
	o, err := s.Organizations.Organization(ctx, inventory.OrganizationID(in.ID))
	if err != nil {
		return nil, err
	}
	out := wire.List[wire.ContactKeys]{Items: []wire.ContactKeys{}}
	for _, c := range o.Contacts {
		keys := wire.ContactKeys{ContactID: string(c.ID)}
		if c.OpenPGPKey != "" {
			info, err := s.Key(c.OpenPGPKey, s.Now())
			if err != nil {
				info = wire.KeyInfo{Trouble: err.Error()}
			}
			keys.OpenPGP = &info
		}
		if cert, ok := c.Certificate(); ok {
			keys.SMIME = &wire.KeyInfo{
				Fingerprint: cert.Fingerprint, Owner: cert.Subject, Until: some(cert.Until), Usable: s.Now().Before(cert.Until),
			}
			if !keys.SMIME.Usable {
				keys.SMIME.Trouble = "it has expired"
			}
		}
		if keys.OpenPGP != nil || keys.SMIME != nil {
			out.Items = append(out.Items, keys)
		}
	}
	return answer(out), nil
}

// compareOrganization counts over a whole sector, of which the organisation
// learns the medians only.
func (s *server) compareOrganization(ctx context.Context, in *ByID) (*body[wire.Comparison], error) {
	c, err := s.Profiles.Compare(account.Unbound(ctx), inventory.OrganizationID(in.ID))
	if err != nil {
		return nil, err
	}
	out := wire.Comparison{Own: kpis(c.Own), Sector: string(c.Sector)}
	if c.Median != nil {
		median := kpis(*c.Median)
		out.Median, out.Peers = &median, c.Peers
	}
	return answer(out), nil
}

func kpis(k inventory.KPIs) wire.KPIs {
	return wire.KPIs{Assets: k.Assets, Open: k.Open, Urgent: k.Urgent, KEV: k.KEV, Overdue: k.Overdue, MedianDays: k.MedianDays}
}

func (s *server) getOnboarding(ctx context.Context, in *ByID) (*body[wire.Onboarding], error) {
	facts, err := s.Profiles.Onboarding(ctx, inventory.OrganizationID(in.ID))
	if err != nil {
		return nil, err
	}
	o := facts.Judge(s.Now(), s.NextReport)
	return answer(wire.Onboarding{
		OrgID: string(o.Org), TimeZone: o.TimeZone, Done: o.Done(), Waiting: o.Waiting, Cron: o.Cron,
		Steps: convert(o.Steps, func(p inventory.OnboardingStep) wire.OnboardingStep {
			return wire.OnboardingStep{Name: string(p.Name), Done: p.Done, N: p.N, At: some(p.At)}
		}),
	}), nil
}

// bookFirstScan makes the weekly schedule that onboarding proposes, where there
// is none yet: asked twice, it answers twice with the same.
func (s *server) bookFirstScan(ctx context.Context, in *ByID) (*created[wire.Schedule], error) {
	facts, err := s.Profiles.Onboarding(ctx, inventory.OrganizationID(in.ID))
	if err != nil {
		return nil, err
	}
	o := facts.Judge(s.Now(), nil)
	if o.Cron == "" {
		return nil, &advised{inventory.ErrConflict, "first a permission to scan has to be in force"}
	}
	profile := "standard"
	if o.Level == inventory.LevelLight {
		profile = "light"
	}
	sch, err := s.Scheduler.FirstSchedule(ctx, who(ctx), scanner.Schedule{
		Org: o.Org, Cron: o.Cron, Profile: profile, Misfire: scanner.MisfireOnce,
	})
	if err != nil {
		return nil, err
	}
	return s.newSchedule(ctx, sch)
}
