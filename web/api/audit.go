package api

import (
	"context"
	"errors"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerAudit() {
	handle(s, "list-audit", "GET /audit", "List who did what", s.listAudit)
	handle(s, "verify-audit", "GET /audit/verification", "Check that no record was changed, removed or put in", s.verifyAudit)
}

func (s *server) listAudit(ctx context.Context, in *struct{ Paging }) (*listed[wire.AuditRecord], error) {
	all, next, err := s.Audit.AuditRecords(ctx, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, auditRecord), nil
}

func (s *server) verifyAudit(ctx context.Context, _ *struct{}) (*body[wire.AuditVerification], error) {
	last, err := s.Audit.VerifyAudit(ctx)
	if errors.Is(err, inventory.ErrUnavailable) || ctx.Err() != nil {
		return nil, errors.Join(err, ctx.Err()) // not an answer about the chain
	}
	out := wire.AuditVerification{Intact: err == nil, Checked: last.Seq, Head: last.Hash}
	if err != nil {
		out.Problem = err.Error()
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
