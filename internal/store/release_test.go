package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

func TestPublishedIsWhatHoldsNow(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b, c := w.team("b", "BD"), w.team("c", "IN")
	withB, withC := w.agree(b.ID, "MoU 1"), w.agree(c.ID, "MoU 2")
	w.release(w.approved("For all", advisory.Clear, advisory.Exposure).ID, "")
	w.release(w.approved("For B", advisory.Amber, advisory.Exposure).ID, b.ID)
	w.release(w.approved("For C", advisory.Green, advisory.Vulnerability).ID, c.ID)
	unreleased := w.approved("For nobody yet", advisory.Clear, advisory.Exposure)
	must(w.RequestRelease(ctx, "rita", exchange.Release{Advisory: unreleased.ID, Reason: "x"}))(t)

	wantTitles(t, "anybody", w.titles(""), "For all")
	wantTitles(t, "B", w.titles(b.ID), "For B", "For all")
	wantTitles(t, "C", w.titles(c.ID), "For C", "For all")
	wantTitles(t, "a team that is not there", w.titles("TEAM-9"), "For all")

	change := func(what string, id exchange.AgreementID, change func(*exchange.Agreement) error) {
		t.Helper()
		if _, err := w.ChangeAgreement(ctx, "mara", what, id, change); err != nil {
			t.Fatal(err)
		}
	}
	change("agreement.suspend", withB.ID, func(a *exchange.Agreement) error { return a.Suspend("mara", "a leak", w.clock.now()) })
	wantTitles(t, "B, suspended", w.titles(b.ID), "For all")
	_, err := w.PublishedFile(ctx, exchange.Caller{Team: b.ID}, exchange.FormatCSAF, "ADV-2.json")
	wantErr(t, "B's file while suspended", err, inventory.ErrNotFound)
	change("agreement.resume", withB.ID, func(a *exchange.Agreement) error { return a.Resume(w.clock.now()) })
	wantTitles(t, "B, resumed", w.titles(b.ID), "For B", "For all")

	c.State = exchange.TeamFormer
	if err := w.ChangeTeam(ctx, "mara", c.ID, becomes(c)); err != nil {
		t.Fatal(err)
	}
	wantTitles(t, "C, not confirmed any more", w.titles(c.ID), "For all")
	c.State = exchange.TeamConfirmed
	if err := w.ChangeTeam(ctx, "mara", c.ID, becomes(c)); err != nil {
		t.Fatal(err)
	}

	w.clock.advance(withB.ExpiresAt.Sub(w.clock.now()) - time.Microsecond)
	wantTitles(t, "B, a microsecond before the expiry", w.titles(b.ID), "For B", "For all")
	w.clock.advance(time.Microsecond)
	wantTitles(t, "B, at the very instant of the expiry", w.titles(b.ID), "For all")
	_, err = w.AgreementWith(ctx, b.ID, w.clock.now())
	wantErr(t, "the agreement with B at that instant", err, inventory.ErrNotFound)
	change("agreement.renew", withC.ID, func(a *exchange.Agreement) error { return a.Renew(time.Time{}, w.clock.now()) })
	wantTitles(t, "C, renewed", w.titles(c.ID), "For C", "For all")
	change("agreement.terminate", withC.ID, func(a *exchange.Agreement) error { return a.Terminate("mara", "as they wish", w.clock.now()) })
	wantTitles(t, "C, terminated", w.titles(c.ID), "For all")
}

