package inventory

// Ids are text with a prefix, so that one read aloud over the telephone says
// what it names: ORG-7, A-12, F-10231. The store makes them; none is reused.
type (
	// OrganizationID names an operator of critical infrastructure ("ORG-7").
	OrganizationID string
	// ContactID names a person or mailbox of an organisation ("C-7").
	ContactID string
	// AssetID names an asset for life, whoever owns it ("A-12").
	AssetID string
	// AuthorizationID names a permission to scan ("AUTH-3").
	AuthorizationID string
	// ExclusionID names a standing order not to scan ("X-4").
	ExclusionID string
	// TaskID names one unit of scan work, the source of observations ("T-90").
	TaskID string
	// FindingID names a finding for life, reopenings included ("F-10231").
	FindingID string
	// EvidenceID is the lower-case hexadecimal SHA-256 of the stored bytes.
	EvidenceID string
	// CheckID names a check: a template's id, or an exposure rule's.
	CheckID string
)
