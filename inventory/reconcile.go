package inventory

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// ClosingPolicy says how much proof ends a finding.
type ClosingPolicy struct {
	Negatives    int           // tests in a row without a match; at least 1, usually 2
	ReopenWithin time.Duration // a finding seen again within this is the same one
}

// DefaultClosing is two negatives and ninety days.
var DefaultClosing = ClosingPolicy{Negatives: 2, ReopenWithin: 90 * 24 * time.Hour}

// Seen is everything one task brought back.
type Seen struct {
	Task         TaskID
	Observations []Observation
	Ports        []PortCoverage
	Checks       []CheckCoverage
	Hosts        []HostResult
}

// A Change is a finding as it is to be stored, and why. A new finding has no
// ID yet, and its events no Finding.
type Change struct {
	Finding Finding
	Events  []FindingEvent
}

// Reconcile compares what is known of the assets in seen with what one task
// saw, and returns the findings that change, in the order of their keys. It
// closes only on proof: the same check ran to its end on the same address and
// port, or the port answered closed, policy.Negatives times in a row. checks
// holds what is known about each check that can be in seen.
//
// A finding of a port exposure is seen while the port is open and answers as
// that service; another service there is a negative. One that should have been
// asked what it is, and was not, is neither. Proof older than what a
// finding already rests on changes nothing, so tasks may be judged in any
// order. at is when the task ended.
func Reconcile(known []Finding, seen Seen, checks map[CheckID]Check, policy ClosingPolicy, at time.Time) []Change {
	r := reconciler{
		proof:  newProof(seen),
		checks: checks,
		policy: policy,
		task:   seen.Task,
		at:     at.UTC(),
	}
	r.policy.Negatives = max(1, policy.Negatives)
	return r.run(known, seen.Observations)
}

// CloseRetired closes the present ones among known because their asset was
// retired; who did it and why go into the events.
func CloseRetired(known []Finding, who, reason string, at time.Time) []Change {
	var out []Change
	for _, f := range known {
		if !f.Detection.Present() {
			continue
		}
		why := "The asset was retired"
		if reason != "" {
			why += ": " + reason
		}
		was := f.Detection
		f.close(at.UTC())
		out = append(out, Change{Finding: f, Events: []FindingEvent{{
			Finding: f.ID, At: at.UTC(), Actor: who, Kind: EventFixed,
			From: string(was), To: string(Fixed), Reason: sentence(why),
		}}})
	}
	sortChanges(out)
	return out
}

// Compare orders keys by asset, address, port, transport, check and matcher.
func (k FindingKey) Compare(o FindingKey) int {
	return cmp.Or(
		cmp.Compare(k.Asset, o.Asset),
		k.Addr.Compare(o.Addr),
		cmp.Compare(k.Port, o.Port),
		cmp.Compare(k.Transport, o.Transport),
		cmp.Compare(k.Check, o.Check),
		cmp.Compare(k.Matcher, o.Matcher),
	)
}

// Place reads "192.0.2.1 port 443/tcp", or only the address for port 0.
func (k FindingKey) Place() string {
	if k.Port == 0 {
		return k.Addr.String()
	}
	return fmt.Sprintf("%s port %d/%s", k.Addr, k.Port, k.Transport)
}

// reconciler holds what stays the same while one task is judged.
type reconciler struct {
	proof  proof
	checks map[CheckID]Check
	policy ClosingPolicy
	task   TaskID
	at     time.Time
}

func (r reconciler) run(known []Finding, observations []Observation) []Change {
	sightings := r.sightings(observations)
	var out []Change
	latest := map[FindingKey]Finding{} // the one that a sighting belongs to
	for _, f := range known {
		f.FindingKey = f.normal()
		if have, ok := latest[f.FindingKey]; !ok || supersedes(f, have) {
			latest[f.FindingKey] = f
		}
	}
	for _, f := range latest {
		s, sighted := sightings[f.FindingKey]
		if !sighted && isExposure(f.Check) {
			s, sighted = r.sameService(f, sightings)
		}
		var c Change
		switch {
		case sighted && f.Detection.Present():
			c = r.verified(f, s)
		case sighted:
			c = r.again(f, s)
		case f.Detection.Present():
			c = r.absent(f)
		}
		if len(c.Events) > 0 {
			out = append(out, c)
		}
	}
	for key, s := range sightings {
		if _, ok := latest[key]; !ok {
			out = append(out, r.opened(key, s))
		}
	}
	sortChanges(out)
	return out
}

// opened makes a new finding.
func (r reconciler) opened(key FindingKey, s sighting) Change {
	check := r.check(key.Check)
	f := Finding{
		FindingKey: key,
		Hostname:   s.hostname,
		Title:      check.Title,
		Severity:   check.Severity,
		Detection:  Open,
		Work:       WorkNew,
		Waiver:     Waiver{Kind: WaiverNone},
		FirstSeen:  s.first,
		LastSeen:   s.last,
		LastTested: s.last,
		Evidence:   s.evidence,
	}
	e := r.event(f, EventOpened, "Seen for the first time on %s", key.Place())
	e.To, e.Evidence = string(Open), s.evidence
	return Change{Finding: f, Events: []FindingEvent{e}}
}

// verified renews a present finding.
func (r reconciler) verified(f Finding, s sighting) Change {
	if s.last.Before(f.LastTested) && f.Negatives > 0 {
		return Change{} // older than the negatives that already count
	}
	e := r.event(f, EventVerified, "Seen again on %s", f.Place())
	e.Evidence = s.evidence
	events := append([]FindingEvent{e}, r.refresh(&f, s)...)
	return Change{Finding: f, Events: events}
}

