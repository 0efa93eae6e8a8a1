package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerAudit() {
	handle(s, "list-audit", "GET /audit", "List who did what", s.listAudit)
	handle(s, "export-audit", "GET /audit/export", "Give out who did what", s.exportAudit, answersFile("text/csv", "application/x-ndjson"))
	handle(s, "feed-audit", "GET /audit/feed", "Give a collector the records after the last that it has, oldest first", s.feedAudit, answersFile("application/x-ndjson"))
	handle(s, "verify-audit", "GET /audit/verification", "Check that no record was changed, removed or put in", s.verifyAudit)
}

// An AuditSelection says which records.
type AuditSelection struct {
	Actor  string    `query:"actor" maxLength:"100" doc:"Who did it."`
	Act    string    `query:"act" maxLength:"100" doc:"What was done, or how that begins: finding selects finding.work too."`
	Object string    `query:"object" maxLength:"200" doc:"What it was done to."`
	Text   string    `query:"text" maxLength:"200" doc:"Somewhere in a record."`
	From   time.Time `query:"from"`
	To     time.Time `query:"to" doc:"Exclusive."`
}

func (in AuditSelection) filter() audit.Filter {
	return audit.Filter{Actor: in.Actor, Act: in.Act, Object: in.Object, Text: in.Text, From: in.From.UTC(), To: in.To.UTC()}
}

func (s *server) listAudit(ctx context.Context, in *struct {
	Paging
	AuditSelection
},
) (*listed[wire.AuditRecord], error) {
	all, next, err := s.Audit.AuditRecords(ctx, in.filter(), in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, auditRecord), nil
}

// mostExported bounds a file of records, which is made in memory: the log
// never ends.
const mostExported = 200_000

func (s *server) exportAudit(ctx context.Context, in *struct {
	AuditSelection
	Format string `query:"format" enum:"csv,ndjson" default:"csv"`
},
) (*file, error) {
	var b bytes.Buffer
	write, flush, err := auditWriter(&b, in.Format)
	if err != nil {
		return nil, err
	}
	n := 0
	err = inventory.Each(func(p inventory.Page) ([]audit.Record, string, error) {
		return s.Audit.AuditRecords(ctx, in.filter(), p)
	}, func(r audit.Record) error {
		if n++; n > mostExported {
			return mistake("from", "", fmt.Sprintf("more than %d records", mostExported), "take them in parts, by from and to")
		}
		return write(auditRecord(r))
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return nil, err
	}
	kind := map[string]string{"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}[in.Format]
	return newFile("audit-"+s.Now().UTC().Format("20060102-150405")+"."+in.Format, kind, b.Bytes()), nil
}

// feedAudit answers with nothing once a collector has all. Each day's first
// pull is recorded: to record every one would give the next a record to fetch.
func (s *server) feedAudit(ctx context.Context, in *struct {
	After int64 `query:"after" minimum:"0" doc:"The seq of the last record that the collector has."`
	Limit int   `query:"limit" minimum:"1" maximum:"10000" default:"1000"`
},
) (*file, error) {
	const act = "audit.feed"
	now := s.Now().UTC()
	today := audit.Filter{Actor: who(ctx), Act: act, From: now.Truncate(24 * time.Hour)}
	known, _, err := s.Audit.AuditRecords(ctx, today, inventory.Page{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(known) == 0 {
		if err := s.Audit.RecordAct(ctx, audit.Entry{Actor: who(ctx), Act: act, Detail: map[string]any{"after": in.After}}); err != nil {
			return nil, err
		}
	}
	all, err := s.Audit.AuditAfter(ctx, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	for _, r := range all {
		if err := out.Encode(auditRecord(r)); err != nil {
			return nil, fmt.Errorf("write record %d: %w", r.Seq, err)
		}
	}
	return newFile("audit-feed.ndjson", "application/x-ndjson", b.Bytes()), nil
}

// auditWriter writes records in a format.
func auditWriter(b *bytes.Buffer, format string) (write func(wire.AuditRecord) error, flush func() error, err error) {
	if format == "ndjson" {
		out := json.NewEncoder(b)
		return func(r wire.AuditRecord) error { return out.Encode(r) }, func() error { return nil }, nil
	}
	out, err := reports.NewCSVStream(b, []string{"seq", "at", "actor", "act", "object", "detail", "prev", "hash"})
	if err != nil {
		return nil, nil, err
	}
	return func(r wire.AuditRecord) error {
		return out.Write([]any{int(r.Seq), r.At, r.Actor, r.Act, r.Object, string(r.Detail), r.Prev, r.Hash})
	}, out.Flush, nil
}

func (s *server) verifyAudit(ctx context.Context, _ *struct{}) (*body[wire.AuditVerification], error) {
	last, err := s.Audit.VerifyAudit(ctx)
	out := wire.AuditVerification{Intact: err == nil, Checked: last.Seq, Head: last.Hash}
	switch {
	case errors.Is(err, audit.ErrBroken):
		out.Problem = err.Error()
	case err != nil:
		return nil, err // not an answer about the chain
	}
	return answer(out), nil
}

func auditRecord(r audit.Record) wire.AuditRecord {
	out := wire.AuditRecord{
		Seq: r.Seq, At: r.At.UTC(), Actor: r.Actor, Act: r.Act, Object: r.Object,
		Detail: r.Detail, Prev: r.Prev, Hash: r.Hash,
	}
	if len(out.Detail) == 0 {
		out.Detail = []byte("null")
	}
	return out
}
