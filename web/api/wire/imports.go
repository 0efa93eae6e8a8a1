package wire

import "time"

// An Import is a file on its way into the register.
type Import struct {
	ID        string         `json:"id" example:"IMP-4"`
	OrgID     string         `json:"org_id"`
	State     string         `json:"state" enum:"draft,done,undone"`
	Name      string         `json:"name"`
	Pasted    bool           `json:"pasted"`
	Format    string         `json:"format" enum:",nmap,cyclonedx" doc:"What program wrote it; its columns are as they are. Empty: a spreadsheet or a list."`
	Sheet     string         `json:"sheet" doc:"That was read, of a workbook."`
	Sheets    []string       `json:"sheets" nullable:"false"`
	Columns   []ImportColumn `json:"columns" nullable:"false"`
	Notes     []string       `json:"notes" nullable:"false" doc:"How the file was understood."`
	Counts    ImportCounts   `json:"counts"`
	CreatedBy string         `json:"created_by" person:"true"`
	CreatedAt time.Time      `json:"created_at"`
	ExpiresAt time.Time      `json:"expires_at" doc:"When a draft is thrown away."`
	DoneBy    string         `json:"done_by" person:"true"`
	DoneAt    *time.Time     `json:"done_at"`
	UndoneBy  string         `json:"undone_by" person:"true"`
	UndoneAt  *time.Time     `json:"undone_at"`
}

// An ImportColumn says what a column is taken for.
type ImportColumn struct {
	Column string `json:"column" example:"B"`
	Text   string `json:"text" doc:"The heading as written, cleaned."`
	Field  string `json:"field" enum:",address,host,name,function,site,contact,criticality,kind,tags" doc:"Empty: it is not used."`
}

// ImportCounts counts rows by what they would do.
type ImportCounts struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Same      int `json:"same"`
	Duplicate int `json:"duplicate"`
	Error     int `json:"error"`
}

// A NewImport brings a file, or what somebody pasted.
type NewImport struct {
	OrgID   string `json:"org_id,omitempty" maxLength:"100"`
	Name    string `json:"name,omitempty" maxLength:"255" doc:"Of the file."`
	Content []byte `json:"content,omitempty" doc:"The file, as base64."`
	Text    string `json:"text,omitempty" maxLength:"10485760" doc:"In place of a file: one asset a line, ranges and prefixes too, with notes behind; or what a file would hold."`
}

// An ImportReading says how a draft's file is to be read.
type ImportReading struct {
	Sheet  string            `json:"sheet,omitempty" maxLength:"100"`
	Fields map[string]string `json:"fields" doc:"The field of each column, by its letter; a column that is not named is not used."`
}

// An ImportDecision takes a draft into the register.
type ImportDecision struct {
	Mode string `json:"mode" enum:"all,valid" doc:"all refuses a file with bad rows; valid takes the good ones."`
}

// An ImportRow is one asset of a file, or one row with mistakes.
type ImportRow struct {
	Line        int           `json:"line" doc:"As a spreadsheet counts, from 1; of what a program wrote, the number of the element among those that were taken."`
	Class       string        `json:"class" enum:"new,changed,same,duplicate,error"`
	Address     string        `json:"address"`
	AssetID     string        `json:"asset_id" doc:"That it made or changes."`
	Name        string        `json:"name"`
	Site        string        `json:"site"`
	Function    string        `json:"function"`
	ContactID   string        `json:"contact_id" doc:"Who answers for it."`
	Contact     string        `json:"contact" doc:"The contact's name."`
	Kind        string        `json:"kind"`
	Criticality string        `json:"criticality"`
	Tags        []string      `json:"tags" nullable:"false"`
	Changes     []RowChange   `json:"changes" nullable:"false"`
	Mistakes    []CellMistake `json:"mistakes" nullable:"false"`
	Cells       []string      `json:"cells" nullable:"false" doc:"Of a row with mistakes, as in the file, cleaned."`
}

// A RowChange is one field that a row, or somebody, changes.
type RowChange struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// A CellMistake is one thing wrong with a row.
type CellMistake struct {
	Column  string `json:"column"`
	Header  string `json:"header"`
	Value   string `json:"value" doc:"As in the file, cleaned and shortened."`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// An ImportUndone is what undoing an import came to.
type ImportUndone struct {
	Removed  int         `json:"removed" doc:"Assets that the import had made."`
	Restored int         `json:"restored" doc:"Assets that the import had changed."`
	Kept     []KeptAsset `json:"kept" nullable:"false" doc:"Assets on which something depends by now."`
}

// A KeptAsset is one that could not be undone.
type KeptAsset struct {
	AssetID string `json:"asset_id"`
	Address string `json:"address"`
	Reason  string `json:"reason"`
}
