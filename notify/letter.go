package notify

import (
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// TLP labels of letters. Amber and above go readable to nobody but the
// recipient.
const (
	Clear = "TLP:CLEAR"
	Green = "TLP:GREEN"
	Amber = "TLP:AMBER"
)

// A Letter is what one mail tells, before it is put into words. It is stored
// with its notice, so that sending again says the same.
type Letter struct {
	Kind    Kind                     `json:"kind"`
	TLP     string                   `json:"tlp"`
	Org     inventory.OrganizationID `json:"org"`
	OrgName string                   `json:"org_name"`
	Zone    string                   `json:"zone,omitempty"` // IANA name, for dates
	At      time.Time                `json:"at"`
	Week    string                   `json:"week,omitempty"` // 2026-W47
	Report  *Report                  `json:"report,omitempty"`
	Counts  Counts                   `json:"counts"`
	Matters []Matter                 `json:"matters,omitempty"` // the most urgent first
	Left    int                      `json:"left,omitempty"`    // findings beyond those of Matters
	Summary bool                     `json:"summary,omitempty"` // came too fast: its number only
	Endings []Ending                 `json:"endings,omitempty"`
	Advised []Advised                `json:"advised,omitempty"`
	Earlier *Earlier                 `json:"earlier,omitempty"`
	Code    string                   `json:"code,omitempty"`
}

// Counts are an organisation's findings when the letter was made.
type Counts struct {
	Open    int `json:"open"`
	New     int `json:"new"`   // within the week
	Fixed   int `json:"fixed"` // within the week
	Urgent  int `json:"urgent"`
	Overdue int `json:"overdue"`
}

// Report is a weekly report that goes along, or lies in the portal.
type Report struct {
	ID       string `json:"id"`
	Delivery int64  `json:"delivery"` // to this contact, as the board of reports counts
	SHA256   string `json:"sha256"`   // of the PDF, or ""
	Bytes    int    `json:"bytes"`
}

// A File goes along with a letter.
type File struct {
	Name      string // "report.pdf"
	MediaType string
	Bytes     []byte
}

// A Matter is one kind of weakness, at one place or more.
type Matter struct {
	Check    inventory.CheckID  `json:"check"`
	Title    string             `json:"title"`
	Severity inventory.Severity `json:"severity"`
	KEV      bool               `json:"kev,omitempty"`
	Reason   Reason             `json:"reason"`
	Why      string             `json:"why,omitempty"`
	Fix      string             `json:"fix,omitempty"`
	Due      *time.Time         `json:"due,omitempty"` // the earliest of its places
	Places   []Place            `json:"places"`
	Left     int                `json:"left,omitempty"` // places beyond those
}

// A Place is where a weakness was seen. Address and port are kept apart, so
// that no mail program makes a link of them.
type Place struct {
	Finding   inventory.FindingID `json:"finding"`
	Host      string              `json:"host,omitempty"`
	Addr      netip.Addr          `json:"addr"`
	Port      uint16              `json:"port,omitempty"`
	Transport inventory.Transport `json:"transport,omitempty"`
	FirstSeen time.Time           `json:"first_seen"`
}

// Reason is why a matter is in the letter.
type Reason string

// Reasons, the most urgent first.
const (
	ReasonKEV      Reason = "kev"      // it is attacked now
	ReasonCritical Reason = "critical" // new, and critical
	ReasonExposed  Reason = "exposed"  // a service that should not be reachable is
	ReasonRaised   Reason = "raised"   // it was thought less of before
	ReasonOverdue  Reason = "overdue"
	ReasonDue      Reason = "due" // soon
	ReasonStill    Reason = "still"
)

// Reasons lists them, the most urgent first.
func Reasons() []Reason {
	return []Reason{ReasonKEV, ReasonCritical, ReasonExposed, ReasonRaised, ReasonOverdue, ReasonDue, ReasonStill}
}

// An Ending is something that ends unless somebody acts.
type Ending struct {
	Kind   Kind      `json:"kind"` // WaiverEnds or PermissionEnds
	Object string    `json:"object"`
	Title  string    `json:"title,omitempty"`
	At     time.Time `json:"at"`
}

// Advised is an advisory on what the organisation has, or its withdrawal.
type Advised struct {
	ID        string             `json:"id"` // ADV-3
	Version   int                `json:"version"`
	TLP       string             `json:"tlp"`
	Severity  inventory.Severity `json:"severity,omitempty"`
	Open      int                `json:"open"` // findings of the organisation that it is about
	Texts     []Text             `json:"texts"`
	Withdrawn bool               `json:"withdrawn,omitempty"`
	Why       string             `json:"why,omitempty"`
	Instead   string             `json:"instead,omitempty"` // the advisory to read now
}

// A Text is what an advisory says in one language.
type Text struct {
	Language string `json:"language"`
	Title    string `json:"title"`
	Summary  string `json:"summary"`
	Fix      string `json:"fix,omitempty"`
}

// In is the text in a language or, where there is none, the first: English.
func (a Advised) In(language string) Text {
	for _, t := range a.Texts {
		if t.Language == language {
			return t
		}
	}
	if len(a.Texts) == 0 {
		return Text{}
	}
	return a.Texts[0]
}

// Earlier is a report that somebody else did not confirm.
type Earlier struct {
	Notice ID        `json:"notice"`
	Week   string    `json:"week"`
	At     time.Time `json:"at"`
	Name   string    `json:"name"` // whom it went to
}

// Restricted tells whether the letter is for its recipient's eyes alone. A
// label that is not known is.
func (l Letter) Restricted() bool { return l.TLP != Clear && l.TLP != Green }

// Findings counts those that the letter tells of.
func (l Letter) Findings() int {
	n := l.Left
	for _, m := range l.Matters {
		n += len(m.Places) + m.Left
	}
	return n
}

// Label gives a letter the label of the most delicate thing in it, but no
// lower than usual.
func (l Letter) Label() string {
	switch {
	case l.Kind == Verify:
		return Clear
	case len(l.Advised) > 0: // it tells that the organisation has it
		return Amber
	case len(l.Matters) > 0 || l.Left > 0 || l.Report != nil || l.Week != "" || l.Earlier != nil:
		return Amber
	}
	for _, e := range l.Endings {
		if e.Kind == WaiverEnds { // it names what is left open
			return Amber
		}
	}
	return Green
}
