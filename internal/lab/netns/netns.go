// Package netns runs programs in network namespaces of their own, and builds
// the lab's network out of two of them: one for whoever scans, one for the
// hosts, and a cable between, on which every packet can be counted.
//
//	scanner ── lab0 ════ lab1 ── every address of the lab
//
// Two, because a scanner on the hosts' own machine is not the real thing:
// there every host is another sender, and nmap takes them one by one.
//
// As root a network namespace is enough. Anybody else also gets a user
// namespace in which they stay who they are, with the capabilities over that
// one network and nothing more: PostgreSQL, nginx and their like see an
// ordinary user.
package netns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
)

// Capabilities that the inside holds over its own network (linux/capability.h).
const (
	capNetBindService = 10
	capNetAdmin       = 12
	capNetRaw         = 13
)

// ErrNotAllowed says that this machine lets only root make namespaces.
var ErrNotAllowed = errors.New("this user may not make a network namespace")

// Command is exec.CommandContext, but the program starts in a new network
// namespace, in which even the loopback device is down.
func Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if uid, gid := os.Getuid(), os.Getgid(); uid != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		attr.AmbientCaps = []uintptr{capNetBindService, capNetAdmin, capNetRaw}
	}
	cmd.SysProcAttr = attr
	return cmd
}

// Allowed makes a namespace and drops it again; the error is ErrNotAllowed
// and says what to do.
func Allowed(ctx context.Context) error {
	if err := Command(ctx, "true").Run(); err != nil {
		return fmt.Errorf("%w: %w\n"+
			"Either run the same command as root, or allow user namespaces until the next start:\n"+
			"  sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000\n"+
			"  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   # where that setting exists",
			ErrNotAllowed, err)
	}
	return nil
}

// Enter returns the command with which a shell joins the namespaces of a
// process; pid may be text that a shell expands.
func Enter(pid string) string {
	if os.Getuid() == 0 {
		return fmt.Sprintf("nsenter --target %s --net", pid)
	}
	return fmt.Sprintf("nsenter --target %s --user --net --preserve-credentials", pid)
}

// RequirePrivate returns nil only in a namespace without a way out, one whose
// devices are the loopback and the lab's cable. Whoever scans the lab or brings
// it up asks first: outside, its addresses may belong to somebody.
func RequirePrivate() error {
	all, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("list network devices: %w", err)
	}
	for _, dev := range all {
		if dev.Flags&net.FlagLoopback == 0 && dev.Name != scannerEnd && dev.Name != hostsEnd {
			return fmt.Errorf("this network has the device %s: the lab runs only in a network namespace of its own (make demo makes one)", dev.Name)
		}
	}
	return nil
}
