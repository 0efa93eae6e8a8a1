// Package serve brings the lab's truth to life: it starts every service where
// the truth says, in the present network namespace, and repairs them on
// request.
package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/internal/lab/daemons"
	"github.com/ciiscan/ciiscan/internal/lab/fakes"
	"github.com/ciiscan/ciiscan/internal/lab/netns"
	"github.com/ciiscan/ciiscan/inventory"
)

// A Lab is the running servers of a truth. Its methods may be called from
// several goroutines.
type Lab struct {
	truth     lab.Truth
	dir       string
	authority *fakes.Authority
	names     *fakes.NameServer
	callers   map[netip.Addr]*atomic.Int64 // connections to neighbours
	closers   []closer                     // neighbours

	mu      sync.Mutex
	running map[place]closer
	fixed   []string
	starts  int
}

type closer interface{ Close() error }

// A place is where one service stands.
type place struct {
	addr      netip.Addr
	port      uint16
	transport inventory.Transport
}

// Network is what netns has to build for a truth.
func Network(t lab.Truth) netns.Network {
	n := netns.Network{Scanner4: t.Scanner4, Scanner6: t.Scanner6, Hosts: []netip.Addr{t.NameServer}, Routed: t.Routed}
	for _, h := range t.Hosts {
		if !h.Silent {
			n.Hosts = append(n.Hosts, h.Addr)
		}
		for _, s := range h.Services {
			if s.Filtered {
				n.Filtered = append(n.Filtered, netns.Port{Addr: h.Addr, Transport: string(transport(s)), Port: s.Port})
			}
		}
	}
	for _, nb := range t.Neighbours {
		n.Hosts = append(n.Hosts, nb.Addr)
	}
	return n
}

// Start starts the servers, keeping their files below dir, and returns when
// every TCP service accepts connections.
func Start(ctx context.Context, t lab.Truth, dir string) (*Lab, error) {
	authority, err := fakes.NewAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	l := &Lab{truth: t, dir: dir, authority: authority, callers: map[netip.Addr]*atomic.Int64{}, running: map[place]closer{}}
	if err := l.startAll(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Lab) startAll(ctx context.Context) error {
	if err := l.startNames(); err != nil {
		return err
	}
	for _, n := range l.truth.Neighbours {
		if err := l.startNeighbour(n); err != nil {
			return err
		}
	}
	for _, h := range l.truth.Hosts {
		for _, s := range h.Services {
			if s.Kind == "" {
				continue // about the host, not a port
			}
			if err := l.start(h, s, s.Kind); err != nil {
				return err
			}
		}
	}
	return l.waitReady(ctx)
}

// start starts a service of the given kind in a place that is free.
func (l *Lab) start(h lab.Host, s lab.Service, kind string) error {
	at := netip.AddrPortFrom(h.Addr, s.Port)
	var (
		c   closer
		err error
	)
	if slices.Contains(daemons.Kinds(), kind) {
		l.starts++
		c, err = daemons.Start(kind, at, filepath.Join(l.dir, fmt.Sprintf("%03d-%s", l.starts, kind)), h.Names)
	} else {
		c, err = fakes.Start(kind, at, fakes.Options{Authority: l.authority, Names: h.Names, Neighbour: lab.NeighbourWeb})
	}
	if err != nil {
		return fmt.Errorf("host %s (%s): %w", h.Addr, h.What, err)
	}
	l.running[placeOf(h, s)] = c
	return nil
}

func (l *Lab) startNames() error {
	var zones []fakes.Zone
	for _, z := range l.truth.Zones {
		zone := fakes.Zone{Name: z.Name, Records: slices.Clone(z.Records)}
		for name, addrs := range z.Rebind {
			zone.Rebinding = append(zone.Rebinding, fakes.Rebinding{Name: name, First: addrs[0], Then: addrs[1]})
		}
		zones = append(zones, zone)
	}
	for _, h := range l.truth.Hosts {
		for _, name := range h.Names {
			kind := "AAAA"
			if h.Addr.Is4() {
				kind = "A"
			}
			zones[0].Records = append(zones[0].Records, fmt.Sprintf("%s. 60 IN %s %s", name, kind, h.Addr))
		}
	}
	names, err := fakes.NewNameServer(zones, time.Now)
	if err != nil {
		return err
	}
	if err := names.Start(netip.AddrPortFrom(l.truth.NameServer, 53)); err != nil {
		return err
	}
	l.names = names
	return nil
}

// startNeighbour listens for whoever should not come.
func (l *Lab) startNeighbour(n lab.Neighbour) error {
	listener, err := net.Listen("tcp", netip.AddrPortFrom(n.Addr, n.Port).String())
	if err != nil {
		return fmt.Errorf("start neighbour: %w", err)
	}
	count := new(atomic.Int64)
	l.callers[n.Addr] = count
	l.closers = append(l.closers, listener)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			count.Add(1)
			conn.Close()
		}
	}()
	return nil
}

