package desk_test

import (
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// What was gone or repaired comes back, from a backup or after its
// maintenance: no word on it holds for ever.
func TestWhatComesBackIsAffectedAgain(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first sight
		was   exchange.Verdict
		then  sight
		want  exchange.Verdict
		why   string
	}{
		{
			"a port that was closed",
			sight{},
			exchange.VerdictNotPresent,
			sight{version: "6.0.9", ran: []inventory.CheckID{luaCheck}, found: []inventory.CheckID{luaCheck}},
			exchange.VerdictAffected, "found it",
		},
		{
			"a version that was repaired",
			sight{version: "6.2.7", missed: []inventory.CheckID{luaCheck}},
			exchange.VerdictFixed,
			sight{version: "6.0.9", missed: []inventory.CheckID{luaCheck}},
			exchange.VerdictAffected, "6.0.9",
		},
		{"nothing new at a closed port", sight{}, exchange.VerdictNotPresent, sight{}, exchange.VerdictNotPresent, "closed"},
		{
			"repaired, and then closed",
			sight{version: "6.2.7", missed: []inventory.CheckID{luaCheck}},
			exchange.VerdictFixed,
			sight{},
			exchange.VerdictFixed, "6.2.7",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.asset(w.org("Power"), "192.0.2.7", inventory.IT)
			w.routine(sight{version: "6.0.9"}, a)
			id := w.meets(about(1, nil))
			w.work(tt.first)
			w.wantVerdict(id, tt.was, "")
			w.clock.Advance(24 * time.Hour)
			w.routine(tt.then, a)
			if m := w.wantVerdict(id, tt.want, tt.why); tt.want == exchange.VerdictAffected && m.FixedAt != nil {
				t.Errorf("affected again, and still repaired at %s", m.FixedAt)
			}
		})
	}
}
