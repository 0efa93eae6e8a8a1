package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type authorizationRow struct {
	Num            int64  `gorm:"->;default:(-)"`
	ID             string `gorm:"primaryKey;->;default:(-)"`
	OrgID          string
	Prefixes       list[netip.Prefix] `gorm:"type:jsonb"`
	Names          list[string]       `gorm:"type:jsonb"`
	Method         string
	State          string
	Level          int
	OTLevel        int
	ValidFrom      time.Time
	ValidUntil     time.Time
	Windows        list[windowJSON] `gorm:"type:jsonb"`
	TimeZone       string
	SignedBy       string
	Reference      string
	DocumentName   string
	DocumentSHA256 *string `gorm:"column:document_sha256"`
	DocumentSize   int64
	CreatedAt      time.Time
	Reason         string
	Version        int
	CreatedBy      string
	SubmittedBy    string
	SubmittedAt    *time.Time
	DecidedBy      string
	DecidedAt      *time.Time
	CheckedAt      *time.Time
}

func (authorizationRow) TableName() string { return "authorizations" }

func (r authorizationRow) number() int64 { return r.Num }

func (r authorizationRow) authorization() inventory.Authorization {
	return inventory.Authorization{
		ID: inventory.AuthorizationID(r.ID), Org: inventory.OrganizationID(r.OrgID),
		Prefixes: r.Prefixes, Names: r.Names,
		Method: inventory.AuthorizationMethod(r.Method), State: inventory.AuthorizationState(r.State),
		Level: inventory.Level(r.Level), OTLevel: inventory.Level(r.OTLevel),
		From: r.ValidFrom.UTC(), Until: r.ValidUntil.UTC(),
		Windows: windowsOf(r.Windows), TimeZone: r.TimeZone, SignedBy: r.SignedBy, Reference: r.Reference,
		Document:  inventory.Document{Name: r.DocumentName, SHA256: value(r.DocumentSHA256), Size: r.DocumentSize},
		CreatedAt: r.CreatedAt.UTC(), Reason: r.Reason, Version: r.Version, CreatedBy: r.CreatedBy,
		SubmittedBy: r.SubmittedBy, SubmittedAt: orZero(r.SubmittedAt), DecidedBy: r.DecidedBy, DecidedAt: orZero(r.DecidedAt),
		CheckedAt: orZero(r.CheckedAt),
	}
}

// windowJSON is a window as stored; days count from Sunday, which is 0.
type windowJSON struct {
	Days         []int `json:"days"`
	StartSeconds int64 `json:"start_seconds"`
	EndSeconds   int64 `json:"end_seconds"`
}

func windowsOf(stored []windowJSON) []inventory.Window {
	var out []inventory.Window
	for _, w := range stored {
		window := inventory.Window{
			Start: time.Duration(w.StartSeconds) * time.Second, End: time.Duration(w.EndSeconds) * time.Second,
		}
		for _, d := range w.Days {
			window.Days = append(window.Days, time.Weekday(d))
		}
		out = append(out, window)
	}
	return out
}

func windowsJSON(windows []inventory.Window) []windowJSON {
	var out []windowJSON
	for _, w := range windows {
		stored := windowJSON{StartSeconds: int64(w.Start / time.Second), EndSeconds: int64(w.End / time.Second)}
		for _, d := range w.Days {
			stored.Days = append(stored.Days, int(d))
		}
		out = append(out, stored)
	}
	return out
}

// CreateAuthorization stores a permission with the document that proves it,
// which may be nil. The same document may prove several.
func (s *Store) CreateAuthorization(ctx context.Context, who string, a inventory.Authorization, document []byte) (inventory.Authorization, error) {
	if !a.Until.After(a.From) {
		return inventory.Authorization{}, &inventory.InputError{
			Field: "until", Value: a.Until.Format(time.RFC3339), Message: "not after the beginning", Hint: "give a later date",
		}
	}
	if _, err := time.LoadLocation(a.TimeZone); err != nil {
		return inventory.Authorization{}, &inventory.InputError{
			Field: "time zone", Value: a.TimeZone, Message: "unknown", Hint: "use an IANA name like Asia/Colombo",
		}
	}
	now := s.now()
	a.Document = inventory.Document{Name: a.Document.Name, Size: int64(len(document))}
	if document != nil {
		sum := sha256.Sum256(document)
		a.Document.SHA256 = hex.EncodeToString(sum[:])
	}
	if a.State == "" {
		a.State = inventory.AuthDraft
	}
	a.CreatedAt, a.CreatedBy, a.Version = now, who, 1
	row := authorizationRowOf(a)
	entry := audit.Entry{Actor: who, Act: "authorization.create"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if document != nil {
			const sql = "INSERT INTO documents (sha256, content, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
			if err := tx.Exec(sql, a.Document.SHA256, document, now).Error; err != nil {
				return err
			}
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		entry.Detail = map[string]any{
			"org": a.Org, "prefixes": row.Prefixes, "names": row.Names, "level": row.Level,
			"until": a.Until.UTC(), "document": a.Document.SHA256,
		}
		return nil
	})
	if err != nil {
		return inventory.Authorization{}, fmt.Errorf("create authorisation for %s: %w", a.Org, err)
	}
	return row.authorization(), nil
}

