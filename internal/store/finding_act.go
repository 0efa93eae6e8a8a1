package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

// named is how many findings an audit record names; of more it has the count
// and the hash of the list.
const named = 100

// An actSQL is how one kind of act changes a row: what, which rows at all, and
// what the event says it was and is.
type actSQL struct{ set, where, kind, from, to string }

var actsSQL = map[inventory.ActKind]actSQL{
	inventory.ActWork:   {"work = @work", "f.work <> @work", "work", "f.work", "@work"},
	inventory.ActAssign: {"assignee = @assignee", "f.assignee <> @assignee", "assigned", "f.assignee", "@assignee"},
	inventory.ActWaive: {
		"waiver = @waiver, waiver_reason = @waiver_reason, waiver_by = @waiver_by, waiver_until = @waiver_until",
		"(f.waiver <> 'none' OR @waiver <> 'none')", "waived", "f.waiver", "@waiver",
	},
	inventory.ActRenew: {
		"waiver_reason = @waiver_reason, waiver_by = @waiver_by, waiver_until = @waiver_until", "f.waiver <> 'none'", "waived", "f.waiver", "f.waiver",
	},
	inventory.ActTag: {
		"tags = f.tags || to_jsonb(CAST(@tag AS text))", "NOT f.tags @> to_jsonb(CAST(@tag AS text)) AND jsonb_array_length(f.tags) < 20",
		"tagged", "''", "@tag",
	},
	inventory.ActUntag:  {"tags = f.tags - CAST(@tag AS text)", "f.tags @> to_jsonb(CAST(@tag AS text))", "tagged", "@tag", "''"},
	inventory.ActNotice: {"work = 'notified'", "true", "noticed", "f.work", "'notified'"},
	inventory.ActAdvise: {
		"version = f.version", "NOT EXISTS (SELECT 1 FROM advisory_findings x WHERE x.advisory_id = @advisory AND x.finding_id = f.id)",
		"advised", "''", "@advisory",
	},
}

// ActOnFindings does one thing to the findings that are chosen, all or none of
// them, and remembers how they were. What would not change stays as it is.
// More than inventory.MostAtOnce are refused.
func (s *Store) ActOnFindings(ctx context.Context, who string, chosen inventory.Chosen, act inventory.FindingDeed) (inventory.Acted, error) {
	now := s.now()
	if err := act.Check(now); err != nil {
		return inventory.Acted{}, err
	}
	out := inventory.Acted{Until: now.Add(inventory.UndoWithin)}
	entry := audit.Entry{Actor: who, Act: auditAct(chosen, act)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		ids, err := s.choose(tx, chosen, now)
		if err != nil {
			return err
		}
		if err := checkSubject(tx, who, act); err != nil {
			return err
		}
		return s.act(tx, entry, ids, act, &out)
	})
	if err != nil {
		return inventory.Acted{}, fmt.Errorf("%s findings: %w", act.Kind, err)
	}
	return out, nil
}

func auditAct(chosen inventory.Chosen, act inventory.FindingDeed) string {
	if chosen.All || len(chosen.IDs) != 1 {
		return "finding.bulk"
	}
	return "finding." + string(act.Kind)
}

