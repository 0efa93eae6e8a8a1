package api

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

// Deps are the parts behind the API. Who is the acting user's name, as the
// audit log keeps it.
type Deps struct {
	Tokens         auth.Tokens
	TokenAdmin     TokenAdmin
	Accounts       Accounts
	Organizations  Organizations
	Assets         Assets
	Owners         Owners
	Authorizations Authorizations
	Exclusions     Exclusions
	Names          Names
	Schedules      Schedules
	Scheduler      Scheduler
	Scans          Scans
	Planner        Planner
	Switch         Switch
	Findings       Findings
	Decisions      Decisions
	Handling       Handling
	Checks         Checks
	Feeds          Feeds
	Weekly         Weekly
	Notices        Notices
	Overviews      Overviews
	Searches       Searches
	Advisories     Advisories
	Drafts         Drafts
	Audit          Audit
	Runs           Runs

	Keeping      Keeping
	Imports      Imports
	Permits      Permits
	Discoveries  Discoveries
	Profiles     Profiles
	Consents     Consents
	Teams        Teams
	Credentials  Credentials
	Sources      Sources
	Agreements   Agreements
	AdvisoryLife AdvisoryLife
	Bulletins    Bulletins
	Releases     Releases
	Inbox        Inbox
	Matches      Matches
	Ledger       Ledger
	Exchange     Exchange

	// Key describes a contact's OpenPGP key at a time.
	Key func(armoured string, at time.Time) (wire.KeyInfo, error)
	// NextReport tells when the next weekly report after a moment comes; nil
	// where none is planned.
	NextReport func(after time.Time) time.Time

	// Health tells of the database and the workers; the API adds the rest.
	Health func(context.Context) (wire.Health, error)

	Backups  Backups
	Settings []wire.Setting // as this program read them

	// Admit lists the reserved prefixes that may be authorised here
	// (scan.allow_reserved).
	Admit []netip.Prefix

	Mail Mail // how our mail looks
	// ReportZone is the zone of the weekly run.
	ReportZone *time.Location
	// Fingerprint is that of the key which signs here, or "".
	Fingerprint string

	Publisher string // who issues advisories, for export
	Namespace string // the publisher's URL, for export

	Issuer     reports.Issuer // who scans and reports, for reports
	ConsoleURL string         // where people's browsers come in, for links; "" makes none

	Log     *slog.Logger
	Now     func() time.Time
	Version string
}

// Organizations keeps the register's organisations.
type Organizations interface {
	CreateOrganization(ctx context.Context, who string, o inventory.Organization) (inventory.Organization, error)
	Organization(ctx context.Context, id inventory.OrganizationID) (inventory.Organization, error)
	SearchOrganizations(ctx context.Context, f inventory.OrganizationFilter, page inventory.Page) ([]inventory.Organization, string, error)
	AddContact(ctx context.Context, who string, org inventory.OrganizationID, c inventory.Contact) (inventory.Contact, error)
}

// Names asks the DNS.
type Names interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Assets keeps the register's assets.
type Assets interface {
	CreateAssets(ctx context.Context, who string, assets []inventory.Asset) ([]inventory.Asset, error)
	Asset(ctx context.Context, id inventory.AssetID) (inventory.Asset, error)
	AssetOverviews(ctx context.Context, f inventory.AssetFilter, page inventory.Page) ([]inventory.AssetOverview, string, error)
	AssetsByAddress(ctx context.Context, canonical []string) (map[string]inventory.Asset, error)
}

// Owners keeps who owns which asset, and when.
type Owners interface {
	MoveAsset(ctx context.Context, who string, id inventory.AssetID, to inventory.OrganizationID, reason string) error
	RetireAsset(ctx context.Context, who string, id inventory.AssetID, reason string) error
	AssetHistory(ctx context.Context, id inventory.AssetID) ([]inventory.Ownership, error)
}

// Authorizations keeps permissions to scan.
type Authorizations interface {
	CreateAuthorization(ctx context.Context, who string, a inventory.Authorization, document []byte) (inventory.Authorization, error)
	Authorizations(ctx context.Context, org inventory.OrganizationID, page inventory.Page) ([]inventory.Authorization, string, error)
	RevokeAuthorization(ctx context.Context, who string, id inventory.AuthorizationID, reason string) error
}

// Exclusions keeps standing orders not to scan.
type Exclusions interface {
	CreateExclusion(ctx context.Context, who string, x inventory.Exclusion) (inventory.Exclusion, error)
	Exclusions(ctx context.Context, page inventory.Page) ([]inventory.Exclusion, string, error)
	ExclusionsWithin(ctx context.Context, from, to time.Time, limit int) ([]inventory.Exclusion, error)
	EndExclusion(ctx context.Context, who string, id inventory.ExclusionID) error
}

// Schedules keeps schedules.
type Schedules interface {
	Schedule(ctx context.Context, id scanner.ScheduleID) (scanner.Schedule, error)
	Schedules(ctx context.Context, org inventory.OrganizationID, page inventory.Page) ([]scanner.Schedule, string, error)
	LastRuns(ctx context.Context, ids []scanner.ScheduleID) (map[scanner.ScheduleID]scanner.Scan, error)
	PauseSchedule(ctx context.Context, who string, id scanner.ScheduleID) error
}

