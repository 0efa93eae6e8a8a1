package findings

import (
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// drafts are what the operator could be told: first as who would be told reads
// it, then in other readers' languages and that of the page.
func drafts(q *shell.Request, id string) ([]wire.NoticeDraft, error) {
	if !q.May("draft-notice") {
		return nil, nil
	}
	return q.API.NoticeDrafts(q.Context(), id, q.Tag())
}
