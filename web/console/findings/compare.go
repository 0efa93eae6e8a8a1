package findings

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// maxLines bounds what is compared line by line; more is shown side by side
// without marks.
const maxLines = 1000

// A Line is one of two texts' lines: in both, taken out, or put in.
type Line struct {
	Mark string // "", "-" or "+"
	Text string
}

// A Field is a part of an answer that differs between two scans; "" is none.
type Field struct{ Name, Before, After string }

type compareView struct {
	shell.View
	ID                string
	Of                string // the finding's title
	From, To          *time.Time
	Fields            []Field
	Request, Response []Line
}

func compare(q *shell.Request) error {
	id, query := q.Path("id"), q.R.URL.Query()
	if query.Get("a") == "" || query.Get("b") == "" {
		return q.Redirect("/findings/" + url.PathEscape(id)) // where the links with both are
	}
	before, err := q.API.FindingEvidence(q.Context(), id, query.Get("a"))
	if err != nil {
		return err
	}
	after, err := q.API.FindingEvidence(q.Context(), id, query.Get("b"))
	if err != nil {
		return err
	}
	f, err := q.API.Finding(q.Context(), id)
	if err != nil {
		return err
	}
	fields := Fields(before.Response, after.Response)
	for i, x := range fields {
		switch x.Name {
		case status:
			fields[i].Name = q.T("status")
		case length:
			fields[i].Name = q.T("length of the body, in characters")
		}
	}
	return q.Render(pages, "compare", compareView{
		View: q.View(q.T("What changed between two scans")), ID: id, Of: f.Title,
		From: sighted(f, before.ID), To: sighted(f, after.ID), Fields: fields,
		Request: Differences(before.Request, after.Request), Response: Differences(before.Response, after.Response),
	})
}

// sighted is when a scan brought that evidence first; nil where its line of the
// finding's life is gone.
func sighted(f wire.FindingDetail, evidence string) *time.Time {
	for _, e := range f.Events {
		if e.EvidenceID == evidence {
			return &e.At
		}
	}
	return nil
}

// Fields are the parts of two HTTP answers that differ: the status, each
// header, and how long the rest is. Other answers have no parts.
func Fields(a, b string) []Field {
	before, ok := parts(a)
	after, too := parts(b)
	if !ok || !too {
		return nil
	}
	var out []Field
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if before[name] != after[name] {
			out = append(out, Field{name, before[name], after[name]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if _, known := before[name]; !known {
			out = append(out, Field{Name: name, After: after[name]})
		}
	}
	return out
}

// Parts that are no headers: the name of none has a space.
const (
	status = "status line"
	length = "length of the body"
)

func parts(answer string) (map[string]string, bool) {
	head, body, _ := strings.Cut(strings.ReplaceAll(answer, "\r\n", "\n"), "\n\n")
	first, headers, _ := strings.Cut(head, "\n")
	if !strings.HasPrefix(first, "HTTP/") {
		return nil, false
	}
	out := map[string]string{status: first, length: strconv.Itoa(utf8.RuneCountInString(body))}
	for _, line := range strings.Split(headers, "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			name = strings.ToLower(strings.TrimSpace(name))
			if have := out[name]; have != "" {
				value = have + ", " + value
			}
			out[name] = strings.TrimSpace(value)
		}
	}
	return out, true
}

// Differences compares two texts line by line: by their longest common
// subsequence, so that what moved little is marked little.
func Differences(a, b string) []Line {
	before, after := lines(a), lines(b)
	var out []Line
	if len(before) > maxLines || len(after) > maxLines {
		before, after = before[:min(len(before), maxLines)], after[:min(len(after), maxLines)]
	}
	// common[i][j] is how many lines before[i:] and after[j:] have in common.
	common := make([][]int, len(before)+1)
	for i := range common {
		common[i] = make([]int, len(after)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(after) - 1; j >= 0; j-- {
			if before[i] == after[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(before) && j < len(after) {
		switch {
		case before[i] == after[j]:
			out = append(out, Line{"", before[i]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			out = append(out, Line{"-", before[i]})
			i++
		default:
			out = append(out, Line{"+", after[j]})
			j++
		}
	}
	for ; i < len(before); i++ {
		out = append(out, Line{"-", before[i]})
	}
	for ; j < len(after); j++ {
		out = append(out, Line{"+", after[j]})
	}
	return out
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}
