// Package advisory is an advisory as people write, review and approve it,
// before any exchange format.
//
//	draft ──► in_review ──► approved ──► released ──► updated | withdrawn
//
// The approver is never the author. What was released never changes; a
// correction is a new revision.
package advisory

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// ID names an advisory for life ("ADV-3").
type ID string

// An Advisory tells others of a weakness. It names no operator, no address
// and no host: the people it goes to must not learn who is exposed.
type Advisory struct {
	ID         ID                 `json:"id"`
	Revision   int                `json:"revision"` // 1 for the first
	State      State              `json:"state"`
	TLP        TLP                `json:"tlp"`
	Check      inventory.CheckID  `json:"check"`
	Title      string             `json:"title"`
	Summary    string             `json:"summary"`
	Impact     string             `json:"impact"`
	Fix        string             `json:"fix"`
	Severity   inventory.Severity `json:"severity"`
	CVEs       []string           `json:"cves"`
	CWEs       []string           `json:"cwes"`
	References []string           `json:"references"`
	Products   []Product          `json:"products"`
	// Reach is how widely the weakness was found: counts only.
	Reach      Reach      `json:"reach"`
	Author     string     `json:"author"`
	Approver   string     `json:"approver"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	ApprovedAt *time.Time `json:"approved_at"`
	History    []Change   `json:"history"` // oldest first
}

// A Product is software that the weakness was seen on.
type Product struct {
	Vendor  string `json:"vendor"`
	Name    string `json:"name"`
	Version string `json:"version"`
	CPE     string `json:"cpe"`
}

// Reach counts, and counts only. Sectors is left empty when so few operators
// are concerned that a sector would name one.
type Reach struct {
	Organizations int                `json:"organizations"`
	Assets        int                `json:"assets"`
	Sectors       []inventory.Sector `json:"sectors"`
}

// A Change is one line of the revision history.
type Change struct {
	Revision int       `json:"revision"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Summary  string    `json:"summary"`
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
