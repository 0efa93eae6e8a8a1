package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerAdvisories() {
	handle(s, "list-advisories", "GET /advisories", "List advisories", s.listAdvisories)
	handle(s, "draft-advisory", "POST /advisories", "Draft an advisory from the open findings of a check", s.draftAdvisory, creates)
	handle(s, "get-advisory", "GET /advisories/{id}", "Show an advisory", s.getAdvisory)
	handle(s, "approve-advisory", "POST /advisories/{id}/approve", "Approve an advisory that somebody else drafted", s.approveAdvisory)
	handle(s, "export-advisory", "GET /advisories/{id}/export", "Export an approved advisory", s.exportAdvisory, answersFile("application/json"))
}

func (s *server) listAdvisories(ctx context.Context, in *struct {
	Paging
	State string `query:"state" enum:"draft,in_review,approved,released,updated,withdrawn"`
	TLP   string `query:"tlp" enum:"clear,green,amber,amber+strict,red"`
	Check string `query:"check" maxLength:"200" doc:"Only those about this check."`
},
) (*listed[wire.Advisory], error) {
	all, next, err := s.Advisories.Advisories(ctx, advisory.Filter{
		State: advisory.State(in.State), TLP: advisory.TLP(in.TLP), Check: inventory.CheckID(in.Check),
	}, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, advisoryOut), nil
}

func (s *server) draftAdvisory(ctx context.Context, in *body[wire.NewAdvisory]) (*created[wire.Advisory], error) {
	chosen := typed[inventory.FindingID](in.Body.FindingIDs)
	check, err := s.checkOf(ctx, inventory.CheckID(in.Body.Check), chosen)
	if err != nil {
		return nil, err
	}
	facts, err := s.Drafts.AdvisoryFacts(ctx, check)
	if err != nil {
		return nil, err
	}
	facts.Only, facts.Chosen = typed[inventory.OrganizationID](in.Body.OrgIDs), chosen
	a, err := advisory.FromFindings(facts, advisory.TLP(in.Body.TLP), who(ctx), s.Now())
	if err != nil {
		return nil, err
	}
	if a, err = s.Drafts.CreateAdvisory(ctx, who(ctx), a); err != nil {
		return nil, err
	}
	if len(chosen) > 0 {
		_, err := s.Handling.ActOnFindings(ctx, who(ctx), inventory.Chosen{IDs: chosen}, inventory.FindingDeed{Kind: inventory.ActAdvise, Advisory: string(a.ID)})
		if err != nil {
			return nil, err
		}
	}
	return newObject("advisories", string(a.ID), advisoryOut(a)), nil
}

// checkOf is what a draft is about: the check that is named, or the one that
// found all of the findings.
func (s *server) checkOf(ctx context.Context, named inventory.CheckID, chosen []inventory.FindingID) (inventory.CheckID, error) {
	if named != "" {
		return named, nil
	}
	if len(chosen) == 0 {
		return "", mistake("check", "", "is missing", "name a check, or findings of one")
	}
	checks, err := s.Drafts.ChecksOf(ctx, chosen)
	switch {
	case err != nil:
		return "", err
	case len(checks) == 0:
		return "", fmt.Errorf("finding %s: %w", chosen[0], inventory.ErrNotFound)
	case len(checks) > 1:
		return "", mistake("finding_ids", "", fmt.Sprintf("are of %d different weaknesses", len(checks)),
			"an advisory is about one: choose findings with the same title, or add the others to the draft afterwards")
	}
	return checks[0], nil
}

