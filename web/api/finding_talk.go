package api

import (
	"context"
	"errors"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

func (s *server) registerFindingTalk() {
	handle(s, "answer-finding", "POST /findings/{id}/answer", "Answer a finding, as its operator", s.answerFinding)
	handle(s, "list-finding-comments", "GET /findings/{id}/comments", "List what was written about a finding", s.listFindingComments)
	handle(s, "add-finding-comment", "POST /findings/{id}/comments", "Write about a finding", s.addFindingComment)
	handle(s, "draft-notice", "GET /findings/{id}/notice", "Write what its operator could be told of a finding, in their language", s.draftNotice)
	handle(s, "rescan-finding", "POST /findings/{id}/rescan", "Look at one finding again", s.rescanFinding)
	handle(s, "get-rescan", "GET /findings/{id}/rescan", "Show what became of the last rescan of a finding", s.getRescan)
	handle(s, "get-finding-evidence", "GET /findings/{id}/evidence/{evidence}", "Show a proof of a finding", s.getFindingEvidence)
	handle(s, "list-finding-advisories", "GET /findings/{id}/advisories", "List the advisories about a finding", s.listFindingAdvisories)
	handle(s, "list-disputes", "GET /disputes", "List disputes, oldest first", s.listDisputes)
	handle(s, "get-dispute", "GET /disputes/{id}", "Show a dispute and its thread", s.getDispute)
	handle(s, "say-in-dispute", "POST /disputes/{id}/messages", "Write in a dispute", s.sayInDispute)
	handle(s, "rule-dispute", "POST /disputes/{id}/ruling", "Decide a dispute", s.ruleDispute)
}

// visible finds a finding that the caller may see.
func (s *server) visible(ctx context.Context, id string) (inventory.FindingLine, error) {
	f, err := s.Findings.FindingLine(ctx, inventory.FindingID(id))
	if err != nil {
		return f, err
	}
	return f, theirs(ctx, "finding", id, f.Org)
}

func (s *server) answerFinding(ctx context.Context, in *struct {
	ByID
	Body wire.Reply
},
) (*body[wire.FindingDetail], error) {
	r := inventory.Reply{Answer: inventory.Answer(in.Body.Answer), Reason: inventory.CleanText(in.Body.Reason, 4000)}
	if in.Body.Until != nil {
		r.Until = in.Body.Until.UTC()
	}
	if err := s.Handling.AnswerFinding(ctx, speaker(ctx), inventory.FindingID(in.ID), r); err != nil {
		return nil, err
	}
	return s.getFinding(ctx, &in.ByID)
}

func (s *server) listFindingComments(ctx context.Context, in *ByID) (*body[wire.List[wire.FindingComment]], error) {
	f, err := s.visible(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.Handling.FindingComments(ctx, speaker(ctx), f.ID)
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.FindingComment]{Items: convert(all, commentFor(ctx))}), nil
}

// commentFor translates for the one who asks: what was withdrawn an operator
// does not read.
func commentFor(ctx context.Context) func(inventory.Comment) wire.FindingComment {
	who, _ := auth.FromContext(ctx)
	return func(c inventory.Comment) wire.FindingComment {
		if who.Bound() && !c.WithdrawnAt.IsZero() {
			c.Text = ""
		}
		return wire.FindingComment{
			At: c.At.UTC(), Author: c.Author, Operator: c.Operator, Shared: c.Shared, DisputeID: string(c.Dispute), Text: c.Text,
			WithdrawnAt: some(c.WithdrawnAt),
		}
	}
}

func (s *server) addFindingComment(ctx context.Context, in *struct {
	ByID
	Body wire.NewFindingComment
},
) (*body[wire.List[wire.FindingComment]], error) {
	text := inventory.CleanText(in.Body.Text, 4000)
	if text == "" {
		return nil, mistake("text", "", "is missing", "write something")
	}
	if err := s.Handling.AddFindingComment(ctx, speaker(ctx), inventory.FindingID(in.ID), in.Body.Shared, text); err != nil {
		return nil, err
	}
	return s.listFindingComments(ctx, &in.ByID)
}

func (s *server) rescanFinding(ctx context.Context, in *ByID) (*body[wire.Rescan], error) {
	if err := s.rescan(ctx, inventory.FindingID(in.ID)); err != nil {
		return nil, err
	}
	return s.getRescan(ctx, in)
}

// rescan begins a scan that asks what one finding asks, inside windows and
// levels as every scan. One that may touch nothing is kept too: it says why.
func (s *server) rescan(ctx context.Context, id inventory.FindingID) error {
	by := speaker(ctx)
	f, num, err := s.Handling.ReserveRescan(ctx, by, id)
	if err != nil {
		return err
	}
	check, err := s.Findings.Check(ctx, f.Check)
	if err != nil && !errors.Is(err, inventory.ErrNotFound) {
		return err
	}
	// Planning keeps away from what others have excluded, and sees it all.
	free := account.Unbound(ctx)
	scan, err := s.Planner.Recheck(free, by.Name, f, check.Source == "exposure")
	if noted := s.Handling.BeginRescan(free, by, num, id, scan.ID); err == nil {
		err = noted
	}
	return err
}

