package csaf

import "time"

// document is the part of CSAF 2.0 that we write, with exactly the schema's
// names. Fields are in the alphabetical order of their JSON names.
type document struct {
	Document        docMeta         `json:"document"`
	ProductTree     *productTree    `json:"product_tree,omitempty"`
	Vulnerabilities []vulnerability `json:"vulnerabilities,omitempty"`
}

type docMeta struct {
	AggregateSeverity *severity    `json:"aggregate_severity,omitempty"`
	Category          string       `json:"category"`
	CSAFVersion       string       `json:"csaf_version"`
	Distribution      distribution `json:"distribution"`
	Lang              string       `json:"lang"`
	Notes             []note       `json:"notes"`
	Publisher         publisher    `json:"publisher"`
	References        []reference  `json:"references,omitempty"`
	Title             string       `json:"title"`
	Tracking          tracking     `json:"tracking"`
}

type severity struct {
	Text string `json:"text"`
}

type distribution struct {
	Text string `json:"text"`
	TLP  tlp    `json:"tlp"`
}

type tlp struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

type note struct {
	Category string `json:"category"`
	Text     string `json:"text"`
	Title    string `json:"title,omitempty"`
}

type publisher struct {
	Category       string `json:"category"`
	ContactDetails string `json:"contact_details,omitempty"`
	Name           string `json:"name"`
	Namespace      string `json:"namespace"`
}

type reference struct {
	Category string `json:"category"`
	Summary  string `json:"summary"`
	URL      string `json:"url"`
}

type tracking struct {
	CurrentReleaseDate time.Time  `json:"current_release_date"`
	Generator          generator  `json:"generator"`
	ID                 string     `json:"id"`
	InitialReleaseDate time.Time  `json:"initial_release_date"`
	RevisionHistory    []revision `json:"revision_history"`
	Status             string     `json:"status"`
	Version            string     `json:"version"`
}

type generator struct {
	Engine engine `json:"engine"`
}

type engine struct {
	Name string `json:"name"`
}

type revision struct {
	Date    time.Time `json:"date"`
	Number  string    `json:"number"`
	Summary string    `json:"summary"`
}

type productTree struct {
	FullProductNames []product `json:"full_product_names"`
}

type product struct {
	Name      string  `json:"name"`
	ProductID string  `json:"product_id"`
	Helper    *helper `json:"product_identification_helper,omitempty"`
}

type helper struct {
	CPE string `json:"cpe"`
}

type vulnerability struct {
	CVE           string        `json:"cve"`
	CWE           *cwe          `json:"cwe,omitempty"`
	Notes         []note        `json:"notes"`
	ProductStatus status        `json:"product_status"`
	Remediations  []remediation `json:"remediations,omitempty"`
	Threats       []threat      `json:"threats,omitempty"`
	Title         string        `json:"title"`
}

type cwe struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type status struct {
	KnownAffected []string `json:"known_affected"`
}

type remediation struct {
	Category   string   `json:"category"`
	Details    string   `json:"details"`
	ProductIDs []string `json:"product_ids"`
}

type threat struct {
	Category string `json:"category"`
	Details  string `json:"details"`
}
