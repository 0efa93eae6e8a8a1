package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

type releaseRow struct {
	Num         int64  `gorm:"->;default:(-)"`
	ID          string `gorm:"primaryKey;->;default:(-)"`
	AdvisoryID  string
	Revision    int
	TeamID      *exchange.TeamID
	AgreementID *exchange.AgreementID
	State       string
	Category    string
	TLP         string                     `gorm:"column:tlp"`
	IEP         document[exchange.IEP]     `gorm:"column:iep;type:jsonb"`
	Profile     document[exchange.Profile] `gorm:"type:jsonb"`
	Referral    bool
	Clause      string
	Channels    list[exchange.Channel] `gorm:"type:jsonb"`
	Reason      string
	RequestedBy string
	RequestedAt time.Time
	ApprovedBy  string
	LegalBy     string
	ReleasedAt  *time.Time
	Withdrawal  bool
	Supersedes  *exchange.ReleaseID
	RefusedWhy  string
	Title       string
	Summary     string
}

func (releaseRow) TableName() string { return "releases" }

func (r releaseRow) number() int64 { return r.Num }

func (r releaseRow) release() exchange.Release {
	return exchange.Release{
		ID: exchange.ReleaseID(r.ID), Advisory: advisory.ID(r.AdvisoryID), Revision: r.Revision, Team: value(r.TeamID),
		Agreement: value(r.AgreementID), State: exchange.ReleaseState(r.State), Category: advisory.Category(r.Category),
		TLP: advisory.TLP(r.TLP), IEP: r.IEP.V, Profile: r.Profile.V, Referral: r.Referral, Clause: r.Clause, Channels: r.Channels,
		Reason: r.Reason, RequestedBy: r.RequestedBy, RequestedAt: r.RequestedAt.UTC(), ApprovedBy: r.ApprovedBy, LegalBy: r.LegalBy,
		ReleasedAt: utc(r.ReleasedAt), Withdrawal: r.Withdrawal, Supersedes: value(r.Supersedes), RefusedWhy: r.RefusedWhy,
		Title: r.Title, Summary: r.Summary,
	}
}

// decided takes over what the gate says, and the words that listings show,
// which are redacted as the files are; who is concerned stays.
func (r *releaseRow) decided(d exchange.Release) {
	r.Category, r.TLP, r.IEP.V, r.Profile.V = string(d.Category), string(d.TLP), d.IEP, d.Profile
	r.Clause, r.Channels, r.LegalBy = d.Clause, d.Channels, cmp.Or(d.LegalBy, r.LegalBy)
	r.Title, r.Summary = d.Title, d.Summary
}

// RequestRelease asks to let a revision of an advisory out to a team under
// its agreement, or, without a team, to everybody. What the request leaves
// open is taken from the advisory (revision 0: the present one), the team's
// profile and the agreement that is active now. Nothing leaves before another
// person approves.
func (s *Store) RequestRelease(ctx context.Context, who string, r exchange.Release) (exchange.Release, error) {
	var row releaseRow
	entry := audit.Entry{Actor: who, Act: "release.request"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		stored, err := lockAdvisory(tx, r.Advisory)
		if err != nil {
			return err
		}
		a, err := revisionOf(tx, stored, cmp.Or(r.Revision, stored.Revision))
		if err != nil {
			return err
		}
		if a.State != advisory.Approved && a.State != advisory.Released && a.State != advisory.Withdrawn {
			return fmt.Errorf("advisory %s is %s: %w", a.ID, a.State, inventory.ErrConflict)
		}
		if err := neededWithdrawal(tx, r, a); err != nil {
			return err
		}
		if row, err = s.newRelease(tx, who, r, a); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		entry.Detail = row.detail()
		return nil
	})
	if err != nil {
		return exchange.Release{}, fmt.Errorf("request release of advisory %s: %w", r.Advisory, err)
	}
	return row.release(), nil
}

// DenyRelease notes that the gate refused what somebody asked for, and why.
// There is no release then.
func (s *Store) DenyRelease(ctx context.Context, who string, r exchange.Release, why string) error {
	entry := audit.Entry{Actor: who, Act: "release.deny", Object: string(r.Advisory), Detail: map[string]any{
		"revision": r.Revision, "team": r.Team, "agreement": r.Agreement, "referral": r.Referral, "clause": why,
	}}
	if err := s.tx(ctx, entry, func(*gorm.DB, *audit.Entry) error { return nil }); err != nil {
		return fmt.Errorf("note that the release of advisory %s was denied: %w", r.Advisory, err)
	}
	return nil
}

