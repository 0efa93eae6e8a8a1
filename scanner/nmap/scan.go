package nmap

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	lib "github.com/Ullaakut/nmap/v3"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// How ports are probed, as scanner.Result says it.
const (
	methodSYN     = "syn"
	methodConnect = "connect"
)

// lightLanes is how many hosts a light look takes at the same time.
const lightLanes = 8

var errPermitOver = fmt.Errorf("%w: the scan window or the authorisation is over", inventory.ErrOutOfScope)

// method is how this engine probes TCP ports under a profile.
func (e *Engine) method(p scanner.Profile) string {
	if e.raw && !p.Connect && !p.Serial {
		return methodSYN
	}
	return methodConnect
}

// A scan is one call of Scan.
type scan struct {
	engine   *Engine
	profile  scanner.Profile
	hosts    []*host
	requests atomic.Int64
}

// newScan makes one host of all targets that share an address, and blocks
// those that may not be looked at in this way.
func newScan(e *Engine, b scanner.Batch) *scan {
	s := &scan{engine: e, profile: b.Profile}
	s.profile.PacketsPerSecond = max(1, s.profile.PacketsPerSecond)
	byAddr := map[netip.Addr]*host{}
	for _, t := range b.Targets {
		h, ok := byAddr[t.Addr()]
		if !ok {
			h = newHost(t.Addr())
			byAddr[t.Addr()] = h
			s.hosts = append(s.hosts, h)
		}
		h.admit(t, b.Profile, e.now())
	}
	for _, h := range s.hosts {
		if h.until.IsZero() {
			h.end(inventory.Blocked, h.refusal)
		}
	}
	return s
}

// withinPermits ends ctx when the first of the permits ends.
func (s *scan) withinPermits(ctx context.Context) (context.Context, context.CancelFunc) {
	var first time.Time
	for _, h := range s.hosts {
		if !h.over && (first.IsZero() || h.until.Before(first)) {
			first = h.until
		}
	}
	if first.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, first.Sub(s.engine.now()), errPermitOver)
}

// run looks at IPv4 and then at IPv6, because a call of nmap knows one of
// them. What fails for some hosts does not keep the others from their turn.
func (s *scan) run(ctx context.Context) error {
	var errs []error
	for _, is4 := range []bool{true, false} {
		var family []*host
		for _, h := range s.hosts {
			if h.addr.Is4() == is4 && !h.over {
				family = append(family, h)
			}
		}
		if len(family) > 0 {
			errs = append(errs, s.look(ctx, family))
		}
	}
	return errors.Join(errs...)
}

// look takes hosts of one family through all stages.
func (s *scan) look(ctx context.Context, family []*host) error {
	if s.profile.Discovery && !s.profile.Serial {
		if err := s.discover(ctx, family); err != nil {
			return stop(family, err)
		}
	}
	lanes, together := s.lanes(family)
	var g errgroup.Group
	g.SetLimit(together)
	var mu sync.Mutex
	var errs []error
	for _, l := range lanes {
		g.Go(func() error {
			if err := l.run(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, stop(l.hosts, err))
			}
			return nil
		})
	}
	_ = g.Wait() // the lanes' errors are in errs
	return errors.Join(errs...)
}

// stop marks the hosts that are not done with what stopped them.
func stop(hosts []*host, err error) error {
	for _, h := range hosts {
		if !h.done {
			h.stoppedBy = err
		}
	}
	return err
}

// lanes parts the hosts that are up into groups that share nmap's calls, and
// says how many groups may run at the same time.
func (s *scan) lanes(family []*host) ([]*lane, int) {
	up := slices.DeleteFunc(slices.Clone(family), func(h *host) bool { return h.over })
	rate := s.profile.PacketsPerSecond
	if !s.profile.Serial && s.profile.Level > inventory.LevelLight {
		if len(up) == 0 {
			return nil, 1
		}
		return []*lane{{scan: s, hosts: up, rate: rate}}, 1
	}
	together := 1
	if !s.profile.Serial {
		together = max(1, min(lightLanes, len(up), rate))
	}
	lanes := make([]*lane, len(up))
	for i, h := range up {
		lanes[i] = &lane{scan: s, hosts: []*host{h}, rate: rate / together, oneByOne: true}
	}
	return lanes, together
}

// discover ends the hosts that answer nothing.
func (s *scan) discover(ctx context.Context, family []*host) error {
	addrs := addresses(family)
	s.requests.Add(int64(len(addrs) * (len(pings(s.profile)) + s.engine.otherPings())))
	rep, err := s.engine.call(ctx, addrs, s.engine.discovery(s.profile, addrs), s.hostTimeout())
	said := rep.byAddr()
	for _, h := range family {
		x, ok := said[h.addr]
		switch {
		case slices.Contains(rep.Skipped, h.addr):
			h.end(inventory.Failed, noRoute)
		case ok && x.Status.State == "up":
		case ok:
			h.end(inventory.Unreachable, fmt.Sprintf("no answer to discovery (%s)", x.Status.Reason))
		case err == nil:
			h.end(inventory.Unreachable, "no answer to discovery")
		}
	}
	return err
}

const (
	noRoute = "this worker has no route to the address"
	noUDP   = "UDP ports were not looked at: the worker may not craft packets (CAP_NET_RAW)"
)

// lacksUDP tells whether the profile asks for UDP and this nmap cannot do it.
func (s *scan) lacksUDP() bool {
	return s.profile.UDP.Len() > 0 && !s.profile.Serial && !s.engine.raw
}

// otherPings counts what discovery sends besides the ports of pings.
func (e *Engine) otherPings() int {
	if e.raw {
		return 4 // echo, timestamp, two ACKs
	}
	return 0
}

// hostTimeout is the profile's, or half an hour.
func (s *scan) hostTimeout() time.Duration {
	if s.profile.HostTimeout <= 0 {
		return 30 * time.Minute
	}
	return s.profile.HostTimeout
}

// result is all that is known at the end, which err may have brought early.
func (s *scan) result(err error) scanner.Result {
	out := scanner.Result{Requests: s.requests.Load()}
	at := s.engine.now()
	for _, h := range s.hosts {
		outcome, reason := h.verdict(s.profile, err)
		if outcome == inventory.Complete && s.lacksUDP() {
			outcome, reason = inventory.Partial, noUDP
		}
		for _, asset := range h.assets {
			out.Hosts = append(out.Hosts, inventory.HostResult{Asset: asset, Addr: h.addr, Outcome: outcome, Reason: reason})
		}
		for _, transport := range []inventory.Transport{inventory.TCP, inventory.UDP} {
			if c := h.coverage(transport); c.Open.Len()+c.Closed.Len()+c.Filtered.Len() > 0 {
				out.Ports = append(out.Ports, c)
				out.Method = s.engine.method(s.profile)
			}
		}
		out.Observations = append(out.Observations, h.observations(s.profile, at)...)
	}
	return out
}

func addresses(hosts []*host) []netip.Addr {
	out := make([]netip.Addr, len(hosts))
	for i, h := range hosts {
		out[i] = h.addr
	}
	return out
}

func (r report) byAddr() map[netip.Addr]xmlHost {
	out := make(map[netip.Addr]xmlHost, len(r.Hosts))
	for _, h := range r.Hosts {
		out[h.addr()] = h
	}
	return out
}

// call runs nmap within what is left of the lane's time.
func (l *lane) call(ctx context.Context, addrs []netip.Addr, options []lib.Option) (report, error) {
	return l.engine.call(ctx, addrs, options, l.left())
}
