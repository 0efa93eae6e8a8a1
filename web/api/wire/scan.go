package wire

import "time"

// A Scan is one run, with what came of it.
type Scan struct {
	ID          string       `json:"id" example:"S-5"`
	OrgID       string       `json:"org_id"`
	AssetID     string       `json:"asset_id" doc:"Empty for the whole organisation."`
	Profile     string       `json:"profile"`
	Trigger     string       `json:"trigger" enum:"manual,schedule,adaptive,advisory"`
	ScheduleID  string       `json:"schedule_id"`
	Slot        *time.Time   `json:"slot" doc:"The schedule's moment."`
	Actor       string       `json:"actor" person:"true"`
	State       string       `json:"state" enum:"queued,running,complete,partial,failed,cancelled"`
	CreatedAt   time.Time    `json:"created_at"`
	StartedAt   *time.Time   `json:"started_at"`
	FinishedAt  *time.Time   `json:"finished_at"`
	PausedAt    *time.Time   `json:"paused_at" doc:"Since when nothing more of it begins; null when it does."`
	PausedBy    string       `json:"paused_by" person:"true"`
	Tasks       TaskCounts   `json:"tasks"`
	Hosts       int          `json:"hosts" doc:"Addresses that answered."`
	Services    int          `json:"services" doc:"Open services seen."`
	Findings    ScanFindings `json:"findings"`
	Skipped     []Skip       `json:"skipped" nullable:"false" doc:"What was left out, and why; the first hundred."`
	SkippedMore int          `json:"skipped_more" doc:"How many more were left out: /scans/{id}/skipped lists all."`
	Remarks     []Remark     `json:"remarks" nullable:"false" doc:"Why addresses were not looked at to the end, the most frequent reason first. Empty in lists."`
	Note        string       `json:"note"`
}

// TaskCounts counts a scan's tasks by how they stand.
type TaskCounts struct {
	Total       int `json:"total"`
	Queued      int `json:"queued"`
	Running     int `json:"running"`
	Complete    int `json:"complete"`
	Partial     int `json:"partial"`
	Unreachable int `json:"unreachable"`
	Blocked     int `json:"blocked"`
	Failed      int `json:"failed"`
	Cancelled   int `json:"cancelled"`
}

// ScanFindings counts what a scan changed and left.
type ScanFindings struct {
	New   int `json:"new"`
	Open  int `json:"open"`
	Fixed int `json:"fixed"`
}

// A Skip is an asset that was left out, and why.
type Skip struct {
	AssetID string `json:"asset_id"`
	What    string `json:"what"`
	Reason  string `json:"reason"`
}

// A Remark is what several addresses of a scan have in common.
type Remark struct {
	Outcome   string `json:"outcome" enum:"partial,unreachable,blocked,failed"`
	Reason    string `json:"reason"`
	Addresses int    `json:"addresses"`
}

// A ScanTask is one part of a scan: some hosts that one worker looks at.
type ScanTask struct {
	ID        string       `json:"id" example:"T-7"`
	State     string       `json:"state" enum:"queued,running,complete,partial,unreachable,blocked,failed,cancelled"`
	Addresses []string     `json:"addresses" nullable:"false" doc:"The first eight."`
	Hosts     int          `json:"hosts"`
	Worker    string       `json:"worker"`
	Note      string       `json:"note"`
	ClaimedAt *time.Time   `json:"claimed_at"`
	EndedAt   *time.Time   `json:"ended_at"`
	Findings  ScanFindings `json:"findings" doc:"Once its results were judged."`
}

// A ScanHost is what came of one address of a scan.
type ScanHost struct {
	AssetID  string   `json:"asset_id"`
	Address  string   `json:"address"`
	TaskID   string   `json:"task_id"`
	Outcome  string   `json:"outcome" enum:"waiting,complete,partial,unreachable,blocked,failed"`
	Reason   string   `json:"reason"`
	Services []string `json:"services" nullable:"false" doc:"Those that are open, such as 443/tcp https."`
}

// ScanChanges are what a scan found different from the look before it at the
// same addresses.
type ScanChanges struct {
	Services []ServiceChange `json:"services" nullable:"false"`
	Findings []FindingChange `json:"findings" nullable:"false"`
	Cut      bool            `json:"cut" doc:"There is more of a kind than the 500 listed."`
}

// A ServiceChange is an open service that came or went.
type ServiceChange struct {
	AssetID   string `json:"asset_id"`
	Address   string `json:"address"`
	Port      int    `json:"port"`
	Transport string `json:"transport"`
	Name      string `json:"name" doc:"What it is taken for."`
	Gone      bool   `json:"gone"`
}

