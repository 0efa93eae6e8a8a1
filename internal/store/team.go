package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type teamRow struct {
	Num          int64  `gorm:"->;default:(-)"`
	ID           string `gorm:"primaryKey;->;default:(-)"`
	Name         string
	Country      string
	State        string
	RFC2350      string                 `gorm:"column:rfc2350"`
	Memberships  list[string]           `gorm:"type:jsonb"`
	Contacts     list[exchange.Contact] `gorm:"type:jsonb"`
	Namespaces   list[string]           `gorm:"type:jsonb"`
	MISPOrg      string                 `gorm:"column:misp_org"`
	STIXIdentity string                 `gorm:"column:stix_identity"`
	TimeZone     string
	Languages    list[string]               `gorm:"type:jsonb"`
	Profile      document[exchange.Profile] `gorm:"type:jsonb"`
	CreatedAt    time.Time
}

func (teamRow) TableName() string { return "teams" }

func (r teamRow) number() int64 { return r.Num }

func (r teamRow) team() exchange.Team {
	return exchange.Team{
		ID: exchange.TeamID(r.ID), Name: r.Name, Country: r.Country, State: exchange.TeamState(r.State), RFC2350: r.RFC2350,
		Memberships: r.Memberships, Contacts: r.Contacts, Namespaces: r.Namespaces, MISPOrg: r.MISPOrg,
		STIXIdentity: r.STIXIdentity, TimeZone: r.TimeZone, Languages: r.Languages, Profile: r.Profile.V,
		CreatedAt: r.CreatedAt.UTC(),
	}
}

func teamRowOf(t exchange.Team) teamRow {
	return teamRow{
		ID: string(t.ID), Name: t.Name, Country: t.Country, State: string(t.State), RFC2350: t.RFC2350,
		Memberships: t.Memberships, Contacts: t.Contacts, Namespaces: t.Namespaces, MISPOrg: t.MISPOrg,
		STIXIdentity: t.STIXIdentity, TimeZone: t.TimeZone, Languages: t.Languages,
		Profile: document[exchange.Profile]{t.Profile}, CreatedAt: t.CreatedAt,
	}
}

// CreateTeam stores a peer, without a state as an example to be confirmed.
// Its credentials are added one by one, each by two people: a team that brings
// some is an InputError.
func (s *Store) CreateTeam(ctx context.Context, who string, t exchange.Team) (exchange.Team, error) {
	if len(t.Keys)+len(t.Certificates)+len(t.APIKeys) > 0 {
		return exchange.Team{}, &inventory.InputError{
			Field: "keys", Message: "cannot come with a new team",
			Hint: "create the team, then request each key: another person confirms it",
		}
	}
	if t.State == "" {
		t.State = exchange.TeamExample
	}
	t.CreatedAt = s.now()
	row := teamRowOf(t)
	entry := audit.Entry{Actor: who, Act: "team.create"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		entry.Detail = map[string]any{"name": t.Name, "country": t.Country, "state": t.State}
		return nil
	})
	if err != nil {
		return exchange.Team{}, fmt.Errorf("create team %q: %w", t.Name, err)
	}
	return row.team(), nil
}

// ChangeTeam lets change do what it wants to what is known of a team, under a
// lock, so that two changes at once both hold. Its credentials stay as they
// are.
func (s *Store) ChangeTeam(ctx context.Context, who string, id exchange.TeamID, change func(*exchange.Team) error) error {
	entry := audit.Entry{Actor: who, Act: "team.update", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		was, err := one[teamRow](tx.Raw("SELECT * FROM teams WHERE id = ? FOR UPDATE", id), "team", id)
		if err != nil {
			return err
		}
		t := was.team()
		if err := change(&t); err != nil {
			return err
		}
		t.ID, t.CreatedAt = id, was.CreatedAt
		entry.Detail = map[string]any{
			"name": t.Name, "country": t.Country, "from": was.State, "to": t.State, "profile": t.Profile, "namespaces": t.Namespaces,
		}
		row := teamRowOf(t)
		return tx.Select("*").Where("id = ?", id).Updates(&row).Error
	})
	if err != nil {
		return fmt.Errorf("update team %s: %w", id, err)
	}
	return nil
}

// Team finds one, with all its credentials.
func (s *Store) Team(ctx context.Context, id exchange.TeamID) (exchange.Team, error) {
	row, err := one[teamRow](s.read(ctx).Where("id = ?", id), "team", id)
	if err != nil {
		return exchange.Team{}, err
	}
	all, err := withCredentials(s.read(ctx), []teamRow{row})
	if err != nil {
		return exchange.Team{}, fmt.Errorf("read credentials of team %s: %w", id, fault(err))
	}
	return all[0], nil
}

// Teams lists them with their credentials, oldest first.
func (s *Store) Teams(ctx context.Context, p inventory.Page) ([]exchange.Team, string, error) {
	rows, next, err := page[teamRow](s.read(ctx), listing{name: "teams", column: "num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list teams: %w", err)
	}
	all, err := withCredentials(s.read(ctx), rows)
	if err != nil {
		return nil, "", fmt.Errorf("list credentials of teams: %w", fault(err))
	}
	return all, next, nil
}

