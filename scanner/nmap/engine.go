package nmap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os/exec"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// Config is what an Engine needs; zero fields take the value in brackets.
type Config struct {
	Path string // of nmap (the one in PATH)
	// Unprivileged forbids raw sockets where the process may use them.
	Unprivileged bool
	Log          *slog.Logger     // (none)
	Now          func() time.Time // (time.Now)
}

// Engine is a scanner.Engine. It holds no state between calls.
type Engine struct {
	path       string
	setpriv    string
	privileged bool
	log        *slog.Logger
	now        func() time.Time
}

var _ scanner.Engine = (*Engine)(nil)

// New finds nmap, and returns inventory.ErrUnavailable with what to do when it
// is not there.
func New(c Config) (*Engine, error) {
	e := &Engine{path: c.Path, log: c.Log, now: c.Now}
	if e.path == "" {
		e.path = "nmap"
	}
	var err error
	if e.path, err = exec.LookPath(e.path); err != nil {
		return nil, fmt.Errorf("%w: nmap is not installed (apt-get install nmap): %w", inventory.ErrUnavailable, err)
	}
	if e.setpriv, err = exec.LookPath("setpriv"); err != nil {
		return nil, fmt.Errorf("%w: setpriv is not installed (apt-get install util-linux): %w", inventory.ErrUnavailable, err)
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.now == nil {
		e.now = time.Now
	}
	e.privileged = !c.Unprivileged && mayUseRawSockets()
	return e, nil
}

// Scan implements scanner.Engine.
func (e *Engine) Scan(ctx context.Context, b scanner.Batch) (scanner.Result, error) {
	s := newScan(e, b)
	for _, family := range [][]netip.Addr{s.family(netip.Addr.Is4), s.family(netip.Addr.Is6)} {
		if len(family) == 0 {
			continue
		}
		if err := s.look(ctx, family); err != nil {
			return s.result(), err
		}
	}
	return s.result(), nil
}

// look takes the addresses of one family through the stages.
func (s *scan) look(ctx context.Context, addrs []netip.Addr) error {
	up := addrs
	if s.profile.Discovery {
		var err error
		if up, err = s.discover(ctx, addrs); err != nil || len(up) == 0 {
			return err
		}
	}
	if err := s.ports(ctx, up, inventory.TCP, s.profile.TCP); err != nil {
		return err
	}
	if s.raw() && s.profile.UDP.Len() > 0 {
		if err := s.ports(ctx, s.answering(up), inventory.UDP, s.profile.UDP); err != nil {
			return err
		}
	}
	if !s.profile.Versions {
		return nil
	}
	return s.versions(ctx, s.answering(up))
}

// discover asks which hosts are up; the others are unreachable.
func (s *scan) discover(ctx context.Context, addrs []netip.Addr) ([]netip.Addr, error) {
	out, err := s.engine.run(ctx, s.discoveryArgs(), addrs)
	if err != nil {
		return nil, fmt.Errorf("discovery: %w", err)
	}
	s.requests += int64(len(addrs) * s.discoveryProbes())
	var up []netip.Addr
	for _, addr := range addrs {
		if h, ok := out.hosts[addr]; ok && h.up {
			up = append(up, addr)
			continue
		}
		s.end(addr, inventory.Unreachable, "the host did not answer ICMP or TCP probes")
	}
	return up, nil
}

// ports asks every port of a set, and books what each answered.
func (s *scan) ports(ctx context.Context, addrs []netip.Addr, t inventory.Transport, asked inventory.PortSet) error {
	if len(addrs) == 0 || asked.Len() == 0 {
		return nil
	}
	out, err := s.engine.run(ctx, s.portArgs(t, asked), addrs)
	if err != nil {
		return fmt.Errorf("%s ports: %w", t, err)
	}
	s.requests += int64(len(addrs) * asked.Len())
	for _, addr := range addrs {
		h, ok := out.hosts[addr]
		switch {
		case !ok:
			s.end(addr, inventory.Unreachable, "there is no route to the host")
		case h.timedOut:
			s.end(addr, inventory.Partial, fmt.Sprintf("its %s ports were not done within %s", t, s.profile.HostTimeout))
		default:
			s.book(addr, t, asked, h)
		}
	}
	return nil
}

// versions asks the services on open TCP ports what they are.
func (s *scan) versions(ctx context.Context, addrs []netip.Addr) error {
	open := s.open(addrs)
	if open.Len() == 0 {
		return nil
	}
	var with []netip.Addr
	for _, addr := range addrs {
		if s.hosts[addr].hasOpen(inventory.TCP) {
			with = append(with, addr)
		}
	}
	out, err := s.engine.run(ctx, s.versionArgs(open), with)
	if err != nil {
		return fmt.Errorf("versions: %w", err)
	}
	s.requests += int64(len(with) * open.Len())
	for _, addr := range with {
		h, ok := out.hosts[addr]
		if !ok || h.timedOut {
			s.end(addr, inventory.Partial, fmt.Sprintf("its services did not say what they are within %s", versionTimeout))
			continue
		}
		s.name(addr, h)
	}
	return nil
}

// errInterrupted says that nmap was stopped before its end.
var errInterrupted = errors.New("nmap was stopped")
