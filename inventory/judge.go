package inventory

import (
	"cmp"
	"hash/fnv"
	"net/netip"
	"slices"
	"time"
)

// JudgeInput is everything needed to judge what one task brought back.
type JudgeInput struct {
	Org      OrganizationID
	Known    []Finding // of the task's assets
	Seen     Seen
	Services []Service // known open services of the task's assets, before
	Checks   map[CheckID]Check
	Assets   map[AssetID]Asset
	Threats  map[CheckID]Threat
	States   []AddressState // of the task's addresses, before; new ones are absent
	Policy   ClosingPolicy  // zero means DefaultClosing
	At       time.Time      // when the task ended
}

// JudgeOutput is what is to be stored, all of it in one transaction.
type JudgeOutput struct {
	Changes  []Change
	Services []Service // open now: the full new list for the addresses whose ports were covered
	Gone     []Service // were open before, answered closed now
	States   []AddressState
}

// An AddressState is when an address of an asset is to be looked at next.
type AddressState struct {
	Asset    AssetID
	Addr     netip.Addr
	Up       bool
	Priority Priority
	LastScan time.Time
	NextScan time.Time
	Outcome  Outcome // of the last scan
	Reason   string
}

// Judge is the pure heart of a scan: it reconciles findings, keeps the list
// of services, decides urgency and deadlines, and sets when each address is
// looked at again. Duplicates in what was seen change nothing, and neither
// does its order.
//
// A present finding of the task's assets whose urgency changes, because a
// feed or the asset's criticality did, changes too. What belongs to a retired
// asset is closed, and nothing new is opened on it.
func Judge(in JudgeInput) JudgeOutput {
	in.At = in.At.UTC()
	if in.Policy == (ClosingPolicy{}) {
		in.Policy = DefaultClosing
	}
	changes := judgeFindings(in)
	services, gone := judgeServices(in)
	return JudgeOutput{
		Changes:  changes,
		Services: services,
		Gone:     gone,
		States:   judgeStates(in, changes),
	}
}

func judgeFindings(in JudgeInput) []Change {
	var current, ended []Finding
	for _, f := range in.Known {
		if in.retired(f.Asset) {
			ended = append(ended, f)
		} else {
			current = append(current, f)
		}
	}
	seen := in.Seen
	seen.Observations = slices.DeleteFunc(slices.Clone(seen.Observations), func(o Observation) bool { return in.retired(o.Asset) })

	changes := Reconcile(current, seen, in.Checks, in.Policy, in.At)
	changed := map[FindingID]bool{}
	for i := range changes {
		c := &changes[i]
		changed[c.Finding.ID] = true
		if c.Finding.ID == "" {
			c.Finding.Org = cmp.Or(in.Assets[c.Finding.Asset].Org, in.Org)
		}
		enrich(c, in)
	}
	for _, f := range current {
		c := Change{Finding: f}
		if !changed[f.ID] && f.Detection.Present() && enrich(&c, in) {
			changes = append(changes, c)
		}
	}
	changes = append(changes, CloseRetired(ended, "scan", "", in.At)...)
	sortChanges(changes)
	return changes
}

// enrich puts threat, decision and deadline into a change, with an event for
// what is new in a finding that was known. It tells whether anything changed.
func enrich(c *Change, in JudgeInput) bool {
	f := &c.Finding
	if !f.Detection.Present() {
		return false
	}
	asset, known := in.Assets[f.Asset]
	threat, listed := in.Threats[f.Check]
	threat.Attacked = slices.Contains(in.Checks[f.Check].Tags, TagAttacked)
	if f.ID != "" && !known { // without the asset there is nothing to decide with
		return false
	}
	before := *f
	if listed {
		f.KEV = threat.KEV
	}
	f.Decision, f.DueAt = Prioritise(*f, asset, threat)
	if f.ID == "" {
		return true
	}
	note := func(from, to, reason string) {
		c.Events = append(c.Events, FindingEvent{
			Finding: f.ID, At: in.At, Actor: "scan", Kind: EventChanged,
			From: from, To: to, Reason: reason, Task: in.Seen.Task,
		})
	}
	if before.KEV != f.KEV {
		if f.KEV {
			note(notKnownExploited, KnownExploited, "The weakness is now in the catalogue of known exploited vulnerabilities.")
		} else {
			note(KnownExploited, notKnownExploited, "The weakness is no longer in the catalogue of known exploited vulnerabilities.")
		}
	}
	if from, to := dueWord(before.DueAt), dueWord(f.DueAt); from != to && before.Decision.Outcome != "" {
		note(from, to, sentence("The deadline changed: "+f.Decision.Path))
	}
	return before.KEV != f.KEV || before.Decision != f.Decision || dueWord(before.DueAt) != dueWord(f.DueAt)
}

