package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerTeams() {
	handle(s, "list-peers", "GET /peers", "List peer teams", s.listPeers)
	handle(s, "create-peer", "POST /peers", "Note a peer team, as an example to be confirmed", s.createPeer, creates)
	handle(s, "list-peer-examples", "GET /peers/examples", "List the CERTs of the region that are known by name", s.peerExamples)
	handle(s, "get-peer", "GET /peers/{id}", "Show a peer team", s.getPeer)
	handle(s, "update-peer", "PATCH /peers/{id}", "Change what is known of a peer, but for its keys", s.updatePeer)
	handle(s, "confirm-peer", "POST /peers/{id}/confirm", "Confirm that a peer is who it says, so that things may pass", s.confirmPeer)
}

func (s *server) listPeers(ctx context.Context, in *struct{ Paging }) (*listed[wire.Peer], error) {
	all, next, err := s.Teams.Teams(ctx, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, s.peer), nil
}

func (s *server) createPeer(ctx context.Context, in *body[wire.NewPeer]) (*created[wire.Peer], error) {
	n := in.Body
	t, err := exchange.Team{
		Name: n.Name, Country: n.Country, RFC2350: n.RFC2350, Memberships: n.Memberships,
		Contacts: contactsIn(n.Contacts), Namespaces: n.Namespaces, MISPOrg: n.MISPOrg, STIXIdentity: n.STIXIdentity,
		TimeZone: n.TimeZone, Languages: n.Languages, Profile: profileIn(n.Profile),
	}.Normalize()
	if err != nil {
		return nil, err
	}
	if t, err = s.Teams.CreateTeam(ctx, who(ctx), t); err != nil {
		return nil, err
	}
	return newObject("peers", string(t.ID), s.peer(t)), nil
}

func (s *server) peerExamples(_ context.Context, _ *struct{}) (*body[wire.List[wire.NewPeer]], error) {
	return answer(wire.List[wire.NewPeer]{Items: convert(exchange.Examples(), func(t exchange.Team) wire.NewPeer {
		return wire.NewPeer{Name: t.Name, Country: t.Country}
	})}), nil
}

