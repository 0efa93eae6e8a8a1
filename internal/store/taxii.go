package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// inboxName is the collection that a team writes into. Those that it reads
// are named by the label of what is in them.
const inboxName = "inbox"

// collectionSpace is the namespace of our collections' ids, which are made
// from the team and the name, so that they are the same for life.
var collectionSpace = uuid.MustParse("3f6b3a52-6d0c-5b8e-9d57-0a4d7c1e8b21")

func collectionID(team exchange.TeamID, name string) string {
	return uuid.NewSHA1(collectionSpace, []byte(string(team)+"/"+name)).String()
}

// TAXIICollections lists the collections that a caller may know of: the one
// for everybody, and for a confirmed team its inbox and, while an agreement
// with it is active and lets it read here, one for each label up to the
// agreement's ceiling.
func (s *Store) TAXIICollections(ctx context.Context, who exchange.Caller) ([]exchange.TAXIICollection, error) {
	all, err := s.collections(s.read(ctx), who)
	if err != nil {
		return nil, fmt.Errorf("list TAXII collections: %w", fault(err))
	}
	return all, nil
}

func (s *Store) collections(tx *gorm.DB, who exchange.Caller) ([]exchange.TAXIICollection, error) {
	out := []exchange.TAXIICollection{{
		ID: collectionID("", string(advisory.Clear)), Alias: "public", Title: "Advisories for everybody",
		Description: "TLP:CLEAR", CanRead: true,
	}}
	if who.Team == "" {
		return out, nil
	}
	var confirmed int
	if err := tx.Raw("SELECT count(*) FROM teams WHERE id = ? AND state = 'confirmed'", who.Team).Scan(&confirmed).Error; err != nil || confirmed == 0 {
		return out, err
	}
	g, err := activeAgreement(tx, who.Team, s.now())
	if err != nil {
		return nil, err
	}
	if g != nil && slices.Contains(g.Give.Channels, exchange.ChannelTAXII) {
		for _, label := range advisory.TLPs() {
			out = append(out, exchange.TAXIICollection{
				ID: collectionID(who.Team, string(label)), Alias: "advisories-" + strings.ReplaceAll(string(label), "+", "-"),
				Title: "Advisories " + label.String(), Description: "What was released to you under " + g.Reference + ".", CanRead: true,
			})
			if label == g.Give.Ceiling {
				break
			}
		}
	}
	return append(out, exchange.TAXIICollection{
		ID: collectionID(who.Team, inboxName), Alias: inboxName, Title: "Inbox",
		Description: "For advisories, acknowledgements and sightings. People look at them.", CanWrite: true,
	}), nil
}

type objectRow struct {
	Num          int64 `gorm:"primaryKey;->;default:(-)"`
	CollectionID string
	ReleaseID    string
	AgreementID  *exchange.AgreementID
	ObjectID     string
	Type         string
	Modified     *time.Time
	SpecVersion  string
	Raw          []byte
	DateAdded    time.Time
}

func (objectRow) TableName() string { return "taxii_objects" }

func (r objectRow) record(bare bool) exchange.TAXIIRecord {
	if bare {
		r.Raw = nil
	}
	return exchange.TAXIIRecord{
		TAXIIObject: exchange.TAXIIObject{ID: r.ObjectID, Type: r.Type, Modified: orZero(r.Modified), SpecVersion: r.SpecVersion, Raw: r.Raw},
		DateAdded:   r.DateAdded.UTC(), Release: exchange.ReleaseID(r.ReleaseID),
	}
}

// addObjects puts a release's objects into the collection of its audience and
// label, and a withdrawal into each in which that audience found the advisory:
// an earlier revision may have had another label.
func (s *Store) addObjects(tx *gorm.DB, row releaseRow, objects []exchange.TAXIIObject) error {
	if row.Referral || !slices.Contains(row.Channels, exchange.ChannelTAXII) || len(objects) == 0 {
		return nil
	}
	labels := []string{row.TLP}
	if row.Withdrawal {
		err := tx.Raw(`
			SELECT DISTINCT tlp FROM releases
			WHERE advisory_id = ? AND team_id IS NOT DISTINCT FROM ? AND state = 'released' AND NOT referral AND channels @> ?
			UNION SELECT ? ORDER BY tlp`, row.AdvisoryID, row.TeamID, list[exchange.Channel]{exchange.ChannelTAXII}, row.TLP).Scan(&labels).Error
		if err != nil {
			return err
		}
	}
	for _, label := range labels {
		if err := s.addTo(tx, label, row, objects); err != nil {
			return err
		}
	}
	return nil
}

