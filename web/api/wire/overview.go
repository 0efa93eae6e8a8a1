package wire

import "time"

// An Overview is the whole picture of the nation, a sector or an organisation.
type Overview struct {
	At            time.Time      `json:"at" doc:"When it was counted: within the last minute."`
	Since         time.Time      `json:"since" doc:"What new, back and fixed count from."`
	Total         Tally          `json:"total"`
	Assets        int            `json:"assets"`
	Looked        int            `json:"looked" doc:"Assets looked at to some end since."`
	LastLook      *time.Time     `json:"last_look"`
	MedianDays    *float64       `json:"median_days" doc:"How long findings closed within 90 days had been open; null when there is none."`
	Sectors       []SectorTally  `json:"sectors" nullable:"false"`
	Organizations []Standing     `json:"organizations" nullable:"false" doc:"The first 25: as rank asks."`
	Silent        []Standing     `json:"silent" nullable:"false" doc:"The first 25 with assets of which nothing was looked at for two weeks, or nothing answered."`
	Services      []ServiceTally `json:"services" nullable:"false" doc:"The 15 most frequent."`
	Weeks         []WeekTally    `json:"weeks" nullable:"false" doc:"Oldest first."`
	Ages          []AgeTally     `json:"ages" nullable:"false" doc:"Of findings present, the youngest first."`
	FixTimes      []FixTime      `json:"fix_times" nullable:"false" doc:"How long findings closed within 90 days took: of all, then by severity."`
}

// A Tally counts findings: new, back and fixed since, the others present.
type Tally struct {
	Open       int `json:"open"`
	Disputed   int `json:"disputed" doc:"Of those open: the operator objects, and the CERT has not decided yet."`
	New        int `json:"new"`
	Back       int `json:"back_again"`
	Fixed      int `json:"fixed"`
	Overdue    int `json:"overdue"`
	KEV        int `json:"kev"`
	KEVOverdue int `json:"kev_overdue"`
}

// A SectorTally counts one sector.
type SectorTally struct {
	Sector        string         `json:"sector"`
	Organizations int            `json:"organizations"`
	Severities    map[string]int `json:"severities" doc:"Findings present, by severity."`
	Tally         Tally          `json:"tally"`
	Assets        int            `json:"assets"`
	Looked        int            `json:"looked"`
}

// A Standing is how one organisation stands.
type Standing struct {
	OrgID       string         `json:"org_id"`
	Name        string         `json:"name"`
	Sector      string         `json:"sector"`
	Criticality string         `json:"criticality"`
	Tally       Tally          `json:"tally"`
	Severities  map[string]int `json:"severities"`
	Assets      int            `json:"assets"`
	Looked      int            `json:"looked"`
	LastLook    *time.Time     `json:"last_look"`
	Unreachable int            `json:"unreachable" doc:"Assets that did not answer the last scan."`
	Grown       int            `json:"grown" doc:"New and back again, less those fixed."`
	Weeks       []int          `json:"weeks" nullable:"false" doc:"What was open at the end of each of the last twelve weeks, oldest first."`
}

// An AgeTally counts the findings present that were first seen in a span.
type AgeTally struct {
	From  *time.Time `json:"from" doc:"Null: whenever before."`
	Until *time.Time `json:"until" doc:"Exclusive; null: until now."`
	Open  int        `json:"open"`
}

// A FixTime is how long findings took to be closed.
type FixTime struct {
	Severity   string  `json:"severity" doc:"Empty for all."`
	Closed     int     `json:"closed"`
	MedianDays float64 `json:"median_days"`
	TargetDays int     `json:"target_days" doc:"The deadline of half of them is no later; 0 where none had one."`
	InTime     int     `json:"in_time" doc:"Closed by their deadline."`
	Due        int     `json:"due" doc:"Those that had one."`
	Within     []int   `json:"within" nullable:"false" doc:"Closed within 1, 7, 15, 30 and 90 days, each without those before, and later."`
}

// A ServiceTally counts one kind of service that is open.
type ServiceTally struct {
	Name     string `json:"name"`
	Open     int    `json:"open"`
	Appeared int    `json:"appeared" doc:"Since, of those open."`
	Gone     int    `json:"gone" doc:"Since, of those not open any more."`
}

// A WeekTally is one week: what was open at its end, what came and went.
type WeekTally struct {
	End    time.Time      `json:"end" doc:"Exclusive."`
	Open   map[string]int `json:"open" doc:"By severity."`
	New    int            `json:"new"`
	Closed int            `json:"closed"`
}

// A Difference is what changed between two moments.
type Difference struct {
	From   time.Time        `json:"from"`
	To     time.Time        `json:"to" doc:"Exclusive."`
	OrgID  string           `json:"org_id" doc:"Whose alone; empty for everybody's."`
	Counts map[string]int   `json:"counts" doc:"Changes by kind, all of them."`
	Most   int              `json:"most" doc:"How many of a kind are listed."`
	Lines  []DifferenceLine `json:"lines" nullable:"false" doc:"By kind, the latest first."`
}

// A DifferenceLine is one change.
type DifferenceLine struct {
	Kind    string    `json:"kind" enum:"finding_new,finding_back_again,finding_fixed,service_appeared,service_gone,asset_added,asset_retired"`
	At      time.Time `json:"at"`
	ID      string    `json:"id" doc:"Of the finding, or of the asset."`
	What    string    `json:"what"`
	Where   string    `json:"where"`
	OrgID   string    `json:"org_id"`
	OrgName string    `json:"org_name"`
}
