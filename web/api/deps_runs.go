package api

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/run"
)

// Runs keeps the weekly runs and their editions.
type Runs interface {
	NextRun(ctx context.Context) (time.Time, error)
	BeginRun(ctx context.Context, who string, from, to time.Time, week string) (run.Run, error)
	Runs(ctx context.Context, page inventory.Page) ([]run.Run, string, error)
	Run(ctx context.Context, id run.RunID) (run.Run, error)

	Editions(ctx context.Context, f run.Filter, page inventory.Page) ([]run.Edition, string, error)
	Edition(ctx context.Context, id run.EditionID) (run.Edition, error)
	EditionFile(ctx context.Context, id run.EditionID, name string) (run.File, []byte, error)
	DecideEditions(ctx context.Context, who string, d run.Decision) ([]run.Outcome, error)
	SetEditionNote(ctx context.Context, who string, id run.EditionID, note string, version int) error
	ReviseEdition(ctx context.Context, who string, id run.EditionID, because string) (run.Edition, error)

	ResendReport(ctx context.Context, who string, id run.EditionID, delivery int64) error
	OpenReport(ctx context.Context, o run.Opening) error
	AcknowledgeReport(ctx context.Context, who string, org inventory.OrganizationID, id run.EditionID) error
	ReportScope(ctx context.Context, id run.EditionID, page inventory.Page) ([]run.Answer, string, error)
	AnswerScope(ctx context.Context, who string, org inventory.OrganizationID, id run.EditionID, answers []run.Answer) error
}
