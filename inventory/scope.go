package inventory

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A Scope answers whether one organisation's addresses may be scanned now.
type Scope struct {
	auths      []Authorization
	exclusions []Exclusion
	admit      []netip.Prefix
	foreign    []netip.Prefix
	departed   map[AssetID]string
	changed    map[netip.Addr]string
	limits     map[AssetID]Level
}

// NewScope makes a scope of what is stored. admit lists the reserved prefixes
// that this installation may scan (scan.allow_reserved).
func NewScope(auths []Authorization, exclusions []Exclusion, admit []netip.Prefix) Scope {
	return Scope{auths: auths, exclusions: exclusions, admit: admit}
}

// WithForeign returns s with the prefixes that other organisations have
// authorised. Into those a name leads nobody: whoever runs its zone could else
// have another's hosts scanned, and read what was found there.
func (s Scope) WithForeign(prefixes []netip.Prefix) Scope {
	s.foreign = prefixes
	return s
}

// WithDeparted returns s with the assets that are the organisation's no more,
// each with what became of it: "has moved to another organisation". A task
// planned before may still name them, and its authorisation went with the
// owner who gave it.
func (s Scope) WithDeparted(assets map[AssetID]string) Scope {
	s.departed = assets
	return s
}

// WithChanged returns s also without the addresses of which the register says
// something since a task was planned that the task did not heed, each with what
// that is: "it was registered as OT after the scan was planned".
func (s Scope) WithChanged(addrs map[netip.Addr]string) Scope {
	before := s.changed
	s.changed = maps.Clone(addrs)
	maps.Copy(s.changed, before)
	return s
}

// WithLimits returns s with the levels above which the owners of single assets
// do not let them be looked at.
func (s Scope) WithLimits(limits map[AssetID]Level) Scope {
	s.limits = limits
	return s
}

// A Subject is what a target belongs to: the asset, its class, and the name
// by which its address was found ("" when the asset is an address).
type Subject struct {
	Asset AssetID
	Class AssetClass
	Name  string // ASCII host name
}

// A Target is a permit to send packets to one address, for one asset, up to a
// level and until a moment. Only Scope.Authorize makes one.
type Target struct {
	addr    netip.Addr
	subject Subject
	auth    AuthorizationID
	level   Level
	limited bool
	until   time.Time
}

// Addr returns the address, unmapped.
func (t Target) Addr() netip.Addr { return t.addr }

// Asset returns the asset that findings on this address belong to.
func (t Target) Asset() AssetID { return t.subject.Asset }

// Class returns whether the asset is IT or OT.
func (t Target) Class() AssetClass { return t.subject.Class }

// Name returns the host name by which the address was reached, or "".
func (t Target) Name() string { return t.subject.Name }

// Authorization returns what permits the target.
func (t Target) Authorization() AuthorizationID { return t.auth }

// Level returns the highest level allowed.
func (t Target) Level() Level { return t.level }

// Limited tells whether the level is lower than the authorisation's because the
// asset's owner wants it so.
func (t Target) Limited() bool { return t.limited }

// Until returns when packets must have stopped: the end of the authorisation
// or of the present window, whichever comes first.
func (t Target) Until() time.Time { return t.until }

