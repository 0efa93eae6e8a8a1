package api

import (
	"context"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerDecisions() {
	handle(s, "set-finding-waiver", "POST /findings/{id}/waiver", "Waive a finding, or end its waiver", s.setWaiver)
	handle(s, "set-finding-work", "POST /findings/{id}/work", "Say how far people are with a finding", s.setWork)
}

func (s *server) setWaiver(ctx context.Context, in *struct {
	ByID
	Body wire.NewWaiver
},
) (*body[wire.FindingDetail], error) {
	w, err := s.waiver(in.Body.Kind, in.Body.Reason, in.Body.Until)
	if err != nil {
		return nil, err
	}
	w.By = who(ctx)
	if err := s.Decisions.SetWaiver(ctx, who(ctx), inventory.FindingID(in.ID), w); err != nil {
		return nil, err
	}
	return s.getFinding(ctx, &in.ByID)
}

func (s *server) setWork(ctx context.Context, in *struct {
	ByID
	Body wire.NewWork
},
) (*body[wire.FindingDetail], error) {
	err := s.Decisions.SetWork(ctx, who(ctx), inventory.FindingID(in.ID), inventory.Work(in.Body.Work), in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return s.getFinding(ctx, &in.ByID)
}