// KnownExploited is what the From or To of a changed event says of a finding
// whose weakness is in the catalogue of known exploited vulnerabilities.
const (
	KnownExploited    = "known exploited"
	notKnownExploited = "not " + KnownExploited
)

func dueWord(t *time.Time) string {
	if t == nil {
		return "no deadline"
	}
	return "due " + t.UTC().Format(time.DateOnly)
}

// judgeStates sets when each address that the task named is looked at next.
func judgeStates(in JudgeInput, changes []Change) []AddressState {
	before := map[hostKey]AddressState{}
	for _, s := range in.States {
		before[hostKey{s.Asset, plainAddr(s.Addr)}] = s
	}
	worst := worstPresent(in.Known, changes, in.At)
	var out []AddressState
	for _, h := range WorstHosts(in.Seen.Hosts) {
		key := hostKey{h.Asset, h.Addr}
		was, s := before[key].Priority, before[key]
		s.Asset, s.Addr, s.LastScan, s.Outcome, s.Reason = h.Asset, h.Addr, in.At, h.Outcome, h.Reason
		switch h.Outcome {
		case Complete, Partial, Unreachable:
			s.Up = h.Outcome != Unreachable
			w := worst[key]
			s.Priority = NextPriority(was, s.Up, w.severity, w.kev)
			if h.Outcome == Partial { // half a look is no reason to look less often
				s.Priority = min(s.Priority, was)
			}
		default: // nothing was learnt about the host
			s.Priority = was
		}
		wait := Interval(s.Priority)
		if h.Outcome == Failed { // our own fault: try again soon
			wait = min(wait, 24*time.Hour)
		}
		s.NextScan = in.At.Add(wait + jitter(key, wait))
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b AddressState) int {
		return cmp.Or(cmp.Compare(a.Asset, b.Asset), a.Addr.Compare(b.Addr))
	})
	return out
}

type worstOf struct {
	severity Severity
	kev      bool
}

// worstPresent finds the worst weakness on each address after the changes.
// A false positive is no reason to hurry.
func worstPresent(known []Finding, changes []Change, at time.Time) map[hostKey]worstOf {
	now := map[FindingKey]Finding{}
	for _, f := range known {
		if f.Detection.Present() {
			now[f.normal()] = f
		}
	}
	for _, c := range changes {
		now[c.Finding.normal()] = c.Finding
	}
	out := map[hostKey]worstOf{}
	for key, f := range now {
		if !f.Detection.Present() || f.Waiver.Kind == WaiverFalsePositive && f.Waiver.InForce(at) {
			continue
		}
		w := out[hostKey{key.Asset, key.Addr}]
		if w.severity == "" || f.Severity.Rank() > w.severity.Rank() {
			w.severity = f.Severity
		}
		w.kev = w.kev || f.KEV
		out[hostKey{key.Asset, key.Addr}] = w
	}
	return out
}

// jitter spreads scans that would come due together: up to a tenth of the
// interval, always the same for one asset and address.
func jitter(key hostKey, interval time.Duration) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(string(key.asset) + " " + key.addr.String())) // hash.Hash never fails
	return time.Duration(h.Sum64() % uint64(interval/10))
}
