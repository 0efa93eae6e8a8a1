package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

var (
	host1 = netip.MustParseAddr("192.0.2.10")
	host2 = netip.MustParseAddr("192.0.2.11")
)

// fakeStore is a store with one task in it, whose every answer a test can bend.
type fakeStore struct {
	mu       sync.Mutex
	task     *scanner.Task
	scope    func() (inventory.Scope, error)
	renew    func(n int) (scanner.Order, error)
	finish   func(n int) error
	renewed  int
	finishes int
	released bool
	report   *scanner.Report
	gentle   func(n int) []scanner.GentleName
	asked    int // for gentle names
}

func (f *fakeStore) ClaimTask(context.Context, string, time.Duration) (scanner.Task, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.task == nil {
		return scanner.Task{}, false, nil
	}
	t := *f.task
	f.task = nil
	return t, true, nil
}

func (f *fakeStore) RenewTask(context.Context, inventory.TaskID, string, int, time.Duration) (scanner.Order, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.renewed++
	if f.renew == nil {
		return scanner.Order{}, nil
	}
	return f.renew(f.renewed)
}

func (f *fakeStore) ReleaseTask(context.Context, inventory.TaskID, string, int, string) error {
	f.released = true
	return nil
}

func (f *fakeStore) FinishTask(_ context.Context, r scanner.Report) error {
	f.finishes++
	if f.finish != nil {
		if err := f.finish(f.finishes); err != nil {
			return err
		}
	}
	f.report = &r
	return nil
}

func (f *fakeStore) TaskScope(context.Context, scanner.Task) (inventory.Scope, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.scope()
}

func (f *fakeStore) GentleNames(context.Context, scanner.Task) ([]scanner.GentleName, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if f.gentle == nil {
		return nil, nil
	}
	return f.gentle(f.asked), nil
}

type fakeResolver map[string][]netip.Addr

func (f fakeResolver) Lookup(_ context.Context, name string) ([]netip.Addr, error) {
	if a, ok := f[name]; ok {
		return a, nil
	}
	return nil, errors.New("no such name")
}

type engineFunc func(context.Context, scanner.Batch) (scanner.Result, error)

func (f engineFunc) Scan(ctx context.Context, b scanner.Batch) (scanner.Result, error) {
	return f(ctx, b)
}

// hang is an engine that scans until it is told to stop.
func hang(ctx context.Context, b scanner.Batch) (scanner.Result, error) {
	<-ctx.Done()
	return scanner.Result{Requests: 7}, ctx.Err()
}

// quick is an engine that finds each host up at once.
func quick(_ context.Context, b scanner.Batch) (scanner.Result, error) {
	var r scanner.Result
	for _, t := range b.Targets {
		r.Hosts = append(r.Hosts, inventory.HostResult{Asset: t.Asset(), Addr: t.Addr(), Outcome: inventory.Complete})
	}
	return r, nil
}

func open() (inventory.Scope, error) { return scopeOf("192.0.2.0/28"), nil }

func scopeOf(prefix string) inventory.Scope { return scopeAt(prefix, inventory.LevelStandard) }

func scopeAt(prefix string, level inventory.Level) inventory.Scope {
	p := netip.MustParsePrefix(prefix)
	return inventory.NewScope([]inventory.Authorization{{
		ID: "AUTH-1", Org: "ORG-1", Prefixes: []netip.Prefix{p}, Names: []string{"portal.example.lk"},
		Method: inventory.MethodMandate, State: inventory.AuthActive,
		Level: level, OTLevel: inventory.LevelLight, TimeZone: "UTC",
		From: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}}, nil, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")})
}

func newTask(hosts ...scanner.Host) *scanner.Task {
	if len(hosts) == 0 {
		hosts = []scanner.Host{{Addr: host1, Asset: "A-1", Class: inventory.IT}, {Addr: host2, Asset: "A-2", Class: inventory.IT}}
	}
	return &scanner.Task{ID: "T-1", Scan: "S-1", Org: "ORG-1", Profile: "standard", Hosts: hosts, Attempt: 1}
}

func newWorker(store *fakeStore, engines ...engineFunc) *Worker {
	if store.scope == nil {
		store.scope = open
	}
	var stages []Stage
	for i, e := range engines {
		stages = append(stages, Stage{Name: fmt.Sprintf("engine%d", i), Engine: e, Wants: func(scanner.Profile) bool { return true }})
	}
	return New(Config{
		Name: "w1", Store: store, Resolver: fakeResolver{"portal.example.lk": {host1}}, Stages: stages,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
}

func outcomes(r *scanner.Report) map[netip.Addr]inventory.Outcome {
	out := map[netip.Addr]inventory.Outcome{}
	for _, h := range r.Result.Hosts {
		out[h.Addr] = h.Outcome
	}
	return out
}

// Whoever started the worker may be dead, and PostgreSQL with it: then nobody
// is left to kill a worker that waits.
func TestStoppedWorkerDoesNotWaitForTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		store := &fakeStore{task: newTask(), finish: func(int) error { return inventory.ErrUnavailable }}
		var told time.Time
		time.AfterFunc(time.Minute, func() { told = time.Now(); cancel() })
		_, err := newWorker(store, quick).Work(ctx)
		if took := time.Since(told); told.IsZero() || took > 2*lastTries || !errors.Is(err, inventory.ErrUnavailable) {
			t.Errorf("Work ended %s after it was told to, with %v; want it within %s, with the database's error", took, err, 2*lastTries)
		}
	})
}

