package inventory

import (
	"slices"
	"strings"
	"time"
)

// An AssetEdit replaces what people say of an asset. Its address stays: what
// is known of one address is not true of another.
type AssetEdit struct {
	Name        string
	Site        string
	Function    string
	Contact     ContactID
	Criticality Criticality
	Class       AssetClass
	AtMost      Level
	Tags        []string
}

// Apply returns a with the edit in it, tidy, or every mistake at once.
func (e AssetEdit) Apply(a Asset) (Asset, error) {
	a.Name, a.Site, a.Function, a.Contact = e.Name, e.Site, e.Function, e.Contact
	a.Criticality, a.Class, a.AtMost, a.Tags = e.Criticality, e.Class, e.AtMost, e.Tags
	return a.Normalize()
}

// An AssetAct is one thing to do to many assets at once.
type AssetAct struct {
	AddTag      string
	RemoveTag   string
	Criticality Criticality
	Class       AssetClass
	Consent     Consent
	AtMost      *Level // nil changes nothing; LevelNothing takes the limit away
	Retire      string // the reason; "" retires nothing
}

// Word names the act, for the log: "tag", "retire".
func (c AssetAct) Word() string {
	switch {
	case c.AddTag != "":
		return "tag"
	case c.RemoveTag != "":
		return "untag"
	case c.Criticality != "":
		return "criticality"
	case c.Class != "":
		return "class"
	case c.Consent != "":
		return "consent"
	case c.AtMost != nil:
		return "limit"
	case c.Retire != "":
		return "retire"
	}
	return ""
}

// Check refuses an act that is none, or several.
func (c AssetAct) Check() error {
	n := 0
	for _, given := range []bool{
		c.AddTag != "", c.RemoveTag != "", c.Criticality != "", c.Class != "", c.Consent != "", c.AtMost != nil, strings.TrimSpace(c.Retire) != "",
	} {
		if given {
			n++
		}
	}
	if n != 1 {
		return invalid("act", "", "not one thing to do", "choose what to do with the assets")
	}
	if c.Consent != "" && !c.Consent.Valid() {
		return invalid("consent", string(c.Consent), "unknown", "use none, anonymised or identified")
	}
	if c.Retire != "" {
		return nil
	}
	tags := NormalizeTags([]string{c.AddTag, c.RemoveTag})
	probe := Asset{Criticality: c.Criticality, Class: c.Class, Tags: tags}
	if c.AtMost != nil {
		probe.AtMost = *c.AtMost
	}
	probe.Address, _ = ParseAddress("192.0.2.1") // any: only the rest is checked
	_, err := probe.Normalize()
	return err
}

// Apply returns a with the act done to it, and whether that changed anything.
// Retiring is not its business.
func (c AssetAct) Apply(a Asset) (Asset, bool) {
	before := a
	a.Tags = slices.Clone(a.Tags)
	switch {
	case c.AddTag != "":
		a.Tags = NormalizeTags(append(a.Tags, c.AddTag))
	case c.RemoveTag != "":
		gone := NormalizeTags([]string{c.RemoveTag})
		a.Tags = slices.DeleteFunc(a.Tags, func(t string) bool { return slices.Contains(gone, t) })
	case c.Criticality != "":
		a.Criticality = c.Criticality
	case c.Class != "":
		a.Class = c.Class
	case c.Consent != "":
		a.Consent = c.Consent
	case c.AtMost != nil:
		a.AtMost = *c.AtMost
	}
	return a, !slices.Equal(a.Tags, before.Tags) || a.Criticality != before.Criticality || a.Class != before.Class ||
		a.Consent != before.Consent || a.AtMost != before.AtMost
}

// UndoFor is how long a change of many assets can be taken back.
const UndoFor = 10 * time.Minute

// UndoID names a change that can be taken back ("U-3").
type UndoID string

// A Done is what an act on many assets came to.
type Done struct {
	Changed int
	Same    int    // that were so already
	Undo    UndoID // "" when nothing changed
	Until   time.Time
}

// An Undone is what taking an act back came to.
type Undone struct {
	Restored int
	// Kept are the assets that somebody changed again since: they stay.
	Kept []AssetID
}
