package api

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

func (s *server) assetPage(ctx context.Context, in *ByID) (*body[wire.AssetPage], error) {
	id := inventory.AssetID(in.ID)
	overview, err := s.Keeping.AssetOverview(ctx, id)
	if err != nil {
		return nil, err
	}
	facts, err := s.Keeping.AssetFacts(ctx, id)
	if err != nil {
		return nil, err
	}
	owners, err := s.assetHistory(ctx, in)
	if err != nil {
		return nil, err
	}
	// The asset is theirs, so what was done to it may be told; the log is not.
	deeds, err := s.Keeping.AssetDeeds(account.Unbound(ctx), id)
	if err != nil {
		return nil, err
	}
	org, err := s.Organizations.Organization(ctx, overview.Org)
	if err != nil {
		return nil, err
	}
	limits, err := s.limits(ctx, &overview, facts.States)
	if err != nil {
		return nil, err
	}
	if ownOrg(ctx) != "" {
		deeds = sinceMove(deeds)
	}
	nameContacts(deeds, org.Contacts)
	return answer(wire.AssetPage{
		AssetLine: s.assetLine(overview), Present: convert(facts.Services, service),
		Former: convert(facts.Former, func(f inventory.FormerService) wire.FormerService {
			return wire.FormerService{Service: service(f.Service), GoneAt: f.GoneAt.UTC()}
		}),
		Limits: limits, States: convert(facts.States, addressState), Owners: owners.Body.Items,
		Skipped: convert(facts.Skipped, func(u inventory.Unscanned) wire.Unscanned {
			return wire.Unscanned{ScanID: u.Scan, At: u.At.UTC(), What: u.What, Reason: u.Reason}
		}),
		Certificates: convert(facts.Certificates, s.certificate),
		Deeds:        convert(deeds, deed),
	}), nil
}

// limits tells what holds the scans of an asset within a level, and puts the one
// that rules into its policy.
func (s *server) limits(ctx context.Context, o *inventory.AssetOverview, states []inventory.AddressState) ([]wire.AssetLimit, error) {
	var places []netip.Prefix
	if p, ok := o.Address.Prefix(); ok {
		places = append(places, p)
	} else {
		for _, st := range states {
			places = append(places, netip.PrefixFrom(st.Addr, st.Addr.BitLen()))
		}
	}
	// What others registered there counts in planning, so it counts here; whose
	// it is is not told.
	around, err := s.Keeping.AssetsAround(account.Unbound(ctx), o.ID, places)
	if err != nil {
		return nil, err
	}
	out := []wire.AssetLimit{}
	for _, l := range scanner.Limits(*o, places, around) {
		w := wire.AssetLimit{Kind: string(l.Kind), Level: l.Level.String(), Part: l.Part, Rules: l.Rules, OT: l.Asset.Class == inventory.OT}
		if l.Asset.ID != "" && (l.Asset.Org == o.Org || ownOrg(ctx) == "") {
			w.AssetID, w.Called = string(l.Asset.ID), cmp.Or(l.Asset.Name, l.Asset.Address.String())
		}
		if l.Rules {
			o.Policy.Level = l.Level
		}
		out = append(out, w)
	}
	if ruled := o.Policy.Level < inventory.LevelLight; ruled && (o.Policy.State == inventory.PolicyPermitted || o.Policy.State == inventory.PolicyPartly) {
		o.Policy.State = inventory.PolicyPassive
	}
	return out, nil
}

// sinceMove leaves what was done since an asset came to its present owner: what
// the former one said of it, and who that is, is not the new one's business.
func sinceMove(deeds []inventory.Deed) []inventory.Deed {
	i := slices.IndexFunc(deeds, func(d inventory.Deed) bool { return d.What == "asset.move" })
	if i < 0 {
		return deeds
	}
	for k := range deeds[i].Changes {
		deeds[i].Changes[k].From = ""
	}
	return deeds[:i+1]
}