func (s *server) getPeer(ctx context.Context, in *ByID) (*body[wire.Peer], error) {
	t, err := s.Teams.Team(ctx, exchange.TeamID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(s.peer(t)), nil
}

func (s *server) updatePeer(ctx context.Context, in *struct {
	ByID
	Body wire.PeerChange
},
) (*body[wire.Peer], error) {
	return s.changePeer(ctx, in.ID, func(t *exchange.Team) error {
		if err := unchanged(in.ID, in.Body.Version, s.peer(*t).Version); err != nil {
			return err
		}
		country := t.Country
		applyPeer(t, in.Body)
		// Victims are named to the team of their own country: one that turns
		// out to be of another has to be confirmed again.
		if t.State == exchange.TeamConfirmed && !strings.EqualFold(strings.TrimSpace(t.Country), country) {
			t.State = exchange.TeamExample
		}
		return nil
	})
}

func (s *server) confirmPeer(ctx context.Context, in *ByID) (*body[wire.Peer], error) {
	return s.changePeer(ctx, in.ID, func(t *exchange.Team) error {
		if t.State == exchange.TeamConfirmed {
			return fmt.Errorf("team %s is confirmed already: %w", t.ID, inventory.ErrConflict)
		}
		t.State = exchange.TeamConfirmed
		return nil
	})
}

func (s *server) changePeer(ctx context.Context, id string, change func(*exchange.Team) error) (*body[wire.Peer], error) {
	err := s.Teams.ChangeTeam(ctx, who(ctx), exchange.TeamID(id), func(t *exchange.Team) error {
		if err := change(t); err != nil {
			return err
		}
		tidy, err := t.Normalize()
		*t = tidy
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.getPeer(ctx, &ByID{ID: id})
}

// applyPeer puts what a change names into a team.
func applyPeer(t *exchange.Team, c wire.PeerChange) {
	put(&t.Name, c.Name)
	put(&t.Country, c.Country)
	put(&t.RFC2350, c.RFC2350)
	put(&t.MISPOrg, c.MISPOrg)
	put(&t.STIXIdentity, c.STIXIdentity)
	put(&t.TimeZone, c.TimeZone)
	if c.State != "" {
		t.State = exchange.TeamState(c.State)
	}
	for _, l := range []struct {
		to   *[]string
		from []string
	}{{&t.Memberships, c.Memberships}, {&t.Namespaces, c.Namespaces}, {&t.Languages, c.Languages}} {
		if l.from != nil {
			*l.to = l.from
		}
	}
	if c.Contacts != nil {
		t.Contacts = contactsIn(c.Contacts)
	}
	if c.Profile != nil {
		t.Profile = profileIn(*c.Profile)
	}
}

func contactsIn(all []wire.PeerContact) []exchange.Contact {
	return convert(all, func(c wire.PeerContact) exchange.Contact {
		return exchange.Contact{Role: exchange.ContactRole(c.Role), Name: c.Name, Email: c.Email, Phone: c.Phone}
	})
}

func profileIn(p wire.RedactionProfile) exchange.Profile {
	return exchange.Profile{
		Organization: exchange.Treatment(p.Organization), Address: exchange.Treatment(p.Address), Hostname: exchange.Treatment(p.Hostname),
		Site: exchange.Treatment(p.Site), Sector: exchange.Treatment(p.Sector), Evidence: exchange.Treatment(p.Evidence),
	}
}

// profileOut says drop where nothing is said, as redaction does.
func profileOut(p exchange.Profile) wire.RedactionProfile {
	p = p.Strictest(p)
	return wire.RedactionProfile{
		Organization: string(p.Organization), Address: string(p.Address), Hostname: string(p.Hostname),
		Site: string(p.Site), Sector: string(p.Sector), Evidence: string(p.Evidence),
	}
}

// peer shows a team; whether its credentials count is as of now.
func (s *server) peer(t exchange.Team) wire.Peer {
	now := s.Now()
	out := wire.Peer{
		ID: string(t.ID), Name: t.Name, Country: t.Country, State: string(t.State), RFC2350: t.RFC2350, Memberships: words(t.Memberships),
		Contacts: convert(t.Contacts, func(c exchange.Contact) wire.PeerContact {
			return wire.PeerContact{Role: string(c.Role), Name: c.Name, Email: c.Email, Phone: c.Phone}
		}),
		Keys: convert(t.Keys, func(k exchange.Key) wire.PeerKey {
			return wire.PeerKey{
				Fingerprint: k.Fingerprint, ValidFrom: k.ValidFrom.UTC(), ValidUntil: utc(k.ValidUntil), VerifiedBy: k.VerifiedBy,
				VerifiedHow: k.VerifiedHow, AddedAt: k.AddedAt.UTC(), RevokedAt: utc(k.RevokedAt), Usable: k.Usable(now),
			}
		}),
		Certificates: convert(t.Certificates, func(c exchange.Certificate) wire.PeerCertificate {
			return wire.PeerCertificate{
				SHA256: c.SHA256, Subject: c.Subject, ValidFrom: c.ValidFrom.UTC(), ValidUntil: c.ValidUntil.UTC(), VerifiedBy: c.VerifiedBy,
				VerifiedHow: c.VerifiedHow, AddedAt: c.AddedAt.UTC(), RevokedAt: utc(c.RevokedAt), Usable: c.Usable(now),
			}
		}),
		APIKeys: convert(t.APIKeys, func(k exchange.APIKey) wire.PeerAPIKey {
			return wire.PeerAPIKey{Name: k.Name, ExpiresAt: k.ExpiresAt.UTC(), AddedAt: k.AddedAt.UTC(), RevokedAt: utc(k.RevokedAt), Usable: k.Usable(now)}
		}),
		Namespaces: words(t.Namespaces), MISPOrg: t.MISPOrg, STIXIdentity: t.STIXIdentity, TimeZone: t.TimeZone, Languages: words(t.Languages),
		Profile: profileOut(t.Profile), CreatedAt: t.CreatedAt.UTC(),
	}
	people := out // what people change in the form; keys come and go by themselves
	people.Keys, people.Certificates, people.APIKeys = nil, nil, nil
	out.Version = versionOf(people)
	return out
}

// versionOf names a state of something: another state has another name.
func versionOf(state any) string {
	b, _ := json.Marshal(state) // of what is sent as JSON: cannot fail
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// unchanged is inventory.ErrStale when somebody changed something since the
// version that a change was made from; "" stands for any.
func unchanged(id, from, now string) error {
	if from != "" && from != now {
		return fmt.Errorf("change %s: %w", id, inventory.ErrStale)
	}
	return nil
}
