package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// mostDifferences bounds a file of changes, by kind: it is made in memory.
const mostDifferences = 50_000

func (s *server) registerDifferences() {
	handle(s, "get-diff", "GET /diff", "Show what changed between two dates or scans", s.getDifference)
	handle(s, "export-diff", "GET /diff/export", "Give out all that changed between two dates or scans", s.exportDifference, answersFile("text/csv", "application/x-ndjson"))
}

// A DifferenceQuery says between which two moments, and of whom.
type DifferenceQuery struct {
	From        string `query:"from" maxLength:"40" doc:"Day or moment; seven days before to when absent."`
	To          string `query:"to" maxLength:"40" doc:"Day or moment, exclusive; now when absent."`
	FromScan    string `query:"from_scan" maxLength:"100" doc:"Instead of from: when this scan had ended."`
	ToScan      string `query:"to_scan" maxLength:"100" doc:"Instead of to: when this scan had ended."`
	Org         string `query:"org" maxLength:"100"`
	Sector      string `query:"sector" enum:"energy,banking,telecom,transport,health,government,water,defence,industry,other"`
	Criticality string `query:"criticality" enum:"low,medium,high,critical"`
}

func (s *server) getDifference(ctx context.Context, in *DifferenceQuery) (*body[wire.Difference], error) {
	out, err := s.difference(ctx, in, inventory.MostDifferent)
	if err != nil {
		return nil, err
	}
	return answer(out), nil
}

func (s *server) difference(ctx context.Context, in *DifferenceQuery, most int) (wire.Difference, error) {
	f := inventory.OverviewFilter{
		Org: inventory.OrganizationID(in.Org), Sector: inventory.Sector(in.Sector), Criticality: inventory.Criticality(in.Criticality),
	}
	var err error
	if f.Org, err = boundTo(ctx, f.Org); err != nil {
		return wire.Difference{}, err
	}
	from, err := s.turn(ctx, &f, "from", in.From, in.FromScan)
	if err != nil {
		return wire.Difference{}, err
	}
	to, err := s.turn(ctx, &f, "to", in.To, in.ToScan)
	if err != nil {
		return wire.Difference{}, err
	}
	if from, to, err = s.period(from, to); err != nil {
		return wire.Difference{}, err
	}
	d, err := s.Overviews.Difference(ctx, f, from, to, most)
	if err != nil {
		return wire.Difference{}, err
	}
	out := wire.Difference{From: from.UTC(), To: to.UTC(), OrgID: string(f.Org), Counts: map[string]int{}, Most: most}
	for kind, n := range d.Counts {
		out.Counts[string(kind)] = n
	}
	out.Lines = convert(d.Lines, func(l inventory.DifferenceLine) wire.DifferenceLine {
		return wire.DifferenceLine{
			Kind: string(l.Kind), At: l.At.UTC().Truncate(time.Second), ID: l.ID, What: inventory.CleanText(l.What, 300),
			Where: inventory.CleanText(l.Where, 300), OrgID: string(l.Org), OrgName: l.OrgName,
		}
	})
	return out, nil
}

// turn is one end of what is compared: a day or a moment, or the end of a scan,
// which narrows the comparison to the scan's organisation.
func (s *server) turn(ctx context.Context, f *inventory.OverviewFilter, field, text, scan string) (time.Time, error) {
	if scan == "" {
		return dayOrMoment(field, text)
	}
	st, err := s.Scans.Scan(ctx, scanner.ScanID(scan))
	switch {
	case err != nil:
		return time.Time{}, err
	case st.FinishedAt == nil:
		return time.Time{}, mistake(field+"_scan", scan, "has not ended", "choose one that has")
	case f.Org != "" && f.Org != st.Org:
		return time.Time{}, mistake(field+"_scan", scan, "is of another organisation", "compare two scans of one organisation")
	}
	f.Org = st.Org
	return st.FinishedAt.Add(time.Second), nil // with what it told
}

func (s *server) exportDifference(ctx context.Context, in *struct {
	DifferenceQuery
	Format string `query:"format" enum:"csv,ndjson" default:"csv"`
},
) (*file, error) {
	d, err := s.difference(ctx, &in.DifferenceQuery, mostDifferences)
	if err != nil {
		return nil, err
	}
	for kind, n := range d.Counts {
		if n > mostDifferences {
			return nil, mistake("from", kind, fmt.Sprintf("more than %d changes of this kind", mostDifferences), "take them in parts, by from and to or by sector")
		}
	}
	var b bytes.Buffer
	name := "changes-" + d.From.Format("20060102") + "-" + d.To.Format("20060102") + "." + in.Format
	if in.Format == "ndjson" {
		out := json.NewEncoder(&b)
		for _, l := range d.Lines {
			if err := out.Encode(l); err != nil {
				return nil, fmt.Errorf("write changes: %w", err)
			}
		}
		return newFile(name, "application/x-ndjson", b.Bytes()), nil
	}
	out, err := reports.NewCSVStream(&b, []string{"kind", "at", "id", "what", "where", "organization_id", "organization"})
	if err != nil {
		return nil, err
	}
	for _, l := range d.Lines {
		if err := out.Write([]any{l.Kind, l.At, l.ID, l.What, l.Where, l.OrgID, l.OrgName}); err != nil {
			return nil, err
		}
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	return newFile(name, "text/csv; charset=utf-8", b.Bytes()), nil
}
