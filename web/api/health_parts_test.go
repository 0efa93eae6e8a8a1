package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

func TestWorkersPart(t *testing.T) {
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
		s := workersPart(wire.Health{Time: noon, Workers: tt.workers, QueuedTasks: 3, RunningTasks: 1})
		if s.State != tt.state || s.Detail != tt.detail {
			t.Errorf("%s: %s\nwant %s: %s", s.State, s.Detail, tt.state, tt.detail)
		}
	}
}

// Every part that is not well says what stopped because of it, or what to do.
func TestJudge(t *testing.T) {
	noon := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) *time.Time { at := noon.Add(-d); return &at }
	yes, no := true, false
	whole := func() wire.Health {
		return wire.Health{
			Version: "v1", Time: noon, Checks: 2, TemplatesAt: ago(time.Hour), Mail: wire.MailQueue{State: "on"},
			Workers:    []wire.Worker{{Name: "a", Version: "v1", Slots: 2, SeenAt: noon, Alive: true, Engines: "nmap 7.93", Raw: &yes}},
			Feeds:      []wire.Feed{{Name: "kev", ImportedAt: ago(time.Hour)}, {Name: "epss", ImportedAt: ago(time.Hour)}},
			Disks:      []wire.Disk{{Of: "data", Path: "/srv", Free: 50 << 30, Size: 100 << 30}},
			LastBackup: &wire.Backup{NewBackup: wire.NewBackup{At: *ago(time.Hour), Host: "h", File: "/b", Bytes: 1}},
			Printing:   wire.Printing{Program: "/usr/bin/chromium", TriedAt: ago(time.Hour)},
		}
	}
	for _, p := range judge(whole()) {
		if p.State != well || p.Stopped != "" || p.Hint != "" || p.Detail == "" {
			t.Errorf("where all is well: %+v", p)
		}
	}
	for what, tt := range map[string]struct {
		spoil       func(*wire.Health)
		part, state string
		stopped     string
	}{
		"no worker":           {func(h *wire.Health) { h.Workers = nil }, "worker", missing, "nothing is scanned"},
		"a silent worker":     {func(h *wire.Health) { h.Workers = append(h.Workers, wire.Worker{Name: "b", SeenAt: *ago(time.Hour)}) }, "worker", well, "take longer"},
		"no raw sockets":      {func(h *wire.Health) { h.Workers[0].Raw = &no }, "scanners", warning, "no UDP"},
		"another release":     {func(h *wire.Health) { h.Workers[0].Version = "v0" }, "scanners", warning, "one of the releases"},
		"a long queue":        {func(h *wire.Health) { h.OldestQueued = ago(48 * time.Hour) }, "queue", warning, "end late"},
		"the switch":          {func(h *wire.Health) { h.Scanning = wire.Scanning{Stopped: true, By: "ada"} }, "scanning", warning, "nothing is scanned"},
		"no checks":           {func(h *wire.Health) { h.Checks = 0 }, "templates", missing, "find nothing"},
		"old templates":       {func(h *wire.Health) { h.TemplatesAt = ago(templatesOld + 1) }, "templates", warning, "known since"},
		"an old feed":         {func(h *wire.Health) { h.Feeds[0].ImportedAt = ago(feedOld + 1) }, "KEV", warning, "less urgent"},
		"a feed never":        {func(h *wire.Health) { h.Feeds = nil }, "EPSS", warning, "less urgent"},
		"little disk":         {func(h *wire.Health) { h.Disks[0].Free = littleDisk - 1 }, "disk", warning, ""},
		"a full disk":         {func(h *wire.Health) { h.Disks[0] = wire.Disk{Of: "database", Free: 5} }, "PostgreSQL's disk", missing, "cannot be recorded"},
		"no mail":             {func(h *wire.Health) { h.Mail.State = "off" }, "mail", warning, "nobody is told"},
		"a dry run":           {func(h *wire.Health) { h.Mail.State = "dry_run" }, "mail", warning, "nobody is told"},
		"mail that waits":     {func(h *wire.Health) { h.Mail.Oldest = ago(48 * time.Hour) }, "mail", warning, "hear late"},
		"mail that failed":    {func(h *wire.Health) { h.Mail.Failed = 2 }, "mail", warning, "not told"},
		"no Chromium":         {func(h *wire.Health) { h.Printing = wire.Printing{} }, "Chromium", warning, "no PDF"},
		"a forbidden sandbox": {func(h *wire.Health) { h.Printing.Problem = "no namespace" }, "Chromium", warning, "without a PDF"},
		"no backup":           {func(h *wire.Health) { h.LastBackup = nil }, "backup", warning, "lost"},
		"an old backup":       {func(h *wire.Health) { h.LastBackup.At = *ago(backupOld + 1) }, "backup", warning, "lost"},
	} {
		h := whole()
		tt.spoil(&h)
		all := judge(h)
		i := slices.IndexFunc(all, func(p wire.HealthPart) bool { return p.Part == tt.part })
		if i < 0 || all[i].State != tt.state || !strings.Contains(all[i].Stopped, tt.stopped) || all[i].Hint == "" {
			t.Errorf("%s: %+v", what, all)
		}
	}
}