// Authorize permits scanning addr for the subject at the given time, or says
// why not: every error is ErrOutOfScope and names the rule that refuses.
//
// The order of the rules: reserved addresses, assets that have departed,
// addresses that the register describes otherwise than when the scan was
// planned, exclusions of the address or the name, the limits of the assets that have the
// address, then the authorisations. One that covers the address by prefix,
// or the subject's name by name, permits; among several the one with the
// highest level counts, and of those the one that lasts longest. By name alone
// nothing is permitted on an address that another organisation has authorised.
// sharing are other assets that have the address: the strictest limit of all
// counts, by whichever of them it is reached.
func (s Scope) Authorize(addr netip.Addr, subject Subject, at time.Time, sharing ...AssetID) (Target, error) {
	if !addr.IsValid() || addr.Zone() != "" {
		return Target{}, refuse(addr.String(), "not an address that others can reach", "")
	}
	addr = addr.Unmap()
	single := netip.PrefixFrom(addr, addr.BitLen())
	if what := reservedAs(addr); what != "" && !admitted(single, s.admit) {
		return Target{}, refuse(addr.String(), "reserved address ("+what+")", admitHint)
	}
	if became, gone := s.departed[subject.Asset]; gone {
		return Target{}, refuse(addr.String(), fmt.Sprintf("asset %s %s", subject.Asset, became), "a scan of the present owner's looks at it, if that one has it authorised")
	}
	if what, changed := s.changed[addr]; changed {
		return Target{}, refuse(addr.String(), what, "the next scan is planned accordingly")
	}
	name := strings.ToLower(strings.TrimSuffix(subject.Name, "."))
	for _, x := range s.exclusions {
		if x.forbids(addr, name, at) {
			return Target{}, refuse(addr.String(), x.rule(), "ask whoever set it, or wait until it ends")
		}
	}
	limit, limited := s.limits[subject.Asset]
	strictest := subject.Asset
	for _, other := range sharing {
		if l, ok := s.limits[other]; ok && (!limited || l < limit) {
			limit, limited, strictest = l, true, other
		}
	}
	if limited && limit < LevelLight {
		return Target{}, refuse(addr.String(), fmt.Sprintf("asset %s may be looked at passively only", strictest), "its owner sets that on the asset's page")
	}
	var best Target
	why := refusal{what: addr.String(), rule: "no authorisation covers it", hint: "record one: ciiscan authorization add"}
	nearest := 0
	foreign := holds(s.foreign, addr)
	for _, a := range s.auths {
		switch {
		case holds(a.Prefixes, addr):
		case !a.names(name):
			continue
		case foreign:
			if nearest == 0 {
				why.rule = fmt.Sprintf("%s leads to an address that another organisation has authorised", name)
				why.hint = "if it is this organisation's too, have the address itself authorised: ciiscan authorization add --prefix"
			}
			continue
		}
		until, no := a.permits(subject.Class, at)
		if no.rule != "" {
			if no.nearness > nearest {
				nearest, why.rule, why.hint, why.opens = no.nearness, no.rule, no.hint, no.opens
			}
			continue
		}
		t := Target{addr: addr, subject: subject, auth: a.ID, level: a.levelFor(subject.Class), until: until}
		if t.level > best.level || t.level == best.level && t.until.After(best.until) {
			best = t
		}
	}
	if best.level == LevelNothing {
		return Target{}, &why
	}
	if limited && limit < best.level {
		best.level, best.limited = limit, true
	}
	return best, nil
}

// A refusal is why a packet may not be sent. It is ErrOutOfScope.
type refusal struct {
	what, rule, hint string
	nearness         int // how little is missing, to tell the most useful of several
	opens            time.Time
}

func refuse(what, rule, hint string) error { return &refusal{what: what, rule: rule, hint: hint} }

// Error reads "192.0.2.7: not in an authorised scope: rule".
func (r *refusal) Error() string { return r.what + ": " + ErrOutOfScope.Error() + ": " + r.rule }

// Unwrap makes every refusal an ErrOutOfScope.
func (r *refusal) Unwrap() error { return ErrOutOfScope }

// Advice returns what to do about it.
func (r *refusal) Advice() string { return r.hint }

// OpensAt returns when the window opens that err, a refusal of Authorize, waits
// for; zero when waiting does not help.
func OpensAt(err error) time.Time {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.opens
	}
	return time.Time{}
}