// addTo puts objects into one collection, each at a microsecond of its own.
// Versions that are there already, by the same right, are left as they are.
func (s *Store) addTo(tx *gorm.DB, label string, row releaseRow, objects []exchange.TAXIIObject) error {
	id := collectionID(value(row.TeamID), label)
	const register = "INSERT INTO taxii_collections (id, team_id, name, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
	if err := tx.Exec(register, id, row.TeamID, label, s.now()).Error; err != nil {
		return err
	}
	var last *time.Time
	if err := tx.Raw("SELECT last_added FROM taxii_collections WHERE id = ? FOR UPDATE", id).Row().Scan(&last); err != nil {
		return err
	}
	at := s.now()
	if last != nil && !at.After(*last) {
		at = last.UTC().Add(time.Microsecond)
	}
	rows := make([]objectRow, len(objects))
	for i, o := range objects {
		rows[i] = objectRow{
			CollectionID: id, ReleaseID: row.ID, AgreementID: row.AgreementID, ObjectID: o.ID, Type: o.Type, Modified: orNull(o.Modified),
			SpecVersion: o.SpecVersion, Raw: o.Raw, DateAdded: at.Add(time.Duration(i) * time.Microsecond),
		}
	}
	version := []clause.Column{{Name: "collection_id"}, {Name: "agreement_id"}, {Name: "object_id"}, {Name: "modified"}}
	if err := tx.Clauses(clause.OnConflict{Columns: version, DoNothing: true}).CreateInBatches(&rows, 500).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE taxii_collections SET last_added = ? WHERE id = ?", rows[len(rows)-1].DateAdded, id).Error
}

// objectsSQL selects versions of objects as exchange.TAXIIQuery says, of those
// that the caller may read now. First and last are judged among all of them.
const objectsSQL = `
WITH readable AS (
	SELECT o.*, coalesce(o.modified, o.date_added) AS version
	FROM taxii_objects o JOIN taxii_collections c ON c.id = o.collection_id
	LEFT JOIN agreements g ON g.id = o.agreement_id
	WHERE o.collection_id = @collection AND (o.agreement_id IS NULL OR ` + activeSQL + `)
), ranked AS (
	SELECT *, min(version) OVER (PARTITION BY object_id) AS first, max(version) OVER (PARTITION BY object_id) AS last FROM readable
)
SELECT release_id, object_id, type, modified, spec_version, date_added %s FROM ranked
WHERE date_added > @after
	AND (cardinality(CAST(@ids AS text[])) = 0 OR object_id = ANY(@ids))
	AND (cardinality(CAST(@types AS text[])) = 0 OR type = ANY(@types))
	AND (cardinality(CAST(@specs AS text[])) = 0 OR spec_version = ANY(@specs))
	AND (@every OR @first AND version = first OR @last AND version = last OR version = ANY(CAST(@at AS timestamptz[])))
ORDER BY date_added LIMIT @n`

// TAXIIObjects reads a page of a collection. One that the caller may not know
// of, or may no more, is inventory.ErrNotFound; its inbox, which it cannot
// read, inventory.ErrForbidden.
func (s *Store) TAXIIObjects(ctx context.Context, who exchange.Caller, q exchange.TAXIIQuery) (exchange.TAXIIPage, error) {
	c, err := s.collection(s.read(ctx), who, q.Collection)
	if err != nil {
		return exchange.TAXIIPage{}, err
	}
	if !c.CanRead {
		return exchange.TAXIIPage{}, fmt.Errorf("collection %s is not for reading: %w", q.Collection, inventory.ErrForbidden)
	}
	raw, n := ", raw", maxObjects
	if q.Bare {
		raw = ""
	}
	if q.Limit > 0 {
		n = min(q.Limit, maxObjects)
	}
	v := q.Versions
	var rows []objectRow
	err = s.read(ctx).Raw(fmt.Sprintf(objectsSQL, raw), map[string]any{
		"collection": c.ID, "now": s.now(), "after": q.AddedAfter, "ids": array(q.IDs), "types": array(q.Types), "specs": array(q.SpecVersions),
		"every": v.All, "first": v.First, "last": v.Last || !v.All && !v.First && len(v.At) == 0, "at": array(v.At), "n": n + 1,
	}).Find(&rows).Error
	if err != nil {
		return exchange.TAXIIPage{}, fmt.Errorf("read TAXII collection %s: %w", q.Collection, fault(err))
	}
	page := exchange.TAXIIPage{More: len(rows) > n}
	for _, r := range rows[:min(len(rows), n)] {
		page.Records = append(page.Records, r.record(q.Bare))
	}
	return page, nil
}

// maxObjects bounds a page; who wants more asks for what was added after.
const maxObjects = 10_000

