package api

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerAgreements() {
	handle(s, "list-agreements", "GET /agreements", "List agreements with peers", s.listAgreements)
	handle(s, "create-agreement", "POST /agreements", "Draft an agreement", s.createAgreement, creates)
	handle(s, "get-agreement-template", "GET /agreements/template", "Get an agreement to fill in", s.agreementTemplate, answersFile("application/json"))
	handle(s, "get-agreement", "GET /agreements/{id}", "Show an agreement as it stands now", s.getAgreement)
	handle(s, "update-agreement", "PUT /agreements/{id}", "Put other terms into a draft", s.updateAgreement)
	handle(s, "get-agreement-file", "GET /agreements/{id}/file", "Get what is agreed, to change it or to draft another", s.agreementFile, answersFile("application/json"))
	handle(s, "get-agreement-document", "GET /agreements/{id}/document", "Get the signed text", s.agreementDocument, answersFile("application/octet-stream"))
	handle(s, "sign-agreement", "POST /agreements/{id}/sign", "Bring a draft into force, with its signed text", s.signAgreement,
		func(op *huma.Operation) { op.MaxBodyBytes = maxUpload })
	handle(s, "suspend-agreement", "POST /agreements/{id}/suspend", "Stop everything under an agreement at once", s.suspendAgreement)
	handle(s, "resume-agreement", "POST /agreements/{id}/resume", "Put a suspended agreement into force again", s.resumeAgreement)
	handle(s, "terminate-agreement", "POST /agreements/{id}/terminate", "End an agreement for good", s.terminateAgreement)
	handle(s, "renew-agreement", "POST /agreements/{id}/renew", "Let an agreement hold for longer", s.renewAgreement)
	handle(s, "add-meeting", "POST /agreements/{id}/meetings", "Note a meeting of the joint committee", s.addMeeting)
	handle(s, "get-committee-report", "GET /agreements/{id}/report", "Make a year's report for the joint committee", s.committeeReport,
		answersFile("text/html", "text/csv", "application/json", zipType))
}

func (s *server) listAgreements(ctx context.Context, in *struct {
	Paging
	PeerQuery
},
) (*listed[wire.Agreement], error) {
	all, next, err := s.Agreements.Agreements(ctx, exchange.TeamID(in.Peer), in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, s.agreement), nil
}

// AgreementBody is an agreement as people write it: the bytes are read by
// the domain, which knows days and refuses what it does not know.
type AgreementBody struct {
	Body    wire.NewAgreement
	RawBody []byte
}

func (s *server) readAgreement(ctx context.Context, in *AgreementBody) (exchange.Agreement, error) {
	a, err := exchange.ParseAgreement(bytes.NewReader(in.RawBody))
	if err != nil {
		return a, err
	}
	_, err = s.Teams.Team(ctx, a.Team)
	return a, err
}

func (s *server) createAgreement(ctx context.Context, in *AgreementBody) (*created[wire.Agreement], error) {
	a, err := s.readAgreement(ctx, in)
	if err != nil {
		return nil, err
	}
	if a, err = s.Agreements.CreateAgreement(ctx, who(ctx), a); err != nil {
		return nil, err
	}
	return newObject("agreements", string(a.ID), s.agreement(a)), nil
}

func (s *server) updateAgreement(ctx context.Context, in *struct {
	ByID
	Version string `query:"version" maxLength:"100" doc:"That the terms were made from: when somebody changed them since, they are refused with 412."`
	AgreementBody
},
) (*body[wire.Agreement], error) {
	next, err := s.readAgreement(ctx, &in.AgreementBody)
	if err != nil {
		return nil, err
	}
	return s.changeAgreement(ctx, "agreement.update", in.ID, func(a *exchange.Agreement) error {
		if a.State != exchange.AgreementDraft {
			return fmt.Errorf("%s is %s: its terms are signed: %w", a.ID, a.StateAt(s.Now()), inventory.ErrConflict)
		}
		if err := unchanged(in.ID, in.Version, s.agreement(*a).Version); err != nil {
			return err
		}
		if next.Team != a.Team {
			return mistake("team", string(next.Team), "is another team than "+string(a.Team), "draft a new agreement for another team")
		}
		next.ID, next.CreatedAt = a.ID, a.CreatedAt
		*a = next
		return nil
	})
}

func (s *server) agreementTemplate(_ context.Context, _ *struct{}) (*file, error) {
	from := s.Now().UTC().Truncate(24 * time.Hour)
	terms := exchange.Terms{
		Categories: []advisory.Category{advisory.Vulnerability, advisory.Exposure}, Ceiling: advisory.Amber, DefaultTLP: advisory.Amber,
		Sectors: []inventory.Sector{}, Onward: exchange.OnwardConstituents, Victims: exchange.VictimsOwn, RetainDays: 1825, AckHours: 72, AnswerHours: 240,
		Channels: []exchange.Channel{exchange.ChannelCSAF, exchange.ChannelTAXII, exchange.ChannelMail},
		IEP:      exchange.IEP{EncryptInTransit: "must", PermittedActions: "externally-visible-indirect-actions", AffectedParties: "may", Attribution: "may", UnmodifiedResale: "must-not"},
	}
	a := exchange.Agreement{
		Team: "TEAM-1", Reference: "MoU " + from.Format("2006") + "/1", Title: "Cooperation in cyber security",
		Ours:        exchange.Party{Authority: "our ministry or agency", CERT: s.Publisher, LegalBasis: "the law it rests on", Constraints: []string{}},
		Theirs:      exchange.Party{Authority: "their ministry or agency", CERT: "their CERT", LegalBasis: "the law it rests on", Constraints: []string{}},
		EffectiveAt: from, ExpiresAt: from.AddDate(5, 0, 0), NoticeDays: 90, ReviewAt: from.AddDate(2, 0, 0),
		Reciprocity: "on the basis of equality, reciprocity and mutual benefit", Give: terms, Take: terms,
		Committee: []exchange.Member{{Side: "ours", Name: "name", Title: "office", Email: "committee@example.org"}},
		Meetings:  []exchange.Meeting{}, Themes: []exchange.Theme{exchange.ThemeExchange, exchange.ThemeCII},
	}
	return agreementFile("agreement.json", a)
}

