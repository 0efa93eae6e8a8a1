package exchange

import "github.com/ciiscan/ciiscan/reports/advisory"

// An Ask is a person's wish to let an advisory out. What it leaves open is
// the present revision, the agreement that is active, the team's profile and
// all channels that the agreement names.
type Ask struct {
	Advisory  advisory.ID
	Revision  int
	Team      TeamID // "": everybody
	Agreement AgreementID
	Profile   Profile // may take away more than the team's
	Channels  []Channel
	Referral  bool
	By        string
}

// A Preview is what would leave if an Ask were granted now.
type Preview struct {
	Decision  Decision
	Agreement AgreementID
	Profile   Profile // by which it was redacted
	Files     []File  // unsigned
	Diff      []advisory.FieldChange
	Leaks     []string // "adv-3.json tells 192.0.2.7 (as it is)"; any of them stops the release
	Problem   string   // why it cannot be written, where it cannot
}

// A WrittenBundle is a file to be carried to a team.
type WrittenBundle struct {
	Team     TeamID
	Sequence int64
	Name     string
	Releases []ReleaseID
	Content  []byte
}

// A ReadBundle is what came of reading one of a team.
type ReadBundle struct {
	Team     TeamID
	Sequence int64
	Bundle
	Inbounds []Inbound // as they were kept; of a replay none is new
	Receipts int       // of what we sent
}
