package api

import (
	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// agreement shows a as it stands now: it begins and expires by the clock.
func (s *server) agreement(a exchange.Agreement) wire.Agreement {
	out := wire.Agreement{
		ID: string(a.ID), PeerID: string(a.Team), Reference: a.Reference, Title: a.Title, State: string(a.StateAt(s.Now())),
		Ours: party(a.Ours), Theirs: party(a.Theirs), EffectiveAt: a.EffectiveAt.UTC(), ExpiresAt: a.ExpiresAt.UTC(),
		AutoRenew: a.AutoRenew, NoticeDays: a.NoticeDays, NoticeBy: a.NoticeBy().UTC(), ReviewAt: some(a.ReviewAt),
		Reciprocity: a.Reciprocity, Give: terms(a.Give), Take: terms(a.Take),
		Committee: convert(a.Committee, func(m exchange.Member) wire.Member {
			return wire.Member{Side: m.Side, Name: m.Name, Title: m.Title, Email: m.Email}
		}),
		Meetings: convert(a.Meetings, func(m exchange.Meeting) wire.Meeting {
			return wire.Meeting{At: m.At.UTC(), Place: m.Place, Minutes: m.Minutes}
		}),
		Themes: words(a.Themes), SignedAt: utc(a.SignedAt),
		EndedBy: a.EndedBy, EndedWhy: a.EndedWhy, EndedAt: utc(a.EndedAt), CreatedAt: a.CreatedAt.UTC(),
	}
	out.Version = versionOf(out)
	if a.DocumentSHA256 != "" {
		out.Document = &wire.AgreementText{Name: a.DocumentName, SHA256: a.DocumentSHA256}
	}
	return out
}

func party(p exchange.Party) wire.Party {
	return wire.Party{Authority: p.Authority, CERT: p.CERT, LegalBasis: p.LegalBasis, Constraints: words(p.Constraints)}
}

func terms(t exchange.Terms) wire.Terms {
	return wire.Terms{
		Categories: words(t.Categories), Ceiling: string(t.Ceiling), Sectors: words(t.Sectors), DefaultTLP: string(t.DefaultTLP),
		IEP: policy(t.IEP), Onward: string(t.Onward), Victims: string(t.Victims), RetainDays: t.RetainDays, AckHours: t.AckHours,
		AnswerHours: t.AnswerHours, Channels: words(t.Channels), AutoAccept: t.AutoAccept, ReferralOK: t.ReferralOK,
	}
}

func policy(p exchange.IEP) wire.IEP {
	return wire.IEP{
		TLP: p.TLP, EncryptInTransit: p.EncryptInTransit, PermittedActions: p.PermittedActions, AffectedParties: p.AffectedParties,
		Attribution: p.Attribution, UnmodifiedResale: p.UnmodifiedResale, ExternalReferences: p.ExternalReferences,
	}
}