func agreementFile(name string, a exchange.Agreement) (*file, error) {
	var b bytes.Buffer
	if err := exchange.WriteAgreement(&b, a); err != nil {
		return nil, fmt.Errorf("write agreement: %w", err)
	}
	return newFile(name, "application/json", b.Bytes()), nil
}

func (s *server) agreementFile(ctx context.Context, in *ByID) (*file, error) {
	a, err := s.Agreements.Agreement(ctx, exchange.AgreementID(in.ID))
	if err != nil {
		return nil, err
	}
	return agreementFile(strings.ToLower(in.ID)+".json", a)
}

func (s *server) agreementDocument(ctx context.Context, in *ByID) (*file, error) {
	a, err := s.Agreements.Agreement(ctx, exchange.AgreementID(in.ID))
	if err != nil {
		return nil, err
	}
	text, err := s.Agreements.AgreementDocument(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	return newFile(a.DocumentName, "application/octet-stream", text), nil
}

func (s *server) getAgreement(ctx context.Context, in *ByID) (*body[wire.Agreement], error) {
	a, err := s.Agreements.Agreement(ctx, exchange.AgreementID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(s.agreement(a)), nil
}

func (s *server) signAgreement(ctx context.Context, in *struct {
	ByID
	Body wire.Signature
},
) (*body[wire.Agreement], error) {
	at := s.Now()
	if t := in.Body.SignedAt; t != nil {
		if t.After(at) {
			return nil, mistake("signed_at", t.Format(time.DateOnly), "is in the future", "sign it here when both sides have signed")
		}
		at = *t
	}
	a, err := s.Agreements.SignAgreement(ctx, who(ctx), exchange.AgreementID(in.ID), at.UTC(), in.Body.Document.Name, in.Body.Document.Content)
	if err != nil {
		return nil, err
	}
	return answer(s.agreement(a)), nil
}

func (s *server) suspendAgreement(ctx context.Context, in *ByIDReason) (*body[wire.Agreement], error) {
	return s.changeAgreement(ctx, "agreement.suspend", in.ID, func(a *exchange.Agreement) error {
		return a.Suspend(who(ctx), in.Body.Reason, s.Now())
	})
}

func (s *server) resumeAgreement(ctx context.Context, in *ByID) (*body[wire.Agreement], error) {
	return s.changeAgreement(ctx, "agreement.resume", in.ID, func(a *exchange.Agreement) error { return a.Resume(s.Now()) })
}

func (s *server) terminateAgreement(ctx context.Context, in *ByIDReason) (*body[wire.Agreement], error) {
	return s.changeAgreement(ctx, "agreement.terminate", in.ID, func(a *exchange.Agreement) error {
		return a.Terminate(who(ctx), in.Body.Reason, s.Now())
	})
}

func (s *server) renewAgreement(ctx context.Context, in *struct {
	ByID
	Body wire.Renewal
},
) (*body[wire.Agreement], error) {
	var until time.Time
	put(&until, in.Body.Until)
	return s.changeAgreement(ctx, "agreement.renew", in.ID, func(a *exchange.Agreement) error { return a.Renew(until, s.Now()) })
}

func (s *server) addMeeting(ctx context.Context, in *struct {
	ByID
	Body wire.Meeting
},
) (*body[wire.Agreement], error) {
	return s.changeAgreement(ctx, "agreement.meeting", in.ID, func(a *exchange.Agreement) error {
		return a.AddMeeting(exchange.Meeting{At: in.Body.At, Place: in.Body.Place, Minutes: in.Body.Minutes})
	})
}

func (s *server) changeAgreement(ctx context.Context, act, id string, change func(*exchange.Agreement) error) (*body[wire.Agreement], error) {
	a, err := s.Agreements.ChangeAgreement(ctx, who(ctx), act, exchange.AgreementID(id), change)
	if err != nil {
		return nil, err
	}
	return answer(s.agreement(a)), nil
}

func (s *server) committeeReport(ctx context.Context, in *struct {
	ByID
	YearQuery
},
) (*file, error) {
	a, err := s.Agreements.Agreement(ctx, exchange.AgreementID(in.ID))
	if err != nil {
		return nil, err
	}
	year, facts, err := s.yearFacts(ctx, exchange.LedgerQuery{Team: a.Team, Year: in.Year, Clocks: true})
	if err != nil {
		return nil, err
	}
	r, err := exchange.Committee(facts, a.ID, year, s.Now())
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("committee-%s-%d", strings.ToLower(string(a.ID)), year)
	return s.yearFiles(in.YearQuery, name, map[string]func(*bytes.Buffer) error{
		"html": func(b *bytes.Buffer) error { return r.WriteHTML(b) },
		"csv":  func(b *bytes.Buffer) error { return r.WriteCSV(b) },
		"json": func(b *bytes.Buffer) error { return writeJSON(b, r) },
	})
}
