package api

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Consents keeps operators' words on what may be told of their assets.
type Consents interface {
	SetConsent(ctx context.Context, who string, id inventory.AssetID, c inventory.Consent) error
}

// Teams keeps peers.
type Teams interface {
	CreateTeam(ctx context.Context, who string, t exchange.Team) (exchange.Team, error)
	// ChangeTeam changes all but its credentials, under a lock.
	ChangeTeam(ctx context.Context, who string, id exchange.TeamID, change func(*exchange.Team) error) error
	Team(ctx context.Context, id exchange.TeamID) (exchange.Team, error)
	Teams(ctx context.Context, page inventory.Page) ([]exchange.Team, string, error)
}

// Credentials keeps what proves that a peer is that peer.
type Credentials interface {
	RequestKeyChange(ctx context.Context, who string, c exchange.KeyChange) (exchange.KeyChange, error)
	// ConfirmKeyChange is inventory.ErrForbidden for who asked for it.
	ConfirmKeyChange(ctx context.Context, who string, id exchange.KeyChangeID) error
	RejectKeyChange(ctx context.Context, who string, id exchange.KeyChangeID) error
	KeyChanges(ctx context.Context, f exchange.KeyChangeFilter, p inventory.Page) ([]exchange.KeyChange, string, error)
	AddAPIKey(ctx context.Context, who string, id exchange.TeamID, k exchange.APIKey) error
	RevokeAPIKey(ctx context.Context, who string, id exchange.TeamID, name string) error
}

// Sources keeps the feeds of peers that we poll.
type Sources interface {
	CreateSource(ctx context.Context, who string, s exchange.Source) (exchange.Source, error)
	Sources(ctx context.Context, team exchange.TeamID) ([]exchange.Source, error)
	PauseSource(ctx context.Context, who string, id exchange.SourceID, paused bool) error
	PollSource(ctx context.Context, who string, id exchange.SourceID) error
}

// Agreements keeps the rights to share.
type Agreements interface {
	CreateAgreement(ctx context.Context, who string, a exchange.Agreement) (exchange.Agreement, error)
	SignAgreement(ctx context.Context, who string, id exchange.AgreementID, signedAt time.Time, name string, text []byte) (exchange.Agreement, error)
	ChangeAgreement(ctx context.Context, who, act string, id exchange.AgreementID, change func(*exchange.Agreement) error) (exchange.Agreement, error)
	Agreement(ctx context.Context, id exchange.AgreementID) (exchange.Agreement, error)
	AgreementDocument(ctx context.Context, id exchange.AgreementID) ([]byte, error)
	Agreements(ctx context.Context, team exchange.TeamID, page inventory.Page) ([]exchange.Agreement, string, error)
}

// AdvisoryLife keeps what becomes of an advisory, and what is said about it.
type AdvisoryLife interface {
	SubmitAdvisory(ctx context.Context, who string, id advisory.ID) (advisory.Advisory, error)
	ApproveLegal(ctx context.Context, who string, id advisory.ID) (advisory.Advisory, error)
	ReviseAdvisory(ctx context.Context, who string, id advisory.ID, change func(advisory.Advisory) (advisory.Advisory, error)) (advisory.Advisory, error)
	WithdrawAdvisory(ctx context.Context, who string, id advisory.ID, reason string) (advisory.Advisory, error)
	SupersedeAdvisory(ctx context.Context, who string, id, by advisory.ID) (advisory.Advisory, error)
	PermitOrigin(ctx context.Context, who string, id advisory.ID, originator exchange.TeamID, to []string, how string) (advisory.Advisory, error)
	AdvisoryRevisions(ctx context.Context, id advisory.ID) ([]advisory.Advisory, error)
	CommentAdvisory(ctx context.Context, who string, id advisory.ID, field, text string) (advisory.Comment, error)
	ResolveComment(ctx context.Context, who string, id advisory.CommentID) error
	Comments(ctx context.Context, id advisory.ID) ([]advisory.Comment, error)
	// Forbidden lists the names and addresses that no text may have.
	Forbidden(ctx context.Context) ([]string, error)
}

