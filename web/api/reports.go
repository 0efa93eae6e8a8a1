package api

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/web/auth"
)

// week is a weekly report's period unless somebody says otherwise; longest is
// the most that one report covers.
const (
	week    = 7 * 24 * time.Hour
	longest = 366 * 24 * time.Hour
)

const (
	zipType  = "application/zip"
	xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

func (s *server) registerReports() {
	handle(s, "get-weekly-report", "GET /reports/weekly", "Make the exposure report of an organisation or of the nation", s.weeklyReport,
		answersFile("text/html", "application/json", xlsxType, zipType))
}

// A weeklyQuery is the input of a weekly report.
type weeklyQuery struct {
	Edition string    `query:"edition" enum:"operator,sector,national" doc:"Whom the report is for. When absent, org and sector decide."`
	Org     string    `query:"org" doc:"The organisation of an operator's report."`
	Sector  string    `query:"sector" doc:"The sector of a sector's report."`
	Lang    string    `query:"lang" maxLength:"35" doc:"The language of the page, such as bn; English when absent. The files for programs stay English."`
	From    time.Time `query:"from" doc:"Seven days before to when absent."`
	To      time.Time `query:"to" doc:"Exclusive; now when absent."`
	Format  []string  `query:"format" nullable:"false" default:"json" doc:"One or more of html, csv, json, xlsx, separated by commas; more than one file comes as a ZIP archive, all of one snapshot."`
	Archive bool      `query:"archive" doc:"A ZIP archive for a single file too."`
}

func (s *server) weeklyReport(ctx context.Context, in *weeklyQuery) (*file, error) {
	from, to, err := s.period(in.From, in.To)
	if err != nil {
		return nil, err
	}
	about, err := in.subject()
	if err != nil {
		return nil, err
	}
	if id, ok := auth.FromContext(ctx); ok && id.Org != "" && id.Org != about.Org { // bound to its own
		return nil, fmt.Errorf("report about %s%s: %w", about.Org, about.Sector, inventory.ErrNotFound)
	}
	data, err := s.Weekly.WeeklyData(ctx, about, from, to)
	if err != nil {
		return nil, err
	}
	data.Issuer = s.Issuer
	report, err := reports.Build(data)
	if err != nil {
		return nil, err
	}
	files, err := reports.Render(report, in.Format, reports.Options{Printer: locale.For(in.Lang), Fonts: reports.Noto, Links: reports.LinkBase(s.ConsoleURL)})
	if err != nil {
		return nil, err
	}
	if len(files) == 1 && !in.Archive {
		return newFile(files[0].Name, files[0].MediaType, files[0].Data), nil
	}
	archive, err := pack(files, s.Now())
	if err != nil {
		return nil, fmt.Errorf("pack report %s: %w", report.ID, err)
	}
	return newFile(report.ID+".zip", zipType, archive), nil
}

// subject tells whom the report is about, or what does not fit together.
func (in *weeklyQuery) subject() (reports.Subject, error) {
	about := reports.Subject{Org: inventory.OrganizationID(in.Org)}
	if in.Sector != "" {
		sector, err := inventory.ParseSector(in.Sector)
		if err != nil {
			return about, mistake("sector", in.Sector, "is no sector", inventory.HintOf(err))
		}
		about.Sector = sector
	}
	switch edition := reports.Edition(in.Edition); {
	case about.Org != "" && about.Sector != "":
		return about, mistake("sector", in.Sector, "does not go with an organisation", "leave out org or sector")
	case edition == "" || edition == about.Edition():
		return about, nil
	case edition == reports.EditionOperator:
		return about, mistake("org", in.Org, "is needed for the operator edition", "give the organisation's id")
	case edition == reports.EditionSector:
		return about, mistake("sector", in.Sector, "is needed for the sector edition", "give the sector, such as energy")
	}
	return about, mistake("edition", in.Edition, "does not go with an organisation or a sector", "leave both out for the nation")
}

// period completes what was asked for, or says what is wrong with it.
func (s *server) period(from, to time.Time) (time.Time, time.Time, error) {
	if to.IsZero() {
		to = s.Now()
	}
	if from.IsZero() {
		from = to.Add(-week)
	}
	switch {
	case !from.Before(to):
		return from, to, mistake("from", from.Format(time.RFC3339), "is not before to", "give an earlier day")
	case to.Sub(s.Now()) > longest:
		return from, to, mistake("to", to.Format(time.RFC3339), "is more than a year ahead", "give an earlier day")
	case to.Sub(from) > longest:
		return from, to, mistake("from", from.Format(time.RFC3339), "is more than a year before to", "give a later day")
	}
	return from.UTC(), to.UTC(), nil
}

func pack(files []reports.File, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: at})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.Data); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
