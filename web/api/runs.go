package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/run"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

func (s *server) registerRuns() {
	handle(s, "list-report-runs", "GET /report-runs", "List the weekly runs, and when the next begins", s.listRuns)
	handle(s, "start-report-run", "POST /report-runs", "Begin a week's run by hand, or add to it whom it lacks", s.startRun, creates)
	handle(s, "get-report-run", "GET /report-runs/{id}", "Show how far a run has come", s.getRun)
	handle(s, "list-reports", "GET /reports", "List reports; an organisation's people see their own that were sent", s.listEditions)
	handle(s, "get-report", "GET /reports/{id}", "Show a report with its files", s.getEdition)
	handle(s, "get-report-file", "GET /reports/{id}/files/{name}", "Get a file of a report exactly as it was made", s.editionFile,
		answersFile("application/octet-stream"))
	handle(s, "decide-reports", "POST /reports/decide", "Check, hold, approve or send reports, or take that back", s.decideEditions)
	handle(s, "note-report", "POST /reports/{id}/note", "Change the analyst's word to the reader", s.noteEdition)
	handle(s, "revise-report", "POST /reports/{id}/revise", "Issue a report again, of data of now", s.reviseEdition, creates)
	handle(s, "resend-report", "POST /reports/{id}/deliveries/{num}/resend", "Tell one contact again", s.resendEdition)
	handle(s, "acknowledge-report", "POST /reports/{id}/acknowledge", "Take note of a report, for its organisation", s.acknowledgeEdition)
	handle(s, "list-report-scope", "GET /reports/{id}/scope", "List what the organisation is asked to confirm, with its answers", s.listScope)
	handle(s, "answer-report-scope", "POST /reports/{id}/scope", "Say which assets are right, wrong or changed", s.answerScope)
	handle(s, "verify-report", "GET /verify/{id}", "Prove that a file is what was issued", s.verifyEdition, public)
}

func (s *server) listRuns(ctx context.Context, in *Paging) (*body[wire.ReportRuns], error) {
	all, next, err := s.Runs.Runs(ctx, in.page())
	if err != nil {
		return nil, err
	}
	at, err := s.Runs.NextRun(ctx)
	if err != nil {
		return nil, err
	}
	return answer(wire.ReportRuns{List: wire.List[wire.ReportRun]{Items: convert(all, reportRun), NextCursor: next}, NextAt: some(at)}), nil
}

func (s *server) startRun(ctx context.Context, in *body[wire.NewReportRun]) (*created[wire.ReportRun], error) {
	from, to, week := run.Period(s.Now(), cmp.Or(s.ReportZone, time.UTC))
	if in.Body.Week != "" {
		var err error
		if week, err = run.ParseWeek(in.Body.Week); err != nil {
			return nil, err
		}
	}
	r, err := s.Runs.BeginRun(ctx, who(ctx), from, to, week)
	if err != nil {
		return nil, err
	}
	return newObject("report-runs", string(r.ID), reportRun(r)), nil
}

