package store

import (
	"context"
	"errors"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

var errPending = errors.New("not written yet")

func (s *Store) RegisterWorker(ctx context.Context, name, version string, slots int) error {
	return errPending
}
func (s *Store) TouchWorker(ctx context.Context, name string) error { return errPending }

// QueuedTasks counts the tasks that wait for a worker and may start by now;
// none while the stop switch is on.
func (s *Store) Judge(ctx context.Context, id inventory.TaskID, decide func(inventory.JudgeInput) inventory.JudgeOutput) error {
	return errPending
}
func (s *Store) Findings(ctx context.Context, f inventory.FindingFilter, page inventory.Page) ([]inventory.Finding, string, error) {
	return nil, "", errPending
}
func (s *Store) Finding(ctx context.Context, id inventory.FindingID) (inventory.Finding, error) {
	return inventory.Finding{}, errPending
}
func (s *Store) FindingEvents(ctx context.Context, id inventory.FindingID) ([]inventory.FindingEvent, error) {
	return nil, errPending
}
func (s *Store) Evidence(ctx context.Context, id inventory.EvidenceID) (inventory.Evidence, error) {
	return inventory.Evidence{}, errPending
}
func (s *Store) SetWaiver(ctx context.Context, who string, id inventory.FindingID, w inventory.Waiver) error {
	return errPending
}
func (s *Store) SetWork(ctx context.Context, who string, id inventory.FindingID, w inventory.Work, reason string) error {
	return errPending
}
func (s *Store) WeeklyData(ctx context.Context, org inventory.OrganizationID, from, to time.Time) (reports.Data, error) {
	return reports.Data{}, errPending
}
func (s *Store) CreateAdvisory(ctx context.Context, who string, a advisory.Advisory) (advisory.Advisory, error) {
	return a, errPending
}
func (s *Store) Advisory(ctx context.Context, id advisory.ID) (advisory.Advisory, error) {
	return advisory.Advisory{}, errPending
}
func (s *Store) Advisories(ctx context.Context, page inventory.Page) ([]advisory.Advisory, string, error) {
	return nil, "", errPending
}
func (s *Store) ApproveAdvisory(ctx context.Context, who string, id advisory.ID) (advisory.Advisory, error) {
	return advisory.Advisory{}, errPending
}
func (s *Store) SyncChecks(ctx context.Context, checks []inventory.Check) error { return errPending }
func (s *Store) Checks(ctx context.Context) (map[inventory.CheckID]inventory.Check, error) {
	return nil, errPending
}

// SyncThreats replaces what the feeds say about CVEs.
func (s *Store) SyncThreats(ctx context.Context, threats map[string]inventory.Threat) error {
	return errPending
}
func (s *Store) CreateToken(ctx context.Context, who, user, name, role string, expires time.Time) (string, error) {
	return "", errPending
}
func (s *Store) UserByToken(ctx context.Context, secret string) (user, role string, err error) {
	return "", "", errPending
}

// RevokeToken ends the user's token of that name at once.
func (s *Store) RevokeToken(ctx context.Context, who, user, name string) error { return errPending }
