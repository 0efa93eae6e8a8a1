package desk

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/delivery"
	"github.com/ciiscan/ciiscan/exchange/inbox"
	"github.com/ciiscan/ciiscan/exchange/match"
	"github.com/ciiscan/ciiscan/inventory"
)

// An Inbox keeps what arrived.
type Inbox interface {
	Inbound(ctx context.Context, id exchange.InboundID) (exchange.Inbound, error)
	InboundRaw(ctx context.Context, id exchange.InboundID) ([]byte, error)
	KeepInbound(ctx context.Context, in exchange.Inbound, raw []byte) (exchange.Inbound, error)
	ExaminedInbound(ctx context.Context, in exchange.Inbound) (exchange.Inbound, error)
	KnownVersions(ctx context.Context, namespace, trackingID string) ([]exchange.Inbound, error)
	KeepFeedback(ctx context.Context, f exchange.Feedback) error
	RefusedFile(ctx context.Context, who, name, why string) error
}

// Peers knows teams, what was agreed with them, and where to fetch from.
type Peers interface {
	Team(ctx context.Context, id exchange.TeamID) (exchange.Team, error)
	Teams(ctx context.Context, p inventory.Page) ([]exchange.Team, string, error)
	AgreementWith(ctx context.Context, team exchange.TeamID, at time.Time) (exchange.Agreement, error)
	Source(ctx context.Context, id exchange.SourceID) (exchange.Source, error)
	PollDone(ctx context.Context, id exchange.SourceID, cursor string, problem error) error
}

// Facts is the register as matching needs it.
type Facts interface {
	MatchServices(ctx context.Context, since time.Time, each func([]exchange.Running) error) error
	MatchWeak(ctx context.Context, since time.Time, each func([]exchange.Weak) error) error
	MatchInbounds(ctx context.Context, each func([]exchange.Inbound) error) error
	Proven(ctx context.Context, scan string, asset inventory.AssetID) (exchange.Proven, error)
	Asset(ctx context.Context, id inventory.AssetID) (inventory.Asset, error)
	Threats(ctx context.Context, cves []string) (inventory.Threat, error)
	Organization(ctx context.Context, id inventory.OrganizationID) (inventory.Organization, error)
	Forbidden(ctx context.Context) ([]string, error)
}

// Matches keeps what documents concern, and what was said about it.
type Matches interface {
	KeepMatches(ctx context.Context, id exchange.InboundID, matches []exchange.Match) (fresh []exchange.Match, err error)
	Matches(ctx context.Context, f exchange.MatchFilter, p inventory.Page) ([]exchange.Match, string, error)
	SetVerdicts(ctx context.Context, id exchange.InboundID, matches []exchange.Match) error
	NoteTold(ctx context.Context, id exchange.InboundID, org inventory.OrganizationID, assets []inventory.AssetID) error
	KeepAnswer(ctx context.Context, a exchange.Answer) error
	Answers(ctx context.Context, id exchange.InboundID) ([]exchange.Answer, error)
}

// A Starter starts a scan of one asset that asks what decides, and nothing
// else, and returns its id; one that is under way already will do. What may
// not be scanned is inventory.ErrOutOfScope, with the id where there is one.
type Starter interface {
	StartTargeted(ctx context.Context, t match.Targeted) (scan string, err error)
}

// A Desk does the work. It may be used by several goroutines.
type Desk struct {
	Inbox   Inbox
	Peers   Peers
	Facts   Facts
	Matches Matches
	Bundles Bundles
	Starter Starter
	Courier *delivery.Courier
	Poller  *inbox.Poller
	Checks  match.Catalogue
	Teller  Teller // of operators; nil tells nobody
	Now     func() time.Time
	Log     *slog.Logger

	following turns // of who acts on what a document concerns
	ruling    turns
	answering turns

	mu       sync.Mutex
	running  *match.Services // what runs in the country, for a while
	loadedAt time.Time
}

// noteTimeout is for writing down what was done and can not be undone.
const noteTimeout = 10 * time.Second

// noteDown is ctx for that, even when we are told to stop.
func noteDown(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
}