// withCredentials adds to teams what proves that it is they.
func withCredentials(tx *gorm.DB, rows []teamRow) ([]exchange.Team, error) {
	teams := mapped(rows, teamRow.team)
	at := make(map[string]*exchange.Team, len(teams))
	for i := range teams {
		at[string(teams[i].ID)] = &teams[i]
	}
	ids := mapped(rows, func(r teamRow) string { return r.ID })
	var credentials []credentialRow
	if err := tx.Where("team_id = ANY(?)", array(ids)).Order("num").Find(&credentials).Error; err != nil {
		return nil, err
	}
	for _, c := range credentials {
		if t := at[c.TeamID]; c.Kind == string(exchange.OpenPGP) {
			t.Keys = append(t.Keys, c.key())
		} else {
			t.Certificates = append(t.Certificates, c.certificate())
		}
	}
	var keys []apiKeyRow
	err := tx.Where("team_id = ANY(?)", array(ids)).Order("num").Find(&keys).Error
	for _, k := range keys {
		at[k.TeamID].APIKeys = append(at[k.TeamID].APIKeys, k.apiKey())
	}
	return teams, err
}

type apiKeyRow struct {
	Num       int64 `gorm:"primaryKey;->;default:(-)"`
	TeamID    string
	Name      string
	SHA256    string `gorm:"column:sha256"`
	ExpiresAt time.Time
	AddedAt   time.Time
	RevokedAt *time.Time
}

func (apiKeyRow) TableName() string { return "team_api_keys" }

func (r apiKeyRow) apiKey() exchange.APIKey {
	return exchange.APIKey{
		Name: r.Name, SHA256: r.SHA256, ExpiresAt: r.ExpiresAt.UTC(), AddedAt: r.AddedAt.UTC(), RevokedAt: utc(r.RevokedAt),
	}
}

// AddAPIKey lets a team in that comes with the secret whose hash is given.
func (s *Store) AddAPIKey(ctx context.Context, who string, id exchange.TeamID, k exchange.APIKey) error {
	now := s.now()
	if !k.ExpiresAt.After(now) {
		return &inventory.InputError{
			Field: "expires", Value: k.ExpiresAt.Format(time.DateOnly), Message: "not in the future", Hint: "give a later day",
		}
	}
	row := apiKeyRow{TeamID: string(id), Name: strings.TrimSpace(k.Name), SHA256: k.SHA256, ExpiresAt: k.ExpiresAt, AddedAt: now}
	entry := audit.Entry{
		Actor: who, Act: "team.api_key.add", Object: string(id), Detail: map[string]any{"name": row.Name, "expires": k.ExpiresAt.UTC()},
	}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error { return tx.Create(&row).Error })
	if err != nil {
		return fmt.Errorf("add API key %q of team %s: %w", k.Name, id, err)
	}
	return nil
}

// RevokeAPIKey ends a team's key of that name at once.
func (s *Store) RevokeAPIKey(ctx context.Context, who string, id exchange.TeamID, name string) error {
	entry := audit.Entry{Actor: who, Act: "team.api_key.revoke", Object: string(id), Detail: map[string]any{"name": name}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		return touchOne(tx.Exec(`
			UPDATE team_api_keys SET revoked_at = ? WHERE team_id = ? AND name = ? AND revoked_at IS NULL`,
			s.now(), id, name), "API key", name)
	})
	if err != nil {
		return fmt.Errorf("revoke API key of team %s: %w", id, err)
	}
	return nil
}

// CallerByKey tells who comes with the secret of that hash. False means a key
// that is unknown, expired or revoked, or of a team that is not confirmed.
func (s *Store) CallerByKey(ctx context.Context, sha256 string) (exchange.Caller, bool, error) {
	return s.caller(ctx, `
		SELECT k.team_id AS team, 'key:' || k.name AS credential FROM team_api_keys k JOIN teams t ON t.id = k.team_id
		WHERE k.sha256 = @proof AND k.revoked_at IS NULL AND k.expires_at > @now AND t.state = 'confirmed'`, sha256)
}

// CallerByCertificate tells who comes with the client certificate of that
// hash. False means one that is not trusted now, or of a team that is not
// confirmed.
func (s *Store) CallerByCertificate(ctx context.Context, sha256 string) (exchange.Caller, bool, error) {
	return s.caller(ctx, `
		SELECT c.team_id AS team, 'tls:' || c.fingerprint AS credential FROM team_credentials c JOIN teams t ON t.id = c.team_id
		WHERE c.kind = 'tls' AND c.fingerprint = @proof AND c.revoked_at IS NULL
			AND c.valid_from <= @now AND c.valid_until > @now AND t.state = 'confirmed'`, sha256)
}

func (s *Store) caller(ctx context.Context, sql, proof string) (exchange.Caller, bool, error) {
	var rows []exchange.Caller
	err := s.read(ctx).Raw(sql, map[string]any{"proof": strings.ToLower(proof), "now": s.now()}).Find(&rows).Error
	if err != nil {
		return exchange.Caller{}, false, fmt.Errorf("look up a peer's credential: %w", fault(err))
	}
	if len(rows) == 0 {
		return exchange.Caller{}, false, nil
	}
	return rows[0], true, nil
}
