package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
)

// sameBytes marks in as a duplicate of the first that brought its bytes. True
// means that even the way is the same, and there is nothing to store.
func sameBytes(tx *gorm.DB, in *exchange.Inbound) (again bool, err error) {
	var rows []inboundRow
	err = tx.Where("team_id = ? AND sha256 = ? AND state <> 'duplicate'", in.Team, in.SHA256).Order("num").Find(&rows).Error
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(rows, func(r inboundRow) bool {
		undecided := r.State == string(exchange.InboundQuarantined) || r.State == string(exchange.InboundRejected)
		return !undecided || r.Signature == string(in.Signature)
	})
	if i < 0 {
		return false, nil
	}
	markDuplicate(in, rows[i], "the same bytes as "+rows[i].ID)
	var n int
	err = tx.Raw("SELECT count(*) FROM inbounds WHERE team_id = ? AND sha256 = ? AND channel = ?", in.Team, in.SHA256, in.Channel).Scan(&n).Error
	return n > 0, err
}

func markDuplicate(in *exchange.Inbound, first inboundRow, reason string) {
	in.State, in.Duplicates, in.Reason = exchange.InboundDuplicate, exchange.InboundID(first.ID), reason
	in.DecidedBy, in.DecidedAt = "", nil
}

// settle compares in with what is known of its chain.
func settle(tx *gorm.DB, in *exchange.Inbound, now time.Time) error {
	if in.State == exchange.InboundDuplicate {
		return nil
	}
	if in.State == exchange.InboundAccepted || in.State == exchange.InboundRejected {
		in.DecidedBy = cmp.Or(in.DecidedBy, byRule)
		if in.DecidedAt == nil {
			in.DecidedAt = &now
		}
	}
	if in.State == exchange.InboundRejected { // refused is refused, not a duplicate of what it clashes with
		return nil
	}
	chain, err := chainOf(tx, *in)
	if err != nil {
		return err
	}
	for _, r := range chain {
		switch known := r.inbound(); {
		case known.Team != in.Team:
			reject(in, now, exchange.Problem{
				Code: "tracking-id", Where: originName(*in), What: "is the id of a document of another team (" + r.ID + ")", Fatal: true,
			})
			return nil
		case known.Document.Version == in.Document.Version:
			markDuplicate(in, r, "the same revision as "+r.ID)
			return nil
		case exchange.CompareVersions(in.Document.Version, known.Document.Version) < 0:
			reject(in, now, exchange.Problem{
				Code: "version-backwards", Where: originName(*in), Fatal: true,
				What: fmt.Sprintf("is version %s, and %s was version %s", in.Document.Version, r.ID, known.Document.Version),
			})
			return nil
		}
	}
	if in.State == exchange.InboundAccepted {
		return accept(tx, in, chain, now)
	}
	return nil
}

// chainOf reads the accepted revisions of in's chain, whoever sent them.
func chainOf(tx *gorm.DB, in exchange.Inbound) ([]inboundRow, error) {
	if in.Document.TrackingID == "" {
		return nil, nil
	}
	var rows []inboundRow
	err := tx.Where("namespace = ? AND tracking_id = ? AND state IN ('accepted', 'superseded', 'withdrawn') AND id <> ?",
		in.Document.Namespace, in.Document.TrackingID, string(in.ID)).Order("num").Find(&rows).Error
	return rows, err
}

func reject(in *exchange.Inbound, now time.Time, p exchange.Problem) {
	in.Problems = append(slices.Clone(in.Problems), p)
	in.State, in.Reason, in.DecidedBy, in.DecidedAt = exchange.InboundRejected, p.Where+" "+p.What, byRule, &now
}

// accept makes in the revision in force. A withdrawal ends its chain, itself
// too, and leaves a word on the advisories that rest on it.
func accept(tx *gorm.DB, in *exchange.Inbound, chain []inboundRow, now time.Time) error {
	state := exchange.InboundSuperseded
	if in.Document.Withdrawn {
		state, in.State = exchange.InboundWithdrawn, exchange.InboundWithdrawn
	}
	for _, r := range chain {
		if r.State == string(exchange.InboundAccepted) {
			in.Supersedes = exchange.InboundID(r.ID)
		}
		if r.State == string(exchange.InboundAccepted) || in.Document.Withdrawn {
			if err := tx.Exec("UPDATE inbounds SET state = ? WHERE id = ?", state, r.ID).Error; err != nil {
				return err
			}
		}
	}
	if !in.Document.Withdrawn {
		return nil
	}
	told, err := noteWithdrawn(tx, *in, now)
	if err == nil && len(told) > 0 {
		in.Reason = fmt.Sprintf("%s; %d of our advisories rest on it: %v", cmp.Or(in.Reason, "withdrawn by its sender"), len(told), told)
	}
	return err
}

// follow enqueues what comes of a decision: what was accepted is matched, and
// its sender hears of it.
func (s *Store) follow(ctx context.Context, tx *gorm.DB, in exchange.Inbound) error {
	if in.State == exchange.InboundAccepted || in.State == exchange.InboundWithdrawn {
		if err := closeSame(tx, in); err != nil {
			return err
		}
	}
	if in.State == exchange.InboundAccepted {
		if err := s.enqueueMatch(ctx, tx, in.ID); err != nil {
			return err
		}
	}
	if in.State == exchange.InboundAccepted || in.State == exchange.InboundWithdrawn {
		return s.enqueueAnswer(ctx, tx, in.ID)
	}
	return nil
}

func (s *Store) enqueueMatch(ctx context.Context, tx *gorm.DB, id exchange.InboundID) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if err := s.enqueue.EnqueueMatch(ctx, t, id); err != nil {
		return fmt.Errorf("enqueue matching of %s: %w", id, err)
	}
	return nil
}

func (s *Store) enqueueAnswer(ctx context.Context, tx *gorm.DB, id exchange.InboundID) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if err := s.enqueue.EnqueueAnswer(ctx, t, id); err != nil {
		return fmt.Errorf("enqueue answering of %s: %w", id, err)
	}
	return nil
}

// closeSame takes what waits for a person only because it is unsigned, and is
// the same revision of the same team over another channel, off the list: the
// one that was accepted says it.
func closeSame(tx *gorm.DB, in exchange.Inbound) error {
	if in.Document.TrackingID == "" {
		return nil
	}
	return tx.Exec(`
		UPDATE inbounds SET state = 'duplicate', duplicates = @id, reason = 'the same revision as ' || @id
		WHERE team_id = @team AND namespace = @namespace AND tracking_id = @tracking AND version = @version
			AND state = 'quarantined' AND signature = 'none' AND id <> @id`, map[string]any{
		"id": in.ID, "team": in.Team, "namespace": in.Document.Namespace, "tracking": in.Document.TrackingID, "version": in.Document.Version,
	}).Error
}
