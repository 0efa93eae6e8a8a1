package api

import (
	"context"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerInbox() {
	large := func(op *huma.Operation) { op.MaxBodyBytes = maxUpload }
	handle(s, "list-inbox", "GET /inbox", "List what peers sent, newest first", s.listInbox)
	handle(s, "import-inbound", "POST /inbox/import", "Take in a peer's document that somebody brings", s.importInbound, creates, large)
	handle(s, "get-inbound", "GET /inbox/{id}", "Show what a received document says and what is wrong with it", s.getInbound)
	handle(s, "get-inbound-raw", "GET /inbox/{id}/raw", "Get a document exactly as it came", s.inboundRaw, answersFile("application/octet-stream"))
	handle(s, "accept-inbound", "POST /inbox/{id}/accept", "Accept a document out of quarantine", s.acceptInbound)
	handle(s, "reject-inbound", "POST /inbox/{id}/reject", "Reject a document", s.rejectInbound)
	handle(s, "draft-from-inbound", "POST /inbox/{id}/advisory", "Draft an advisory that rests on a received document", s.draftFromInbound, creates)
	handle(s, "list-inbound-matches", "GET /inbox/{id}/matches", "List the assets that a document concerns", s.inboundMatches)
	handle(s, "list-matches", "GET /matches", "List which received documents concern which assets", s.listMatches)
	handle(s, "list-answers", "GET /inbox/{id}/answers", "List what the sender of a document was told", s.listAnswers)
	handle(s, "preview-answer", "POST /inbox/{id}/answers/preview", "Show what the sender would be told now", s.previewAnswer)
	handle(s, "send-answer", "POST /inbox/{id}/answers", "Tell the sender what came of a document: counts, and never whose", s.sendAnswer, creates)
	handle(s, "write-bundle", "POST /bundles", "Pack what a peer has not got yet into a file to carry", s.writeBundle, creates)
	handle(s, "read-bundle", "POST /bundles/read", "Take in a peer's bundle", s.readBundle, large)
}

func (s *server) listInbox(ctx context.Context, in *struct {
	Paging
	PeerQuery
	Source  string `query:"source" maxLength:"100" doc:"Only from this feed."`
	State   string `query:"state" enum:"quarantined,accepted,rejected,duplicate,superseded,withdrawn,noted"`
	Channel string `query:"channel" enum:"csaf,taxii,misp,push,mail,bundle" doc:"Only what came this way."`
},
) (*listed[wire.Inbound], error) {
	all, next, err := s.Inbox.Inbounds(ctx, exchange.InboundFilter{
		Team: exchange.TeamID(in.Peer), Source: exchange.SourceID(in.Source), State: exchange.InboundState(in.State), Channel: exchange.Channel(in.Channel),
	}, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, inbound), nil
}

func (s *server) importInbound(ctx context.Context, in *body[wire.NewInbound]) (*created[wire.Inbound], error) {
	n := in.Body
	if len(n.Content) == 0 {
		return nil, mistake("content", "", "is empty", "give the file as the peer wrote it")
	}
	if _, err := s.Teams.Team(ctx, exchange.TeamID(n.PeerID)); err != nil {
		return nil, err
	}
	kept, err := s.Exchange.Import(ctx, who(ctx), exchange.TeamID(n.PeerID), n.Name, n.Content, n.Signature)
	if err != nil {
		return nil, err
	}
	return newObject("inbox", string(kept.ID), inbound(kept)), nil
}

func (s *server) getInbound(ctx context.Context, in *ByID) (*body[wire.InboundDetail], error) {
	x, err := s.Inbox.Inbound(ctx, exchange.InboundID(in.ID))
	if err != nil {
		return nil, err
	}
	answers, err := s.Matches.Answers(ctx, x.ID)
	if err != nil {
		return nil, err
	}
	d := x.Document
	return answer(wire.InboundDetail{
		Inbound: inbound(x), Summary: inventory.CleanText(d.Summary, 20_000), Remediation: inventory.CleanText(d.Remediation, 20_000),
		References: words(d.References), Checks: words(d.Checks), Answers: convert(answers, answerOut),
		Products: convert(d.Products, func(p exchange.Product) wire.IncomingProduct {
			return wire.IncomingProduct{Name: p.Name, Vendor: p.Vendor, CPE: p.CPE, PURL: p.PURL, Range: p.Range, Status: string(p.Status), CVE: p.CVE}
		}),
		Problems: convert(x.Problems, func(p exchange.Problem) wire.InboundProblem {
			return wire.InboundProblem{Code: p.Code, Where: p.Where, What: p.What, Fatal: p.Fatal}
		}),
	}), nil
}

// inboundRaw hands the bytes out as a download and as nothing else: they are a
// stranger's.
func (s *server) inboundRaw(ctx context.Context, in *ByID) (*file, error) {
	raw, err := s.Inbox.InboundRaw(ctx, exchange.InboundID(in.ID))
	if err != nil {
		return nil, err
	}
	return newFile(in.ID+".raw", "application/octet-stream", raw), nil
}

func (s *server) acceptInbound(ctx context.Context, in *ByIDReason) (*body[wire.Inbound], error) {
	return s.decide(ctx, in, true)
}

func (s *server) rejectInbound(ctx context.Context, in *ByIDReason) (*body[wire.Inbound], error) {
	return s.decide(ctx, in, false)
}

func (s *server) decide(ctx context.Context, in *ByIDReason, yes bool) (*body[wire.Inbound], error) {
	x, err := s.Inbox.DecideInbound(ctx, who(ctx), exchange.InboundID(in.ID), yes, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return answer(inbound(x)), nil
}

func (s *server) draftFromInbound(ctx context.Context, in *ByID) (*created[wire.Advisory], error) {
	x, err := s.Inbox.Inbound(ctx, exchange.InboundID(in.ID))
	if err != nil {
		return nil, err
	}
	if x.State != exchange.InboundAccepted {
		return nil, &advised{
			fmt.Errorf("draft advisory from %s: it is %s: %w", x.ID, x.State, inventory.ErrConflict),
			"accept it first: ciiscan inbox accept " + string(x.ID),
		}
	}
	d := x.Document
	a, err := advisory.FromIncoming(d, string(x.Team), d.Namespace+"/"+d.TrackingID+" "+d.Version, who(ctx), s.Now())
	if err != nil {
		return nil, err
	}
	if x.Agreement != "" {
		g, err := s.Agreements.Agreement(ctx, x.Agreement)
		if err != nil {
			return nil, err
		}
		if g.GoesOn(d.TLP, s.Now()) {
			if a, err = advisory.Permit(a, string(x.Team), []string{"*"}); err != nil {
				return nil, err
			}
		}
	}
	return s.keepDraft(ctx, a)
}

// A matchQuery is the input of the list of matches.
type matchQuery struct {
	Paging
	Inbound string `query:"inbound" maxLength:"100" doc:"Only of this document."`
	Org     string `query:"org" maxLength:"100" doc:"Only this organisation's."`
	Asset   string `query:"asset" maxLength:"100" doc:"Only this asset's."`
	Verdict string `query:"verdict" enum:"pending,affected,fixed,not_present,unknown"`
}

func (s *server) listMatches(ctx context.Context, in *matchQuery) (*listed[wire.Match], error) {
	all, next, err := s.Matches.Matches(ctx, exchange.MatchFilter{
		Inbound: exchange.InboundID(in.Inbound), Org: inventory.OrganizationID(in.Org), Asset: inventory.AssetID(in.Asset),
		Verdict: exchange.Verdict(in.Verdict),
	}, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, match), nil
}

func (s *server) inboundMatches(ctx context.Context, in *struct {
	ByID
	Paging
	Verdict string `query:"verdict" enum:"pending,affected,fixed,not_present,unknown"`
},
) (*listed[wire.Match], error) {
	if _, err := s.Inbox.Inbound(ctx, exchange.InboundID(in.ID)); err != nil {
		return nil, err
	}
	return s.listMatches(ctx, &matchQuery{Paging: in.Paging, Inbound: in.ID, Verdict: in.Verdict})
}

func (s *server) listAnswers(ctx context.Context, in *ByID) (*body[wire.List[wire.Answer]], error) {
	all, err := s.Matches.Answers(ctx, exchange.InboundID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.Answer]{Items: convert(all, answerOut)}), nil
}

// A byIDAnswer is a person's words on a received document.
type byIDAnswer struct {
	ByID
	Body wire.NewAnswer
}

func (s *server) previewAnswer(ctx context.Context, in *byIDAnswer) (*body[wire.Answer], error) {
	a, err := s.Exchange.PreviewAnswer(ctx, who(ctx), exchange.InboundID(in.ID), in.Body.Usefulness, in.Body.Comment)
	if err != nil {
		return nil, err
	}
	return answer(answerOut(a)), nil
}

func (s *server) sendAnswer(ctx context.Context, in *byIDAnswer) (*created[wire.Answer], error) {
	a, err := s.Exchange.SendAnswer(ctx, who(ctx), exchange.InboundID(in.ID), in.Body.Usefulness, in.Body.Comment)
	if err != nil {
		return nil, err
	}
	return newObject("inbox", in.ID+"/answers", answerOut(a)), nil
}

func (s *server) writeBundle(ctx context.Context, in *body[wire.NewBundle]) (*created[wire.Bundle], error) {
	b, err := s.Exchange.WriteBundle(ctx, who(ctx), exchange.TeamID(in.Body.PeerID))
	if err != nil {
		return nil, err
	}
	return newObject("peers", in.Body.PeerID, wire.Bundle{
		PeerID: string(b.Team), Sequence: b.Sequence, Name: b.Name, Releases: words(b.Releases), Content: b.Content,
	}), nil
}

func (s *server) readBundle(ctx context.Context, in *body[wire.NewDocument]) (*body[wire.BundleRead], error) {
	b, err := s.Exchange.ReadBundle(ctx, who(ctx), in.Body.Name, in.Body.Content)
	if err != nil {
		return nil, err
	}
	return answer(wire.BundleRead{
		PeerID: string(b.Team), Sequence: b.Sequence, Again: b.Again, Inbounds: convert(b.Inbounds, inbound), Receipts: b.Receipts,
		Missing: convert(b.Missing, func(g exchange.Gap) wire.Gap { return wire.Gap{From: g.From, To: g.To} }),
	}), nil
}