func TestWorkFinishesATask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{task: newTask()}
		var fed []inventory.Service
		w := newWorker(store,
			func(ctx context.Context, b scanner.Batch) (scanner.Result, error) {
				r, err := quick(ctx, b)
				s := inventory.Service{Addr: host1, Port: 80, Name: "http"}
				r.Observations = []inventory.Observation{{Addr: host1, Port: 80, Service: &s}}
				return r, err
			},
			func(ctx context.Context, b scanner.Batch) (scanner.Result, error) {
				fed = b.Services
				return quick(ctx, b)
			})
		if found, err := w.Work(t.Context()); !found || err != nil {
			t.Fatalf("Work = %v, %v", found, err)
		}
		if store.report == nil || store.report.Outcome != inventory.Complete {
			t.Errorf("report = %+v, want complete", store.report)
		}
		if len(fed) != 1 || fed[0].Port != 80 {
			t.Errorf("the second stage was fed %v, want the service that the first saw", fed)
		}
		if found, _ := w.Work(t.Context()); found {
			t.Error("Work found a second task in a store of one")
		}
	})
}

func TestScanningStops(t *testing.T) {
	for _, c := range []struct {
		name   string
		bend   func(*fakeStore)
		within time.Duration
		report bool   // a true partial report is stored
		note   string // part of it
	}{
		{"when a person cancels", func(f *fakeStore) {
			f.renew = func(int) (scanner.Order, error) { return scanner.Order{Stop: true, Reason: "cancelled by asha"}, nil }
		}, 10 * time.Second, true, "cancelled by asha"},
		{"when the lease is lost", func(f *fakeStore) {
			f.renew = func(int) (scanner.Order, error) { return scanner.Order{}, inventory.ErrConflict }
		}, 10 * time.Second, false, ""},
		{"before the lease runs out while the database is away", func(f *fakeStore) {
			f.renew = func(int) (scanner.Order, error) { return scanner.Order{}, inventory.ErrUnavailable }
		}, 26 * time.Second, false, ""},
		{"when the authorisation is revoked", func(f *fakeStore) {
			calls := 0
			f.scope = func() (inventory.Scope, error) {
				if calls++; calls > 1 {
					return inventory.NewScope(nil, nil, nil), nil
				}
				return open()
			}
		}, 10 * time.Second, true, "permission ended"},
		{"when its asset moves to another organisation", func(f *fakeStore) {
			calls := 0
			f.scope = func() (inventory.Scope, error) {
				scope, err := open()
				if calls++; calls > 1 {
					scope = scope.WithDeparted(map[inventory.AssetID]string{"A-1": "has moved to another organisation"})
				}
				return scope, err
			}
		}, 10 * time.Second, true, "permission ended"},
		{"when the owner of a wider asset limits it", func(f *fakeStore) {
			f.task.Hosts[0].Within = []inventory.AssetID{"A-9"}
			calls := 0
			f.scope = func() (inventory.Scope, error) {
				scope, err := open()
				if calls++; calls > 1 {
					scope = scope.WithLimits(map[inventory.AssetID]inventory.Level{"A-9": inventory.LevelLight})
				}
				return scope, err
			}
		}, 10 * time.Second, true, "limit allows the level light"},
		{"when the level allowed sinks below the profile's", func(f *fakeStore) {
			calls := 0
			f.scope = func() (inventory.Scope, error) {
				if calls++; calls > 1 {
					return scopeAt("192.0.2.0/28", inventory.LevelLight), nil
				}
				return open()
			}
		}, 10 * time.Second, true, "allows the level light"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &fakeStore{task: newTask()}
				c.bend(store)
				start := time.Now()
				if _, err := newWorker(store, hang).Work(t.Context()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took > c.within {
					t.Errorf("scanning went on for %s, want at most %s", took, c.within)
				}
				if (store.report != nil) != c.report {
					t.Fatalf("report = %+v, want one: %v", store.report, c.report)
				}
				if c.report && (!strings.Contains(store.report.Note, c.note) || store.report.Outcome != inventory.Partial) {
					t.Errorf("report = %s %q, want partial with %q", store.report.Outcome, store.report.Note, c.note)
				}
			})
		})
	}
}

