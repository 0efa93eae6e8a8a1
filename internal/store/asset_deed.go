package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

// maxShownDeeds is how many of an asset's last deeds are shown.
const maxShownDeeds = 50

// AssetDeeds lists what people did to an asset, by itself, with others or by a
// file, the newest first. The log is the CERT's: whoever shows this to others
// has checked that they may see the asset.
func (s *Store) AssetDeeds(ctx context.Context, id inventory.AssetID) ([]inventory.Deed, error) {
	var out []inventory.Deed
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		var rows []auditRow
		err := tx.Raw(`
			SELECT * FROM (
				(SELECT * FROM audit_log WHERE object = ? ORDER BY seq DESC LIMIT ?) UNION ALL
				(SELECT * FROM audit_log WHERE (act LIKE 'asset.%\_many' OR act = 'asset.undo') AND detail::jsonb -> 'assets' @> to_jsonb(?::text)
				 ORDER BY seq DESC LIMIT ?)) l
			ORDER BY seq DESC`, id, maxShownDeeds, id, maxShownDeeds).Find(&rows).Error
		if err != nil {
			return err
		}
		for _, r := range rows {
			out = append(out, deedOf(r.record()))
		}
		imported, err := importDeeds(tx, id)
		out = append(out, imported...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what was done to asset %s: %w", id, fault(err))
	}
	slices.SortStableFunc(out, func(a, b inventory.Deed) int { return b.At.Compare(a.At) })
	return out[:min(len(out), maxShownDeeds)], nil
}

// importDeeds are what files did to an asset.
func importDeeds(tx *gorm.DB, id inventory.AssetID) ([]inventory.Deed, error) {
	var rows []struct {
		Import importRow `gorm:"embedded"`
		Class  string
		Row    document[inventory.ImportSays] `gorm:"type:jsonb"`
	}
	err := tx.Raw(`
		SELECT i.id, i.done_by, i.done_at, r.class, r.row FROM import_rows r JOIN imports i ON i.id = r.import_id
		WHERE r.asset_id = ? AND i.state = 'done' AND r.class IN ('new', 'changed') ORDER BY i.done_at DESC LIMIT ?`, id, maxShownDeeds).Find(&rows).Error
	out := make([]inventory.Deed, len(rows))
	for i, r := range rows {
		out[i] = inventory.Deed{
			At: orZero(r.Import.DoneAt), Actor: r.Import.DoneBy,
			What: "import." + r.Class, Reason: r.Import.ID, Changes: r.Row.V.Changes,
		}
	}
	return out, err
}

// deedOf tells an audit record as a line of an asset's history.
func deedOf(r audit.Record) inventory.Deed {
	d := inventory.Deed{At: r.At, Actor: r.Actor, What: strings.TrimSuffix(r.Act, "_many")}
	var detail struct {
		Reason   string              `json:"reason"`
		From, To json.RawMessage     // of one word, or of all that is said of the asset
		Act      *inventory.AssetAct `json:"act"`
	}
	if json.Unmarshal(r.Detail, &detail) != nil {
		return d
	}
	d.Reason = detail.Reason
	if detail.Act != nil {
		d.Reason, d.Changes = detail.Act.Retire, actChanges(*detail.Act)
		return d
	}
	var from, to map[string]json.RawMessage
	if json.Unmarshal(detail.From, &from) != nil || json.Unmarshal(detail.To, &to) != nil {
		if word := plainValue(detail.To); word != "" {
			d.Changes = []inventory.ImportChange{{Field: wordField[d.What], From: plainValue(detail.From), To: word}}
		}
		return d
	}
	for _, field := range saidFields {
		before, after := plainField(field, from[field]), plainField(field, to[field])
		if before != after {
			d.Changes = append(d.Changes, inventory.ImportChange{Field: field, From: before, To: after})
		}
	}
	return d
}

// saidFields are the fields of saying, in the order of screens; wordField is
// what acts change that record one word.
var (
	saidFields = []string{"name", "site", "function", "contact", "criticality", "kind", "at_most", "tags", "sharing"}
	wordField  = map[string]string{"asset.move": "organization", "asset.consent": "sharing"}
)

// actChanges are what an act on many assets changed of each.
func actChanges(act inventory.AssetAct) []inventory.ImportChange {
	var c inventory.ImportChange
	switch act.Word() {
	case "tag", "untag":
		c = inventory.ImportChange{Field: "tags", From: act.RemoveTag, To: act.AddTag}
	case "criticality":
		c = inventory.ImportChange{Field: "criticality", To: string(act.Criticality)}
	case "class":
		c = inventory.ImportChange{Field: "kind", To: string(act.Class)}
	case "consent":
		c = inventory.ImportChange{Field: "sharing", To: string(act.Consent)}
	case "limit":
		c = inventory.ImportChange{Field: "at_most", To: limitName(*act.AtMost)}
	default:
		return nil
	}
	return []inventory.ImportChange{c}
}

func limitName(l inventory.Level) string {
	if l == inventory.LevelNothing {
		return ""
	}
	return l.String()
}

// plainField is a field of a saying as people read it.
func plainField(field string, v json.RawMessage) string {
	switch field {
	case "at_most":
		var l inventory.Level
		_ = json.Unmarshal(v, &l) // an entry from before there were limits has none
		return limitName(l)
	case "tags":
		var tags []string
		_ = json.Unmarshal(v, &tags)
		return strings.Join(tags, ", ")
	}
	return plainValue(v)
}

// plainValue is a JSON text without its quotes.
func plainValue(v json.RawMessage) string {
	var text string
	_ = json.Unmarshal(v, &text) // what is no text is told as none
	return text
}
