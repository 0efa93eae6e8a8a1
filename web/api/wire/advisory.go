package wire

import "time"

// An Advisory tells others of a weakness, an exposure or an incident. It
// names no operator; who is affected is asked for by itself.
type Advisory struct {
	ID           string            `json:"id" example:"ADV-3"`
	Revision     int               `json:"revision"`
	State        string            `json:"state" enum:"draft,in_review,approved,released,updated,withdrawn"`
	Category     string            `json:"category" enum:"vulnerability,exposure,indicators,incident,statistics"`
	Interim      bool              `json:"interim" doc:"To be followed by a final one."`
	FinalDue     *time.Time        `json:"final_due" doc:"By when a released interim one is to be final."`
	TLP          string            `json:"tlp" enum:"clear,green,amber,amber+strict,red"`
	Check        string            `json:"check"`
	Title        string            `json:"title"`
	Summary      string            `json:"summary"`
	Impact       string            `json:"impact"`
	Fix          string            `json:"fix"`
	Translations []AdvisoryText    `json:"translations" nullable:"false" doc:"These texts in other languages, for our own operators. They are in no file that leaves."`
	Severity     string            `json:"severity" doc:"info, low, medium, high, critical; empty when nobody has rated it."`
	CVEs         []string          `json:"cves" nullable:"false"`
	CWEs         []string          `json:"cwes" nullable:"false"`
	References   []string          `json:"references" nullable:"false"`
	Products     []AdvisoryProduct `json:"products" nullable:"false"`
	Scores       []AdvisoryScore   `json:"scores" nullable:"false"`
	Reach        AdvisoryReach     `json:"reach"`
	Origins      []AdvisoryOrigin  `json:"origins" nullable:"false" doc:"What of it came from others."`
	Referral     bool              `json:"referral" doc:"Cybercrime: for law-enforcement contacts only."`
	Supersedes   string            `json:"supersedes"`
	SupersededBy string            `json:"superseded_by"`
	Author       string            `json:"author"`
	Editors      []string          `json:"editors" nullable:"false"`
	Approver     string            `json:"approver"`
	NeedsLegal   bool              `json:"needs_legal" doc:"A legal officer has to agree before it goes out."`
	LegalBy      string            `json:"legal_by"`
	LegalAt      *time.Time        `json:"legal_at"`
	CreatedAt    time.Time         `json:"created_at"`
	UpdatedAt    time.Time         `json:"updated_at"`
	ApprovedAt   *time.Time        `json:"approved_at"`
	History      []AdvisoryChange  `json:"history" nullable:"false" doc:"Oldest first."`
}

// An AdvisoryText is what an advisory says in one language.
type AdvisoryText struct {
	Language string `json:"language" enum:"bn,hi,ne,si,ta,th,my,dz"`
	Title    string `json:"title,omitempty"`
	Summary  string `json:"summary,omitempty"`
	Impact   string `json:"impact,omitempty"`
	Fix      string `json:"fix,omitempty"`
}

// A Bulletin is an advisory as our own operators read it.
type Bulletin struct {
	ID          string            `json:"id" example:"ADV-3"`
	Version     int               `json:"version"`
	Category    string            `json:"category"`
	Interim     bool              `json:"interim" doc:"To be followed by a final one."`
	TLP         string            `json:"tlp" enum:"clear,green,amber"`
	Severity    string            `json:"severity"`
	Language    string            `json:"language" doc:"Of the texts: the one asked for, or en."`
	Translated  bool              `json:"translated" doc:"All of it is in the language asked for; else what is missing is in English."`
	Languages   []string          `json:"languages" nullable:"false" doc:"Those in which it is written."`
	Title       string            `json:"title"`
	Summary     string            `json:"summary"`
	Impact      string            `json:"impact"`
	Fix         string            `json:"fix"`
	CVEs        []string          `json:"cves" nullable:"false"`
	References  []string          `json:"references" nullable:"false"`
	Products    []AdvisoryProduct `json:"products" nullable:"false"`
	Concerned   []BulletinCheck   `json:"concerned" nullable:"false" doc:"What of it is open now: of one's own organisation, or of all."`
	PublishedAt time.Time         `json:"published_at"`
	WithdrawnAt *time.Time        `json:"withdrawn_at"`
	Why         string            `json:"why" doc:"Why it was withdrawn."`
	Instead     string            `json:"instead" doc:"The advisory to read now."`
}

// A BulletinCheck counts the open findings of one check.
type BulletinCheck struct {
	Check string `json:"check"`
	Open  int    `json:"open"`
}

// An AdvisoryProduct is software that the weakness is in.
type AdvisoryProduct struct {
	Vendor  string `json:"vendor,omitempty"`
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
	CPE     string `json:"cpe,omitempty" doc:"CPE 2.3."`
	PURL    string `json:"purl,omitempty"`
	Range   string `json:"range,omitempty" example:"vers:generic/>=6.0|<6.2.6"`
	Status  string `json:"status,omitempty" doc:"affected (when absent), fixed or under_investigation."`
}

// An AdvisoryScore is how badly a vulnerability is rated.
type AdvisoryScore struct {
	CVE    string `json:"cve"`
	Vector string `json:"vector" doc:"CVSS 3.0, 3.1 or 4.0."`
}

