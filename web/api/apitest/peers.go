package apitest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// Fingerprint is of the one OpenPGP key that the fake can read.
const Fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567"

// SetConsent stands in for the real one.
func (f *Fake) SetConsent(_ context.Context, who string, id inventory.AssetID, c inventory.Consent) error {
	f.did(who, fmt.Sprintf("asset.consent %s %s", id, c))
	for i := range f.Registered {
		if f.Registered[i].ID == id {
			f.Registered[i].Consent = c
		}
	}
	return nil
}

// CreateTeam stands in for the real one.
func (f *Fake) CreateTeam(_ context.Context, who string, t exchange.Team) (exchange.Team, error) {
	f.did(who, "team.create")
	t.ID, t.CreatedAt = exchange.TeamID(fmt.Sprintf("TEAM-%d", len(f.Peers)+1)), Noon
	f.Peers = append(f.Peers, t)
	return t, nil
}

// ChangeTeam stands in for the real one.
func (f *Fake) ChangeTeam(_ context.Context, who string, id exchange.TeamID, change func(*exchange.Team) error) error {
	p, err := f.peer(id)
	if err != nil {
		return err
	}
	t := *p
	if err := change(&t); err != nil {
		return err
	}
	f.did(who, fmt.Sprintf("team.update %s %s", id, t.State))
	*p = t
	return nil
}

func (f *Fake) peer(id exchange.TeamID) (*exchange.Team, error) {
	for i := range f.Peers {
		if f.Peers[i].ID == id {
			return &f.Peers[i], nil
		}
	}
	return nil, missing("team", string(id))
}

// Team stands in for the real one.
func (f *Fake) Team(_ context.Context, id exchange.TeamID) (exchange.Team, error) {
	p, err := f.peer(id)
	if err != nil {
		return exchange.Team{}, err
	}
	return *p, nil
}

// Teams stands in for the real one.
func (f *Fake) Teams(_ context.Context, p inventory.Page) ([]exchange.Team, string, error) {
	return paged(f.Peers, p)
}

// RequestKeyChange stands in for the real one.
func (f *Fake) RequestKeyChange(_ context.Context, who string, c exchange.KeyChange) (exchange.KeyChange, error) {
	p, err := f.peer(c.Team)
	if err != nil {
		return c, err
	}
	if c, err = exchange.NewKeyChange(*p, c, who, Noon); err != nil {
		return c, err
	}
	f.did(who, fmt.Sprintf("key.request %s %s", c.Kind, c.Fingerprint))
	c.ID = exchange.KeyChangeID(fmt.Sprintf("KEY-%d", len(f.Wishes)+1))
	f.Wishes = append(f.Wishes, c)
	return c, nil
}

func (f *Fake) wish(id exchange.KeyChangeID) (*exchange.KeyChange, error) {
	for i := range f.Wishes {
		if f.Wishes[i].ID == id {
			return &f.Wishes[i], nil
		}
	}
	return nil, missing("key change", string(id))
}

// ConfirmKeyChange stands in for the real one.
func (f *Fake) ConfirmKeyChange(_ context.Context, who string, id exchange.KeyChangeID) error {
	c, err := f.wish(id)
	if err != nil {
		return err
	}
	if err := c.Confirm(who, Noon); err != nil {
		return err
	}
	p, err := f.peer(c.Team)
	if err != nil {
		return err
	}
	f.did(who, "key.confirm "+string(id))
	return c.Apply(p)
}

// RejectKeyChange stands in for the real one.
func (f *Fake) RejectKeyChange(_ context.Context, who string, id exchange.KeyChangeID) error {
	c, err := f.wish(id)
	if err != nil {
		return err
	}
	f.did(who, "key.reject "+string(id))
	return c.Reject(who, Noon)
}

// KeyChanges stands in for the real one.
func (f *Fake) KeyChanges(_ context.Context, q exchange.KeyChangeFilter, p inventory.Page) ([]exchange.KeyChange, string, error) {
	var out []exchange.KeyChange
	for _, c := range f.Wishes {
		waits := c.ConfirmedAt == nil && c.RejectedAt == nil
		if (q.Team == "" || c.Team == q.Team) && (q.State == "" || waits == (q.State == exchange.KeyChangeWaiting)) {
			out = append(out, c)
		}
	}
	return paged(out, p)
}

// AddAPIKey stands in for the real one.
func (f *Fake) AddAPIKey(_ context.Context, who string, id exchange.TeamID, k exchange.APIKey) error {
	p, err := f.peer(id)
	if err != nil {
		return err
	}
	f.did(who, "api_key.add "+k.Name)
	p.APIKeys = append(p.APIKeys, k)
	return nil
}

