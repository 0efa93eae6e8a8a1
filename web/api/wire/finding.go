package wire

import "time"

// A Finding is a weakness on an asset.
type Finding struct {
	ID          string     `json:"id" example:"F-10231"`
	OrgID       string     `json:"org_id"`
	AssetID     string     `json:"asset_id"`
	Address     string     `json:"address"`
	Port        int        `json:"port" doc:"0 when it concerns the host or a name."`
	Transport   string     `json:"transport" doc:"tcp or udp; empty when port is 0."`
	Hostname    string     `json:"hostname"`
	Check       string     `json:"check"`
	Matcher     string     `json:"matcher"`
	Title       string     `json:"title"`
	Severity    string     `json:"severity" enum:"info,low,medium,high,critical"`
	KEV         bool       `json:"kev" doc:"Known to be exploited."`
	Detection   string     `json:"detection" enum:"open,fixed,back_again"`
	Work        string     `json:"work" enum:"new,triaged,notified,acknowledged,in_progress"`
	Waiver      string     `json:"waiver" enum:"none,false_positive,accepted_risk,compensating_control,disputed"`
	WaiverInfo  *Waiver    `json:"waiver_info,omitempty" doc:"Reason, author and end; absent without a waiver."`
	FirstSeen   time.Time  `json:"first_seen"`
	LastSeen    time.Time  `json:"last_seen"`
	LastTested  *time.Time `json:"last_tested" doc:"When the check last ran to an end."`
	ClosedAt    *time.Time `json:"closed_at"`
	NotTested   string     `json:"not_tested" doc:"Why the last scan could not tell; empty when it could."`
	Negatives   int        `json:"negatives" doc:"Tests in a row that ran and saw nothing."`
	EvidenceID  string     `json:"evidence_id"`
	Decision    string     `json:"decision" doc:"SSVC outcome: track, track*, attend or act."`
	DecisionWhy string     `json:"decision_why"`
	DueAt       *time.Time `json:"due_at"`

	OrgName    string     `json:"org_name"`
	Sector     string     `json:"sector"`
	AssetName  string     `json:"asset_name"`
	AssetClass string     `json:"asset_class" doc:"it or ot."`
	CVEs       []string   `json:"cves" nullable:"false" doc:"Of the check."`
	EPSS       float64    `json:"epss" doc:"The highest of its CVEs; 0 when none is known."`
	CVSS       float64    `json:"cvss_base_score" doc:"0 when nobody has said how bad it is by itself."`
	CVSSVector string     `json:"cvss_vector"`
	Ransomware bool       `json:"ransomware" doc:"Known to be used by ransomware."`
	Source     string     `json:"source" doc:"template or exposure; empty when the check is gone."`
	Version    int64      `json:"version" doc:"Counts what people change. Give it with a change to be refused (412) when somebody was faster."`
	Assignee   string     `json:"assignee" person:"true" doc:"Who of the CERT has it in hand; empty for nobody."`
	Tags       []string   `json:"tags" nullable:"false"`
	Answer     string     `json:"answer" doc:"The operator's last answer; empty without one."`
	AnsweredAt *time.Time `json:"answered_at"`
	PromisedAt *time.Time `json:"promised_at" doc:"When the operator wants to be done."`
	Dispute    string     `json:"dispute" doc:"open or answered while a dispute waits; else empty."`
}

// A Count is how many there are, as far as it was worth counting.
type Count struct {
	Count int  `json:"count"`
	More  bool `json:"more" doc:"There are more than counted."`
}

// A FindingDetail is a finding with its life story, its check's texts and what
// is around it.
type FindingDetail struct {
	Finding
	Events []FindingEvent `json:"events" nullable:"false" doc:"Oldest first."`
	About  *Check         `json:"about,omitempty" doc:"What the check looks for; absent when it is gone."`

	Service      *Service   `json:"service,omitempty" doc:"What answers there now; absent when nothing is known."`
	LooksToClose int        `json:"looks_to_close" doc:"So many looks in a row that do not see it close it; 0 when it is closed."`
	NextLookAt   *time.Time `json:"next_look_at" doc:"When a scan looks there next; null when none is planned."`
}

// A FindingEvent is one line of a finding's life.
type FindingEvent struct {
	At         time.Time `json:"at"`
	Actor      string    `json:"actor" person:"true"`
	Kind       string    `json:"kind"`
	From       string    `json:"from"`
	To         string    `json:"to"`
	Reason     string    `json:"reason"`
	TaskID     string    `json:"task_id"`
	EvidenceID string    `json:"evidence_id"`
}

// A Waiver says why an open finding is left open.
type Waiver struct {
	Kind   string    `json:"kind" enum:"false_positive,accepted_risk,compensating_control,disputed"`
	Reason string    `json:"reason"`
	By     string    `json:"by" person:"true"`
	Until  time.Time `json:"until"`
}

// A NewWaiver sets one; kind none takes it away.
type NewWaiver struct {
	Kind   string     `json:"kind" enum:"none,false_positive,accepted_risk,compensating_control,disputed"`
	Reason string     `json:"reason" minLength:"1" maxLength:"1000"`
	Until  *time.Time `json:"until,omitempty" doc:"When it ends; wanted unless kind is none."`
}

// NewWork sets how far people are with a finding.
type NewWork struct {
	Work   string `json:"work" enum:"new,triaged,notified,acknowledged,in_progress"`
	Reason string `json:"reason,omitempty" maxLength:"1000"`
}

// Evidence is what was sent and what came back, made fit to show: bytes that
// are not plain text are escaped.
type Evidence struct {
	ID       string `json:"id"`
	Request  string `json:"request"`
	Response string `json:"response"`
}

// A Check is what a template or an exposure rule looks for.
type Check struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Severity   string   `json:"severity" enum:"info,low,medium,high,critical"`
	Why        string   `json:"why"`
	Fix        string   `json:"fix"`
	References []string `json:"references" nullable:"false"`
	CVEs       []string `json:"cves" nullable:"false"`
	CWEs       []string `json:"cwes" nullable:"false"`
	Tags       []string `json:"tags" nullable:"false"`
	CVSS       float64  `json:"cvss_base_score" doc:"0 when nobody has said how bad it is by itself."`
	CVSSVector string   `json:"cvss_vector"`
	Source     string   `json:"source" doc:"template or exposure."`
	Protocol   string   `json:"protocol"`
	SHA256     string   `json:"sha256"`
}