// Authorizations lists an organisation's, or with "" everybody's, oldest
// first, ended ones too.
func (s *Store) Authorizations(ctx context.Context, org inventory.OrganizationID, p inventory.Page) ([]inventory.Authorization, string, error) {
	q := s.read(ctx)
	q = given(q, "org_id = ?", org)
	rows, next, err := page[authorizationRow](q, listing{name: "authorizations", column: "num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list authorisations: %w", err)
	}
	return mapped(rows, authorizationRow.authorization), next, nil
}

// AuthorizationDocument returns the bytes of the document that proves an
// authorisation.
func (s *Store) AuthorizationDocument(ctx context.Context, id inventory.AuthorizationID) ([]byte, error) {
	row, err := one[struct{ Content []byte }](s.read(ctx).Raw(`
		SELECT d.content FROM authorizations a JOIN documents d ON d.sha256 = a.document_sha256
		WHERE a.id = ?`, id), "document of authorisation", id)
	return row.Content, err
}

// RevokeAuthorization ends an authorisation now, for good.
func (s *Store) RevokeAuthorization(ctx context.Context, who string, id inventory.AuthorizationID, reason string) error {
	if err := needReason(reason); err != nil {
		return err
	}
	_, err := s.DecideAuthorization(ctx, who, id, inventory.PermitDecision{Act: inventory.PermitRevoke, Reason: reason})
	return err
}

// scopeSQL names its columns because workers may read these and no others.
const scopeSQL = `
SELECT id, org_id, prefixes, names, method, state, level, ot_level, valid_from, valid_until, windows, time_zone
FROM authorizations WHERE org_id = ? AND state = 'active' ORDER BY num`

// Scope returns what may be scanned of an organisation. Workers may ask too.
func (s *Store) Scope(ctx context.Context, org inventory.OrganizationID) (inventory.Scope, error) {
	var auths []authorizationRow
	if err := s.read(ctx).Raw(scopeSQL, org).Find(&auths).Error; err != nil {
		return inventory.Scope{}, fmt.Errorf("read scope of %s: %w", org, fault(err))
	}
	exclusions, err := s.exclusionsInForce(s.read(ctx))
	if err != nil {
		return inventory.Scope{}, fmt.Errorf("read exclusions for %s: %w", org, fault(err))
	}
	foreign, err := s.foreignPrefixes(ctx, org)
	if err != nil {
		return inventory.Scope{}, fmt.Errorf("read what others authorised, for %s: %w", org, err)
	}
	limits, err := s.limits(ctx, org)
	if err != nil {
		return inventory.Scope{}, fmt.Errorf("read how deep assets of %s may be looked at: %w", org, fault(err))
	}
	scope := inventory.NewScope(mapped(auths, authorizationRow.authorization), exclusions, s.admit)
	return scope.WithForeign(foreign).WithLimits(limits), nil
}

// limits are the levels above which an organisation does not let single assets
// be looked at.
func (s *Store) limits(ctx context.Context, org inventory.OrganizationID) (map[inventory.AssetID]inventory.Level, error) {
	var rows []struct {
		ID     inventory.AssetID
		AtMost inventory.Level
	}
	err := s.read(ctx).Raw("SELECT id, at_most FROM assets WHERE org_id = ? AND at_most IS NOT NULL AND retired_at IS NULL", org).Find(&rows).Error
	out := make(map[inventory.AssetID]inventory.Level, len(rows))
	for _, r := range rows {
		out[r.ID] = r.AtMost
	}
	return out, err
}

// ActivePermits are the authorisations of organisations that somebody has put
// into force, whether or not their time has come or passed.
func (s *Store) ActivePermits(ctx context.Context, orgs []inventory.OrganizationID) (map[inventory.OrganizationID][]inventory.Authorization, error) {
	var rows []authorizationRow
	if err := s.read(ctx).Raw(activePermitsSQL, array(orgs)).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read permissions in force: %w", fault(err))
	}
	out := map[inventory.OrganizationID][]inventory.Authorization{}
	for _, r := range rows {
		a := r.authorization()
		out[a.Org] = append(out[a.Org], a)
	}
	return out, nil
}

const activePermitsSQL = `
SELECT id, org_id, state, level, ot_level, valid_from, valid_until, windows, time_zone
FROM authorizations WHERE org_id = ANY(?) AND state = 'active' ORDER BY num`

// foreignPrefixes lists what other organisations have authorised at present,
// whatever their windows.
func (s *Store) foreignPrefixes(ctx context.Context, org inventory.OrganizationID) ([]netip.Prefix, error) {
	var rows []struct{ Prefixes list[netip.Prefix] }
	err := s.read(ctx).Raw(`
		SELECT prefixes FROM authorizations
		WHERE org_id <> @org AND state = 'active' AND valid_from <= @now AND valid_until > @now AND prefixes <> '[]'`,
		map[string]any{"org": org, "now": s.now()}).Find(&rows).Error
	if err != nil {
		return nil, fault(err)
	}
	var out []netip.Prefix
	for _, r := range rows {
		out = append(out, r.Prefixes...)
	}
	return out, nil
}

func maskedAll(prefixes []netip.Prefix) []netip.Prefix {
	return mapped(prefixes, netip.Prefix.Masked)
}
