package exchange

// Reciprocity sets both directions side by side. It says nothing of whether
// they should be equal: that is for the parties.
type Reciprocity struct {
	Team     TeamID `json:"team"`
	Given    int    `json:"given"` // advisories
	Received int    `json:"received"`
	// Ratio is what was received for each one given; 0 when nothing was given.
	Ratio float64 `json:"ratio"`
	// Answered are the shares that got an answer, from 0 to 1.
	TheyAnswered float64 `json:"they_answered"`
	WeAnswered   float64 `json:"we_answered"`
}

// Reciprocity of a year.
func (y LedgerYear) Reciprocity() Reciprocity {
	r := Reciprocity{Team: y.Team, Given: y.Given.Advisories, Received: y.Received.Documents}
	r.Ratio = meanOf(r.Received, r.Given)
	r.TheyAnswered = meanOf(y.Given.Acknowledge.Count, y.Given.Advisories+y.Given.Updates+y.Given.Withdrawn)
	r.WeAnswered = meanOf(y.Received.Answered, y.Received.Documents+y.Received.Updates)
	return r
}
