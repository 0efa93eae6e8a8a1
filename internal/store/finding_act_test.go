package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

func all(f inventory.FindingFilter) inventory.Chosen { return inventory.Chosen{All: true, Filter: f} }

func only(ids ...inventory.FindingID) inventory.Chosen { return inventory.Chosen{IDs: ids} }

func (w *world) found(id inventory.FindingID) inventory.Finding {
	w.t.Helper()
	return must(w.Finding(w.t.Context(), id))(w.t)
}

func TestActsAndUndo(t *testing.T) {
	w, power, _ := found20(t)
	ctx := t.Context()
	execSQL(t, w.db.URL, "INSERT INTO accounts (name, handle, role, password_hash, created_at) VALUES ('amara', 'h', 'analyst', '$argon2id$x', now())")
	until := w.clock.now().Add(48 * time.Hour)
	for _, deed := range []inventory.FindingDeed{
		{Kind: inventory.ActAssign, Assignee: "amara"},
		{Kind: inventory.ActWork, Work: inventory.WorkTriaged, Reason: "looked at"},
		{Kind: inventory.ActWaive, Waiver: inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, Reason: "until the move", Until: until}},
		{Kind: inventory.ActTag, Tag: " VPN "},
		{Kind: inventory.ActNotice, Text: "Please close the port.\nToday."},
	} {
		done, err := w.ActOnFindings(ctx, "nimal", all(inventory.FindingFilter{Org: power}), deed)
		if err != nil || done.Changed != 10 {
			t.Fatalf("%s: %+v, %v; want 10 changed", deed.Kind, done, err)
		}
	}
	f := w.found("F-1")
	if f.Assignee != "amara" || f.Work != inventory.WorkNotified || f.Waiver.Kind != inventory.WaiverAcceptedRisk || f.Waiver.By != "nimal" ||
		len(f.Tags) != 1 || f.Tags[0] != "vpn" || f.Version != 6 {
		t.Errorf("after all acts: %+v", f)
	}
	if f := w.found("F-2"); f.Version != 1 || f.Assignee != "" {
		t.Errorf("another organisation's: %+v", f)
	}
	if c := must(w.FindingComments(ctx, inventory.Speaker{Name: "op", Org: power}, "F-1"))(t); len(c) != 1 || !c[0].Shared || c[0].Author != "nimal" {
		t.Errorf("the operator reads %+v, want the notice", c)
	}

	before := w.found("F-1")
	notice := must(w.ActOnFindings(ctx, "nimal", only("F-1", "F-2"), inventory.FindingDeed{Kind: inventory.ActNotice, Text: "A mistake."}))(t)
	must(w.UndoAct(ctx, "nimal", notice.ID))(t)
	c := must(w.FindingComments(ctx, inventory.Speaker{Name: "op", Org: power}, "F-1"))(t)
	if len(c) != 2 || !c[0].WithdrawnAt.IsZero() || !c[1].WithdrawnAt.Equal(w.clock.now()) || c[1].Text != "A mistake." {
		t.Errorf("comments after a notice was undone = %+v, want the second withdrawn", c)
	}
	if f := w.found("F-1"); f.Work != before.Work || w.found("F-2").Work != inventory.WorkNew {
		t.Errorf("work after a notice was undone = %s", f.Work)
	}

	again, err := w.ActOnFindings(ctx, "nimal", all(inventory.FindingFilter{}), inventory.FindingDeed{Kind: inventory.ActAssign, Assignee: "nimal"})
	if err != nil || again.Changed != 20 {
		t.Fatalf("assign all to oneself: %+v, %v", again, err)
	}
	if _, err := w.ActOnFindings(ctx, "kumari", only("F-3"), inventory.FindingDeed{Kind: inventory.ActAssign}); err != nil {
		t.Fatal(err)
	}
	_, err = w.UndoAct(ctx, "kumari", again.ID)
	wantErr(t, "undoing what another did", err, inventory.ErrNotFound)
	undone := must(w.UndoAct(ctx, "nimal", again.ID))(t)
	if undone.Restored != 19 || undone.Kept != 1 {
		t.Errorf("undone %+v, want 19 restored and the one kept that kumari changed since", undone)
	}
	if a, b, c := w.found("F-1"), w.found("F-2"), w.found("F-3"); a.Assignee != "amara" || b.Assignee != "" || c.Assignee != "" {
		t.Errorf("after undo: %q, %q, %q", a.Assignee, b.Assignee, c.Assignee)
	}
	_, err = w.UndoAct(ctx, "nimal", again.ID)
	wantErr(t, "undoing twice", err, inventory.ErrConflict)
	last := must(w.ActOnFindings(ctx, "nimal", only("F-1", "F-2"), inventory.FindingDeed{Kind: inventory.ActUntag, Tag: "vpn"}))(t)
	if last.Changed != 1 {
		t.Errorf("untagged %d, want the one that had it", last.Changed)
	}
	w.clock.advance(inventory.UndoWithin)
	_, err = w.UndoAct(ctx, "nimal", last.ID)
	wantErr(t, "undoing late", err, inventory.ErrConflict)
	if v := must(w.VerifyAudit(ctx))(t); v.Act != "finding.bulk" {
		t.Errorf("last audited act = %+v", v)
	}
}