func TestPublishedFileIsWhatWasSigned(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	a := w.approved("Both", advisory.Clear, advisory.Exposure)
	w.release(a.ID, "")
	mine := w.release(a.ID, b.ID)
	for who, want := range map[exchange.TeamID]exchange.ReleaseID{"": "REL-1", b.ID: mine.ID} {
		p := must(w.PublishedFile(ctx, exchange.Caller{Team: who}, exchange.FormatMISP, "ADV-1.json"))(t)
		if p.Release != want || len(p.File.Bytes) == 0 || p.File.SHA256 != sha(string(p.File.Bytes)) || p.Revision != 1 || p.Withdrawn {
			t.Errorf("%q got %+v, want the file of %s", who, p, want)
		}
	}
	for _, statement := range []string{
		"UPDATE release_files SET bytes = ''", "DELETE FROM release_files", "UPDATE releases SET tlp = 'clear'", "DELETE FROM releases",
		"UPDATE taxii_objects SET raw = ''", "DELETE FROM receipts",
	} {
		if _, err := connect(t, w.db.URL).ExecContext(ctx, statement); err == nil {
			t.Errorf("%s is allowed", statement)
		}
	}
	got := must(w.Release(ctx, mine.ID))(t)
	if len(got.Files) != 3 || len(got.Objects) != 3 || got.Clause != "allowed by the test" || got.ApprovedBy != "omar" || got.TLP != advisory.Clear {
		t.Errorf("Release = %+v", got)
	}
	_, err := w.Published(ctx, exchange.Caller{}, "pdf")
	wantErr(t, "an unknown format", err, inventory.ErrInvalid)
}

func TestNewestRevisionIsPublished(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	a := w.approved("First", advisory.Green, advisory.Exposure)
	first := w.release(a.ID, b.ID)
	w.clock.advance(time.Hour)
	must(w.ReviseAdvisory(ctx, "ada", a.ID, func(x advisory.Advisory) (advisory.Advisory, error) {
		x, err := advisory.Revise(x, "ada", "More is known.", w.clock.now())
		x.Title = "Second"
		return x, err
	}))(t)
	wantTitles(t, "while the second is a draft", w.titles(b.ID), "First")
	must(w.ApproveAdvisory(ctx, "mara", a.ID))(t)
	second := w.release(a.ID, b.ID)
	wantTitles(t, "after the second", w.titles(b.ID), "Second")
	if second.Supersedes != first.ID || second.Revision != 2 || !second.ReleasedAt.After(*first.ReleasedAt) {
		t.Errorf("the second release is %+v", second)
	}
	p := must(w.Published(ctx, exchange.Caller{Team: b.ID}, exchange.FormatCSAF))(t)[0]
	if !p.InitialReleased.Equal(*first.ReleasedAt) || !p.CurrentReleased.Equal(*second.ReleasedAt) {
		t.Errorf("dates %s to %s, want %s to %s", p.InitialReleased, p.CurrentReleased, first.ReleasedAt, second.ReleasedAt)
	}
	revisions := must(w.AdvisoryRevisions(ctx, a.ID))(t)
	if len(revisions) != 2 || revisions[0].State != advisory.Updated || revisions[1].State != advisory.Released {
		t.Errorf("AdvisoryRevisions = %+v", revisions)
	}
}

func TestWithdrawalReachesWhoeverGotIt(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	a := w.approved("Wrong", advisory.Clear, advisory.Incident)
	w.release(a.ID, b.ID)
	w.clock.advance(time.Hour)
	if got := must(w.WithdrawAdvisory(ctx, "ada", a.ID, "it was a mistake"))(t); got.State != advisory.Withdrawn {
		t.Errorf("state = %s", got.State)
	}
	wanted, _, err := w.Releases(ctx, exchange.ReleaseFilter{Advisory: a.ID, State: exchange.ReleaseRequested}, inventory.Page{})
	if err != nil || len(wanted) != 1 || wanted[0].Team != b.ID || !wanted[0].Withdrawal || wanted[0].Revision != 2 {
		t.Fatalf("requested %+v, %v", wanted, err)
	}
	_, err = w.ApproveRelease(ctx, "ada", wanted[0].ID, pen)
	wantErr(t, "who withdrew approves", err, inventory.ErrForbidden)
	done := must(w.ApproveRelease(ctx, "omar", wanted[0].ID, pen))(t)
	p := must(w.Published(ctx, exchange.Caller{Team: b.ID}, exchange.FormatCSAF))(t)
	if len(p) != 1 || !p[0].Withdrawn || p[0].Release != done.ID {
		t.Errorf("published %+v", p)
	}
	_, err = w.RequestRelease(ctx, "rita", exchange.Release{Advisory: a.ID, Revision: 1, Team: b.ID})
	wantErr(t, "a release of what was withdrawn", err, inventory.ErrConflict)
}

