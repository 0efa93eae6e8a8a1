package wire

import "time"

// A LedgerYear is what passed between us and one peer, or all, in a year: what
// the ledger answers as JSON. Durations are in nanoseconds.
type LedgerYear struct {
	Year     int          `json:"year"`
	Team     string       `json:"team"`
	Given    LedgerGiven  `json:"given"`
	Received LedgerTaken  `json:"received"`
	Peers    []LedgerYear `json:"peers,omitempty"`
}

// LedgerGiven counts what we released.
type LedgerGiven struct {
	Advisories  int          `json:"advisories"`
	Updates     int          `json:"updates"`
	Referrals   int          `json:"referrals"`
	Refused     int          `json:"refused"`
	ByCategory  []LedgerLine `json:"by_category"`
	Acknowledge LedgerSpans  `json:"acknowledge"`
	Overdue     int          `json:"overdue"`
	Late        int          `json:"late"`
	Withdrawn   int          `json:"withdrawn"`
	Confirmed   int          `json:"confirmed"`
	Rated       int          `json:"rated"`
	Usefulness  float64      `json:"usefulness"`
	Matched     int          `json:"matched"`
}

// LedgerTaken counts what a peer sent us.
type LedgerTaken struct {
	Documents   int          `json:"documents"`
	Updates     int          `json:"updates"`
	Duplicates  int          `json:"duplicates"`
	Accepted    int          `json:"accepted"`
	Rejected    int          `json:"rejected"`
	Waiting     int          `json:"waiting"`
	Withdrawn   int          `json:"withdrawn"`
	ByCategory  []LedgerLine `json:"by_category"`
	Acknowledge LedgerSpans  `json:"acknowledge"`
	Answered    int          `json:"answered"`
	Rated       int          `json:"rated"`
	Usefulness  float64      `json:"usefulness"`
	Matched     int          `json:"matched"`
	Affected    int          `json:"affected"`
	Fixed       int          `json:"fixed"`
}

// A LedgerLine counts one category.
type LedgerLine struct {
	Category   string         `json:"category"`
	Total      int            `json:"total"`
	BySeverity map[string]int `json:"by_severity"`
}

// LedgerSpans tells how long something took.
type LedgerSpans struct {
	Count  int           `json:"count"`
	Median time.Duration `json:"median"`
	Max    time.Duration `json:"max"`
}

// A PlanReport shows a year by the themes of an action plan.
type PlanReport struct {
	Year   int         `json:"year"`
	At     time.Time   `json:"at"`
	TLP    string      `json:"tlp"`
	Themes []PlanTheme `json:"themes"`
}

// A PlanTheme is one theme and its figures.
type PlanTheme struct {
	Theme      string       `json:"theme"`
	Agreements []PlanLine   `json:"agreements"`
	Figures    []PlanFigure `json:"figures"`
}

// A PlanLine is an agreement that serves a theme.
type PlanLine struct {
	ID        string `json:"id"`
	Reference string `json:"reference"`
	State     string `json:"state"`
}

// A PlanFigure is one number; its unit says which of the values counts.
type PlanFigure struct {
	Key   string        `json:"key"`
	Label string        `json:"label"`
	Unit  string        `json:"unit"`
	Count int           `json:"count"`
	Mean  float64       `json:"mean"`
	Span  time.Duration `json:"span"`
}