func (s *server) getAdvisory(ctx context.Context, in *ByID) (*body[wire.Advisory], error) {
	a, err := s.Advisories.Advisory(ctx, advisory.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(advisoryOut(a)), nil
}

func (s *server) approveAdvisory(ctx context.Context, in *ByID) (*body[wire.Advisory], error) {
	a, err := s.Advisories.ApproveAdvisory(ctx, who(ctx), advisory.ID(in.ID))
	if errors.Is(err, inventory.ErrForbidden) {
		return nil, &advised{err, "another user approves it, with a token of their own"}
	}
	if err != nil {
		return nil, err
	}
	return answer(advisoryOut(a)), nil
}

// An exportQuery is the input of an export.
type exportQuery struct {
	ByID
	Format string `query:"format" enum:"csaf,stix,misp" default:"csaf"`
	Draft  bool   `query:"draft" doc:"Also one that nobody has approved yet, to look at."`
}

func (s *server) exportAdvisory(ctx context.Context, in *exportQuery) (*file, error) {
	a, err := s.Advisories.Advisory(ctx, advisory.ID(in.ID))
	if err != nil {
		return nil, err
	}
	if unapproved := a.State == advisory.Draft || a.State == advisory.InReview; unapproved && !in.Draft {
		return nil, &advised{
			fmt.Errorf("advisory %s is %s: %w to give out before another user approves it", a.ID, a.State, inventory.ErrForbidden),
			"have it approved: ciiscan advisory approve " + string(a.ID) + "; to look at the draft, ask for it (--draft)",
		}
	}
	a.Affected = nil // who is affected leaves by a release alone, redacted
	if in.Format != string(exchange.FormatCSAF) {
		f, err := s.Exchange.Export(ctx, a, exchange.Format(in.Format))
		if err != nil {
			return nil, err
		}
		return newFile(f.Name, f.MediaType, f.Bytes), nil
	}
	var b bytes.Buffer
	if err := csaf.Encode(&b, a, csaf.Publisher{Name: s.Publisher, Namespace: s.Namespace}); err != nil {
		return nil, err
	}
	return newFile(csaf.FileName(a), "application/json", b.Bytes()), nil
}

func advisoryOut(a advisory.Advisory) wire.Advisory {
	return wire.Advisory{
		ID: string(a.ID), Revision: a.Revision, State: string(a.State), Category: string(a.Kind()), Interim: a.Interim,
		FinalDue: some(advisory.FinalDue(a)), TLP: string(a.TLP), Check: string(a.Check),
		Title: a.Title, Summary: a.Summary, Impact: a.Impact, Fix: a.Fix, Severity: string(a.Severity),
		CVEs: words(a.CVEs), CWEs: words(a.CWEs), References: words(a.References),
		Products:     convert(a.Products, productOut),
		Translations: convert(a.Translations, func(t advisory.Translation) wire.AdvisoryText { return wire.AdvisoryText(t) }),
		Scores:       convert(a.Scores, func(x advisory.Score) wire.AdvisoryScore { return wire.AdvisoryScore{CVE: x.CVE, Vector: x.Vector} }),
		Reach:        wire.AdvisoryReach{Organizations: a.Reach.Organizations, Assets: a.Reach.Assets, Sectors: words(a.Reach.Sectors)},
		Origins: convert(a.Origins, func(o advisory.Origin) wire.AdvisoryOrigin {
			return wire.AdvisoryOrigin{PeerID: o.Team, Document: o.Document, TLP: string(o.TLP), Consent: words(o.Consent)}
		}),
		Referral: a.Referral, Supersedes: string(a.Supersedes), SupersededBy: string(a.SupersededBy),
		Author: a.Author, Editors: words(a.Editors), Approver: a.Approver,
		NeedsLegal: advisory.NeedsLegal(a), LegalBy: a.LegalBy, LegalAt: utc(a.LegalAt),
		CreatedAt: a.CreatedAt.UTC(), UpdatedAt: a.UpdatedAt.UTC(), ApprovedAt: utc(a.ApprovedAt),
		History: convert(a.History, func(c advisory.Change) wire.AdvisoryChange {
			return wire.AdvisoryChange{Revision: c.Revision, At: c.At.UTC(), By: c.By, Summary: c.Summary, Released: c.Released}
		}),
	}
}

func productOut(p advisory.Product) wire.AdvisoryProduct {
	return wire.AdvisoryProduct{
		Vendor: p.Vendor, Name: p.Name, Version: p.Version, CPE: p.CPE, PURL: p.PURL, Range: p.Range, Status: string(p.Status),
	}
}
