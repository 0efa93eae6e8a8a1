package api

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// States of a part. Missing is what the main job does not work without.
const (
	well    = "ok"
	warning = "warning"
	missing = "missing"
)

// What counts as too old, too long or too little.
const (
	silentAfter  = 15 * time.Second // three times that a worker has not reported
	maxSilent    = 3                // silent workers are named, the last heard of first
	waitingLong  = 24 * time.Hour   // of a part of a scan
	mailLate     = 14 * time.Hour   // quiet hours are over by then
	feedOld      = 8 * 24 * time.Hour
	templatesOld = 180 * 24 * time.Hour
	backupOld    = 8 * 24 * time.Hour
	littleDisk   = 5 << 30
	noDisk       = 1 << 30
)

// judge says of every part how it does, what stopped working because of it,
// and what to do.
func judge(h wire.Health) []wire.HealthPart {
	parts := []wire.HealthPart{
		workersPart(h), enginesPart(h), queuePart(h), scanningPart(h), templatesPart(h),
		feedPart(h, "kev", "KEV", "what is exploited counts as less urgent than it is"),
		feedPart(h, "epss", "EPSS", "what is likely to be exploited counts as less urgent than it is"),
	}
	for _, d := range h.Disks {
		parts = append(parts, diskPart(d))
	}
	return append(parts, mailPart(h), printingPart(h), backupPart(h))
}

// workersPart counts the workers that report. One that is silent may be dead,
// or was stopped: only that all are silent is a fault.
func workersPart(h wire.Health) wire.HealthPart {
	reporting, slots, hope := 0, 0, false
	var silent []wire.Worker
	for _, w := range h.Workers {
		if h.Time.Sub(w.SeenAt) > silentAfter {
			silent, hope = append(silent, w), hope || w.Alive
			continue
		}
		reporting++
		slots += w.Slots
	}
	slices.SortFunc(silent, func(a, b wire.Worker) int { return b.SeenAt.Compare(a.SeenAt) })
	gone := ""
	for _, w := range silent[:min(len(silent), maxSilent)] {
		gone += fmt.Sprintf("; %s is silent since %s", strings.Join(strings.Fields(w.Name), " "), w.SeenAt.UTC().Format(time.RFC3339))
	}
	if more := len(silent) - maxSilent; more > 0 {
		gone += fmt.Sprintf("; %d more are silent", more)
	}
	part := wire.HealthPart{Part: "worker", Stopped: "nothing is scanned, and no fix is checked"}
	switch {
	case reporting > 0 && len(silent) > 0:
		part.State, part.Stopped = well, "scans take longer: fewer run at a time"
		part.Hint = "see what a silent ciiscan-worker says; one that was stopped for good is forgotten in a week"
		part.Detail = fmt.Sprintf("%d alive, %d tasks at a time; %d run, %d wait%s", reporting, slots, h.RunningTasks, h.QueuedTasks, gone)
	case reporting > 0:
		part.State, part.Stopped = well, ""
		part.Detail = fmt.Sprintf("%d alive, %d tasks at a time; %d run, %d wait", reporting, slots, h.RunningTasks, h.QueuedTasks)
	case hope:
		part.State, part.Detail = warning, fmt.Sprintf("none reports; %d tasks wait%s", h.QueuedTasks, gone)
		part.Hint = "see what ciiscan-worker says, and that its clock is right"
	default:
		part.State, part.Detail = missing, fmt.Sprintf("none is alive; %d tasks wait%s", h.QueuedTasks, gone)
		part.Hint = "start ciiscan-worker, and see what it says"
	}
	return part
}

// enginesPart tells what the workers that live scan with.
func enginesPart(h wire.Health) wire.HealthPart {
	part := wire.HealthPart{Part: "scanners", State: well}
	var with, plain, other []string
	for _, w := range h.Workers {
		if !w.Alive {
			continue
		}
		if w.Engines != "" && !slices.Contains(with, w.Engines) {
			with = append(with, w.Engines)
		}
		if w.Raw != nil && !*w.Raw {
			plain = append(plain, w.Name)
		}
		if w.Version != h.Version {
			other = append(other, w.Name+" "+w.Version)
		}
	}
	part.Detail = strings.Join(with, " and ")
	if part.Detail == "" {
		part.Detail = "none is known while no worker runs"
	}
	switch {
	case len(other) > 0:
		part.State, part.Detail = warning, part.Detail+"; of another release than "+h.Version+": "+strings.Join(other, ", ")
		part.Stopped, part.Hint = "checks that only one of the releases has do not always run", "install the same release everywhere"
	case len(plain) > 0:
		part.State, part.Detail = warning, part.Detail+"; may not craft packets: "+strings.Join(plain, ", ")
		part.Stopped, part.Hint = "no UDP port is scanned there, and TCP ports by complete connections only", "run ciiscan up as root, or give the worker CAP_NET_RAW"
	case len(with) > 1:
		part.State, part.Hint = warning, "install the same versions everywhere: two scans of one asset may differ"
	}
	return part
}

func queuePart(h wire.Health) wire.HealthPart {
	part := wire.HealthPart{
		Part: "queue", State: well,
		Detail: fmt.Sprintf("%d tasks wait, %d run, %d are seen and not judged", h.QueuedTasks, h.RunningTasks, h.UnjudgedTasks),
	}
	if h.OldestQueued != nil && h.Time.Sub(*h.OldestQueued) > waitingLong {
		part.State, part.Detail = warning, part.Detail+"; the longest since "+h.OldestQueued.UTC().Format(time.RFC3339)
		part.Stopped = "scans end late, and reports tell of old results"
		part.Hint = "start more workers, or see whether the windows of what waits are closed"
	}
	return part
}

