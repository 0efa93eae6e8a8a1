package apitest

import (
	"context"
	"net/netip"

	"github.com/ciiscan/ciiscan/inventory"
)

// Search stands in for the real one.
func (f *Fake) Search(context.Context, string) ([]inventory.Hit, error) {
	return []inventory.Hit{{Kind: inventory.HitAsset, ID: "A-1", Title: "192.0.2.10", Org: "ORG-1"}}, nil
}

// Holders stands in for the real one.
func (f *Fake) Holders(_ context.Context, addrs []netip.Addr) ([]inventory.Holder, error) {
	return []inventory.Holder{{Addr: addrs[0], Asset: "A-1", What: "192.0.2.0/24", Org: "ORG-1", OrgName: "Grid"}}, nil
}

// NoteOpened stands in for the real one.
func (f *Fake) NoteOpened(_ context.Context, by inventory.Speaker, kind inventory.HitKind, id string) error {
	f.did(by.Name, "opened "+string(kind)+" "+id)
	return nil
}

// Recent stands in for the real one.
func (*Fake) Recent(context.Context, inventory.Speaker) ([]inventory.Opened, error) {
	return []inventory.Opened{{Hit: inventory.Hit{Kind: inventory.HitAsset, ID: "A-1", Title: "192.0.2.10", Org: "ORG-1"}, At: Noon}}, nil
}
