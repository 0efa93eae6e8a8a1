package apitest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// change lets an advisory be changed, and keeps each revision as it last was.
func (f *Fake) change(who, act string, id advisory.ID, change func(advisory.Advisory) (advisory.Advisory, error)) (advisory.Advisory, error) {
	for i := range f.Drafted {
		if f.Drafted[i].ID == id {
			a, err := change(f.Drafted[i])
			if err != nil {
				return a, err
			}
			if a.Revision > f.Drafted[i].Revision {
				f.Earlier = append(f.Earlier, f.Drafted[i])
			}
			f.did(who, act+" "+string(id))
			f.Drafted[i] = a
			return a, nil
		}
	}
	return advisory.Advisory{}, missing("advisory", string(id))
}

// SubmitAdvisory stands in for the real one.
func (f *Fake) SubmitAdvisory(_ context.Context, who string, id advisory.ID) (advisory.Advisory, error) {
	return f.change(who, "advisory.submit", id, func(a advisory.Advisory) (advisory.Advisory, error) { return advisory.Submit(a, Noon) })
}

// ApproveLegal stands in for the real one.
func (f *Fake) ApproveLegal(_ context.Context, who string, id advisory.ID) (advisory.Advisory, error) {
	return f.change(who, "advisory.legal", id, func(a advisory.Advisory) (advisory.Advisory, error) { return advisory.ApproveLegal(a, who, Noon) })
}

// ReviseAdvisory stands in for the real one.
func (f *Fake) ReviseAdvisory(_ context.Context, who string, id advisory.ID, change func(advisory.Advisory) (advisory.Advisory, error)) (advisory.Advisory, error) {
	return f.change(who, "advisory.revise", id, change)
}

// WithdrawAdvisory stands in for the real one.
func (f *Fake) WithdrawAdvisory(_ context.Context, who string, id advisory.ID, reason string) (advisory.Advisory, error) {
	return f.change(who, "advisory.withdraw", id, func(a advisory.Advisory) (advisory.Advisory, error) {
		return advisory.Withdraw(a, who, reason, Noon)
	})
}

// SupersedeAdvisory stands in for the real one.
func (f *Fake) SupersedeAdvisory(_ context.Context, who string, id, by advisory.ID) (advisory.Advisory, error) {
	return f.change(who, "advisory.supersede", id, func(a advisory.Advisory) (advisory.Advisory, error) {
		return advisory.Supersede(a, by, who, Noon)
	})
}

// PermitOrigin stands in for the real one.
func (f *Fake) PermitOrigin(_ context.Context, who string, id advisory.ID, originator exchange.TeamID, to []string, _ string) (advisory.Advisory, error) {
	return f.change(who, "advisory.origin_consent", id, func(a advisory.Advisory) (advisory.Advisory, error) {
		return advisory.Permit(a, string(originator), to)
	})
}

// AdvisoryRevisions stands in for the real one.
func (f *Fake) AdvisoryRevisions(_ context.Context, id advisory.ID) ([]advisory.Advisory, error) {
	var out []advisory.Advisory
	for _, a := range append(append([]advisory.Advisory{}, f.Earlier...), f.Drafted...) {
		if a.ID == id {
			out = append(out, a)
		}
	}
	return out, nil
}

// CommentAdvisory stands in for the real one.
func (f *Fake) CommentAdvisory(ctx context.Context, who string, id advisory.ID, field, text string) (advisory.Comment, error) {
	a, err := f.Advisory(ctx, id)
	if err != nil {
		return advisory.Comment{}, err
	}
	c, err := advisory.NewComment(a, who, field, text, Noon)
	if err != nil {
		return c, err
	}
	c.ID = advisory.CommentID(fmt.Sprintf("COM-%d", len(f.Said)+1))
	f.Said = append(f.Said, c)
	return c, nil
}

// ResolveComment stands in for the real one.
func (f *Fake) ResolveComment(_ context.Context, who string, id advisory.CommentID) error {
	for i := range f.Said {
		if f.Said[i].ID == id {
			var err error
			f.Said[i], err = f.Said[i].Resolve(who, Noon)
			return err
		}
	}
	return missing("comment", string(id))
}

// Comments stands in for the real one.
func (f *Fake) Comments(context.Context, advisory.ID) ([]advisory.Comment, error) { return f.Said, nil }

// Forbidden stands in for the real one.
func (f *Fake) Forbidden(context.Context) ([]string, error) {
	return []string{"Lanka Water Board", "192.0.2.10"}, nil
}

