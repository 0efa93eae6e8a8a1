package exchange

import "time"

func (l ledger) taken() Taken {
	t := Taken{}
	lines := newCategoryLines()
	var spans []time.Duration
	rated := 0
	for _, in := range l.inbounds {
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
			if in.Withdraws { // what it takes back is in this state as well
				t.Withdrawn++
			} else {
				t.Accepted++ // it was, before its sender took it back
			}
		}
		if in.Supersedes == "" {
			t.Documents++
			lines.count(in.Category, in.Severity)
		} else {
			t.Updates++
		}
		if in.Matched != nil {
			t.Matched++
		}
		if in.Affected {
			t.Affected++
		}
		if in.Answered != nil {
			t.Answered++
			spans = append(spans, in.Answered.Sub(in.ReceivedAt))
		}
		if in.Rating > 0 {
			t.Rated++
			rated += in.Rating
		}
		t.Fixed += in.Repaired
	}
	t.ByCategory, t.Acknowledge, t.Usefulness = lines.list(), spansOf(spans), meanOf(rated, t.Rated)
	return t
}
