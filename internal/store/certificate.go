package store

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// mostCertificates is how many certificates the words of a search may name:
// more are refused, as they say nothing.
const mostCertificates = 2000

// maxShownCertificates is how many of an asset's its page shows.
const maxShownCertificates = 200

// certificateWordsSQL is what the words of a search are looked for in, as the
// index certificates_words has it.
const certificateWordsSQL = "lower(subject || ' ' || issuer || ' ' || names::text)"

const saveCertificateSQL = `
INSERT INTO certificates (sha256, subject, issuer, names, not_before, not_after, key_type, key_bits, self_signed)
VALUES (@sha256, @subject, @issuer, @names, @before, @after, @type, @bits, @self) ON CONFLICT DO NOTHING`

const saveSightingSQL = `
INSERT INTO certificate_sightings (asset_id, address, port, transport, sha256, not_after, first_seen, last_seen)
VALUES (@asset, @addr, @port, @transport, @sha256, @after, @at, @at)
ON CONFLICT (asset_id, address, port, transport, sha256) DO UPDATE
	SET last_seen = greatest(certificate_sightings.last_seen, excluded.last_seen), gone_at = NULL`

// endSightingsSQL ends the sightings of services that are there no more, and
// those in whose place another was seen since.
const endSightingsSQL = `
UPDATE certificate_sightings s SET gone_at = @at
WHERE s.asset_id = ANY(@assets) AND s.gone_at IS NULL AND (
	NOT EXISTS (SELECT 1 FROM services v WHERE v.asset_id = s.asset_id AND v.address = s.address
		AND v.port = s.port AND v.transport = s.transport)
	OR EXISTS (SELECT 1 FROM certificate_sightings o WHERE o.asset_id = s.asset_id AND o.address = s.address
		AND o.port = s.port AND o.transport = s.transport AND (o.last_seen, o.num) > (s.last_seen, s.num)))`

// storeCertificates keeps the certificates that a task saw. It comes after the
// services were stored.
func storeCertificates(tx *gorm.DB, in inventory.JudgeInput, task taskRow) error {
	for _, o := range in.Seen.Observations {
		if o.Service == nil || o.Service.Certificate == nil {
			continue
		}
		c := *o.Service.Certificate
		err := execAll(tx, map[string]any{
			"sha256": c.SHA256, "subject": c.Subject, "issuer": c.Issuer, "names": list[string](c.Names), "before": c.NotBefore,
			"after": c.NotAfter, "type": c.KeyType, "bits": c.KeyBits, "self": c.SelfSigned,
			"asset": o.Asset, "addr": addr(o.Addr), "port": o.Port, "transport": o.Transport, "at": o.At,
		}, saveCertificateSQL, saveSightingSQL)
		if err != nil {
			return err
		}
	}
	return tx.Exec(endSightingsSQL, map[string]any{"assets": words(assetsIn(task)), "at": in.At}).Error
}

type sightingRow struct {
	Num        int64
	SHA256     string `gorm:"column:sha256"`
	Subject    string
	Issuer     string
	Names      list[string]
	NotBefore  time.Time
	NotAfter   time.Time
	KeyType    string
	KeyBits    int
	SelfSigned bool
	AssetID    string
	What       string
	OrgID      string
	OrgName    string
	Address    addr
	Port       uint16
	Transport  inventory.Transport
	FirstSeen  time.Time
	LastSeen   time.Time
	GoneAt     *time.Time
	SortKey    string
}

func (r sightingRow) number() int64   { return r.Num }
func (r sightingRow) sortKey() string { return r.SortKey }

