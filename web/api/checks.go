package api

import (
	"context"
	"maps"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerChecks() {
	handle(s, "list-checks", "GET /checks", "List what scans look for", s.listChecks)
}

func (s *server) listChecks(ctx context.Context, _ *struct{}) (*body[wire.List[wire.Check]], error) {
	all, err := s.Checks.Checks(ctx)
	if err != nil {
		return nil, err
	}
	ids := slices.Sorted(maps.Keys(all))
	return answer(wire.List[wire.Check]{
		Items: convert(ids, func(id inventory.CheckID) wire.Check { return check(all[id]) }),
	}), nil
}

func check(c inventory.Check) wire.Check {
	return wire.Check{
		ID: string(c.ID), Title: c.Title, Severity: string(c.Severity), Why: c.Why, Fix: c.Fix,
		References: words(c.References), CVEs: words(c.CVEs), CWEs: words(c.CWEs), Tags: words(c.Tags),
		CVSS: c.CVSS.Score, CVSSVector: c.CVSS.Vector, Source: c.Source, Protocol: c.Protocol, SHA256: c.SHA256,
	}
}
