package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// ApproveRelease lets a requested release out, all of it or nothing. decide
// is the gate and the pen: it gets the release with its approver, the
// advisory's revision as stored, and the instant of the release, and returns
// the release with its clause, files and objects. The release, the advisory,
// the team and the agreement are locked meanwhile, so that what decide reads
// of them holds.
//
// The instant is a whole second, the first that is not past and is later than
// that of every earlier release: documents are dated by the second, and
// readers fetch by date.
//
// Who asked may not approve: inventory.ErrForbidden. When decide answers with
// an exchange.RefusedError, the release is stored as refused, with the clause,
// and returned together with that error.
func (s *Store) ApproveRelease(ctx context.Context, who string, id exchange.ReleaseID, decide func(exchange.Release, advisory.Advisory, time.Time) (exchange.Release, error)) (exchange.Release, error) {
	// One at a time, here as in the database: while decide reads what it
	// needs, those who wait must not hold the last connections.
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return exchange.Release{}, ctx.Err()
	}
	var out exchange.Release
	var refused *exchange.RefusedError
	entry := audit.Entry{Actor: who, Act: "release.approve", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		c, err := s.lockCase(tx, who, id)
		if err != nil {
			return err
		}
		asked := c.row.release()
		asked.ApprovedBy = strings.TrimSpace(who)
		decided, err := decide(asked, c.advisory, c.at)
		detail := c.row.detail()
		entry.Detail = detail
		if errors.As(err, &refused) {
			entry.Act, detail["clause"] = "release.refuse", refused.Error()
			out = asked
			out.State, out.RefusedWhy, out.ApprovedBy = exchange.ReleaseRefused, refused.Error(), ""
			return refuse(tx, c.row, refused.Error())
		}
		if err != nil {
			return err
		}
		out, err = s.letOut(ctx, tx, c, who, decided)
		detail["clause"], detail["files"], detail["at"] = out.Clause, fileSums(out.Files), c.at
		detail["tlp"], detail["channels"], detail["legal"] = out.TLP, out.Channels, out.LegalBy
		return err
	})
	if err != nil {
		return exchange.Release{}, fmt.Errorf("approve release %s: %w", id, err)
	}
	if refused != nil {
		return out, fmt.Errorf("approve release %s: %w", id, refused)
	}
	return out, nil
}

// A releaseCase is everything locked that one approval is about.
type releaseCase struct {
	row       releaseRow
	stored    advisoryRow       // as it stands
	advisory  advisory.Advisory // the revision to go out
	agreement *exchange.Agreement
	at        time.Time
}

// lockCase locks in one order, and the clock of releases last, so that two
// approvals can not wait for each other. The locks keep changes out, and let
// rows that only name these, such as receipts, in.
func (s *Store) lockCase(tx *gorm.DB, who string, id exchange.ReleaseID) (releaseCase, error) {
	var c releaseCase
	var err error
	if c.row, err = lockRequest(tx, id); err != nil {
		return c, err
	}
	if advisory.SamePerson(who, c.row.RequestedBy) || strings.TrimSpace(who) == "" {
		return c, fmt.Errorf("%s asked for it, and another person must approve: %w", who, inventory.ErrForbidden)
	}
	if c.stored, err = lockAdvisory(tx, advisory.ID(c.row.AdvisoryID)); err != nil {
		return c, err
	}
	if c.advisory, err = revisionOf(tx, c.stored, c.row.Revision); err != nil {
		return c, err
	}
	if c.row.TeamID != nil {
		if err := tx.Exec("SELECT 1 FROM teams WHERE id = ? FOR NO KEY UPDATE", *c.row.TeamID).Error; err != nil {
			return c, err
		}
		g, err := lockAgreement(tx, value(c.row.AgreementID))
		if err != nil {
			return c, err
		}
		agreement := g.agreement()
		c.agreement = &agreement
	}
	c.at, err = s.tick(tx)
	return c, err
}