func (r sightingRow) sighting() inventory.SeenCertificate {
	return inventory.SeenCertificate{
		Certificate: inventory.Certificate{
			SHA256: r.SHA256, Subject: r.Subject, Issuer: r.Issuer, Names: r.Names, NotBefore: r.NotBefore.UTC(), NotAfter: r.NotAfter.UTC(),
			KeyType: r.KeyType, KeyBits: r.KeyBits, SelfSigned: r.SelfSigned,
		},
		Org: inventory.OrganizationID(r.OrgID), OrgName: r.OrgName, Asset: inventory.AssetID(r.AssetID), What: r.What,
		Addr: netip.Addr(r.Address), Port: r.Port, Transport: r.Transport,
		FirstSeen: r.FirstSeen.UTC(), LastSeen: r.LastSeen.UTC(), GoneAt: utc(r.GoneAt),
	}
}

// sightings is a query of certificates, where each was seen, and whose that is.
func sightings(tx *gorm.DB) *gorm.DB {
	return tx.Table("certificate_sightings s").
		Select(`s.*, c.subject, c.issuer, c.names, c.not_before, c.key_type, c.key_bits, c.self_signed,
			a.address AS what, a.org_id, o.name AS org_name, s.not_after::text AS sort_key`).
		Joins("JOIN certificates c ON c.sha256 = s.sha256 JOIN assets a ON a.id = s.asset_id JOIN organizations o ON o.id = a.org_id")
}

// Certificates lists what services show now, the next to end first.
func (s *Store) Certificates(ctx context.Context, f inventory.CertificateFilter, p inventory.Page) ([]inventory.SeenCertificate, string, error) {
	var rows []sightingRow
	var next string
	err := s.adHoc(ctx, func(tx *gorm.DB) error {
		q := sightings(tx).Where("s.gone_at IS NULL AND a.retired_at IS NULL")
		q = given(q, "s.asset_id = ANY(ARRAY(SELECT id FROM assets WHERE org_id = ? AND retired_at IS NULL))", f.Org)
		q = given(q, "s.asset_id = ?", f.Asset)
		if !f.Until.IsZero() {
			q = q.Where("s.not_after < ?", f.Until)
		}
		if f.Self {
			q = q.Where("c.self_signed")
		}
		if f.Text != "" {
			hashes, err := certificatesNamed(tx, f.Text)
			if err != nil {
				return err
			}
			q = q.Where("s.sha256 = ANY(?)", array(hashes))
		}
		var err error
		rows, next, err = sortedPage[sightingRow](q, sorting{name: "certificates", column: "s.not_after", number: "s.num", kind: "timestamptz"}, p)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list certificates: %w", err)
	}
	return mapped(rows, sightingRow.sighting), next, nil
}

// certificatesNamed finds certificates by a fingerprint or its beginning, or by
// words of their names, subject and issuer.
func certificatesNamed(tx *gorm.DB, text string) ([]string, error) {
	q := tx.Session(&gorm.Session{NewDB: true}).Table("certificates")
	if hash, ok := inventory.ParseFingerprint(text); ok {
		q = q.Where("sha256 LIKE ?", hash+"%")
	} else {
		for word := range strings.FieldsSeq(strings.ToLower(text)) {
			q = q.Where(certificateWordsSQL+" LIKE ?", "%"+likeEscape(word)+"%")
		}
	}
	var out []string
	if err := q.Limit(mostCertificates+1).Pluck("sha256", &out).Error; err != nil {
		return nil, fmt.Errorf("look up certificates: %w", err)
	}
	if len(out) > mostCertificates {
		return nil, &inventory.InputError{Field: "q", Value: text, Message: "too many certificates are called that", Hint: "give more of the name, or the fingerprint"}
	}
	return out, nil
}

// assetCertificates reads those of an asset's page.
func assetCertificates(tx *gorm.DB, id inventory.AssetID) ([]inventory.SeenCertificate, error) {
	var rows []sightingRow
	err := sightings(tx).Where("s.asset_id = ?", id).
		Order("s.gone_at DESC NULLS FIRST, s.not_after, s.num").Limit(maxShownCertificates).Find(&rows).Error
	return mapped(rows, sightingRow.sighting), err
}
