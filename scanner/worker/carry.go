package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// carryOut asks for permits, runs the stages and sums up. It always returns a
// true report: what was not looked at is said, with the reason.
func (w *Worker) carryOut(h *hold, task scanner.Task, log *slog.Logger) scanner.Report {
	report := scanner.Report{Task: task}
	profile, err := scanner.ProfileByName(task.Profile)
	if err == nil {
		profile, err = profile.Aimed(task.Aim)
	}
	if err != nil {
		return failed(report, err)
	}
	scope, err := w.scope(h.ctx, task)
	if err != nil {
		return failed(report, fmt.Errorf("read the scope: %w", err))
	}
	hosts, moved := w.confirmNames(h.ctx, task.Hosts)
	targets, refused := permit(scope, hosts, profile, w.Now())
	report.Result.Hosts = slices.Concat(moved, refused)
	if len(targets) > 0 {
		hosts = slices.DeleteFunc(hosts, func(x scanner.Host) bool { return hasHost(refused, x) })
		h.hosts.Store(&hosts)
		for _, x := range hosts {
			if x.Port != 0 && task.Aim.IsZero() {
				profile.TCP.Add(x.Port)
			}
		}
		result, err := w.runStages(h.ctx, scanner.Batch{Task: task.ID, Profile: profile, Targets: targets}, log)
		if err != nil {
			report.Note = err.Error()
			markUnfinished(&result, targets, err)
		}
		report.Result.Merge(result)
	}
	report.Outcome = scanner.TaskOutcome(report.Result.Hosts)
	return report
}

// runStages runs one engine after the other. The first error ends the run;
// what was learnt until then is returned with it.
func (w *Worker) runStages(ctx context.Context, b scanner.Batch, log *slog.Logger) (scanner.Result, error) {
	ctx, cancel := context.WithDeadlineCause(ctx, stopBy(b.Targets), fmt.Errorf("%w: the scan window or the authorisation is over", errScope))
	defer cancel()
	var all scanner.Result
	for _, stage := range w.Stages {
		if !stage.Wants(b.Profile) {
			continue
		}
		start := w.Now()
		result, err := stage.Engine.Scan(ctx, b)
		all.Merge(result)
		log.Info("stage ended", "engine", stage.Name, "took", w.Now().Sub(start).Round(time.Millisecond),
			"observations", len(result.Observations), "requests", result.Requests, "error", err)
		if cause := context.Cause(ctx); cause != nil {
			return all, cause
		}
		if err != nil {
			return all, fmt.Errorf("%s: %w", stage.Name, err)
		}
		for _, o := range result.Observations {
			if o.Service != nil {
				b.Services = append(b.Services, *o.Service)
			}
		}
	}
	return all, nil
}

// permit asks the scope for every host and parts them into targets and those
// that may not be touched now, or not in the profile's way: the level allowed
// may have sunk since the scan was planned.
func permit(scope inventory.Scope, hosts []scanner.Host, profile scanner.Profile, at time.Time) ([]inventory.Target, []inventory.HostResult) {
	var targets []inventory.Target
	var refused []inventory.HostResult
	sharing := map[netip.Addr][]inventory.AssetID{}
	for _, x := range hosts {
		sharing[x.Addr] = append(append(sharing[x.Addr], x.Asset), x.Within...)
	}
	for _, x := range hosts {
		t, err := scope.Authorize(x.Addr, inventory.Subject{Asset: x.Asset, Class: x.Class, Name: x.Name}, at, sharing[x.Addr]...)
		if err != nil {
			refused = append(refused, blocked(x, err.Error()))
			continue
		}
		if t.Level() < profile.Level {
			allows := string(t.Authorization())
			if t.Limited() {
				allows = "an asset's own limit"
			}
			refused = append(refused, blocked(x, fmt.Sprintf("%s: %v: %s allows the level %s, the profile %s needs %s",
				x.Addr, inventory.ErrOutOfScope, allows, t.Level(), profile.Name, profile.Level)))
			continue
		}
		targets = append(targets, t)
	}
	return targets, refused
}

// confirmNames asks the resolver again for every name of the task: one that
// has moved since the scan was planned would lead to somebody else's host.
func (w *Worker) confirmNames(ctx context.Context, hosts []scanner.Host) (still []scanner.Host, moved []inventory.HostResult) {
	known := map[string][]netip.Addr{}
	failures := map[string]error{}
	for _, x := range hosts {
		if x.Name == "" {
			still = append(still, x)
			continue
		}
		if _, asked := known[x.Name]; !asked {
			known[x.Name], failures[x.Name] = w.Resolver.Lookup(ctx, x.Name)
		}
		switch {
		case failures[x.Name] != nil:
			moved = append(moved, blocked(x, fmt.Sprintf("%s does not resolve now: %v", x.Name, failures[x.Name])))
		case !slices.Contains(known[x.Name], x.Addr):
			moved = append(moved, blocked(x, fmt.Sprintf("%s has moved away from %s since the scan was planned", x.Name, x.Addr)))
		default:
			still = append(still, x)
		}
	}
	return still, moved
}

// markUnfinished says of every host without a result, and of those thought
// complete by an earlier stage, that the task ended early.
func markUnfinished(r *scanner.Result, targets []inventory.Target, cause error) {
	outcome := inventory.Partial
	if !errors.Is(cause, errOrdered) && !errors.Is(cause, errScope) && !errors.Is(cause, context.Canceled) && len(r.Hosts) == 0 {
		outcome = inventory.Failed
	}
	var rest scanner.Result
	for _, t := range targets {
		rest.Hosts = append(rest.Hosts, inventory.HostResult{Asset: t.Asset(), Addr: t.Addr(), Outcome: outcome, Reason: cause.Error()})
	}
	r.Merge(rest)
}

// stopBy is the first moment at which one of the targets must be left alone.
func stopBy(targets []inventory.Target) time.Time {
	first := targets[0].Until()
	for _, t := range targets[1:] {
		if t.Until().Before(first) {
			first = t.Until()
		}
	}
	return first
}

func failed(r scanner.Report, err error) scanner.Report {
	r.Outcome, r.Note = inventory.Failed, err.Error()
	for _, x := range r.Task.Hosts {
		r.Result.Hosts = append(r.Result.Hosts, inventory.HostResult{Asset: x.Asset, Addr: x.Addr, Outcome: inventory.Failed, Reason: err.Error()})
	}
	return r
}

func blocked(x scanner.Host, reason string) inventory.HostResult {
	return inventory.HostResult{Asset: x.Asset, Addr: x.Addr, Outcome: inventory.Blocked, Reason: reason}
}

func hasHost(results []inventory.HostResult, x scanner.Host) bool {
	return slices.ContainsFunc(results, func(r inventory.HostResult) bool { return r.Asset == x.Asset && r.Addr == x.Addr })
}
