package schedule

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// plannerStore is the part of the store that planning needs.
type plannerStore interface {
	Organization(ctx context.Context, id inventory.OrganizationID) (inventory.Organization, error)
	Asset(ctx context.Context, id inventory.AssetID) (inventory.Asset, error)
	Assets(ctx context.Context, f inventory.AssetFilter, p inventory.Page) ([]inventory.Asset, string, error)
	Scope(ctx context.Context, org inventory.OrganizationID) (inventory.Scope, error)
	Exclusions(ctx context.Context, p inventory.Page) ([]inventory.Exclusion, string, error)
	CreateScan(ctx context.Context, who string, s scanner.Scan, tasks []scanner.Task, notBefore, next time.Time) (scanner.Scan, error)
}

// A Resolver finds the addresses of a name, once.
type Resolver interface {
	Lookup(ctx context.Context, name string) ([]netip.Addr, error)
}

// A Planner turns a wish to scan into stored tasks.
type Planner struct {
	store    plannerStore
	resolver Resolver
	now      func() time.Time
}

// NewPlanner returns a planner that resolves names with r.
func NewPlanner(store plannerStore, r Resolver, now func() time.Time) *Planner {
	return &Planner{store: store, resolver: r, now: now}
}

// A Request is a wish to scan.
type Request struct {
	Org       inventory.OrganizationID
	Asset     inventory.AssetID // "" for all of the organisation
	Profile   string
	Aim       scanner.Aim // zero for all that the profile asks
	Only      netip.Addr  // of the asset's addresses; zero for all of them
	Trigger   scanner.Trigger
	Schedule  scanner.ScheduleID
	Slot      time.Time
	NotBefore time.Time // zero means now
	Next      time.Time // the schedule's slot after this one
}

// priorities rank the reasons to scan for the queue, 1 first: a person waits
// for the first, a peer's warning is urgent, routine is routine.
var priorities = map[scanner.Trigger]int{
	scanner.TriggerManual:   1,
	scanner.TriggerAdvisory: 1,
	scanner.TriggerSchedule: 3,
	scanner.TriggerAdaptive: 4,
}

// Plan makes and stores a scan. It is inventory.ErrConflict when another
// scheduler has taken the slot.
func (p *Planner) Plan(ctx context.Context, who string, r Request) (scanner.Scan, error) {
	profile, err := scanner.ProfileByName(r.Profile)
	if err != nil {
		return scanner.Scan{}, err
	}
	if profile, err = profile.Aimed(r.Aim); err != nil {
		return scanner.Scan{}, err
	}
	assets, err := p.assets(ctx, r)
	if err != nil {
		return scanner.Scan{}, err
	}
	scope, err := p.store.Scope(ctx, r.Org)
	if err != nil {
		return scanner.Scan{}, fmt.Errorf("read the scope of %s: %w", r.Org, err)
	}
	at := p.now()
	if r.NotBefore.After(at) {
		at = r.NotBefore // the windows that count are those when packets leave
	}
	bars, err := p.bars(ctx, r.Org, at)
	if err != nil {
		return scanner.Scan{}, err
	}
	in := scanner.PlanInput{
		Profile: profile, Assets: assets, Only: r.Asset, Scope: scope, Bars: bars,
		Resolved: p.resolve(ctx, named(assets, r.Asset)), At: at,
	}
	plan := only(r.Only, scanner.MakePlan(in))
	due := r.Trigger == scanner.TriggerAdaptive || r.Trigger == scanner.TriggerAdvisory // whoever is there or not
	if due && len(plan.Tasks) == 0 && !plan.Opens.IsZero() {
		// Due while the windows are closed, and a day later it would be again.
		at, in.At = plan.Opens, plan.Opens
		plan = only(r.Only, scanner.MakePlan(in))
	}
	scan := scanner.Scan{
		Org: r.Org, Asset: r.Asset, Profile: r.Profile, Aim: r.Aim, Trigger: r.Trigger,
		Schedule: r.Schedule, Slot: r.Slot, Actor: who,
		Priority: priorities[r.Trigger], State: scanner.ScanQueued, Skipped: plan.Skipped,
	}
	for i := range plan.Tasks {
		plan.Tasks[i].Org, plan.Tasks[i].Priority, plan.Tasks[i].Aim = r.Org, scan.Priority, r.Aim
	}
	scan, err = p.store.CreateScan(ctx, who, scan, plan.Tasks, at, r.Next)
	if err != nil {
		return scanner.Scan{}, fmt.Errorf("start a scan of %s: %w", r.Org, err)
	}
	return scan, nil
}

