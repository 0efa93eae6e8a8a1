package worker

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// scope returns what the task may touch now: its scope in the register,
// without the addresses to which names lead that ask for more care than the
// plan took. Such a name may have been registered, or have come to lead
// there, since the scan was planned.
func (w *Worker) scope(ctx context.Context, t scanner.Task) (inventory.Scope, error) {
	scope, err := w.Store.TaskScope(ctx, t)
	if err != nil {
		return inventory.Scope{}, err
	}
	names, err := w.Store.GentleNames(ctx, t)
	if err != nil {
		return inventory.Scope{}, err
	}
	asOT := map[netip.Addr]bool{} // how each address of the task was planned
	for _, h := range t.Hosts {
		asOT[h.Addr] = h.Class == inventory.OT
	}
	led := w.lead.lookUp(ctx, w.Resolver, names)
	changed := map[netip.Addr]string{}
	for _, n := range names {
		for _, addr := range led[n.Name] {
			ot, planned := asOT[addr]
			switch {
			case planned && n.Excluded:
				changed[addr] = "the excluded name " + n.Name + " leads there"
			case planned && n.OT && !ot:
				changed[addr] = "the name " + n.Name + " leads there, which is registered as OT"
			case planned && n.Limited:
				changed[addr] = "the name " + n.Name + " leads there, which has a limit of its own"
			}
		}
	}
	return scope.WithChanged(changed), nil
}

// leads remembers to which addresses names lead, for as long as a worker may
// rely on it: the scope is asked every few seconds. Its zero value is ready;
// tasks side by side share it.
type leads struct {
	mu    sync.Mutex
	known map[string]lead
}

type lead struct {
	addrs []netip.Addr
	until time.Time
}

const relyOnLead = 5 * time.Minute

// lookUp returns the addresses of the names that have any. One that does not
// resolve leads nowhere, as it does for the planner, and is asked again by the
// next call.
func (l *leads) lookUp(ctx context.Context, r Resolver, names []scanner.GentleName) map[string][]netip.Addr {
	now := time.Now() //nolint:forbidigo // the monotonic clock, which no test or administrator sets
	found := l.remembered(now)
	var g errgroup.Group
	g.SetLimit(8)
	for _, n := range names {
		if _, ok := found[n.Name]; ok {
			continue
		}
		g.Go(func() error {
			if addrs, err := r.Lookup(ctx, n.Name); err == nil {
				l.remember(n.Name, lead{addrs, now.Add(relyOnLead)})
			}
			return nil
		})
	}
	_ = g.Wait() // no function returns an error
	return l.remembered(now)
}

func (l *leads) remember(name string, to lead) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil {
		l.known = map[string]lead{}
	}
	l.known[name] = to
}

// remembered returns what may be relied on at now, and forgets the rest.
func (l *leads) remembered(now time.Time) map[string][]netip.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[string][]netip.Addr, len(l.known))
	for name, to := range l.known {
		if !now.Before(to.until) {
			delete(l.known, name)
			continue
		}
		out[name] = to.addrs
	}
	return out
}
