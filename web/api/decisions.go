package api

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// longestWaiver is how far ahead a waiver may end: nothing is waived for good.
const longestWaiver = 366 * 24 * time.Hour

func (s *server) registerDecisions() {
	handle(s, "set-finding-waiver", "POST /findings/{id}/waiver", "Waive a finding, or end its waiver", s.setWaiver)
	handle(s, "set-finding-work", "POST /findings/{id}/work", "Say how far people are with a finding", s.setWork)
}

func (s *server) setWaiver(ctx context.Context, in *struct {
	ByID
	Body wire.NewWaiver
},
) (*body[wire.FindingDetail], error) {
	w := inventory.Waiver{Kind: inventory.WaiverKind(in.Body.Kind), Reason: in.Body.Reason, By: who(ctx)}
	if w.Kind != inventory.WaiverNone {
		until := in.Body.Until
		switch now := s.Now(); {
		case until == nil:
			return nil, mistake("until", "", "is missing", "every waiver ends: say when")
		case !until.After(now):
			return nil, mistake("until", until.Format(time.DateOnly), "has passed", "a waiver ends in the future")
		case until.Sub(now) > longestWaiver:
			return nil, mistake("until", until.Format(time.DateOnly), "is more than a year ahead", "waive for a year at most, and look again")
		}
		w.Until = until.UTC()
	}
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
