package wire

import "time"

// An OrganizationLine is an organisation with what a list tells of it.
type OrganizationLine struct {
	Organization
	Assets   int        `json:"assets" doc:"In use."`
	Open     Severities `json:"open" doc:"Findings that are present."`
	Permits  int        `json:"permits" doc:"Permissions to scan in force now."`
	Drafts   int        `json:"drafts" doc:"Permissions drawn up or handed in."`
	TestedAt *time.Time `json:"tested_at" doc:"When a scan last looked at any of its assets."`
	Weeks    []int      `json:"weeks" nullable:"false" doc:"How many findings were present at the ends of the last twelve weeks, oldest first, info left out; weeks that were not kept are left out, too."`
}

// An OrganizationEdit replaces an organisation's profile.
type OrganizationEdit struct {
	Version     int    `json:"version" minimum:"1"`
	Name        string `json:"name" maxLength:"200"`
	Sector      string `json:"sector" enum:"energy,banking,telecom,transport,health,government,water,defence,industry,other"`
	Country     string `json:"country" maxLength:"10"`
	Criticality string `json:"criticality" enum:"low,medium,high,critical"`
	TimeZone    string `json:"time_zone" maxLength:"100"`
}

// A ContactEdit replaces what is known of a contact.
type ContactEdit struct {
	Version int `json:"version" minimum:"1"`
	NewContact
}

// A KeyInfo is what people compare before they trust a key.
type KeyInfo struct {
	Fingerprint string     `json:"fingerprint"`
	Owner       string     `json:"owner" doc:"As the key says, cleaned."`
	Until       *time.Time `json:"until" doc:"Null: without end."`
	Usable      bool       `json:"usable" doc:"A mail can be encrypted with it now."`
	Trouble     string     `json:"trouble" doc:"Why it is not usable."`
}

// ContactKeys are the keys of a contact.
type ContactKeys struct {
	ContactID string   `json:"contact_id"`
	OpenPGP   *KeyInfo `json:"openpgp,omitempty"`
	SMIME     *KeyInfo `json:"smime,omitempty"`
}

// A Comparison is an organisation's numbers beside its sector's medians.
type Comparison struct {
	Own    KPIs   `json:"own"`
	Sector string `json:"sector"`
	Peers  int    `json:"peers" doc:"Organisations of the sector with assets; 0 when they are too few to say."`
	Median *KPIs  `json:"median,omitempty" doc:"Absent with fewer than five organisations."`
}

// KPIs are numbers of an organisation.
type KPIs struct {
	Assets     int      `json:"assets"`
	Open       int      `json:"open" doc:"Findings that are present and not waived."`
	Urgent     int      `json:"urgent" doc:"Of these critical or high."`
	KEV        int      `json:"kev" doc:"Of these known to be exploited."`
	Overdue    int      `json:"overdue" doc:"Of these past their deadline."`
	MedianDays *float64 `json:"median_days" doc:"From first seen to closed, of what closed in 90 days."`
}

// Onboarding is how far an organisation is.
type Onboarding struct {
	OrgID    string           `json:"org_id"`
	TimeZone string           `json:"time_zone"`
	Steps    []OnboardingStep `json:"steps" nullable:"false"`
	Done     bool             `json:"done"`
	Waiting  bool             `json:"waiting" doc:"A permission was handed in and waits for the CERT."`
	Cron     string           `json:"cron" doc:"A weekly time within the windows, in the organisation's zone, for a first schedule; empty without a permission in force."`
}

// An OnboardingStep is one thing to do before the first report.
type OnboardingStep struct {
	Name string     `json:"name" enum:"assets,permit,contacts,windows,scan,report"`
	Done bool       `json:"done"`
	N    int        `json:"n" doc:"What there is of it."`
	At   *time.Time `json:"at" doc:"When it comes."`
}

// A PermitDecision is one act on a permission to scan.
type PermitDecision struct {
	Reason    string `json:"reason,omitempty" maxLength:"1000"`
	MoreForOT bool   `json:"more_for_ot,omitempty" doc:"The letter asks for more than light on OT assets in so many words."`
}

// A PermitEdit replaces what a draft says.
type PermitEdit struct {
	Version int `json:"version" minimum:"1"`
	NewAuthorization
}

// A ProofCheck is what the DNS says of a proof.
type ProofCheck struct {
	Proven  bool          `json:"proven"`
	Records []ProofRecord `json:"records" nullable:"false"`
}

// A ProofRecord is one TXT record that a proof needs.
type ProofRecord struct {
	Name   string `json:"name" example:"_ciiscan.example.org"`
	Value  string `json:"value"`
	Found  bool   `json:"found"`
	Others int    `json:"others" doc:"Other values at that name."`
}
