package nmap

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

const (
	// portsPerCall is how many ports one call asks about. nmap says nothing
	// of a host that it gives up, so a long list is asked in slices, and what
	// the earlier ones gave stays.
	portsPerCall = 8192
	// namedPorts is how many open ports of one host are asked what they are.
	namedPorts = 100
	// leastTime is the shortest timeout that is worth a call.
	leastTime = 2 * time.Second
)

// A lane is the hosts, all of one family, that go through the stages together.
type lane struct {
	*scan
	hosts    []*host
	rate     int  // packets a second
	oneByOne bool // one connection at a time
	began    time.Time
}

// run takes the lane's hosts through ports and services.
func (l *lane) run(ctx context.Context) error {
	l.began = l.engine.now()
	for _, stage := range []func(context.Context) error{l.askTCP, l.askUDP, l.askServices} {
		if err := stage(ctx); err != nil {
			return err
		}
	}
	for _, h := range l.hosts {
		h.done = true
	}
	return nil
}

func (l *lane) askTCP(ctx context.Context) error {
	for _, ports := range slicesOf(l.profile.TCP, portsPerCall) {
		addrs := l.remaining()
		if len(addrs) == 0 {
			return nil
		}
		l.requests.Add(int64(len(addrs) * ports.Len()))
		rep, err := l.call(ctx, addrs, l.tcpPorts(ports, addrs))
		l.take(rep, addrs, inventory.TCP, ports, err == nil)
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *lane) askUDP(ctx context.Context) error {
	addrs := l.remaining()
	if l.lacksUDP() || l.profile.Serial || l.profile.UDP.Len() == 0 || len(addrs) == 0 {
		return nil
	}
	l.requests.Add(int64(len(addrs) * l.profile.UDP.Len()))
	rep, err := l.call(ctx, addrs, l.udpPorts(addrs))
	l.take(rep, addrs, inventory.UDP, l.profile.UDP, err == nil)
	return err
}

// take keeps what a call said of ports. Of a whole report, the hosts that it
// does not mention are ended.
func (l *lane) take(rep report, addrs []netip.Addr, t inventory.Transport, asked inventory.PortSet, whole bool) {
	said := rep.byAddr()
	for _, h := range l.hosts {
		x, ok := said[h.addr]
		switch {
		case !slices.Contains(addrs, h.addr):
		case ok && x.TimedOut:
			h.end(inventory.Partial, l.tooSlow())
		case ok && x.Ports != nil:
			h.cover(t, asked, *x.Ports)
		case ok && whole:
			h.end(inventory.Partial, fmt.Sprintf("it stopped answering (%s)", x.Status.Reason))
		case slices.Contains(rep.Skipped, h.addr):
			h.end(inventory.Failed, noRoute)
		case whole:
			h.end(inventory.Partial, "nmap gave no result for it")
		}
	}
}

// askServices asks the open ports what they are.
func (l *lane) askServices(ctx context.Context) error {
	if l.profile.Serial || !l.profile.Versions && len(l.profile.Scripts) == 0 {
		return nil
	}
	for _, t := range []inventory.Transport{inventory.TCP, inventory.UDP} {
		if err := l.askServicesOn(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// askServicesOn asks all hosts with open ports on one transport about each
// port that is open on any of them. That costs the others one packet each, and
// saves a call for every host.
func (l *lane) askServicesOn(ctx context.Context, t inventory.Transport) error {
	var ports inventory.PortSet
	var hosts []*host
	for _, h := range l.hosts {
		mine := h.open(t)
		for _, p := range mine[:min(len(mine), namedPorts)] {
			ports.Add(p)
		}
		if len(mine) > 0 && !h.over {
			hosts = append(hosts, h)
		}
	}
	if len(hosts) == 0 || l.outOfTime() {
		return nil
	}
	addrs := addresses(hosts)
	l.requests.Add(int64(len(addrs) * ports.Len()))
	rep, err := l.call(ctx, addrs, l.services(t, ports, addrs))
	said := rep.byAddr()
	for _, h := range hosts {
		x, ok := said[h.addr]
		switch {
		case ok && x.TimedOut:
			h.end(inventory.Partial, "its services did not say what they are: "+l.tooSlow())
		case ok && x.Ports != nil:
			h.identify(*x.Ports)
		case err == nil:
			h.end(inventory.Partial, "its services were not asked what they are: it stopped answering")
		}
	}
	return err
}

// remaining lists the hosts still to be asked, and ends all when the lane's
// time is over.
func (l *lane) remaining() []netip.Addr {
	if l.outOfTime() {
		return nil
	}
	var out []netip.Addr
	for _, h := range l.hosts {
		if !h.over {
			out = append(out, h.addr)
		}
	}
	return out
}

// outOfTime ends all hosts when there is no time for another call.
func (l *lane) outOfTime() bool {
	if l.hostTimeout()-l.engine.now().Sub(l.began) >= leastTime {
		return false
	}
	for _, h := range l.hosts {
		h.end(inventory.Partial, l.tooSlow())
	}
	return true
}

// left is what remains of the hosts' timeout, which began with the lane.
func (l *lane) left() time.Duration {
	return max(leastTime, l.hostTimeout()-l.engine.now().Sub(l.began))
}

func (l *lane) tooSlow() string {
	return fmt.Sprintf("not done within the host timeout of %s", l.hostTimeout())
}

// slicesOf cuts a set into sets of at most n ports.
func slicesOf(ports inventory.PortSet, n int) []inventory.PortSet {
	var out []inventory.PortSet
	var current inventory.PortSet
	for p := range ports.All() {
		current.Add(p)
		if current.Len() == n {
			out, current = append(out, current), inventory.PortSet{}
		}
	}
	if current.Len() > 0 {
		out = append(out, current)
	}
	return out
}
