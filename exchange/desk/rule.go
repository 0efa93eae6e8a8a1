package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/match"
	"github.com/ciiscan/ciiscan/inventory"
)

// rule is the verdict on a hit by what is proven.
func (d *Desk) rule(h match.Hit, p exchange.Proven) match.Ruling {
	spot := exchange.Spot{Addr: h.Addr, Port: h.Port, Transport: h.Transport}
	f := match.Facts{Waiting: p.Waiting}
	switch {
	case p.Retired:
		f.Gone = "the asset is retired"
	case slices.Contains(p.Closed, spot):
		f.Gone = fmt.Sprintf("port %d/%s answered closed", h.Port, h.Transport)
	}
	for _, x := range p.Found {
		if (exchange.Spot{Addr: x.Addr, Port: x.Port, Transport: x.Proto}) == spot {
			f.Open = append(f.Open, match.Found{Finding: x.Finding, Check: x.Check, Evidence: string(x.Evidence)})
		}
	}
	for _, c := range p.Covered {
		if c.Spot == spot {
			f.Ran = append(f.Ran, c.Ran...)
			f.Missed = append(f.Missed, c.Missed...)
		}
	}
	return d.Checks.Verdict(h, f)
}

// hitAt meets a document once more with the place that it matched. False means
// that it concerns what is there no more, or that nothing is there.
func hitAt(in exchange.Inbound, m exchange.Match, p exchange.Proven) (match.Hit, bool) {
	index := match.NewIndex()
	index.AddDocument(in.ID, in.Document)
	var hits []match.Hit
	for _, r := range p.Running {
		hits = append(hits, index.Match(r)...)
	}
	for _, x := range p.Found {
		hits = append(hits, index.MatchFinding(x.Weak)...)
	}
	for _, h := range match.Merge(hits) {
		if h.Place.String() == m.Service {
			return h, true
		}
	}
	return match.Hit{}, false
}

// gone is the verdict where the document meets nothing any more.
func gone(m exchange.Match, p exchange.Proven) match.Ruling {
	at := func(s exchange.Spot) bool { return fmt.Sprintf("%s %d/%s", s.Addr, s.Port, s.Transport) == m.Service }
	switch i := slices.IndexFunc(p.Running, func(r exchange.Running) bool {
		return at(exchange.Spot{Addr: r.Addr.Unmap(), Port: r.Port, Transport: r.Transport})
	}); {
	case p.Retired:
		return match.Ruling{Verdict: exchange.VerdictNotPresent, Why: "the asset is retired"}
	case slices.ContainsFunc(p.Closed, at):
		return match.Ruling{Verdict: exchange.VerdictNotPresent, Why: "the port answered closed"}
	case i >= 0:
		now := inventory.CleanText(fmt.Sprintf("%s %s", p.Running[i].Product, p.Running[i].Version), 200)
		return match.Ruling{Verdict: exchange.VerdictFixed, Why: "what runs there now is another: " + now}
	case p.Waiting:
		return match.Ruling{Verdict: exchange.VerdictPending, Why: "a targeted scan will tell"}
	}
	return match.Ruling{Verdict: exchange.VerdictUnknown, Why: "the service was not seen, and nothing proves that it is gone"}
}

// dueAt is when something has to be done about a hit, by SSVC, as if it had
// been found to be true now.
func (d *Desk) dueAt(ctx context.Context, h match.Hit) (*time.Time, error) {
	asset, err := d.Facts.Asset(ctx, h.Asset)
	if err != nil {
		return nil, err
	}
	in, err := d.Inbox.Inbound(ctx, h.Inbound)
	if err != nil {
		return nil, err
	}
	threat, err := d.Facts.Threats(ctx, h.CVEs)
	if err != nil {
		return nil, err
	}
	_, due := inventory.Prioritise(inventory.Finding{
		Severity: in.Document.Severity, Detection: inventory.Open, FirstSeen: d.Now(), KEV: threat.KEV,
	}, asset, threat)
	return due, nil
}
