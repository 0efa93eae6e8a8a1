package apitest

import (
	"context"
	"fmt"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Inbound stands in for the real one.
func (f *Fake) Inbound(_ context.Context, id exchange.InboundID) (exchange.Inbound, error) {
	for _, x := range f.Came {
		if x.ID == id {
			return x, nil
		}
	}
	return exchange.Inbound{}, missing("received document", string(id))
}

// InboundRaw stands in for the real one.
func (f *Fake) InboundRaw(_ context.Context, id exchange.InboundID) ([]byte, error) {
	return []byte("<script>of " + string(id) + "</script>"), nil
}

// Inbounds stands in for the real one.
func (f *Fake) Inbounds(_ context.Context, q exchange.InboundFilter, p inventory.Page) ([]exchange.Inbound, string, error) {
	var out []exchange.Inbound
	for _, x := range f.Came {
		if (q.State == "" || x.State == q.State) && (q.Team == "" || x.Team == q.Team) {
			out = append(out, x)
		}
	}
	return paged(out, p)
}

// DecideInbound stands in for the real one.
func (f *Fake) DecideInbound(_ context.Context, who string, id exchange.InboundID, yes bool, reason string) (exchange.Inbound, error) {
	for i := range f.Came {
		x := &f.Came[i]
		switch {
		case x.ID != id:
			continue
		case x.State != exchange.InboundQuarantined:
			return *x, fmt.Errorf("it is %s: %w", x.State, inventory.ErrConflict)
		}
		x.State, x.DecidedBy, x.Reason = exchange.InboundRejected, who, reason
		if yes {
			x.State = exchange.InboundAccepted
		}
		f.did(who, fmt.Sprintf("inbound %s %s: %s", id, x.State, reason))
		return *x, nil
	}
	return exchange.Inbound{}, missing("received document", string(id))
}

// Matches stands in for the real one.
func (f *Fake) Matches(_ context.Context, q exchange.MatchFilter, p inventory.Page) ([]exchange.Match, string, error) {
	var out []exchange.Match
	for _, m := range f.Hits {
		if (q.Verdict == "" || m.Verdict == q.Verdict) && (q.Inbound == "" || m.Inbound == q.Inbound) {
			out = append(out, m)
		}
	}
	return paged(out, p)
}

// Answers stands in for the real one.
func (f *Fake) Answers(context.Context, exchange.InboundID) ([]exchange.Answer, error) {
	return f.Told, nil
}

// Feedback is one rating.
func (f *Fake) Feedback(_ context.Context, id advisory.ID) ([]exchange.Feedback, error) {
	return []exchange.Feedback{{Team: "TEAM-1", Advisory: id, At: Noon, State: exchange.ReceiptClosed, Counts: map[exchange.Verdict]int{exchange.VerdictFixed: 7}, Usefulness: 5}}, nil
}

// LedgerFacts are those of a quiet year.
func (f *Fake) LedgerFacts(context.Context, exchange.LedgerQuery) (exchange.LedgerFacts, error) {
	facts := exchange.LedgerFacts{Teams: f.Peers, Agreements: f.Agreed}
	for _, r := range f.LetOut {
		facts.Releases = append(facts.Releases, exchange.ReleaseFact{
			ID: r.ID, Advisory: r.Advisory, Team: r.Team, State: r.State, Category: r.Category, TLP: r.TLP, Title: "Telnet is open",
			Severity: inventory.SeverityHigh, Referral: r.Referral, Withdrawal: r.Withdrawal, RequestedAt: r.RequestedAt, ReleasedAt: r.ReleasedAt,
		})
	}
	for _, in := range f.Came {
		fact := exchange.InboundFact{
			ID: in.ID, Team: in.Team, State: in.State, ReceivedAt: in.ReceivedAt, Supersedes: in.Supersedes, Title: in.Document.Title,
			TLP: in.Document.TLP, Category: in.Document.Category, Severity: in.Document.Severity, Released: in.Document.Released,
		}
		for _, m := range f.Hits {
			if m.Inbound == in.ID {
				fact.Matched, fact.Affected = &m.MatchedAt, fact.Affected || m.Verdict == exchange.VerdictAffected
			}
		}
		facts.Inbounds = append(facts.Inbounds, fact)
	}
	return facts, nil
}

// Export stands in for the real one.
func (f *Fake) Export(_ context.Context, a advisory.Advisory, format exchange.Format) (exchange.File, error) {
	return exchange.File{
		Format: format, Name: "adv." + string(format) + ".json", MediaType: "application/json",
		Bytes: fmt.Appendf(nil, `{"title":%q,"affected":%d}`, a.Title, len(a.Affected)),
	}, nil
}

// Import stands in for the real one.
func (f *Fake) Import(_ context.Context, who string, team exchange.TeamID, name string, raw, signature []byte) (exchange.Inbound, error) {
	f.did(who, fmt.Sprintf("import %s of %s, %d bytes, signature of %d", name, team, len(raw), len(signature)))
	in := exchange.Inbound{
		ID: exchange.InboundID(fmt.Sprintf("IN-%d", len(f.Came)+1)), Team: team, ReceivedAt: Noon, Name: name, Size: int64(len(raw)),
		State: exchange.InboundQuarantined, Signature: exchange.SignatureNone,
	}
	f.Came = append(f.Came, in)
	return in, nil
}

// PreviewAnswer counts two assets.
func (f *Fake) PreviewAnswer(_ context.Context, who string, id exchange.InboundID, usefulness int, comment string) (exchange.Answer, error) {
	return exchange.Answer{
		Inbound: id, Team: "TEAM-1", At: Noon, By: who, State: exchange.ReceiptAccepted, Counts: map[exchange.Verdict]int{exchange.VerdictAffected: 12},
		Few: []exchange.Verdict{exchange.VerdictUnknown}, Usefulness: usefulness, Comment: comment, Channel: exchange.ChannelPush,
	}, nil
}

// SendAnswer sends what PreviewAnswer shows.
func (f *Fake) SendAnswer(ctx context.Context, who string, id exchange.InboundID, usefulness int, comment string) (exchange.Answer, error) {
	a, err := f.PreviewAnswer(ctx, who, id, usefulness, comment)
	at := Noon
	a.SentAt = &at
	f.did(who, "answer "+string(id))
	f.Told = append(f.Told, a)
	return a, err
}

// WriteBundle stands in for the real one.
func (f *Fake) WriteBundle(_ context.Context, who string, team exchange.TeamID) (exchange.WrittenBundle, error) {
	f.did(who, "bundle.write "+string(team))
	return exchange.WrittenBundle{Team: team, Sequence: 4, Name: "nowhere-4.asc", Releases: []exchange.ReleaseID{"REL-1"}, Content: []byte("sealed")}, nil
}

// ReadBundle reads one after a gap.
func (f *Fake) ReadBundle(_ context.Context, who, name string, raw []byte) (exchange.ReadBundle, error) {
	f.did(who, fmt.Sprintf("bundle.read %s, %d bytes", name, len(raw)))
	return exchange.ReadBundle{
		Team: "TEAM-1", Sequence: 4, Bundle: exchange.Bundle{Missing: []exchange.Gap{{From: 2, To: 3}}}, Inbounds: f.Came[:1], Receipts: 1,
	}, nil
}

// incoming is an accepted document and one that waits.
func incoming() []exchange.Inbound {
	doc := exchange.Document{
		Format: "csaf", TrackingID: "NW-2026-7", Namespace: "https://cert.nowhere.example", Version: "2", Title: "Redis \x1b[2Jruns code",
		Summary: "A crafted script runs code.", Category: advisory.Vulnerability, TLP: advisory.Green, Labelled: true,
		CVEs: []string{"CVE-2022-0543"}, Products: []exchange.Product{{Name: "redis", CPE: "cpe:2.3:a:redis:redis:6.0.9:*:*:*:*:*:*:*", Status: advisory.ProductAffected}},
	}
	at := Noon
	return []exchange.Inbound{
		{
			ID: "IN-1", Team: "TEAM-1", Channel: exchange.ChannelCSAF, ReceivedAt: Noon, Name: "nw-2026-7.json", Size: 900, SHA256: "ab",
			Signature: exchange.SignatureGood, SignedBy: Fingerprint, State: exchange.InboundAccepted, DecidedBy: "rule", DecidedAt: &at, Document: doc,
		},
		{
			ID: "IN-2", Team: "TEAM-1", Channel: exchange.ChannelTAXII, ReceivedAt: Noon, Name: "object.json", Size: 20,
			Signature: exchange.SignatureNone, State: exchange.InboundQuarantined,
			Problems: []exchange.Problem{{Code: "tlp-ceiling", Where: "tlp", What: "red is above the ceiling", Fatal: true}},
		},
	}
}