// RevokeAPIKey stands in for the real one.
func (f *Fake) RevokeAPIKey(_ context.Context, who string, id exchange.TeamID, name string) error {
	f.did(who, fmt.Sprintf("api_key.revoke %s %s", id, name))
	return nil
}

// CreateSource stands in for the real one.
func (f *Fake) CreateSource(_ context.Context, who string, s exchange.Source) (exchange.Source, error) {
	f.did(who, "source.create "+s.URL)
	s.ID, s.CreatedAt, s.NextAt = exchange.SourceID(fmt.Sprintf("SRC-%d", len(f.Polled)+1)), Noon, Noon
	f.Polled = append(f.Polled, s)
	return s, nil
}

// Sources stands in for the real one.
func (f *Fake) Sources(context.Context, exchange.TeamID) ([]exchange.Source, error) {
	return f.Polled, nil
}

// PauseSource stands in for the real one.
func (f *Fake) PauseSource(_ context.Context, who string, id exchange.SourceID, paused bool) error {
	f.did(who, fmt.Sprintf("source.pause %s %t", id, paused))
	return nil
}

// PollSource stands in for the real one.
func (f *Fake) PollSource(_ context.Context, who string, id exchange.SourceID) error {
	f.did(who, "source.poll "+string(id))
	return nil
}

// CreateAgreement stands in for the real one.
func (f *Fake) CreateAgreement(_ context.Context, who string, a exchange.Agreement) (exchange.Agreement, error) {
	f.did(who, "agreement.create "+a.Reference)
	a.ID, a.CreatedAt = exchange.AgreementID(fmt.Sprintf("AGR-%d", len(f.Agreed)+1)), Noon
	f.Agreed = append(f.Agreed, a)
	return a, nil
}

// SignAgreement stands in for the real one.
func (f *Fake) SignAgreement(ctx context.Context, who string, id exchange.AgreementID, at time.Time, name string, text []byte) (exchange.Agreement, error) {
	f.Document = text
	return f.ChangeAgreement(ctx, who, "agreement.sign", id, func(a *exchange.Agreement) error { return a.Sign(at, name, text) })
}

// ChangeAgreement stands in for the real one.
func (f *Fake) ChangeAgreement(_ context.Context, who, act string, id exchange.AgreementID, change func(*exchange.Agreement) error) (exchange.Agreement, error) {
	for i := range f.Agreed {
		if f.Agreed[i].ID == id {
			a := f.Agreed[i]
			if err := change(&a); err != nil {
				return a, err
			}
			f.did(who, act+" "+string(id))
			f.Agreed[i] = a
			return a, nil
		}
	}
	return exchange.Agreement{}, missing("agreement", string(id))
}

// Agreement stands in for the real one.
func (f *Fake) Agreement(_ context.Context, id exchange.AgreementID) (exchange.Agreement, error) {
	for _, a := range f.Agreed {
		if a.ID == id {
			return a, nil
		}
	}
	return exchange.Agreement{}, missing("agreement", string(id))
}

// AgreementDocument stands in for the real one.
func (f *Fake) AgreementDocument(context.Context, exchange.AgreementID) ([]byte, error) {
	return f.Document, nil
}

// Agreements stands in for the real one.
func (f *Fake) Agreements(_ context.Context, team exchange.TeamID, p inventory.Page) ([]exchange.Agreement, string, error) {
	var out []exchange.Agreement
	for _, a := range f.Agreed {
		if team == "" || a.Team == team {
			out = append(out, a)
		}
	}
	return paged(out, p)
}

// InspectKey knows one key.
func (f *Fake) InspectKey(armored string, at time.Time) (exchange.Key, error) {
	if !strings.Contains(armored, "BEGIN PGP PUBLIC KEY BLOCK") {
		return exchange.Key{}, &inventory.InputError{Field: "openpgp", Message: "is no armoured OpenPGP public key", Hint: "export it with gpg --armor --export"}
	}
	return exchange.Key{Fingerprint: Fingerprint, Armored: armored, ValidFrom: at.Add(-time.Hour)}, nil
}

// OurKeys are one that expires in two weeks.
func (f *Fake) OurKeys(context.Context) ([]exchange.Key, error) {
	until := Noon.AddDate(0, 0, 14)
	return []exchange.Key{{Fingerprint: strings.Repeat("AB", 20), ValidFrom: Noon.AddDate(-2, 0, 0), ValidUntil: &until}}, nil
}