// permits returns until when packets may be sent at the given time, or a
// refusal with a rule.
func (a Authorization) permits(class AssetClass, at time.Time) (time.Time, refusal) {
	const zoneForPeople = "2006-01-02 15:04 MST"
	switch {
	case a.State != AuthActive:
		return time.Time{}, refusal{nearness: 1, rule: fmt.Sprintf("authorisation %s is %s", a.ID, a.State), hint: "record a new one: ciiscan authorization add"}
	case !at.Before(a.Until):
		return time.Time{}, refusal{nearness: 2, rule: fmt.Sprintf("authorisation %s expired on %s", a.ID, a.Until.UTC().Format(zoneForPeople)), hint: "record a new one: ciiscan authorization add"}
	case at.Before(a.From):
		return time.Time{}, refusal{nearness: 3, rule: fmt.Sprintf("authorisation %s begins on %s", a.ID, a.From.UTC().Format(zoneForPeople)), hint: "wait until then"}
	case a.levelFor(class) < LevelLight:
		return time.Time{}, refusal{nearness: 4, rule: fmt.Sprintf("authorisation %s allows %s looking only", a.ID, a.levelFor(class)), hint: "ask the operator for the level light or more"}
	}
	if len(a.Windows) == 0 {
		return a.Until, refusal{}
	}
	loc, err := loadZone(a.TimeZone)
	if err != nil {
		return time.Time{}, refusal{nearness: 4, rule: fmt.Sprintf("authorisation %s has windows in an unknown time zone %q", a.ID, a.TimeZone), hint: "record it anew with an IANA zone, such as Asia/Colombo"}
	}
	until, open := openUntil(a.Windows, loc, at)
	if !open {
		no := refusal{nearness: 5, rule: fmt.Sprintf("outside the windows of authorisation %s: %s, %s", a.ID, FormatWindows(a.Windows), a.TimeZone)}
		if next := opensAfter(a.Windows, loc, at); !next.IsZero() {
			no.opens = next.UTC()
			no.hint = "the next one opens on " + next.In(loc).Format("Mon "+zoneForPeople)
		}
		return time.Time{}, no
	}
	if a.Until.Before(until) {
		until = a.Until
	}
	return until.UTC(), refusal{}
}

// CheckCovered tells whether authorisations in force at the given time cover
// all of an address, whatever their windows; the error is ErrOutOfScope and
// says what is not covered. A name is covered by name only: where it will
// point is not known here.
func (s Scope) CheckCovered(a Address, at time.Time) error {
	var prefixes []netip.Prefix
	for _, auth := range s.auths {
		if auth.State != AuthActive || at.Before(auth.From) || !at.Before(auth.Until) {
			continue
		}
		if slices.ContainsFunc(auth.Names, func(n string) bool { return nameMatches(n, a.Host()) }) {
			return nil
		}
		prefixes = append(prefixes, auth.Prefixes...)
	}
	p, ok := a.Prefix()
	switch {
	case !ok:
		return refuse(a.String(), "no authorisation in force names it", "record one with --name "+a.Host())
	case coveredBy(p, prefixes):
		return nil
	case slices.ContainsFunc(prefixes, func(q netip.Prefix) bool { return within(q, p) }):
		return refuse(a.String(), fmt.Sprintf("prefix larger than the authorisation: %s is not inside %s", p, listPrefixes(p, prefixes)),
			"register the authorised part only, or have the whole prefix authorised")
	}
	return refuse(a.String(), "no authorisation in force covers it", "record one with --prefix "+p.String())
}

// coveredBy tells whether the prefixes together hold all of p.
func coveredBy(p netip.Prefix, prefixes []netip.Prefix) bool {
	inside := false
	for _, q := range prefixes {
		if within(p, q) {
			return true
		}
		inside = inside || within(q, p)
	}
	if !inside {
		return false
	}
	low, high := halves(p)
	return coveredBy(low, prefixes) && coveredBy(high, prefixes)
}

// halves splits a prefix that holds more than one address.
func halves(p netip.Prefix) (low, high netip.Prefix) {
	b := p.Masked().Addr().AsSlice()
	b[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	upper, _ := netip.AddrFromSlice(b)
	return netip.PrefixFrom(p.Masked().Addr(), p.Bits()+1), netip.PrefixFrom(upper, p.Bits()+1)
}

// listPrefixes names the prefixes that are inside p, at most three.
func listPrefixes(p netip.Prefix, prefixes []netip.Prefix) string {
	var words []string
	for _, q := range prefixes {
		if within(q, p) {
			words = append(words, q.String())
		}
	}
	if len(words) > 3 {
		words = append(words[:3], "…")
	}
	return strings.Join(words, ", ")
}
