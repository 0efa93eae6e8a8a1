package api

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/notify/letter"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// draftNotice writes what an operator could be told of a finding, once in each
// language of those who would get a letter of it.
func (s *server) draftNotice(ctx context.Context, in *struct {
	ByID
	Also string `query:"also" enum:"en,bn,hi,ne,si,ta,th,my,dz" doc:"In this language, too, such as that of who sends it."`
},
) (*body[wire.NoticeDrafts], error) {
	f, err := s.visible(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	c, err := s.Findings.Check(ctx, f.Check)
	if err != nil && !errors.Is(err, inventory.ErrNotFound) { // a check may go, its findings stay
		return nil, err
	}
	all, err := s.Notices.Addressees(ctx, f.Org)
	if err != nil {
		return nil, err
	}
	matter := notify.One(f.Finding, c, s.Now())
	out := wire.NoticeDrafts{}
	add := func(language, name string, zone *time.Location) {
		language = locale.For(language).Tag()
		i := slices.IndexFunc(out.Items, func(d wire.NoticeDraft) bool { return d.Language == language })
		if i < 0 {
			i = len(out.Items)
			out.Items = append(out.Items, wire.NoticeDraft{Language: language, Readers: []string{}, Text: letter.Draft(matter, zone, locale.For(language))})
		}
		if name != "" {
			out.Items[i].Readers = append(out.Items[i].Readers, name)
		}
	}
	zone := time.UTC
	for _, who := range notify.Audience(notify.Alert, all, false) {
		zone = who.Zone
		add(who.Language, inventory.CleanText(who.Name, 200), zone)
		if who.Bilingual {
			add(locale.Default, inventory.CleanText(who.Name, 200), zone)
		}
	}
	if in.Also != "" || len(out.Items) == 0 {
		add(in.Also, "", zone)
	}
	return answer(out), nil
}