// choose locks the findings that are chosen, in the order in which judging
// locks them.
func (s *Store) choose(tx *gorm.DB, chosen inventory.Chosen, now time.Time) ([]string, error) {
	var rows []struct {
		ID      string
		Version int64
	}
	q := tx.Table("findings f").Where("f.id = ANY(?)", words(chosen.IDs))
	if chosen.All {
		if err := tx.Exec("SET LOCAL plan_cache_mode = force_custom_plan").Error; err != nil {
			return nil, err
		}
		var err error
		if q, err = selectFindings(tx, chosen.Filter, now); err != nil {
			return nil, err
		}
	} else if chosen.Filter.Org != "" {
		q = q.Where("f.org_id = ?", chosen.Filter.Org)
	}
	err := tx.Raw("? FOR UPDATE OF f", q.Select("f.id, f.version").Order("f.num").Limit(inventory.MostAtOnce+1)).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	switch {
	case len(rows) > inventory.MostAtOnce:
		return nil, &inventory.InputError{
			Field: "ids", Message: fmt.Sprintf("more than %d findings match", inventory.MostAtOnce),
			Hint: "narrow the filter, and do it in parts",
		}
	case len(rows) == 0 && len(chosen.IDs) == 1:
		return nil, missing("finding", chosen.IDs[0])
	case len(rows) == 0:
		return nil, &inventory.InputError{Field: "ids", Message: "no finding is chosen", Hint: "select some, or all that match"}
	case len(chosen.IDs) == 1 && chosen.Version != 0 && chosen.Version != rows[0].Version:
		return nil, fmt.Errorf("finding %s: %w", rows[0].ID, inventory.ErrStale)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, nil
}

// checkSubject refuses whom or what an act names, but there is none of.
func checkSubject(tx *gorm.DB, who string, act inventory.FindingDeed) error {
	var n int
	switch {
	case act.Kind == inventory.ActAssign && act.Assignee != "" && act.Assignee != who:
		err := tx.Raw("SELECT count(*) FROM accounts WHERE name = ? AND org_id IS NULL AND disabled_at IS NULL", act.Assignee).Scan(&n).Error
		if err == nil && n == 0 {
			err = &inventory.InputError{
				Field: "assignee", Value: act.Assignee, Message: "nobody of the CERT has this name",
				Hint: "use the name with which somebody signs in, or leave it empty",
			}
		}
		return err
	case act.Kind == inventory.ActAdvise:
		err := tx.Raw("SELECT count(*) FROM advisories WHERE id = ? AND state = 'draft'", act.Advisory).Scan(&n).Error
		if err == nil && n == 0 {
			err = &inventory.InputError{
				Field: "advisory", Value: act.Advisory, Message: "not a draft", Hint: "name an advisory that is a draft, such as ADV-3",
			}
		}
		return err
	}
	return nil
}

// act changes rows that are locked.
func (s *Store) act(tx *gorm.DB, entry *audit.Entry, ids []string, act inventory.FindingDeed, out *inventory.Acted) error {
	how, now := actsSQL[act.Kind], s.now()
	args := map[string]any{
		"ids": array(ids), "who": entry.Actor, "now": now, "until": out.Until, "act": string(act.Kind), "reason": act.Reason,
		"work": act.Work, "assignee": act.Assignee, "tag": act.Tag, "advisory": act.Advisory, "text": act.Text,
		"waiver": act.Waiver.Kind, "waiver_reason": act.Waiver.Reason, "waiver_by": entry.Actor, "waiver_until": orNull(act.Waiver.Until),
	}
	switch {
	case act.Kind == inventory.ActWaive && act.Waiver.Kind == inventory.WaiverNone:
		args["waiver_reason"], args["waiver_by"], args["waiver_until"] = "", "", nil
		args["reason"] = act.Waiver.Reason
	case act.Kind == inventory.ActWaive, act.Kind == inventory.ActRenew:
		args["reason"] = act.Waiver.Reason
	case act.Kind == inventory.ActNotice:
		args["reason"] = firstLine(act.Text)
	}
	err := tx.Raw(`
		INSERT INTO finding_bulks (actor, at, until_at, act, subject, rows) VALUES (@who, @now, @until, @act, @advisory, 0) RETURNING id`,
		args).Scan(&out.ID).Error
	if err != nil {
		return err
	}
	args["bulk"] = out.ID
	kept := tx.Exec(`
		INSERT INTO finding_bulk_rows (bulk_id, finding_id, version, work, waiver, waiver_reason, waiver_by, waiver_until, assignee, tags)
		SELECT @bulk, f.id, f.version + 1, f.work, f.waiver, f.waiver_reason, f.waiver_by, f.waiver_until, f.assignee, f.tags
		FROM findings f WHERE f.id = ANY(@ids) AND `+how.where, args)
	if kept.Error != nil {
		return kept.Error
	}
	out.Changed = int(kept.RowsAffected)
	args["rows"] = out.Changed
	const these = "f.id IN (SELECT finding_id FROM finding_bulk_rows WHERE bulk_id = @bulk)"
	statements := []string{
		"UPDATE finding_bulks SET rows = @rows WHERE id = @bulk",
		`INSERT INTO finding_events (finding_id, at, actor, kind, from_value, to_value, reason, task_id, evidence_id)
		SELECT f.id, CAST(@now AS timestamptz), @who, '` + how.kind + `', ` + how.from + `, ` + how.to + `, @reason, '', ''
		FROM findings f WHERE ` + these + ` ORDER BY f.num`,
	}
	switch act.Kind {
	case inventory.ActNotice:
		statements = append(statements, `
			INSERT INTO finding_comments (finding_id, org_id, at, author, operator, shared, body, bulk_id)
			SELECT f.id, f.org_id, CAST(@now AS timestamptz), @who, false, true, @text, @bulk FROM findings f WHERE `+these)
	case inventory.ActAdvise:
		statements = append(statements, `
			INSERT INTO advisory_findings (advisory_id, finding_id, added_by, added_at)
			SELECT @advisory, f.id, @who, CAST(@now AS timestamptz) FROM findings f WHERE `+these)
	default: // the others change the finding itself
	}
	set := how.set + ", version = f.version + 1"
	if act.Kind == inventory.ActAdvise {
		set = "version = f.version + 1"
	}
	statements = append(statements, "UPDATE findings f SET "+set+" WHERE "+these,
		"DELETE FROM finding_bulks WHERE until_at < CAST(@now AS timestamptz) - interval '1 day'") // nobody undoes them any more
	note(entry, out, ids, act)
	return execAll(tx, args, statements...)
}

// note completes the audit entry of an act.
func note(entry *audit.Entry, out *inventory.Acted, ids []string, act inventory.FindingDeed) {
	detail := map[string]any{"act": act.Kind, "changed": out.Changed, "chosen": len(ids)}
	for key, v := range map[string]string{
		"assignee": act.Assignee, "work": string(act.Work), "waiver": string(act.Waiver.Kind), "tag": act.Tag,
		"advisory": act.Advisory, "reason": act.Reason + act.Waiver.Reason, "text": act.Text,
	} {
		if v != "" {
			detail[key] = v
		}
	}
	if !act.Waiver.Until.IsZero() {
		detail["until"] = act.Waiver.Until
	}
	entry.Object = string(out.ID)
	switch {
	case strings.HasPrefix(entry.Act, "finding.bulk") && len(ids) > named:
		sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
		detail["ids_sha256"] = hex.EncodeToString(sum[:])
	case strings.HasPrefix(entry.Act, "finding.bulk"):
		detail["ids"] = ids
	default:
		entry.Object = ids[0]
	}
	entry.Detail = detail
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	if r := []rune(line); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return line
}

// undoable is how an act's event is written when it is undone.
var undoable = map[inventory.ActKind]struct{ kind, from, to string }{
	inventory.ActWork:   {"work", "f.work", "r.work"},
	inventory.ActNotice: {"work", "f.work", "r.work"},
	inventory.ActAssign: {"assigned", "f.assignee", "r.assignee"},
	inventory.ActWaive:  {"waived", "f.waiver", "r.waiver"},
	inventory.ActRenew:  {"waived", "f.waiver", "r.waiver"},
	inventory.ActTag:    {"tagged", "f.tags::text", "r.tags::text"},
	inventory.ActUntag:  {"tagged", "f.tags::text", "r.tags::text"},
	inventory.ActAdvise: {"advised", "CAST(@subject AS text)", "''"},
}

// UndoAct puts back what an act changed, where nobody changed it since: for
// whoever did it, once, and for ten minutes. What operators were told they may
// have read: it is marked as withdrawn.
func (s *Store) UndoAct(ctx context.Context, who string, id inventory.BulkID) (inventory.FindingUndone, error) {
	var out inventory.FindingUndone
	entry := audit.Entry{Actor: who, Act: "finding.undo", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		b, err := one[struct {
			Actor, Act, Subject string
			Rows                int
			UntilAt             time.Time
			UndoneAt            *time.Time
		}](tx.Raw("SELECT actor, act, subject, rows, until_at, undone_at FROM finding_bulks WHERE id = ? FOR UPDATE", id), "act", id)
		switch {
		case err != nil:
			return err
		case b.Actor != who:
			return missing("act", id)
		case b.UndoneAt != nil:
			return fmt.Errorf("it was undone already: %w", inventory.ErrConflict)
		case !s.now().Before(b.UntilAt):
			return fmt.Errorf("it was more than %s ago: %w", inventory.UndoWithin, inventory.ErrConflict)
		}
		out.Restored, err = s.putBack(tx, who, id, inventory.ActKind(b.Act), b.Subject)
		out.Kept = b.Rows - out.Restored
		entry.Detail = map[string]any{"restored": out.Restored, "kept": out.Kept}
		return err
	})
	if err != nil {
		return inventory.FindingUndone{}, fmt.Errorf("undo %s: %w", id, err)
	}
	return out, nil
}

