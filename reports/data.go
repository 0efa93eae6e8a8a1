package reports

import (
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Subject is whom a report is about: an organisation, a sector, or with
// neither the nation.
type Subject struct {
	Org    inventory.OrganizationID
	Sector inventory.Sector
}

// Edition is the kind of report that the subject gets.
func (s Subject) Edition() Edition {
	switch {
	case s.Org != "":
		return EditionOperator
	case s.Sector != "":
		return EditionSector
	}
	return EditionNational
}

// Data is one snapshot of the store, the only source of a report. That of an
// operator holds its findings one by one. Those of a sector and of the nation
// hold sums: a Standing of each organisation, and a Weakness for each check.
type Data struct {
	Subject  Subject
	Org      *inventory.Organization // of an operator's report
	Orgs     map[inventory.OrganizationID]inventory.Organization
	From, To time.Time // the period, [From, To)
	At       time.Time // when the snapshot was taken
	Issue    Issue

	Issuer Issuer
	// NextRun is when the next report is due; zero when nobody knows.
	NextRun time.Time

	// Assets are those in use, those retired within the period, and those
	// that findings name.
	Assets   map[inventory.AssetID]inventory.Asset
	Services []inventory.Service // open now
	// Certificates are those that these services show now.
	Certificates []inventory.SeenCertificate
	// Findings are those present now, and those closed within the period.
	Findings []inventory.Finding
	// Events are those of the period that changed more than a time, oldest
	// first.
	Events   []inventory.FindingEvent
	Coverage []Coverage
	Checks   map[inventory.CheckID]inventory.Check
	Threats  map[string]inventory.Threat // by CVE, of the checks that findings name
	Scans    []ScanRun
	// Authorizations are those in force.
	Authorizations []inventory.Authorization
	Touches        []Touch

	// Past are the weeks before this one, oldest first, and Peers what is
	// usual in the operator's sector, by the end of the week.
	Past  []Week
	Peers []Band

	// Standings and the others below are for the sector and the nation.
	Standings  []Standing
	Weaknesses []Weakness
	Clock      []ClockEntry
	// Named lets a sector's report name the operators. Without it they are
	// numbered.
	Named bool
}

// Issuer is the team that scans and reports. What is empty is left out.
type Issuer struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Phone string `json:"phone"`
	// Sources are the addresses that scans come from.
	Sources []string `json:"sources"`
	// About is the page where somebody who was scanned can ask whether it was
	// the team.
	About string `json:"about"`
}

// Coverage is the latest look at one address of an asset, or why there was
// none (Addr and At are then zero).
type Coverage struct {
	Asset   inventory.AssetID
	Addr    netip.Addr
	At      time.Time
	Outcome inventory.Outcome
	Reason  string
}

// ScanRun is one scan of the period.
type ScanRun struct {
	ID         string
	Org        inventory.OrganizationID
	Profile    string
	StartedAt  time.Time
	FinishedAt time.Time
	State      string
}

// A Touch is an advisory that concerns assets of the operator. The store
// leaves out what the operator may not see.
type Touch struct {
	ID        string                `json:"id"` // the publisher's: "ENC-2026-0007"
	Publisher string                `json:"publisher"`
	Title     string                `json:"title"`
	Titles    map[string]string     `json:"titles,omitempty"` // by language, of those that are translated
	TLP       string                `json:"tlp"`
	At        time.Time             `json:"at"` // when it came, or was released
	Assets    []inventory.AssetID   `json:"assets"`
	Findings  []inventory.FindingID `json:"finding_ids"`
	Affected  int                   `json:"affected"` // assets by outcome
	Fixed     int                   `json:"fixed"`
	Unharmed  int                   `json:"not_present"`
	Unclear   int                   `json:"unknown"`
	Pending   int                   `json:"pending"`
}