func (s *server) getRescan(ctx context.Context, in *ByID) (*body[wire.Rescan], error) {
	f, err := s.visible(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	r, err := s.Handling.LastRescan(ctx, f.ID)
	if errors.Is(err, inventory.ErrNotFound) {
		return answer(wire.Rescan{State: "none"}), nil
	}
	if err != nil {
		return nil, err
	}
	return answer(wire.Rescan{State: string(r.State), Reason: r.Reason, ScanID: r.Scan, By: r.By, At: some(r.At)}), nil
}

func (s *server) getFindingEvidence(ctx context.Context, in *struct {
	ByID
	Evidence string `path:"evidence" maxLength:"100"`
},
) (*body[wire.Evidence], error) {
	f, err := s.visible(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	e, err := s.Handling.FindingEvidence(ctx, f.ID, inventory.EvidenceID(in.Evidence))
	if err != nil {
		return nil, err
	}
	e = inventory.CleanEvidence(e)
	return answer(wire.Evidence{ID: in.Evidence, Request: string(e.Request), Response: string(e.Response)}), nil
}

func (s *server) listFindingAdvisories(ctx context.Context, in *ByID) (*body[wire.List[wire.AdvisoryRef]], error) {
	all, err := s.Handling.FindingAdvisories(ctx, inventory.FindingID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.AdvisoryRef]{Items: convert(all, func(a inventory.AdvisoryRef) wire.AdvisoryRef {
		return wire.AdvisoryRef{ID: a.ID, State: a.State, Title: a.Title}
	})}), nil
}

func (s *server) listDisputes(ctx context.Context, in *struct {
	Paging
	Org     string `query:"org" maxLength:"100"`
	Finding string `query:"finding" maxLength:"100"`
	State   string `query:"state" enum:"waiting,open,answered,upheld,rejected,withdrawn" doc:"waiting is open or answered."`
},
) (*listed[wire.Dispute], error) {
	f := inventory.DisputeFilter{
		Org: inventory.OrganizationID(in.Org), Finding: inventory.FindingID(in.Finding), State: inventory.DisputeState(in.State),
	}
	if in.State == "waiting" {
		f.State, f.Waiting = "", true
	}
	var err error
	if f.Org, err = boundTo(ctx, f.Org); err != nil {
		return nil, err
	}
	all, next, err := s.Handling.Disputes(ctx, f, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, disputeFor(ctx)), nil
}

func disputeFor(ctx context.Context) func(inventory.DisputeLine) wire.Dispute {
	return func(d inventory.DisputeLine) wire.Dispute {
		out := wire.Dispute{
			ID: string(d.ID), FindingID: string(d.Finding), OrgID: string(d.Org), Claim: string(d.Claim), State: string(d.State),
			Reason: d.Reason, Until: some(d.Until), OpenedBy: d.OpenedBy, OpenedAt: d.OpenedAt.UTC(), EndedBy: d.EndedBy,
			EndedAt: utc(d.EndedAt), Outcome: d.Outcome, Finding: lineFor(ctx)(d.About), Thread: []wire.FindingComment{},
		}
		return out
	}
}

func (s *server) getDispute(ctx context.Context, in *ByID) (*body[wire.Dispute], error) {
	d, thread, err := s.Handling.Dispute(ctx, inventory.DisputeID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := theirs(ctx, "dispute", in.ID, d.Org); err != nil {
		return nil, err
	}
	out := disputeFor(ctx)(d)
	out.Thread = convert(thread, commentFor(ctx))
	return answer(out), nil
}

func (s *server) sayInDispute(ctx context.Context, in *struct {
	ByID
	Body wire.Text
},
) (*body[wire.Dispute], error) {
	text := inventory.CleanText(in.Body.Text, 4000)
	if text == "" {
		return nil, mistake("text", "", "is missing", "write something")
	}
	if err := s.Handling.SayInDispute(ctx, speaker(ctx), inventory.DisputeID(in.ID), text); err != nil {
		return nil, err
	}
	return s.getDispute(ctx, &in.ByID)
}

func (s *server) ruleDispute(ctx context.Context, in *struct {
	ByID
	Body wire.Ruling
},
) (*body[wire.Dispute], error) {
	r := inventory.Ruling{State: inventory.DisputeState(in.Body.State), Reason: inventory.CleanText(in.Body.Reason, 4000)}
	if r.State == inventory.DisputeUpheld {
		var err error
		if r.Until, err = s.waiverEnd(in.Body.Until); err != nil {
			return nil, err
		}
	}
	if err := s.Handling.RuleDispute(ctx, who(ctx), inventory.DisputeID(in.ID), r); err != nil {
		return nil, err
	}
	return s.getDispute(ctx, &in.ByID)
}
