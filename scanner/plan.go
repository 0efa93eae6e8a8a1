package scanner

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// PlanInput is what a plan is made of. Names are resolved before, once, so
// that planning is pure and the same input gives the same tasks.
type PlanInput struct {
	Profile Profile
	// Assets are all that the organisation has in use, also when Only one of
	// them is to be scanned: whose an address is, and how gently it must be
	// treated, is decided by all assets that it belongs to.
	Assets   []inventory.Asset
	Only     inventory.AssetID // "" for all
	Scope    inventory.Scope
	Resolved map[string]Resolution // by Address.Host()
	At       time.Time
	// Bars are what others have a say in, whatever is authorised: the machines
	// of other operators, and where excluded names lead.
	Bars []Bar
}

// A Bar keeps a scan away from addresses, or within a level there, and says
// why without naming whose they are.
type Bar struct {
	Prefix netip.Prefix
	Name   string // instead of a prefix: the addresses that the scan reaches by this name
	Reason string
	AtMost inventory.Level // LevelNothing keeps it away
}

// A Resolution is what the resolver said of one name.
type Resolution struct {
	Addrs []netip.Addr
	Err   error // why there is no address
}

// A Plan is the tasks of a scan, without ids, and what was left out and why.
type Plan struct {
	Tasks   []Task
	Skipped []Skip
	// Opens is when the first window opens of those that were closed; zero
	// when none was.
	Opens time.Time
}

// maxAddressesPerName bounds what one name can put into a scan.
const maxAddressesPerName = 16

// MakePlan decides which addresses a scan touches. Every address is asked of
// the scope here and again by the worker; an asset that is left out, wholly or
// in part, is named with its reason.
func MakePlan(in PlanInput) Plan {
	p := planner{in: in, byAddr: map[netip.Addr][]candidate{}, barred: map[netip.Addr]string{}, caps: map[netip.Addr]inventory.Level{}}
	for _, a := range in.Assets {
		if in.Only == "" || in.Only == a.ID {
			p.add(a)
		}
	}
	for _, a := range in.Assets {
		if in.Only != "" && in.Only != a.ID {
			p.join(a)
		}
	}
	p.putUpLimits()
	p.putUpBars()
	p.obeyBars()
	return Plan{Tasks: p.tasks(), Skipped: p.skipped, Opens: p.opens}
}

// A candidate is an address that one asset brings and the scope permits.
type candidate struct {
	host  Host
	level inventory.Level
	bits  int // how specific the asset is: 128 for an address, -1 for a name
}

type planner struct {
	in      PlanInput
	byAddr  map[netip.Addr][]candidate
	barred  map[netip.Addr]string          // why an address is left out, whoever brings it
	caps    map[netip.Addr]inventory.Level // above which an address is not looked at, whoever brings it
	skipped []Skip
	opens   time.Time
}

func (p *planner) add(a inventory.Asset) {
	if a.RetiredAt != nil {
		p.skip(a, a.Address.String(), "the asset is retired")
		return
	}
	if prefix, ok := a.Address.Prefix(); ok {
		p.addPrefix(a, prefix)
		return
	}
	p.addName(a)
}

// join adds an asset that is not to be scanned itself to the addresses that it
// shares with the one that is.
func (p *planner) join(a inventory.Asset) {
	if a.RetiredAt != nil {
		return
	}
	prefix, isPrefix := a.Address.Prefix()
	for addr := range p.byAddr {
		switch {
		case isPrefix && prefix.Contains(addr):
			_ = p.offer(a, addr, "", specificity(prefix)) // a refusal concerns OT only, and is kept as a bar
		case !isPrefix && slices.Contains(p.in.Resolved[a.Address.Host()].Addrs, addr):
			_ = p.offer(a, addr, a.Address.Host(), -1) // as above
		}
	}
}

// putUpLimits makes bars of the limits that the organisation's assets have: one
// counts on all addresses of its asset, whatever else is said of that asset.
func (p *planner) putUpLimits() {
	for _, a := range p.in.Assets {
		b, limited := BarOf(a, a.Org)
		if !limited {
			continue
		}
		if prefix, ok := a.Address.Prefix(); ok {
			b.Prefix = prefix.Masked()
			p.in.Bars = append(p.in.Bars, b)
			continue
		}
		for _, addr := range p.in.Resolved[a.Address.Host()].Addrs {
			b.Prefix = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())
			p.in.Bars = append(p.in.Bars, b)
		}
	}
}

// putUpBars finds the addresses of the scan that others have a say in.
func (p *planner) putUpBars() {
	for _, b := range p.in.Bars {
		if b.Prefix.IsSingleIP() {
			p.putUp(b, b.Prefix.Addr())
			continue
		}
		for addr, cs := range p.byAddr {
			if b.Prefix.Contains(addr) || b.Name != "" && slices.ContainsFunc(cs, func(c candidate) bool { return c.host.Name == b.Name }) {
				p.putUp(b, addr)
			}
		}
	}
}

func (p *planner) putUp(b Bar, addr netip.Addr) {
	switch lowest, limited := p.caps[addr]; {
	case len(p.byAddr[addr]) == 0 || p.barred[addr] != "": // not of this scan, or not any more
	case b.keeps():
		p.barred[addr] = b.Reason
	case !limited || b.AtMost < lowest:
		p.caps[addr] = b.AtMost
	}
}

// obeyBars leaves out barred addresses, by whatever asset they were reached.
func (p *planner) obeyBars() {
	for _, addr := range slices.SortedFunc(maps.Keys(p.barred), netip.Addr.Compare) {
		for _, c := range p.byAddr[addr] {
			p.skipped = append(p.skipped, Skip{
				Asset: c.host.Asset, What: addr.String(), Reason: p.barred[addr],
			})
		}
		delete(p.byAddr, addr)
	}
}

