package release

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf"
)

// A Signer signs with our OpenPGP key, detached and armoured.
type Signer interface {
	Sign(data []byte) (armored string, err error)
	Fingerprint() string
}

// A Register is what the store knows that a release hangs on.
type Register interface {
	Team(context.Context, exchange.TeamID) (exchange.Team, error)
	Agreement(context.Context, exchange.AgreementID) (exchange.Agreement, error)
	// Forbidden lists the names, addresses and host names of the whole
	// register: no file may have any of them that was not meant for it.
	Forbidden(context.Context) ([]string, error)
	// AssetsByID finds assets as they are now, with what their operators
	// consent to.
	AssetsByID(context.Context, []inventory.AssetID) (map[inventory.AssetID]inventory.Asset, error)
}

// A Shelf tells what an audience can already fetch, so that a document can
// refer to another.
type Shelf interface {
	Published(context.Context, exchange.Caller, exchange.Format) ([]exchange.Publication, error)
}

// A Service makes previews and releases. It keeps nothing and may be used by
// several goroutines.
type Service struct {
	Publisher csaf.Publisher // URL being the folder that our provider serves
	Identity  string         // STIX id of our identity object; "" derives one
	Org       string         // UUID of our organisation in MISP; "" derives one
	Signer    Signer
	Secret    []byte // this installation's key, 16 bytes or more, of pseudonyms and ids
	Register  Register
	Shelf     Shelf // may be nil: then no document gives another's address
	// Previous finds the earlier revision that an audience has of an advisory,
	// or nil; it may be nil itself. What was in that and is no more gets
	// revoked. PreviousIn makes one.
	Previous func(context.Context, advisory.Advisory, exchange.TeamID) (*advisory.Advisory, error)
}

// An Ask is the wish to let an advisory out.
type Ask struct {
	Advisory  advisory.Advisory   // as approved
	Team      *exchange.Team      // nil: everybody
	Agreement *exchange.Agreement // nil: none
	Profile   exchange.Profile    // may take away more than the team's; the zero one is the team's
	Channels  []exchange.Channel  // none: all that the agreement names
	Referral  bool                // to the law-enforcement contact
	By        string              // who asks
	Approver  string              // who agrees; may be missing in a preview
	Legal     string              // likewise
}

// A Preview is what would leave if it were released at this moment.
type Preview struct {
	Decision exchange.Decision
	Profile  exchange.Profile // by which it was redacted
	Files    []exchange.File  // unsigned
	Objects  []exchange.TAXIIObject
	Diff     []advisory.FieldChange // from the original to what leaves
	Leaks    []Leak                 // any of them stops the release
	Problem  string                 // why it cannot be written, where it cannot
}

// Preview shows what would leave at the given moment. Approvals may still be
// missing, and the advisory may still be a draft: the decision says so. A
// refusal is no error.
func (s *Service) Preview(ctx context.Context, ask Ask, at time.Time) (Preview, error) {
	d, err := s.draft(ctx, ask, at, true)
	if err != nil {
		return Preview{}, fmt.Errorf("preview advisory %s: %w", ask.Advisory.ID, err)
	}
	p := Preview{Decision: d.decision, Profile: d.profile, Diff: advisory.Diff(ask.Advisory, d.out)}
	if p.Files, p.Objects, err = s.render(ctx, d); err != nil {
		if ctx.Err() != nil {
			return Preview{}, err
		}
		p.Problem = err.Error()
		return p, nil
	}
	p.Leaks, err = s.leaks(ctx, d, p.Files, p.Objects)
	if err != nil {
		return Preview{}, fmt.Errorf("preview advisory %s: %w", ask.Advisory.ID, err)
	}
	return p, nil
}

