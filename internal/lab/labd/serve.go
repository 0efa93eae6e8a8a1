package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"os/user"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/internal/lab/control"
	"github.com/ciiscan/ciiscan/internal/lab/daemons"
	"github.com/ciiscan/ciiscan/internal/lab/netns"
	"github.com/ciiscan/ciiscan/internal/lab/serve"
)

// runLab builds the scanner's side of the network, and runs the hosts beside
// it in a process and namespace of their own until that process ends.
func runLab(ctx context.Context, dir string, limit time.Duration, withParent bool) error {
	if missing := daemons.Missing(); len(missing) > 0 {
		return fmt.Errorf("these Debian packages are missing: %v; scripts/setup.sh installs them", missing)
	}
	if err := netns.RequirePrivate(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if withParent {
		go endWithParent(ctx, cancel)
	}
	hosts := netns.Command(ctx, self, "hosts", "--dir", dir, "--for", limit.String())
	hosts.Stdout, hosts.Stderr = os.Stdout, os.Stderr
	hosts.Cancel = func() error { return hosts.Process.Signal(syscall.SIGTERM) }
	hosts.WaitDelay = 15 * time.Second
	// The hosts wait for a line before they start, and end with this pipe.
	start, err := hosts.StdinPipe()
	if err != nil {
		return fmt.Errorf("start the hosts: %w", err)
	}
	if err := hosts.Start(); err != nil {
		return fmt.Errorf("start the hosts: %w", err)
	}
	if err := netns.SetupScanner(ctx, serve.Network(lab.Country()), hosts.Process.Pid); err != nil {
		cancel()
		return errors.Join(fmt.Errorf("build the scanner's network: %w", err), hosts.Wait())
	}
	if _, err := io.WriteString(start, "start\n"); err != nil {
		cancel()
		return errors.Join(fmt.Errorf("start the hosts: %w", err), hosts.Wait())
	}
	if err := hosts.Wait(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("hosts: %w", err)
	}
	return nil
}

// serveHosts runs the hosts until it is told to stop or its parent goes.
func serveHosts(ctx context.Context, dir string, limit time.Duration, parent io.Reader, stdout io.Writer) (err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	wait := bufio.NewReader(parent)
	if _, err := wait.ReadString('\n'); err != nil {
		return errors.New("hosts is started by run")
	}
	go func() {
		_, _ = wait.ReadByte() // nothing comes but the end
		cancel()
	}()
	truth := lab.Country()
	filtering, err := netns.SetupHosts(ctx, serve.Network(truth))
	if err != nil {
		return fmt.Errorf("build the hosts' network: %w", err)
	}
	if !filtering {
		fmt.Fprintln(stdout, "lab: no packet filter here: filtered ports stay without a service")
		truth = withoutFiltered(truth)
	}
	watch, err := watchNeighbours(truth)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { watch.Run(ctx.Done()) })
	defer cancel() // before the wait above

	// What follows needs no privilege: the socket is bound before, because
	// its directory may be root's own.
	socket, err := control.Listen(dir)
	if err != nil {
		return err
	}
	defer socket.Close()
	files, err := os.MkdirTemp("", "ciiscan-lab-")
	if err != nil {
		return fmt.Errorf("make directory for the servers: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(files)) }()
	if err := dropRoot(files); err != nil {
		return err
	}
	running, err := serve.Start(ctx, truth, files)
	if err != nil {
		return err
	}
	defer running.Close()
	fmt.Fprintf(stdout, "lab: %d hosts are up\n", len(truth.Hosts))
	return control.Serve(ctx, socket, &state{lab: running, watch: watch, stop: cancel})
}

// endWithParent calls end when the process that started this one is gone. It
// asks now and then: the kernel's own signal follows threads, not processes.
func endWithParent(ctx context.Context, end func()) {
	parent := os.Getppid()
	for ctx.Err() == nil && os.Getppid() == parent {
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	end()
}

// withoutFiltered leaves out the services that only a packet filter hides.
func withoutFiltered(t lab.Truth) lab.Truth {
	t.Hosts = slices.Clone(t.Hosts)
	for i := range t.Hosts {
		t.Hosts[i].Services = slices.DeleteFunc(slices.Clone(t.Hosts[i].Services), func(s lab.Service) bool { return s.Filtered })
	}
	return t
}

func watchNeighbours(t lab.Truth) (*netns.Watch, error) {
	var addrs []netip.Addr
	for _, n := range t.Neighbours {
		addrs = append(addrs, n.Addr)
	}
	watch, err := netns.NewWatch(addrs)
	if err != nil {
		return nil, fmt.Errorf("watch the neighbours: %w", err)
	}
	return watch, nil
}

// dropRoot makes root an ordinary user, to whom dir then belongs. Anybody
// else stays who they are.
func dropRoot(dir string) error {
	if os.Getuid() != 0 {
		return nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return fmt.Errorf("find an ordinary user: %w", err)
	}
	uid, errUID := strconv.Atoi(nobody.Uid)
	gid, errGID := strconv.Atoi(nobody.Gid)
	return errors.Join(errUID, errGID, os.Chown(dir, uid, gid),
		syscall.Setgroups([]int{gid}), syscall.Setgid(gid), syscall.Setuid(uid))
}

// state is what the control socket asks.
type state struct {
	lab   *serve.Lab
	watch *netns.Watch
	stop  func()
}

// Status implements control.Lab.
func (s *state) Status() control.Status {
	packets, total, bytes := s.watch.Counts()
	lost, err := s.watch.Lost()
	if err != nil {
		lost = -1 // unknown, which proves no more than a loss does
	}
	st := control.Status{PID: os.Getpid(), Fixed: s.lab.Fixed(), Packets: total, Bytes: bytes, Lost: lost}
	callers := s.lab.Callers()
	for _, a := range slices.SortedFunc(maps.Keys(packets), netip.Addr.Compare) {
		st.Neighbours = append(st.Neighbours, control.Neighbour{Addr: a, Packets: packets[a], Connections: callers[a]})
	}
	if err := s.lab.Health(); err != nil {
		st.Sick = err.Error()
	}
	return st
}

// Fix implements control.Lab.
func (s *state) Fix(ctx context.Context, name string) error { return s.lab.Fix(ctx, name) }

// Stop implements control.Lab.
func (s *state) Stop() { s.stop() }
