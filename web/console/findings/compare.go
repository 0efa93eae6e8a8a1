package findings

import (
	"net/url"
	"strings"

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

type compareView struct {
	shell.View
	ID                string
	Before, After     wire.Evidence
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
	return q.Render(pages, "compare", compareView{
		View: q.View(q.T("What changed between two scans")), ID: id, Before: before, After: after,
		Request: Differences(before.Request, after.Request), Response: Differences(before.Response, after.Response),
	})
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
