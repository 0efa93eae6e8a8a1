package reports

import (
	"bytes"
	"encoding/csv"
	"io"
	"strconv"
	"time"
)

// csvFiles makes one file of each listing.
func csvFiles(r Report, _ Options) ([]File, error) {
	var out []File
	for _, l := range listings(r) {
		var b bytes.Buffer
		if err := writeCSV(&b, l); err != nil {
			return nil, err
		}
		out = append(out, File{Name: r.ID + "-" + l.name + ".csv", MediaType: CSVType, Data: b.Bytes()})
	}
	return out, nil
}

// writeCSV writes what spreadsheets of every country read: UTF-8 with a
// byte-order mark, lines ended as RFC 4180 says.
func writeCSV(w io.Writer, l listing) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(l.columns); err != nil {
		return err
	}
	texts := make([]string, len(l.columns))
	for i := range l.count {
		for c, cell := range l.row(i) {
			texts[c] = csvText(cell)
		}
		if err := out.Write(texts); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvText(cell any) string {
	switch v := cell.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case time.Time:
		return v.Format(time.RFC3339)
	}
	return ""
}