// A Scheduler knows when schedules are due.
type Scheduler interface {
	NewSchedule(ctx context.Context, who string, s scanner.Schedule) (scanner.Schedule, error)
	// FirstSchedule is NewSchedule for an organisation without one that runs;
	// one that has some gets the next to fire.
	FirstSchedule(ctx context.Context, who string, s scanner.Schedule) (scanner.Schedule, error)
	Resume(ctx context.Context, who string, id scanner.ScheduleID) error
	RunSchedule(ctx context.Context, who string, id scanner.ScheduleID) (scanner.Scan, error)
	// Slots lists when schedules are due in [from, to), in order.
	Slots(ctx context.Context, org inventory.OrganizationID, from, to time.Time) ([]scanner.Slot, error)
}

// Scans keeps scans.
type Scans interface {
	Scan(ctx context.Context, id scanner.ScanID) (scanner.ScanStatus, error)
	Scans(ctx context.Context, f scanner.ScanFilter, page inventory.Page) ([]scanner.ScanStatus, string, error)
	ScanTasks(ctx context.Context, id scanner.ScanID, state scanner.TaskState, page inventory.Page) ([]scanner.TaskStatus, string, error)
	ScanSkips(ctx context.Context, id scanner.ScanID, page inventory.Page) ([]scanner.Skip, string, error)
	ScanHosts(ctx context.Context, id scanner.ScanID, f scanner.HostFilter, page inventory.Page) ([]scanner.HostStatus, string, error)
	ScanChanges(ctx context.Context, id scanner.ScanID) (scanner.ScanChanges, error)
	ScanDays(ctx context.Context, org inventory.OrganizationID, from, to time.Time, zone string) ([]scanner.DayCount, error)
	CancelScan(ctx context.Context, who string, id scanner.ScanID, reason string) error
	PauseScan(ctx context.Context, who string, id scanner.ScanID, reason string) error
	ResumeScan(ctx context.Context, who string, id scanner.ScanID) error
}

// A Planner begins a scan of an organisation, or of one asset.
type Planner interface {
	Start(ctx context.Context, who string, org inventory.OrganizationID, asset inventory.AssetID, profile string) (scanner.Scan, error)
	// Recheck begins a scan that asks what one finding asks.
	Recheck(ctx context.Context, who string, f inventory.Finding, exposure bool) (scanner.Scan, error)
}

// A Switch stops all scanning, and allows it again.
type Switch interface {
	Stop(ctx context.Context) (scanner.StopOrder, error)
	StopScanning(ctx context.Context, who, reason string) error
	AllowScanning(ctx context.Context, who, reason string) error
}

// Findings keeps findings and their proofs.
type Findings interface {
	FindingLines(ctx context.Context, f inventory.FindingFilter, page inventory.Page) ([]inventory.FindingLine, string, error)
	// CountFindings counts up to most.
	CountFindings(ctx context.Context, f inventory.FindingFilter, most int) (inventory.Count, error)
	FindingLine(ctx context.Context, id inventory.FindingID) (inventory.FindingLine, error)
	FindingOutlook(ctx context.Context, f inventory.Finding) (inventory.Outlook, error)
	Check(ctx context.Context, id inventory.CheckID) (inventory.Check, error)
	FindingEvents(ctx context.Context, id inventory.FindingID) ([]inventory.FindingEvent, error)
	Evidence(ctx context.Context, id inventory.EvidenceID) (inventory.Evidence, error)
}

// Decisions keeps what people decide about findings.
type Decisions interface {
	SetWaiver(ctx context.Context, who string, id inventory.FindingID, w inventory.Waiver) error
	SetWork(ctx context.Context, who string, id inventory.FindingID, w inventory.Work, reason string) error
}

