package api

import (
	"context"
	"errors"
	"fmt"
	"mime"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

func (s *server) registerPermits() {
	letter := func(op *huma.Operation) { op.MaxBodyBytes = maxUpload }
	handle(s, "get-authorization", "GET /authorizations/{id}", "Show a permission to scan", s.getAuthorization)
	handle(s, "draft-authorization", "POST /authorizations/drafts", "Draw up a permission to scan", s.draftAuthorization, creates)
	handle(s, "edit-authorization", "PUT /authorizations/{id}", "Replace what a draft says", s.editAuthorization)
	handle(s, "attach-letter", "POST /authorizations/{id}/letter", "Keep the signed letter of a draft", s.attachLetter, letter)
	handle(s, "get-letter", "GET /authorizations/{id}/letter", "Download the signed letter", s.getLetter,
		answersFile("application/pdf", "image/png", "image/jpeg"))
	handle(s, "check-proof", "POST /authorizations/{id}/check", "Ask the DNS for the proof", s.checkProof)
	handle(s, "submit-authorization", "POST /authorizations/{id}/submit", "Hand a draft in", s.submitAuthorization)
	for id, act := range map[string]inventory.PermitAct{
		"activate-authorization": inventory.PermitActivate, "return-authorization": inventory.PermitReturn,
		"suspend-authorization": inventory.PermitSuspend, "resume-authorization": inventory.PermitResume,
	} {
		handle(s, id, "POST /authorizations/{id}/"+string(act), permitSummaries[act], s.decidePermit(act))
	}
}

var permitSummaries = map[inventory.PermitAct]string{
	inventory.PermitActivate: "Put a permission to scan into force, as another person than who handed it in",
	inventory.PermitReturn:   "Return a permission to scan to who handed it in",
	inventory.PermitSuspend:  "Suspend a permission to scan",
	inventory.PermitResume:   "Put a suspended permission to scan into force again",
}

func (s *server) getAuthorization(ctx context.Context, in *ByID) (*body[wire.Authorization], error) {
	a, err := s.Permits.Authorization(ctx, inventory.AuthorizationID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(s.permit(a)), nil
}

func (s *server) draftAuthorization(ctx context.Context, in *body[wire.NewAuthorization]) (*created[wire.Authorization], error) {
	a, err := s.readPermit(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	if a, err = a.Draft(s.Admit); err != nil {
		return nil, err
	}
	if a, err = s.Authorizations.CreateAuthorization(ctx, who(ctx), a, nil); err != nil {
		return nil, err
	}
	return newObject("authorizations", string(a.ID), s.permit(a)), nil
}

// readPermit reads what a draft says. A letter comes later, and by itself.
func (s *server) readPermit(ctx context.Context, n wire.NewAuthorization) (inventory.Authorization, error) {
	org, err := s.Organizations.Organization(ctx, inventory.OrganizationID(n.OrgID))
	if err != nil {
		return inventory.Authorization{}, err
	}
	if reader, _ := auth.FromContext(ctx); reader.Bound() && n.Method == string(inventory.MethodMandate) {
		return inventory.Authorization{}, mistake("method", n.Method, "is the CERT's own power", "prove it by letter or by DNS")
	}
	n.Document = nil
	return newAuthorization(n, org)
}

func (s *server) editAuthorization(ctx context.Context, in *struct {
	ByID
	Body wire.PermitEdit
},
) (*body[wire.Authorization], error) {
	have, err := s.Permits.Authorization(ctx, inventory.AuthorizationID(in.ID))
	if err != nil {
		return nil, err
	}
	in.Body.OrgID = string(have.Org)
	a, err := s.readPermit(ctx, in.Body.NewAuthorization)
	if err != nil {
		return nil, err
	}
	if a.Method == have.Method {
		a.Reference, a.Document = have.Reference, have.Document
	}
	if a, err = a.Draft(s.Admit); err != nil {
		return nil, err
	}
	a.ID, a.Version = have.ID, in.Body.Version
	if a, err = s.Permits.SaveAuthorizationDraft(ctx, who(ctx), a); err != nil {
		return nil, err
	}
	return answer(s.permit(a)), nil
}

func (s *server) attachLetter(ctx context.Context, in *struct {
	ByID
	Body wire.NewDocument
},
) (*body[wire.Authorization], error) {
	letter, err := inventory.NewLetter(in.Body.Name, in.Body.Content)
	if err != nil {
		return nil, err
	}
	a, err := s.Permits.AttachLetter(ctx, who(ctx), inventory.AuthorizationID(in.ID), letter)
	if err != nil {
		return nil, err
	}
	return answer(s.permit(a)), nil
}

func (s *server) getLetter(ctx context.Context, in *ByID) (*file, error) {
	l, err := s.Permits.AuthorizationLetter(ctx, inventory.AuthorizationID(in.ID))
	if err != nil {
		return nil, err
	}
	if l.Type == "" { // of before types were kept
		l.Type = "application/octet-stream"
	}
	return &file{
		Type: l.Type, Body: l.Content,
		Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": l.Name}),
	}, nil
}

func (s *server) checkProof(ctx context.Context, in *ByID) (*body[wire.ProofCheck], error) {
	a, err := s.Permits.Authorization(ctx, inventory.AuthorizationID(in.ID))
	if err != nil {
		return nil, err
	}
	if a.Method != inventory.MethodDNS {
		return nil, fmt.Errorf("it is proven by %s, not by the DNS: %w", a.Method, inventory.ErrConflict)
	}
	check, err := s.askTXT(ctx, a)
	if err != nil {
		return nil, err
	}
	return answer(check), s.Permits.NoteProofCheck(ctx, a.ID)
}

// submitAuthorization hands a draft in. What the DNS has to prove is proven
// before anybody is asked to look at it.
func (s *server) submitAuthorization(ctx context.Context, in *ByID) (*body[wire.Authorization], error) {
	a, err := s.Permits.Authorization(ctx, inventory.AuthorizationID(in.ID))
	if err != nil {
		return nil, err
	}
	if a.State == inventory.AuthDraft {
		if err := s.checkTXT(ctx, a); err != nil {
			return nil, err
		}
	}
	if a, err = s.Permits.SubmitAuthorization(ctx, who(ctx), a.ID); err != nil {
		return nil, err
	}
	return answer(s.permit(a)), nil
}

// decidePermit is the handler of one act. The proof by DNS is asked for again
// before anything is scanned by it.
func (s *server) decidePermit(act inventory.PermitAct) func(context.Context, *struct {
	ByID
	Body wire.PermitDecision
}) (*body[wire.Authorization], error) {
	return func(ctx context.Context, in *struct {
		ByID
		Body wire.PermitDecision
	},
	) (*body[wire.Authorization], error) {
		a, err := s.Permits.Authorization(ctx, inventory.AuthorizationID(in.ID))
		if err != nil {
			return nil, err
		}
		if act == inventory.PermitActivate && a.State == inventory.AuthSubmitted {
			if err := s.checkTXT(ctx, a); err != nil {
				return nil, errors.Join(err, mistake("proof", "", "the DNS does not prove it any more", "return it, and say so"))
			}
		}
		a, err = s.Permits.DecideAuthorization(ctx, who(ctx), a.ID, inventory.PermitDecision{
			Act: act, Reason: in.Body.Reason, MoreForOT: in.Body.MoreForOT,
		})
		if err != nil {
			return nil, err
		}
		return answer(s.permit(a)), nil
	}
}
