package api

import (
	"context"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerBulletins() {
	handle(s, "publish-advisory", "POST /advisories/{id}/publish", "Let operators read an approved advisory", s.publishAdvisory)
	handle(s, "list-bulletins", "GET /bulletins", "List advisories as operators read them", s.listBulletins)
	handle(s, "get-bulletin", "GET /bulletins/{id}", "Show an advisory as operators read it", s.getBulletin)
}

// publishAdvisory looks once more for names: who is registered since the
// advisory was approved may not be named, either.
func (s *server) publishAdvisory(ctx context.Context, in *ByID) (*body[wire.Advisory], error) {
	a, err := s.Advisories.Advisory(ctx, advisory.ID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := s.namesNobody(ctx, a); err != nil {
		return nil, err
	}
	return advisoryAnswer(s.Bulletins.PublishAdvisory(ctx, who(ctx), a.ID, a.UpdatedAt))
}

// A BulletinQuery says how a bulletin is to be read.
type BulletinQuery struct {
	Lang string `query:"lang" enum:"en,bn,hi,ne,si,ta,th,my,dz" default:"en" doc:"The language to read it in, as far as it is translated."`
	Org  string `query:"org" maxLength:"100" doc:"Whose open findings are counted."`
}

func (s *server) listBulletins(ctx context.Context, in *struct {
	Paging
	BulletinQuery
},
) (*listed[wire.Bulletin], error) {
	all, next, err := s.Bulletins.Bulletins(ctx, in.page())
	if err != nil {
		return nil, err
	}
	out, err := s.bulletinsOut(ctx, all, in.BulletinQuery)
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, out, next, func(b wire.Bulletin) wire.Bulletin { return b }), nil
}

func (s *server) getBulletin(ctx context.Context, in *struct {
	ByID
	BulletinQuery
},
) (*body[wire.Bulletin], error) {
	b, err := s.Bulletins.Bulletin(ctx, advisory.ID(in.ID))
	if err != nil {
		return nil, err
	}
	out, err := s.bulletinsOut(ctx, []advisory.Bulletin{b}, in.BulletinQuery)
	if err != nil {
		return nil, err
	}
	return answer(out[0]), nil
}

// bulletinsOut counts what is open of all of them at once.
func (s *server) bulletinsOut(ctx context.Context, all []advisory.Bulletin, q BulletinQuery) ([]wire.Bulletin, error) {
	var checks []inventory.CheckID
	for _, b := range all {
		checks = append(checks, b.Checks...)
	}
	open, err := s.Bulletins.OpenOf(ctx, inventory.OrganizationID(q.Org), checks)
	if err != nil {
		return nil, err
	}
	return convert(all, func(b advisory.Bulletin) wire.Bulletin {
		t, translated := b.In(q.Lang)
		out := wire.Bulletin{
			ID: string(b.ID), Version: b.Version, Category: string(b.Category), Interim: b.Interim, TLP: string(b.TLP), Severity: string(b.Severity),
			Language: t.Language, Translated: translated, Languages: b.Languages(), Title: t.Title, Summary: t.Summary, Impact: t.Impact, Fix: t.Fix,
			CVEs: words(b.CVEs), References: words(b.References), Products: convert(b.Products, productOut), Concerned: []wire.BulletinCheck{},
			PublishedAt: b.At.UTC(), WithdrawnAt: utc(b.WithdrawnAt), Why: b.Why, Instead: string(b.Instead),
		}
		for _, c := range b.Checks {
			if open[c] > 0 {
				out.Concerned = append(out.Concerned, wire.BulletinCheck{Check: string(c), Open: open[c]})
			}
		}
		return out
	}), nil
}
