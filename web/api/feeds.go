package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/inventory/importer"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerFeeds() {
	handle(s, "import-feed", "POST /feeds/{feed}", "Import what a threat feed says about CVEs", s.importFeed, func(op *huma.Operation) {
		op.MaxBodyBytes = maxUpload
	})
}

// A feedFile is a feed as it is published.
type feedFile struct {
	Feed    string `path:"feed" enum:"kev,epss" doc:"kev is CISA's JSON, epss FIRST's CSV, gzipped or not."`
	RawBody []byte
}

func (s *server) importFeed(ctx context.Context, in *feedFile) (*body[wire.FeedResult], error) {
	threats, err := importer.ReadFeed(importer.Feed(in.Feed), in.RawBody)
	if err != nil {
		return nil, err
	}
	keep := s.Feeds.ImportKEV
	if importer.Feed(in.Feed) == importer.EPSS {
		keep = s.Feeds.ImportEPSS
	}
	if err := keep(ctx, who(ctx), threats); err != nil {
		return nil, err
	}
	return answer(wire.FeedResult{Feed: in.Feed, CVEs: len(threats)}), nil
}
