package reports

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// SchemaVersion names the form of the JSON report. A new field keeps it; a
// field that changes its meaning or goes raises it.
const SchemaVersion = "ciiscan.report/1"

// Labels of reports. One that names what is exposed at one operator may go to
// that operator. The nation's names many operators, and stays with the team.
const (
	TLP         = "TLP:AMBER"
	TLPNational = "TLP:AMBER+STRICT"
)

// A Report is everything that is shown, counted and in order; the formats
// only write it. Its JSON form is described by report.schema.json. Every text
// in it is cleaned: valid UTF-8 without control and reordering characters.
type Report struct {
	Schema       string        `json:"schema"`
	ID           string        `json:"id"` // "weekly-ORG-7-2026-W47", also the files' name
	Edition      Edition       `json:"edition"`
	TLP          string        `json:"tlp"`
	Organization *Organization `json:"organization,omitempty"` // of the operator's edition
	// Sector is that of the sector's edition. Its operators are numbered, not
	// named, unless Named.
	Sector   inventory.Sector `json:"sector,omitempty"`
	Named    bool             `json:"named,omitempty"`
	Week     string           `json:"week"` // ISO 8601, of the period's last day
	From     time.Time        `json:"from"`
	To       time.Time        `json:"to"`                        // exclusive
	At       time.Time        `json:"at"`                        // the moment of the numbers
	Revision int              `json:"revision,omitempty"`        // absent in the first issue
	Because  string           `json:"revision_reason,omitempty"` // why there is a revision
	Note     string           `json:"note,omitempty"`            // the analyst's word to the reader

	Issuer  Issuer     `json:"issuer"`
	NextRun *time.Time `json:"next_run,omitempty"`
	// Basis says how much of what is registered the numbers rest on: where
	// nothing was looked at, 0 does not mean that nothing is there.
	Basis Basis `json:"basis"`

	// First is at most MaxActions of what to do first; MoreActions counts
	// the problems after them.
	First       []Action `json:"first"`
	MoreActions int      `json:"more_actions"`
	Card        []Figure `json:"card"`
	Changes     []Change `json:"changes"`
	// Coverage has a line for each asset in use, whether it was reached or not.
	Coverage []Look    `json:"coverage"`
	Scans    []Scan    `json:"scans"`
	Problems []Problem `json:"problems"`
	Services []Service `json:"services"`
	// Certificates are what services prove their identity with, the next to
	// end first.
	Certificates []Certificate `json:"certificates"`
	// Closed are the findings that ended within the period.
	Closed []Closed `json:"closed"`
	// Between are open findings that were seen within the period, and that
	// the last look did not confirm.
	Between []Between `json:"between"`
	// Scope has a line for each asset in use, as it is registered.
	Scope []Registered `json:"scope"`
	// Hosts are the addresses that answered at the last look.
	Hosts  []Host `json:"hosts"`
	Tiles  []Tile `json:"tiles"`
	Trends Trends `json:"trends"`
	// Advisories are those that concern the operator's assets.
	Advisories []Advisory `json:"advisories"`
	Method     Method     `json:"method"`

	// The others are for the sector's and the nation's edition, which list no
	// finding, asset or service of their own. Spread tells how operators
	// differ, Clock how far the documents of peers have come.
	Sectors       []Group      `json:"sectors,omitempty"`
	Organizations []Group      `json:"organizations,omitempty"`
	Weaknesses    []Common     `json:"weaknesses,omitempty"`
	Spread        []Spread     `json:"spread,omitempty"`
	Clock         []ClockEntry `json:"clock,omitempty"`
}

// A Method is how the operator was scanned.
type Method struct {
	Profiles []string  `json:"profiles"` // of the period's scans
	Allowed  []Allowed `json:"allowed"`
}

// An Allowed is one permission to scan that is in force.
type Allowed struct {
	ID       inventory.AuthorizationID `json:"id"`
	Level    string                    `json:"level"`
	OTLevel  string                    `json:"ot_level"`
	Windows  []string                  `json:"windows"` // none means any time
	TimeZone string                    `json:"time_zone"`
	Until    time.Time                 `json:"until"`
}

// An Advisory is one that concerns assets of the operator, and what came of it.
type Advisory struct {
	Touch
	Where []AssetRef `json:"where"` // at most ten
	More  int        `json:"more"`
}

// Edition is whom a report is for.
type Edition string

// Editions.
const (
	EditionOperator Edition = "operator"
	EditionSector   Edition = "sector"
	EditionNational Edition = "national"
)

