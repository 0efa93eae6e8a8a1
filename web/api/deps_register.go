package api

import (
	"context"
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// Keeping is what people do with assets besides registering them.
type Keeping interface {
	AssetOverview(ctx context.Context, id inventory.AssetID) (inventory.AssetOverview, error)
	AssetsAround(ctx context.Context, id inventory.AssetID, places []netip.Prefix) ([]inventory.AssetOverview, error)
	AssetFacts(ctx context.Context, id inventory.AssetID) (inventory.AssetFacts, error)
	Certificates(ctx context.Context, f inventory.CertificateFilter, page inventory.Page) ([]inventory.SeenCertificate, string, error)
	AssetDeeds(ctx context.Context, id inventory.AssetID) ([]inventory.Deed, error)
	EditAsset(ctx context.Context, who string, id inventory.AssetID, version int, edit inventory.AssetEdit) (inventory.Asset, error)
	ChangeAssets(ctx context.Context, who string, ids []inventory.AssetID, act inventory.AssetAct) (inventory.Done, error)
	UndoAssets(ctx context.Context, who string, id inventory.UndoID) (inventory.Undone, error)
}

// Imports keeps files on their way into the register.
type Imports interface {
	CreateImport(ctx context.Context, who string, i inventory.Import, content []byte, rows []inventory.ImportRow) (inventory.Import, error)
	ReplaceImport(ctx context.Context, who string, i inventory.Import, rows []inventory.ImportRow) (inventory.Import, error)
	ImportMapping(ctx context.Context, org inventory.OrganizationID, headers []inventory.ImportHeader) (fields map[string]string, saved time.Time, err error)
	AssetImport(ctx context.Context, id inventory.ImportID) (inventory.Import, error)
	ImportContent(ctx context.Context, id inventory.ImportID) ([]byte, error)
	Imports(ctx context.Context, org inventory.OrganizationID, page inventory.Page) ([]inventory.Import, string, error)
	ImportRows(ctx context.Context, id inventory.ImportID, class inventory.ImportClass, page inventory.Page) ([]inventory.ImportRow, string, error)
	ApplyImport(ctx context.Context, who string, id inventory.ImportID) (inventory.Import, error)
	UndoImport(ctx context.Context, who string, id inventory.ImportID) (inventory.ImportReversal, error)
	DropImport(ctx context.Context, who string, id inventory.ImportID) error
}

// Permits is the life of authorisations.
type Permits interface {
	Authorization(ctx context.Context, id inventory.AuthorizationID) (inventory.Authorization, error)
	ActivePermits(ctx context.Context, orgs []inventory.OrganizationID) (map[inventory.OrganizationID][]inventory.Authorization, error)
	AuthorizationsInState(ctx context.Context, org inventory.OrganizationID, state inventory.AuthorizationState, page inventory.Page) ([]inventory.Authorization, string, error)
	AuthorizationLetter(ctx context.Context, id inventory.AuthorizationID) (inventory.Letter, error)
	SaveAuthorizationDraft(ctx context.Context, who string, a inventory.Authorization) (inventory.Authorization, error)
	AttachLetter(ctx context.Context, who string, id inventory.AuthorizationID, l inventory.Letter) (inventory.Authorization, error)
	SubmitAuthorization(ctx context.Context, who string, id inventory.AuthorizationID) (inventory.Authorization, error)
	DecideAuthorization(ctx context.Context, who string, id inventory.AuthorizationID, d inventory.PermitDecision) (inventory.Authorization, error)
	NoteProofCheck(ctx context.Context, id inventory.AuthorizationID) error
}

// Discoveries keeps what was seen beside the register.
type Discoveries interface {
	Discoveries(ctx context.Context, org inventory.OrganizationID, state inventory.DiscoveryState, page inventory.Page) ([]inventory.Discovery, string, error)
	ClaimDiscovery(ctx context.Context, who string, id inventory.DiscoveryID) (inventory.Asset, error)
	RejectDiscovery(ctx context.Context, who string, id inventory.DiscoveryID, reason string) error
}

// Profiles keeps what is known of organisations.
type Profiles interface {
	ExclusionsOf(ctx context.Context, id inventory.OrganizationID) ([]inventory.Exclusion, error)
	OrganizationOverviews(ctx context.Context, f inventory.OrganizationFilter, page inventory.Page) ([]inventory.OrganizationOverview, string, error)
	EditOrganization(ctx context.Context, who string, o inventory.Organization) (inventory.Organization, error)
	EditContact(ctx context.Context, who string, org inventory.OrganizationID, c inventory.Contact) (inventory.Contact, error)
	RemoveContact(ctx context.Context, who string, org inventory.OrganizationID, id inventory.ContactID) error
	Compare(ctx context.Context, id inventory.OrganizationID) (inventory.Comparison, error)
	Onboarding(ctx context.Context, id inventory.OrganizationID) (inventory.OnboardingFacts, error)
}
