package nmap

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// versionTimeout bounds version detection of one host. Measured: a port that
// accepts and stays silent costs 47 s at intensity 2, and ports wait side by
// side.
const versionTimeout = 5 * time.Minute

// pingPorts are tried to see whether a host is up. A host that refuses them
// is up, too.
const pingPorts = "21,22,23,25,53,80,110,135,139,143,443,445,502,993,1433,3306,3389,5900,8000,8080,8443"

// raw tells whether raw packets may be used for this batch.
func (s *scan) raw() bool { return s.engine.privileged && !s.profile.Connect }

// common are the options of every run: no name look-ups, and nmap's idea of
// its privileges is ours.
func (s *scan) common() []string {
	args := []string{"-n", "--unprivileged"}
	if s.engine.privileged {
		args[1] = "--privileged"
	}
	if s.profile.PacketsPerSecond > 0 && !s.profile.Serial {
		args = append(args, "--max-rate", strconv.Itoa(s.profile.PacketsPerSecond))
	}
	return args
}

func (s *scan) discoveryArgs() []string {
	args := append(s.common(), "-sn", "-T4", "--max-retries", "2", "-PS"+pingPorts)
	if s.engine.privileged {
		args = append(args, "-PE", "-PA80,443")
	}
	return args
}

func (s *scan) discoveryProbes() int { return strings.Count(pingPorts, ",") + 1 }

func (s *scan) portArgs(t inventory.Transport, asked inventory.PortSet) []string {
	args := append(s.common(), "-Pn", s.technique(t), "-p", asked.String(), "--host-timeout", millis(s.profile.HostTimeout))
	switch {
	case s.profile.Serial:
		// One connection at a time: some controllers have room for a few only,
		// and hang when it is used up.
		gap := time.Second / time.Duration(max(1, s.profile.PacketsPerSecond))
		return append(args, "--max-parallelism", "1", "--max-hostgroup", "1", "--scan-delay", millis(gap), "--max-scan-delay", millis(gap), "--max-retries", "1")
	case t == inventory.UDP:
		return append(args, "-T4", "--max-retries", "1")
	}
	return append(args, "-T4", "--max-retries", "2")
}

func (s *scan) technique(t inventory.Transport) string {
	switch {
	case t == inventory.UDP:
		return "-sU"
	case s.raw():
		return "-sS"
	}
	return "-sT"
}

func (s *scan) versionArgs(open inventory.PortSet) []string {
	args := append(s.common(), "-Pn", s.technique(inventory.TCP), "-sV", "--version-intensity", "2",
		"-p", open.String(), "-T4", "--max-retries", "2", "--host-timeout", millis(versionTimeout))
	if len(s.profile.Scripts) > 0 {
		args = append(args, "--script", strings.Join(s.profile.Scripts, ","), "--script-timeout", "30s")
	}
	return args
}

func millis(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }

// netRaw is CAP_NET_RAW's bit (capability.h).
const netRaw = 13

// mayUseRawSockets reads this process's effective capabilities. The user id
// says too little: root in a container may lack the right, and a service user
// may have it.
func mayUseRawSockets() bool {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if hex, ok := strings.CutPrefix(lines.Text(), "CapEff:"); ok {
			caps, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
			return err == nil && caps&(1<<netRaw) != 0
		}
	}
	return false
}