func (s *Store) putBack(tx *gorm.DB, who string, id inventory.BulkID, act inventory.ActKind, subject string) (int, error) {
	how, ok := undoable[act]
	if !ok {
		return 0, fmt.Errorf("acts of kind %s can not be undone: %w", act, inventory.ErrConflict)
	}
	args := map[string]any{"bulk": id, "who": who, "now": s.now(), "reason": "Undone: " + string(id) + ".", "subject": subject}
	var locked []string // in the order in which others lock them
	err := tx.Raw(`
		SELECT f.id FROM findings f JOIN finding_bulk_rows r ON r.finding_id = f.id AND r.version = f.version
		WHERE r.bulk_id = @bulk ORDER BY f.num FOR UPDATE OF f`, args).Scan(&locked).Error
	if err != nil {
		return 0, err
	}
	args["ids"] = array(locked)
	const these = " FROM finding_bulk_rows r WHERE r.bulk_id = @bulk AND f.id = r.finding_id AND f.id = ANY(@ids)"
	statements := []string{
		`INSERT INTO finding_events (finding_id, at, actor, kind, from_value, to_value, reason, task_id, evidence_id)
		SELECT f.id, CAST(@now AS timestamptz), @who, '` + how.kind + `', ` + how.from + `, ` + how.to + `, @reason, '', ''
		FROM findings f JOIN finding_bulk_rows r ON r.finding_id = f.id WHERE r.bulk_id = @bulk AND f.id = ANY(@ids) ORDER BY f.num`,
		`UPDATE findings f SET work = r.work, waiver = r.waiver, waiver_reason = r.waiver_reason, waiver_by = r.waiver_by,
			waiver_until = r.waiver_until, assignee = r.assignee, tags = r.tags, version = f.version + 1` + these,
		"UPDATE finding_bulks SET undone_at = @now WHERE id = @bulk",
	}
	switch act {
	case inventory.ActNotice:
		statements = append(statements, `
			INSERT INTO finding_comments (finding_id, org_id, at, author, operator, shared, body, withdraws)
			SELECT c.finding_id, c.org_id, CAST(@now AS timestamptz), @who, false, true, @reason, c.num
			FROM finding_comments c WHERE c.finding_id = ANY(@ids) AND c.bulk_id = @bulk`)
	case inventory.ActAdvise:
		statements = append(statements, "DELETE FROM advisory_findings WHERE advisory_id = @subject AND finding_id = ANY(@ids)")
	default: // the others changed the finding itself
	}
	return len(locked), execAll(tx, args, statements...)
}

// SetWaiver decides to leave a finding as it is, until a day, or with kind
// none takes such a decision back.
func (s *Store) SetWaiver(ctx context.Context, who string, id inventory.FindingID, w inventory.Waiver) error {
	if w.Kind == "" {
		w.Kind = inventory.WaiverNone
	}
	if w.Kind == inventory.WaiverNone {
		w.Until = time.Time{}
	}
	_, err := s.ActOnFindings(ctx, who, inventory.Chosen{IDs: []inventory.FindingID{id}}, inventory.FindingDeed{Kind: inventory.ActWaive, Waiver: w})
	return err
}

// SetWork says how far people are with a finding.
func (s *Store) SetWork(ctx context.Context, who string, id inventory.FindingID, w inventory.Work, reason string) error {
	_, err := s.ActOnFindings(ctx, who, inventory.Chosen{IDs: []inventory.FindingID{id}}, inventory.FindingDeed{Kind: inventory.ActWork, Work: w, Reason: reason})
	return err
}