// Releases keeps what was let out, what waits for it, and what arrived.
type Releases interface {
	RequestRelease(ctx context.Context, who string, r exchange.Release) (exchange.Release, error)
	DenyRelease(ctx context.Context, who string, r exchange.Release, why string) error
	RefuseRelease(ctx context.Context, who string, id exchange.ReleaseID, reason string) error
	Release(ctx context.Context, id exchange.ReleaseID) (exchange.Release, error) // with its files
	Releases(ctx context.Context, f exchange.ReleaseFilter, page inventory.Page) ([]exchange.Release, string, error)
	Deliveries(ctx context.Context, id exchange.ReleaseID) ([]exchange.Delivery, error)
	Receipts(ctx context.Context, id exchange.ReleaseID) ([]exchange.Receipt, error)
	Overdue(ctx context.Context, at time.Time) ([]exchange.Delivery, error)
}

// Inbox keeps what peers sent.
type Inbox interface {
	Inbound(ctx context.Context, id exchange.InboundID) (exchange.Inbound, error)
	InboundRaw(ctx context.Context, id exchange.InboundID) ([]byte, error)
	Inbounds(ctx context.Context, f exchange.InboundFilter, page inventory.Page) ([]exchange.Inbound, string, error)
	DecideInbound(ctx context.Context, who string, id exchange.InboundID, yes bool, reason string) (exchange.Inbound, error)
}

// Matches keeps what received documents concern here, what their senders were
// told of it, and what peers told us of ours.
type Matches interface {
	Matches(ctx context.Context, f exchange.MatchFilter, page inventory.Page) ([]exchange.Match, string, error)
	Answers(ctx context.Context, id exchange.InboundID) ([]exchange.Answer, error)
	Feedback(ctx context.Context, id advisory.ID) ([]exchange.Feedback, error)
}

// Ledger gathers the facts that the reports of a year are counted from.
type Ledger interface {
	LedgerFacts(ctx context.Context, q exchange.LedgerQuery) (exchange.LedgerFacts, error)
}

// Exchange is what has to be done to exchange, and not only to be kept.
type Exchange interface {
	Keyring
	Gatekeeper
	Desk
	Courier
}

// A Keyring reads public keys and knows our own.
type Keyring interface {
	// InspectKey reads one armoured OpenPGP public key: its fingerprint and
	// since and until when it holds. Who verified it stays empty.
	InspectKey(armored string, at time.Time) (exchange.Key, error)
	// OurKeys are those that we sign with.
	OurKeys(ctx context.Context) ([]exchange.Key, error)
}

// A Gatekeeper decides what leaves and makes the bytes of it.
type Gatekeeper interface {
	// Preview shows what would leave now. A refusal is no error.
	Preview(ctx context.Context, ask exchange.Ask) (exchange.Preview, error)
	// Approve lets a requested release out. What the gate refuses is an
	// exchange.RefusedError, with the release as it was refused.
	Approve(ctx context.Context, who string, id exchange.ReleaseID) (exchange.Release, error)
	// Export writes an advisory, with nobody affected in it, in a format.
	Export(ctx context.Context, a advisory.Advisory, f exchange.Format) (exchange.File, error)
}

// A Desk takes in what people bring, and answers its senders.
type Desk interface {
	// Import examines a team's document, with its detached signature or none,
	// and keeps it. What came before is the first one's duplicate.
	Import(ctx context.Context, who string, team exchange.TeamID, name string, raw, signature []byte) (exchange.Inbound, error)
	// PreviewAnswer is what the sender would be told now.
	PreviewAnswer(ctx context.Context, who string, id exchange.InboundID, usefulness int, comment string) (exchange.Answer, error)
	SendAnswer(ctx context.Context, who string, id exchange.InboundID, usefulness int, comment string) (exchange.Answer, error)
}

// A Courier packs and unpacks files that somebody carries.
type Courier interface {
	WriteBundle(ctx context.Context, who string, team exchange.TeamID) (exchange.WrittenBundle, error)
	// ReadBundle takes a bundle in: its sender is who signed it.
	ReadBundle(ctx context.Context, who, name string, raw []byte) (exchange.ReadBundle, error)
}
