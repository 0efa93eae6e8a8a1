package inventory

import "time"

// An OverviewFilter says of whom an overview is; zero fields select everybody.
type OverviewFilter struct {
	Org         OrganizationID
	Sector      Sector
	Criticality Criticality
	Since       time.Time // what counts as a change
	Weeks       int       // how far back the weeks go; 0 for twelve
}

// A Tally counts findings. New, Back and Fixed are changes since a time, of
// findings present or not; the others are of findings present.
type Tally struct {
	Open       int
	Disputed   int // of those open: the operator objects, and the CERT has not decided yet
	New        int
	Back       int
	Fixed      int
	Overdue    int
	KEV        int
	KEVOverdue int
}

// Add adds another tally.
func (t *Tally) Add(o Tally) {
	t.Open += o.Open
	t.Disputed += o.Disputed
	t.New += o.New
	t.Back += o.Back
	t.Fixed += o.Fixed
	t.Overdue += o.Overdue
	t.KEV += o.KEV
	t.KEVOverdue += o.KEVOverdue
}

// A Standing is how one organisation stands.
type Standing struct {
	Org         OrganizationID
	Name        string
	Sector      Sector
	Criticality Criticality
	Tally       Tally
	Severities  map[Severity]int // of findings present
	Assets      int              // in use
	Looked      int              // of them, looked at to some end since
	LastLook    time.Time        // zero: never
	Unreachable int              // assets that did not answer the last scan
	Weeks       []int            // what was open at the end of each of twelve weeks, oldest first; nil when not asked for
}

// A ServiceTally counts one kind of service that is open now.
type ServiceTally struct {
	Name     string
	Open     int
	Appeared int // since, of those open
	Gone     int // since, of those not open any more
}

// A WeekTally is one week of seven days: what was open at its end, and what
// came and went in it.
type WeekTally struct {
	End    time.Time // exclusive
	Open   map[Severity]int
	New    int
	Closed int
}

// AgeLimits are the days at which findings come into the next older group.
func AgeLimits() []int { return []int{7, 15, 31, 61, 91} }

// An AgeTally counts the findings present that were first seen in a span.
type AgeTally struct {
	From, Until time.Time // zero: from the beginning, until now
	Open        int
}

// A FixTime is how long findings of a severity took to be closed.
type FixTime struct {
	Severity   Severity // "" for all
	Closed     int
	MedianDays float64
	TargetDays int   // that half of them had at most, by their decisions; 0 where none had a deadline
	InTime     int   // of those with a deadline, closed by then
	Due        int   // those that had one
	Within     []int // by FixLimits, and the last of those that took longer
}

// FixLimits are the days that group how long findings took: the deadlines.
func FixLimits() []int { return []int{1, ActDays, AttendDays, TrackStarDays, TrackDays} }

// An Overview is the whole picture of those whom a filter selects.
type Overview struct {
	At        time.Time
	Since     time.Time
	Standings []Standing
	Services  []ServiceTally // the most frequent first
	Weeks     []WeekTally    // oldest first
	Ages      []AgeTally     // of findings present, the youngest first
	FixTimes  []FixTime      // of findings closed within ninety days: of all, then by severity, the worst first
	// MedianDays is how long findings that were closed within ninety days had
	// been open; with Closed 0 it means nothing.
	MedianDays float64
	Closed     int
}

// Total sums all standings.
func (o Overview) Total() Tally {
	var t Tally
	for _, s := range o.Standings {
		t.Add(s.Tally)
	}
	return t
}

// A Difference is what changed between two moments, for those whom a filter
// selects. Each list has as many lines as were asked for; the counts are whole.
type Difference struct {
	Counts map[ChangeKind]int
	Lines  []DifferenceLine
}

// MostDifferent is how many lines of a kind people look at.
const MostDifferent = 100

// ChangeKind is a kind of change between two moments.
type ChangeKind string

// Kinds of changes, in the order in which people look at them.
const (
	FindingNew      ChangeKind = "finding_new"
	FindingBack     ChangeKind = "finding_back_again"
	FindingFixed    ChangeKind = "finding_fixed"
	ServiceAppeared ChangeKind = "service_appeared"
	ServiceGone     ChangeKind = "service_gone"
	AssetAdded      ChangeKind = "asset_added"
	AssetRetired    ChangeKind = "asset_retired"
)

// ChangeKinds lists them.
func ChangeKinds() []ChangeKind {
	return []ChangeKind{FindingNew, FindingBack, FindingFixed, ServiceAppeared, ServiceGone, AssetAdded, AssetRetired}
}

// A DifferenceLine is one change.
type DifferenceLine struct {
	Kind    ChangeKind
	At      time.Time
	ID      string // of the finding, or of the asset
	What    string // a title, a service or an address
	Where   string
	Org     OrganizationID
	OrgName string
}
