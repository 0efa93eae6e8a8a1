package api

import (
	"context"
	"net/netip"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerSearch() {
	handle(s, "search", "GET /search", "Find by id, address, prefix, CVE, certificate, or words of names and titles", s.search)
	handle(s, "list-recent", "GET /recent", "List what you opened last", s.listRecent)
	handle(s, "note-opened", "POST /recent", "Keep that you opened something", s.noteOpened)
	handle(s, "look-up-addresses", "POST /search/addresses", "Tell who has each of many addresses", s.lookUpAddresses)
}

func (s *server) search(ctx context.Context, in *struct {
	Text string `query:"q" minLength:"1" maxLength:"200"`
},
) (*body[wire.SearchResult], error) {
	hits, err := s.Searches.Search(ctx, in.Text)
	if err != nil {
		return nil, err
	}
	return answer(wire.SearchResult{Hits: convert(hits, hit)}), nil
}

func hit(h inventory.Hit) wire.Hit {
	return wire.Hit{
		Kind: string(h.Kind), ID: h.ID, Title: inventory.CleanText(h.Title, 300), Detail: inventory.CleanText(h.Detail, 300),
		Place: inventory.CleanText(h.Place, 300), OrgID: string(h.Org),
	}
}

// mostRecent is how many things that somebody opened are shown.
const mostRecent = 10

func (s *server) listRecent(ctx context.Context, _ *struct{}) (*body[wire.Recent], error) {
	opened, err := s.Searches.Recent(ctx, speaker(ctx))
	if err != nil {
		return nil, err
	}
	return answer(wire.Recent{Items: convert(opened[:min(len(opened), mostRecent)], func(o inventory.Opened) wire.Opened {
		return wire.Opened{Hit: hit(o.Hit), OpenedAt: o.At}
	})}), nil
}

// noteOpened takes whatever id it is given: who may not see the thing does not
// find it among what they opened.
func (s *server) noteOpened(ctx context.Context, in *body[wire.Opening]) (*struct{}, error) {
	return nil, s.Searches.NoteOpened(ctx, speaker(ctx), inventory.HitKind(in.Body.Kind), in.Body.ID)
}

func (s *server) lookUpAddresses(ctx context.Context, in *body[wire.AddressText]) (*body[wire.AddressHolders], error) {
	addrs, odd, err := inventory.ParseAddresses(in.Body.Text)
	if err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, mistake("text", "", "has no address in it", "paste addresses such as 192.0.2.7, in lines or with commas between them")
	}
	holders, err := s.Searches.Holders(ctx, addrs)
	if err != nil {
		return nil, err
	}
	held := map[netip.Addr]bool{}
	out := wire.AddressHolders{Asked: len(addrs), Odd: []string{}, Nobodys: []string{}}
	out.Holders = convert(holders, func(h inventory.Holder) wire.AddressHolder {
		held[h.Addr] = true
		return wire.AddressHolder{
			Address: h.Addr.String(), AssetID: string(h.Asset), What: h.What, OrgID: string(h.Org), OrgName: h.OrgName, Open: h.Open,
		}
	})
	for _, a := range addrs {
		if !held[a] {
			out.Nobodys = append(out.Nobodys, a.String())
		}
	}
	for _, o := range odd[:min(len(odd), 100)] {
		out.Odd = append(out.Odd, inventory.CleanText(o, 100))
	}
	return answer(out), nil
}
