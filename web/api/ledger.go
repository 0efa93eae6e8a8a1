package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// firstYear is the earliest that a ledger can be of.
const firstYear = 2000

func (s *server) registerLedger() {
	media := answersFile("text/html", "text/csv", "application/json", zipType)
	handle(s, "get-ledger", "GET /ledger", "Count what passed in a year, with one peer or with all", s.ledger, media)
	handle(s, "get-plan-report", "GET /ledger/plan", "Show a year by the five themes of the action plan", s.planReport, media)
	handle(s, "list-reminders", "GET /reminders", "List what should be seen to, the soonest first", s.listReminders)
}

// YearQuery is the input of a year's report.
type YearQuery struct {
	Year    int      `query:"year" doc:"This year when absent."`
	Format  []string `query:"format" nullable:"false" default:"json" doc:"One or more of html, csv, json, separated by commas; more than one file comes as a ZIP archive, all of one snapshot."`
	Archive bool     `query:"archive" doc:"A ZIP archive for a single file too."`
}

func (s *server) ledger(ctx context.Context, in *struct {
	YearQuery
	PeerQuery
	Each bool `query:"each" doc:"Of all peers: with each one's year beneath, and without clocks."`
},
) (*file, error) {
	team := exchange.TeamID(in.Peer)
	each := in.Each && team == ""
	year, facts, err := s.yearFacts(ctx, exchange.LedgerQuery{Team: team, Year: in.Year, Clocks: !each})
	if err != nil {
		return nil, err
	}
	now := s.Now().UTC()
	var y exchange.LedgerYear
	if each {
		y = exchange.LedgerOfEach(facts, year)
	} else {
		y = exchange.Ledger(facts, team, year)
	}
	name := "all peers"
	if i := slices.IndexFunc(facts.Teams, func(t exchange.Team) bool { return t.ID == team }); i >= 0 {
		name = facts.Teams[i].Name
	}
	stem := fmt.Sprintf("ledger-%s-%d", cmp.Or(strings.ToLower(in.Peer), "all"), year)
	return s.yearFiles(in.YearQuery, stem, map[string]func(*bytes.Buffer) error{
		"html": func(b *bytes.Buffer) error { return y.WriteHTML(b, name, now) },
		"csv":  func(b *bytes.Buffer) error { return y.WriteCSV(b, name, now) },
		"json": func(b *bytes.Buffer) error { return writeJSON(b, y) },
	})
}

func (s *server) planReport(ctx context.Context, in *YearQuery) (*file, error) {
	year, facts, err := s.yearFacts(ctx, exchange.LedgerQuery{Year: in.Year})
	if err != nil {
		return nil, err
	}
	r := exchange.Plan(facts, year, s.Now())
	return s.yearFiles(*in, fmt.Sprintf("plan-%d", year), map[string]func(*bytes.Buffer) error{
		"html": func(b *bytes.Buffer) error { return r.WriteHTML(b) },
		"csv":  func(b *bytes.Buffer) error { return r.WriteCSV(b) },
		"json": func(b *bytes.Buffer) error { return writeJSON(b, r) },
	})
}

// yearFacts takes the snapshot of a year, 0 being this one.
func (s *server) yearFacts(ctx context.Context, q exchange.LedgerQuery) (int, exchange.LedgerFacts, error) {
	this := s.Now().UTC().Year()
	q.Year = cmp.Or(q.Year, this)
	if q.Year < firstYear || q.Year > this {
		return q.Year, exchange.LedgerFacts{}, mistake("year", fmt.Sprint(q.Year), "is no year to report on", fmt.Sprintf("use one from %d to %d", firstYear, this))
	}
	facts, err := s.Ledger.LedgerFacts(ctx, q)
	return q.Year, facts, err
}

// yearMedia are the formats of a year's reports, in the order of an archive.
var yearMedia = []struct{ format, media string }{
	{"html", "text/html; charset=utf-8"}, {"csv", "text/csv; charset=utf-8"}, {"json", "application/json"},
}

// yearFiles writes a report in the formats asked for.
func (s *server) yearFiles(q YearQuery, stem string, write map[string]func(*bytes.Buffer) error) (*file, error) {
	var files []reports.File
	for _, f := range q.Format {
		if write[f] == nil {
			return nil, mistake("format", f, "unknown format", "use one of: html, csv, json")
		}
	}
	for _, m := range yearMedia {
		if !slices.Contains(q.Format, m.format) {
			continue
		}
		var b bytes.Buffer
		if err := write[m.format](&b); err != nil {
			return nil, fmt.Errorf("write %s as %s: %w", stem, m.format, err)
		}
		files = append(files, reports.File{Name: stem + "." + m.format, MediaType: m.media, Data: b.Bytes()})
	}
	if len(files) == 1 && !q.Archive {
		return newFile(files[0].Name, files[0].MediaType, files[0].Data), nil
	}
	archive, err := pack(files, s.Now())
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", stem, err)
	}
	return newFile(stem+".zip", zipType, archive), nil
}

func writeJSON(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (s *server) listReminders(ctx context.Context, _ *struct{}) (*body[wire.List[wire.Reminder]], error) {
	now := s.Now()
	var f exchange.ReminderFacts
	var err error
	if f.Teams, err = inventory.Every(func(p inventory.Page) ([]exchange.Team, string, error) { return s.Teams.Teams(ctx, p) }); err != nil {
		return nil, err
	}
	if f.Agreements, err = inventory.Every(func(p inventory.Page) ([]exchange.Agreement, string, error) {
		return s.Agreements.Agreements(ctx, "", p)
	}); err != nil {
		return nil, err
	}
	if f.Advisories, err = inventory.Every(func(p inventory.Page) ([]advisory.Advisory, string, error) {
		return s.Advisories.Advisories(ctx, advisory.Filter{Interim: true}, p) // they alone are asked after
	}); err != nil {
		return nil, err
	}
	if f.Deliveries, err = s.Releases.Overdue(ctx, now); err != nil {
		return nil, err
	}
	if f.Sources, err = s.Sources.Sources(ctx, ""); err != nil {
		return nil, err
	}
	if f.OurKeys, err = s.Exchange.OurKeys(ctx); err != nil {
		return nil, err
	}
	return answer(wire.List[wire.Reminder]{Items: convert(exchange.Reminders(f, now), func(r exchange.Reminder) wire.Reminder {
		return wire.Reminder{Kind: string(r.Kind), PeerID: string(r.Team), Object: r.Object, Due: r.Due.UTC(), Urgent: r.Urgent, What: r.What}
	})}), nil
}
