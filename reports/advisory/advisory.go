package advisory

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// ID names an advisory for life ("ADV-3").
type ID string

// An Advisory tells others of a weakness, an exposure or an incident. Its
// texts name no operator, no address and no host: the people it goes to must
// not learn who is exposed. Who is affected stands in Affected alone, which
// the exchange redacts for every receiver.
type Advisory struct {
	ID       ID                `json:"id"`
	Revision int               `json:"revision"` // 1 for the first
	State    State             `json:"state"`
	Category Category          `json:"category"`
	Interim  bool              `json:"interim"` // to be followed by a final one
	TLP      TLP               `json:"tlp"`
	Check    inventory.CheckID `json:"check"`
	Title    string            `json:"title"`
	Summary  string            `json:"summary"`
	Impact   string            `json:"impact"`
	Fix      string            `json:"fix"`
	// Translations are these texts in other languages, for our own operators;
	// they go to no peer.
	Translations []Translation      `json:"translations"`
	Severity     inventory.Severity `json:"severity"`
	CVEs         []string           `json:"cves"`
	CWEs         []string           `json:"cwes"`
	References   []string           `json:"references"`
	Products     []Product          `json:"products"`
	Scores       []Score            `json:"scores"` // CVSS, where it is known
	// Reach is how widely the weakness was found: counts only.
	Reach      Reach      `json:"reach"`
	Affected   []Affected `json:"affected"`
	Origins    []Origin   `json:"origins"`  // what of it came from others
	Referral   bool       `json:"referral"` // cybercrime: for law-enforcement contacts only
	Supersedes ID         `json:"supersedes"`
	// SupersededBy is what to read instead, on one that was superseded.
	SupersededBy ID     `json:"superseded_by"`
	Author       string `json:"author"`
	// Editors are the others who changed this revision's text. Like the
	// author they may not approve it.
	Editors    []string   `json:"editors"`
	Approver   string     `json:"approver"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	ApprovedAt *time.Time `json:"approved_at"`
	// LegalBy is the legal officer who agreed; NeedsLegal says when one must.
	LegalBy string     `json:"legal_by"`
	LegalAt *time.Time `json:"legal_at"`
	History []Change   `json:"history"` // oldest first
}

// Kind is the category; of an advisory that was stored without one, what it
// must be.
func (a Advisory) Kind() Category {
	switch {
	case a.Category != "":
		return a.Category
	case len(a.CVEs) > 0:
		return Vulnerability
	}
	return Exposure
}

// A Product is software or hardware that the advisory is about.
type Product struct {
	Vendor  string        `json:"vendor"`
	Name    string        `json:"name"`
	Version string        `json:"version"`
	CPE     string        `json:"cpe"`    // 2.3 formatted string
	PURL    string        `json:"purl"`   // package URL
	Range   string        `json:"range"`  // versions: vers:generic/>=6.0|<6.2.6; instead of Version
	Status  ProductStatus `json:"status"` // "" means affected
}

// A Score is how badly a vulnerability is rated.
type Score struct {
	CVE    string `json:"cve"`
	Vector string `json:"vector"` // CVSS 3.0, 3.1 or 4.0: "CVSS:3.1/AV:N/…"
}

// Reach counts, and counts only. Sectors leaves out those of which so few
// operators are concerned that the sector would name one.
type Reach struct {
	Organizations int                `json:"organizations"`
	Assets        int                `json:"assets"`
	Sectors       []inventory.Sector `json:"sectors"`
}

// Category is what kind of matter it is, in the words of agreements.
type Category string

// Categories.
const (
	Vulnerability Category = "vulnerability" // a weakness with a CVE, or of a product
	Exposure      Category = "exposure"      // a service or setting that should not be open
	Indicators    Category = "indicators"
	Incident      Category = "incident"
	Statistics    Category = "statistics"
)

// Categories lists them in the order of screens.
func Categories() []Category {
	return []Category{Vulnerability, Exposure, Indicators, Incident, Statistics}
}

// An Affected is one place that has the weakness. It never leaves as it is.
type Affected struct {
	Asset    inventory.AssetID        `json:"asset"`
	Org      inventory.OrganizationID `json:"org"`
	OrgName  string                   `json:"org_name"`
	Sector   inventory.Sector         `json:"sector"`
	Country  string                   `json:"country"` // of the owner
	Address  string                   `json:"address"`
	Port     string                   `json:"port"` // "6379/tcp"
	Hostname string                   `json:"hostname"`
	Site     string                   `json:"site"`
	Evidence string                   `json:"evidence"`
	Consent  inventory.Consent        `json:"consent"`
}

// An Origin is a peer's document that the advisory rests on. Its label holds
// for all that is derived from it.
type Origin struct {
	Team     string   `json:"team"`
	Document string   `json:"document"` // "NAMESPACE/ID version"
	TLP      TLP      `json:"tlp"`
	Consent  []string `json:"consent"` // teams it may go on to; "*" for all
}

// A Change is one line of the revision history. At is when the revision was
// begun and, once it is Released, when it first went out.
type Change struct {
	Revision int       `json:"revision"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Summary  string    `json:"summary"`
	Released bool      `json:"released"`
}

// State is where an advisory stands.
type State string

// States.
const (
	Draft     State = "draft"
	InReview  State = "in_review"
	Approved  State = "approved"
	Released  State = "released"
	Updated   State = "updated"
	Withdrawn State = "withdrawn"
)

// TLP is the Traffic Light Protocol 2.0 label, as FIRST writes it but lower
// case and without "TLP:".
type TLP string

// TLP labels, from the most open to the most closed.
const (
	Clear       TLP = "clear"
	Green       TLP = "green"
	Amber       TLP = "amber"
	AmberStrict TLP = "amber+strict"
	Red         TLP = "red"
)
