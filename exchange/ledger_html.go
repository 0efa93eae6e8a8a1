package exchange

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

//go:embed ledger.css
var ledgerStyle string

//go:embed ledger.html.tmpl
var ledgerSource string

// ledgerPage is a report: one file, no script, nothing fetched.
var ledgerPage = template.Must(template.New("ledger").Funcs(template.FuncMap{
	"clean":  func(s string) string { return inventory.CleanText(s, 20_000) },
	"moment": func(t time.Time) string { return momentWords(&t) },
}).Parse(ledgerSource))

// WriteHTML writes the report as a page that needs nothing else.
func (r CommitteeReport) WriteHTML(w io.Writer) error { return r.sheet().writeHTML(w) }

// WriteHTML writes the report as a page that needs nothing else.
func (r PlanReport) WriteHTML(w io.Writer) error { return r.sheet().writeHTML(w) }

// WriteHTML writes the year as a page that needs nothing else. name is the
// team's, at the time of the report.
func (y LedgerYear) WriteHTML(w io.Writer, name string, at time.Time) error {
	return y.sheet(name, at).writeHTML(w)
}

func (s sheet) writeHTML(w io.Writer) error {
	sum := sha256.Sum256([]byte(ledgerStyle))
	return ledgerPage.Execute(w, struct {
		sheet
		Style  template.CSS
		Policy string
	}{
		sheet: s, Style: template.CSS(ledgerStyle), //nolint:gosec // our own embedded file
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
	})
}
