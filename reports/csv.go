package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/ciiscan/ciiscan/inventory"
)

const csvType = "text/csv; charset=utf-8"

func writeFindings(w io.Writer, r Report) error {
	rows := [][]string{{
		"finding_id", "severity", "decision", "title", "organization_id", "organization", "asset_id", "asset", "asset_address",
		"address", "port", "transport", "hostname", "check", "detection", "work", "waiver", "waived_until", "known_exploited",
		"due", "overdue", "first_seen", "last_seen", "last_tested", "not_tested", "evidence_id", "what_to_do",
	}}
	for _, p := range r.Problems {
		for _, f := range p.Findings {
			rows = append(rows, []string{
				string(f.ID), string(f.Severity), string(f.Decision), f.Title, string(f.Asset.Org), f.Asset.OrgName, string(f.Asset.ID), f.Asset.Name, f.Asset.Address,
				f.Address, csvPort(f.Port), string(f.Transport), f.Hostname, string(f.Check), string(f.Detection), string(f.Work), string(f.Waiver), csvTime(f.WaivedTill), yesNo(f.KEV),
				csvTime(f.DueAt), yesNo(f.Overdue), csvTime(&f.FirstSeen), csvTime(&f.LastSeen), csvTime(&f.LastTested), f.NotTested, string(f.Evidence), p.Fix,
			})
		}
	}
	return writeCSV(w, rows)
}

func writeChanges(w io.Writer, r Report) error {
	rows := [][]string{{
		"at", "change", "finding_id", "severity", "title", "organization_id", "organization", "asset_id", "asset", "place",
		"reason", "from", "to", "evidence_id", "task_id",
	}}
	for _, c := range r.Changes {
		rows = append(rows, []string{
			csvTime(&c.At), string(c.Kind), string(c.Finding), string(c.Severity), c.Title, string(c.Asset.Org), c.Asset.OrgName, string(c.Asset.ID), c.Asset.Name, c.Place,
			c.Reason, c.From, c.To, string(c.Evidence), string(c.Task),
		})
	}
	return writeCSV(w, rows)
}

func writeCoverage(w io.Writer, r Report) error {
	rows := [][]string{{
		"asset_id", "asset", "asset_address", "organization_id", "organization", "last_look", "outcome", "addresses_asked", "addresses_reached", "reasons",
	}}
	for _, l := range r.Coverage {
		outcome := string(l.Outcome)
		if l.LastLook == nil {
			outcome = "not tested"
		}
		rows = append(rows, []string{
			string(l.Asset.ID), l.Asset.Name, l.Asset.Address, string(l.Asset.Org), l.Asset.OrgName, csvTime(l.LastLook), outcome,
			strconv.Itoa(l.Addresses), strconv.Itoa(l.Reached), strings.Join(l.Reasons, "; "),
		})
	}
	return writeCSV(w, rows)
}

func writeServices(w io.Writer, r Report) error {
	rows := [][]string{{
		"asset_id", "asset", "organization_id", "organization", "address", "port", "transport", "service", "product", "version", "tls",
		"risky", "first_seen", "last_seen", "new",
	}}
	for _, s := range r.Services {
		rows = append(rows, []string{
			string(s.Asset.ID), s.Asset.Name, string(s.Asset.Org), s.Asset.OrgName, s.Address, csvPort(s.Port), string(s.Transport), s.Name, s.Product, s.Version, yesNo(s.TLS),
			string(s.Risky), csvTime(&s.FirstSeen), csvTime(&s.LastSeen), yesNo(s.New),
		})
	}
	return writeCSV(w, rows)
}

// writeCSV writes what spreadsheets of every country read: UTF-8 with a
// byte-order mark, lines ended as RFC 4180 says, cells disarmed.
func writeCSV(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, row := range rows {
		for i, cell := range row {
			row[i] = csvCell(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// csvCell disarms s: a spreadsheet runs a cell that starts with one of these
// signs, also behind spaces and in their full-width forms. The apostrophe
// makes it text.
func csvCell(s string) string {
	s = strings.Join(strings.Fields(inventory.CleanText(s, 10_000)), " ")
	first := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	if first != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(first)[0]) {
		return "'" + s
	}
	return s
}

func csvTime(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func csvPort(p uint16) string {
	if p == 0 {
		return ""
	}
	return fmt.Sprint(p)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