// Decide is what the store asks, within its transaction, when a release is
// approved. What the gate does not allow, and what would tell a dropped value,
// is an exchange.RefusedError; any other error leaves the request as it was.
func (s *Service) Decide(ctx context.Context) func(exchange.Release, advisory.Advisory, time.Time) (exchange.Release, error) {
	return func(r exchange.Release, a advisory.Advisory, at time.Time) (exchange.Release, error) {
		out, err := s.decide(ctx, r, a, at)
		if err != nil {
			return exchange.Release{}, fmt.Errorf("decide on release %s: %w", r.ID, err)
		}
		return out, nil
	}
}

func (s *Service) decide(ctx context.Context, r exchange.Release, a advisory.Advisory, at time.Time) (exchange.Release, error) {
	if s.Signer == nil {
		return exchange.Release{}, fmt.Errorf("there is no key to sign with: %w", inventory.ErrUnavailable)
	}
	ask, err := s.askOf(ctx, r, a)
	if err != nil {
		return exchange.Release{}, err
	}
	d, err := s.draft(ctx, ask, at, false)
	if err != nil {
		return exchange.Release{}, err
	}
	if err := d.decision.Err(); err != nil {
		return exchange.Release{}, err
	}
	files, objects, err := s.render(ctx, d)
	if err != nil {
		return exchange.Release{}, err
	}
	leaks, err := s.leaks(ctx, d, files, objects)
	if err != nil {
		return exchange.Release{}, err
	}
	if len(leaks) > 0 {
		return exchange.Release{}, &exchange.RefusedError{Rule: "dropped-values", Clause: leaks[0].String()}
	}
	if err := s.sign(files); err != nil {
		return exchange.Release{}, err
	}
	r.Category, r.TLP, r.IEP, r.Profile = a.Kind(), d.decision.TLP, d.decision.IEP, d.profile
	r.Clause, r.Channels, r.LegalBy = d.decision.Clause, d.decision.Channels, ask.Legal
	r.Withdrawal = a.State == advisory.Withdrawn
	r.Title, r.Summary = d.out.Title, d.out.Summary
	if n := len(d.out.History); r.Withdrawal && n > 0 {
		r.Summary = d.out.History[n-1].Summary // the reason, as the document has it
	}
	r.Files = files
	if !r.Referral && slices.ContainsFunc(r.Channels, func(c exchange.Channel) bool { return c == exchange.ChannelTAXII || c == exchange.ChannelPush }) {
		r.Objects = objects
	}
	return r, nil
}

// askOf finds the team and the agreement as they are now.
func (s *Service) askOf(ctx context.Context, r exchange.Release, a advisory.Advisory) (Ask, error) {
	ask := Ask{
		Advisory: a, Profile: r.Profile, Channels: r.Channels, Referral: r.Referral,
		By: r.RequestedBy, Approver: r.ApprovedBy, Legal: cmp.Or(a.LegalBy, r.LegalBy),
	}
	if r.Advisory != a.ID || r.Revision != a.Revision {
		return ask, fmt.Errorf("it is of advisory %s revision %d, not %s %d: %w", r.Advisory, r.Revision, a.ID, a.Revision, inventory.ErrConflict)
	}
	if r.Team == "" {
		return ask, nil
	}
	team, err := s.Register.Team(ctx, r.Team)
	if err != nil {
		return ask, fmt.Errorf("find team %s: %w", r.Team, err)
	}
	ask.Team = &team
	if r.Agreement == "" {
		return ask, nil
	}
	agreement, err := s.Register.Agreement(ctx, r.Agreement)
	if err != nil {
		return ask, fmt.Errorf("find agreement %s: %w", r.Agreement, err)
	}
	ask.Agreement = &agreement
	return ask, nil
}

// A draft is an ask, redacted and judged.
type draft struct {
	out      advisory.Advisory
	previous *advisory.Advisory // redacted, too
	dropped  []string
	profile  exchange.Profile
	decision exchange.Decision
	audience exchange.TeamID
	at       time.Time
}

