package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerAdvisoryLife() {
	handle(s, "create-advisory", "POST /advisories/new", "Write an advisory from scratch", s.newAdvisory, creates)
	handle(s, "edit-advisory", "PATCH /advisories/{id}", "Change a draft", s.editAdvisory)
	handle(s, "submit-advisory", "POST /advisories/{id}/submit", "Hand a draft over for review", s.submitAdvisory)
	handle(s, "return-advisory", "POST /advisories/{id}/return", "Send an advisory back to its author", s.returnAdvisory)
	handle(s, "approve-advisory-legal", "POST /advisories/{id}/approve-legal", "Agree to an advisory as legal officer", s.approveLegal)
	handle(s, "revise-advisory", "POST /advisories/{id}/revise", "Begin the next revision of a released advisory", s.reviseAdvisory)
	handle(s, "finish-advisory", "POST /advisories/{id}/finish", "Begin the final revision of an interim advisory", s.finishAdvisory)
	handle(s, "withdraw-advisory", "POST /advisories/{id}/withdraw", "Take a released advisory back, from all who got it", s.withdrawAdvisory)
	handle(s, "supersede-advisory", "POST /advisories/{id}/supersede", "End a released advisory in favour of another", s.supersedeAdvisory)
	handle(s, "permit-origin", "POST /advisories/{id}/origin-consent", "Note whom an originator lets an advisory go on to", s.permitOrigin)
	handle(s, "list-advisory-revisions", "GET /advisories/{id}/revisions", "List an advisory's revisions, the first first", s.advisoryRevisions)
	handle(s, "diff-advisory", "GET /advisories/{id}/diff", "Show what one revision says otherwise than another", s.diffAdvisory)
	handle(s, "get-advisory-affected", "GET /advisories/{id}/affected", "List the places that have the weakness", s.advisoryAffected)
	handle(s, "list-advisory-feedback", "GET /advisories/{id}/feedback", "List what peers said of an advisory", s.advisoryFeedback)
	handle(s, "list-comments", "GET /advisories/{id}/comments", "List what reviewers said", s.listComments)
	handle(s, "add-comment", "POST /advisories/{id}/comments", "Say something about an advisory as it stands", s.addComment, creates)
	handle(s, "resolve-comment", "POST /comments/{id}/resolve", "Note that a comment was dealt with", s.resolveComment)
}

func (s *server) newAdvisory(ctx context.Context, in *body[wire.AdvisoryFields]) (*created[wire.Advisory], error) {
	var f advisory.Fields
	fill(&f, in.Body)
	a, err := advisory.New(who(ctx), f, s.Now())
	if err != nil {
		return nil, err
	}
	return s.keepDraft(ctx, a)
}

// keepDraft stores a new draft whose texts name nobody.
func (s *server) keepDraft(ctx context.Context, a advisory.Advisory) (*created[wire.Advisory], error) {
	if err := s.namesNobody(ctx, a); err != nil {
		return nil, err
	}
	a, err := s.Drafts.CreateAdvisory(ctx, who(ctx), a)
	if err != nil {
		return nil, err
	}
	return newObject("advisories", string(a.ID), advisoryOut(a)), nil
}

// namesNobody tells the author at once what would stop the release in the end.
func (s *server) namesNobody(ctx context.Context, a advisory.Advisory) error {
	forbidden, err := s.AdvisoryLife.Forbidden(ctx)
	if err != nil {
		return err
	}
	return a.CheckLeaks(forbidden)
}

// fill puts what is given into the fields of an advisory.
func fill(f *advisory.Fields, n wire.AdvisoryFields) {
	putWord(&f.Category, n.Category)
	putWord(&f.TLP, n.TLP)
	putWord(&f.Check, n.Check)
	putWord(&f.Severity, n.Severity)
	putWord(&f.Supersedes, n.Supersedes)
	put(&f.Title, n.Title)
	put(&f.Summary, n.Summary)
	put(&f.Impact, n.Impact)
	put(&f.Fix, n.Fix)
	put(&f.Interim, n.Interim)
	put(&f.Referral, n.Referral)
	put(&f.CVEs, n.CVEs)
	put(&f.CWEs, n.CWEs)
	put(&f.References, n.References)
	if n.Products != nil {
		f.Products = convert(*n.Products, func(p wire.AdvisoryProduct) advisory.Product {
			return advisory.Product{
				Vendor: p.Vendor, Name: p.Name, Version: p.Version, CPE: p.CPE, PURL: p.PURL, Range: p.Range, Status: advisory.ProductStatus(p.Status),
			}
		})
	}
	if n.Translations != nil {
		f.Translations = convert(*n.Translations, func(t wire.AdvisoryText) advisory.Translation { return advisory.Translation(t) })
	}
	if n.Scores != nil {
		f.Scores = convert(*n.Scores, func(x wire.AdvisoryScore) advisory.Score { return advisory.Score{CVE: x.CVE, Vector: x.Vector} })
	}
}

