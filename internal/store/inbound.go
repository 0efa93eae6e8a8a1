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
)

type inboundRow struct {
	Num         int64  `gorm:"->;default:(-)"`
	ID          string `gorm:"primaryKey;->;default:(-)"`
	TeamID      string
	SourceID    *exchange.SourceID
	Channel     string
	ReceivedAt  time.Time
	Name        string
	MediaType   string
	SHA256      string `gorm:"column:sha256"`
	Size        int64
	Signature   string
	SignedBy    string
	Problems    list[exchange.Problem] `gorm:"type:jsonb"`
	State       string
	Reason      string
	DecidedBy   string
	DecidedAt   *time.Time
	AgreementID *exchange.AgreementID
	Namespace   string
	TrackingID  string
	Version     string
	Document    document[exchange.Document] `gorm:"type:jsonb"`
	Duplicates  *exchange.InboundID
	Supersedes  *exchange.InboundID
	MatchedAt   *time.Time
}

func (inboundRow) TableName() string { return "inbounds" }

func (r inboundRow) number() int64 { return r.Num }

func (r inboundRow) inbound() exchange.Inbound {
	return exchange.Inbound{
		ID: exchange.InboundID(r.ID), Team: exchange.TeamID(r.TeamID), Source: value(r.SourceID), Channel: exchange.Channel(r.Channel),
		ReceivedAt: r.ReceivedAt.UTC(), Name: r.Name, MediaType: r.MediaType, SHA256: r.SHA256, Size: r.Size,
		Signature: exchange.SignatureResult(r.Signature), SignedBy: r.SignedBy, Problems: r.Problems, State: exchange.InboundState(r.State),
		Reason: r.Reason, DecidedBy: r.DecidedBy, DecidedAt: utc(r.DecidedAt), Agreement: value(r.AgreementID), Document: r.Document.V,
		Duplicates: value(r.Duplicates), Supersedes: value(r.Supersedes), MatchedAt: utc(r.MatchedAt),
	}
}

func inboundRowOf(in exchange.Inbound) inboundRow {
	return inboundRow{
		ID: string(in.ID), TeamID: string(in.Team), SourceID: optional(in.Source), Channel: string(in.Channel), ReceivedAt: in.ReceivedAt,
		Name: in.Name, MediaType: in.MediaType, SHA256: in.SHA256, Size: in.Size, Signature: string(in.Signature), SignedBy: in.SignedBy,
		Problems: in.Problems, State: string(in.State), Reason: in.Reason, DecidedBy: in.DecidedBy, DecidedAt: in.DecidedAt,
		AgreementID: optional(in.Agreement), Namespace: in.Document.Namespace, TrackingID: in.Document.TrackingID,
		Version: in.Document.Version, Document: document[exchange.Document]{in.Document},
		Duplicates: optional(in.Duplicates), Supersedes: optional(in.Supersedes),
	}
}

// byRule is who decides when no person does.
const byRule = "rule"

// KeepInbound keeps a document as it arrived, with its raw bytes, in the state
// that its examination gave it, or a less trusting one:
//
//   - The same bytes, or the same revision, from the same team are a duplicate
//     of the first, over whatever channel; what was refused or not decided is
//     no reason to overlook one with another signature. Nothing is stored for
//     the same bytes over the same channel, and the result has no ID.
//   - A tracking id that another team's accepted document has, and a revision
//     that is not newer than the accepted one, are rejected.
//
// One that is accepted supersedes the accepted revision before it, and is
// matched by a job; a withdrawal ends its chain instead, as acceptance says.
func (s *Store) KeepInbound(ctx context.Context, in exchange.Inbound, raw []byte) (exchange.Inbound, error) {
	var kept exchange.Inbound
	entry := audit.Entry{Actor: cmp.Or(in.BroughtBy, "inbox"), Act: "inbound.receive"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		var err error
		kept, err = s.keepInbound(ctx, tx, in, raw)
		entry.Object = string(cmp.Or(kept.ID, kept.Duplicates))
		entry.Detail = inboundDetail(kept)
		return err
	})
	if err != nil {
		return exchange.Inbound{}, fmt.Errorf("keep %s from team %s: %w", in.Name, in.Team, err)
	}
	return kept, nil
}

// RefusedFile notes that somebody brought a file that could not be opened: of
// nobody who is known, changed on its way, or harmful. It is not kept.
func (s *Store) RefusedFile(ctx context.Context, who, name, why string) error {
	entry := audit.Entry{Actor: who, Act: "inbound.refuse", Object: name, Detail: map[string]any{"reason": why}}
	if err := s.tx(ctx, entry, func(*gorm.DB, *audit.Entry) error { return nil }); err != nil {
		return fmt.Errorf("note that %s was refused: %w", name, err)
	}
	return nil
}

// sameMatter is the document that in was judged to repeat in other bytes, such
// as those of another format; "" when it was not.
func sameMatter(in exchange.Inbound) exchange.InboundID {
	if in.State == exchange.InboundDuplicate {
		return in.Duplicates
	}
	return ""
}

func inboundDetail(in exchange.Inbound) map[string]any {
	return map[string]any{
		"team": in.Team, "channel": in.Channel, "name": in.Name, "sha256": in.SHA256, "signature": in.Signature, "state": in.State,
		"reason": in.Reason, "document": originName(in), "version": in.Document.Version, "decided_by": in.DecidedBy,
	}
}

