package wire

import "time"

// A ReportRun is one week's reports of everybody.
type ReportRun struct {
	ID        string         `json:"id" example:"RUN-3"`
	Week      string         `json:"week" example:"2026-W47"`
	From      time.Time      `json:"from"`
	To        time.Time      `json:"to" doc:"Exclusive."`
	StartedAt time.Time      `json:"started_at"`
	StartedBy string         `json:"started_by" person:"true" doc:"A user, or schedule."`
	Total     int            `json:"total" doc:"Reports in it."`
	States    map[string]int `json:"states" doc:"How many reports are in each state."`
	Flags     map[string]int `json:"flags" doc:"How many reports carry each flag."`
}

// ReportRuns are the newest runs, and when the next begins.
type ReportRuns struct {
	List[ReportRun]
	NextAt *time.Time `json:"next_at" doc:"When the next run begins by itself."`
}

// A NewReportRun begins a run by hand.
type NewReportRun struct {
	Week string `json:"week,omitempty" pattern:"^[0-9]{4}-W[0-9]{2}$" doc:"The week in which the middle of the last seven days lies, when absent."`
}

// A Report is one edition of a week: for an operator, a sector or the nation.
type Report struct {
	ID             string      `json:"id" example:"weekly-ORG-7-2026-W47"`
	RunID          string      `json:"run_id"`
	Kind           string      `json:"kind" enum:"operator,sector,national"`
	OrgID          string      `json:"org_id"`
	OrgName        string      `json:"org_name"`
	Sector         string      `json:"sector"`
	Week           string      `json:"week"`
	From           time.Time   `json:"from"`
	To             time.Time   `json:"to" doc:"Exclusive."`
	Revision       int         `json:"revision"`
	RevisionReason string      `json:"revision_reason"`
	Latest         bool        `json:"latest" doc:"No revision has taken its place."`
	State          string      `json:"state" enum:"making,not_rendered,draft,checked,held,approved,sending,sent,bounced,opened,acknowledged"`
	Flags          []string    `json:"flags" nullable:"false" doc:"Why somebody should look at it."`
	Figures        ReportFacts `json:"figures"`
	Problem        string      `json:"problem" doc:"Why it could not be made."`
	PDF            string      `json:"pdf" enum:",done,failed,absent" doc:"absent: there is no Chromium to print with."`
	Note           string      `json:"note" doc:"The analyst's word to the reader."`
	Version        int         `json:"version" doc:"Give it with a change of the note."`
	MadeAt         *time.Time  `json:"made_at"`
	CheckedBy      string      `json:"checked_by" person:"true"`
	HeldBy         string      `json:"held_by" person:"true"`
	HeldFor        string      `json:"held_for"`
	ApprovedBy     string      `json:"approved_by" person:"true"`
	ApprovedAt     *time.Time  `json:"approved_at"`
	SentBy         string      `json:"sent_by" person:"true"`
	SentAt         *time.Time  `json:"sent_at"`
	OpenedAt       *time.Time  `json:"opened_at"`
	AcknowledgedBy string      `json:"acknowledged_by" person:"true"`
	AcknowledgedAt *time.Time  `json:"acknowledged_at"`
}

// ReportFacts are the numbers that weeks are compared by.
type ReportFacts struct {
	Assets   int `json:"assets"`
	Reached  int `json:"reached"`
	Hosts    int `json:"hosts"`
	Findings int `json:"findings" doc:"Open."`
	Services int `json:"services"`
	Urgent   int `json:"urgent" doc:"Problems to solve."`
	Overdue  int `json:"overdue"`
	Contacts int `json:"contacts" doc:"Who is told."`
}

// A ReportDetail is a report with its files and how it reached its readers.
type ReportDetail struct {
	Report
	Files      []ReportFile     `json:"files" nullable:"false"`
	Deliveries []ReportDelivery `json:"deliveries" nullable:"false" doc:"The CERT's people see them."`
}

