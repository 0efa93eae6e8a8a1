package reports

import (
	_ "embed"
	"encoding/json"
	"io"
)

// Schema is the JSON Schema (2020-12) of the JSON report.
//
//go:embed report.schema.json
var Schema []byte

// writeJSON writes the report with <, > and & escaped, so that it is safe
// inside a page as well.
func writeJSON(w io.Writer, r Report, _ Options) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
