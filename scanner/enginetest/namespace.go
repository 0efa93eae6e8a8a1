package enginetest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// insideVar marks the process that runs inside the namespace.
const insideVar = "CIISCAN_TEST_NAMESPACE"

// The capabilities that a test holds over its own network
// (linux/capability.h): bind low ports, configure, craft packets.
const (
	capNetBindService = 10
	capNetAdmin       = 12
	capNetRaw         = 13
)

// InNamespace runs the calling test again, in a process of its own inside a
// new network namespace with only the loopback device, and reports that
// process's result as this test's. It returns true inside, where the test
// goes on, and false outside, where it must return:
//
//	if !enginetest.InNamespace(t) {
//		return
//	}
//
// Root needs nothing more. Others get a user namespace too, in which they
// stay who they are; where that is forbidden, the test fails and says what to
// do. Only a top-level test may call it, first. Outside it runs beside the
// package's other parallel tests.
func InNamespace(t *testing.T) bool {
	t.Helper()
	if strings.Contains(t.Name(), "/") {
		t.Fatal("InNamespace: call it in the top-level test")
	}
	if os.Getenv(insideVar) == t.Name() {
		requireEmpty(t)
		ip(t, "link", "set", "lo", "up")
		return true
	}
	t.Parallel() // namespaces do not see each other, and scanning is mostly waiting
	cmd := exec.CommandContext(t.Context(), os.Args[0], childFlags(t)...)
	cmd.Env = append(os.Environ(), insideVar+"="+t.Name())
	cmd.SysProcAttr = namespaceAttr()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("make a network namespace: %v\n"+
			"Run the tests as root, or let ordinary users make namespaces:\n"+
			"  sudo sysctl -w user.max_user_namespaces=10000\n"+
			"  sudo sysctl -w kernel.unprivileged_userns_clone=1                # where it exists\n"+
			"  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   # where it exists", err)
	}
	err := cmd.Wait()
	switch {
	case err != nil:
		t.Errorf("inside the namespace: %v\n%s", err, out.String())
	case !strings.Contains(out.String(), "--- PASS: "+t.Name()+" "):
		t.Errorf("inside the namespace the test did not run:\n%s", out.String())
	default:
		t.Log(strings.TrimSpace(out.String()))
	}
	return false
}

// childFlags select the calling test, with what is left of its time.
func childFlags(t *testing.T) []string {
	flags := []string{"-test.run=^" + t.Name() + "$", "-test.v", "-test.count=1"}
	if deadline, ok := t.Deadline(); ok {
		left := max(time.Second, time.Until(deadline)-5*time.Second)
		flags = append(flags, "-test.timeout="+left.String())
	}
	for _, arg := range os.Args[1:] {
		if strings.HasPrefix(arg, "-test.short") {
			flags = append(flags, arg)
		}
	}
	return flags
}

func namespaceAttr() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if uid, gid := os.Getuid(), os.Getgid(); uid != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		attr.AmbientCaps = []uintptr{capNetBindService, capNetAdmin, capNetRaw}
	}
	return attr
}

// requireEmpty makes sure that this network leads nowhere.
func requireEmpty(t *testing.T) {
	t.Helper()
	devices, err := net.Interfaces()
	if err != nil {
		t.Fatalf("list network devices: %v", err)
	}
	for _, d := range devices {
		if d.Flags&net.FlagLoopback == 0 && d.Flags&net.FlagUp != 0 {
			t.Fatalf("this network has the device %s: unset %s", d.Name, insideVar)
		}
	}
}

// ip runs ip(8).
func ip(t *testing.T, args ...string) {
	t.Helper()
	command(t, "ip", "iproute2", "", args...)
}

// command runs a tool of the system; both its absence and its failure end the
// test.
func command(t *testing.T, name, debian, stdin string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		// An ordinary user's PATH may lack it.
		path = filepath.Join("/usr/sbin", name)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s(it comes with: apt-get install %s)", strings.Join(cmd.Args, " "), err, out, debian)
	}
	return string(out)
}

// lowPorts lets servers of an ordinary user bind any port.
func lowPorts() error {
	const file = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
	if err := os.WriteFile(file, []byte("0\n"), 0o644); err != nil {
		return fmt.Errorf("open low ports: %w", err)
	}
	return nil
}