// tick takes the next instant of the clock of releases.
func (s *Store) tick(tx *gorm.DB) (time.Time, error) {
	var last *time.Time
	if err := tx.Raw("SELECT last_at FROM release_clock FOR UPDATE").Row().Scan(&last); err != nil {
		return time.Time{}, fmt.Errorf("lock the clock of releases: %w", err)
	}
	at := s.now().Add(time.Second - time.Nanosecond).Truncate(time.Second)
	if last != nil && !at.After(*last) {
		at = last.UTC().Add(time.Second)
	}
	return at, tx.Exec("UPDATE release_clock SET last_at = ?", at).Error
}

// letOut stores what was decided, and whatever follows from it.
func (s *Store) letOut(ctx context.Context, tx *gorm.DB, c releaseCase, who string, decided exchange.Release) (exchange.Release, error) {
	if len(decided.Files) == 0 {
		return exchange.Release{}, fmt.Errorf("nothing was written for it: %w", inventory.ErrInvalid)
	}
	if err := s.supersede(tx, &c.row); err != nil {
		return exchange.Release{}, err
	}
	c.row.decided(decided)
	c.row.State, c.row.ApprovedBy, c.row.ReleasedAt = string(exchange.ReleaseDone), strings.TrimSpace(who), &c.at
	files, err := fileRows(c.row.ID, decided.Files)
	if err != nil {
		return exchange.Release{}, err
	}
	if err := tx.Create(&files).Error; err != nil {
		return exchange.Release{}, err
	}
	if err := tx.Select("*").Where("id = ?", c.row.ID).Updates(&c.row).Error; err != nil {
		return exchange.Release{}, err
	}
	if err := s.addDeliveries(ctx, tx, c); err != nil {
		return exchange.Release{}, err
	}
	if err := s.addObjects(tx, c.row, decided.Objects); err != nil {
		return exchange.Release{}, err
	}
	if err := markReleased(tx, c); err != nil {
		return exchange.Release{}, err
	}
	out := c.row.release()
	out.Files, out.Objects = mapped(files, fileRow.file), decided.Objects
	return out, nil
}

// supersede names the release that this one takes the place of.
func (s *Store) supersede(tx *gorm.DB, row *releaseRow) error {
	var last []exchange.ReleaseID
	err := tx.Raw(`
		SELECT id FROM releases WHERE advisory_id = ? AND team_id IS NOT DISTINCT FROM ? AND referral = ? AND state = 'released'
		ORDER BY revision DESC, released_at DESC LIMIT 1`, row.AdvisoryID, row.TeamID, row.Referral).Scan(&last).Error
	if err == nil && len(last) == 1 {
		row.Supersedes = &last[0]
	}
	return err
}

// fileRows are the files with their hashes. One that says another hash than
// its bytes have is not what was signed.
func fileRows(id string, files []exchange.File) ([]fileRow, error) {
	out := make([]fileRow, len(files))
	for i, f := range files {
		s256, s512 := f.Hashes()
		row := fileRow{
			ReleaseID: id, Format: string(f.Format), Name: f.Name, MediaType: f.MediaType, Bytes: f.Bytes,
			SHA256: s256, SHA512: s512, Signature: f.Signature,
		}
		if f.SHA256 != "" && f.SHA256 != row.SHA256 || f.SHA512 != "" && f.SHA512 != row.SHA512 {
			return nil, fmt.Errorf("file %s is not what its hashes say: %w", f.Name, inventory.ErrInvalid)
		}
		out[i] = row
	}
	return out, nil
}

func fileSums(files []exchange.File) map[string]string {
	out := map[string]string{}
	for _, f := range files {
		out[f.Name] = f.SHA256
	}
	return out
}

// markReleased says so of the advisory, unless a later revision is being
// written.
func markReleased(tx *gorm.DB, c releaseCase) error {
	a, err := advisory.Release(c.advisory, c.at)
	if err != nil || a.Revision != c.stored.Revision {
		return err
	}
	return keepAdvisory(tx, c.stored.advisory(), a, c.at)
}