func scanningPart(h wire.Health) wire.HealthPart {
	if h.Scanning.Stopped {
		return wire.HealthPart{
			Part: "scanning", State: warning, Detail: fmt.Sprintf("stopped by %s: %s", h.Scanning.By, h.Scanning.Reason),
			Stopped: "nothing is scanned", Hint: "ciiscan scan allow lets scans start again",
		}
	}
	return wire.HealthPart{Part: "scanning", State: well, Detail: "allowed"}
}

func templatesPart(h wire.Health) wire.HealthPart {
	part := wire.HealthPart{Part: "templates", State: well, Detail: fmt.Sprintf("%d checks", h.Checks)}
	if h.Checks == 0 {
		return wire.HealthPart{
			Part: "templates", State: missing, Detail: "none", Stopped: "scans find nothing", Hint: "restart ciiscand, which loads them, and see what it says",
		}
	}
	if h.TemplatesAt == nil {
		return part
	}
	part.Detail += ", last changed " + h.TemplatesAt.UTC().Format(time.DateOnly)
	if h.Time.Sub(*h.TemplatesAt) > templatesOld {
		part.State, part.Stopped = warning, "what became known since is not found"
		part.Hint = "install the newest release, or add reviewed templates in scan.templates_dir"
	}
	return part
}

func feedPart(h wire.Health, name, called, stopped string) wire.HealthPart {
	part := wire.HealthPart{Part: called, State: warning, Stopped: stopped, Hint: "ciiscan feed import " + name + " FILE, or under Threat feeds"}
	for _, f := range h.Feeds {
		if f.Name != name || f.ImportedAt == nil {
			continue
		}
		part.Detail = fmt.Sprintf("%d CVEs, imported %s", f.CVEs, f.ImportedAt.UTC().Format(time.DateOnly))
		if h.Time.Sub(*f.ImportedAt) <= feedOld {
			part.State, part.Stopped, part.Hint = well, "", ""
		}
		return part
	}
	part.Detail = "never imported"
	return part
}

func diskPart(d wire.Disk) wire.HealthPart {
	part := wire.HealthPart{Part: "disk", State: well, Detail: fmt.Sprintf("%s free of %s at %s", gigabytes(d.Free), gigabytes(d.Size), d.Path)}
	if d.Of == "database" {
		part.Part = "PostgreSQL's disk"
	}
	switch {
	case d.Free < noDisk:
		part.State, part.Stopped = missing, "scans cannot be recorded on a full disk, and nobody can sign in"
		part.Hint = "free some space: carry old backups away first"
	case d.Free < littleDisk:
		part.State, part.Hint = warning, "free some space soon: a full disk stops everything"
	}
	return part
}

func gigabytes(n int64) string { return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30)) }

func mailPart(h wire.Health) wire.HealthPart {
	m := h.Mail
	part := wire.HealthPart{Part: "mail", State: well, Detail: fmt.Sprintf("%d wait, %d failed within a week", m.Waiting, m.Failed)}
	if m.Oldest != nil {
		part.Detail += ", the oldest since " + m.Oldest.UTC().Format(time.RFC3339)
	}
	switch {
	case m.State == "off":
		part.State, part.Detail = warning, "no mail server is set"
		part.Stopped, part.Hint = "nobody is told by mail of reports, alerts or deadlines", "set mail.server and mail.from"
	case m.State == "dry_run":
		part.State, part.Detail = warning, "a dry run: mail is written and not sent"
		part.Stopped, part.Hint = "nobody is told by mail of reports, alerts or deadlines", "set mail.dry_run to false"
	case m.Oldest != nil && h.Time.Sub(*m.Oldest) > mailLate:
		part.State, part.Stopped = warning, "operators hear late of what they should do"
		part.Hint = "see under Mail what the server said of the oldest"
	case m.Failed > 0:
		part.State, part.Stopped = warning, "some contacts were not told"
		part.Hint = "see under Mail, failed, why; mend the address, then send again"
	}
	return part
}

func printingPart(h wire.Health) wire.HealthPart {
	p := h.Printing
	part := wire.HealthPart{Part: "Chromium", State: well, Detail: p.Program}
	switch {
	case p.Program == "":
		part.State, part.Detail = warning, "is not here"
		part.Stopped = "weekly reports have no PDF; HTML, XLSX, CSV and JSON are made all the same"
		part.Hint = "apt-get install chromium-headless-shell, or name it in report.chromium; then restart ciiscand"
	case p.Problem != "":
		part.State, part.Detail = warning, p.Program+" does not print: "+p.Problem
		part.Stopped = "weekly reports stay without a PDF, which is tried again for a quarter of an hour"
		part.Hint = "its sandbox needs user namespaces: sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone; see docs/operations.md"
	case p.TriedAt != nil:
		part.Detail += ", printed a page in its sandbox at " + p.TriedAt.UTC().Format(time.RFC3339)
	}
	return part
}

func backupPart(h wire.Health) wire.HealthPart {
	part := wire.HealthPart{Part: "backup", State: warning, Stopped: "what was registered and found since is lost with the disk", Hint: "ciiscan backup, every day by a timer; then carry the file away"}
	b := h.LastBackup
	if b == nil {
		part.Detail, part.Stopped = "none was ever written down", "all that was registered and found is lost with the disk"
		return part
	}
	part.Detail = fmt.Sprintf("%s, %s, on %s at %s", b.At.UTC().Format(time.RFC3339), gigabytes(b.Bytes), b.Host, b.File)
	if h.Time.Sub(b.At) <= backupOld {
		part.State, part.Stopped, part.Hint = well, "", ""
	}
	return part
}
