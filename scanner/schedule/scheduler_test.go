package schedule

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// fakeStore keeps one organisation with one asset, and remembers what it is
// told. Methods that a test does not need come from the nil Store and panic.
type fakeStore struct {
	Store
	due      []scanner.Schedule
	dueAsset []scanner.DueAsset
	stop     bool
	created  []scanner.Scan
	tasks    int
	notUntil []time.Time
	nexts    []time.Time
	advanced []time.Time
	taken    bool // another scheduler was first
	windows  []inventory.Window
	address  string // of the asset; "" is 192.0.2.10
	reaped   atomic.Int32
	resumed  []time.Time
	excluded []inventory.Exclusion
	machines []inventory.Asset // everybody's OT assets
	limited  []inventory.Asset // everybody's with a limit
	profiles []string          // of the tasks that were made
}

func (f *fakeStore) ResumeSchedule(_ context.Context, _ string, _ scanner.ScheduleID, next time.Time) error {
	f.resumed = append(f.resumed, next)
	return nil
}

func (f *fakeStore) ReapTasks(context.Context) (int, error) {
	f.reaped.Add(1)
	return 0, nil
}

func (f *fakeStore) Organization(_ context.Context, id inventory.OrganizationID) (inventory.Organization, error) {
	if id != "ORG-1" {
		return inventory.Organization{}, inventory.ErrNotFound
	}
	return inventory.Organization{ID: id, TimeZone: "Asia/Colombo"}, nil
}

func (f *fakeStore) asset() inventory.Asset {
	address, err := inventory.ParseAddress(cmp.Or(f.address, "192.0.2.10"))
	if err != nil {
		panic(err)
	}
	return inventory.Asset{ID: "A-1", Org: "ORG-1", Address: address, Class: inventory.IT}
}

func (f *fakeStore) Asset(context.Context, inventory.AssetID) (inventory.Asset, error) {
	return f.asset(), nil
}

func (f *fakeStore) Assets(_ context.Context, filter inventory.AssetFilter, _ inventory.Page) ([]inventory.Asset, string, error) {
	if filter.Class == inventory.OT {
		return f.machines, "", nil
	}
	if filter.Limited {
		return f.limited, "", nil
	}
	return []inventory.Asset{f.asset()}, "", nil
}

func (f *fakeStore) Exclusions(context.Context, inventory.Page) ([]inventory.Exclusion, string, error) {
	return f.excluded, "", nil
}

func (f *fakeStore) Scope(context.Context, inventory.OrganizationID) (inventory.Scope, error) {
	doc := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	return inventory.NewScope([]inventory.Authorization{{
		ID: "AUTH-1", Org: "ORG-1", Prefixes: doc, Method: inventory.MethodMandate, State: inventory.AuthActive,
		Level: inventory.LevelStandard, OTLevel: inventory.LevelLight, TimeZone: "UTC", Windows: f.windows,
		From: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
	}}, nil, doc), nil
}

func (f *fakeStore) CreateScan(_ context.Context, _ string, s scanner.Scan, tasks []scanner.Task, notBefore, next time.Time) (scanner.Scan, error) {
	if f.taken {
		return scanner.Scan{}, inventory.ErrConflict
	}
	f.created = append(f.created, s)
	f.tasks += len(tasks)
	for _, t := range tasks {
		f.profiles = append(f.profiles, t.Profile)
	}
	f.notUntil = append(f.notUntil, notBefore)
	f.nexts = append(f.nexts, next)
	return s, nil
}

func (f *fakeStore) CreateSchedule(_ context.Context, _ string, s scanner.Schedule) (scanner.Schedule, error) {
	return s, nil
}

func (f *fakeStore) FirstSchedule(ctx context.Context, who string, s scanner.Schedule) (scanner.Schedule, error) {
	return f.CreateSchedule(ctx, who, s)
}

func (f *fakeStore) DueSchedules(context.Context, time.Time, int) ([]scanner.Schedule, error) {
	return f.due, nil
}

func (f *fakeStore) DueAssets(context.Context, time.Time, int) ([]scanner.DueAsset, error) {
	return f.dueAsset, nil
}

func (f *fakeStore) AdvanceSchedule(_ context.Context, _ scanner.ScheduleID, slot, next time.Time) error {
	f.advanced = append(f.advanced, slot)
	f.nexts = append(f.nexts, next)
	return nil
}

func (f *fakeStore) Stop(context.Context) (scanner.StopOrder, error) {
	return scanner.StopOrder{On: f.stop}, nil
}

func newScheduler(f *fakeStore, now time.Time) *Scheduler {
	clock := func() time.Time { return now }
	return New(f, NewPlanner(f, nil, clock), clock, slog.New(slog.DiscardHandler))
}

