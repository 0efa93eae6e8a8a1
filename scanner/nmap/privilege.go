package nmap

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// capNetRaw is the bit of CAP_NET_RAW (linux/capability.h).
const capNetRaw = 13

// mayCraftPackets tells whether an nmap started by this process can send raw
// packets in the present network namespace. The user id does not decide it:
// root in a user namespace has the capability over its own network only, and
// a service may hold it without being root.
func mayCraftPackets() bool {
	return childKeepsRaw() && rawSocketOpens()
}

// rawSocketOpens asks the kernel. A packet socket for no protocol receives
// nothing and sends nothing.
func rawSocketOpens() bool {
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	_ = syscall.Close(fd) // nothing was written
	return true
}

// childKeepsRaw tells whether the capability survives the start of a program:
// for root what the bounding set allows, for others only what is ambient.
func childKeepsRaw() bool {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return false
	}
	defer f.Close()
	if os.Geteuid() == 0 {
		return hasCapability(f, "CapBnd:", capNetRaw)
	}
	return hasCapability(f, "CapAmb:", capNetRaw)
}

// hasCapability reads one set of a process's status (proc(5)).
func hasCapability(status io.Reader, set string, bit int) bool {
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), set); ok {
			mask, err := strconv.ParseUint(strings.TrimSpace(text), 16, 64)
			return err == nil && mask>>bit&1 == 1
		}
	}
	return false
}