func TestActsRefuse(t *testing.T) {
	w, _, _ := found20(t)
	ctx := t.Context()
	one := only("F-1")
	one.Version = 1
	must(w.ActOnFindings(ctx, "nimal", one, inventory.FindingDeed{Kind: inventory.ActWork, Work: inventory.WorkTriaged}))(t)
	for name, c := range map[string]struct {
		chosen inventory.Chosen
		deed   inventory.FindingDeed
		want   error
	}{
		"an old version":     {one, inventory.FindingDeed{Kind: inventory.ActWork, Work: inventory.WorkNotified}, inventory.ErrStale},
		"nothing there":      {only("F-99"), inventory.FindingDeed{Kind: inventory.ActWork, Work: inventory.WorkNotified}, inventory.ErrNotFound},
		"nothing chosen":     {only(), inventory.FindingDeed{Kind: inventory.ActWork, Work: inventory.WorkNotified}, inventory.ErrInvalid},
		"an unknown state":   {only("F-1"), inventory.FindingDeed{Kind: inventory.ActWork, Work: "done"}, inventory.ErrInvalid},
		"an unknown act":     {only("F-1"), inventory.FindingDeed{Kind: "close"}, inventory.ErrInvalid},
		"a stranger":         {only("F-1"), inventory.FindingDeed{Kind: inventory.ActAssign, Assignee: "nobody-here"}, inventory.ErrInvalid},
		"no draft":           {only("F-1"), inventory.FindingDeed{Kind: inventory.ActAdvise, Advisory: "ADV-9"}, inventory.ErrInvalid},
		"no reason":          {only("F-1"), inventory.FindingDeed{Kind: inventory.ActWaive, Waiver: inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, Until: start.AddDate(0, 1, 0)}}, inventory.ErrInvalid},
		"a waiver from then": {only("F-1"), inventory.FindingDeed{Kind: inventory.ActWaive, Waiver: inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, Reason: "x", Until: start}}, inventory.ErrInvalid},
	} {
		_, err := w.ActOnFindings(ctx, "nimal", c.chosen, c.deed)
		wantErr(t, name, err, c.want)
	}
	if f := w.found("F-1"); f.Version != 2 || f.Work != inventory.WorkTriaged {
		t.Errorf("a refused act changed %+v", f)
	}
}