func TestFire(t *testing.T) {
	hourly := scanner.Schedule{ID: "SCH-1", Org: "ORG-1", Cron: "CRON_TZ=UTC 0 * * * *", Profile: "standard"}
	for _, c := range []struct {
		name    string
		misfire scanner.Misfire
		next    string // the schedule's stored slot
		now     string
		scan    string // the slot that is scanned, if any
		skipped string
		then    string
	}{
		{"on time", scanner.MisfireSkip, "2026-11-22T05:00:00Z", "2026-11-22T05:00:03Z", "2026-11-22T05:00:00Z", "", "2026-11-22T06:00:00Z"},
		{"missed slots run once, the latest", scanner.MisfireOnce, "2026-11-22T01:00:00Z", "2026-11-22T05:30:00Z", "2026-11-22T05:00:00Z", "", "2026-11-22T06:00:00Z"},
		{"missed slots are skipped when asked", scanner.MisfireSkip, "2026-11-22T01:00:00Z", "2026-11-22T05:30:00Z", "", "2026-11-22T05:00:00Z", "2026-11-22T06:00:00Z"},
		{"back in time for the latest one", scanner.MisfireSkip, "2026-11-22T01:00:00Z", "2026-11-22T05:01:00Z", "2026-11-22T05:00:00Z", "", "2026-11-22T06:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sch := hourly
			sch.Misfire, sch.NextAt = c.misfire, at(t, c.next)
			f := &fakeStore{due: []scanner.Schedule{sch}}
			if err := newScheduler(f, at(t, c.now)).fire(t.Context()); err != nil {
				t.Fatal(err)
			}
			if c.scan != "" && (len(f.created) != 1 || !f.created[0].Slot.Equal(at(t, c.scan)) || f.tasks != 1) {
				t.Errorf("created %+v with %d tasks, want one scan of slot %s", f.created, f.tasks, c.scan)
			}
			if c.skipped != "" && (len(f.created) != 0 || len(f.advanced) != 1 || !f.advanced[0].Equal(at(t, c.skipped))) {
				t.Errorf("created %v, advanced %v, want slot %s skipped", f.created, f.advanced, c.skipped)
			}
			if len(f.nexts) != 1 || !f.nexts[0].Equal(at(t, c.then)) {
				t.Errorf("next slot %v, want %s", f.nexts, c.then)
			}
		})
	}
}

func TestASlotTakenByAnotherSchedulerIsNoError(t *testing.T) {
	f := &fakeStore{taken: true, due: []scanner.Schedule{{ID: "SCH-1", Org: "ORG-1", Cron: "0 * * * *", Profile: "standard", NextAt: at(t, "2026-11-22T05:00:00Z")}}}
	if err := newScheduler(f, at(t, "2026-11-22T05:00:01Z")).fire(t.Context()); err != nil {
		t.Errorf("fire = %v, want no error: the other one does it", err)
	}
}

func TestOneBadScheduleDoesNotHoldUpTheOthers(t *testing.T) {
	f := &fakeStore{due: []scanner.Schedule{
		{ID: "SCH-1", Org: "ORG-9", Cron: "0 * * * *", Profile: "standard", NextAt: at(t, "2026-11-22T05:00:00Z")},
		{ID: "SCH-2", Org: "ORG-1", Cron: "0 * * * *", Profile: "standard", NextAt: at(t, "2026-11-22T05:00:00Z")},
	}}
	err := newScheduler(f, at(t, "2026-11-22T05:00:01Z")).fire(t.Context())
	if !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("fire = %v, want the first schedule's error", err)
	}
	if len(f.created) != 1 {
		t.Errorf("%d scans created, want the second schedule's", len(f.created))
	}
}

func TestJitterSpreadsButIsTheSameForEveryScheduler(t *testing.T) {
	slot := at(t, "2026-11-22T05:00:00Z")
	seen := map[time.Duration]bool{}
	for _, id := range []scanner.ScheduleID{"SCH-1", "SCH-2", "SCH-3", "SCH-4"} {
		sch := scanner.Schedule{ID: id, Jitter: time.Hour}
		j := jitter(sch, slot)
		if j < 0 || j >= time.Hour || j != jitter(sch, slot) {
			t.Errorf("jitter of %s = %s, want a fixed one within the hour", id, j)
		}
		seen[j] = true
	}
	if len(seen) < 3 {
		t.Errorf("four schedules start at %d moments, want them spread", len(seen))
	}
	if j := jitter(scanner.Schedule{ID: "SCH-1"}, slot); j != 0 {
		t.Errorf("jitter without one = %s", j)
	}
}

// A clock that was a year ahead, as machines start with, must not silence a
// schedule for a year.
func TestScheduleSurvivesAClockThatWasAhead(t *testing.T) {
	f := &fakeStore{due: []scanner.Schedule{{
		ID: "SCH-1", Org: "ORG-1", Cron: "CRON_TZ=UTC 0 * * * *", Profile: "standard",
		LastSlot: at(t, "2027-11-22T05:00:00Z"), NextAt: at(t, "2027-11-22T06:00:00Z"),
	}}}
	if err := newScheduler(f, at(t, "2026-11-22T05:30:00Z")).fire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(f.created) != 0 || len(f.resumed) != 1 || !f.resumed[0].Equal(at(t, "2026-11-22T06:00:00Z")) {
		t.Errorf("created %v, goes on at %v, want 06:00 today", f.created, f.resumed)
	}
}

// deafResolver never answers.
type deafResolver struct{}

