package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/manifest"
	"github.com/ciiscan/ciiscan/reports/run"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

func (s *server) decideEditions(ctx context.Context, in *body[wire.ReportDecision]) (*body[wire.ReportOutcomes], error) {
	d := run.Decision{
		Act: run.Act(in.Body.Action), Run: run.RunID(in.Body.Run), Editions: typed[run.EditionID](in.Body.Reports), Reason: in.Body.Reason,
	}
	if (d.Run == "") == (len(d.Editions) == 0) {
		return nil, mistake("reports", "", "name reports, or a run, and not both", "choose one report at least")
	}
	all, err := s.Runs.DecideEditions(ctx, who(ctx), d)
	if err != nil {
		return nil, err
	}
	out := wire.ReportOutcomes{Items: convert(all, func(o run.Outcome) wire.ReportOutcome {
		w := wire.ReportOutcome{ID: string(o.Edition), State: string(o.State)}
		if o.Err != nil {
			w.Refused, w.Hint = o.Err.Error(), inventory.HintOf(o.Err)
		}
		return w
	})}
	for _, o := range out.Items {
		if o.Refused == "" {
			out.Done++
		} else {
			out.Refused++
		}
	}
	if len(d.Editions) == 1 && out.Done == 0 { // one that was named: the answer is the refusal
		return nil, all[0].Err
	}
	return answer(out), nil
}

func (s *server) noteEdition(ctx context.Context, in *struct {
	ByID
	Body wire.ReportNote
},
) (*body[wire.ReportDetail], error) {
	note := inventory.CleanText(in.Body.Note, 4000)
	if err := s.Runs.SetEditionNote(ctx, who(ctx), run.EditionID(in.ID), note, in.Body.Version); err != nil {
		return nil, err
	}
	return s.getEdition(ctx, &in.ByID)
}

