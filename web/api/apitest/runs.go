package apitest

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/run"
)

// NextRun stands in for the real one.
func (f *Fake) NextRun(context.Context) (time.Time, error) { return Noon.Add(24 * time.Hour), nil }

// BeginRun stands in for the real one.
func (f *Fake) BeginRun(_ context.Context, who string, from, to time.Time, week string) (run.Run, error) {
	f.did(who, "report.run "+week)
	return run.Run{ID: "RUN-1", Week: week, From: from, To: to, StartedAt: Noon, StartedBy: who}, nil
}

// Runs stands in for the real one.
func (f *Fake) Runs(ctx context.Context, _ inventory.Page) ([]run.Run, string, error) {
	r, err := f.Run(ctx, "RUN-1")
	return []run.Run{r}, "", err
}

// Run stands in for the real one.
func (f *Fake) Run(_ context.Context, id run.RunID) (run.Run, error) {
	if id != "RUN-1" {
		return run.Run{}, missing("report run", string(id))
	}
	r := run.Run{ID: id, Week: "2026-W47", From: Noon.AddDate(0, 0, -7), To: Noon, StartedAt: Noon, StartedBy: "schedule", Counts: map[run.State]int{}, Flags: map[run.Flag]int{}}
	for _, e := range f.Issued {
		r.Counts[e.State]++
		for _, flag := range e.Flags {
			r.Flags[flag]++
		}
	}
	return r, nil
}

// Editions stands in for the real one.
func (f *Fake) Editions(_ context.Context, q run.Filter, p inventory.Page) ([]run.Edition, string, error) {
	var out []run.Edition
	for _, e := range f.Issued {
		ok := (q.Org == "" || q.Org == e.Org) && len(q.States) == 0
		for _, s := range q.States {
			ok = ok || s == e.State && (q.Org == "" || q.Org == e.Org)
		}
		if ok {
			out = append(out, e)
		}
	}
	return paged(out, p)
}

// Edition stands in for the real one.
func (f *Fake) Edition(_ context.Context, id run.EditionID) (run.Edition, error) {
	for _, e := range f.Issued {
		if e.ID == id {
			return e, nil
		}
	}
	return run.Edition{}, missing("report", string(id))
}

// EditionFile stands in for the real one.
func (f *Fake) EditionFile(ctx context.Context, id run.EditionID, name string) (run.File, []byte, error) {
	e, err := f.Edition(ctx, id)
	for _, file := range e.Files {
		if file.Name == name {
			return file, []byte("<p>" + name + "</p>"), nil
		}
	}
	if err == nil {
		err = missing("file", name)
	}
	return run.File{}, nil, err
}

// DecideEditions stands in for the real one.
func (f *Fake) DecideEditions(ctx context.Context, who string, d run.Decision) ([]run.Outcome, error) {
	f.did(who, "report."+string(d.Act))
	var out []run.Outcome
	for _, id := range d.Editions {
		e, err := f.Edition(ctx, id)
		if err != nil {
			return nil, err
		}
		state, refused := run.After(e, d.Act)
		if refused != nil {
			state = e.State
		}
		out = append(out, run.Outcome{Edition: id, State: state, Err: refused})
	}
	return out, nil
}

// SetEditionNote stands in for the real one.
func (f *Fake) SetEditionNote(ctx context.Context, who string, id run.EditionID, _ string, version int) error {
	e, err := f.Edition(ctx, id)
	if err == nil && e.Version != version {
		return inventory.ErrStale
	}
	f.did(who, "report.note "+string(id))
	return err
}

// ReviseEdition stands in for the real one.
func (f *Fake) ReviseEdition(ctx context.Context, who string, id run.EditionID, because string) (run.Edition, error) {
	e, err := f.Edition(ctx, id)
	f.did(who, "report.revise "+string(id))
	e.ID, e.Revision, e.Because, e.State = id+"-r2", 2, because, run.Making
	return e, err
}

// ResendReport stands in for the real one.
func (f *Fake) ResendReport(ctx context.Context, who string, id run.EditionID, _ int64) error {
	_, err := f.Edition(ctx, id)
	f.did(who, "report.resend "+string(id))
	return err
}

// OpenReport stands in for the real one.
func (f *Fake) OpenReport(_ context.Context, o run.Opening) error {
	f.did(o.Who, "report.open "+string(o.Edition)+" "+o.File)
	return nil
}

// AcknowledgeReport stands in for the real one.
func (f *Fake) AcknowledgeReport(ctx context.Context, who string, org inventory.OrganizationID, id run.EditionID) error {
	e, err := f.Edition(ctx, id)
	if err == nil && e.Org != org {
		err = missing("report", string(id))
	}
	f.did(who, "report.acknowledge "+string(id))
	return err
}

// ReportScope stands in for the real one.
func (f *Fake) ReportScope(ctx context.Context, id run.EditionID, p inventory.Page) ([]run.Answer, string, error) {
	e, err := f.Edition(ctx, id)
	if err != nil {
		return nil, "", err
	}
	return paged([]run.Answer{{Edition: id, Org: e.Org, Asset: "A-1", Name: "Gateway", Address: "192.0.2.10"}}, p)
}

// AnswerScope stands in for the real one.
func (f *Fake) AnswerScope(_ context.Context, who string, _ inventory.OrganizationID, id run.EditionID, _ []run.Answer) error {
	f.did(who, "report.scope "+string(id))
	return nil
}
