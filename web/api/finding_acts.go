package api

import (
	"context"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

func (s *server) registerFindingActs() {
	handle(s, "act-on-findings", "POST /findings/acts", "Assign, waive, tag or move findings, one or many at once", s.actOnFindings)
	handle(s, "undo-act", "POST /findings/acts/{id}/undo", "Undo an act of the last ten minutes", s.undoAct)
	handle(s, "rescan-findings", "POST /findings/rescans", "Look at several findings again", s.rescanFindings)
	handle(s, "count-handled", "GET /findings/handled", "Count the findings that the caller decided about", s.countHandled)
	handle(s, "list-finding-views", "GET /finding-views", "List saved views of findings", s.listViews)
	handle(s, "save-finding-view", "POST /finding-views", "Save a view of findings", s.saveView)
	handle(s, "delete-finding-view", "DELETE /finding-views/{id}", "Delete a saved view", s.deleteView)
}

// speaker is who acts, and for whom.
func speaker(ctx context.Context) inventory.Speaker {
	id, _ := auth.FromContext(ctx)
	return inventory.Speaker{Name: id.User, Org: id.Org}
}

// chosen are the findings that a deed is for.
func (s *server) chosen(ctx context.Context, in *FindingSelection, ids []string, every bool) (inventory.Chosen, error) {
	f, err := s.findingFilter(ctx, in)
	if err != nil {
		return inventory.Chosen{}, err
	}
	out := inventory.Chosen{IDs: typed[inventory.FindingID](ids), All: every, Filter: f}
	switch {
	case every && len(ids) > 0:
		return out, mistake("ids", "", "are given together with all", "name some, or say all that match")
	case !every && len(ids) == 0:
		return out, mistake("ids", "", "no finding is chosen", "select some, or all that match")
	}
	return out, nil
}

func (s *server) actOnFindings(ctx context.Context, in *struct {
	FindingSelection
	Body wire.FindingDeed
},
) (*body[wire.Done], error) {
	b := in.Body
	chosen, err := s.chosen(ctx, &in.FindingSelection, b.IDs, b.All)
	if err != nil {
		return nil, err
	}
	chosen.Version = b.Version
	deed := inventory.FindingDeed{
		Kind: inventory.ActKind(b.Act), Assignee: b.Assignee, Work: inventory.Work(b.Work), Tag: b.Tag,
		Advisory: b.Advisory, Text: b.Text, Reason: b.Reason,
	}
	if deed.Assignee == "me" {
		deed.Assignee = who(ctx)
	}
	if deed.Kind == inventory.ActWaive {
		if deed.Waiver, err = s.waiver(b.Waiver, b.Reason, b.Until); err != nil {
			return nil, err
		}
		deed.Reason = ""
	}
	if deed.Kind == inventory.ActRenew {
		end, err := s.waiverEnd(b.Until)
		if err != nil {
			return nil, err
		}
		deed.Waiver, deed.Reason = inventory.Waiver{Reason: b.Reason, Until: end}, ""
	}
	done, err := s.Handling.ActOnFindings(ctx, who(ctx), chosen, deed)
	if err != nil {
		return nil, err
	}
	return answer(wire.Done{ID: string(done.ID), Changed: done.Changed, Until: done.Until.UTC()}), nil
}

// waiver is one as somebody asks for it.
func (s *server) waiver(kind, reason string, until *time.Time) (inventory.Waiver, error) {
	w := inventory.Waiver{Kind: inventory.WaiverKind(kind), Reason: reason}
	if w.Kind == inventory.WaiverNone {
		return w, nil
	}
	end, err := s.waiverEnd(until)
	w.Until = end
	return w, err
}

// waiverEnd refuses an end that is none.
func (s *server) waiverEnd(until *time.Time) (time.Time, error) {
	switch now := s.Now(); {
	case until == nil:
		return time.Time{}, mistake("until", "", "is missing", "every waiver ends: say when")
	case !until.After(now):
		return time.Time{}, mistake("until", until.Format(time.DateOnly), "has passed", "a waiver ends in the future")
	case until.Sub(now) > inventory.LongestWaiver:
		return time.Time{}, mistake("until", until.Format(time.DateOnly), "is more than a year ahead", "waive for a year at most, and look again")
	}
	return until.UTC(), nil
}

func (s *server) undoAct(ctx context.Context, in *ByID) (*body[wire.FindingUndone], error) {
	u, err := s.Handling.UndoAct(ctx, who(ctx), inventory.BulkID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(wire.FindingUndone{Restored: u.Restored, Kept: u.Kept}), nil
}

func (s *server) countHandled(ctx context.Context, in *struct {
	Since time.Time `query:"since" doc:"Since when; absent: since midnight UTC."`
},
) (*body[wire.Count], error) {
	if in.Since.IsZero() {
		in.Since = s.Now().UTC().Truncate(24 * time.Hour)
	}
	n, err := s.Handling.CountHandled(ctx, who(ctx), in.Since)
	if err != nil {
		return nil, err
	}
	return answer(wire.Count{Count: n}), nil
}

func (s *server) listViews(ctx context.Context, _ *struct{}) (*body[wire.List[wire.FindingView]], error) {
	all, err := s.Handling.FindingViews(ctx, speaker(ctx))
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.FindingView]{Items: convert(all, viewFor(ctx))}), nil
}

// viewFor translates a view: another's standard is nobody else's.
func viewFor(ctx context.Context) func(inventory.View) wire.FindingView {
	return func(v inventory.View) wire.FindingView {
		return wire.FindingView{
			ID: string(v.ID), Owner: v.Owner, Name: v.Name, Query: v.Query, Team: v.Team, Standard: v.Standard && v.Owner == who(ctx),
		}
	}
}

func (s *server) saveView(ctx context.Context, in *body[wire.NewFindingView]) (*body[wire.FindingView], error) {
	name := inventory.CleanText(in.Body.Name, 60)
	if name == "" {
		return nil, mistake("name", "", "is missing", "give the view a name")
	}
	v, err := s.Handling.SaveFindingView(ctx, speaker(ctx), inventory.View{
		Name: name, Query: in.Body.Query, Team: in.Body.Team, Standard: in.Body.Standard,
	})
	if err != nil {
		return nil, err
	}
	return answer(viewFor(ctx)(v)), nil
}

func (s *server) deleteView(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.Handling.DeleteFindingView(ctx, who(ctx), inventory.ViewID(in.ID))
}

// mostRescans is how many assets one call looks at again.
const mostRescans = 100

func (s *server) rescanFindings(ctx context.Context, in *struct {
	FindingSelection
	Body struct {
		IDs []string `json:"ids" maxItems:"500" nullable:"false"`
	}
},
) (*body[wire.Rescans], error) {
	out := wire.Rescans{Refused: []string{}}
	if len(in.Body.IDs) > mostRescans {
		return nil, mistake("ids", fmt.Sprint(len(in.Body.IDs)), fmt.Sprintf("are more than %d", mostRescans), "select fewer: each is a scan of its own")
	}
	told := map[string]bool{}
	for _, id := range in.Body.IDs {
		if err := s.rescan(ctx, inventory.FindingID(id)); err != nil {
			if httpStatus(err).opaque != "" {
				return nil, err
			}
			if text := err.Error(); !told[text] {
				told[text], out.Refused = true, append(out.Refused, text)
			}
			continue
		}
		out.Begun++
	}
	return answer(out), nil
}
