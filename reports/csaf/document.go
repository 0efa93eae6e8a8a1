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
	Branches         []branch  `json:"branches,omitempty"`
	FullProductNames []product `json:"full_product_names,omitempty"`
}

type branch struct {
	Branches []branch `json:"branches,omitempty"`
	Category string   `json:"category"`
	Name     string   `json:"name"`
	Product  *product `json:"product,omitempty"`
}

type product struct {
	Name      string  `json:"name"`
	ProductID string  `json:"product_id"`
	Helper    *helper `json:"product_identification_helper,omitempty"`
}

type helper struct {
	CPE  string `json:"cpe,omitempty"`
	PURL string `json:"purl,omitempty"`
}

type vulnerability struct {
	CVE           string        `json:"cve,omitempty"`
	CWE           *cwe          `json:"cwe,omitempty"`
	IDs           []systemID    `json:"ids,omitempty"`
	Notes         []note        `json:"notes"`
	ProductStatus status        `json:"product_status"`
	Remediations  []remediation `json:"remediations,omitempty"`
	Scores        []score       `json:"scores,omitempty"`
	Threats       []threat      `json:"threats,omitempty"`
	Title         string        `json:"title"`
}

type systemID struct {
	SystemName string `json:"system_name"`
	Text       string `json:"text"`
}

type score struct {
	CVSS3    cvss3    `json:"cvss_v3"`
	Products []string `json:"products"`
}

type cvss3 struct {
	BaseScore    float64 `json:"baseScore"`
	BaseSeverity string  `json:"baseSeverity"`
	VectorString string  `json:"vectorString"`
	Version      string  `json:"version"`
}

type cwe struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type status struct {
	Fixed              []string `json:"fixed,omitempty"`
	KnownAffected      []string `json:"known_affected,omitempty"`
	UnderInvestigation []string `json:"under_investigation,omitempty"`
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