// A Week is how things stood at the end of one week. A number that nobody
// knows is absent.
type Week struct {
	Name      string    `json:"week"` // "2026-W47"
	Until     time.Time `json:"until"`
	Critical  int       `json:"critical"`
	High      int       `json:"high"`
	Medium    int       `json:"medium"`
	Low       int       `json:"low"`
	Info      int       `json:"info"`
	KEV       int       `json:"kev"`
	New       int       `json:"new"`
	Closed    int       `json:"closed"`
	MedianAge *int      `json:"median_age_days,omitempty"`   // of what is open, without mere information
	ToClose   *int      `json:"median_close_days,omitempty"` // of what closed within the week
	Due       int       `json:"closed_with_deadline"`        // closed within the week
	Met       int       `json:"closed_in_time"`              // of these
}

// A Band is what is usual in a sector at the end of one week: the middle half
// of its operators, and the one in the middle. It exists for MinPeers
// operators and more.
type Band struct {
	Until     time.Time `json:"until"`
	Operators int       `json:"operators"`
	Urgent    Range     `json:"urgent"` // open critical and high findings
	Age       Range     `json:"median_age_days"`
	ToClose   Range     `json:"median_close_days"`
	MetShare  Range     `json:"closed_in_time_percent"`
}

// A Range is the quartiles of a number over operators; Known is how many of
// them have it. With fewer than MinPeers the quartiles are not told.
type Range struct {
	Known  int `json:"known"`
	Low    int `json:"low"`
	Median int `json:"median"`
	High   int `json:"high"`
}

// MinPeers is how many operators a number must come from before others may
// see it: of fewer, each could be guessed.
const MinPeers = 5

// A Standing is one organisation in numbers, as the card of its own report
// counts them.
type Standing struct {
	Org                          inventory.OrganizationID
	Assets, InScope, Reached     int
	Added, Removed               int // assets, within the period
	Hosts                        int
	Services, Risky, OT          int // OT protocols among the risky ones
	NewServices                  int
	Critical, High, Medium       int
	Low, Info                    int
	KEV, KEVOverdue, Ransomware  int // without those waived
	Overdue, Waived              int
	New, Reopened, Fixed         int // within the period
	OldestCritical, OldestKEV    int // days; 0 for none
	MedianAge, ToClose           *int
	Due, Met                     int
	LastLook, LastAnswer         time.Time // of a scan, and of a person; zero for never
	Scans, ScansFailed, LateScan int       // of the period; assets whose look is overdue
}

// A Weakness is one check over many organisations.
type Weakness struct {
	Check         inventory.CheckID
	Findings      int
	Assets        int
	Organizations int
	KEV           int
	Overdue       int
	Waived        int
	FalsePositive int // among the waived
	New, Fixed    int // within the period
	OldestDays    int
}

// A ClockEntry is how far one document of a peer has come at home.
type ClockEntry struct {
	ID         string     `json:"id"`
	Team       string     `json:"team"`
	TLP        string     `json:"tlp"`
	Title      string     `json:"title"`
	ReceivedAt time.Time  `json:"received_at"`
	MatchedAt  *time.Time `json:"matched_at,omitempty"`
	DecidedAt  *time.Time `json:"decided_at,omitempty"` // when the last match had its verdict
	FixedAt    *time.Time `json:"fixed_at,omitempty"`   // when the last affected asset was fixed
	Matches    int        `json:"matches"`
	Affected   int        `json:"affected"`
	Fixed      int        `json:"fixed"`
	Pending    int        `json:"pending"`
	Operators  int        `json:"organizations"`
}

// Issue is what people decide about a report that is sent out. The zero one is
// that of a report which somebody looks at now.
type Issue struct {
	Week     string // "2026-W47"; "" means that of the period's last day
	Revision int    // 2 for "revision 2"; 0 and 1 are the first issue
	Because  string // why there is a revision
	Note     string // the analyst's word to the reader
	// Languages are those of its readers beside English, in which there
	// always is a page (BCP 47).
	Languages []string
}
