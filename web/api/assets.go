package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerAssets() {
	handle(s, "list-assets", "GET /assets", "List assets", s.listAssets)
	handle(s, "create-asset", "POST /assets", "Register an asset", s.createAsset, creates)
	handle(s, "get-asset", "GET /assets/{id}", "Show an asset", s.getAsset)
	handle(s, "get-asset-history", "GET /assets/{id}/history", "List an asset's owners, oldest first", s.assetHistory)
	handle(s, "move-asset", "POST /assets/{id}/move", "Give an asset to another organisation", s.moveAsset)
	handle(s, "retire-asset", "POST /assets/{id}/retire", "Take an asset out of use", s.retireAsset)
	handle(s, "get-asset-page", "GET /assets/{id}/page", "Show all that is known of an asset", s.assetPage)
	handle(s, "edit-asset", "PUT /assets/{id}", "Replace what is said of an asset", s.editAsset)
	handle(s, "change-assets", "POST /assets/change", "Do one thing to many assets", s.changeAssets)
	handle(s, "undo-assets", "POST /asset-undos/{id}", "Take back what was just done to many assets", s.undoAssets)
	handle(s, "export-assets", "GET /assets/export", "Export the assets of a list", s.exportAssets,
		answersFile("text/csv", "application/x-ndjson", xlsxType))
	handle(s, "set-asset-consent", "POST /assets/{id}/consent", "Keep the operator's word on what may be told of an asset", s.setConsent)
}

// AssetSelection are the filters of assets, the same in lists and exports.
type AssetSelection struct {
	ID          []string  `query:"id,explode" nullable:"false" maxItems:"500" doc:"Only these. May be given several times."`
	Org         string    `query:"org" maxLength:"100" doc:"Only this organisation's."`
	Sector      string    `query:"sector" enum:"energy,banking,telecom,transport,health,government,water,defence,industry,other"`
	Kind        string    `query:"kind" enum:"it,ot"`
	AddressKind string    `query:"address_kind" enum:"ipv4,ipv6,cidr,hostname,url"`
	Criticality string    `query:"criticality" enum:"low,medium,high,critical"`
	Tag         string    `query:"tag" maxLength:"50"`
	Contact     string    `query:"contact" maxLength:"100" doc:"Those that this contact answers for."`
	Permit      string    `query:"permit" enum:"missing" doc:"missing: those of which no permission in force covers any part."`
	Sharing     string    `query:"sharing" enum:"none" doc:"none: the owner has not said that they may be told of."`
	Unreachable bool      `query:"unreachable" doc:"Those that did not answer the last scan."`
	Stale       bool      `query:"stale" doc:"Those that no scan looked at for more than eight days."`
	LookedFrom  time.Time `query:"looked_from" doc:"Those that a scan looked at to some end since."`
	Service     string    `query:"service" maxLength:"100" doc:"Those where a service of that name is open, such as http."`
	Text        string    `query:"q" maxLength:"200" doc:"In the address, the name or the site; an address or a prefix selects what is in it, and the prefixes that hold it."`
	Certificate string    `query:"certificate" maxLength:"200" doc:"Those of which a service shows it: a SHA-256 fingerprint or its beginning, or words of its names, subject or issuer."`
	Retired     bool      `query:"retired" doc:"Retired assets instead of those in use."`
	Sort        string    `query:"sort" enum:"newest,address,name,tested,worst" doc:"As registered when absent; tested: longest not scanned first; worst: by open findings."`
}