func TestShortDatabaseOutageIsSurvived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{task: newTask()}
		store.renew = func(n int) (scanner.Order, error) {
			if n <= 4 { // twelve seconds
				return scanner.Order{}, inventory.ErrUnavailable
			}
			return scanner.Order{}, nil
		}
		store.finish = func(n int) error {
			if n <= 3 {
				return inventory.ErrUnavailable
			}
			return nil
		}
		slow := func(ctx context.Context, b scanner.Batch) (scanner.Result, error) {
			select {
			case <-time.After(time.Minute):
				return quick(ctx, b)
			case <-ctx.Done():
				return scanner.Result{}, ctx.Err()
			}
		}
		if _, err := newWorker(store, slow).Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		if store.report == nil || store.report.Outcome != inventory.Complete {
			t.Errorf("report = %+v, want complete", store.report)
		}
	})
}

func TestARefusedResultEndsTheTaskAsFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{task: newTask(), finish: func(n int) error {
			if n == 1 {
				return &inventory.InputError{Field: "result", Message: "is not among the task's hosts"}
			}
			return nil
		}}
		start := time.Now()
		if _, err := newWorker(store, quick).Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := store.report; r == nil || r.Outcome != inventory.Failed || len(r.Result.Hosts) != 2 || !strings.Contains(r.Note, "refused") {
			t.Errorf("report = %+v, want a failed one that says why", r)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %s to see that a refused result stays refused", took)
		}
	})
}

func TestDrainGivesTheTaskBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{task: newTask()}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := newWorker(store, hang).Work(ctx); err != nil {
			t.Fatal(err)
		}
		if !store.released || store.report != nil {
			t.Errorf("released = %v, report = %v; want the task back in the queue and no report", store.released, store.report)
		}
	})
}

func TestLateFinishIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{task: newTask(), finish: func(int) error { return inventory.ErrConflict }}
		if _, err := newWorker(store, quick).Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		if store.finishes != 1 {
			t.Errorf("finish was tried %d times, want once: another holds the task", store.finishes)
		}
	})
}

func TestOnlyPermittedHostsAreTouched(t *testing.T) {
	for _, c := range []struct {
		name string
		host scanner.Host
		want inventory.Outcome
	}{
		{"inside the authorisation", scanner.Host{Addr: host1, Asset: "A-1"}, inventory.Complete},
		{"outside it since the plan was made", scanner.Host{Addr: netip.MustParseAddr("192.0.2.99"), Asset: "A-1"}, inventory.Blocked},
		{"a name that still leads here", scanner.Host{Addr: host1, Asset: "A-1", Name: "portal.example.lk"}, inventory.Complete},
		{"a name that moved to a permitted neighbour", scanner.Host{Addr: host2, Asset: "A-1", Name: "portal.example.lk"}, inventory.Blocked},
		{"a name that is gone", scanner.Host{Addr: host1, Asset: "A-1", Name: "gone.example.lk"}, inventory.Blocked},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &fakeStore{task: newTask(c.host)}
				touched := 0
				w := newWorker(store, func(ctx context.Context, b scanner.Batch) (scanner.Result, error) {
					touched += len(b.Targets)
					return quick(ctx, b)
				})
				if _, err := w.Work(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := outcomes(store.report)[c.host.Addr]; got != c.want {
					t.Errorf("outcome = %s, want %s (%+v)", got, c.want, store.report.Result.Hosts)
				}
				if (touched > 0) != (c.want == inventory.Complete) {
					t.Errorf("%d targets reached the engine", touched)
				}
			})
		})
	}
}

func TestEngineFaults(t *testing.T) {
	broken := func(context.Context, scanner.Batch) (scanner.Result, error) {
		return scanner.Result{}, errors.New("nmap: not found")
	}
	for _, c := range []struct {
		name    string
		engines []engineFunc
		want    inventory.Outcome
	}{
		{"the first stage fails: nothing was looked at", []engineFunc{broken, quick}, inventory.Failed},
		{"a later stage fails: part of it was", []engineFunc{quick, broken}, inventory.Partial},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &fakeStore{task: newTask()}
				if _, err := newWorker(store, c.engines...).Work(t.Context()); err != nil {
					t.Fatal(err)
				}
				if store.report.Outcome != c.want || !strings.Contains(store.report.Note, "nmap: not found") {
					t.Errorf("report = %s %q, want %s with the fault", store.report.Outcome, store.report.Note, c.want)
				}
			})
		})
	}
}

func TestWindowEndStopsScanning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := time.Now().Add(20 * time.Minute)
		store := &fakeStore{task: newTask()}
		store.scope = func() (inventory.Scope, error) {
			return inventory.NewScope([]inventory.Authorization{{
				ID: "AUTH-1", Org: "ORG-1", Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
				Method: inventory.MethodMandate, State: inventory.AuthActive, Level: inventory.LevelStandard,
				OTLevel: inventory.LevelLight, TimeZone: "UTC", From: time.Now().Add(-time.Hour), Until: end,
			}}, nil, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}), nil
		}
		if _, err := newWorker(store, hang).Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		if late := time.Since(end); late > 0 {
			t.Errorf("scanning went on %s after the authorisation's end", late)
		}
		if store.report == nil || store.report.Outcome != inventory.Partial {
			t.Errorf("report = %+v, want a partial one", store.report)
		}
	})
}
