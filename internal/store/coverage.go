package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

func recordCoverage(ctx context.Context, tx *gorm.DB, bulk copier, task inventory.TaskID, r scanner.Result) error {
	columns := []string{"task_id", "asset_id", "address", "transport", "open", "closed", "filtered"}
	err := bulk(ctx, "port_coverage", columns, len(r.Ports), func(i int) []any {
		p := r.Ports[i]
		return []any{
			string(task), string(p.Asset), p.Addr, string(p.Transport),
			p.Open.String(), p.Closed.String(), p.Filtered.String(),
		}
	})
	if err != nil {
		return err
	}
	sets := checkSets{}
	rows := make([][]any, len(r.Checks))
	for i, c := range r.Checks {
		rows[i] = []any{
			string(task), string(c.Asset), orNoAddr(c.Addr), int32(c.Port), string(c.Transport), text(c.Hostname),
			sets.intern(c.Ran),
			document[map[string]string]{sets.internMissed(c.Missed)},
		}
	}
	if err := sets.insert(tx); err != nil {
		return err
	}
	columns = []string{"task_id", "asset_id", "address", "port", "transport", "hostname", "ran", "missed"}
	return bulk(ctx, "check_coverage", columns, len(rows), func(i int) []any { return rows[i] })
}

// checkSets are lists of checks by the SHA-256 of their sorted ids.
type checkSets map[string][]inventory.CheckID

// intern adds a list and returns its name.
func (s checkSets) intern(ids []inventory.CheckID) string {
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	h := sha256.New()
	for _, id := range sorted {
		fmt.Fprintf(h, "%s\n", id) // hash.Hash never fails
	}
	name := hex.EncodeToString(h.Sum(nil))
	s[name] = sorted
	return name
}

// internMissed adds a list for each reason.
func (s checkSets) internMissed(missed []inventory.Missed) map[string]string {
	byReason := map[string][]inventory.CheckID{}
	for _, m := range missed {
		reason := text(m.Reason)
		byReason[reason] = append(byReason[reason], m.Check)
	}
	out := map[string]string{}
	for reason, ids := range byReason {
		out[reason] = s.intern(ids)
	}
	return out
}

// insert stores the lists that are new, in order of names, so that two
// workers can not wait for each other.
func (s checkSets) insert(tx *gorm.DB) error {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		const sql = "INSERT INTO check_sets (sha256, checks) VALUES (?, ?) ON CONFLICT DO NOTHING"
		if err := tx.Exec(sql, name, words(s[name])).Error; err != nil {
			return err
		}
	}
	return nil
}

// loadCheckSets reads lists back.
func loadCheckSets(tx *gorm.DB, names []string) (checkSets, error) {
	var rows []struct {
		SHA256 string `gorm:"column:sha256"`
		Checks list[inventory.CheckID]
	}
	err := tx.Raw("SELECT sha256, to_jsonb(checks) AS checks FROM check_sets WHERE sha256 = ANY(?)", array(names)).Find(&rows).Error
	out := checkSets{}
	for _, r := range rows {
		out[r.SHA256] = r.Checks
	}
	return out, err
}

// loadPorts reads which ports a task asked.
func loadPorts(tx *gorm.DB, task inventory.TaskID) ([]inventory.PortCoverage, error) {
	var rows []struct {
		AssetID                inventory.AssetID
		Address                addr
		Transport              inventory.Transport
		Open, Closed, Filtered string
	}
	err := tx.Table("port_coverage").Where("task_id = ?", task).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]inventory.PortCoverage, len(rows))
	for i, r := range rows {
		c := inventory.PortCoverage{Asset: r.AssetID, Addr: netip.Addr(r.Address), Transport: r.Transport}
		for set, text := range map[*inventory.PortSet]string{&c.Open: r.Open, &c.Closed: r.Closed, &c.Filtered: r.Filtered} {
			if *set, err = inventory.ParsePortSet(text); err != nil {
				return nil, fmt.Errorf("port coverage of task %s: %w", task, err)
			}
		}
		out[i] = c
	}
	return out, nil
}

// loadChecks reads which checks a task ran to an end.
func loadChecks(tx *gorm.DB, task inventory.TaskID) ([]inventory.CheckCoverage, error) {
	var rows []struct {
		AssetID   inventory.AssetID
		Address   addr
		Port      uint16
		Transport inventory.Transport
		Hostname  string
		Ran       string
		Missed    document[map[string]string]
	}
	if err := tx.Table("check_coverage").Where("task_id = ?", task).Find(&rows).Error; err != nil {
		return nil, err
	}
	var names []string
	for _, r := range rows {
		names = append(names, r.Ran)
		names = slices.AppendSeq(names, maps.Values(r.Missed.V))
	}
	sets, err := loadCheckSets(tx, names)
	if err != nil {
		return nil, err
	}
	out := make([]inventory.CheckCoverage, len(rows))
	for i, r := range rows {
		out[i] = inventory.CheckCoverage{
			Asset: r.AssetID, Addr: netip.Addr(r.Address), Port: r.Port, Transport: r.Transport,
			Hostname: r.Hostname, Ran: sets[r.Ran], Missed: sets.missed(r.Missed.V),
		}
	}
	return out, nil
}

// missed is the opposite of internMissed; the result is sorted by check.
func (s checkSets) missed(byReason map[string]string) []inventory.Missed {
	var out []inventory.Missed
	for reason, name := range byReason {
		for _, id := range s[name] {
			out = append(out, inventory.Missed{Check: id, Reason: reason})
		}
	}
	slices.SortFunc(out, func(a, b inventory.Missed) int {
		if a.Check != b.Check {
			return strings.Compare(string(a.Check), string(b.Check))
		}
		return strings.Compare(a.Reason, b.Reason)
	})
	return out
}