func (s *server) reviseEdition(ctx context.Context, in *ByIDReason) (*created[wire.Report], error) {
	e, err := s.Runs.ReviseEdition(ctx, who(ctx), run.EditionID(in.ID), in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return newObject("reports", string(e.ID), editionFor(ctx, e)), nil
}

func (s *server) resendEdition(ctx context.Context, in *struct {
	ByID
	Num int64 `path:"num" minimum:"1"`
},
) (*body[wire.ReportDetail], error) {
	if err := s.Runs.ResendReport(ctx, who(ctx), run.EditionID(in.ID), in.Num); err != nil {
		return nil, err
	}
	return s.getEdition(ctx, &in.ByID)
}

func (s *server) acknowledgeEdition(ctx context.Context, in *ByID) (*body[wire.ReportDetail], error) {
	e, err := s.edition(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.Runs.AcknowledgeReport(ctx, who(ctx), e.Org, e.ID); err != nil {
		return nil, err
	}
	return s.getEdition(ctx, in)
}

func (s *server) listScope(ctx context.Context, in *struct {
	ByID
	Paging
},
) (*listed[wire.ScopeAnswer], error) {
	e, err := s.edition(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Runs.ReportScope(ctx, e.ID, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, func(a run.Answer) wire.ScopeAnswer {
		return wire.ScopeAnswer{
			AssetID: string(a.Asset), Name: a.Name, Address: a.Address, Answer: string(a.Word), Comment: a.Comment, By: a.By, At: utc(a.At),
		}
	}), nil
}

func (s *server) answerScope(ctx context.Context, in *struct {
	ByID
	Body wire.NewScopeAnswers
},
) (*struct{}, error) {
	var answers []run.Answer
	for _, a := range in.Body.Answers {
		word, err := run.ParseAnswer(a.Answer)
		if err != nil {
			return nil, err
		}
		answers = append(answers, run.Answer{Asset: inventory.AssetID(a.AssetID), Word: word, Comment: a.Comment})
	}
	e, err := s.edition(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Runs.AnswerScope(ctx, who(ctx), e.Org, e.ID, answers)
}

// verifyEdition answers anybody who holds a file: whose it is, and what it
// says, it does not tell.
func (s *server) verifyEdition(ctx context.Context, in *ByID) (*body[wire.ReportProof], error) {
	unknown := fmt.Errorf("report %s: %w", in.ID, inventory.ErrNotFound)
	e, err := s.Runs.Edition(ctx, run.EditionID(in.ID))
	if errors.Is(err, inventory.ErrNotFound) || err == nil && !e.State.Out() {
		return nil, &advised{unknown, "check the id on the report's first page; only what was sent can be verified"}
	}
	if err != nil {
		return nil, err
	}
	out := wire.ReportProof{ID: string(e.ID), Latest: e.Latest, Files: []wire.ReportedFile{}, Fingerprint: s.Fingerprint}
	if e.SentAt != nil {
		out.IssuedAt = *e.SentAt
	}
	for _, f := range e.Files {
		if !f.Proof {
			out.Files = append(out.Files, wire.ReportedFile{Name: f.Name, SHA256: f.SHA256})
			continue
		}
		_, content, err := s.Runs.EditionFile(ctx, e.ID, f.Name)
		if err != nil {
			return nil, err
		}
		if f.Name == string(e.ID)+manifest.Suffix {
			out.Manifest = string(content)
		} else {
			out.Signature = string(content)
		}
	}
	if !e.Latest {
		out.ReplacedBy, err = s.latestOf(ctx, e)
	}
	return answer(out), err
}

// latestOf is the revision that has taken a report's place, once it is sent.
func (s *server) latestOf(ctx context.Context, e run.Edition) (string, error) {
	all, _, err := s.Runs.Editions(ctx, run.Filter{Week: e.Week, Kind: e.Kind, Org: e.Org, Sector: e.Sector, States: run.Outs()}, inventory.Page{Limit: 1})
	if err != nil || len(all) == 0 {
		return "", err
	}
	return string(all[0].ID), nil
}

func reportRun(r run.Run) wire.ReportRun {
	out := wire.ReportRun{
		ID: string(r.ID), Week: r.Week, From: r.From, To: r.To, StartedAt: r.StartedAt, StartedBy: r.StartedBy, Total: r.Total(),
		States: map[string]int{}, Flags: map[string]int{},
	}
	for k, n := range r.Counts {
		out.States[string(k)] = n
	}
	for k, n := range r.Flags {
		out.Flags[string(k)] = n
	}
	return out
}

// editionFor is a report as its reader sees it: to an organisation's people
// nothing of how the CERT came to send it.
func editionFor(ctx context.Context, e run.Edition) wire.Report {
	id, _ := auth.FromContext(ctx)
	f := e.Facts
	out := wire.Report{
		ID: string(e.ID), RunID: string(e.Run), Kind: string(e.Kind), OrgID: string(e.Org), OrgName: e.OrgName, Sector: string(e.Sector), Week: e.Week,
		From: e.From, To: e.To, Revision: e.Revision, RevisionReason: e.Because, Latest: e.Latest, State: string(e.State), Flags: []string{},
		Figures: wire.ReportFacts{
			Assets: f.Assets, Reached: f.Reached, Hosts: f.Hosts, Findings: f.Findings, Services: f.Services, Urgent: f.Urgent, Overdue: f.Overdue, Contacts: f.Contacts,
		},
		PDF: string(e.Printed), Note: e.Note, MadeAt: utc(e.MadeAt), SentAt: utc(e.SentAt),
		OpenedAt: utc(e.OpenedAt), AcknowledgedBy: e.AcknowledgedBy, AcknowledgedAt: utc(e.AcknowledgedAt),
	}
	if id.Bound() {
		return out
	}
	out.Flags, out.Problem, out.Version = words(e.Flags), e.Problem, e.Version
	out.CheckedBy, out.HeldBy, out.HeldFor = e.CheckedBy, e.HeldBy, e.HeldFor
	out.ApprovedBy, out.ApprovedAt, out.SentBy = e.ApprovedBy, utc(e.ApprovedAt), e.SentBy
	return out
}

func editionFileOut(f run.File) wire.ReportFile {
	return wire.ReportFile{Name: f.Name, MediaType: f.MediaType, Language: f.Language, Size: f.Size, SHA256: f.SHA256, Proof: f.Proof}
}

func reportDelivery(d run.Delivery) wire.ReportDelivery {
	return wire.ReportDelivery{
		Num: d.Num, ContactID: string(d.Contact), Name: d.Name, Email: d.Email, State: string(d.State), Problem: d.Problem, How: d.How,
		QueuedAt: d.QueuedAt, SentAt: utc(d.SentAt), OpenedAt: utc(d.OpenedAt), AcknowledgedAt: utc(d.AcknowledgedAt),
	}
}
