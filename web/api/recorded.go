package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/internal/audit"
)

// What changes something is recorded by the store, in the transaction that
// changes it. Some things that are only looked at are recorded as well: all
// that leaves as a file, and what tells how to break in. An answer whose record
// cannot be written is not given.

// recordedReads names the acts. Whatever else answers with a file is recorded
// as "export".
var recordedReads = map[string]string{
	"get-evidence":           "evidence.view",
	"get-finding-evidence":   "evidence.view",
	"get-weekly-report":      "report.open",
	"get-committee-report":   "report.open",
	"get-plan-report":        "report.open",
	"export-advisory":        "advisory.export",
	"export-assets":          "asset.export",
	"export-audit":           "audit.export",
	"export-diff":            "diff.export",
	"get-letter":             "authorization.letter",
	"get-agreement-file":     "agreement.export",
	"get-agreement-document": "agreement.document",
	"get-inbound-raw":        "inbound.raw",
	"get-release-file":       "release.file",
}

// unrecordedFiles are the files that need no record here, and why.
var unrecordedFiles = map[string]string{
	"get-agreement-template": "says nothing of anybody",
	"feed-audit":             "records each day's first pull: a record of each would never let a collector have all",
	"export-findings":        "the store records it with the number of findings, as it gives them out",
}

// recordedAct says as what an operation that reads is recorded; "" for not.
func recordedAct(op *huma.Operation) string {
	if op.Method != http.MethodGet || unrecordedFiles[op.OperationID] != "" {
		return ""
	}
	for _, response := range op.Responses {
		for _, media := range response.Content {
			if media.Schema != nil && media.Schema.Format == "binary" {
				return cmp.Or(recordedReads[op.OperationID], "export")
			}
		}
	}
	return recordedReads[op.OperationID]
}

type askedKey struct{}

// recordRead keeps that somebody took or saw what path led to. The object is
// what stands in the route's places, or the organisation that was asked for.
func (s *server) recordRead(ctx context.Context, act, route string) error {
	asked, _ := ctx.Value(askedKey{}).(*url.URL)
	if asked == nil {
		asked = new(url.URL)
	}
	query := asked.Query()
	var object []string
	parts := strings.Split(strings.TrimPrefix(asked.Path, Base), "/")
	for i, part := range strings.Split(route, "/") {
		if strings.HasPrefix(part, "{") && i < len(parts) {
			object = append(object, parts[i])
		}
	}
	e := audit.Entry{Actor: who(ctx), Act: act, Object: cmp.Or(strings.Join(object, "/"), query.Get("org"))}
	detail := map[string]string{}
	for key, values := range query {
		if text := strings.Join(values, " "); text != "" {
			detail[key] = shorten(text)
		}
	}
	if len(detail) > 0 {
		e.Detail = detail
	}
	return s.Audit.RecordAct(ctx, e)
}