func TestReleaseInstantsNeverTie(t *testing.T) {
	w := newWorld(t)
	w.clock.advance(500 * time.Millisecond)
	last := start
	for i := range 3 {
		if i == 2 {
			w.clock.advance(-time.Hour) // somebody put the clock back
		}
		r := w.release(w.approved("A", advisory.Clear, advisory.Exposure).ID, "")
		if !r.ReleasedAt.After(last) || r.ReleasedAt.Truncate(time.Second) != *r.ReleasedAt {
			t.Errorf("release %d is of %s, after one of %s", i, r.ReleasedAt, last)
		}
		last = *r.ReleasedAt
	}
}

func TestApproveRelease(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	a := w.approved("A", advisory.Green, advisory.Exposure)
	ask := func() exchange.Release {
		t.Helper()
		return must(w.RequestRelease(ctx, "rita", exchange.Release{Advisory: a.ID, Team: b.ID, Reason: "x"}))(t)
	}
	r := ask()
	if r.ID != "REL-1" || r.Agreement != "AGR-1" || r.TLP != advisory.Green || len(r.Channels) != 4 || r.Profile.Organization != exchange.Coarsen {
		t.Errorf("requested %+v", r)
	}
	_, err := w.RequestRelease(ctx, "ravi", exchange.Release{Advisory: a.ID, Team: b.ID, Reason: "x"})
	wantErr(t, "the same request again", err, inventory.ErrConflict)
	_, err = w.ApproveRelease(ctx, "Rita", r.ID, pen)
	wantErr(t, "who asked approves", err, inventory.ErrForbidden)

	broken := errors.New("no key to sign with")
	_, err = w.ApproveRelease(ctx, "omar", r.ID, func(r exchange.Release, a advisory.Advisory, at time.Time) (exchange.Release, error) {
		r, _ = pen(r, a, at)
		return r, broken
	})
	wantErr(t, "a fault of the pen", err, broken)
	_, err = w.ApproveRelease(ctx, "omar", r.ID, func(r exchange.Release, a advisory.Advisory, at time.Time) (exchange.Release, error) {
		r, _ = pen(r, a, at)
		r.Files[0].SHA256 = sha("something else")
		return r, nil
	})
	wantErr(t, "a file that is not what was signed", err, inventory.ErrInvalid)
	if got := must(w.Release(ctx, r.ID))(t); got.State != exchange.ReleaseRequested || len(got.Files) != 0 {
		t.Errorf("half released: %+v", got)
	}

	refusal := &exchange.RefusedError{Rule: "tlp-ceiling", Clause: "MoU 1 goes up to TLP:CLEAR"}
	refused, err := w.ApproveRelease(ctx, "omar", r.ID, func(r exchange.Release, _ advisory.Advisory, _ time.Time) (exchange.Release, error) {
		return r, refusal
	})
	wantErr(t, "a refusal of the gate", err, inventory.ErrForbidden)
	if refused.State != exchange.ReleaseRefused || must(w.Release(ctx, r.ID))(t).RefusedWhy != refusal.Error() {
		t.Errorf("after the refusal: %+v", refused)
	}
	if n := w.rows("SELECT count(*) FROM audit_log WHERE act = 'release.refuse' AND detail->>'clause' LIKE '%MoU 1%'"); n != 1 {
		t.Errorf("%d audit entries of the refusal, want 1", n)
	}
	_, err = w.ApproveRelease(ctx, "omar", r.ID, pen)
	wantErr(t, "what was refused", err, inventory.ErrConflict)

	r = ask()
	if err := w.RefuseRelease(ctx, "omar", r.ID, "not now"); err != nil {
		t.Fatal(err)
	}
	r = ask()
	must(w.ApproveRelease(ctx, "omar", r.ID, pen))(t)
	if got := must(w.Advisory(ctx, a.ID))(t); got.State != advisory.Released {
		t.Errorf("the advisory is %s", got.State)
	}
	_, err = w.RequestRelease(ctx, "ravi", exchange.Release{Advisory: a.ID, Team: b.ID, Reason: "x"})
	wantErr(t, "a revision that they have", err, inventory.ErrConflict)
	if _, err := w.VerifyAudit(ctx); err != nil {
		t.Error(err)
	}
}