// specificity orders prefixes of both families: 128 for a single address.
func specificity(p netip.Prefix) int { return p.Bits() + 128 - p.Addr().BitLen() }

// addPrefix adds every address of an asset and reports refused ones once,
// with their number: a /16 outside its authorisation is one line, not 65,536.
func (p *planner) addPrefix(a inventory.Asset, prefix netip.Prefix) {
	var first error
	refused := 0
	bits := specificity(prefix)
	for addr := prefix.Masked().Addr(); prefix.Contains(addr); addr = addr.Next() {
		if err := p.offer(a, addr, "", bits); err != nil {
			if refused++; first == nil {
				first = err
			}
		}
	}
	switch {
	case refused == 1 && prefix.IsSingleIP():
		p.skip(a, a.Address.String(), first.Error())
	case refused > 0:
		p.skip(a, a.Address.String(), fmt.Sprintf("%d of its addresses, the first because: %v", refused, first))
	}
}

func (p *planner) addName(a inventory.Asset) {
	name := a.Address.Host()
	r := p.in.Resolved[name]
	if r.Err != nil {
		p.skip(a, name, "the name does not resolve: "+r.Err.Error())
		return
	}
	if len(r.Addrs) == 0 {
		p.skip(a, name, "the name has no address")
		return
	}
	addrs := r.Addrs
	if len(addrs) > maxAddressesPerName {
		p.skip(a, name, fmt.Sprintf("it has %d addresses; only the first %d are scanned", len(addrs), maxAddressesPerName))
		addrs = addrs[:maxAddressesPerName]
	}
	for _, addr := range addrs {
		if err := p.offer(a, addr.Unmap(), name, -1); err != nil {
			p.skip(a, name, err.Error())
		}
	}
}

// offer asks the scope and keeps the address when the scope and its level
// permit the profile. What is refused to an OT asset is barred to all.
func (p *planner) offer(a inventory.Asset, addr netip.Addr, name string, bits int) error {
	err := p.ask(a, addr, name, bits)
	if opens := inventory.OpensAt(err); !opens.IsZero() && (p.opens.IsZero() || opens.Before(p.opens)) {
		p.opens = opens
	}
	if err != nil && a.Class == inventory.OT {
		p.barred[addr] = fmt.Sprintf("an OT asset has this address: %v", err)
	}
	return err
}

func (p *planner) ask(a inventory.Asset, addr netip.Addr, name string, bits int) error {
	subject := inventory.Subject{Asset: a.ID, Class: a.Class, Name: name}
	target, err := p.in.Scope.Authorize(addr, subject, p.in.At)
	if err != nil {
		return err
	}
	profile, err := p.in.Profile.ForClass(a.Class, target.Level())
	if err != nil {
		return err
	}
	if target.Limited() {
		profile = profile.Within(target.Level())
	}
	if target.Level() < profile.Level {
		return fmt.Errorf("%w: %s allows the level %s, the profile %s needs %s",
			inventory.ErrOutOfScope, target.Authorization(), target.Level(), profile.Name, profile.Level)
	}
	host := Host{Addr: addr, Asset: a.ID, Class: a.Class, Name: name, Port: a.Address.Port()}
	p.byAddr[addr] = append(p.byAddr[addr], candidate{host: host, level: target.Level(), bits: bits})
	return nil
}

func (p *planner) skip(a inventory.Asset, what, reason string) {
	p.skipped = append(p.skipped, Skip{Asset: a.ID, What: what, Reason: reason})
}

// tasks groups addresses by the profile they get and cuts the groups to size.
func (p *planner) tasks() []Task {
	addrs := make([]netip.Addr, 0, len(p.byAddr))
	for addr := range p.byAddr {
		addrs = append(addrs, addr)
	}
	slices.SortFunc(addrs, netip.Addr.Compare)

	groups := map[string][][]Host{}
	var order []string
	sizes := map[string]int{}
	for _, addr := range addrs {
		hosts, profile := p.settle(addr)
		if _, seen := groups[profile.Name]; !seen {
			order = append(order, profile.Name)
			sizes[profile.Name] = max(profile.BatchSize, 1)
		}
		groups[profile.Name] = append(groups[profile.Name], hosts)
	}
	var tasks []Task
	for _, name := range order {
		for chunk := range slices.Chunk(groups[name], sizes[name]) {
			tasks = append(tasks, Task{Profile: name, Hosts: slices.Concat(chunk...), State: TaskQueued})
		}
	}
	return tasks
}

// settle decides who owns an address that several assets bring: the most
// specific prefix does; wider ones give way, names stay as virtual hosts, and
// URLs for their ports.
// One OT asset makes the whole address OT, and the strictest limit is that of
// all.
func (p *planner) settle(addr netip.Addr) ([]Host, Profile) {
	cs := p.byAddr[addr]
	slices.SortStableFunc(cs, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.bits, a.bits), cmp.Compare(a.host.Asset, b.host.Asset))
	})
	class, level := inventory.IT, cs[0].level
	var hosts []Host
	for _, c := range cs {
		if c.host.Class == inventory.OT {
			class = inventory.OT
		}
		level = min(level, c.level)
		if ownerless := len(hosts) == 0; ownerless || c.bits < 0 || c.host.Port != 0 {
			hosts = append(hosts, c.host)
		} else {
			hosts[0].Within = append(hosts[0].Within, c.host.Asset)
		}
	}
	if limit, ok := p.caps[addr]; ok {
		level = min(level, limit)
	}
	for i := range hosts {
		hosts[i].Class = class
	}
	profile, err := p.in.Profile.ForClass(class, level)
	if err != nil {
		profile = p.in.Profile
	}
	return hosts, profile.Within(level)
}