// MaxActions is how many problems "What to do first" lists.
const MaxActions = 10

// An Organization is the operator that a report is about.
type Organization struct {
	ID       inventory.OrganizationID `json:"id"`
	Name     string                   `json:"name"`
	Sector   inventory.Sector         `json:"sector"`
	Country  string                   `json:"country"`
	TimeZone string                   `json:"time_zone"`
}

// An Action is one problem to solve first, on all assets that have it.
type Action struct {
	Rank     int                `json:"rank"` // from 1
	Decision inventory.SSVC     `json:"decision"`
	Severity inventory.Severity `json:"severity"`
	Check    inventory.CheckID  `json:"check"`
	Title    string             `json:"title"`
	Action   string             `json:"action"` // what to do
	Why      string             `json:"why"`
	Path     string             `json:"path"` // how the decision was made, for the most urgent finding
	KEV      bool               `json:"kev"`
	// DueAt is the earliest deadline, absent when nothing is owed.
	DueAt         *time.Time `json:"due_at,omitempty"`
	Overdue       bool       `json:"overdue"`
	Findings      int        `json:"findings"`
	Assets        []AssetRef `json:"assets"` // at most ten
	MoreAssets    int        `json:"more_assets"`
	Organizations int        `json:"organizations"`
}

// An AssetRef names an asset to a reader.
type AssetRef struct {
	ID      inventory.AssetID        `json:"id"`
	Name    string                   `json:"name"`    // its owner's, or its address
	Address string                   `json:"address"` // as registered
	Org     inventory.OrganizationID `json:"org_id"`
	OrgName string                   `json:"org_name"`
	Sector  inventory.Sector         `json:"sector"`
	Class   inventory.AssetClass     `json:"class"`
}

// A Figure is one number of the card.
type Figure struct {
	Key   string `json:"key"` // stable: "open_critical"
	Label string `json:"label"`
	Value int    `json:"value"`
	// Delta is the difference since the period began, absent where the past
	// is not known.
	Delta *int   `json:"delta,omitempty"`
	Note  string `json:"note,omitempty"`
	// Unknown says that nothing was looked at which could be counted: Value is
	// then 0, and does not mean that nothing is there.
	Unknown bool `json:"unknown,omitempty"`
	// Parts are the numbers in Note: {"added": 2, "retired": 1}.
	Parts map[string]int `json:"parts,omitempty"`
}

// A Change is one event of the period that a reader must know.
type Change struct {
	At       time.Time            `json:"at"`
	Kind     ChangeKind           `json:"kind"`
	Finding  inventory.FindingID  `json:"finding_id"`
	Severity inventory.Severity   `json:"severity"`
	Title    string               `json:"title"`
	Asset    AssetRef             `json:"asset"`
	Place    string               `json:"place"` // "192.0.2.7 port 443/tcp"
	Reason   string               `json:"reason"`
	From     string               `json:"from,omitempty"`
	To       string               `json:"to,omitempty"`
	Evidence inventory.EvidenceID `json:"evidence_id,omitempty"`
	Task     inventory.TaskID     `json:"task_id,omitempty"`
}

// ChangeKind sorts changes under headings.
type ChangeKind string

// Kinds of change, in the order of the report.
const (
	ChangeNew      ChangeKind = "new"
	ChangeReopened ChangeKind = "back_again"
	ChangeFixed    ChangeKind = "fixed"
	ChangeUrgency  ChangeKind = "changed" // severity, or known exploited
)

// A Look is how one asset fared when it was last looked at.
type Look struct {
	Asset AssetRef `json:"asset"`
	// LastLook is absent when the asset was never looked at.
	LastLook  *time.Time        `json:"last_look,omitempty"`
	Outcome   inventory.Outcome `json:"outcome,omitempty"` // the worst of its addresses
	Addresses int               `json:"addresses"`         // looked at
	Reached   int               `json:"reached"`           // that answered
	Reasons   []string          `json:"reasons"`           // why not, or not all
	// Blocked: every address was asked and none answered, though something of
	// the asset was seen before. Something may keep our scans out.
	Blocked bool `json:"blocked"`
}

// A Scan is one run within the period.
type Scan struct {
	ID         string                   `json:"id"`
	Org        inventory.OrganizationID `json:"org_id"`
	Profile    string                   `json:"profile"`
	StartedAt  *time.Time               `json:"started_at,omitempty"`
	FinishedAt *time.Time               `json:"finished_at,omitempty"`
	State      string                   `json:"state"`
}