// A ReportFile is one file of a report, by its hash.
type ReportFile struct {
	Name      string `json:"name" example:"weekly-ORG-7-2026-W47.pdf"`
	MediaType string `json:"media_type"`
	Language  string `json:"language,omitempty" doc:"Of what people read, such as bn; none for what programs read."`
	Size      int    `json:"size"`
	SHA256    string `json:"sha256"`
	Proof     bool   `json:"proof" doc:"The list of hashes, or its signature."`
}

// A ReportDelivery is how one contact was told.
type ReportDelivery struct {
	Num            int64      `json:"num"`
	ContactID      string     `json:"contact_id"`
	Name           string     `json:"name"`
	Email          string     `json:"email"`
	State          string     `json:"state" enum:"queued,sent,bounced,failed,opened,acknowledged"`
	Problem        string     `json:"problem"`
	How            string     `json:"how" doc:"How the mail was protected."`
	QueuedAt       time.Time  `json:"queued_at"`
	SentAt         *time.Time `json:"sent_at"`
	OpenedAt       *time.Time `json:"opened_at"`
	AcknowledgedAt *time.Time `json:"acknowledged_at"`
}

// A ReportDecision is an act on reports: those named, or all of a run on which
// it is possible. Of a run only reports without a flag are approved.
type ReportDecision struct {
	Action  string   `json:"action" enum:"check,hold,release,approve,unapprove,send,retry"`
	Run     string   `json:"run,omitempty" maxLength:"100" doc:"Give this or reports."`
	Reports []string `json:"reports,omitempty" nullable:"false" maxItems:"500"`
	Reason  string   `json:"reason,omitempty" maxLength:"1000" doc:"Needed to hold."`
}

// ReportOutcomes are what came of it.
type ReportOutcomes struct {
	Done    int             `json:"done"`
	Refused int             `json:"refused"`
	Items   []ReportOutcome `json:"items" nullable:"false"`
}

// A ReportOutcome is what came of an act on one report.
type ReportOutcome struct {
	ID      string `json:"id"`
	State   string `json:"state" doc:"After it."`
	Refused string `json:"refused" doc:"Why; empty when it was done."`
	Hint    string `json:"hint"`
}

// A ReportNote is the analyst's word to the reader.
type ReportNote struct {
	Note    string `json:"note" maxLength:"4000"`
	Version int    `json:"version" minimum:"1" doc:"Of the report that it was written for."`
}

// A ScopeAnswer is what an operator says about one asset of its report.
type ScopeAnswer struct {
	AssetID string     `json:"asset_id"`
	Name    string     `json:"name"`
	Address string     `json:"address"`
	Answer  string     `json:"answer" enum:",yes,no,changed" doc:"Empty: not answered."`
	Comment string     `json:"comment"`
	By      string     `json:"by" person:"true"`
	At      *time.Time `json:"at"`
}

// NewScopeAnswers are an operator's answers.
type NewScopeAnswers struct {
	Answers []NewScopeAnswer `json:"answers" nullable:"false" minItems:"1" maxItems:"500"`
}

// A NewScopeAnswer is one of them.
type NewScopeAnswer struct {
	AssetID string `json:"asset_id" minLength:"1" maxLength:"100"`
	Answer  string `json:"answer" enum:"yes,no,changed"`
	Comment string `json:"comment,omitempty" maxLength:"1000" doc:"What is different."`
}

// A ReportProof proves that a file is what was issued. It tells nothing else.
type ReportProof struct {
	ID          string         `json:"id"`
	IssuedAt    time.Time      `json:"issued_at"`
	Latest      bool           `json:"latest"`
	ReplacedBy  string         `json:"replaced_by" doc:"The latest revision, when this is not it."`
	Files       []ReportedFile `json:"files" nullable:"false"`
	Manifest    string         `json:"manifest" doc:"What is signed."`
	Signature   string         `json:"signature" doc:"Detached and armoured; empty: it was not signed."`
	Fingerprint string         `json:"fingerprint" doc:"Of the key that signs here now."`
}

// A ReportedFile is a name and a hash.
type ReportedFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}