// AdvisoryReach counts where the weakness was found.
type AdvisoryReach struct {
	Organizations int      `json:"organizations"`
	Assets        int      `json:"assets"`
	Sectors       []string `json:"sectors" nullable:"false"`
}

// An AdvisoryOrigin is a peer's document that an advisory rests on.
type AdvisoryOrigin struct {
	PeerID   string   `json:"peer_id"`
	Document string   `json:"document"`
	TLP      string   `json:"tlp"`
	Consent  []string `json:"consent" nullable:"false" doc:"Peers that it may go on to; * for all."`
}

// An AdvisoryChange is one line of the revision history.
type AdvisoryChange struct {
	Revision int       `json:"revision"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Summary  string    `json:"summary"`
	Released bool      `json:"released"`
}

// A NewAdvisory asks for a draft from the open findings of one check.
type NewAdvisory struct {
	Check      string   `json:"check,omitempty" maxLength:"200" doc:"Without one, that of the findings named."`
	TLP        string   `json:"tlp" enum:"clear,green,amber,amber+strict,red"`
	OrgIDs     []string `json:"org_ids,omitempty" nullable:"false" maxItems:"1000" doc:"Only the findings of these organisations."`
	FindingIDs []string `json:"finding_ids,omitempty" nullable:"false" maxItems:"500" doc:"Only these findings, all of one check. They are put into the draft."`
}

// AdvisoryFields are what people write in an advisory. When one is changed,
// what is absent stays, and a list is given whole.
type AdvisoryFields struct {
	Category     *string            `json:"category,omitempty" enum:"vulnerability,exposure,indicators,incident,statistics"`
	Interim      *bool              `json:"interim,omitempty"`
	TLP          *string            `json:"tlp,omitempty" enum:"clear,green,amber,amber+strict,red"`
	Check        *string            `json:"check,omitempty" maxLength:"200"`
	Title        *string            `json:"title,omitempty"`
	Summary      *string            `json:"summary,omitempty"`
	Impact       *string            `json:"impact,omitempty"`
	Fix          *string            `json:"fix,omitempty"`
	Translations *[]AdvisoryText    `json:"translations,omitempty"`
	Severity     *string            `json:"severity,omitempty"`
	CVEs         *[]string          `json:"cves,omitempty"`
	CWEs         *[]string          `json:"cwes,omitempty"`
	References   *[]string          `json:"references,omitempty"`
	Products     *[]AdvisoryProduct `json:"products,omitempty"`
	Scores       *[]AdvisoryScore   `json:"scores,omitempty"`
	Referral     *bool              `json:"referral,omitempty" doc:"Cybercrime: for law-enforcement contacts only."`
	Supersedes   *string            `json:"supersedes,omitempty"`
}

// An AdvisoryEdit changes an advisory that its reader has seen.
type AdvisoryEdit struct {
	AdvisoryFields
	Version *time.Time `json:"version,omitempty" doc:"The updated_at that the edit was made from; when the advisory has another one meanwhile, the edit is refused with 412."`
}

// A Revision begins the next revision of a released advisory.
type Revision struct {
	Summary string `json:"summary" minLength:"1" maxLength:"300" doc:"What changes, for the revision history."`
}

// A Supersession ends an advisory in favour of another.
type Supersession struct {
	By string `json:"by" minLength:"1" maxLength:"100" doc:"The advisory to read instead."`
}

// An OriginConsent is the word of whoever's document an advisory rests on.
type OriginConsent struct {
	PeerID string   `json:"peer_id" minLength:"1" maxLength:"100" doc:"The originator."`
	To     []string `json:"to" nullable:"false" maxItems:"200" doc:"Peers that it may go on to, or * for everybody; none takes the consent back."`
	Reason string   `json:"reason" minLength:"1" maxLength:"1000" doc:"How the originator said so."`
}

// A Comment is what a reviewer says about a revision; it never leaves.
type Comment struct {
	ID         string     `json:"id" example:"COM-4"`
	AdvisoryID string     `json:"advisory_id"`
	Revision   int        `json:"revision"`
	By         string     `json:"by"`
	At         time.Time  `json:"at"`
	Field      string     `json:"field" doc:"Empty for the whole."`
	Text       string     `json:"text"`
	Resolved   bool       `json:"resolved"`
	ResolvedBy string     `json:"resolved_by"`
	ResolvedAt *time.Time `json:"resolved_at"`
}

// A NewComment is one.
type NewComment struct {
	Field string `json:"field,omitempty" maxLength:"300"`
	Text  string `json:"text" minLength:"1" maxLength:"20000"`
}

// An Affected is one place that has the weakness an advisory is about. It
// never leaves as it is.
type Affected struct {
	AssetID  string `json:"asset_id"`
	OrgID    string `json:"org_id"`
	OrgName  string `json:"org_name"`
	Sector   string `json:"sector"`
	Country  string `json:"country"`
	Address  string `json:"address"`
	Port     string `json:"port"`
	Hostname string `json:"hostname"`
	Site     string `json:"site"`
	Evidence string `json:"evidence"`
	Consent  string `json:"consent"`
}

// A SharingConsent is an operator's word on what may be told of an asset.
type SharingConsent struct {
	Sharing string `json:"sharing" enum:"none,anonymised,identified" doc:"identified: to the CERT of its own country only."`
}