// What the store itself refuses whatever the gate says.
func TestReleaseRulesInSQL(t *testing.T) {
	w := newWorld(t)
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	for _, tt := range []struct {
		name string
		team exchange.TeamID
		pen  func(*exchange.Release)
	}{
		{"red without a legal officer", b.ID, func(r *exchange.Release) { r.TLP = advisory.Red }},
		{"an incident without a legal officer", b.ID, func(r *exchange.Release) { r.Category = advisory.Incident }},
		{"green for everybody", "", func(r *exchange.Release) { r.TLP = advisory.Green }},
		{"indicators for everybody", "", func(r *exchange.Release) { r.Category = advisory.Indicators }},
		{"no label", b.ID, func(r *exchange.Release) { r.TLP = "" }},
	} {
		a := w.approved(tt.name, advisory.Clear, advisory.Exposure)
		r := must(w.RequestRelease(t.Context(), "rita", exchange.Release{Advisory: a.ID, Team: tt.team, Reason: "x"}))(t)
		_, err := w.ApproveRelease(t.Context(), "omar", r.ID, func(r exchange.Release, a advisory.Advisory, at time.Time) (exchange.Release, error) {
			r, err := pen(r, a, at)
			tt.pen(&r)
			return r, err
		})
		wantErr(t, tt.name, err, inventory.ErrInvalid)
	}
	draft := must(w.CreateAdvisory(t.Context(), "ada", advisory.Advisory{Title: "D", TLP: advisory.Clear}))(t)
	_, err := w.RequestRelease(t.Context(), "rita", exchange.Release{Advisory: draft.ID})
	wantErr(t, "a draft", err, inventory.ErrConflict)
}

func TestReferralIsAtNoDoor(t *testing.T) {
	w := newWorld(t)
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	a := w.approved("Crime", advisory.Green, advisory.Exposure)
	r := must(w.RequestRelease(t.Context(), "rita", exchange.Release{
		Advisory: a.ID, Team: b.ID, Referral: true, Reason: "x", Channels: []exchange.Channel{exchange.ChannelCSAF, exchange.ChannelTAXII, exchange.ChannelMail},
	}))(t)
	must(w.ApproveRelease(t.Context(), "omar", r.ID, pen))(t)
	wantTitles(t, "B", w.titles(b.ID))
	if n := w.rows("SELECT count(*) FROM taxii_objects"); n != 0 {
		t.Errorf("%d objects are in a collection", n)
	}
	all := must(w.Deliveries(t.Context(), r.ID))(t)
	if len(all) != 1 || all[0].Channel != exchange.ChannelMail {
		t.Errorf("deliveries = %+v", all)
	}
}