// Fix does the named repair, once: the service is taken off the network, or a
// better one is put in its place.
func (l *Lab) Fix(ctx context.Context, name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.Contains(l.fixed, name) {
		return nil
	}
	for _, h := range l.truth.Hosts {
		for _, s := range h.Services {
			if s.Fix.Name != name {
				continue
			}
			if err := l.running[placeOf(h, s)].Close(); err != nil {
				return fmt.Errorf("repair %s: %w", name, err)
			}
			delete(l.running, placeOf(h, s))
			if s.Fix.Kind != "" {
				if err := l.start(h, s, s.Fix.Kind); err != nil {
					return fmt.Errorf("repair %s: %w", name, err)
				}
			}
			l.fixed = append(l.fixed, name)
			return l.waitReady(ctx)
		}
	}
	_, err := l.truth.After(name) // says which there are
	return err
}

// Fixed lists the repairs done so far.
func (l *Lab) Fixed() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.fixed)
}

// Callers returns the connections that neighbours have accepted.
func (l *Lab) Callers() map[netip.Addr]int64 {
	counts := map[netip.Addr]int64{}
	for a, n := range l.callers {
		counts[a] = n.Load()
	}
	return counts
}

// Health returns why services are not running that should be.
func (l *Lab) Health() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, c := range l.running {
		if d, ok := c.(*daemons.Daemon); ok {
			errs = append(errs, d.Exited())
		}
	}
	return errors.Join(errs...)
}

// Close stops everything.
func (l *Lab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wg sync.WaitGroup
	for _, c := range l.running {
		wg.Go(func() { _ = c.Close() })
	}
	wg.Wait()
	for _, c := range l.closers {
		_ = c.Close()
	}
	if l.names == nil {
		return nil
	}
	return l.names.Close()
}

// waitReady returns once every TCP service that is running accepts a
// connection. Filtered ones cannot be asked and need not be.
func (l *Lab) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	filtered := map[place]bool{}
	for _, h := range l.truth.Hosts {
		for _, s := range h.Services {
			filtered[placeOf(h, s)] = s.Filtered
		}
	}
	for p, c := range l.running {
		if p.transport != inventory.TCP || filtered[p] {
			continue
		}
		if err := waitFor(ctx, p, c); err != nil {
			return err
		}
	}
	return nil
}

func waitFor(ctx context.Context, p place, c closer) error {
	at := netip.AddrPortFrom(p.addr, p.port).String()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", at)
		if err == nil {
			return conn.Close()
		}
		if d, ok := c.(*daemons.Daemon); ok && d.Exited() != nil {
			return fmt.Errorf("service on %s: %w", at, d.Exited())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("service on %s does not listen: %w", at, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func placeOf(h lab.Host, s lab.Service) place { return place{h.Addr, s.Port, transport(s)} }

func transport(s lab.Service) inventory.Transport {
	if s.Transport == "" {
		return inventory.TCP
	}
	return s.Transport
}