// Preview refuses by Clause when that is set, and finds Leak when that is.
func (f *Fake) Preview(ctx context.Context, ask exchange.Ask) (exchange.Preview, error) {
	a, err := f.Advisory(ctx, ask.Advisory)
	if err != nil {
		return exchange.Preview{}, err
	}
	p := exchange.Preview{
		Decision: exchange.Decision{
			Allowed: f.Clause == "", Clause: cmp.Or(f.Clause, "MoU 2022/17 lets exposure go to CERT of Nowhere"), TLP: a.TLP,
			Channels: []exchange.Channel{exchange.ChannelCSAF}, NeedsApprover: true, NeedsLegal: advisory.NeedsLegal(a) && a.LegalBy == "",
		},
		Profile: ask.Profile,
		Files: []exchange.File{{
			Format: exchange.FormatCSAF, Name: "adv-1.json", MediaType: "application/json", Bytes: fmt.Appendf(nil, `{"document":{"title":%q}}`, a.Title),
		}},
		Diff: []advisory.FieldChange{{Field: "affected", Before: "org_name Grid", After: "country LK"}},
	}
	if ask.Team != "" {
		p.Agreement = "AGR-1"
	}
	if ask.Referral {
		p.Decision.Channels = []exchange.Channel{exchange.ChannelMail}
	}
	if f.Clause != "" {
		p.Decision.Rule = "tlp-ceiling"
	}
	if f.Leak != "" {
		p.Leaks = []string{f.Leak}
	}
	return p, nil
}

// RequestRelease stands in for the real one.
func (f *Fake) RequestRelease(_ context.Context, who string, r exchange.Release) (exchange.Release, error) {
	f.did(who, fmt.Sprintf("release.request %s to %s", r.Advisory, cmp.Or(string(r.Team), "everybody")))
	r.ID, r.State = exchange.ReleaseID(fmt.Sprintf("REL-%d", len(f.LetOut)+1)), exchange.ReleaseRequested
	r.RequestedBy, r.RequestedAt, r.Revision, r.TLP, r.Category = who, Noon, cmp.Or(r.Revision, 1), advisory.Amber, advisory.Exposure
	if len(r.Channels) == 0 {
		r.Channels = []exchange.Channel{exchange.ChannelCSAF}
	}
	f.LetOut = append(f.LetOut, r)
	return r, nil
}

// DenyRelease stands in for the real one.
func (f *Fake) DenyRelease(_ context.Context, who string, r exchange.Release, why string) error {
	f.did(who, fmt.Sprintf("release.deny %s to %s: %s", r.Advisory, cmp.Or(string(r.Team), "everybody"), why))
	return nil
}

// Approve lets a release of somebody else out, unless Clause refuses it.
func (f *Fake) Approve(_ context.Context, who string, id exchange.ReleaseID) (exchange.Release, error) {
	for i := range f.LetOut {
		r := &f.LetOut[i]
		switch {
		case r.ID != id:
			continue
		case r.RequestedBy == who:
			return *r, fmt.Errorf("approve release %s: %s asked for it: %w", id, who, inventory.ErrForbidden)
		case f.Clause != "":
			r.State, r.RefusedWhy = exchange.ReleaseRefused, f.Clause
			return *r, &exchange.RefusedError{Rule: "tlp-ceiling", Clause: f.Clause}
		}
		at, content := Noon, []byte(`{"document":{}}`)
		sum := sha256.Sum256(content)
		r.State, r.ApprovedBy, r.ReleasedAt, r.Clause = exchange.ReleaseDone, who, &at, "MoU 2022/17"
		r.Files = []exchange.File{{
			Format: exchange.FormatCSAF, Name: "adv-1.json", MediaType: "application/json", Bytes: content, SHA256: hex.EncodeToString(sum[:]), Signature: "signed",
		}}
		f.did(who, "release.approve "+string(id))
		return *r, nil
	}
	return exchange.Release{}, missing("release", string(id))
}

// RefuseRelease stands in for the real one.
func (f *Fake) RefuseRelease(_ context.Context, who string, id exchange.ReleaseID, reason string) error {
	f.did(who, fmt.Sprintf("release.refuse %s: %s", id, reason))
	return nil
}

// Release stands in for the real one.
func (f *Fake) Release(_ context.Context, id exchange.ReleaseID) (exchange.Release, error) {
	for _, r := range f.LetOut {
		if r.ID == id {
			return r, nil
		}
	}
	return exchange.Release{}, missing("release", string(id))
}

// Releases stands in for the real one.
func (f *Fake) Releases(_ context.Context, q exchange.ReleaseFilter, p inventory.Page) ([]exchange.Release, string, error) {
	var out []exchange.Release
	for _, r := range f.LetOut {
		if (q.State == "" || r.State == q.State) && (q.Team == "" || r.Team == q.Team) && (q.Advisory == "" || r.Advisory == q.Advisory) {
			out = append(out, r)
		}
	}
	return paged(out, p)
}

// Deliveries are one that is overdue.
func (f *Fake) Deliveries(_ context.Context, id exchange.ReleaseID) ([]exchange.Delivery, error) {
	due := Noon.Add(-time.Hour)
	return []exchange.Delivery{{Release: id, Team: "TEAM-1", Channel: exchange.ChannelCSAF, State: exchange.DeliveryAvailable, AckBy: &due}}, nil
}

// Receipts are one fetch.
func (f *Fake) Receipts(_ context.Context, id exchange.ReleaseID) ([]exchange.Receipt, error) {
	return []exchange.Receipt{{Release: id, Team: "TEAM-1", Channel: exchange.ChannelCSAF, Kind: exchange.ReceiptFetched, At: Noon, Credential: "key:sync", Path: "/amber/adv-1.json"}}, nil
}

// Overdue stands in for the real one.
func (f *Fake) Overdue(context.Context, time.Time) ([]exchange.Delivery, error) { return nil, nil }