func (s *server) editAdvisory(ctx context.Context, in *struct {
	ByID
	Body wire.AdvisoryEdit
},
) (*body[wire.Advisory], error) {
	forbidden, err := s.AdvisoryLife.Forbidden(ctx)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, in.ID, func(a advisory.Advisory) (advisory.Advisory, error) {
		if seen := in.Body.Version; seen != nil && !seen.Equal(a.UpdatedAt) {
			return a, fmt.Errorf("edit advisory %s: %w", a.ID, inventory.ErrStale)
		}
		f := a.Fields()
		fill(&f, in.Body.AdvisoryFields)
		next, err := advisory.Edit(a, f, who(ctx), s.Now())
		if err != nil {
			return next, err
		}
		return next, next.CheckLeaks(forbidden)
	})
}

// change lets the store change an advisory, under its lock.
func (s *server) change(ctx context.Context, id string, change func(advisory.Advisory) (advisory.Advisory, error)) (*body[wire.Advisory], error) {
	return advisoryAnswer(s.AdvisoryLife.ReviseAdvisory(ctx, who(ctx), advisory.ID(id), change))
}

func advisoryAnswer(a advisory.Advisory, err error) (*body[wire.Advisory], error) {
	if err != nil {
		return nil, err
	}
	return answer(advisoryOut(a)), nil
}

func (s *server) submitAdvisory(ctx context.Context, in *ByID) (*body[wire.Advisory], error) {
	return advisoryAnswer(s.AdvisoryLife.SubmitAdvisory(ctx, who(ctx), advisory.ID(in.ID)))
}

func (s *server) returnAdvisory(ctx context.Context, in *ByID) (*body[wire.Advisory], error) {
	return s.change(ctx, in.ID, func(a advisory.Advisory) (advisory.Advisory, error) { return advisory.Return(a, s.Now()) })
}

func (s *server) approveLegal(ctx context.Context, in *ByID) (*body[wire.Advisory], error) {
	return advisoryAnswer(s.AdvisoryLife.ApproveLegal(ctx, who(ctx), advisory.ID(in.ID)))
}

func (s *server) reviseAdvisory(ctx context.Context, in *struct {
	ByID
	Body wire.Revision
},
) (*body[wire.Advisory], error) {
	if err := s.staysUnnamed(ctx, in.ID, "summary", in.Body.Summary); err != nil {
		return nil, err
	}
	return s.change(ctx, in.ID, func(a advisory.Advisory) (advisory.Advisory, error) {
		return advisory.Revise(a, who(ctx), in.Body.Summary, s.Now())
	})
}

// staysUnnamed refuses words of the revision history that name somebody. They
// go out with every later revision and can never be changed: the gate would
// stop each of them, also the word that the advisory is withdrawn.
func (s *server) staysUnnamed(ctx context.Context, id, field, words string) error {
	a, err := s.Advisories.Advisory(ctx, advisory.ID(id))
	if err != nil {
		return err
	}
	err = s.namesNobody(ctx, advisory.Advisory{Summary: words, Affected: a.Affected})
	if e, ok := errors.AsType[*inventory.InputError](err); ok {
		return mistake(field, e.Value, e.Message, e.Hint)
	}
	return err
}

func (s *server) finishAdvisory(ctx context.Context, in *ByID) (*body[wire.Advisory], error) {
	return s.change(ctx, in.ID, func(a advisory.Advisory) (advisory.Advisory, error) {
		return advisory.Finish(a, who(ctx), s.Now())
	})
}

func (s *server) withdrawAdvisory(ctx context.Context, in *ByIDReason) (*body[wire.Advisory], error) {
	if err := s.staysUnnamed(ctx, in.ID, "reason", in.Body.Reason); err != nil {
		return nil, err
	}
	return advisoryAnswer(s.AdvisoryLife.WithdrawAdvisory(ctx, who(ctx), advisory.ID(in.ID), in.Body.Reason))
}

func (s *server) supersedeAdvisory(ctx context.Context, in *struct {
	ByID
	Body wire.Supersession
},
) (*body[wire.Advisory], error) {
	return advisoryAnswer(s.AdvisoryLife.SupersedeAdvisory(ctx, who(ctx), advisory.ID(in.ID), advisory.ID(in.Body.By)))
}