func (s *Store) collection(tx *gorm.DB, who exchange.Caller, id string) (exchange.TAXIICollection, error) {
	all, err := s.collections(tx, who)
	if err != nil {
		return exchange.TAXIICollection{}, fmt.Errorf("find TAXII collection: %w", fault(err))
	}
	for _, c := range all {
		if c.ID == id || c.Alias == id {
			return c, nil
		}
	}
	return exchange.TAXIICollection{}, missing("collection", id)
}

// TAXIIReceive keeps what a peer put into its inbox: the envelope as it came,
// in quarantine, and what the peer is told of it. A job will read it.
func (s *Store) TAXIIReceive(ctx context.Context, who exchange.Caller, p exchange.TAXIIPost) (exchange.TAXIIStatus, error) {
	c, err := s.collection(s.read(ctx), who, p.Collection)
	if err != nil {
		return exchange.TAXIIStatus{}, err
	}
	if !c.CanWrite {
		return exchange.TAXIIStatus{}, fmt.Errorf("collection %s is not for writing: %w", p.Collection, inventory.ErrForbidden)
	}
	if p.At.IsZero() {
		p.At = s.now()
	}
	status := exchange.TAXIIStatus{ID: uuid.NewString(), Complete: true, RequestedAt: p.At.UTC(), Failures: p.Refused}
	for _, o := range p.Objects {
		status.Successes = append(status.Successes, exchange.TAXIIStatusItem{ID: o.ID, Version: o.Modified})
	}
	err = s.work(ctx, func(tx *gorm.DB) error {
		if err := s.room(tx, who.Team, len(p.Raw)); err != nil {
			return err
		}
		if len(p.Objects) > 0 {
			in := exchange.Inbound{
				Team: who.Team, Channel: exchange.ChannelTAXII, ReceivedAt: p.At, Name: "taxii-" + status.ID + ".json",
				MediaType: "application/taxii+json;version=2.1", Signature: exchange.SignatureNone, State: exchange.InboundQuarantined,
				Reason: "posted by " + who.Credential + ", not read yet",
			}
			kept, err := s.keepInbound(ctx, tx, in, p.Raw)
			if err != nil {
				return err
			}
			if kept.State == exchange.InboundQuarantined {
				if err := s.enqueueMatch(ctx, tx, kept.ID); err != nil {
					return err
				}
			}
		}
		return tx.Exec("INSERT INTO taxii_statuses (id, team_id, status, created_at) VALUES (?, ?, ?, ?)",
			status.ID, who.Team, document[exchange.TAXIIStatus]{status}, s.now()).Error
	})
	if err != nil {
		return exchange.TAXIIStatus{}, fmt.Errorf("keep what %s posted: %w", who.Team, err)
	}
	return status, nil
}

// What one team may put into its inbox in a day. All of it is kept for good,
// so that without an end one peer, or a thief of its key, could fill the disk.
const (
	postsPerDay = 5000
	bytesPerDay = 512 << 20 // of envelopes, and of what we said to them
)

// room tells whether a team may post n bytes more. It makes posts of one team
// take turns.
func (s *Store) room(tx *gorm.DB, team exchange.TeamID, n int) error {
	if err := lockChain(tx, exchange.Inbound{Team: team}); err != nil {
		return err
	}
	var sum struct{ Posts, Bytes int64 }
	err := tx.Raw(`
		SELECT count(*) AS posts, coalesce(sum(pg_column_size(status)), 0) +
			(SELECT coalesce(sum(size), 0) FROM inbounds WHERE team_id = @team AND channel = @channel AND source_id IS NULL AND received_at > @since) AS bytes
		FROM taxii_statuses WHERE team_id = @team AND created_at > @since`,
		map[string]any{"team": team, "channel": exchange.ChannelTAXII, "since": s.now().Add(-24 * time.Hour)}).Scan(&sum).Error
	if err == nil && (sum.Posts >= postsPerDay || sum.Bytes+int64(n) > bytesPerDay) {
		err = fmt.Errorf("team %s has posted %d times, and %d bytes are kept of it, within a day: %w", team, sum.Posts, sum.Bytes, inventory.ErrUnavailable)
	}
	return err
}

// TAXIIStatus tells a peer what became of its post. Another's is
// inventory.ErrNotFound.
func (s *Store) TAXIIStatus(ctx context.Context, who exchange.Caller, id string) (exchange.TAXIIStatus, error) {
	row, err := one[struct {
		Status document[exchange.TAXIIStatus]
	}](s.read(ctx).Table("taxii_statuses").
		Select("status").Where("id = ? AND team_id = ?", id, who.Team), "status", id)
	return row.Status.V, err
}
