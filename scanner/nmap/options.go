package nmap

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	lib "github.com/Ullaakut/nmap/v3"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// How patient nmap is. Measured against hosts that drop everything, with the
// standard profile's 1,080 ports and 500 packets a second: nmap left to itself
// slows down at every silence and takes minutes for one such host; told to
// keep half of the rate, seconds.
const (
	// portTries is how often a silent port is asked again.
	portTries, udpTries = 1, 2
	firstReply          = 500 * time.Millisecond
	slowestReply        = 1500 * time.Millisecond
	// scriptTimeout bounds a script on one port.
	scriptTimeout = 30 * time.Second
)

// How hard nmap tries to name a service, from 0 to 9. A port that accepts
// and stays silent costs 46 seconds at 2 and 213 at 7, about twenty such ports
// at the same time (1 and 2 are alike: no probe is of rarity 2). What the
// ports of the profiles usually carry is asked at any intensity.
const (
	usualIntensity = 2
	fullIntensity  = 7
)

// discoveryPorts are tried to find out whether a host is up: what answers
// most often, first.
var discoveryPorts = []uint16{443, 80, 22, 25, 3389, 8080, 53, 21, 8443, 23, 445, 110, 143, 993, 1723, 3306, 5900, 502, 139, 135}

// How many ports discovery tries on each host.
const (
	lightPings = 8
	usualPings = 20
)

// discovery finds out which addresses answer anything at all. Many hosts that
// serve drop echo requests, so TCP to the profile's best ports is asked too.
func (e *Engine) discovery(p scanner.Profile, addrs []netip.Addr) []lib.Option {
	out := []lib.Option{
		lib.WithPingScan(), lib.WithVerbosity(1), // verbose, or hosts that are down go unsaid
		lib.WithSYNDiscovery(decimal(pings(p))...),
		lib.WithMaxRetries(portTries), lib.WithMinHostgroup(len(addrs)),
	}
	if e.raw {
		out = append(out, lib.WithICMPEchoDiscovery(), lib.WithACKDiscovery("80", "443"))
		if addrs[0].Is4() {
			out = append(out, lib.WithICMPTimestampDiscovery()) // IPv6 has none
		}
	}
	return append(out, rates(p.PacketsPerSecond)...)
}

// pings picks the ports for discovery: first those that this batch adds to its
// profile, because somebody registered that they serve.
func pings(p scanner.Profile) []uint16 {
	n := usualPings
	if p.Level <= inventory.LevelLight {
		n = lightPings
	}
	var out []uint16
	add := func(port uint16) {
		if len(out) < n && p.TCP.Contains(port) && !slices.Contains(out, port) {
			out = append(out, port)
		}
	}
	if stock, err := scanner.ProfileByName(p.Name); err == nil {
		for port := range p.TCP.All() {
			if !stock.TCP.Contains(port) {
				add(port)
			}
		}
	}
	for _, port := range discoveryPorts {
		add(port)
	}
	for port := range p.TCP.All() {
		add(port)
	}
	return out
}

// tcpPorts asks which TCP ports are open.
func (l *lane) tcpPorts(ports inventory.PortSet, addrs []netip.Addr) []lib.Option {
	out := []lib.Option{l.technique(), lib.WithPorts(ports.String()), lib.WithMaxRetries(portTries)}
	return slices.Concat(out, l.pace(), l.together(addrs))
}

// udpPorts asks which UDP ports are open. It has no least rate: closed ports
// say so at the pace of their host's ICMP, which nmap must be free to follow.
func (l *lane) udpPorts(addrs []netip.Addr) []lib.Option {
	out := []lib.Option{
		lib.WithUDPScan(), lib.WithPorts(l.profile.UDP.String()),
		lib.WithMaxRetries(udpTries), lib.WithMaxRate(l.rate),
	}
	return append(out, l.together(addrs)...)
}

// services asks open ports of one transport what they are.
func (l *lane) services(t inventory.Transport, ports inventory.PortSet, addrs []netip.Addr) []lib.Option {
	intensity := int16(usualIntensity)
	if l.profile.Level >= inventory.LevelIntensive {
		intensity = fullIntensity
	}
	how := l.technique()
	if t == inventory.UDP {
		how = lib.WithUDPScan()
	}
	out := []lib.Option{
		how, lib.WithPorts(ports.String()), lib.WithMaxRetries(portTries),
		lib.WithServiceInfo(), lib.WithVersionIntensity(intensity),
	}
	if len(l.profile.Scripts) > 0 {
		out = append(out, lib.WithScripts(safely(l.profile.Scripts)), lib.WithScriptTimeout(scriptTimeout))
	}
	return slices.Concat(out, l.pace(), l.together(addrs))
}

// safely makes nmap itself refuse a script that is not in its category "safe".
func safely(scripts []string) string {
	return "safe and (" + strings.Join(scripts, " or ") + ")"
}

// technique is how TCP ports are tried.
func (l *lane) technique() lib.Option {
	if l.engine.method(l.profile) == methodSYN {
		return lib.WithSYNScan()
	}
	return lib.WithConnectScan()
}

// pace keeps to the profile's rate. A serial look is not hurried either: a
// slow machine gets nmap's own patience before it is asked again.
func (l *lane) pace() []lib.Option {
	impatient := []lib.Option{lib.WithInitialRTTTimeout(firstReply), lib.WithMaxRTTTimeout(slowestReply)}
	switch {
	case l.profile.Serial:
		return []lib.Option{lib.WithMaxParallelism(1), lib.WithScanDelay(time.Second / time.Duration(l.rate))}
	case l.oneByOne:
		return append(impatient, lib.WithMaxParallelism(1), lib.WithMaxRate(l.rate))
	}
	return append(impatient, rates(l.rate)...)
}

// rates are the most and the least packets a second.
func rates(most int) []lib.Option {
	return []lib.Option{lib.WithMaxRate(most), lib.WithMinRate(max(1, most/2))}
}

// together makes nmap take all hosts at the same time, without asking again
// whether they are up, and give up those that take too long.
func (l *lane) together(addrs []netip.Addr) []lib.Option {
	return []lib.Option{lib.WithSkipHostDiscovery(), lib.WithHostTimeout(l.left()), lib.WithMinHostgroup(len(addrs))}
}

func decimal(ports []uint16) []string {
	out := make([]string, len(ports))
	for i, p := range ports {
		out[i] = strconv.Itoa(int(p))
	}
	return out
}
