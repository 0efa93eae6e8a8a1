package apitest

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// AssetOverview stands in for the real one.
func (f *Fake) AssetOverview(ctx context.Context, id inventory.AssetID) (inventory.AssetOverview, error) {
	a, err := f.Asset(ctx, id)
	return inventory.AssetOverview{Asset: a, Policy: inventory.ScanPolicy{State: inventory.PolicyMissing}}, err
}

// Certificates stands in for the real one.
func (f *Fake) Certificates(context.Context, inventory.CertificateFilter, inventory.Page) ([]inventory.SeenCertificate, string, error) {
	return nil, "", nil
}

// AssetsAround stands in for the real one.
func (f *Fake) AssetsAround(context.Context, inventory.AssetID, []netip.Prefix) ([]inventory.AssetOverview, error) {
	return nil, nil
}

// AssetFacts stands in for the real one.
func (f *Fake) AssetFacts(context.Context, inventory.AssetID) (inventory.AssetFacts, error) {
	return inventory.AssetFacts{}, nil
}

// ExclusionsOf stands in for the real one.
func (f *Fake) ExclusionsOf(context.Context, inventory.OrganizationID) ([]inventory.Exclusion, error) {
	return nil, nil
}

// AssetDeeds stands in for the real one.
func (f *Fake) AssetDeeds(context.Context, inventory.AssetID) ([]inventory.Deed, error) {
	return []inventory.Deed{{At: Noon, Actor: "mara", What: "asset.create"}}, nil
}

// EditAsset stands in for the real one.
func (f *Fake) EditAsset(ctx context.Context, who string, id inventory.AssetID, version int, e inventory.AssetEdit) (inventory.Asset, error) {
	f.did(who, fmt.Sprintf("asset.edit %s at %d", id, version))
	a, err := f.Asset(ctx, id)
	if err != nil {
		return a, err
	}
	return e.Apply(a)
}

// ChangeAssets stands in for the real one.
func (f *Fake) ChangeAssets(_ context.Context, who string, ids []inventory.AssetID, act inventory.AssetAct) (inventory.Done, error) {
	f.did(who, fmt.Sprintf("asset.%s_many %v", act.Word(), ids))
	return inventory.Done{Changed: len(ids), Undo: "U-1", Until: Noon.Add(inventory.UndoFor)}, nil
}

// UndoAssets stands in for the real one.
func (f *Fake) UndoAssets(_ context.Context, who string, id inventory.UndoID) (inventory.Undone, error) {
	f.did(who, "asset.undo "+string(id))
	return inventory.Undone{Restored: 1}, nil
}

// CreateImport stands in for the real one.
func (f *Fake) CreateImport(_ context.Context, who string, i inventory.Import, _ []byte, _ []inventory.ImportRow) (inventory.Import, error) {
	f.did(who, "import.draft")
	i.ID, i.State, i.CreatedAt = "IMP-1", inventory.ImportDraft, Noon
	return i, nil
}

// ReplaceImport stands in for the real one.
func (f *Fake) ReplaceImport(_ context.Context, who string, i inventory.Import, _ []inventory.ImportRow) (inventory.Import, error) {
	f.did(who, "import.map "+string(i.ID))
	return i, nil
}

// ImportMapping stands in for the real one.
func (f *Fake) ImportMapping(context.Context, inventory.OrganizationID, []inventory.ImportHeader) (map[string]string, time.Time, error) {
	return nil, time.Time{}, nil
}

// AssetImport stands in for the real one.
func (f *Fake) AssetImport(_ context.Context, id inventory.ImportID) (inventory.Import, error) {
	if id != "IMP-1" {
		return inventory.Import{}, missing("import", string(id))
	}
	return inventory.Import{
		ID: id, Org: "ORG-1", State: inventory.ImportDraft, Name: "assets.csv", CreatedAt: Noon,
		Counts: map[inventory.ImportClass]int{inventory.RowNew: 1},
	}, nil
}

// ImportContent stands in for the real one.
func (f *Fake) ImportContent(context.Context, inventory.ImportID) ([]byte, error) {
	return []byte("address\n192.0.2.1\n"), nil
}

// Imports stands in for the real one.
func (f *Fake) Imports(ctx context.Context, _ inventory.OrganizationID, p inventory.Page) ([]inventory.Import, string, error) {
	i, err := f.AssetImport(ctx, "IMP-1")
	if err != nil {
		return nil, "", err
	}
	return paged([]inventory.Import{i}, p)
}

// ImportRows stands in for the real one.
func (f *Fake) ImportRows(_ context.Context, _ inventory.ImportID, _ inventory.ImportClass, p inventory.Page) ([]inventory.ImportRow, string, error) {
	return paged([]inventory.ImportRow{{Position: 1, Line: 2, Class: inventory.RowNew, Address: "192.0.2.1"}}, p)
}

// ApplyImport stands in for the real one.
func (f *Fake) ApplyImport(ctx context.Context, who string, id inventory.ImportID) (inventory.Import, error) {
	f.did(who, "import.apply "+string(id))
	return f.AssetImport(ctx, id)
}

// UndoImport stands in for the real one.
func (f *Fake) UndoImport(_ context.Context, who string, id inventory.ImportID) (inventory.ImportReversal, error) {
	f.did(who, "import.undo "+string(id))
	return inventory.ImportReversal{Removed: 1}, nil
}

// DropImport stands in for the real one.
func (f *Fake) DropImport(_ context.Context, who string, id inventory.ImportID) error {
	f.did(who, "import.drop "+string(id))
	return nil
}

