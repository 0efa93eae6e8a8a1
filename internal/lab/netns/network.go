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

// The two ends of the link on which packets vanish.
const (
	silentNear = "silent0"
	silentFar  = "silent1"
)

// Where the silent link pretends to lead: nobody has these addresses, and
// nobody answers for them.
const (
	silentGateway4 = "192.0.2.254"
	silentGateway6 = "fe80::254"
	silentHardware = "02:00:00:00:02:54"
)

// A Network is what the lab's namespace looks like.
type Network struct {
	// Local are the addresses that answer, each on the loopback device.
	Local []netip.Addr
	// Routed are the prefixes that have a route: packets to their addresses
	// that are not local leave and are never answered, as with hosts that
	// are switched off.
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

// Setup builds the network in the present namespace, which must be private.
// Filtering is false when the kernel has no packet filter to offer; all else
// that fails is an error.
func Setup(ctx context.Context, n Network) (filtering bool, err error) {
	if err := RequirePrivate(); err != nil {
		return false, err
	}
	if err := feed(ctx, ipCommands(n), "ip", "-batch", "-"); err != nil {
		return false, err
	}
	// Lets the lab's servers bind low ports without any privilege.
	const lowPorts = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
	if err := os.WriteFile(lowPorts, []byte("0\n"), 0o644); err != nil {
		return false, fmt.Errorf("open low ports to ordinary users: %w", err)
	}
	if len(n.Filtered) == 0 {
		return true, nil
	}
	return feed(ctx, filterRules(n.Filtered), "nft", "-f", "-") == nil, nil
}

func ipCommands(n Network) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("link set lo up")
	for _, a := range n.Local {
		if a.Is4() {
			line("addr add %s/32 dev lo", a)
		} else {
			line("addr add %s/128 dev lo nodad", a)
		}
	}
	line("link add %s type veth peer name %s", silentNear, silentFar)
	for _, dev := range []string{silentNear, silentFar} {
		line("link set %s addrgenmode none", dev)
		line("link set %s up", dev)
	}
	line("neigh add %s lladdr %s dev %s nud permanent", silentGateway4, silentHardware, silentNear)
	line("neigh add %s lladdr %s dev %s nud permanent", silentGateway6, silentHardware, silentNear)
	for _, p := range n.Routed {
		if p.Addr().Is4() {
			line("route add %s via %s dev %s onlink", p, silentGateway4, silentNear)
		} else {
			line("route add %s via %s dev %s", p, silentGateway6, silentNear)
		}
	}
	return b.String()
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