func (q AssetSelection) filter() inventory.AssetFilter {
	f := inventory.AssetFilter{
		IDs: convert(q.ID, func(id string) inventory.AssetID { return inventory.AssetID(id) }),
		Org: inventory.OrganizationID(q.Org), Sector: inventory.Sector(q.Sector), Class: inventory.AssetClass(q.Kind),
		Kind: inventory.AddressKind(q.AddressKind), Criticality: inventory.Criticality(q.Criticality), Tag: q.Tag,
		Contact: inventory.ContactID(q.Contact), Unpermitted: q.Permit != "", NoConsent: q.Sharing != "", Unreachable: q.Unreachable, Stale: q.Stale, Retired: q.Retired, LookedFrom: q.LookedFrom, Service: q.Service,
		Certificate: strings.TrimSpace(q.Certificate), Text: strings.TrimSpace(q.Text), Sort: inventory.AssetSort(q.Sort),
	}
	if p, err := parsePrefix("q", f.Text); err == nil {
		f.Within, f.Text = p, ""
	}
	return f
}

// An assetQuery is the input of the list of assets.
type assetQuery struct {
	Paging
	AssetSelection
}

func (s *server) listAssets(ctx context.Context, in *assetQuery) (*listed[wire.AssetLine], error) {
	assets, next, err := s.Assets.AssetOverviews(ctx, in.filter(), in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, assets, next, s.assetLine), nil
}

// assetLine shows an asset as it stands now.
func (s *server) assetLine(o inventory.AssetOverview) wire.AssetLine {
	return wire.AssetLine{
		Asset: asset(o.Asset), OrgName: o.OrgName, Sector: string(o.Sector), Open: severities(o.Open), Services: o.Services,
		TestedAt: utc(o.TestedAt), AnsweredAt: utc(o.AnsweredAt), Unreachable: o.Unreachable(),
		Contact: o.Owner, Policy: scanPolicy(o.Policy),
		Stale: o.RetiredAt == nil && (o.TestedAt == nil || o.TestedAt.Before(s.Now().Add(-inventory.StaleAfter))),
	}
}

func scanPolicy(p inventory.ScanPolicy) wire.ScanPolicy {
	return wire.ScanPolicy{
		State: string(p.State), PermitID: string(p.Authorization), Level: levelName(p.Level), Windows: inventory.FormatWindows(p.Windows),
		TimeZone: p.TimeZone, Until: some(p.Until),
	}
}

// levelName is a level's name, or "" for none.
func levelName(l inventory.Level) string {
	if l == inventory.LevelNothing {
		return ""
	}
	return l.String()
}

// levelOf is the opposite of levelName.
func levelOf(name string) (inventory.Level, error) {
	if name == "" {
		return inventory.LevelNothing, nil
	}
	return inventory.ParseLevel(name)
}

func severities(n map[inventory.Severity]int) wire.Severities {
	return wire.Severities{
		Critical: n[inventory.SeverityCritical], High: n[inventory.SeverityHigh], Medium: n[inventory.SeverityMedium],
		Low: n[inventory.SeverityLow], Info: n[inventory.SeverityInfo],
	}
}

func (s *server) createAsset(ctx context.Context, in *body[wire.NewAsset]) (*created[wire.Asset], error) {
	a, err := newAsset(in.Body)
	if err != nil {
		return nil, err
	}
	if _, err := s.Organizations.Organization(ctx, a.Org); err != nil {
		return nil, err
	}
	owned, err := s.Assets.AssetsByAddress(ctx, []string{a.Address.String()})
	if err != nil {
		return nil, err
	}
	if have, ok := owned[a.Address.String()]; ok {
		return nil, &taken{have, a.Org}
	}
	made, err := s.Assets.CreateAssets(ctx, who(ctx), []inventory.Asset{a})
	if errors.Is(err, inventory.ErrConflict) && ownOrg(ctx) != "" {
		return nil, elsewhere(a.Address.String())
	}
	if err != nil {
		return nil, err
	}
	return newObject("assets", string(made[0].ID), asset(made[0])), nil
}

// elsewhere says to an operator that an address is another one's, and no more.
func elsewhere(address string) error {
	return mistake("address", address, "is registered by another organisation", "ask the CERT, if it is yours")
}

// A taken address is registered already: inventory.ErrConflict.
type taken struct {
	have inventory.Asset
	by   inventory.OrganizationID // who wanted it
}