// Start begins a scan that a person asked for, of an organisation or of one
// asset. A scan in which nothing may be touched is refused with the reason.
func (p *Planner) Start(ctx context.Context, who string, org inventory.OrganizationID, asset inventory.AssetID, profile string) (scanner.Scan, error) {
	if asset != "" {
		a, err := p.store.Asset(ctx, asset)
		if err != nil {
			return scanner.Scan{}, err
		}
		if org != "" && org != a.Org {
			return scanner.Scan{}, fmt.Errorf("asset %s of %s: %w", asset, org, inventory.ErrNotFound)
		}
		org = a.Org
	}
	return p.Plan(ctx, who, Request{Org: org, Asset: asset, Profile: profile, Trigger: scanner.TriggerManual})
}

// Recheck begins a scan of what one finding's question needs: its check, on
// its address and port. One in which nothing may be touched says why.
func (p *Planner) Recheck(ctx context.Context, who string, f inventory.Finding, exposure bool) (scanner.Scan, error) {
	var aim scanner.Aim
	if !exposure { // an exposure is its port
		aim.Checks = []inventory.CheckID{f.Check}
	}
	switch {
	case f.Port != 0 && f.Transport == inventory.UDP:
		aim.UDP = strconv.Itoa(int(f.Port))
	case f.Port != 0:
		aim.TCP = strconv.Itoa(int(f.Port))
	}
	return p.Plan(ctx, who, Request{
		Org: f.Org, Asset: f.Asset, Profile: "standard", Trigger: scanner.TriggerManual, Aim: aim, Only: f.Addr,
	})
}

// only leaves one address of a plan, or all for the zero one.
func only(addr netip.Addr, plan scanner.Plan) scanner.Plan {
	if !addr.IsValid() {
		return plan
	}
	var tasks []scanner.Task
	for _, t := range plan.Tasks {
		t.Hosts = slices.DeleteFunc(slices.Clone(t.Hosts), func(h scanner.Host) bool { return h.Addr.Unmap() != addr.Unmap() })
		if len(t.Hosts) > 0 {
			tasks = append(tasks, t)
		}
	}
	if len(tasks) == 0 && len(plan.Tasks) > 0 {
		plan.Skipped = append(plan.Skipped, scanner.Skip{What: addr.String(), Reason: "the asset does not have this address any more"})
	}
	plan.Tasks = tasks
	return plan
}

// named picks the assets whose names the plan needs: all, or with one asset to
// be scanned that one, the OT ones and those with a limit, which it must not
// reach unawares.
func named(assets []inventory.Asset, only inventory.AssetID) []inventory.Asset {
	if only == "" {
		return assets
	}
	return slices.DeleteFunc(slices.Clone(assets), func(a inventory.Asset) bool {
		return a.ID != only && a.Class != inventory.OT && a.AtMost == inventory.LevelNothing
	})
}

// assets lists all that the organisation has in use, and the asset asked for
// also when it is not, so that the plan can say so.
func (p *Planner) assets(ctx context.Context, r Request) ([]inventory.Asset, error) {
	if r.Asset == "" {
		return p.inUse(ctx, r)
	}
	a, err := p.store.Asset(ctx, r.Asset)
	if err != nil {
		return nil, err
	}
	if a.Org != r.Org {
		return nil, fmt.Errorf("asset %s has moved to %s: %w", a.ID, a.Org, inventory.ErrConflict)
	}
	all, err := p.inUse(ctx, r)
	if err == nil && !slices.ContainsFunc(all, func(b inventory.Asset) bool { return b.ID == a.ID }) {
		all = append(all, a)
	}
	return all, err
}

func (p *Planner) inUse(ctx context.Context, r Request) ([]inventory.Asset, error) {
	if _, err := p.store.Organization(ctx, r.Org); err != nil {
		return nil, err
	}
	all, err := inventory.Every(func(page inventory.Page) ([]inventory.Asset, string, error) {
		return p.store.Assets(ctx, inventory.AssetFilter{Org: r.Org}, page)
	})
	if err != nil {
		return nil, fmt.Errorf("list the assets of %s: %w", r.Org, err)
	}
	return all, nil
}

// resolve asks for every name of the assets. A name that does not resolve is
// not an error here: the plan says so for its asset.
func (p *Planner) resolve(ctx context.Context, assets []inventory.Asset) map[string]scanner.Resolution {
	var names []string
	for _, a := range assets {
		if _, isPrefix := a.Address.Prefix(); !isPrefix && a.Address.Host() != "" {
			names = append(names, a.Address.Host())
		}
	}
	return p.lookUp(ctx, names)
}

// lookUp resolves names, once each and eight at a time.
func (p *Planner) lookUp(ctx context.Context, names []string) map[string]scanner.Resolution {
	slices.Sort(names)
	names = slices.Compact(names)
	found := make([]scanner.Resolution, len(names))
	var g errgroup.Group
	g.SetLimit(8)
	for i, name := range names {
		g.Go(func() error {
			found[i].Addrs, found[i].Err = p.resolver.Lookup(ctx, name)
			return nil
		})
	}
	_ = g.Wait() // no function returns an error
	out := make(map[string]scanner.Resolution, len(names))
	for i, name := range names {
		out[name] = found[i]
	}
	return out
}
