package reports

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"
)

// sheets reads a workbook back: its sheets by name, moments as in CSV.
func sheets(t testing.TB, data string) map[string][][]string {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	out := map[string][][]string{}
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for i, cell := range row {
				if at, err := time.Parse(time.DateTime, cell); err == nil {
					row[i] = at.Format(time.RFC3339)
				}
			}
		}
		out[name] = rows
	}
	return out
}

// Each sheet holds the cells of the CSV file of its name, and there is a sheet
// for each file.
func TestWorkbookIsTheCSVSet(t *testing.T) {
	for name, d := range map[string]Data{"operator": operator(sample(t)), "national": national(t, sample(t)), "sector": sector(t, sample(t), 6), "nothing": {From: from, To: to, At: to}, "hostile": operator(hostile(t))} {
		files := render(t, build(t, d))
		book := sheets(t, files[".xlsx"])
		delete(book, coverSheet)
		for suffix, text := range files {
			sheet, isCSV := strings.CutSuffix(strings.TrimPrefix(suffix, "-"), ".csv")
			if !isCSV {
				continue
			}
			want := cells(t, text)
			got := make([][]string, len(want)) // a sheet ends its rows at the last cell that holds something
			for i, row := range book[sheet] {
				got[i] = append(row, make([]string, len(want[0])-len(row))...)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: sheet %s and the CSV file differ (-csv +xlsx):\n%s", name, sheet, diff)
			}
			delete(book, sheet)
		}
		if len(book) != 0 {
			t.Errorf("%s: sheets without a CSV file: %q", name, slices.Collect(maps.Keys(book)))
		}
	}
}

// Every number of the card is the same in the page, in JSON, on the
// workbook's cover, and where rows can be counted, in the CSV files.
func TestNumbersHaveOneSource(t *testing.T) {
	for name, d := range map[string]Data{"operator": operator(sample(t)), "other": of(sample(t), "ORG-8")} {
		r := build(t, d)
		files := render(t, r)
		var back Report
		if err := json.Unmarshal([]byte(files[".json"]), &back); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, f := range back.Card {
			want[f.Label] = strconv.Itoa(f.Value)
			if f.Delta != nil {
				want[f.Label] += fmt.Sprintf(" %+d", *f.Delta)
			}
		}
		if diff := cmp.Diff(want, coverNumbers(t, files[".xlsx"])); diff != "" {
			t.Errorf("%s: JSON and the workbook differ (-json +xlsx):\n%s", name, diff)
		}
		page := pageNumbers(t, files[".html"])
		for label, number := range want {
			if page[label] != number {
				t.Errorf("%s: %s is %q in JSON, %q on the page", name, label, number, page[label])
			}
		}
		for label, n := range counted(t, files) {
			if shown, _, _ := strings.Cut(want[label], " "); shown != strconv.Itoa(n) {
				t.Errorf("%s: %s is %s on the card, %d rows in the CSV files", name, label, shown, n)
			}
			delete(want, label)
		}
		if len(want) != 0 {
			t.Errorf("%s: numbers that no file lets a reader count: %v", name, want)
		}
		for sheet, n := range map[string]int{
			"changes": len(back.Changes), "closed": len(back.Closed), "between": len(back.Between), "services": len(back.Services),
			"hosts": len(back.Hosts), "scope": len(back.Scope), "coverage": len(back.Coverage), "trends": len(back.Trends.Weeks),
			"advisories": len(back.Advisories), "certificates": len(back.Certificates),
		} {
			if got := len(cells(t, files["-"+sheet+".csv"])) - 1; got != n {
				t.Errorf("%s: %s.csv has %d rows, JSON %d", name, sheet, got, n)
			}
		}
	}
}

// coverNumbers reads the card from the workbook's cover.
func coverNumbers(t *testing.T, data string) map[string]string {
	t.Helper()
	out := map[string]string{}
	in := false
	for _, row := range sheets(t, data)[coverSheet] {
		switch {
		case len(row) > 0 && row[0] == "Report card":
			in = true
		case len(row) == 0:
			in = false
		case in:
			out[row[0]] = row[1]
			if len(row) > 2 && row[2] != "" {
				n, err := strconv.Atoi(row[2])
				if err != nil {
					t.Fatal(err)
				}
				out[row[0]] += fmt.Sprintf(" %+d", n)
			}
		}
	}
	return out
}