// A Problem is one check with everything that is open under it.
type Problem struct {
	Check      inventory.CheckID  `json:"check"`
	Title      string             `json:"title"`
	Source     string             `json:"source"`   // "template" or "exposure", "" for a check that is gone
	Severity   inventory.Severity `json:"severity"` // the worst of its findings
	Decision   inventory.SSVC     `json:"decision"` // the most urgent of its findings
	KEV        bool               `json:"kev"`
	Why        string             `json:"why"`
	Fix        string             `json:"fix"`
	References []string           `json:"references"`
	CVEs       []string           `json:"cves"`
	CWEs       []string           `json:"cwes"`
	Ransomware bool               `json:"ransomware"`      // a CVE of the check is used by ransomware
	EPSS       float64            `json:"epss"`            // the highest of its CVEs, 0 to 1; 0 when unknown
	CVSS       float64            `json:"cvss_base_score"` // 0 when nobody has said how bad it is by itself
	CVSSVector string             `json:"cvss_vector"`
	Assets     int                `json:"assets"`
	Findings   []Finding          `json:"findings"`
}

// A Finding is one open weakness.
type Finding struct {
	ID         inventory.FindingID  `json:"id"`
	Check      inventory.CheckID    `json:"check"`
	Title      string               `json:"title"`
	Severity   inventory.Severity   `json:"severity"`
	KEV        bool                 `json:"kev"`
	Detection  inventory.Detection  `json:"detection"`
	Work       inventory.Work       `json:"work"`
	Waiver     inventory.WaiverKind `json:"waiver"` // none unless in force
	WaivedTill *time.Time           `json:"waived_until,omitempty"`
	WaivedFor  string               `json:"waiver_reason,omitempty"`
	Disputed   bool                 `json:"disputed,omitempty"` // the operator objects; it counts until the CERT has decided
	Asset      AssetRef             `json:"asset"`
	Address    string               `json:"address"`
	Port       uint16               `json:"port"`
	Transport  inventory.Transport  `json:"transport"`
	Hostname   string               `json:"hostname"`
	FirstSeen  time.Time            `json:"first_seen"`
	LastSeen   time.Time            `json:"last_seen"`
	LastTested time.Time            `json:"last_tested"`
	AgeDays    int                  `json:"age_days"`   // whole days since it was first seen
	NotTested  string               `json:"not_tested"` // why the last scan could not tell
	Decision   inventory.SSVC       `json:"decision"`
	Path       string               `json:"path"`
	DueAt      *time.Time           `json:"due_at,omitempty"`
	Overdue    bool                 `json:"overdue"`
	Evidence   inventory.EvidenceID `json:"evidence_id"`
	Ransomware bool                 `json:"ransomware"`
	Advisories []string             `json:"advisory_ids"` // that concern it
}

// A Service is one open port.
type Service struct {
	Asset     AssetRef            `json:"asset"`
	Address   string              `json:"address"`
	Port      uint16              `json:"port"`
	Transport inventory.Transport `json:"transport"`
	Name      string              `json:"name"`
	Product   string              `json:"product"`
	Version   string              `json:"version"`
	TLS       bool                `json:"tls"`
	Risky     inventory.CheckID   `json:"risky"` // the exposure check that it matches, or ""
	FirstSeen time.Time           `json:"first_seen"`
	LastSeen  time.Time           `json:"last_seen"`
	New       bool                `json:"new"` // first seen within the period
}

// A Certificate is what a service proves its identity with.
type Certificate struct {
	Asset      AssetRef            `json:"asset"`
	Address    string              `json:"address"`
	Port       uint16              `json:"port"`
	Transport  inventory.Transport `json:"transport"`
	SHA256     string              `json:"sha256"`
	Subject    string              `json:"subject"`
	Issuer     string              `json:"issuer"`
	Names      []string            `json:"names"`
	NotBefore  time.Time           `json:"not_before"`
	NotAfter   time.Time           `json:"not_after"`
	DaysLeft   int                 `json:"days_left"` // when the report was made; below nought when it has ended
	Standing   string              `json:"standing"`
	KeyType    string              `json:"key_type"`
	KeyBits    int                 `json:"key_bits"` // 0 when it is not known
	SelfSigned bool                `json:"self_signed"`
	FirstSeen  time.Time           `json:"first_seen"`
	LastSeen   time.Time           `json:"last_seen"`
}
