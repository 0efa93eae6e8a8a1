package desk_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// What there is when a document was worked to its end.
type ending struct {
	Matches []string
	Scans   int
	Told    []string
	Answers []string
}

// runs works a document from its arrival to the last answer, as the jobs do.
func (w *world) runs(id exchange.InboundID) error {
	if err := w.Match(w.t.Context(), id); err != nil {
		return err
	}
	return w.Answer(w.t.Context(), id)
}

func (w *world) ending(id exchange.InboundID) ending {
	w.t.Helper()
	out := ending{Scans: len(w.starter.started), Told: slices.Compact(slices.Sorted(slices.Values(w.told)))}
	for _, m := range w.matched(exchange.MatchFilter{Inbound: id}) {
		out.Matches = append(out.Matches, fmt.Sprint(m.Asset, m.Service, m.Verdict, m.Why, m.DueAt != nil, m.ToldAt != nil, m.Scan != ""))
	}
	for _, a := range w.answers(id) {
		out.Answers = append(out.Answers, fmt.Sprint(a.State, a.Counts, a.Few))
	}
	return out
}

// However often and wherever a job dies, before or after what it did, run
// again it ends as if nothing had been.
func TestDyingJobs(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a database for each way to die")
	}
	begin := func(t *testing.T) (*world, exchange.InboundID) {
		w := newWorld(t)
		assets := w.country(2)
		w.routine(sight{version: "6.0.16 Debian"}, w.asset(assets[0].Org, "192.0.2.30", inventory.IT))
		w.starter.refuses[assets[1].ID] = fmt.Errorf("in no scope: %w", inventory.ErrOutOfScope)
		in := w.receive(about(1, nil), exchange.InboundAccepted)
		w.mu.Lock()
		w.steps = 0
		w.mu.Unlock()
		return w, in.ID
	}
	w, id := begin(t)
	w.do(w.runs(id))
	want, steps := w.ending(id), w.steps
	if len(want.Matches) != 3 || want.Scans != 2 || len(want.Told) != 2 || len(want.Answers) != 1 {
		t.Fatalf("undisturbed it ends as %+v", want)
	}
	for at := 1; at <= steps; at++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("step %d of %d, after: %v", at, steps, after), func(t *testing.T) {
				w, id := begin(t)
				w.dies, w.after = at, after
				if err := w.runs(id); err == nil && w.steps < steps {
					t.Error("it died, and nobody heard")
				}
				w.dies = 0
				w.do(w.runs(id))
				if diff := cmp.Diff(want, w.ending(id)); diff != "" {
					t.Errorf("ends otherwise (-undisturbed +disturbed):\n%s", diff)
				}
				// A mail that went out before it was noted goes out again, under
				// its old Message-ID; but just that one.
				if n := len(w.told); n > len(want.Told)+1 {
					t.Errorf("told %q", w.told)
				}
				told := len(w.told)
				w.do(w.runs(id))
				if len(w.told) != told || len(w.starter.started) != want.Scans {
					t.Errorf("run once more, it tells %q and starts %d scans", w.told[told:], len(w.starter.started))
				}
			})
		}
	}
}