// again reopens a closed finding, or begins a new one when the old is too
// long gone to be the same.
func (r reconciler) again(f Finding, s sighting) Change {
	closed := f.LastTested
	if f.ClosedAt != nil {
		closed = *f.ClosedAt
	}
	gone := s.last.Sub(closed)
	if gone < 0 {
		return Change{} // seen before it was closed, judged after
	}
	if gone > r.policy.ReopenWithin {
		return r.opened(f.FindingKey, s)
	}
	f.Detection, f.ClosedAt = Reopened, nil
	e := r.event(f, EventReopened, "Seen again on %s, %s after it was closed", f.Place(), days(gone))
	e.From, e.To, e.Evidence = string(Fixed), string(Reopened), s.evidence
	events := append([]FindingEvent{e}, r.refresh(&f, s)...)
	return Change{Finding: f, Events: events}
}

// refresh puts a sighting and the check's present words into f, and tells
// which words changed.
func (r reconciler) refresh(f *Finding, s sighting) []FindingEvent {
	f.Negatives, f.NotTested = 0, ""
	f.LastSeen = later(f.LastSeen, s.last)
	f.LastTested = later(f.LastTested, s.last)
	if s.evidence != "" {
		f.Evidence = s.evidence
	}
	if s.hostname != "" {
		f.Hostname = s.hostname
	}
	check, ok := r.lookup(f.Check)
	if !ok {
		return nil
	}
	var events []FindingEvent
	if check.Severity != "" && check.Severity != f.Severity {
		e := r.event(*f, EventChanged, "The severity of the check changed from %s to %s", f.Severity, check.Severity)
		e.From, e.To = string(f.Severity), string(check.Severity)
		f.Severity = check.Severity
		events = append(events, e)
	}
	if check.Title != "" && check.Title != f.Title {
		e := r.event(*f, EventChanged, "The title of the check changed")
		e.From, e.To = f.Title, check.Title
		f.Title = check.Title
		events = append(events, e)
	}
	return events
}

// absent judges a present finding that was not seen: negative, closed, or
// not tested.
func (r reconciler) absent(f Finding) Change {
	v := r.proof.verdict(f)
	switch {
	case v.outside || r.at.Before(f.LastSeen):
		return Change{}
	case !v.negative:
		if v.reason == f.NotTested {
			return Change{}
		}
		e := r.event(f, EventNotTested, "Not tested: %s", v.reason)
		e.From, e.To = f.NotTested, v.reason
		f.NotTested = v.reason
		return Change{Finding: f, Events: []FindingEvent{e}}
	}
	f.Negatives++
	f.NotTested = ""
	f.LastTested = later(f.LastTested, r.at)
	if f.Negatives < r.policy.Negatives {
		e := r.event(f, EventNegative, "%s (%d of %d in a row that closing needs)", v.reason, f.Negatives, r.policy.Negatives)
		e.Evidence = v.evidence
		return Change{Finding: f, Events: []FindingEvent{e}}
	}
	was := f.Detection
	f.close(r.at)
	e := r.event(f, EventFixed, "%s; that is %s", v.reason, inARow(f.Negatives))
	e.From, e.To, e.Evidence = string(was), string(Fixed), v.evidence
	return Change{Finding: f, Events: []FindingEvent{e}}
}

func (f *Finding) close(at time.Time) {
	f.Detection, f.ClosedAt, f.NotTested, f.DueAt = Fixed, &at, "", nil
}

func (r reconciler) event(f Finding, kind EventKind, format string, args ...any) FindingEvent {
	return FindingEvent{
		Finding: f.ID, At: r.at, Actor: "scan", Kind: kind,
		Reason: sentence(fmt.Sprintf(format, args...)), Task: r.task,
	}
}

// check returns what is known about a check. One that nobody described is
// shown by its id and is not taken lightly.
func (r reconciler) check(id CheckID) Check {
	if c, ok := r.lookup(id); ok {
		return c
	}
	return Check{ID: id, Title: string(id), Severity: SeverityMedium}
}

func (r reconciler) lookup(id CheckID) (Check, bool) {
	if c, ok := r.checks[id]; ok {
		return c, true
	}
	rule, ok := exposureByID(id)
	return rule.check(), ok
}

// supersedes tells whether a, not b, is the finding that a sighting of their
// key belongs to: the present one, else the one closed last.
func supersedes(a, b Finding) bool {
	if a.Detection.Present() != b.Detection.Present() {
		return a.Detection.Present()
	}
	if a.ClosedAt != nil && b.ClosedAt != nil && !a.ClosedAt.Equal(*b.ClosedAt) {
		return a.ClosedAt.After(*b.ClosedAt)
	}
	if !a.FirstSeen.Equal(b.FirstSeen) {
		return a.FirstSeen.Before(b.FirstSeen)
	}
	return a.ID < b.ID
}

// normal returns the key with its address in the one form that keys use.
func (k FindingKey) normal() FindingKey {
	k.Addr = plainAddr(k.Addr)
	return k
}

func plainAddr(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func sortChanges(changes []Change) {
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(a.Finding.Compare(b.Finding.FindingKey), cmp.Compare(a.Finding.ID, b.Finding.ID))
	})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func sentence(s string) string {
	if s == "" || s[len(s)-1] == '.' {
		return s
	}
	return s + "."
}

func inARow(n int) string {
	if n == 1 {
		return "enough to close it"
	}
	return fmt.Sprintf("%d times in a row, enough to close it", n)
}

func days(d time.Duration) string {
	switch n := int(d / (24 * time.Hour)); n {
	case 0:
		return "less than a day"
	case 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", n)
	}
}
