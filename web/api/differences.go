package api

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerDifferences() {
	handle(s, "get-diff", "GET /diff", "Show what changed between two dates", s.getDifference)
}

// A differenceQuery is the input of the comparison of two dates.
type differenceQuery struct {
	From        string `query:"from" maxLength:"40" doc:"Day or moment; seven days before to when absent."`
	To          string `query:"to" maxLength:"40" doc:"Day or moment, exclusive; now when absent."`
	Org         string `query:"org" maxLength:"100"`
	Sector      string `query:"sector" enum:"energy,banking,telecom,transport,health,government,water,defence,industry,other"`
	Criticality string `query:"criticality" enum:"low,medium,high,critical"`
}

func (s *server) getDifference(ctx context.Context, in *differenceQuery) (*body[wire.Difference], error) {
	from, err := dayOrMoment("from", in.From)
	if err != nil {
		return nil, err
	}
	to, err := dayOrMoment("to", in.To)
	if err != nil {
		return nil, err
	}
	if from, to, err = s.period(from, to); err != nil {
		return nil, err
	}
	f := inventory.OverviewFilter{
		Org: inventory.OrganizationID(in.Org), Sector: inventory.Sector(in.Sector), Criticality: inventory.Criticality(in.Criticality),
	}
	if f.Org, err = boundTo(ctx, f.Org); err != nil {
		return nil, err
	}
	d, err := s.Overviews.Difference(ctx, f, from, to)
	if err != nil {
		return nil, err
	}
	out := wire.Difference{From: from.UTC(), To: to.UTC(), Counts: map[string]int{}, Most: inventory.MostDifferent}
	for kind, n := range d.Counts {
		out.Counts[string(kind)] = n
	}
	out.Lines = convert(d.Lines, func(l inventory.DifferenceLine) wire.DifferenceLine {
		return wire.DifferenceLine{
			Kind: string(l.Kind), At: l.At.UTC().Truncate(time.Second), ID: l.ID, What: inventory.CleanText(l.What, 300),
			Where: inventory.CleanText(l.Where, 300), OrgID: string(l.Org), OrgName: l.OrgName,
		}
	})
	return answer(out), nil
}