// pageNumbers reads the card from the page's tiles.
func pageNumbers(t *testing.T, text string) map[string]string {
	t.Helper()
	out := map[string]string{}
	page := parse(t, text)
	for _, li := range page.all("card", "li") {
		label, value, delta := "", "", ""
		for n := range li.Descendants() {
			switch {
			case attr(n, "class") == "label":
				label = inner(n)
			case n.Data == "b":
				value = inner(n)
			case strings.HasPrefix(attr(n, "class"), "delta"):
				delta = " " + strings.NewReplacer("unchanged", "+0", "−", "-").Replace(inner(n))
			}
		}
		if label != "" {
			out[label] = value + delta
		}
	}
	return out
}

func inner(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// counted counts the card's numbers again from the CSV files, as a reader
// would with a filter.
func counted(t *testing.T, files map[string]string) map[string]int {
	t.Helper()
	rows := func(file string, keep func(map[string]string) bool) (out []map[string]string) {
		all := cells(t, files["-"+file+".csv"])
		for _, row := range all[1:] {
			r := map[string]string{}
			for i, name := range all[0] {
				r[name] = row[i]
			}
			if keep == nil || keep(r) {
				out = append(out, r)
			}
		}
		return out
	}
	hosts := map[string]bool{}
	for _, h := range rows("hosts", nil) {
		hosts[h["address"]] = true
	}
	ages := func(keep func(map[string]string) bool) int {
		most := -1
		for _, r := range rows("findings", keep) {
			age, err := strconv.Atoi(r["age_days"])
			if err != nil {
				t.Fatal(err)
			}
			most = max(most, age)
		}
		return most
	}
	out := map[string]int{
		"Possibly blocked":  len(rows("coverage", func(r map[string]string) bool { return r["possibly_blocked"] == "yes" })),
		"Assets registered": len(rows("scope", nil)),
		"In scope of scans": len(rows("coverage", func(r map[string]string) bool { return r["addresses_asked"] != "0" })),
		"Reached":           len(rows("coverage", func(r map[string]string) bool { return r["addresses_reached"] != "0" })),
		"Not tested":        len(rows("coverage", func(r map[string]string) bool { return r["addresses_reached"] == "0" })),
		"Hosts up":          len(hosts),
		"Exposed services":  len(rows("services", nil)),
		"Open but waived":   len(rows("waivers", nil)),
		"Open but disputed": len(rows("findings", func(r map[string]string) bool { return r["disputed"] == "yes" })),
		"Known exploited":   len(rows("findings", func(r map[string]string) bool { return r["known_exploited"] == "yes" && r["waiver"] == "none" })),
		"Overdue":           len(rows("findings", func(r map[string]string) bool { return r["overdue"] == "yes" })),
	}
	for label, keep := range map[string]func(map[string]string) bool{
		"Oldest critical, days":        func(r map[string]string) bool { return r["severity"] == "critical" && r["waiver"] == "none" },
		"Oldest known exploited, days": func(r map[string]string) bool { return r["known_exploited"] == "yes" && r["waiver"] == "none" },
	} {
		if age := ages(keep); age >= 0 {
			out[label] = age
		}
	}
	for _, severity := range []string{"critical", "high", "medium", "low", "info"} {
		out["Open, "+severity] = len(rows("findings", func(r map[string]string) bool { return r["severity"] == severity }))
	}
	return out
}

// What the sample holds stands in the new lists.
func TestLists(t *testing.T) {
	d := operator(sample(t))
	d.Findings[0].Negatives = 1
	r := build(t, d)
	var got []string
	for _, c := range r.Closed {
		got = append(got, fmt.Sprintf("closed %s %s after %d days by %s: %s", c.Finding.ID, c.At.Format(time.DateOnly), c.DaysOpen, c.Task, c.Reason))
	}
	for _, b := range r.Between {
		got = append(got, fmt.Sprintf("between %s: %s", b.Finding.ID, b.Reason))
	}
	for _, s := range r.Scope {
		got = append(got, fmt.Sprintf("scope %s %s %s..%s %d %s", s.Asset.ID, s.Kind, s.First, s.Last, s.Addresses, s.Asset.Class))
	}
	for _, h := range r.Hosts {
		got = append(got, fmt.Sprintf("host %s %s %s", h.Asset.ID, h.Address, h.Outcome))
	}
	for _, f := range waived(r.Problems) {
		got = append(got, fmt.Sprintf("waived %s %s %s", f.ID, f.Waiver, f.WaivedTill.Format(time.DateOnly)))
	}
	for _, s := range risky(r.Services) {
		got = append(got, fmt.Sprintf("risky %s %s new=%t", s.Risky, s.Place(), s.New))
	}
	want := []string{
		"closed F-5 2026-11-21 after 28 days by T-90: The port answered that nothing listens there; that is 2 times in a row, enough to close it.",
		"closed F-7 2026-11-18 after 85 days by T-90: The asset was retired.",
		"between F-1: not seen at the last look, which alone does not prove that it is gone (1 in a row)",
		"between F-6: the last scan could not tell: port 3389/tcp is filtered: it did not answer",
		"scope A-1 ipv4 198.51.100.10..198.51.100.10 1 it",
		"scope A-2 ipv4 198.51.100.20..198.51.100.20 1 ot",
		"scope A-3 cidr 198.51.100.64..198.51.100.79 16 it",
		"scope A-5 hostname .. 0 it",
		"host A-1 198.51.100.10 complete",
		"host A-2 198.51.100.20 complete",
		"host A-3 198.51.100.65 partial",
		"waived F-4 accepted_risk 2026-12-23",
		"risky exposed-ftp 198.51.100.10 port 21/tcp new=false",
		"risky exposed-redis 198.51.100.10 port 6379/tcp new=false",
		"risky exposed-modbus 198.51.100.20 port 502/tcp new=true",
		"risky exposed-rdp 198.51.100.65 port 3389/tcp new=false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
}

// The columns are an interface: one that goes or is renamed breaks somebody's
// program.
func TestColumnsStay(t *testing.T) {
	files, nation := render(t, build(t, operator(sample(t)))), render(t, build(t, national(t, sample(t))))
	files["-organizations.csv"] = nation["-organizations.csv"]
	for file, want := range map[string]string{
		"findings":       "finding_id state severity known_exploited ssvc title check asset_id asset asset_address asset_class organization_id organization sector address port transport hostname first_seen last_seen last_tested evidence_id age_days due_date overdue work waiver waived_until not_tested cve source description what_to_do ssvc_path ransomware epss cwe advisory_ids how_to_verify disputed cvss_base_score cvss_version cvss_vector tlp",
		"closed":         "closed_at closure_reason days_open closure_evidence_id task_id finding_id state severity known_exploited ssvc title check asset_id asset asset_address asset_class organization_id organization sector address port transport hostname first_seen last_seen last_tested evidence_id tlp",
		"risky-services": "address port transport service category newly_opened first_seen last_seen possible_management ot asset_id asset asset_address asset_class organization_id organization sector tlp",
		"scope":          "asset_id asset asset_address asset_class organization_id organization sector kind first last count criticality site registered_at tlp",
		"certificates":   "address port transport sha256 subject issuer names not_before not_after days_left standing key_type key_bits self_signed first_seen last_seen asset_id asset asset_address asset_class organization_id organization sector tlp",
		"hosts":          "address hostname last_look outcome asset_id asset asset_address asset_class organization_id organization sector tlp",
		"organizations":  "organization_id organization sector assets reached critical high medium low known_exploited overdue new fixed info back_again known_exploited_overdue ransomware waived services risky_services ot_services oldest_critical_days oldest_known_exploited_days median_age_days median_close_days closed_with_deadline closed_in_time scans scans_failed late_looks last_look last_answer silent tlp",
	} {
		if diff := cmp.Diff(strings.Fields(want), cells(t, files["-"+file+".csv"])[0]); diff != "" {
			t.Errorf("columns of %s.csv (-want +got):\n%s", file, diff)
		}
	}
}

// harmlessBook checks that nothing in a workbook runs, hides or misleads.
func harmlessBook(t *testing.T, name, data string) {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range rows {
			for x, cell := range row {
				at, err := excelize.CoordinatesToCellName(x+1, y+1)
				if err != nil {
					t.Fatal(err)
				}
				if formula, err := f.GetCellFormula(sheet, at); formula != "" || err != nil {
					t.Errorf("%s: %s %s runs %q, %v", name, sheet, at, formula, err)
				}
				kind, err := f.GetCellType(sheet, at)
				if err != nil {
					t.Fatal(err)
				}
				first := strings.TrimLeft(cell, " \t\u200b")
				if kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber && first != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(first)[0]) {
					t.Errorf("%s: %s %s would run in a CSV file: %.40q", name, sheet, at, cell)
				}
				if strings.IndexFunc(cell, forbidden) >= 0 {
					t.Errorf("%s: %s %s has a forbidden character: %.40q", name, sheet, at, cell)
				}
			}
		}
	}
}

func TestWorkbookIsTheSameAgain(t *testing.T) {
	r := build(t, operator(sample(t)))
	first := render(t, r)[".xlsx"]
	for range 10 {
		if render(t, r)[".xlsx"] != first {
			t.Fatal("the same report gives another workbook")
		}
	}
}
