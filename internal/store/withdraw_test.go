package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// TestWithdrawalIsToldToNobodyNew keeps what is red from who never had it: for
// a withdrawal no legal officer is asked.
func TestWithdrawalIsToldToNobodyNew(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b, c := w.team("b", "BD"), w.team("c", "IN")
	w.agree(b.ID, "MoU 1")
	w.agree(c.ID, "MoU 2")
	a := w.approved("Wrong", advisory.Green, advisory.Exposure)
	w.release(a.ID, b.ID)
	must(w.WithdrawAdvisory(ctx, "ada", a.ID, "it was a mistake"))(t)
	for _, audience := range []exchange.TeamID{c.ID, ""} {
		_, err := w.RequestRelease(ctx, "rita", exchange.Release{Advisory: a.ID, Team: audience, Reason: "x"})
		wantErr(t, "tell "+string(audience)+" of what it never had", err, inventory.ErrConflict)
	}
	if err := w.RefuseRelease(ctx, "mara", "REL-2", "not yet"); err != nil {
		t.Fatal(err)
	}
	must(w.RequestRelease(ctx, "rita", exchange.Release{Advisory: a.ID, Team: b.ID, Reason: "x"}))(t)
}

// TestListingSaysWhatLeft edits between request and release, and redacts.
func TestListingSaysWhatLeft(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	a := w.approved("Before", advisory.Green, advisory.Exposure)
	r := must(w.RequestRelease(ctx, "rita", exchange.Release{Advisory: a.ID, Team: b.ID, Reason: "x"}))(t)
	must(w.ApproveRelease(ctx, "omar", r.ID, func(r exchange.Release, a advisory.Advisory, at time.Time) (exchange.Release, error) {
		r, err := pen(r, a, at)
		r.Title, r.Summary = "After", "redacted"
		return r, err
	}))(t)
	got := must(w.Published(ctx, exchange.Caller{Team: b.ID}, exchange.FormatCSAF))(t)
	if len(got) != 1 || got[0].Title != "After" || got[0].Summary != "redacted" {
		t.Errorf("listed as %+v", got)
	}
}

// TestWithdrawalSaysNothingNew withdraws while somebody writes.
func TestWithdrawalSaysNothingNew(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	a := w.approved("Wrong", advisory.Amber, advisory.Exposure)
	w.release(a.ID, b.ID)
	must(w.ReviseAdvisory(ctx, "ada", a.ID, func(a advisory.Advisory) (advisory.Advisory, error) {
		a, err := advisory.Revise(a, "ada", "Once more.", w.clock.now())
		a.Title, a.TLP, a.Referral = "Nobody approved this", advisory.Clear, true
		return a, err
	}))(t)
	got := must(w.WithdrawAdvisory(ctx, "ada", a.ID, "it was a mistake"))(t)
	if got.Title != "Wrong" || got.TLP != advisory.Amber || got.Referral || got.Revision != 3 || len(got.Published()) != 2 {
		t.Errorf("the withdrawal is %+v", got)
	}
	if _, err := w.WithdrawAdvisory(ctx, "ada", a.ID, "again"); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("withdrawn twice: %v", err)
	}
}

// TestSentBackEndsRequests edits what somebody has asked to release.
func TestSentBackEndsRequests(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	a := w.approved("Seen by who asks", advisory.Amber, advisory.Exposure)
	r := must(w.RequestRelease(ctx, "rita", exchange.Release{Advisory: a.ID, Team: b.ID, Reason: "x"}))(t)
	_, err := w.RequestRelease(ctx, "rita", exchange.Release{Advisory: a.ID, Team: b.ID, Reason: "x"})
	if wantErr(t, "asked twice", err, inventory.ErrConflict); !strings.Contains(err.Error(), "requested already, as REL-1") {
		t.Errorf("asked twice: %v", err)
	}
	must(w.ReviseAdvisory(ctx, "mara", a.ID, func(a advisory.Advisory) (advisory.Advisory, error) { return advisory.Return(a, w.clock.now()) }))(t)
	must(w.ReviseAdvisory(ctx, "ada", a.ID, func(a advisory.Advisory) (advisory.Advisory, error) {
		f := a.Fields()
		f.Title, f.TLP = "Seen by nobody who asked", advisory.Green
		return advisory.Edit(a, f, "ada", w.clock.now())
	}))(t)
	must(w.ApproveAdvisory(ctx, "mara", a.ID))(t)
	_, err = w.ApproveRelease(ctx, "omar", r.ID, pen)
	wantErr(t, "release other words than were asked for", err, inventory.ErrConflict)
	if got := must(w.Release(ctx, r.ID))(t); got.State != exchange.ReleaseRefused || got.RefusedWhy == "" || len(got.Files) != 0 {
		t.Errorf("the request is %+v", got)
	}
	must(w.RequestRelease(ctx, "rita", exchange.Release{Advisory: a.ID, Team: b.ID, Reason: "x"}))(t)
}

func TestPermitOrigin(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	a := must(w.CreateAdvisory(ctx, "ada", advisory.Advisory{
		Category: advisory.Exposure, TLP: advisory.Amber, Title: "Theirs", Summary: "Something is open.",
		Origins: []advisory.Origin{{Team: string(b.ID), Document: "X/1", TLP: advisory.Amber}},
	}))(t)
	_, err := w.PermitOrigin(ctx, "mara", a.ID, b.ID, []string{"*"}, " ")
	wantErr(t, "without a reason", err, inventory.ErrInvalid)
	_, err = w.PermitOrigin(ctx, "mara", a.ID, "TEAM-9", []string{"*"}, "by mail")
	wantErr(t, "by who has no part in it", err, inventory.ErrConflict)
	must(w.PermitOrigin(ctx, "mara", a.ID, b.ID, []string{"TEAM-9"}, "by mail of today"))(t)
	got := must(w.Advisory(ctx, a.ID))(t)
	said := must(w.Comments(ctx, a.ID))(t)
	if len(got.Origins[0].Consent) != 1 || len(said) != 1 || said[0].By != "mara" || !strings.Contains(said[0].Text, "TEAM-9: by mail of today") {
		t.Errorf("kept %+v, and said %+v", got.Origins, said)
	}
}