func (s *Store) keepInbound(ctx context.Context, tx *gorm.DB, in exchange.Inbound, raw []byte) (exchange.Inbound, error) {
	now := s.now()
	in.ID, in.Duplicates, in.Supersedes = "", sameMatter(in), ""
	if in.ReceivedAt.IsZero() {
		in.ReceivedAt = now
	}
	var err error
	if in.SHA256, err = keepDocument(tx, raw, now); err != nil {
		return in, err
	}
	in.Size = int64(len(raw))
	if err := lockChain(tx, in); err != nil {
		return in, err
	}
	if again, err := sameBytes(tx, &in); err != nil || again {
		return in, err
	}
	if err := settle(tx, &in, now); err != nil {
		return in, err
	}
	row := inboundRowOf(in)
	if err := tx.Create(&row).Error; err != nil {
		return in, err
	}
	in = row.inbound()
	return in, s.follow(ctx, tx, in)
}

// lockChain lets those who bring documents of one team, or of one chain, take
// turns.
func lockChain(tx *gorm.DB, in exchange.Inbound) error {
	keys := []string{"team " + string(in.Team)}
	if in.Document.TrackingID != "" {
		keys = append(keys, "chain "+originName(in))
	}
	return tx.Exec(`
		SELECT pg_advisory_xact_lock(key)
		FROM (SELECT hashtextextended(id, 2) AS key FROM unnest(?::text[]) AS id ORDER BY 1) AS ordered`, array(keys)).Error
}

// ExaminedInbound stores what was found in a post that TAXIIReceive kept
// unread: everything but where it came from, judged as KeepInbound does. One
// that was examined already is inventory.ErrConflict.
func (s *Store) ExaminedInbound(ctx context.Context, in exchange.Inbound) (exchange.Inbound, error) {
	entry := audit.Entry{Actor: "inbox", Act: "inbound.examine", Object: string(in.ID)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := lockChain(tx, in); err != nil {
			return err
		}
		row, err := lockInbound(tx, in.ID)
		if err != nil {
			return err
		}
		was := row.inbound()
		if was.State != exchange.InboundQuarantined || was.Document.Format != "" {
			return fmt.Errorf("it was read already: %w", inventory.ErrConflict)
		}
		in.Team, in.Source, in.Channel, in.ReceivedAt = was.Team, was.Source, was.Channel, was.ReceivedAt
		in.SHA256, in.Size, in.Duplicates, in.Supersedes = was.SHA256, was.Size, sameMatter(in), ""
		if err := settle(tx, &in, s.now()); err != nil {
			return err
		}
		entry.Detail = inboundDetail(in)
		changed := inboundRowOf(in)
		if err := tx.Select("*").Where("id = ?", in.ID).Updates(&changed).Error; err != nil {
			return err
		}
		return s.follow(ctx, tx, in)
	})
	if err != nil {
		return exchange.Inbound{}, fmt.Errorf("note what is in %s: %w", in.ID, err)
	}
	return in, nil
}

func lockInbound(tx *gorm.DB, id exchange.InboundID) (inboundRow, error) {
	return one[inboundRow](tx.Raw("SELECT * FROM inbounds WHERE id = ? FOR UPDATE", id), "received document", id)
}

// DecideInbound accepts or rejects, with a reason, what is in quarantine. What
// has a fatal problem stays out whatever a person says: inventory.ErrForbidden.
// One that is decided, or whose chain has moved on, is inventory.ErrConflict.
func (s *Store) DecideInbound(ctx context.Context, who string, id exchange.InboundID, yes bool, reason string) (exchange.Inbound, error) {
	if err := needReason(reason); err != nil {
		return exchange.Inbound{}, err
	}
	var in exchange.Inbound
	entry := audit.Entry{Actor: who, Act: "inbound.reject", Object: string(id)}
	if yes {
		entry.Act = "inbound.accept"
	}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		found, err := one[inboundRow](tx.Where("id = ?", id), "received document", id)
		if err != nil {
			return err
		}
		// The chain first, as those do who bring new documents.
		if err := lockChain(tx, found.inbound()); err != nil {
			return err
		}
		row, err := lockInbound(tx, id)
		if err != nil {
			return err
		}
		if in, err = s.decided(tx, row.inbound(), who, yes, reason); err != nil {
			return err
		}
		entry.Detail = inboundDetail(in)
		changed := inboundRowOf(in)
		if err := tx.Select("*").Where("id = ?", id).Updates(&changed).Error; err != nil {
			return err
		}
		if !yes {
			return s.enqueueAnswer(ctx, tx, id)
		}
		return s.follow(ctx, tx, in)
	})
	if err != nil {
		return exchange.Inbound{}, fmt.Errorf("decide on %s: %w", id, err)
	}
	return in, nil
}

func (s *Store) decided(tx *gorm.DB, in exchange.Inbound, who string, yes bool, reason string) (exchange.Inbound, error) {
	now := s.now()
	if in.State != exchange.InboundQuarantined {
		return in, fmt.Errorf("it is %s: %w", in.State, inventory.ErrConflict)
	}
	in.DecidedBy, in.DecidedAt, in.Reason, in.State = who, &now, reason, exchange.InboundRejected
	if !yes {
		return in, nil
	}
	if i := slices.IndexFunc(in.Problems, func(p exchange.Problem) bool { return p.Fatal }); i >= 0 {
		return in, fmt.Errorf("%s: %s keeps it out: %w", in.Problems[i].Code, in.Problems[i].What, inventory.ErrForbidden)
	}
	if in.Document.Format == "" {
		return in, fmt.Errorf("it was not read yet: %w", inventory.ErrConflict)
	}
	in.State = exchange.InboundAccepted
	if err := settle(tx, &in, now); err != nil {
		return in, err
	}
	if in.State == exchange.InboundRejected || in.State == exchange.InboundDuplicate {
		return in, fmt.Errorf("%s: %w", in.Reason, inventory.ErrConflict)
	}
	return in, nil
}
