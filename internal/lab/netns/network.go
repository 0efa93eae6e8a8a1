package netns

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
)

// The cable's two ends.
const (
	scannerEnd = "lab0"
	hostsEnd   = "lab1"
)

// The hosts' side of the cable, to which the scanner's routes lead. It does
// not forward: a packet to an address that no host has vanishes there.
const (
	gateway4 = "192.0.2.254"
	gateway6 = "fe80::254"
	hardware = "02:00:00:00:02:54"
)

// A Network is what the lab looks like.
type Network struct {
	Scanner4, Scanner6 netip.Addr // where scans come from
	// Hosts are the addresses that answer.
	Hosts []netip.Addr
	// Routed are the prefixes that lead to the hosts: the addresses in them
	// that no host has are silent, as if switched off.
	Routed []netip.Prefix
	// Filtered are ports whose packets a packet filter drops.
	Filtered []Port
}

// A Port is one port of one address.
type Port struct {
	Addr      netip.Addr
	Transport string // tcp or udp
	Port      uint16
}

// SetupScanner builds the scanner's side in the present namespace, which must
// be private, and puts the cable's other end into the namespace of the given
// process.
func SetupScanner(ctx context.Context, n Network, hosts int) error {
	if err := RequirePrivate(); err != nil {
		return err
	}
	var b commands
	b.add("link set lo up")
	b.add("link add %s type veth peer name %s address %s", scannerEnd, hostsEnd, hardware)
	b.add("link set %s netns %d", hostsEnd, hosts)
	b.up(scannerEnd)
	b.add("addr add %s/32 dev %s", n.Scanner4, scannerEnd)
	b.add("addr add %s/128 dev %s nodad", n.Scanner6, scannerEnd)
	b.add("neigh add %s lladdr %s dev %s nud permanent", gateway4, hardware, scannerEnd)
	b.add("neigh add %s lladdr %s dev %s nud permanent", gateway6, hardware, scannerEnd)
	for _, p := range n.Routed {
		if p.Addr().Is4() {
			b.add("route add %s via %s dev %s onlink src %s", p, gateway4, scannerEnd, n.Scanner4)
		} else {
			b.add("route add %s via %s dev %s src %s", p, gateway6, scannerEnd, n.Scanner6)
		}
	}
	return feed(ctx, b.String(), "ip", "-batch", "-")
}

// SetupHosts builds the hosts' side in the present namespace, which must be
// private and have its end of the cable. Filtering is false when the kernel
// has no packet filter to offer; all else that fails is an error.
func SetupHosts(ctx context.Context, n Network) (filtering bool, err error) {
	if err := RequirePrivate(); err != nil {
		return false, err
	}
	var b commands
	b.add("link set lo up")
	for _, a := range n.Hosts {
		if a.Is4() {
			b.add("addr add %s/32 dev lo", a)
		} else {
			b.add("addr add %s/128 dev lo nodad", a)
		}
	}
	b.up(hostsEnd)
	b.add("addr add %s/32 dev %s", gateway4, hostsEnd)
	b.add("addr add %s/64 dev %s nodad", gateway6, hostsEnd)
	b.add("route add %s/32 dev %s", n.Scanner4, hostsEnd)
	b.add("route add %s/128 dev %s", n.Scanner6, hostsEnd)
	if err := feed(ctx, b.String(), "ip", "-batch", "-"); err != nil {
		return false, err
	}
	for name, value := range hostsSettings() {
		if err := os.WriteFile("/proc/sys/net/"+name, []byte(value+"\n"), 0o644); err != nil {
			return false, fmt.Errorf("set net/%s: %w", name, err)
		}
	}
	return len(n.Filtered) == 0 || feed(ctx, filterRules(n.Filtered), "nft", "-f", "-") == nil, nil
}

// hostsSettings are the kernel's settings on the hosts' side.
func hostsSettings() map[string]string {
	return map[string]string{
		// The lab's servers bind low ports without any privilege.
		"ipv4/ip_unprivileged_port_start": "0",
		// All hosts are one kernel, whose limit on "nothing listens here"
		// would make each look slower than a real one.
		"ipv4/icmp_ratelimit": "0",
		"ipv6/icmp/ratelimit": "0",
	}
}

// commands are lines for "ip -batch".
type commands struct{ strings.Builder }

func (c *commands) add(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

// up starts a device without the address that IPv6 would give it, and without
// waiting for anybody to object.
func (c *commands) up(device string) {
	c.add("link set %s addrgenmode none", device)
	c.add("link set %s up", device)
}

func filterRules(ports []Port) string {
	var b strings.Builder
	b.WriteString("table inet lab {\n chain in {\n  type filter hook input priority 0;\n")
	for _, p := range ports {
		family := "ip"
		if p.Addr.Is6() {
			family = "ip6"
		}
		fmt.Fprintf(&b, "  %s daddr %s %s dport %d drop\n", family, p.Addr, p.Transport, p.Port)
	}
	b.WriteString(" }\n}\n")
	return b.String()
}

// feed runs a program with text on its standard input.
func feed(ctx context.Context, text, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(text)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("run %s: %w: %s", name, err, strings.TrimSpace(out.String()))
	}
	return nil
}
