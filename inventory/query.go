package inventory

// A Page asks for part of a list. Cursor is the opaque text that the list
// returned with the page before, or "" for the first.
type Page struct {
	Cursor string
	Limit  int // 0 means 100; at most 500
}

// An AssetFilter selects assets; zero fields select everything.
type AssetFilter struct {
	Org     OrganizationID
	Class   AssetClass
	Kind    AddressKind
	Tag     string
	Retired bool // retired ones instead of those in use
}

// A FindingFilter selects findings; zero fields select everything.
type FindingFilter struct {
	Org        OrganizationID
	Asset      AssetID
	Check      CheckID
	Detections []Detection
	Severities []Severity
	Work       Work
	Waiver     WaiverKind
}