// Authorization stands in for the real one.
func (f *Fake) Authorization(_ context.Context, id inventory.AuthorizationID) (inventory.Authorization, error) {
	for _, a := range f.Auths {
		if a.ID == id {
			return a, nil
		}
	}
	return inventory.Authorization{}, missing("authorisation", string(id))
}

// AuthorizationsInState stands in for the real one.
func (f *Fake) AuthorizationsInState(_ context.Context, _ inventory.OrganizationID, state inventory.AuthorizationState, p inventory.Page) ([]inventory.Authorization, string, error) {
	var out []inventory.Authorization
	for _, a := range f.Auths {
		if a.State == state {
			out = append(out, a)
		}
	}
	return paged(out, p)
}

// ActivePermits stands in for the real one.
func (f *Fake) ActivePermits(context.Context, []inventory.OrganizationID) (map[inventory.OrganizationID][]inventory.Authorization, error) {
	out := map[inventory.OrganizationID][]inventory.Authorization{}
	for _, a := range f.Auths {
		out[a.Org] = append(out[a.Org], a)
	}
	return out, nil
}

// AuthorizationLetter stands in for the real one.
func (f *Fake) AuthorizationLetter(context.Context, inventory.AuthorizationID) (inventory.Letter, error) {
	return inventory.Letter{Name: "letter.pdf", Type: "application/pdf", Content: []byte("%PDF-1.7\n%%EOF")}, nil
}

// SaveAuthorizationDraft stands in for the real one.
func (f *Fake) SaveAuthorizationDraft(_ context.Context, who string, a inventory.Authorization) (inventory.Authorization, error) {
	f.did(who, "authorization.edit "+string(a.ID))
	return a, nil
}

// AttachLetter stands in for the real one.
func (f *Fake) AttachLetter(ctx context.Context, who string, id inventory.AuthorizationID, _ inventory.Letter) (inventory.Authorization, error) {
	f.did(who, "authorization.letter "+string(id))
	return f.Authorization(ctx, id)
}

// SubmitAuthorization stands in for the real one.
func (f *Fake) SubmitAuthorization(ctx context.Context, who string, id inventory.AuthorizationID) (inventory.Authorization, error) {
	f.did(who, "authorization.submit "+string(id))
	return f.Authorization(ctx, id)
}

// DecideAuthorization stands in for the real one.
func (f *Fake) DecideAuthorization(ctx context.Context, who string, id inventory.AuthorizationID, d inventory.PermitDecision) (inventory.Authorization, error) {
	f.did(who, fmt.Sprintf("authorization.%s %s", d.Act, id))
	return f.Authorization(ctx, id)
}

// NoteProofCheck stands in for the real one.
func (f *Fake) NoteProofCheck(context.Context, inventory.AuthorizationID) error { return nil }

// Discoveries stands in for the real one.
func (f *Fake) Discoveries(_ context.Context, _ inventory.OrganizationID, _ inventory.DiscoveryState, p inventory.Page) ([]inventory.Discovery, string, error) {
	return paged([]inventory.Discovery{{ID: "D-1", Org: "ORG-1", Address: f.Registered[0].Address, How: inventory.InCertificate, SeenOn: "A-1", State: inventory.DiscoveryOpen}}, p)
}

// ClaimDiscovery stands in for the real one.
func (f *Fake) ClaimDiscovery(ctx context.Context, who string, id inventory.DiscoveryID) (inventory.Asset, error) {
	f.did(who, "discovery.claim "+string(id))
	return f.Asset(ctx, "A-1")
}

// RejectDiscovery stands in for the real one.
func (f *Fake) RejectDiscovery(_ context.Context, who string, id inventory.DiscoveryID, _ string) error {
	f.did(who, "discovery.reject "+string(id))
	return nil
}

// OrganizationOverviews stands in for the real one.
func (f *Fake) OrganizationOverviews(_ context.Context, _ inventory.OrganizationFilter, p inventory.Page) ([]inventory.OrganizationOverview, string, error) {
	var out []inventory.OrganizationOverview
	for _, o := range f.Orgs {
		out = append(out, inventory.OrganizationOverview{Organization: o, Assets: len(f.Registered), Weeks: []int{9, 7, 3}})
	}
	return paged(out, p)
}

// EditOrganization stands in for the real one.
func (f *Fake) EditOrganization(_ context.Context, who string, o inventory.Organization) (inventory.Organization, error) {
	f.did(who, "organization.edit "+string(o.ID))
	return o, nil
}

// EditContact stands in for the real one.
func (f *Fake) EditContact(_ context.Context, who string, _ inventory.OrganizationID, c inventory.Contact) (inventory.Contact, error) {
	f.did(who, "contact.edit "+string(c.ID))
	return c, nil
}

// RemoveContact stands in for the real one.
func (f *Fake) RemoveContact(_ context.Context, who string, _ inventory.OrganizationID, id inventory.ContactID) error {
	f.did(who, "contact.remove "+string(id))
	return nil
}

// Compare stands in for the real one.
func (f *Fake) Compare(context.Context, inventory.OrganizationID) (inventory.Comparison, error) {
	return inventory.Comparison{Own: inventory.KPIs{Assets: 1}, Sector: inventory.SectorEnergy}, nil
}

// Onboarding stands in for the real one.
func (f *Fake) Onboarding(ctx context.Context, id inventory.OrganizationID) (inventory.OnboardingFacts, error) {
	o, err := f.Organization(ctx, id)
	return inventory.OnboardingFacts{Organization: o, Assets: len(f.Registered), Permits: f.Auths}, err
}