func TestApprovalsAtOnce(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	const n = 12 // more than there are connections
	errs := make(chan error, n)
	for range n {
		a := w.approved("A", advisory.Clear, advisory.Exposure)
		r := must(w.RequestRelease(ctx, "rita", exchange.Release{Advisory: a.ID, Reason: "x"}))(t)
		go func() {
			_, err := w.ApproveRelease(ctx, "omar", r.ID, func(r exchange.Release, a advisory.Advisory, at time.Time) (exchange.Release, error) {
				if _, err := w.Forbidden(ctx); err != nil { // a connection besides
					return r, err
				}
				return pen(r, a, at)
			})
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := w.rows("SELECT count(DISTINCT released_at) FROM releases"); got != n {
		t.Errorf("%d instants for %d releases", got, n)
	}
}

func TestComments(t *testing.T) {
	w := newWorld(t)
	a := w.approved("A", advisory.Clear, advisory.Exposure)
	c := must(w.CommentAdvisory(t.Context(), "omar", a.ID, "summary", "Too long."))(t)
	if err := w.ResolveComment(t.Context(), "ada", c.ID); err != nil {
		t.Fatal(err)
	}
	all := must(w.Comments(t.Context(), a.ID))(t)
	if len(all) != 1 || all[0].ID != "COM-1" || all[0].Text != "Too long." || all[0].Field != "summary" || all[0].ResolvedBy != "ada" {
		t.Errorf("Comments = %+v", all)
	}
	_, err := w.ReviseAdvisory(t.Context(), "ada", a.ID, func(x advisory.Advisory) (advisory.Advisory, error) {
		x.State, x.Approver = advisory.Released, "ada"
		return x, nil
	})
	wantErr(t, "a revision that approves itself", err, inventory.ErrForbidden)
}

// A revision that went by fewer ways than the one before does not hide the
// withdrawal from who got that; nor does an agreement that was renewed since.
func TestWithdrawalGoesEveryWayTaken(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	old := w.agree(b.ID, "MoU 1")
	a := w.approved("Wrong", advisory.Green, advisory.Exposure)
	for i, way := range []exchange.Channel{exchange.ChannelMail, exchange.ChannelCSAF} {
		if i > 0 {
			w.revise(a.ID, a.TLP)
		}
		r := must(w.RequestRelease(ctx, "rita", exchange.Release{Advisory: a.ID, Team: b.ID, Reason: "x", Channels: []exchange.Channel{way}}))(t)
		must(w.ApproveRelease(ctx, "omar", r.ID, pen))(t)
	}
	must(w.ChangeAgreement(ctx, "mara", "agreement.terminate", old.ID, func(g *exchange.Agreement) error {
		return g.Terminate("mara", "a new one is signed", w.clock.now())
	}))(t)
	renewed := w.agree(b.ID, "MoU 2")
	must(w.WithdrawAdvisory(ctx, "ada", a.ID, "it was a mistake"))(t)
	r := must(w.Release(ctx, "REL-3"))(t)
	slices.Sort(r.Channels)
	if !slices.Equal(r.Channels, []exchange.Channel{exchange.ChannelCSAF, exchange.ChannelMail}) || r.Agreement != renewed.ID {
		t.Errorf("the withdrawal is to go by %v under %s", r.Channels, r.Agreement)
	}
}

// Our clock counts microseconds, others' nanoseconds: what is signed at this
// very moment is not signed in the future.
func TestSignNow(t *testing.T) {
	w := newWorld(t)
	b := w.team("b", "BD")
	g := must(w.CreateAgreement(t.Context(), "mara", exchange.Agreement{
		Team: b.ID, Reference: "MoU 1", EffectiveAt: start, ExpiresAt: start.AddDate(1, 0, 0),
		Ours: exchange.Party{Authority: "Ministry", CERT: "CERT A"}, Theirs: exchange.Party{Authority: "Agency", CERT: "CERT B"},
		Give: terms(advisory.Amber), Take: terms(advisory.Amber),
	}))(t)
	w.clock.advance(999 * time.Nanosecond)
	must(w.SignAgreement(t.Context(), "mara", g.ID, w.clock.now(), "mou.pdf", []byte("signed")))(t)
}
