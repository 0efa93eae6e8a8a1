package wire

import "time"

// An Advisory tells others of a weakness, and names no operator.
type Advisory struct {
	ID         string            `json:"id" example:"ADV-3"`
	Revision   int               `json:"revision"`
	State      string            `json:"state" enum:"draft,in_review,approved,released,updated,withdrawn"`
	TLP        string            `json:"tlp" enum:"clear,green,amber,amber+strict,red"`
	Check      string            `json:"check"`
	Title      string            `json:"title"`
	Summary    string            `json:"summary"`
	Impact     string            `json:"impact"`
	Fix        string            `json:"fix"`
	Severity   string            `json:"severity" enum:"info,low,medium,high,critical"`
	CVEs       []string          `json:"cves" nullable:"false"`
	CWEs       []string          `json:"cwes" nullable:"false"`
	References []string          `json:"references" nullable:"false"`
	Products   []AdvisoryProduct `json:"products" nullable:"false"`
	Reach      AdvisoryReach     `json:"reach"`
	Author     string            `json:"author"`
	Approver   string            `json:"approver"`
	CreatedAt  time.Time         `json:"created_at"`
	UpdatedAt  time.Time         `json:"updated_at"`
	ApprovedAt *time.Time        `json:"approved_at"`
	History    []AdvisoryChange  `json:"history" nullable:"false" doc:"Oldest first."`
}

// An AdvisoryProduct is software that the weakness was seen on.
type AdvisoryProduct struct {
	Vendor  string `json:"vendor"`
	Name    string `json:"name"`
	Version string `json:"version"`
	CPE     string `json:"cpe"`
}

// AdvisoryReach counts where the weakness was found.
type AdvisoryReach struct {
	Organizations int      `json:"organizations"`
	Assets        int      `json:"assets"`
	Sectors       []string `json:"sectors" nullable:"false"`
}

// An AdvisoryChange is one line of the revision history.
type AdvisoryChange struct {
	Revision int       `json:"revision"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Summary  string    `json:"summary"`
}

// A NewAdvisory asks for a draft from the open findings of one check.
type NewAdvisory struct {
	Check string `json:"check" minLength:"1" maxLength:"200"`
	TLP   string `json:"tlp" enum:"clear,green,amber,amber+strict,red"`
}
