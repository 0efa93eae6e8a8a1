package advisory

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// An Incoming is what a received document says, in our own words for it,
// whatever format it came in.
type Incoming struct {
	Format       string              `json:"format"` // csaf, stix or misp
	TrackingID   string              `json:"tracking_id"`
	Namespace    string              `json:"namespace"` // of the publisher
	Version      string              `json:"version"`
	Title        string              `json:"title"`
	Summary      string              `json:"summary"`
	Category     Category            `json:"category"`
	TLP          TLP                 `json:"tlp"`
	Labelled     bool                `json:"labelled"` // else TLP is the agreement's default
	Severity     inventory.Severity  `json:"severity"`
	Released     time.Time           `json:"released"`
	Withdrawn    bool                `json:"withdrawn"`
	SupersededBy string              `json:"superseded_by"`
	CVEs         []string            `json:"cves"`
	CWEs         []string            `json:"cwes"`
	Products     []IncomingProduct   `json:"products"`
	Remediation  string              `json:"remediation"`
	References   []string            `json:"references"`
	Checks       []inventory.CheckID `json:"checks"` // of our catalogue, when the sender runs CIIScan too
}

// An IncomingProduct is what a document says of one piece of software or hardware.
type IncomingProduct struct {
	Name   string        `json:"name"`
	Vendor string        `json:"vendor"`
	CPE    string        `json:"cpe"`   // 2.3 formatted string
	PURL   string        `json:"purl"`  // package URL
	Range  string        `json:"range"` // vers specifier (vers:generic/>=1.0|<2.0); "" means CPE's version, or any
	Status ProductStatus `json:"status"`
	CVE    string        `json:"cve"` // that the status is about; "" for the document as a whole
}

// ProductStatus is CSAF's product status, in three.
type ProductStatus string

// Product statuses.
const (
	ProductAffected ProductStatus = "affected"
	ProductFixed    ProductStatus = "fixed"
	ProductUnknown  ProductStatus = "under_investigation"
)
