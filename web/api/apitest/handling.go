package apitest

import (
	"context"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// ActOnFindings stands in for the real one.
func (f *Fake) ActOnFindings(_ context.Context, who string, chosen inventory.Chosen, deed inventory.FindingDeed) (inventory.Acted, error) {
	if err := deed.Check(Noon); err != nil {
		return inventory.Acted{}, err
	}
	f.did(who, "finding."+string(deed.Kind))
	n := len(chosen.IDs)
	if chosen.All {
		n = len(f.lines(chosen.Filter))
	}
	return inventory.Acted{ID: "B-1", Changed: n, Until: Noon.Add(inventory.UndoWithin)}, nil
}

// UndoAct stands in for the real one.
func (f *Fake) UndoAct(_ context.Context, who string, id inventory.BulkID) (inventory.FindingUndone, error) {
	if id != "B-1" {
		return inventory.FindingUndone{}, missing("act", string(id))
	}
	f.did(who, "finding.undo")
	return inventory.FindingUndone{Restored: 1}, nil
}

// CountHandled stands in for the real one.
func (f *Fake) CountHandled(context.Context, string, time.Time) (int, error) { return len(f.Acts), nil }

// ExportFindings stands in for the real one.
func (f *Fake) ExportFindings(_ context.Context, who string, q inventory.FindingFilter, form string, each func([]inventory.FindingLine) error) error {
	f.did(who, "finding.export "+form)
	return each(f.lines(q))
}

// FindingEvidence stands in for the real one.
func (f *Fake) FindingEvidence(ctx context.Context, _ inventory.FindingID, id inventory.EvidenceID) (inventory.Evidence, error) {
	return f.Evidence(ctx, id)
}

// FindingAdvisories stands in for the real one.
func (f *Fake) FindingAdvisories(context.Context, inventory.FindingID) ([]inventory.AdvisoryRef, error) {
	var out []inventory.AdvisoryRef
	for _, a := range f.Drafted {
		out = append(out, inventory.AdvisoryRef{ID: string(a.ID), State: string(a.State), Title: a.Title})
	}
	return out, nil
}

// FindingViews stands in for the real one.
func (f *Fake) FindingViews(_ context.Context, by inventory.Speaker) ([]inventory.View, error) {
	return []inventory.View{{ID: "V-1", Owner: by.Name, Org: by.Org, Name: "Mine", Query: "assignee=me"}}, nil
}

// SaveFindingView stands in for the real one.
func (f *Fake) SaveFindingView(_ context.Context, by inventory.Speaker, v inventory.View) (inventory.View, error) {
	f.did(by.Name, "view.save "+v.Name)
	v.ID, v.Owner, v.Org = "V-2", by.Name, by.Org
	return v, nil
}

// DeleteFindingView stands in for the real one.
func (f *Fake) DeleteFindingView(_ context.Context, who string, id inventory.ViewID) error {
	if id != "V-1" {
		return missing("view", string(id))
	}
	f.did(who, "view.delete")
	return nil
}

// AnswerFinding stands in for the real one.
func (f *Fake) AnswerFinding(_ context.Context, by inventory.Speaker, id inventory.FindingID, r inventory.Reply) error {
	if err := r.Check(Noon); err != nil {
		return err
	}
	if _, err := f.spoken(by, id); err != nil {
		return err
	}
	f.did(by.Name, fmt.Sprintf("finding.answer %s %s", id, r.Answer))
	return nil
}

// spoken finds a finding that the speaker may see.
func (f *Fake) spoken(by inventory.Speaker, id inventory.FindingID) (inventory.Finding, error) {
	for _, x := range f.Found {
		if x.ID == id && (!by.Operator() || by.Org == x.Org) {
			return x, nil
		}
	}
	return inventory.Finding{}, missing("finding", string(id))
}

// AddFindingComment stands in for the real one.
func (f *Fake) AddFindingComment(_ context.Context, by inventory.Speaker, id inventory.FindingID, _ bool, _ string) error {
	if _, err := f.spoken(by, id); err != nil {
		return err
	}
	f.did(by.Name, "finding.comment "+string(id))
	return nil
}

// FindingComments stands in for the real one.
func (f *Fake) FindingComments(_ context.Context, by inventory.Speaker, id inventory.FindingID) ([]inventory.Comment, error) {
	return []inventory.Comment{{Num: 1, Finding: id, At: Noon, Author: "amara", Shared: by.Operator(), Text: "please look"}}, nil
}

// contested is the one dispute there is, of the first finding.
func (f *Fake) contested() inventory.DisputeLine {
	var l inventory.DisputeLine
	if len(f.Found) > 0 {
		l.About.Finding = f.Found[0]
	}
	l.Dispute = inventory.Dispute{
		ID: "D-1", Finding: l.About.ID, Org: l.About.Org, Claim: inventory.AnswerNotMine, State: inventory.DisputeOpen,
		Reason: "it is another's", OpenedBy: "sita", OpenedAt: Noon,
	}
	return l
}

// Disputes stands in for the real one.
func (f *Fake) Disputes(_ context.Context, q inventory.DisputeFilter, p inventory.Page) ([]inventory.DisputeLine, string, error) {
	if d := f.contested(); q.Org == "" || q.Org == d.Org {
		return paged([]inventory.DisputeLine{d}, p)
	}
	return nil, "", nil
}

// Dispute stands in for the real one.
func (f *Fake) Dispute(_ context.Context, id inventory.DisputeID) (inventory.DisputeLine, []inventory.Comment, error) {
	if id != "D-1" {
		return inventory.DisputeLine{}, nil, missing("dispute", string(id))
	}
	return f.contested(), []inventory.Comment{{Num: 1, Dispute: id, At: Noon, Author: "sita", Operator: true, Shared: true, Text: "not ours"}}, nil
}

// SayInDispute stands in for the real one.
func (f *Fake) SayInDispute(_ context.Context, by inventory.Speaker, id inventory.DisputeID, _ string) error {
	if id != "D-1" || by.Operator() && by.Org != f.contested().Org {
		return missing("dispute", string(id))
	}
	f.did(by.Name, "dispute.say")
	return nil
}

// RuleDispute stands in for the real one.
func (f *Fake) RuleDispute(_ context.Context, who string, id inventory.DisputeID, r inventory.Ruling) error {
	if id != "D-1" {
		return missing("dispute", string(id))
	}
	f.did(who, "dispute."+string(r.State))
	return nil
}

// ReserveRescan stands in for the real one.
func (f *Fake) ReserveRescan(_ context.Context, by inventory.Speaker, id inventory.FindingID) (inventory.Finding, int64, error) {
	x, err := f.spoken(by, id)
	return x, 1, err
}

// BeginRescan stands in for the real one.
func (f *Fake) BeginRescan(_ context.Context, by inventory.Speaker, _ int64, id inventory.FindingID, _ scanner.ScanID) error {
	f.did(by.Name, "finding.rescan "+string(id))
	return nil
}

// LastRescan stands in for the real one.
func (f *Fake) LastRescan(_ context.Context, id inventory.FindingID) (inventory.Rescan, error) {
	return inventory.Rescan{Finding: id, By: "amara", At: Noon, Scan: "S-1", State: inventory.RescanRunning}, nil
}

// Recheck stands in for the real one.
func (f *Fake) Recheck(ctx context.Context, who string, x inventory.Finding, _ bool) (scanner.Scan, error) {
	return f.Start(ctx, who, x.Org, x.Asset, "standard")
}
