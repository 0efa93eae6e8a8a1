package nuclei

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

// errNonsense is a child that speaks of what it was not asked.
var errNonsense = errors.New("the child does not keep to the protocol")

// A ledger books what children tell about the pairs of a plan.
type ledger struct {
	plan    *plan
	now     func() time.Time
	entries map[pair]*entry
	// sent counts requests: of attempts that ended, and of the present one.
	sentBefore, sentNow int64
}

// An entry is one pair's fate.
type entry struct {
	state   state
	started time.Time
	reason  string // when missed
	matches []sighting
}

type sighting struct {
	at    time.Time
	match wire.Match
}

type state int

const (
	waiting state = iota
	open          // started, and no end heard of
	ran
	missed
)

// Why pairs have no end, when it was not the child that said so.
const (
	reasonEngine  = "the template engine failed twice"
	reasonStopped = "the scan was stopped"
	reasonSilent  = "the template engine did not report it"
)

// Limits on what one pair may bring.
const (
	maxMatches   = 16
	maxExtracted = 32
	maxText      = 512 // bytes of one extracted value, matcher name or location
)

func newLedger(p *plan, now func() time.Time) *ledger {
	l := &ledger{plan: p, now: now, entries: map[pair]*entry{}}
	for _, w := range p.pairs() {
		l.entries[w] = &entry{}
	}
	return l
}

// newAttempt begins with a new child: what the one before left open waits again.
func (l *ledger) newAttempt() {
	l.sentBefore, l.sentNow = l.sentBefore+l.sentNow, 0
	for _, e := range l.entries {
		switch {
		case e.state == open && len(e.matches) > 0:
			e.state = ran
		case e.state == open:
			e.state = waiting
		}
	}
}

// apply books one event; an error means that the child cannot be trusted.
func (l *ledger) apply(ev wire.Event) error {
	l.sentNow = max(l.sentNow, ev.Sent)
	e, ok := l.entries[pair{ev.Unit, ev.Template}]
	if !ok || e.state == ran || e.state == missed {
		return errNonsense
	}
	switch ev.Kind {
	case wire.KindStart:
		e.state, e.started = open, l.now()
	case wire.KindMatch:
		if ev.Match == nil || e.state != open {
			return errNonsense
		}
		if len(e.matches) < maxMatches {
			e.matches = append(e.matches, sighting{l.now(), *ev.Match})
		}
	case wire.KindRan:
		e.state = ran
	case wire.KindMissed:
		e.state, e.reason = missed, clean(ev.Reason, 200)
		if len(e.matches) > 0 {
			e.state = ran
		}
	default:
		return errNonsense
	}
	return nil
}

// done books the child's last event. A child that says it is done while pairs
// are open has lost them.
func (l *ledger) done(ev wire.Event) error {
	l.sentNow = max(l.sentNow, ev.Sent)
	for _, e := range l.entries {
		if e.state == open && len(e.matches) == 0 {
			return errNonsense
		}
	}
	return nil
}

// overdue tells whether some pair has been open for longer than limit.
func (l *ledger) overdue(limit time.Duration) bool {
	at := l.now()
	for _, e := range l.entries {
		if e.state == open && at.Sub(e.started) > limit {
			return true
		}
	}
	return false
}

// unfinished lists the pairs that are not known to have come to an end. One
// that matched has: whatever happened after it, it was seen.
func (l *ledger) unfinished() []pair {
	return slices.DeleteFunc(l.plan.pairs(), func(w pair) bool {
		e := l.entries[w]
		return e.state == ran || e.state == missed || len(e.matches) > 0
	})
}

// suspects lists the pairs that were open when a child failed.
func (l *ledger) suspects() []pair {
	return slices.DeleteFunc(l.unfinished(), func(w pair) bool { return l.entries[w].state != open })
}

// result tells everything booked; pairs without an end are missed for reason.
func (l *ledger) result(reason string) scanner.Result {
	for _, w := range l.unfinished() {
		e := l.entries[w]
		e.state, e.reason = missed, reason
	}
	return scanner.Result{
		Hosts:        l.hostResults(),
		Observations: l.observations(),
		Checks:       l.coverage(),
		Requests:     l.sentBefore + l.sentNow,
	}
}

