package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerReleases() {
	handle(s, "list-releases", "GET /releases", "List what was let out, and what waits for it", s.listReleases)
	handle(s, "request-release", "POST /releases", "Ask to let an advisory out", s.requestRelease, creates)
	handle(s, "preview-release", "POST /releases/preview", "Show what a peer, or everybody, would get now, to the byte", s.previewRelease)
	handle(s, "get-release", "GET /releases/{id}", "Show a release and how far it has come", s.getRelease)
	handle(s, "preview-requested-release", "GET /releases/{id}/preview", "Show what would leave if a request were approved now", s.previewRequested)
	handle(s, "get-release-file", "GET /releases/{id}/files/{name}", "Get a file exactly as it was released", s.releaseFile, answersFile("application/json", "application/octet-stream"))
	handle(s, "approve-release", "POST /releases/{id}/approve", "Let out what another person asked for", s.approveRelease)
	handle(s, "approve-release-legal", "POST /releases/{id}/approve-legal", "Agree as legal officer to what a release is of", s.approveReleaseLegal)
	handle(s, "refuse-release", "POST /releases/{id}/refuse", "Put a request away", s.refuseRelease)
}

func (s *server) listReleases(ctx context.Context, in *struct {
	Paging
	PeerQuery
	Advisory string `query:"advisory" maxLength:"100" doc:"Only this advisory's."`
	State    string `query:"state" enum:"requested,released,refused"`
},
) (*listed[wire.Release], error) {
	all, next, err := s.Releases.Releases(ctx, exchange.ReleaseFilter{
		Advisory: advisory.ID(in.Advisory), Team: exchange.TeamID(in.Peer), State: exchange.ReleaseState(in.State),
	}, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, release), nil
}

// ask reads a wish, or says what is wrong with it.
func ask(by string, n wire.NewRelease) (exchange.Ask, error) {
	if (n.PeerID == "") == !n.Public {
		return exchange.Ask{}, mistake("peer_id", n.PeerID, "name a peer, or say public, and not both", "use --peer TEAM or --public")
	}
	out := exchange.Ask{
		Advisory: advisory.ID(n.AdvisoryID), Revision: n.Revision, Team: exchange.TeamID(n.PeerID),
		Channels: typed[exchange.Channel](n.Channels), Referral: n.Referral, By: by,
	}
	if n.Profile != nil {
		out.Profile = profileIn(*n.Profile)
	}
	return out, nil
}

func (s *server) previewRelease(ctx context.Context, in *body[wire.NewRelease]) (*body[wire.ReleasePreview], error) {
	a, err := ask(who(ctx), in.Body)
	if err != nil {
		return nil, err
	}
	return s.preview(ctx, a)
}

func (s *server) previewRequested(ctx context.Context, in *ByID) (*body[wire.ReleasePreview], error) {
	r, err := s.Releases.Release(ctx, exchange.ReleaseID(in.ID))
	if err != nil {
		return nil, err
	}
	if r.State != exchange.ReleaseRequested {
		return nil, &advised{
			fmt.Errorf("release %s is %s: %w", r.ID, r.State, inventory.ErrConflict),
			"see what was released: ciiscan release show " + string(r.ID),
		}
	}
	return s.preview(ctx, exchange.Ask{
		Advisory: r.Advisory, Revision: r.Revision, Team: r.Team, Agreement: r.Agreement, Profile: r.Profile,
		Channels: r.Channels, Referral: r.Referral, By: r.RequestedBy,
	})
}

func (s *server) preview(ctx context.Context, a exchange.Ask) (*body[wire.ReleasePreview], error) {
	p, err := s.Exchange.Preview(ctx, a)
	if err != nil {
		return nil, err
	}
	d := p.Decision
	return answer(wire.ReleasePreview{
		AdvisoryID: string(a.Advisory), PeerID: string(a.Team), AgreementID: string(p.Agreement),
		Allowed: d.Allowed && len(p.Leaks) == 0 && p.Problem == "", Rule: d.Rule, Clause: d.Clause, TLP: string(d.TLP), IEP: policy(d.IEP),
		Channels: words(d.Channels), NeedsApprover: d.NeedsApprover, NeedsLegal: d.NeedsLegal, Profile: profileOut(p.Profile),
		Files: convert(p.Files, func(f exchange.File) wire.PreviewFile {
			sum, _ := f.Hashes()
			return wire.PreviewFile{
				Format: string(f.Format), Name: f.Name, MediaType: f.MediaType, SHA256: sum, Content: f.Bytes,
			}
		}),
		Diff: convert(p.Diff, fieldChange), Leaks: words(p.Leaks), Problem: p.Problem,
	}), nil
}

// requestRelease asks for what the gate would let out. What it refuses is
// refused here, with the clause, and kept in the audit log alone, not for
// another person to find out.
func (s *server) requestRelease(ctx context.Context, in *body[wire.NewRelease]) (*created[wire.Release], error) {
	a, err := ask(who(ctx), in.Body)
	if err != nil {
		return nil, err
	}
	p, err := s.Exchange.Preview(ctx, a)
	if err != nil {
		return nil, err
	}
	wish := exchange.Release{
		Advisory: a.Advisory, Revision: a.Revision, Team: a.Team, Agreement: p.Agreement, Profile: a.Profile, Channels: p.Decision.Channels,
		Referral: a.Referral, Reason: in.Body.Reason,
	}
	if err := refusal(p); err != nil {
		if noted := s.Releases.DenyRelease(ctx, who(ctx), wish, err.Error()); noted != nil {
			return nil, noted
		}
		return nil, fmt.Errorf("request release of advisory %s: %w", a.Advisory, err)
	}
	r, err := s.Releases.RequestRelease(ctx, who(ctx), wish)
	if err != nil {
		return nil, err
	}
	return newObject("releases", string(r.ID), release(r)), nil
}

