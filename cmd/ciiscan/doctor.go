package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/internal/pgembed"
	"github.com/ciiscan/ciiscan/internal/version"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
)

// A symptom is one thing that doctor looked at.
type symptom struct {
	Part    string `json:"part"`
	State   string `json:"state"` // ok, warning or missing
	Detail  string `json:"detail"`
	Stopped string `json:"stopped"` // what does not work because of it
	Hint    string `json:"hint"`
}

// Symptom states. Missing is what the main job does not work without.
const (
	well    = "ok"
	warning = "warning"
	missing = "missing"
)

// Disk space below which doctor warns, and worse.
const (
	littleDisk = 5 << 30
	noDisk     = 1 << 30
)

// maxSkew is how far two clocks may be apart.
const maxSkew = 5 * time.Second

var symptomColumns = []column[symptom]{
	{name: "part", value: func(s symptom) string { return s.Part }},
	{name: "state", value: func(s symptom) string { return s.State }},
	{name: "detail", value: func(s symptom) string { return s.Detail }},
	{name: "stopped", value: func(s symptom) string { return s.Stopped }},
	{name: "hint", value: func(s symptom) string { return s.Hint }},
}

func (a *app) doctorCommand() *cobra.Command {
	return a.command("doctor", "Say what is missing, and how to mend it; exit code 1 when it is essential", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			var all []symptom
			if a.server == "" { // a far server's machine is its own doctor's
				all = append(all, nmapSymptom(ctx, a.env("CIISCAN_SCAN__NMAP_PATH", "nmap")), postgresSymptom(), programsSymptom(ctx), clockSymptom())
			}
			all = append(all, a.serverSymptoms(ctx, c)...)
			if err := list(a, all, symptomColumns); err != nil {
				return err
			}
			n := 0
			for _, s := range all {
				if s.State == missing {
					n++
				}
			}
			if n > 0 {
				return &outcome{exitFailed, count(n, "essential part is", "essential parts are") + " missing", "the hints above say what to do"}
			}
			return nil
		})
}

// nmapSymptom tries nmap: the one that the worker is told to use by the
// environment, or the one in PATH.
func nmapSymptom(ctx context.Context, program string) symptom {
	s := symptom{Part: "nmap", State: well}
	out, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		s.State, s.Detail = missing, "cannot be run: "+reason(err)
		s.Hint = "apt-get install nmap, or name it in CIISCAN_SCAN__NMAP_PATH (scan.nmap_path)"
		return s
	}
	s.Detail, _, _ = strings.Cut(string(out), "\n")
	if !maySendRaw() {
		s.State, s.Hint = warning, "run ciiscan up as root, or give the worker CAP_NET_RAW"
		s.Detail += "; may not craft packets as this user: complete connections only, and no UDP"
	}
	return s
}

// maySendRaw asks the kernel. Such a socket, for no protocol, receives nothing.
func maySendRaw() bool {
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	_ = syscall.Close(fd) // nothing was written
	return true
}

func postgresSymptom() symptom {
	dir, err := pgembed.Installed()
	if err != nil {
		return symptom{Part: "PostgreSQL", State: warning, Detail: err.Error(), Hint: inventory.HintOf(err) + "; not needed with an outside database (database.url)"}
	}
	return symptom{Part: "PostgreSQL", State: well, Detail: dir}
}

func programsSymptom(ctx context.Context) symptom {
	dir, err := programs(ctx)
	if err != nil {
		return symptom{Part: "programs", State: warning, Detail: err.Error(), Hint: inventory.HintOf(err) + "; needed for ciiscan up"}
	}
	return symptom{Part: "programs", State: well, Detail: fmt.Sprintf("version %s in %s", version.Version, dir)}
}

func diskSymptom(dir string) symptom {
	s := symptom{Part: "disk", State: well}
	at := dir
	var st syscall.Statfs_t
	for syscall.Statfs(at, &st) != nil { // the nearest folder that exists
		up := filepath.Dir(at)
		if up == at {
			return symptom{Part: "disk", State: warning, Detail: "cannot be measured at " + dir}
		}
		at = up
	}
	free := int64(st.Bavail) * st.Bsize
	s.Detail = fmt.Sprintf("%.1f GiB free at %s", float64(free)/(1<<30), at)
	switch {
	case free < noDisk:
		s.State, s.Hint = missing, "free some space: scans cannot be recorded on a full disk"
	case free < littleDisk:
		s.State, s.Hint = warning, "free some space soon"
	}
	return s
}

// clockSymptom asks the kernel whether something keeps the clock right.
func clockSymptom() symptom {
	const unsynchronised = 5 // TIME_ERROR of adjtimex(2)
	state, err := syscall.Adjtimex(&syscall.Timex{})
	if err != nil || state == unsynchronised {
		return symptom{
			Part: "clock", State: warning, Detail: "nobody keeps it right: " + time.Now().UTC().Format(time.RFC3339),
			Hint: "run an NTP client such as chrony: authorisations and windows are judged by this clock",
		}
	}
	return symptom{Part: "clock", State: well, Detail: "synchronised"}
}

// serverSymptoms looks at what a running server knows.
func (a *app) serverSymptoms(ctx context.Context, c *client.Client) []symptom {
	h, err := c.Health(ctx)
	if err != nil {
		return []symptom{
			{Part: "server", State: missing, Detail: err.Error(), Hint: inventory.HintOf(err)}, diskSymptom(a.data), // which may be why
		}
	}
	out := []symptom{{Part: "server", State: well, Detail: fmt.Sprintf("version %s, database schema %d", h.Version, h.SchemaVersion)}}
	if h.Version != version.Version {
		out[0].State, out[0].Hint = warning, "this ciiscan is version "+version.Version+": install the same release"
	}
	if skew := h.Time.Sub(a.now()).Abs(); skew > maxSkew {
		out = append(out, symptom{Part: "server's clock", State: warning, Detail: "differs from ours by " + skew.Round(time.Second).String(), Hint: "keep both clocks right with NTP"})
	}
	for _, p := range h.Parts {
		out = append(out, symptom(p))
	}
	return out
}