func (s *server) permitOrigin(ctx context.Context, in *struct {
	ByID
	Body wire.OriginConsent
},
) (*body[wire.Advisory], error) {
	c := in.Body
	for _, id := range c.To {
		if id == "*" {
			continue
		}
		if _, err := s.Teams.Team(ctx, exchange.TeamID(id)); err != nil {
			return nil, err
		}
	}
	return advisoryAnswer(s.AdvisoryLife.PermitOrigin(ctx, who(ctx), advisory.ID(in.ID), exchange.TeamID(c.PeerID), c.To, c.Reason))
}

func (s *server) advisoryRevisions(ctx context.Context, in *ByID) (*body[wire.List[wire.Advisory]], error) {
	all, err := s.revisions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.Advisory]{Items: convert(all, advisoryOut)}), nil
}

func (s *server) revisions(ctx context.Context, id string) ([]advisory.Advisory, error) {
	all, err := s.AdvisoryLife.AdvisoryRevisions(ctx, advisory.ID(id))
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("advisory %s: %w", id, inventory.ErrNotFound)
	}
	return all, err
}

func (s *server) diffAdvisory(ctx context.Context, in *struct {
	ByID
	From int `query:"from" minimum:"0" doc:"Revision; the one before to when absent."`
	To   int `query:"to" minimum:"0" doc:"Revision; the newest when absent."`
},
) (*body[wire.List[wire.FieldChange]], error) {
	all, err := s.revisions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	to := cmp.Or(in.To, all[len(all)-1].Revision)
	find := func(field string, revision int) (advisory.Advisory, error) {
		i := slices.IndexFunc(all, func(a advisory.Advisory) bool { return a.Revision == revision })
		if i < 0 {
			return advisory.Advisory{}, mistake(field, fmt.Sprint(revision), "is no revision of "+in.ID,
				fmt.Sprintf("use one from %d to %d", all[0].Revision, all[len(all)-1].Revision))
		}
		return all[i], nil
	}
	before, err := find("from", max(cmp.Or(in.From, to-1), 1))
	if err != nil {
		return nil, err
	}
	after, err := find("to", to)
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.FieldChange]{Items: convert(advisory.Diff(before, after), fieldChange)}), nil
}

func fieldChange(c advisory.FieldChange) wire.FieldChange {
	return wire.FieldChange{Field: c.Field, Before: c.Before, After: c.After}
}

func (s *server) advisoryAffected(ctx context.Context, in *ByID) (*body[wire.List[wire.Affected]], error) {
	a, err := s.Advisories.Advisory(ctx, advisory.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.Affected]{Items: convert(a.Affected, func(x advisory.Affected) wire.Affected {
		return wire.Affected{
			AssetID: string(x.Asset), OrgID: string(x.Org), OrgName: x.OrgName, Sector: string(x.Sector), Country: x.Country,
			Address: x.Address, Port: x.Port, Hostname: x.Hostname, Site: x.Site, Evidence: x.Evidence, Consent: string(x.Consent),
		}
	})}), nil
}

func (s *server) advisoryFeedback(ctx context.Context, in *ByID) (*body[wire.List[wire.Feedback]], error) {
	all, err := s.Matches.Feedback(ctx, advisory.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.Feedback]{Items: convert(all, func(f exchange.Feedback) wire.Feedback {
		return wire.Feedback{
			PeerID: string(f.Team), AdvisoryID: string(f.Advisory), ReleaseID: string(f.Release), At: f.At.UTC(), State: string(f.State),
			Counts: counts(f.Counts), First: utc(f.First), Last: utc(f.Last), Usefulness: f.Usefulness,
			Comment: inventory.CleanText(f.Comment, 4000), InboundID: string(f.Inbound),
		}
	})}), nil
}

func (s *server) listComments(ctx context.Context, in *ByID) (*body[wire.List[wire.Comment]], error) {
	all, err := s.AdvisoryLife.Comments(ctx, advisory.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.Comment]{Items: convert(all, comment)}), nil
}

func (s *server) addComment(ctx context.Context, in *struct {
	ByID
	Body wire.NewComment
},
) (*created[wire.Comment], error) {
	c, err := s.AdvisoryLife.CommentAdvisory(ctx, who(ctx), advisory.ID(in.ID), in.Body.Field, in.Body.Text)
	if err != nil {
		return nil, err
	}
	return newObject("advisories", in.ID+"/comments", comment(c)), nil
}

func (s *server) resolveComment(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.AdvisoryLife.ResolveComment(ctx, who(ctx), advisory.CommentID(in.ID))
}

func comment(c advisory.Comment) wire.Comment {
	return wire.Comment{
		ID: string(c.ID), AdvisoryID: string(c.Advisory), Revision: c.Revision, By: c.By, At: c.At.UTC(), Field: c.Field,
		Text: c.Text, Resolved: c.Resolved, ResolvedBy: c.ResolvedBy, ResolvedAt: utc(c.ResolvedAt),
	}
}