// neededWithdrawal refuses to tell of a withdrawal whom nobody told of the
// advisory: they would learn of it, without the legal officer having agreed.
func neededWithdrawal(tx *gorm.DB, r exchange.Release, a advisory.Advisory) error {
	if a.State != advisory.Withdrawn {
		return nil
	}
	var got int64
	err := tx.Raw(`
		SELECT count(*) FROM releases
		WHERE advisory_id = ? AND team_id IS NOT DISTINCT FROM ? AND referral = ? AND state = 'released'`,
		a.ID, optional(r.Team), r.Referral || a.Referral).Scan(&got).Error
	if err == nil && got == 0 {
		err = fmt.Errorf("advisory %s is withdrawn, and was never released to this audience: %w", a.ID, inventory.ErrConflict)
	}
	return err
}

func (s *Store) newRelease(tx *gorm.DB, who string, r exchange.Release, a advisory.Advisory) (releaseRow, error) {
	row := releaseRow{
		AdvisoryID: string(a.ID), Revision: a.Revision, TeamID: optional(r.Team), State: string(exchange.ReleaseRequested),
		Category: string(a.Kind()), TLP: string(cmp.Or(r.TLP, a.TLP)), IEP: document[exchange.IEP]{r.IEP},
		Profile: document[exchange.Profile]{r.Profile}, Referral: r.Referral || a.Referral, Channels: r.Channels, Reason: r.Reason,
		RequestedBy: who, RequestedAt: s.now(), LegalBy: a.LegalBy, Withdrawal: a.State == advisory.Withdrawn,
		Title: a.Title, Summary: a.Summary,
	}
	if r.Team == "" {
		if len(row.Channels) == 0 {
			row.Channels = []exchange.Channel{exchange.ChannelCSAF, exchange.ChannelTAXII, exchange.ChannelMISP}
		}
		return row, notYetAsked(tx, row)
	}
	team, err := one[teamRow](tx.Where("id = ?", r.Team), "team", r.Team)
	if err != nil {
		return row, err
	}
	if r.Profile == (exchange.Profile{}) {
		row.Profile = team.Profile
	}
	var g agreementRow
	if r.Agreement == "" {
		g, err = agreementWith(tx, r.Team, s.now())
	} else {
		g, err = one[agreementRow](tx.Where("id = ? AND team_id = ?", r.Agreement, r.Team), "agreement", r.Agreement)
	}
	if err != nil {
		return row, err
	}
	row.AgreementID = optional(exchange.AgreementID(g.ID))
	if err := notYetAsked(tx, row); err != nil {
		return row, err
	}
	switch {
	case len(row.Channels) > 0:
	case row.Referral: // for one desk's eyes, not for what many can fetch
		row.Channels = []exchange.Channel{exchange.ChannelMail}
	default:
		row.Channels = slices.Clone(g.Give.V.Channels)
	}
	return row, nil
}

// notYetAsked names the release that an audience has, or is to have, of the
// same revision.
func notYetAsked(tx *gorm.DB, row releaseRow) error {
	var same []releaseRow
	err := tx.Raw(`
		SELECT id, state FROM releases WHERE advisory_id = ? AND revision = ? AND team_id IS NOT DISTINCT FROM ?
			AND agreement_id IS NOT DISTINCT FROM ? AND referral = ? AND state <> 'refused'`,
		row.AdvisoryID, row.Revision, row.TeamID, row.AgreementID, row.Referral).Scan(&same).Error
	if err == nil && len(same) > 0 {
		err = fmt.Errorf("it is %s already, as %s: %w", same[0].State, same[0].ID, inventory.ErrConflict)
	}
	return err
}

func (r releaseRow) detail() map[string]any {
	return map[string]any{
		"advisory": r.AdvisoryID, "revision": r.Revision, "team": value(r.TeamID), "agreement": value(r.AgreementID), "tlp": r.TLP,
		"category": r.Category, "channels": r.Channels, "referral": r.Referral, "withdrawal": r.Withdrawal, "reason": r.Reason,
	}
}