func (e *taken) Error() string {
	return fmt.Sprintf("%s is registered as %s of %s", e.have.Address, e.have.ID, e.have.Org)
}

// Is makes it a conflict.
func (*taken) Is(target error) bool { return target == inventory.ErrConflict }

// Advice returns what to do, or "" when there is nothing to do.
func (e *taken) Advice() string {
	if e.have.Org == e.by {
		return ""
	}
	return fmt.Sprintf("if it changed hands: ciiscan asset move %s --to %s", e.have.ID, e.by)
}

// newAsset reads one asset, or says what is wrong with it.
func newAsset(n wire.NewAsset) (inventory.Asset, error) {
	addr, err := inventory.ParseAddress(n.Address)
	if err != nil {
		return inventory.Asset{}, err
	}
	limit, err := levelOf(n.AtMost)
	if err != nil {
		return inventory.Asset{}, err
	}
	return inventory.Asset{
		Org: inventory.OrganizationID(n.OrgID), Address: addr, Name: n.Name, Site: n.Site,
		Function: n.Function, Contact: inventory.ContactID(n.ContactID), AtMost: limit,
		Class: inventory.AssetClass(n.Kind), Criticality: inventory.Criticality(n.Criticality), Tags: n.Tags,
	}.Normalize()
}

func (s *server) getAsset(ctx context.Context, in *ByID) (*body[wire.Asset], error) {
	return s.assetBody(ctx, in.ID)
}

func (s *server) assetBody(ctx context.Context, id string) (*body[wire.Asset], error) {
	a, err := s.Assets.Asset(ctx, inventory.AssetID(id))
	if err != nil {
		return nil, err
	}
	return answer(asset(a)), nil
}

func (s *server) assetHistory(ctx context.Context, in *ByID) (*body[wire.List[wire.Ownership]], error) {
	spans, err := s.Owners.AssetHistory(ctx, inventory.AssetID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.Ownership]{Items: convert(spans, func(o inventory.Ownership) wire.Ownership {
		return wire.Ownership{
			AssetID: string(o.Asset), OrgID: string(o.Org), From: o.From.UTC(), Until: utc(o.Until), Reason: o.Reason,
		}
	})}), nil
}

func (s *server) moveAsset(ctx context.Context, in *struct {
	ByID
	Body wire.AssetMove
},
) (*body[wire.Asset], error) {
	err := s.Owners.MoveAsset(ctx, who(ctx), inventory.AssetID(in.ID), inventory.OrganizationID(in.Body.OrgID), in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return s.assetBody(ctx, in.ID)
}

func (s *server) retireAsset(ctx context.Context, in *ByIDReason) (*body[wire.Asset], error) {
	if err := s.Owners.RetireAsset(ctx, who(ctx), inventory.AssetID(in.ID), in.Body.Reason); err != nil {
		return nil, err
	}
	return s.assetBody(ctx, in.ID)
}

func (s *server) setConsent(ctx context.Context, in *struct {
	ByID
	Body wire.SharingConsent
},
) (*body[wire.Asset], error) {
	if err := s.Consents.SetConsent(ctx, who(ctx), inventory.AssetID(in.ID), inventory.Consent(in.Body.Sharing)); err != nil {
		return nil, err
	}
	return s.assetBody(ctx, in.ID)
}

func asset(a inventory.Asset) wire.Asset {
	return wire.Asset{
		ID: string(a.ID), OrgID: string(a.Org), Address: a.Address.String(), AddressKind: string(a.Address.Kind()),
		Name: a.Name, Site: a.Site, Function: a.Function, ContactID: string(a.Contact), AtMost: levelName(a.AtMost),
		Kind: string(a.Class), Criticality: string(a.Criticality),
		Tags: append([]string{}, a.Tags...), Sharing: string(cmp.Or(a.Consent, inventory.ConsentNone)), CreatedAt: a.CreatedAt.UTC(), RetiredAt: utc(a.RetiredAt),
		Version: a.Version,
	}
}
