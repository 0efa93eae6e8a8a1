package netns

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A Watch counts the packets that reach the hosts' end of the cable: every
// one, to a port that listens or not, because it reads below the protocols.
type Watch struct {
	fd int

	mu      sync.Mutex
	counted map[netip.Addr]int
	total   int64
	bytes   int64
	lost    int64
}

// NewWatch starts to count, separately for each of the given addresses as
// destinations. It needs the capability to open packet sockets.
func NewWatch(addrs []netip.Addr) (*Watch, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, int(bigEndian(unix.ETH_P_ALL)))
	if err != nil {
		return nil, os.NewSyscallError("open packet socket", err)
	}
	device, err := net.InterfaceByName(hostsEnd)
	if err != nil {
		return nil, fmt.Errorf("find the cable's end: %w", err)
	}
	link := &unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ALL), Ifindex: device.Index}
	if err := unix.Bind(fd, link); err != nil {
		return nil, os.NewSyscallError("bind packet socket", err)
	}
	// A short wait instead of none lets Run end when it is told to.
	wait := unix.NsecToTimeval((200 * time.Millisecond).Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return nil, os.NewSyscallError("set packet socket wait", err)
	}
	// Room for bursts; where the kernel gives less, Lost tells.
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 16<<20)
	w := &Watch{fd: fd, counted: map[netip.Addr]int{}}
	for _, a := range addrs {
		w.counted[a] = 0
	}
	return w, nil
}

// Run counts until done is closed.
func (w *Watch) Run(done <-chan struct{}) {
	defer unix.Close(w.fd)
	buf := make([]byte, 64) // headers are enough
	for {
		select {
		case <-done:
			return
		default:
		}
		n, from, err := unix.Recvfrom(w.fd, buf, unix.MSG_TRUNC)
		if err != nil {
			continue // the wait ended, or a signal came
		}
		if link, ok := from.(*unix.SockaddrLinklayer); ok && link.Pkttype == unix.PACKET_OUTGOING {
			continue // an answer
		}
		w.count(buf[:min(n, len(buf))], n)
	}
}

// Counts returns the packets seen to each watched address, and the packets
// and bytes seen in all.
func (w *Watch) Counts() (to map[netip.Addr]int, packets, bytes int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	to = make(map[netip.Addr]int, len(w.counted))
	for a, n := range w.counted {
		to[a] = n
	}
	return to, w.total, w.bytes
}

// Lost returns how many packets came too fast to be counted; while it is not
// zero, a count of zero proves nothing.
func (w *Watch) Lost() (int64, error) {
	stats, err := unix.GetsockoptTpacketStats(w.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0, os.NewSyscallError("read packet statistics", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost += int64(stats.Drops) // reading them sets the kernel's to zero
	return w.lost, nil
}

func (w *Watch) count(packet []byte, size int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total++
	w.bytes += int64(size)
	if dst, ok := destination(packet); ok {
		if _, watched := w.counted[dst]; watched {
			w.counted[dst]++
		}
	}
}

// destination reads the destination out of an IP header.
func destination(packet []byte) (netip.Addr, bool) {
	switch {
	case len(packet) >= 20 && packet[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(packet[16:20])), true
	case len(packet) >= 40 && packet[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(packet[24:40])), true
	}
	return netip.Addr{}, false
}

// bigEndian turns a protocol number into network order.
func bigEndian(v uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], v)
	return binary.NativeEndian.Uint16(b[:])
}