// refusal is why p cannot leave, whoever agrees to it, or nil.
func refusal(p exchange.Preview) error {
	switch {
	case p.Decision.Err() != nil:
		return p.Decision.Err()
	case p.Problem != "":
		return fmt.Errorf("%w: %s", inventory.ErrInvalid, p.Problem)
	case len(p.Leaks) > 0:
		return &exchange.RefusedError{Rule: "dropped-values", Clause: p.Leaks[0]}
	}
	return nil
}

func (s *server) getRelease(ctx context.Context, in *ByID) (*body[wire.ReleaseDetail], error) {
	r, err := s.Releases.Release(ctx, exchange.ReleaseID(in.ID))
	if err != nil {
		return nil, err
	}
	deliveries, err := s.Releases.Deliveries(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	receipts, err := s.Releases.Receipts(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	out := wire.ReleaseDetail{
		Release: release(r),
		Files: convert(r.Files, func(f exchange.File) wire.ReleaseFile {
			return wire.ReleaseFile{Format: string(f.Format), Name: f.Name, MediaType: f.MediaType, Size: len(f.Bytes), SHA256: f.SHA256, Signed: f.Signature != ""}
		}),
		Deliveries: convert(deliveries, func(d exchange.Delivery) wire.Delivery { return delivery(d, now) }),
		Receipts: convert(receipts, func(x exchange.Receipt) wire.Receipt {
			return wire.Receipt{
				PeerID: string(x.Team), Channel: string(x.Channel), Kind: string(x.Kind), At: x.At.UTC(), Credential: x.Credential, Path: x.Path,
				Detail: inventory.CleanText(x.Detail, 1000),
			}
		}),
	}
	out.Confirmed = slices.ContainsFunc(deliveries, func(d exchange.Delivery) bool { return d.State == exchange.DeliveryConfirmed })
	return answer(out), nil
}

func (s *server) releaseFile(ctx context.Context, in *struct {
	ByID
	Name string `path:"name" maxLength:"255" doc:"As the release names it; with .asc, its signature."`
},
) (*file, error) {
	r, err := s.Releases.Release(ctx, exchange.ReleaseID(in.ID))
	if err != nil {
		return nil, err
	}
	for _, f := range r.Files {
		switch {
		case f.Name == in.Name:
			return newFile(f.Name, f.MediaType, f.Bytes), nil
		case f.Name+".asc" == in.Name && f.Signature != "":
			return newFile(in.Name, "application/octet-stream", []byte(f.Signature)), nil
		}
	}
	return nil, fmt.Errorf("file %s of release %s: %w", in.Name, in.ID, inventory.ErrNotFound)
}

func (s *server) approveRelease(ctx context.Context, in *ByID) (*body[wire.Release], error) {
	r, err := s.Exchange.Approve(ctx, who(ctx), exchange.ReleaseID(in.ID))
	if _, refused := errors.AsType[*exchange.RefusedError](err); refused {
		return nil, &advised{err, "nothing left; mend what the clause names, and ask for the release again"}
	}
	if errors.Is(err, inventory.ErrForbidden) {
		return nil, &advised{err, "another person approves it, with a token of their own"}
	}
	if err != nil {
		return nil, err
	}
	return answer(release(r)), nil
}

// approveReleaseLegal is the legal officer's word on the advisory: it counts
// for every audience.
func (s *server) approveReleaseLegal(ctx context.Context, in *ByID) (*body[wire.Advisory], error) {
	r, err := s.Releases.Release(ctx, exchange.ReleaseID(in.ID))
	if err != nil {
		return nil, err
	}
	return s.approveLegal(ctx, &ByID{ID: string(r.Advisory)})
}

func (s *server) refuseRelease(ctx context.Context, in *ByIDReason) (*struct{}, error) {
	return nil, s.Releases.RefuseRelease(ctx, who(ctx), exchange.ReleaseID(in.ID), in.Body.Reason)
}

func release(r exchange.Release) wire.Release {
	return wire.Release{
		ID: string(r.ID), AdvisoryID: string(r.Advisory), Revision: r.Revision, PeerID: string(r.Team), AgreementID: string(r.Agreement),
		State: string(r.State), Category: string(r.Category), TLP: string(r.TLP), Referral: r.Referral, Clause: r.Clause, Channels: words(r.Channels),
		Profile: profileOut(r.Profile), IEP: policy(r.IEP), Reason: r.Reason, RequestedBy: r.RequestedBy, RequestedAt: r.RequestedAt.UTC(),
		ApprovedBy: r.ApprovedBy, LegalBy: r.LegalBy, ReleasedAt: utc(r.ReleasedAt), Withdrawal: r.Withdrawal,
		Supersedes: string(r.Supersedes), RefusedWhy: r.RefusedWhy, Confirmed: r.Confirmed,
	}
}

func delivery(d exchange.Delivery, now time.Time) wire.Delivery {
	return wire.Delivery{
		PeerID: string(d.Team), ReleaseID: string(d.Release), Channel: string(d.Channel), State: string(d.State), Attempts: d.Attempts,
		NextAt: some(d.NextAt), LastError: inventory.CleanText(d.LastError, 1000), DeliveredAt: utc(d.DeliveredAt),
		AckBy: utc(d.AckBy), AckAt: utc(d.AckAt), Overdue: d.Overdue(now),
	}
}