// A FindingChange is what a scan said of a finding.
type FindingChange struct {
	FindingID string `json:"finding_id"`
	Title     string `json:"title"`
	Severity  string `json:"severity"`
	AssetID   string `json:"asset_id"`
	Kind      string `json:"kind" enum:"opened,back_again,fixed,changed"`
	Reason    string `json:"reason"`
}

// A Calendar shows days of scanning: what was, and what schedules will ask for.
type Calendar struct {
	From       time.Time     `json:"from"`
	To         time.Time     `json:"to" doc:"Exclusive."`
	Zone       string        `json:"zone"`
	Days       []CalendarDay `json:"days" nullable:"false"`
	Slots      []Slot        `json:"slots" nullable:"false" doc:"The first 500 to come."`
	Exclusions []Exclusion   `json:"exclusions" nullable:"false" doc:"Orders not to scan that hold on some of the days, the first to end first, up to 100. Shown to the CERT."`
}

// A CalendarDay is one day of it.
type CalendarDay struct {
	Day      string         `json:"day" example:"2026-11-22"`
	Scans    map[string]int `json:"scans" doc:"Scans asked for that day, by state."`
	Planned  int            `json:"planned" doc:"Slots still to come."`
	Excluded int            `json:"excluded" doc:"Orders not to scan that hold on that day."`
	Closed   []Span         `json:"closed" nullable:"false" doc:"When no permission lets anything be scanned; of the calendar of one organisation."`
}

// A Span is a stretch of time.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to" doc:"Exclusive."`
}

// A Slot is a moment at which a schedule will ask for a scan.
type Slot struct {
	ScheduleID string     `json:"schedule_id"`
	OrgID      string     `json:"org_id"`
	Profile    string     `json:"profile"`
	At         time.Time  `json:"at"`
	OpensAt    *time.Time `json:"opens_at" doc:"When a permission's window lets the scan begin; null when none does soon."`
	Hours      []string   `json:"hours" nullable:"false" doc:"When permissions in force let its organisation be scanned."`
}

// A NewScan asks for a scan now: of an organisation, or of one asset.
type NewScan struct {
	OrgID   string `json:"org_id,omitempty" doc:"Give this or asset_id."`
	AssetID string `json:"asset_id,omitempty" doc:"Give this or org_id."`
	Profile string `json:"profile" enum:"ot,light,standard,intensive"`
}

// A Schedule asks for scans at the moments of a cron expression.
type Schedule struct {
	ID        string     `json:"id" example:"SCH-2"`
	OrgID     string     `json:"org_id"`
	Cron      string     `json:"cron"`
	Profile   string     `json:"profile"`
	Jitter    string     `json:"jitter" example:"10m0s"`
	Misfire   string     `json:"misfire" enum:"once,skip"`
	Paused    bool       `json:"paused"`
	NextAt    *time.Time `json:"next_at" doc:"Null while paused."`
	LastSlot  *time.Time `json:"last_slot"`
	LastScan  *LastScan  `json:"last_scan,omitempty" doc:"What the last slot asked for; absent when nothing."`
	Hours     []string   `json:"hours" nullable:"false" doc:"When permissions in force let its organisation be scanned: windows and a time zone, or any time."`
	CreatedAt time.Time  `json:"created_at"`
}

// A LastScan is how the newest scan of a schedule went.
type LastScan struct {
	ID         string     `json:"id"`
	State      string     `json:"state" enum:"queued,running,complete,partial,failed,cancelled"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
}

// A NewSchedule asks for one.
type NewSchedule struct {
	OrgID   string `json:"org_id"`
	Cron    string `json:"cron" minLength:"1" maxLength:"200" example:"CRON_TZ=Asia/Colombo 0 2 * * 1" doc:"Five fields; CRON_TZ=Zone before them at will."`
	Profile string `json:"profile" enum:"ot,light,standard,intensive"`
	Jitter  string `json:"jitter,omitempty" example:"10m" doc:"Scans start up to this much after their slot."`
	Misfire string `json:"misfire,omitempty" enum:"once,skip" doc:"What to do with slots that passed unserved; once when absent."`
}

// Scanning is the state of the installation's stop switch.
type Scanning struct {
	Stopped bool       `json:"stopped"`
	Reason  string     `json:"reason"`
	By      string     `json:"by" person:"true"`
	At      *time.Time `json:"at"`
}
