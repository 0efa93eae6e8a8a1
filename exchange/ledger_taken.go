package exchange

import (
	"cmp"
	"slices"
	"time"
)

// inbounds are those that arrived in the year, in their order.
func (l ledger) inbounds() []Inbound {
	var out []Inbound
	for _, in := range l.f.Inbounds {
		if l.mine(in.Team) && l.in(in.ReceivedAt) {
			out = append(out, in)
		}
	}
	slices.SortStableFunc(out, func(a, b Inbound) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func (l ledger) taken() Taken {
	t := Taken{}
	lines := newCategoryLines()
	var spans []time.Duration
	rated := 0
	for _, in := range l.inbounds() {
		switch in.State {
		case InboundDuplicate:
			t.Duplicates++
			continue // it came before, and was counted there
		case InboundNoted:
			continue // it is about what we gave
		case InboundAccepted, InboundSuperseded:
			t.Accepted++
		case InboundRejected:
			t.Rejected++
		case InboundQuarantined:
			t.Waiting++
		case InboundWithdrawn:
			if in.Document.Withdrawn { // what it takes back is in this state as well
				t.Withdrawn++
			} else {
				t.Accepted++ // it was, before its sender took it back
			}
		}
		if in.Supersedes == "" {
			t.Documents++
			lines.count(in.Document.Category, in.Document.Severity)
		} else {
			t.Updates++
		}
		if len(l.matches[in.ID]) > 0 {
			t.Matched++
		}
		if l.affected(in.ID) {
			t.Affected++
		}
		if at, ok := l.answered(in.ID); ok {
			t.Answered++
			spans = append(spans, at.Sub(in.ReceivedAt))
		}
		if u := l.rating(in.ID); u > 0 {
			t.Rated++
			rated += u
		}
		t.Fixed += l.fixedAssets(in.ID)
	}
	t.ByCategory, t.Acknowledge, t.Usefulness = lines.list(), spansOf(spans), meanOf(rated, t.Rated)
	return t
}

// affected tells whether a document found an asset affected here, be it fixed
// since.
func (l ledger) affected(id InboundID) bool {
	return slices.ContainsFunc(l.matches[id], func(m Match) bool { return m.Verdict == VerdictAffected || m.FixedAt != nil })
}

// answered is when our first answer to a document went out.
func (l ledger) answered(id InboundID) (time.Time, bool) {
	var first time.Time
	for _, a := range l.answers[id] {
		if a.SentAt != nil && (first.IsZero() || a.SentAt.Before(first)) {
			first = *a.SentAt
		}
	}
	return first, !first.IsZero()
}

// rating is our newest of a document; 0 is none.
func (l ledger) rating(id InboundID) int {
	var at time.Time
	rating := 0
	for _, a := range l.answers[id] {
		if a.Usefulness > 0 && !a.At.Before(at) {
			at, rating = a.At, a.Usefulness
		}
	}
	return rating
}

func (l ledger) fixedAssets(id InboundID) int {
	fixed := map[assetOf]bool{}
	for _, m := range l.matches[id] {
		if m.FixedAt != nil {
			fixed[assetOf{m.Org, m.Asset}] = true
		}
	}
	return len(fixed)
}