// nameContacts writes contacts' names in place of their ids; one who is gone
// keeps the id.
func nameContacts(deeds []inventory.Deed, contacts []inventory.Contact) {
	names := contactNames(contacts)
	for _, d := range deeds {
		names.write(d.Changes)
	}
}

// called are contacts' names by their ids.
type called map[string]string

func contactNames(contacts []inventory.Contact) called {
	out := called{}
	for _, c := range contacts {
		out[string(c.ID)] = c.Called()
	}
	return out
}

// write puts names in place of ids.
func (n called) write(changes []inventory.ImportChange) {
	for i, c := range changes {
		if c.Field == "contact" {
			changes[i].From, changes[i].To = cmp.Or(n[c.From], c.From), cmp.Or(n[c.To], c.To)
		}
	}
}

func service(s inventory.Service) wire.Service {
	return wire.Service{
		Address: s.Addr.String(), Port: s.Port, Transport: string(s.Transport), Name: s.Name, Product: s.Product, Version: s.Version,
		ExtraInfo: s.ExtraInfo, CPEs: append([]string{}, s.CPEs...), TLS: s.TLS, Banner: s.Banner,
		FirstSeen: s.FirstSeen.UTC(), LastSeen: s.LastSeen.UTC(),
	}
}

func addressState(st inventory.AddressState) wire.AddressState {
	return wire.AddressState{
		Address: st.Addr.String(), Up: st.Up, Outcome: string(st.Outcome), Reason: st.Reason,
		LastScan: st.LastScan.UTC(), NextScan: st.NextScan.UTC(),
	}
}

func deed(d inventory.Deed) wire.Deed {
	return wire.Deed{At: d.At.UTC(), Actor: d.Actor, What: d.What, Reason: d.Reason, Changes: convert(d.Changes, rowChange)}
}

func (s *server) editAsset(ctx context.Context, in *struct {
	ByID
	Body wire.AssetEdit
},
) (*body[wire.Asset], error) {
	n := in.Body
	limit, err := levelOf(n.AtMost)
	if err != nil {
		return nil, err
	}
	a, err := s.Keeping.EditAsset(ctx, who(ctx), inventory.AssetID(in.ID), n.Version, inventory.AssetEdit{
		Name: n.Name, Site: n.Site, Function: n.Function, Contact: inventory.ContactID(n.ContactID), AtMost: limit,
		Criticality: inventory.Criticality(n.Criticality), Class: inventory.AssetClass(n.Kind), Tags: n.Tags,
	})
	if err != nil {
		return nil, err
	}
	return answer(asset(a)), nil
}

func (s *server) changeAssets(ctx context.Context, in *body[wire.AssetChange]) (*body[wire.Changed], error) {
	n := in.Body
	act := inventory.AssetAct{
		AddTag: n.AddTag, RemoveTag: n.RemoveTag, Criticality: inventory.Criticality(n.Criticality),
		Class: inventory.AssetClass(n.Kind), Consent: inventory.Consent(n.Sharing), Retire: n.Retire,
	}
	if n.AtMost != "" {
		limit, err := levelOf(strings.TrimPrefix(n.AtMost, "permitted"))
		if err != nil {
			return nil, err
		}
		act.AtMost = &limit
	}
	done, err := s.Keeping.ChangeAssets(ctx, who(ctx), typed[inventory.AssetID](n.IDs), act)
	if err != nil {
		return nil, err
	}
	return answer(wire.Changed{Changed: done.Changed, Same: done.Same, Undo: string(done.Undo), Until: some(done.Until)}), nil
}

func (s *server) undoAssets(ctx context.Context, in *ByID) (*body[wire.Undone], error) {
	undone, err := s.Keeping.UndoAssets(ctx, who(ctx), inventory.UndoID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(wire.Undone{Restored: undone.Restored, Kept: words(undone.Kept)}), nil
}
