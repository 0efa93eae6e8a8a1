package inventory

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// PolicyState is whether an asset may be scanned, in one word.
type PolicyState string

// States of scan policies.
const (
	PolicyPermitted PolicyState = "permitted"
	PolicyPartly    PolicyState = "partly"   // a permission covers a part of it
	PolicyMissing   PolicyState = "missing"  // no permission in force covers any of it
	PolicyExcluded  PolicyState = "excluded" // an order not to scan stands in the way
	PolicyPassive   PolicyState = "passive"  // nothing may be sent to it
)

// A ScanPolicy is how an asset may be scanned, whatever the hour: what the
// deepest of its permissions says, and what its owner takes away from that.
type ScanPolicy struct {
	State         PolicyState
	Authorization AuthorizationID // "" when none covers any of it
	Level         Level
	Permitted     Level    // what the permission says to its kind of asset, before its own limit
	Windows       []Window // none means any time
	TimeZone      string
	Until         time.Time
}

// Policy tells how a may be scanned at present. A name is covered by name, or
// where the addresses that it was last found at all are. What Authorize says of
// an address and an hour is what counts; this says it of an asset in a list.
func (s Scope) Policy(a Asset, found []netip.Addr, at time.Time) ScanPolicy {
	places := make([]netip.Prefix, 0, len(found)+1)
	if p, ok := a.Address.Prefix(); ok {
		places = append(places, p)
	} else {
		for _, addr := range found {
			places = append(places, netip.PrefixFrom(addr, addr.BitLen()))
		}
	}
	var best Authorization
	var all []netip.Prefix
	named := false
	for _, auth := range s.auths {
		if auth.State != AuthActive || at.Before(auth.From) || !at.Before(auth.Until) {
			continue
		}
		byName := auth.names(a.Address.Host())
		if !byName && !slices.ContainsFunc(places, func(p netip.Prefix) bool { return touches(auth.Prefixes, p) }) {
			continue
		}
		named = named || byName
		all = append(all, auth.Prefixes...)
		if best.ID == "" || auth.levelFor(a.Class) > best.levelFor(a.Class) {
			best = auth
		}
	}
	out := ScanPolicy{State: PolicyMissing, Authorization: best.ID}
	if best.ID != "" {
		out = ScanPolicy{
			State: PolicyPermitted, Authorization: best.ID, Level: best.levelFor(a.Class), Permitted: best.levelFor(a.Class), Windows: best.Windows,
			TimeZone: best.TimeZone, Until: best.Until,
		}
		out.Level = min(out.Level, cmp.Or(a.AtMost, LevelIntensive))
		if !named && slices.ContainsFunc(places, func(p netip.Prefix) bool { return !coveredBy(p, all) }) {
			out.State = PolicyPartly
		}
	}
	switch {
	case s.excludes(a, places, at):
		out.State = PolicyExcluded
	case out.State != PolicyMissing && out.Level < LevelLight:
		out.State = PolicyPassive
	}
	return out
}

// touches tells whether any prefix has an address in common with p.
func touches(prefixes []netip.Prefix, p netip.Prefix) bool {
	return slices.ContainsFunc(prefixes, p.Overlaps)
}

// excludes tells whether orders not to scan forbid all of an asset.
func (s Scope) excludes(a Asset, places []netip.Prefix, at time.Time) bool {
	var all []netip.Prefix
	for _, x := range s.exclusions {
		switch {
		case !x.Until.IsZero() && !at.Before(x.Until):
		case x.Prefix.IsValid():
			all = append(all, x.Prefix)
		case nameMatches(x.Name, a.Address.Host()):
			return true
		}
	}
	return len(places) > 0 && !slices.ContainsFunc(places, func(p netip.Prefix) bool { return !coveredBy(p, all) })
}

// Concerning returns the orders not to scan in force that stand in the way of
// something that the authorisations in force cover.
func (s Scope) Concerning(at time.Time) []Exclusion {
	var out []Exclusion
	for _, x := range s.exclusions {
		if !x.Until.IsZero() && !at.Before(x.Until) {
			continue
		}
		if slices.ContainsFunc(s.auths, func(a Authorization) bool { return a.State == AuthActive && at.Before(a.Until) && x.concerns(a) }) {
			out = append(out, x)
		}
	}
	return out
}

// concerns tells whether an authorisation covers some of what x forbids.
func (x Exclusion) concerns(a Authorization) bool {
	if x.Prefix.IsValid() {
		return touches(a.Prefixes, x.Prefix)
	}
	return slices.ContainsFunc(a.Names, func(n string) bool { return nameMatches(n, x.Name) || nameMatches(x.Name, n) || n == x.Name })
}
