package inventory

import "time"

// ImportID names a file on its way into the register ("IMP-4").
type ImportID string

// ImportState is how far a file has come.
type ImportState string

// States of imports. A draft is dropped after ImportDraftFor.
const (
	ImportDraft  ImportState = "draft"
	ImportDone   ImportState = "done"
	ImportUndone ImportState = "undone"
)

// ImportDraftFor is how long a file waits for the decision about it.
const ImportDraftFor = 24 * time.Hour

// ImportClass is what a row of a file would do.
type ImportClass string

// Classes of rows.
const (
	RowNew       ImportClass = "new"
	RowChanged   ImportClass = "changed" // says something else of a known asset
	RowSame      ImportClass = "same"    // says what is known
	RowDuplicate ImportClass = "duplicate"
	RowError     ImportClass = "error"
)

// An Import is a file on its way into the register.
type Import struct {
	ID        ImportID
	Org       OrganizationID
	State     ImportState
	Name      string // of the file, cleaned
	Pasted    bool
	Format    string // "" when its columns can be told, else what program wrote it
	Sheet     string
	Sheets    []string
	Headers   []ImportHeader
	Notes     []string
	Counts    map[ImportClass]int
	CreatedBy string
	CreatedAt time.Time
	ExpiresAt time.Time
	DoneBy    string
	DoneAt    *time.Time
	UndoneBy  string
	UndoneAt  *time.Time
}

// Bad counts the rows that say something wrong.
func (i Import) Bad() int { return i.Counts[RowError] + i.Counts[RowDuplicate] }

// An ImportHeader says what a column was taken for.
type ImportHeader struct {
	Column string `json:"column"`
	Text   string `json:"text"`
	Field  string `json:"field"`
}

// An ImportRow is one asset of a file, or one row with mistakes.
type ImportRow struct {
	Position int
	Line     int
	Class    ImportClass
	Address  string // canonical; "" of a row with mistakes
	Asset    AssetID
	Says     ImportSays
}

// ImportSays is what a row says.
type ImportSays struct {
	Name        string          `json:"name,omitempty"`
	Site        string          `json:"site,omitempty"`
	Function    string          `json:"function,omitempty"`
	Contact     ContactID       `json:"contact,omitempty"`
	ContactName string          `json:"contact_name,omitempty"` // for people
	Criticality Criticality     `json:"criticality,omitempty"`
	Class       AssetClass      `json:"kind,omitempty"`
	Tags        []string        `json:"tags,omitempty"`
	Given       []string        `json:"given,omitempty"` // what the row says something about
	Changes     []ImportChange  `json:"changes,omitempty"`
	Mistakes    []ImportMistake `json:"mistakes,omitempty"`
	Cells       []string        `json:"cells,omitempty"` // of a row with mistakes, cleaned
}

// An ImportChange is one field that a row changes.
type ImportChange struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// An ImportMistake is one thing wrong with a row.
type ImportMistake struct {
	Column  string `json:"column,omitempty"`
	Header  string `json:"header,omitempty"`
	Value   string `json:"value,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// An ImportReversal is what taking an import back came to.
type ImportReversal struct {
	Removed  int // assets that it had made
	Restored int // assets that it had changed
	Kept     []ImportKept
}

// An ImportKept is an asset on which something depends by now.
type ImportKept struct {
	Asset   AssetID
	Address string
	Reason  string
}

// Merge returns have with what a row says something about, and the fields that
// this changes.
func (s ImportSays) Merge(have Asset) (Asset, []ImportChange) {
	var changes []ImportChange
	set := func(field string, from *string, to string) {
		if *from != to {
			changes = append(changes, ImportChange{field, *from, to})
			*from = to
		}
	}
	for _, field := range s.Given {
		switch field {
		case "name":
			set(field, &have.Name, s.Name)
		case "site":
			set(field, &have.Site, s.Site)
		case "function":
			set(field, &have.Function, s.Function)
		case "contact":
			set(field, (*string)(&have.Contact), string(s.Contact))
		case "criticality":
			set(field, (*string)(&have.Criticality), string(s.Criticality))
		case "kind":
			set(field, (*string)(&have.Class), string(s.Class))
		case "tags":
			from, to := joinTags(have.Tags), joinTags(NormalizeTags(s.Tags))
			if from != to {
				changes = append(changes, ImportChange{field, from, to})
				have.Tags = NormalizeTags(s.Tags)
			}
		}
	}
	return have, changes
}

func joinTags(tags []string) string { return join(tags) }
