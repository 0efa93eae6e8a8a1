package main

import (
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

func TestWorkersSymptom(t *testing.T) {
	noon := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	worker := func(name string, silence time.Duration) wire.Worker {
		return wire.Worker{Name: name, Slots: 2, SeenAt: noon.Add(-silence), Alive: silence < time.Minute}
	}
	for _, tt := range []struct {
		workers       []wire.Worker
		state, detail string
	}{
		{nil, missing, "none is alive; 3 tasks wait"},
		{[]wire.Worker{worker("a", 15*time.Second)}, well, "1 alive, 2 tasks at a time; 1 run, 3 wait"},
		{
			[]wire.Worker{worker("a", time.Hour), worker("b", 0), worker("c", 16*time.Second)},
			well,
			"1 alive, 2 tasks at a time; 1 run, 3 wait; c is silent since 2026-11-02T11:59:44Z; a is silent since 2026-11-02T11:00:00Z",
		},
		{[]wire.Worker{worker("a", 16*time.Second)}, warning, "none reports; 3 tasks wait; a is silent since 2026-11-02T11:59:44Z"},
		{
			[]wire.Worker{worker("a", time.Hour), worker("b", 2*time.Hour), worker("c", 3*time.Hour), worker("d", 4*time.Hour), worker("e", 5*time.Hour)},
			missing,
			"none is alive; 3 tasks wait; a is silent since 2026-11-02T11:00:00Z; b is silent since 2026-11-02T10:00:00Z; c is silent since 2026-11-02T09:00:00Z; 2 more are silent",
		},
	} {
		s := workersSymptom(wire.Health{Time: noon, Workers: tt.workers, QueuedTasks: 3, RunningTasks: 1})
		if s.State != tt.state || s.Detail != tt.detail {
			t.Errorf("%s: %s\nwant %s: %s", s.State, s.Detail, tt.state, tt.detail)
		}
	}
}