// Handling keeps what people do about findings, together and one by one.
type Handling interface {
	ActOnFindings(ctx context.Context, who string, chosen inventory.Chosen, deed inventory.FindingDeed) (inventory.Acted, error)
	UndoAct(ctx context.Context, who string, id inventory.BulkID) (inventory.FindingUndone, error)
	CountHandled(ctx context.Context, who string, since time.Time) (int, error)
	// ExportFindings gives all that the filter selects to each, in parts.
	ExportFindings(ctx context.Context, who string, f inventory.FindingFilter, form string, each func([]inventory.FindingLine) error) error
	FindingEvidence(ctx context.Context, id inventory.FindingID, evidence inventory.EvidenceID) (inventory.Evidence, error)
	FindingAdvisories(ctx context.Context, id inventory.FindingID) ([]inventory.AdvisoryRef, error)

	FindingViews(ctx context.Context, by inventory.Speaker) ([]inventory.View, error)
	SaveFindingView(ctx context.Context, by inventory.Speaker, v inventory.View) (inventory.View, error)
	DeleteFindingView(ctx context.Context, who string, id inventory.ViewID) error

	AnswerFinding(ctx context.Context, by inventory.Speaker, id inventory.FindingID, r inventory.Reply) error
	AddFindingComment(ctx context.Context, by inventory.Speaker, id inventory.FindingID, shared bool, text string) error
	FindingComments(ctx context.Context, by inventory.Speaker, id inventory.FindingID) ([]inventory.Comment, error)
	Disputes(ctx context.Context, f inventory.DisputeFilter, p inventory.Page) ([]inventory.DisputeLine, string, error)
	Dispute(ctx context.Context, id inventory.DisputeID) (inventory.DisputeLine, []inventory.Comment, error)
	SayInDispute(ctx context.Context, by inventory.Speaker, id inventory.DisputeID, text string) error
	RuleDispute(ctx context.Context, who string, id inventory.DisputeID, r inventory.Ruling) error

	// ReserveRescan takes a rescan from what is allowed; BeginRescan notes the
	// scan that it became, or with none takes it back.
	ReserveRescan(ctx context.Context, by inventory.Speaker, id inventory.FindingID) (inventory.Finding, int64, error)
	BeginRescan(ctx context.Context, by inventory.Speaker, num int64, id inventory.FindingID, scan scanner.ScanID) error
	LastRescan(ctx context.Context, id inventory.FindingID) (inventory.Rescan, error)
}

// Checks knows what may run.
type Checks interface {
	Checks(ctx context.Context) (map[inventory.CheckID]inventory.Check, error)
}

// Feeds keeps what threat feeds say about CVEs; an import replaces the one
// before it.
type Feeds interface {
	ImportKEV(ctx context.Context, who string, threats map[string]inventory.Threat) error
	ImportEPSS(ctx context.Context, who string, threats map[string]inventory.Threat) error
}

// Weekly takes the snapshot that a weekly report is made of.
type Weekly interface {
	WeeklyData(ctx context.Context, about reports.Subject, from, to time.Time) (reports.Data, error)
}

// Searches finds.
type Searches interface {
	Search(ctx context.Context, text string) ([]inventory.Hit, error)
	Holders(ctx context.Context, addrs []netip.Addr) ([]inventory.Holder, error)
	NoteOpened(ctx context.Context, by inventory.Speaker, kind inventory.HitKind, id string) error
	Recent(ctx context.Context, by inventory.Speaker) ([]inventory.Opened, error)
}

// Overviews counts the whole picture.
type Overviews interface {
	Overview(ctx context.Context, f inventory.OverviewFilter) (inventory.Overview, error)
	OpenByWeek(ctx context.Context, orgs []inventory.OrganizationID, end time.Time) (map[inventory.OrganizationID][]int, error)
	Difference(ctx context.Context, f inventory.OverviewFilter, from, to time.Time, most int) (inventory.Difference, error)
}

// Advisories keeps advisories.
type Advisories interface {
	Advisory(ctx context.Context, id advisory.ID) (advisory.Advisory, error)
	Advisories(ctx context.Context, f advisory.Filter, page inventory.Page) ([]advisory.Advisory, string, error)
	ApproveAdvisory(ctx context.Context, who string, id advisory.ID) (advisory.Advisory, error)
}

// Bulletins keeps what of advisories our own operators read.
type Bulletins interface {
	// PublishAdvisory is inventory.ErrStale when the advisory was changed since.
	PublishAdvisory(ctx context.Context, who string, id advisory.ID, seen time.Time) (advisory.Advisory, error)
	Bulletin(ctx context.Context, id advisory.ID) (advisory.Bulletin, error)
	Bulletins(ctx context.Context, page inventory.Page) ([]advisory.Bulletin, string, error)
	// OpenOf counts the open findings of checks, of all organisations without one.
	OpenOf(ctx context.Context, org inventory.OrganizationID, checks []inventory.CheckID) (map[inventory.CheckID]int, error)
}

// Drafts makes advisories of what is known.
type Drafts interface {
	AdvisoryFacts(ctx context.Context, check inventory.CheckID) (advisory.Facts, error)
	// ChecksOf are the checks that found the findings.
	ChecksOf(ctx context.Context, findings []inventory.FindingID) ([]inventory.CheckID, error)
	CreateAdvisory(ctx context.Context, who string, a advisory.Advisory) (advisory.Advisory, error)
}

// TokenAdmin gives tokens out and takes them back.
type TokenAdmin interface {
	// CreateToken gives of a token, which ends at expires.
	CreateToken(ctx context.Context, who string, of auth.Identity, name string, expires time.Time) (secret string, err error)
	RevokeToken(ctx context.Context, who, user, name string) error
}

// Audit is the record of acts.
type Audit interface {
	AuditRecords(ctx context.Context, f audit.Filter, page inventory.Page) ([]audit.Record, string, error)
	AuditAfter(ctx context.Context, seq int64, limit int) ([]audit.Record, error)
	// RecordAct keeps an act that changes nothing.
	RecordAct(ctx context.Context, e audit.Entry) error
	// VerifyAudit returns the last good record; audit.ErrBroken names the first
	// break.
	VerifyAudit(ctx context.Context) (audit.Record, error)
}