// RefuseRelease puts a request away. Who asked for it may do that, too.
func (s *Store) RefuseRelease(ctx context.Context, who string, id exchange.ReleaseID, reason string) error {
	if err := needReason(reason); err != nil {
		return err
	}
	entry := audit.Entry{Actor: who, Act: "release.refuse", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := lockRequest(tx, id)
		if err != nil {
			return err
		}
		detail := row.detail()
		detail["refused"] = reason
		entry.Detail = detail
		return refuse(tx, row, reason)
	})
	if err != nil {
		return fmt.Errorf("refuse release %s: %w", id, err)
	}
	return nil
}

func refuse(tx *gorm.DB, row releaseRow, why string) error {
	return tx.Exec("UPDATE releases SET state = 'refused', refused_why = ? WHERE id = ?", why, row.ID).Error
}

// lockRequest finds a release that is still to be decided.
func lockRequest(tx *gorm.DB, id exchange.ReleaseID) (releaseRow, error) {
	row, err := one[releaseRow](tx.Raw("SELECT * FROM releases WHERE id = ? FOR NO KEY UPDATE", id), "release", id)
	if err == nil && row.State != string(exchange.ReleaseRequested) {
		err = fmt.Errorf("it is %s: %w", row.State, inventory.ErrConflict)
	}
	return row, err
}

type fileRow struct {
	ReleaseID string `gorm:"primaryKey"`
	Format    string `gorm:"primaryKey"`
	Name      string `gorm:"primaryKey"`
	MediaType string
	Bytes     []byte
	SHA256    string `gorm:"column:sha256"`
	SHA512    string `gorm:"column:sha512"`
	Signature string
}

func (fileRow) TableName() string { return "release_files" }

func (r fileRow) file() exchange.File {
	return exchange.File{
		Format: exchange.Format(r.Format), Name: r.Name, MediaType: r.MediaType, Bytes: r.Bytes,
		SHA256: r.SHA256, SHA512: r.SHA512, Signature: r.Signature,
	}
}

// Release finds one, with its files.
func (s *Store) Release(ctx context.Context, id exchange.ReleaseID) (exchange.Release, error) {
	row, err := one[releaseRow](s.read(ctx).Where("id = ?", id), "release", id)
	if err != nil {
		return exchange.Release{}, err
	}
	r := row.release()
	var files []fileRow
	if err := s.read(ctx).Where("release_id = ?", id).Order("format, name").Find(&files).Error; err != nil {
		return exchange.Release{}, fmt.Errorf("read files of release %s: %w", id, fault(err))
	}
	r.Files = mapped(files, fileRow.file)
	var objects []objectRow
	err = s.read(ctx).Raw("SELECT * FROM taxii_objects WHERE release_id = ? ORDER BY num", id).Find(&objects).Error
	if err != nil {
		return exchange.Release{}, fmt.Errorf("read objects of release %s: %w", id, fault(err))
	}
	for _, o := range objects {
		r.Objects = append(r.Objects, o.record(false).TAXIIObject)
	}
	return r, nil
}

// Releases lists those that the filter selects, newest first, without files.
func (s *Store) Releases(ctx context.Context, f exchange.ReleaseFilter, p inventory.Page) ([]exchange.Release, string, error) {
	q := s.read(ctx)
	q = given(q, "advisory_id = ?", f.Advisory)
	q = given(q, "team_id = ?", f.Team)
	q = given(q, "state = ?", f.State)
	rows, next, err := page[releaseRow](q, listing{name: "releases", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list releases: %w", err)
	}
	out := mapped(rows, releaseRow.release)
	if err := tellConfirmed(s.read(ctx), out); err != nil {
		return nil, "", fmt.Errorf("list releases: %w", fault(err))
	}
	return out, next, nil
}

// tellConfirmed marks those releases whose receiver has said that it has them.
func tellConfirmed(q *gorm.DB, all []exchange.Release) error {
	ids := mapped(all, func(r exchange.Release) string { return string(r.ID) })
	var confirmed []string
	if err := q.Raw("SELECT DISTINCT release_id FROM deliveries WHERE state = 'confirmed' AND release_id IN (?)", append(ids, "")).Scan(&confirmed).Error; err != nil {
		return err
	}
	for i := range all {
		all[i].Confirmed = slices.Contains(confirmed, string(all[i].ID))
	}
	return nil
}
