// Package audit shows the record of acts: who did what to which object, when,
// and whether the record is whole.
package audit

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of the record.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /audit", Needs: "list-audit", Handle: list},
		{Route: "GET /audit/export", Needs: "export-audit", Handle: export},
		{Route: "GET /audit/verification", Needs: "verify-audit", Handle: verify},
	}
}

// filters are the keys of a query that select records, the same as the API's.
var filters = []string{"actor", "act", "object", "text", "from", "to"}

// asked is the query for the API. Days are the reader's: the last one is
// looked at until its end.
func asked(q *shell.Request, more ...string) (url.Values, error) {
	out := url.Values{}
	query := q.R.URL.Query()
	for _, key := range append(slices.Clone(filters), more...) {
		value := strings.TrimSpace(query.Get(key))
		if value == "" {
			continue
		}
		if key == "from" || key == "to" {
			day, err := time.ParseInLocation(time.DateOnly, value, q.Session.Preferences.Location())
			if err != nil {
				return nil, q.Fail(http.StatusUnprocessableEntity, q.T("This is not a day"), q.T("Write it like 2027-01-31."))
			}
			if key == "to" {
				day = day.AddDate(0, 0, 1)
			}
			value = day.UTC().Format(time.RFC3339)
		}
		out.Set(key, value)
	}
	return out, nil
}

type listView struct {
	shell.View
	List wire.List[wire.AuditRecord]
	// Back is the first record that a search for words has not looked at: it
	// goes back in stretches.
	Back *wire.AuditRecord
}

func list(q *shell.Request) error {
	query, err := asked(q, "cursor", "limit")
	if query == nil {
		return err
	}
	records, err := q.API.AuditPage(q.Context(), query)
	if err != nil {
		return err
	}
	v := listView{View: q.View(q.T("Audit log")), List: records}
	if query.Get("text") != "" && records.NextCursor != "" {
		query.Del("text")
		query.Set("cursor", records.NextCursor)
		query.Set("limit", "1")
		older, err := q.API.AuditPage(q.Context(), query)
		if err != nil {
			return err
		}
		if len(older.Items) > 0 {
			v.Back = &older.Items[0]
		}
	}
	return q.Render(pages, "list", v)
}

// Export is the address of the same records as a file.
func (v listView) Export(format string) string {
	same := url.Values{"format": {format}}
	for _, key := range filters {
		if value := v.Query(key); value != "" {
			same.Set(key, value)
		}
	}
	return "/audit/export?" + same.Encode()
}

// A Detail is one line of what a record tells.
type Detail struct {
	Name     string
	Old, New string
	Changed  bool // New took the place of Old
}

// Details reads what a record tells: {"from": …, "to": …} and {"x": {"from":
// …, "to": …}} are changes.
func (listView) Details(raw json.RawMessage) []Detail {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil // null
	}
	var out []Detail
	if old, now, ok := change(raw); ok {
		out = append(out, Detail{Old: old, New: now, Changed: true})
		delete(fields, "from")
		delete(fields, "to")
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		d := Detail{Name: strings.ReplaceAll(name, "_", " "), New: plain(fields[name])}
		if old, now, ok := change(fields[name]); ok {
			d.Old, d.New, d.Changed = old, now, true
		}
		if d.New == "" && !d.Changed {
			continue
		}
		out = append(out, d)
	}
	return out
}

// change reads an old and a new value.
func change(raw json.RawMessage) (old, now string, ok bool) {
	var v struct{ From, To json.RawMessage }
	if err := json.Unmarshal(raw, &v); err != nil || v.From == nil || v.To == nil {
		return "", "", false
	}
	return plain(v.From), plain(v.To), true
}

// plain writes a value as people do.
func plain(raw json.RawMessage) string {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return string(raw)
	}
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		texts := make([]string, len(v))
		for i, one := range v {
			texts[i] = fmt.Sprint(one)
		}
		return strings.Join(texts, ", ")
	case map[string]any:
		return string(raw)
	default:
		return fmt.Sprint(v)
	}
}

// export hands the API's file on.
func export(q *shell.Request) error {
	query, err := asked(q, "format")
	if query == nil {
		return err
	}
	file, err := q.API.AuditFile(q.Context(), query)
	if err != nil {
		return err
	}
	return q.Send(file)
}

type verifyView struct {
	shell.View
	Result wire.AuditVerification
}

// Records is how many were found good.
func (v verifyView) Records() int { return int(v.Result.Checked) }

func verify(q *shell.Request) error {
	result, err := q.API.VerifyAudit(q.Context())
	if err != nil {
		return err
	}
	return q.Render(pages, "verify", verifyView{q.View(q.T("Check of the audit log")), result})
}