func TestAnswersAndDisputes(t *testing.T) {
	w, power, bank := found20(t)
	ctx := t.Context()
	op, stranger, cert := inventory.Speaker{Name: "sita", Org: power}, inventory.Speaker{Name: "ravi", Org: bank}, inventory.Speaker{Name: "nimal"}
	day := w.clock.now().AddDate(0, 1, 0)

	wantErr(t, "a stranger's answer", w.AnswerFinding(ctx, stranger, "F-1", inventory.Reply{Answer: inventory.AnswerFixed}), inventory.ErrNotFound)
	wantErr(t, "a claim without a reason", w.AnswerFinding(ctx, op, "F-1", inventory.Reply{Answer: inventory.AnswerNotMine}), inventory.ErrInvalid)
	for _, r := range []inventory.Reply{
		{Answer: inventory.AnswerFixed},
		{Answer: inventory.AnswerWorking, Until: day},
		{Answer: inventory.AnswerNotMine, Reason: "it is the bank's"},
		{Answer: inventory.AnswerAcceptRisk, Reason: "old device", Until: day},
	} {
		if err := w.AnswerFinding(ctx, op, "F-1", r); err != nil {
			t.Fatalf("%s: %v", r.Answer, err)
		}
	}
	f := w.found("F-1")
	if !f.Detection.Present() || f.Waiver.Kind != inventory.WaiverNone || f.Dispute != inventory.DisputeOpen || f.Answer != inventory.AnswerAcceptRisk ||
		f.Work != inventory.WorkInProgress || f.PromisedAt != nil {
		t.Errorf("after answers: %+v, want it open, not waived and disputed", f)
	}
	waiting, _, err := w.Disputes(ctx, inventory.DisputeFilter{Waiting: true}, inventory.Page{})
	if err != nil || len(waiting) != 1 || waiting[0].Claim != inventory.AnswerAcceptRisk || waiting[0].About.OrgName != "Power" || !waiting[0].Until.Equal(day) {
		t.Fatalf("disputes that wait = %+v, %v; want the last claim only", waiting, err)
	}
	id := waiting[0].ID
	if err := w.SayInDispute(ctx, cert, id, "For how long exactly?"); err != nil {
		t.Fatal(err)
	}
	if f := w.found("F-1"); f.Dispute != inventory.DisputeAnswered {
		t.Errorf("dispute after the CERT's answer = %q", f.Dispute)
	}
	wantErr(t, "a stranger's word", w.SayInDispute(ctx, stranger, id, "me too"), inventory.ErrNotFound)
	if err := w.SayInDispute(ctx, op, id, "Until the move."); err != nil {
		t.Fatal(err)
	}
	line, thread, err := w.Dispute(ctx, id)
	if err != nil || line.State != inventory.DisputeOpen || len(thread) != 3 || thread[1].Operator || !thread[2].Operator {
		t.Errorf("dispute %+v with %+v, %v", line.Dispute, thread, err)
	}
	if err := w.RuleDispute(ctx, "nimal", id, inventory.Ruling{State: inventory.DisputeUpheld, Reason: "agreed", Until: day}); err != nil {
		t.Fatal(err)
	}
	f = w.found("F-1")
	if f.Waiver.Kind != inventory.WaiverAcceptedRisk || !f.Waiver.Until.Equal(day) || f.Dispute != "" || !f.Detection.Present() {
		t.Errorf("after the ruling: %+v", f)
	}
	wantErr(t, "ruling twice", w.RuleDispute(ctx, "nimal", id, inventory.Ruling{State: inventory.DisputeRejected, Reason: "no"}), inventory.ErrConflict)

	if err := w.AnswerFinding(ctx, op, "F-3", inventory.Reply{Answer: inventory.AnswerCannotReproduce, Reason: "nothing there"}); err != nil {
		t.Fatal(err)
	}
	waiting, _, err = w.Disputes(ctx, inventory.DisputeFilter{Org: power, Finding: "F-3"}, inventory.Page{})
	if err != nil || len(waiting) != 1 {
		t.Fatal(waiting, err)
	}
	if err := w.RuleDispute(ctx, "nimal", waiting[0].ID, inventory.Ruling{State: inventory.DisputeRejected, Reason: "see the evidence"}); err != nil {
		t.Fatal(err)
	}
	if f := w.found("F-3"); f.Waiver.Kind != inventory.WaiverNone || f.Dispute != "" {
		t.Errorf("after a rejection: %+v", f)
	}
	if err := w.AddFindingComment(ctx, cert, "F-3", false, "they always say that"); err != nil {
		t.Fatal(err)
	}
	if ours, theirs := must(w.FindingComments(ctx, cert, "F-3"))(t), must(w.FindingComments(ctx, op, "F-3"))(t); len(ours) != 3 || len(theirs) != 2 {
		t.Errorf("the CERT reads %d, the operator %d comments; want 3 and 2", len(ours), len(theirs))
	}
	if n := must(w.CountHandled(ctx, "nimal", start))(t); n != 2 {
		t.Errorf("handled %d, want 2", n)
	}
}

func TestFindingViews(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org := w.org("Power")
	nimal, kumari, sita := inventory.Speaker{Name: "nimal"}, inventory.Speaker{Name: "kumari"}, inventory.Speaker{Name: "sita", Org: org}
	mine := must(w.SaveFindingView(ctx, nimal, inventory.View{Name: "KEV", Query: "kev=yes", Standard: true}))(t)
	must(w.SaveFindingView(ctx, nimal, inventory.View{Name: "Rail", Query: "sector=transport", Team: true, Standard: true}))(t)
	must(w.SaveFindingView(ctx, sita, inventory.View{Name: "Ours", Query: "", Team: true}))(t)
	same := must(w.SaveFindingView(ctx, nimal, inventory.View{Name: "kev", Query: "kev=yes&due=overdue"}))(t)
	if same.ID != mine.ID || same.Standard {
		t.Errorf("saved again = %+v, want %s without being the standard", same, mine.ID)
	}
	if v := must(w.FindingViews(ctx, nimal))(t); len(v) != 2 || !v[1].Standard {
		t.Errorf("nimal's = %+v", v)
	}
	if v := must(w.FindingViews(ctx, kumari))(t); len(v) != 1 || v[0].Name != "Rail" {
		t.Errorf("kumari's = %+v, want the team's", v)
	}
	if v := must(w.FindingViews(ctx, sita))(t); len(v) != 1 || v[0].Name != "Ours" {
		t.Errorf("sita's = %+v, want her organisation's", v)
	}
	wantErr(t, "deleting another's", w.DeleteFindingView(ctx, "kumari", mine.ID), inventory.ErrNotFound)
	if err := w.DeleteFindingView(ctx, "nimal", mine.ID); err != nil {
		t.Error(err)
	}
}

