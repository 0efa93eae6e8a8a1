package store

import (
	"context"
	"errors"
	"time"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/scanner"
)

var errPending = errors.New("not written yet")

func Open(ctx context.Context, url string, opts Options) (*Store, error) { return nil, errPending }
func (s *Store) Close() error                                            { return errPending }
func Migrate(ctx context.Context, url string) error                      { return errPending }

func (s *Store) CreateOrganization(ctx context.Context, who string, o inventory.Organization) (inventory.Organization, error) {
	return o, errPending
}
func (s *Store) Organization(ctx context.Context, id inventory.OrganizationID) (inventory.Organization, error) {
	return inventory.Organization{}, errPending
}
func (s *Store) Organizations(ctx context.Context, page inventory.Page) ([]inventory.Organization, string, error) {
	return nil, "", errPending
}
func (s *Store) AddContact(ctx context.Context, who string, org inventory.OrganizationID, c inventory.Contact) (inventory.Contact, error) {
	return c, errPending
}
func (s *Store) CreateAssets(ctx context.Context, who string, assets []inventory.Asset) ([]inventory.Asset, error) {
	return nil, errPending
}
func (s *Store) Asset(ctx context.Context, id inventory.AssetID) (inventory.Asset, error) {
	return inventory.Asset{}, errPending
}
func (s *Store) Assets(ctx context.Context, f inventory.AssetFilter, page inventory.Page) ([]inventory.Asset, string, error) {
	return nil, "", errPending
}
func (s *Store) AssetsByAddress(ctx context.Context, canonical []string) (map[string]inventory.Asset, error) {
	return nil, errPending
}
func (s *Store) MoveAsset(ctx context.Context, who string, id inventory.AssetID, to inventory.OrganizationID, reason string) error {
	return errPending
}
func (s *Store) RetireAsset(ctx context.Context, who string, id inventory.AssetID, reason string) error {
	return errPending
}
func (s *Store) AssetHistory(ctx context.Context, id inventory.AssetID) ([]inventory.Ownership, error) {
	return nil, errPending
}
func (s *Store) CreateAuthorization(ctx context.Context, who string, a inventory.Authorization, document []byte) (inventory.Authorization, error) {
	return a, errPending
}
func (s *Store) Authorizations(ctx context.Context, org inventory.OrganizationID, page inventory.Page) ([]inventory.Authorization, string, error) {
	return nil, "", errPending
}
func (s *Store) RevokeAuthorization(ctx context.Context, who string, id inventory.AuthorizationID, reason string) error {
	return errPending
}
func (s *Store) CreateExclusion(ctx context.Context, who string, x inventory.Exclusion) (inventory.Exclusion, error) {
	return x, errPending
}
func (s *Store) Exclusions(ctx context.Context, page inventory.Page) ([]inventory.Exclusion, string, error) {
	return nil, "", errPending
}
func (s *Store) EndExclusion(ctx context.Context, who string, id inventory.ExclusionID) error {
	return errPending
}
func (s *Store) Scope(ctx context.Context, org inventory.OrganizationID) (inventory.Scope, error) {
	return inventory.Scope{}, errPending
}
func (s *Store) CreateSchedule(ctx context.Context, who string, sch scanner.Schedule) (scanner.Schedule, error) {
	return sch, errPending
}
func (s *Store) Schedule(ctx context.Context, id scanner.ScheduleID) (scanner.Schedule, error) {
	return scanner.Schedule{}, errPending
}
func (s *Store) Schedules(ctx context.Context, org inventory.OrganizationID, page inventory.Page) ([]scanner.Schedule, string, error) {
	return nil, "", errPending
}
func (s *Store) PauseSchedule(ctx context.Context, who string, id scanner.ScheduleID) error {
	return errPending
}
func (s *Store) ResumeSchedule(ctx context.Context, who string, id scanner.ScheduleID, nextAt time.Time) error {
	return errPending
}
func (s *Store) DueSchedules(ctx context.Context, now time.Time, limit int) ([]scanner.Schedule, error) {
	return nil, errPending
}
func (s *Store) AdvanceSchedule(ctx context.Context, id scanner.ScheduleID, slot, next time.Time) error {
	return errPending
}
func (s *Store) CreateScan(ctx context.Context, who string, sc scanner.Scan, tasks []scanner.Task, notBefore, next time.Time) (scanner.Scan, error) {
	return sc, errPending
}
func (s *Store) Scan(ctx context.Context, id scanner.ScanID) (scanner.ScanStatus, error) {
	return scanner.ScanStatus{}, errPending
}
func (s *Store) Scans(ctx context.Context, org inventory.OrganizationID, page inventory.Page) ([]scanner.ScanStatus, string, error) {
	return nil, "", errPending
}
func (s *Store) CancelScan(ctx context.Context, who string, id scanner.ScanID, reason string) error {
	return errPending
}
func (s *Store) CancelAll(ctx context.Context, who, reason string) error { return errPending }
func (s *Store) Stop(ctx context.Context) (scanner.StopOrder, error) {
	return scanner.StopOrder{}, errPending
}
func (s *Store) StopScanning(ctx context.Context, who, reason string) error  { return errPending }
func (s *Store) AllowScanning(ctx context.Context, who, reason string) error { return errPending }
func (s *Store) DueAssets(ctx context.Context, now time.Time, limit int) ([]inventory.Asset, error) {
	return nil, errPending
}
func (s *Store) RegisterWorker(ctx context.Context, name, version string, slots int) error {
	return errPending
}
func (s *Store) TouchWorker(ctx context.Context, name string) error { return errPending }
func (s *Store) ClaimTask(ctx context.Context, worker string, lease time.Duration) (scanner.Task, bool, error) {
	return scanner.Task{}, false, errPending
}

// QueuedTasks counts the tasks that wait for a worker and may start by now;
// none while the stop switch is on.
func (s *Store) QueuedTasks(ctx context.Context) (int, error) { return 0, errPending }
func (s *Store) RenewTask(ctx context.Context, id inventory.TaskID, worker string, attempt int, lease time.Duration) (scanner.Order, error) {
	return scanner.Order{}, errPending
}
func (s *Store) ReleaseTask(ctx context.Context, id inventory.TaskID, worker string, attempt int, reason string) error {
	return errPending
}
func (s *Store) FinishTask(ctx context.Context, r scanner.Report) error { return errPending }
func (s *Store) ReapTasks(ctx context.Context) (int, error)             { return 0, errPending }
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
func (s *Store) AuditRecords(ctx context.Context, page inventory.Page) ([]audit.Record, string, error) {
	return nil, "", errPending
}
func (s *Store) VerifyAudit(ctx context.Context) (int64, error) { return 0, errPending }