// coverage has one line for each place; several protocols may share one.
func (l *ledger) coverage() []inventory.CheckCoverage {
	type place struct {
		host      int
		asset     inventory.AssetID
		port      uint16
		transport inventory.Transport
		hostname  string
	}
	var out []inventory.CheckCoverage
	at := map[place]int{}
	for _, w := range l.plan.pairs() {
		u := l.plan.units[w.unit]
		key := place{u.host, u.asset, u.port, u.transport, u.hostname}
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, inventory.CheckCoverage{
				Asset: u.asset, Addr: l.plan.hosts[u.host].addr, Port: u.port, Transport: u.transport, Hostname: u.hostname,
			})
		}
		id := l.plan.templates[w.template].ID
		if e := l.entries[w]; e.state == missed {
			out[i].Missed = append(out[i].Missed, inventory.Missed{Check: id, Reason: e.reason})
		} else {
			out[i].Ran = append(out[i].Ran, id)
		}
	}
	for i := range out {
		slices.Sort(out[i].Ran)
	}
	return out
}

// observations has one for each named matcher, and one for all without a name.
func (l *ledger) observations() []inventory.Observation {
	var out []inventory.Observation
	for _, w := range l.plan.pairs() {
		u := l.plan.units[w.unit]
		at := map[string]int{} // matcher -> observation
		for _, s := range l.entries[w].matches {
			matcher := clean(s.match.Matcher, maxText)
			if i, ok := at[matcher]; ok {
				out[i].Match.Extracted = extracted(out[i].Match.Extracted, s.match.Extracted)
				continue
			}
			at[matcher] = len(out)
			out = append(out, inventory.Observation{
				Asset: u.asset, Addr: l.plan.hosts[u.host].addr, Port: u.port,
				Transport: u.transport, Hostname: u.hostname, At: s.at,
				Match: &inventory.Match{
					Check: l.plan.templates[w.template].ID, Matcher: matcher,
					Extracted: extracted(nil, s.match.Extracted), Location: clean(s.match.Location, maxText),
				},
				Evidence: &inventory.Evidence{
					Request: capped(s.match.Request), Response: capped(s.match.Response),
				},
			})
		}
	}
	return out
}

// hostResults has one for each asset on each address, also where nothing was
// to be run.
func (l *ledger) hostResults() []inventory.HostResult {
	type key struct {
		host  int
		asset inventory.AssetID
	}
	reasons := map[key]map[string]int{}
	done := map[key]int{}
	for w, e := range l.entries {
		u := l.plan.units[w.unit]
		k := key{u.host, u.asset}
		if e.state != missed {
			done[k]++
			continue
		}
		if reasons[k] == nil {
			reasons[k] = map[string]int{}
		}
		reasons[k][e.reason]++
	}
	var out []inventory.HostResult
	for i, h := range l.plan.hosts {
		seen := map[inventory.AssetID]bool{}
		for _, t := range h.targets {
			if seen[t.Asset()] {
				continue
			}
			seen[t.Asset()] = true
			k := key{i, t.Asset()}
			r := inventory.HostResult{Asset: t.Asset(), Addr: h.addr, Outcome: inventory.Complete}
			if why := reasons[k]; len(why) > 0 {
				r.Outcome, r.Reason = inventory.Partial, summary(why)
				if done[k] == 0 && why[reasonEngine] > 0 {
					r.Outcome = inventory.Failed
				}
			}
			out = append(out, r)
		}
	}
	return out
}

// summary tells how many checks were missed and the commonest reason.
func summary(reasons map[string]int) string {
	total, most := 0, ""
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		total += reasons[reason]
		if most == "" || reasons[reason] > reasons[most] {
			most = reason
		}
	}
	if total == 1 {
		return "1 check did not run: " + most
	}
	return fmt.Sprintf("%d checks did not run, most of them: %s", total, most)
}

// extracted adds values to have, each once, as far as the limits allow.
func extracted(have, more []string) []string {
	for _, v := range more {
		v = strings.ToValidUTF8(v[:min(len(v), maxText)], "")
		if v != "" && len(have) < maxExtracted && !slices.Contains(have, v) {
			have = append(have, v)
		}
	}
	return have
}

func capped(b []byte) []byte { return b[:min(len(b), inventory.MaxEvidence)] }

// clean makes text from a child fit to be a reason or a log field: one line,
// printable, at most limit bytes.
func clean(text string, limit int) string {
	text = strings.ToValidUTF8(text[:min(len(text), limit)], "")
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}