func (s *server) getRun(ctx context.Context, in *ByID) (*body[wire.ReportRun], error) {
	r, err := s.Runs.Run(ctx, run.RunID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(reportRun(r)), nil
}

// An editionQuery is the filter of a list of reports.
type editionQuery struct {
	Paging
	Run      string   `query:"run" maxLength:"100"`
	Week     string   `query:"week" maxLength:"10" doc:"Like 2026-W47."`
	Kind     string   `query:"kind" enum:"operator,sector,national"`
	Org      string   `query:"org" maxLength:"100"`
	Sector   string   `query:"sector" maxLength:"40"`
	Text     string   `query:"q" maxLength:"200" doc:"In the operator's name, or the report's id."`
	State    []string `query:"state,explode" nullable:"false" doc:"Of any of these."`
	Flag     string   `query:"flag" maxLength:"40" doc:"With this flag; any: with one at least."`
	Outdated bool     `query:"outdated" doc:"Those, too, whose place a revision has taken."`
}

func (in *editionQuery) filter() (run.Filter, error) {
	f := run.Filter{
		Run: run.RunID(in.Run), Kind: run.Kind(in.Kind), Org: inventory.OrganizationID(in.Org), Text: in.Text, Outdated: in.Outdated,
	}
	var errs []error
	parse(&f.Sector, in.Sector, inventory.ParseSector, &errs)
	parse(&f.Flag, in.Flag, run.ParseFlag, &errs)
	parse(&f.Week, in.Week, run.ParseWeek, &errs)
	for _, word := range in.State {
		var state run.State
		parse(&state, word, run.ParseState, &errs)
		f.States = append(f.States, state)
	}
	return f, errors.Join(errs...)
}

// parse sets what is given, or notes the mistake in it.
func parse[T ~string](to *T, text string, read func(string) (T, error), errs *[]error) {
	if text == "" {
		return
	}
	v, err := read(text)
	if *to = v; err != nil {
		*errs = append(*errs, err)
	}
}

func (s *server) listEditions(ctx context.Context, in *editionQuery) (*listed[wire.Report], error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	if id, _ := auth.FromContext(ctx); id.Bound() {
		// Their own that were sent, whatever they ask for.
		f.Org, f.Kind = id.Org, run.Operator
		f.States = among(f.States, run.Outs())
	}
	all, next, err := s.Runs.Editions(ctx, f, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, func(e run.Edition) wire.Report { return editionFor(ctx, e) }), nil
}

// among are the wanted states that are allowed: all of those when none is
// wanted.
func among(wanted, allowed []run.State) []run.State {
	if len(wanted) == 0 {
		return allowed
	}
	out := []run.State{""} // not empty, which would mean every state
	for _, w := range wanted {
		for _, a := range allowed {
			if w == a {
				out = append(out, w)
			}
		}
	}
	return out
}

// edition returns a report that the caller may see. To an organisation's
// people anything else does not exist.
func (s *server) edition(ctx context.Context, id string) (run.Edition, error) {
	e, err := s.Runs.Edition(ctx, run.EditionID(id))
	if err != nil {
		return e, err
	}
	if who, _ := auth.FromContext(ctx); who.Bound() && (e.Org != who.Org || !e.State.Out()) {
		return run.Edition{}, fmt.Errorf("report %s: %w", id, inventory.ErrNotFound)
	}
	return e, nil
}

func (s *server) getEdition(ctx context.Context, in *ByID) (*body[wire.ReportDetail], error) {
	e, err := s.edition(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if id, _ := auth.FromContext(ctx); id.Bound() {
		if err := s.opened(ctx, e, run.File{}); err != nil {
			return nil, err
		}
	}
	out := wire.ReportDetail{Report: editionFor(ctx, e), Files: convert(e.Files, editionFileOut), Deliveries: []wire.ReportDelivery{}}
	if id, _ := auth.FromContext(ctx); !id.Bound() {
		out.Deliveries = convert(e.Deliveries, reportDelivery)
	}
	return answer(out), nil
}

// opened keeps who saw what. One that cannot be kept shows nothing.
func (s *server) opened(ctx context.Context, e run.Edition, f run.File) error {
	id, _ := auth.FromContext(ctx)
	return s.Runs.OpenReport(ctx, run.Opening{Edition: e.ID, Who: id.User, Org: id.Org, File: f.Name, SHA256: f.SHA256})
}

func (s *server) editionFile(ctx context.Context, in *struct {
	ByID
	Name string `path:"name" maxLength:"255"`
},
) (*file, error) {
	e, err := s.edition(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	f, content, err := s.Runs.EditionFile(ctx, e.ID, in.Name)
	if err != nil {
		return nil, err
	}
	if err := s.opened(ctx, e, f); err != nil {
		return nil, err
	}
	return newFile(f.Name, f.MediaType, content), nil
}