func (deafResolver) Lookup(ctx context.Context, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestDeadWorkersDoNotWaitForNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeStore{address: "www.example.org", due: []scanner.Schedule{
			{ID: "SCH-1", Org: "ORG-1", Cron: "0 * * * *", Profile: "standard", NextAt: at(t, "2026-11-22T05:00:00Z")},
		}}
		s := newScheduler(f, at(t, "2026-11-22T05:00:01Z"))
		s.planner.resolver = deafResolver{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Run(ctx, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		if n := f.reaped.Load(); n < 12 {
			t.Errorf("in a minute dead workers were looked for %d times, want 12", n)
		}
	})
}

func TestRescan(t *testing.T) {
	due := []scanner.DueAsset{{Org: "ORG-1", Asset: "A-1", Profile: "standard", Due: at(t, "2026-11-22T04:00:00Z")}}
	for _, c := range []struct {
		name string
		stop bool
		want int
	}{{"what is due is scanned", false, 1}, {"nothing while scanning is stopped", true, 0}} {
		t.Run(c.name, func(t *testing.T) {
			f := &fakeStore{dueAsset: due, stop: c.stop}
			if err := newScheduler(f, at(t, "2026-11-22T05:00:00Z")).rescan(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(f.created) != c.want {
				t.Fatalf("%d scans, want %d", len(f.created), c.want)
			}
			if c.want == 1 && (f.created[0].Trigger != scanner.TriggerAdaptive || !f.created[0].Slot.Equal(due[0].Due)) {
				t.Errorf("scan = %+v, want an adaptive one of the asset's slot", f.created[0])
			}
		})
	}
}

// An asset that falls due by day, where scanning is allowed by night, would
// fall due by day for ever.
func TestRescanWaitsForTheWindow(t *testing.T) {
	windows, err := inventory.ParseWindows("22:00-05:00")
	if err != nil {
		t.Fatal(err)
	}
	due := []scanner.DueAsset{{Org: "ORG-1", Asset: "A-1", Profile: "standard", Due: at(t, "2026-11-22T04:00:00Z")}}
	f := &fakeStore{dueAsset: due, windows: windows}
	if err := newScheduler(f, at(t, "2026-11-22T10:00:00Z")).rescan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.tasks != 1 || len(f.notUntil) != 1 || !f.notUntil[0].Equal(at(t, "2026-11-22T22:00:00Z")) {
		t.Errorf("%d tasks, not before %v, want one at 22:00", f.tasks, f.notUntil)
	}
	// So does a peer's warning: nobody would start its scan again.
	f = &fakeStore{windows: windows}
	warned := Request{Org: "ORG-1", Asset: "A-1", Profile: "standard", Trigger: scanner.TriggerAdvisory}
	if _, err := newScheduler(f, at(t, "2026-11-22T10:00:00Z")).planner.Plan(t.Context(), "exchange", warned); err != nil {
		t.Fatal(err)
	}
	if f.tasks != 1 || len(f.notUntil) != 1 || !f.notUntil[0].Equal(at(t, "2026-11-22T22:00:00Z")) {
		t.Errorf("a warning: %d tasks, not before %v, want one at 22:00", f.tasks, f.notUntil)
	}
	// A person is told at once.
	f = &fakeStore{windows: windows}
	if _, err := newScheduler(f, at(t, "2026-11-22T10:00:00Z")).planner.Start(t.Context(), "asha", "ORG-1", "", "standard"); err != nil {
		t.Fatal(err)
	}
	if f.tasks != 0 {
		t.Errorf("a scan that a person asked for outside the window has %d tasks", f.tasks)
	}
}

func TestNewScheduleRefuses(t *testing.T) {
	good := scanner.Schedule{Org: "ORG-1", Cron: "0 2 * * 1", Profile: "standard"}
	for _, c := range []struct {
		name   string
		change func(*scanner.Schedule)
		want   error
	}{
		{"an unknown profile", func(s *scanner.Schedule) { s.Profile = "gentle" }, inventory.ErrInvalid},
		{"a cron that never fires", func(s *scanner.Schedule) { s.Cron = "0 0 31 2 *" }, inventory.ErrInvalid},
		{"an unknown misfire policy", func(s *scanner.Schedule) { s.Misfire = "twice" }, inventory.ErrInvalid},
		{"jitter over a day", func(s *scanner.Schedule) { s.Jitter = 25 * time.Hour }, inventory.ErrInvalid},
		{"an unknown organisation", func(s *scanner.Schedule) { s.Org = "ORG-9" }, inventory.ErrNotFound},
		{"nothing when all is well", func(*scanner.Schedule) {}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			sch := good
			c.change(&sch)
			got, err := newScheduler(&fakeStore{}, at(t, "2026-11-22T00:00:00Z")).NewSchedule(t.Context(), "asha", sch)
			if !errors.Is(err, c.want) {
				t.Fatalf("NewSchedule = %v, want %v", err, c.want)
			}
			if want := at(t, "2026-11-22T20:30:00Z"); c.want == nil && !got.NextAt.Equal(want) {
				t.Errorf("first slot %s, want %s, Monday 02:00 in Colombo", got.NextAt, want)
			}
		})
	}
}
