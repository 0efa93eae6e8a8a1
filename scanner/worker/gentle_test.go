package worker

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// What is known by a name alone is protected where the name leads, also when it
// was registered, or its name came to lead there, after the scan was planned.
func TestNamesThatWantCareKeepTheirAddresses(t *testing.T) {
	const name = "portal.example.lk" // leads to host1
	plain := scanner.Host{Addr: host1, Asset: "A-1", Class: inventory.IT}
	asOT := scanner.Host{Addr: host1, Asset: "A-1", Class: inventory.OT}
	for _, c := range []struct {
		what string
		host scanner.Host
		name scanner.GentleName
		want string // in the reason; "" when it is scanned
	}{
		{"OT", plain, scanner.GentleName{Name: name, OT: true}, "the name portal.example.lk leads there, which is registered as OT"},
		{"OT that was planned as such", asOT, scanner.GentleName{Name: name, OT: true}, ""},
		{"a limit", plain, scanner.GentleName{Name: name, Limited: true}, "the name portal.example.lk leads there, which has a limit of its own"},
		{"a limit, and OT planned as such", asOT, scanner.GentleName{Name: name, OT: true, Limited: true}, "has a limit of its own"},
		{"an exclusion", asOT, scanner.GentleName{Name: name, Excluded: true}, "the excluded name portal.example.lk leads there"},
		{"one that leads nowhere", plain, scanner.GentleName{Name: "gone.example.lk", OT: true}, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &fakeStore{
					task:   newTask(c.host, scanner.Host{Addr: host2, Asset: "A-2", Class: c.host.Class}),
					gentle: func(int) []scanner.GentleName { return []scanner.GentleName{c.name} },
				}
				store.task.Profile = "light"
				if _, err := newWorker(store, quick).Work(t.Context()); err != nil {
					t.Fatal(err)
				}
				want := map[netip.Addr]inventory.Outcome{host1: inventory.Complete, host2: inventory.Complete}
				if c.want != "" {
					want[host1] = inventory.Blocked
				}
				if got := outcomes(store.report); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("outcomes %v, want %v", got, want)
				}
				for _, h := range store.report.Result.Hosts {
					if h.Addr == host1 && !strings.Contains(h.Reason, c.want) {
						t.Errorf("reason %q, want %q in it", h.Reason, c.want)
					}
				}
			})
		})
	}
}

func TestScanningStopsWhenANameWantsCare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeStore{task: newTask(), gentle: func(n int) []scanner.GentleName {
			if n < 3 {
				return nil
			}
			return []scanner.GentleName{{Name: "portal.example.lk", OT: true}}
		}}
		ended := time.Duration(0)
		w := newWorker(store, func(ctx context.Context, _ scanner.Batch) (scanner.Result, error) {
			start := time.Now()
			<-ctx.Done()
			ended = time.Since(start)
			return scanner.Result{}, ctx.Err()
		})
		if _, err := w.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ended > 10*time.Second || !strings.Contains(store.report.Note, "portal.example.lk leads there") {
			t.Errorf("the engine ended after %s, the task with %q", ended, store.report.Note)
		}
	})
}

// The scope is asked every few seconds: names are not.
func TestLeadsAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := map[string]int{}
		r := resolverFunc(func(name string) ([]netip.Addr, error) {
			asked[name]++
			if name == "away.example.lk" {
				return nil, inventory.ErrUnavailable
			}
			return []netip.Addr{host1}, nil
		})
		var l leads
		for range 3 {
			for _, n := range []string{"plc.example.lk", "away.example.lk"} {
				l.lookUp(t.Context(), r, []scanner.GentleName{{Name: n}})
			}
		}
		if asked["plc.example.lk"] != 1 || asked["away.example.lk"] != 3 {
			t.Errorf("asked %v; want what is known once, what failed each time", asked)
		}
		time.Sleep(relyOnLead)
		led := l.lookUp(t.Context(), r, []scanner.GentleName{{Name: "plc.example.lk"}})
		if asked["plc.example.lk"] != 2 || len(led["plc.example.lk"]) != 1 {
			t.Errorf("asked %v after %s, led to %v", asked, relyOnLead, led)
		}
	})
}

type resolverFunc func(name string) ([]netip.Addr, error)

func (f resolverFunc) Lookup(_ context.Context, name string) ([]netip.Addr, error) { return f(name) }