func TestRescansAreFew(t *testing.T) {
	w, power, bank := found20(t)
	ctx := t.Context()
	op, cert := inventory.Speaker{Name: "sita", Org: power}, inventory.Speaker{Name: "nimal"}
	_, num, err := w.ReserveRescan(ctx, op, "F-1")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = w.ReserveRescan(ctx, cert, "F-1")
	wantErr(t, "at once again", err, inventory.ErrConflict)
	if err := w.BeginRescan(ctx, op, num, "F-1", ""); err != nil { // nothing could be begun: it does not count
		t.Fatal(err)
	}
	_, err = w.LastRescan(ctx, "F-1")
	wantErr(t, "a rescan that was taken back", err, inventory.ErrNotFound)
	for i := range 20 {
		w.clock.advance(6 * time.Minute)
		if _, _, err := w.ReserveRescan(ctx, op, inventory.FindingID(fmt.Sprintf("F-%d", 1+2*(i%10)))); err != nil {
			t.Fatalf("rescan %d: %v", i, err)
		}
	}
	w.clock.advance(6 * time.Minute)
	_, _, err = w.ReserveRescan(ctx, op, "F-1")
	wantErr(t, "the 21st of a day", err, inventory.ErrConflict)
	if inventory.HintOf(err) == "" {
		t.Error("it does not say what to do")
	}
	if _, _, err := w.ReserveRescan(ctx, cert, "F-1"); err != nil {
		t.Errorf("the CERT's: %v", err)
	}
	_, _, err = w.ReserveRescan(ctx, inventory.Speaker{Name: "ravi", Org: bank}, "F-1")
	wantErr(t, "a stranger's", err, inventory.ErrNotFound)
}

func TestRescanTellsWhatWasSeen(t *testing.T) {
	w, power, _ := found20(t)
	ctx := t.Context()
	by := inventory.Speaker{Name: "sita", Org: power}
	f := w.found("F-1")
	blocked := func(task scanner.Task) scanner.Report {
		r := quiet(task)
		r.Result.Checks[0].Ran = nil
		r.Result.Checks[0].Missed = []inventory.Missed{{Check: testCheck, Reason: "timed out"}}
		return r
	}
	for _, c := range []struct {
		report func(scanner.Task) scanner.Report
		want   inventory.RescanState
	}{
		{w.sees, inventory.RescanThere},
		{blocked, inventory.RescanNotTested},
		{blocked, inventory.RescanNotTested},
		{quiet, inventory.RescanNotSeen},
		{quiet, inventory.RescanFixed},
	} {
		w.clock.advance(time.Hour)
		_, num, err := w.ReserveRescan(ctx, by, f.ID)
		if err != nil {
			t.Fatal(err)
		}
		sc := w.scan(power, []scanner.Host{host(inventory.Asset{ID: f.Asset}, f.Addr.String())})
		if err := w.BeginRescan(ctx, by, num, f.ID, sc.ID); err != nil {
			t.Fatal(err)
		}
		if r := must(w.LastRescan(ctx, f.ID))(t); r.State != inventory.RescanWaiting || r.By != "sita" {
			t.Errorf("before: %+v", r)
		}
		task := w.claim("worker-1")
		if r := must(w.LastRescan(ctx, f.ID))(t); r.State != inventory.RescanRunning {
			t.Errorf("while it runs: %+v", r)
		}
		w.finish(c.report(task))
		w.judge(task.ID)
		if r := must(w.LastRescan(ctx, f.ID))(t); r.State != c.want || r.Reason == "" || !r.State.Ended() {
			t.Errorf("rescan = %+v, want %s and why", r, c.want)
		}
	}
}
