package api

import (
	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func inbound(x exchange.Inbound) wire.Inbound {
	d := x.Document
	return wire.Inbound{
		ID: string(x.ID), PeerID: string(x.Team), SourceID: string(x.Source), Channel: string(x.Channel), ReceivedAt: x.ReceivedAt.UTC(),
		Name: inventory.CleanText(x.Name, 255), MediaType: inventory.CleanText(x.MediaType, 255), Size: x.Size, SHA256: x.SHA256,
		Signature: string(x.Signature), SignedBy: x.SignedBy, State: string(x.State), Reason: x.Reason, DecidedBy: x.DecidedBy,
		DecidedAt: utc(x.DecidedAt), AgreementID: string(x.Agreement), Format: d.Format, TrackingID: d.TrackingID, Namespace: d.Namespace,
		Version: d.Version, Title: inventory.CleanText(d.Title, 1000), TLP: string(d.TLP), Labelled: d.Labelled, Category: string(d.Category),
		Severity: string(d.Severity), Released: some(d.Released), Withdrawn: d.Withdrawn, SupersededBy: d.SupersededBy, CVEs: words(d.CVEs),
		Duplicates: string(x.Duplicates), Supersedes: string(x.Supersedes),
	}
}

func match(m exchange.Match) wire.Match {
	return wire.Match{
		InboundID: string(m.Inbound), OrgID: string(m.Org), AssetID: string(m.Asset), Service: m.Service, How: m.How, Checks: words(m.Checks),
		Verdict: string(m.Verdict), Why: m.Why, EvidenceID: m.Evidence, ScanID: m.Scan, MatchedAt: m.MatchedAt.UTC(),
		DecidedAt: utc(m.DecidedAt), ToldAt: utc(m.ToldAt), FixedAt: utc(m.FixedAt), DueAt: utc(m.DueAt),
	}
}

func answerOut(a exchange.Answer) wire.Answer {
	return wire.Answer{
		InboundID: string(a.Inbound), PeerID: string(a.Team), At: a.At.UTC(), By: a.By, State: string(a.State), Counts: counts(a.Counts),
		Few: words(a.Few), Sectors: words(a.Sectors), First: utc(a.First), Last: utc(a.Last), Usefulness: a.Usefulness,
		Comment: a.Comment, Channel: string(a.Channel), SentAt: utc(a.SentAt),
	}
}

func counts(all map[exchange.Verdict]int) map[string]int {
	out := map[string]int{}
	for v, n := range all {
		out[string(v)] = n
	}
	return out
}