func (s *Service) draft(ctx context.Context, ask Ask, at time.Time, preview bool) (draft, error) {
	if len(s.Secret) < 16 {
		return draft{}, &inventory.InputError{Field: "exchange.pseudonym_key", Message: "has less than 16 bytes", Hint: "let it be made anew, or restore it from a backup"}
	}
	var err error
	if ask.Advisory, err = s.consented(ctx, ask.Advisory); err != nil {
		return draft{}, err
	}
	stamped, err := stamp(ask.Advisory, at, preview)
	if err != nil {
		return draft{}, err
	}
	d := draft{at: at.UTC()}
	if ask.Team != nil {
		d.audience, d.profile = ask.Team.ID, ask.Team.Profile
		if ask.Profile != (exchange.Profile{}) {
			d.profile = ask.Team.Profile.Strictest(ask.Profile)
		}
	}
	d.out, d.dropped = exchange.Redact(exchange.WithinSectors(stamped, ask.Agreement), d.profile, ask.Team, s.Secret)
	d.out.TLP = exchange.StrictestTLP(d.out.TLP, exchange.EffectiveTLP(ask.Advisory, ask.Agreement))
	d.decision = exchange.Gate(exchange.Request{
		Original: ask.Advisory, Outgoing: d.out, Team: ask.Team, Agreement: ask.Agreement, Profile: d.profile, Channels: ask.Channels,
		Referral: ask.Referral, By: ask.By, Approver: ask.Approver, Legal: ask.Legal, Preview: preview, At: d.at,
	})
	d.out.TLP = exchange.StrictestTLP(d.out.TLP, d.decision.TLP)
	advisory.SortAffected(d.out.Affected) // the gate has compared them in their order, which tells who is who
	if s.Previous == nil {
		return d, nil
	}
	previous, err := s.Previous(ctx, ask.Advisory, d.audience)
	if err != nil {
		return draft{}, fmt.Errorf("find what the audience has: %w", err)
	}
	if previous != nil {
		d.previous = withoutAnybody(exchange.Redact(exchange.WithinSectors(*previous, ask.Agreement), d.profile, ask.Team, s.Secret))
	}
	return d, nil
}

// withoutAnybody leaves of an earlier revision how many entries of people
// affected there were, and nothing of them: it serves to revoke what was said,
// entry by entry in MISP, not to say it again.
func withoutAnybody(a advisory.Advisory, _ []string) *advisory.Advisory {
	nobody := make([]advisory.Affected, len(a.Affected))
	for i := range nobody {
		nobody[i] = advisory.Affected{Sector: exchange.SectorCII, Consent: inventory.ConsentAnonymised}
	}
	a.Affected = nobody
	return &a
}

// stamp dates an advisory as the release will. A preview shows also what
// nobody has approved yet as if somebody had.
func stamp(a advisory.Advisory, at time.Time, preview bool) (advisory.Advisory, error) {
	if preview && (a.State == advisory.Draft || a.State == advisory.InReview) {
		a.State = advisory.Approved
	}
	if preview && strings.TrimSpace(a.LegalBy) == "" {
		a.LegalBy = "not yet" // redaction takes it out again
	}
	return advisory.Release(a, at)
}

// Export writes an advisory in one format as it stands, with nobody affected
// in it, for a person to look at or to carry: it is no release, and unsigned.
func (s *Service) Export(ctx context.Context, a advisory.Advisory, f exchange.Format, at time.Time) (exchange.File, error) {
	a.Affected = nil
	files, _, err := s.render(ctx, draft{out: a, at: at.UTC()})
	if err != nil {
		return exchange.File{}, fmt.Errorf("export advisory %s: %w", a.ID, err)
	}
	i := slices.IndexFunc(files, func(x exchange.File) bool { return x.Format == f })
	if i < 0 {
		return exchange.File{}, &inventory.InputError{Field: "format", Value: string(f), Message: "unknown", Hint: "use csaf, stix or misp"}
	}
	return files[i], nil
}
