package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// endSQL ends a task by the claim that worked it, and by no other.
const endSQL = `
UPDATE scan_tasks SET state = @outcome, lease_until = NULL, ended_at = @now, note = @note,
	method = @method, requests = @requests
WHERE id = @id AND worker = @worker AND attempt = @attempt AND state = 'running'
RETURNING id, hosts`

// FinishTask ends a claimed task and stores what it brought back, all in one
// transaction: evidence, observations, coverage, the task's end, the job that
// judges it. A report under a lost claim is inventory.ErrConflict and stores
// nothing; one that names what the task does not is an InputError.
func (s *Store) FinishTask(ctx context.Context, r scanner.Report) error {
	err := s.withConn(ctx, func(tx *gorm.DB, bulk copier) error {
		var rows []taskRow
		err := tx.Raw(endSQL, map[string]any{
			"id": r.Task.ID, "worker": r.Task.Worker, "attempt": r.Task.Attempt, "outcome": r.Outcome,
			"note": text(r.Note), "method": r.Result.Method, "requests": r.Result.Requests, "now": s.now(),
		}).Find(&rows).Error
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return lostClaim("finish", r.Task.ID)
		}
		if err := belongs(r.Result, rows[0].Hosts); err != nil {
			return err
		}
		if err := record(ctx, tx, bulk, r.Task.ID, r.Result, s.now()); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM scan_leases WHERE task_id = ?", r.Task.ID).Error; err != nil {
			return err
		}
		return s.enqueueJudge(ctx, tx, r.Task.ID)
	})
	if err != nil {
		return fmt.Errorf("finish task %s: %w", r.Task.ID, err)
	}
	return nil
}

// copier is COPY within the transaction.
type copier func(ctx context.Context, table string, columns []string, n int, row func(i int) []any) error

// withConn is work, with the driver's COPY beside gorm: no other way to store
// thousands of rows comes near it in speed.
func (s *Store) withConn(ctx context.Context, change func(tx *gorm.DB, bulk copier) error) error {
	return fault(s.read(ctx).Connection(func(db *gorm.DB) error {
		conn, ok := db.Statement.ConnPool.(*sql.Conn)
		if !ok {
			return fmt.Errorf("not on a connection but on a %T", db.Statement.ConnPool)
		}
		bulk := func(ctx context.Context, table string, columns []string, n int, row func(i int) []any) error {
			rows := pgx.CopyFromSlice(n, func(i int) ([]any, error) { return row(i), nil })
			return conn.Raw(func(driver any) error {
				_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, rows)
				return err
			})
		}
		return db.Transaction(func(tx *gorm.DB) error { return change(tx, bulk) })
	}))
}

// belongs refuses a result that speaks of what was not the task's to look at.
func belongs(r scanner.Result, hosts []scanner.Host) error {
	type pair struct {
		asset inventory.AssetID
		addr  netip.Addr
	}
	ours := map[pair]bool{}
	for _, h := range hosts {
		ours[pair{h.Asset, h.Addr}] = true
		ours[pair{h.Asset, netip.Addr{}}] = true // what concerns a name has no address
	}
	check := func(asset inventory.AssetID, addr netip.Addr) error {
		if ours[pair{asset, addr}] {
			return nil
		}
		return &inventory.InputError{
			Field: "result", Value: fmt.Sprintf("%s %s", asset, addr), Message: "is not among the task's hosts",
		}
	}
	for _, h := range r.Hosts {
		if err := check(h.Asset, h.Addr); err != nil {
			return err
		}
	}
	for _, o := range r.Observations {
		if err := check(o.Asset, o.Addr); err != nil {
			return err
		}
	}
	for _, p := range r.Ports {
		if err := check(p.Asset, p.Addr); err != nil {
			return err
		}
	}
	for _, c := range r.Checks {
		if err := check(c.Asset, c.Addr); err != nil {
			return err
		}
	}
	return nil
}

// record stores a result's rows.
func record(ctx context.Context, tx *gorm.DB, bulk copier, task inventory.TaskID, r scanner.Result, at time.Time) error {
	proofs, err := insertEvidence(tx, r.Observations, at)
	if err != nil {
		return fmt.Errorf("store evidence: %w", err)
	}
	if err := copyObservations(ctx, bulk, task, r.Observations, proofs); err != nil {
		return fmt.Errorf("store observations: %w", err)
	}
	columns := []string{"task_id", "asset_id", "address", "outcome", "reason"}
	err = bulk(ctx, "host_results", columns, len(r.Hosts), func(i int) []any {
		h := r.Hosts[i]
		return []any{string(task), string(h.Asset), h.Addr, string(h.Outcome), text(h.Reason)}
	})
	if err != nil {
		return fmt.Errorf("store host results: %w", err)
	}
	if err := recordCoverage(ctx, tx, bulk, task, r); err != nil {
		return fmt.Errorf("store coverage: %w", err)
	}
	return nil
}

// insertEvidence stores the proofs that are new, and returns for each
// observation the id of its proof, or "". In order of ids, so that two workers
// with the same proofs can not wait for each other.
func insertEvidence(tx *gorm.DB, all []inventory.Observation, at time.Time) ([]inventory.EvidenceID, error) {
	proofs := make([]inventory.EvidenceID, len(all))
	content := map[inventory.EvidenceID]inventory.Evidence{}
	for i, o := range all {
		if o.Evidence == nil {
			continue
		}
		clean := inventory.CleanEvidence(*o.Evidence)
		proofs[i] = clean.ID()
		content[proofs[i]] = clean
	}
	if len(content) == 0 {
		return proofs, nil
	}
	var ids []string
	for id := range content {
		ids = append(ids, string(id))
	}
	slices.Sort(ids)
	requests, responses := make([][]byte, len(ids)), make([][]byte, len(ids))
	for i, id := range ids {
		e := content[inventory.EvidenceID(id)]
		requests[i], responses[i] = append([]byte{}, e.Request...), append([]byte{}, e.Response...)
	}
	return proofs, tx.Exec(`
		INSERT INTO evidence (id, request, response, created_at)
		SELECT id, request, response, ? FROM unnest(?::text[], ?::bytea[], ?::bytea[]) AS e (id, request, response)
		ON CONFLICT DO NOTHING`, at, array(ids), array(requests), array(responses)).Error
}

var observationColumns = []string{
	"task_id", "asset_id", "address", "port", "transport", "hostname", "at",
	"service", "check_id", "matcher", "extracted", "location", "evidence_id",
}

func copyObservations(ctx context.Context, bulk copier, task inventory.TaskID, all []inventory.Observation, proofs []inventory.EvidenceID) error {
	return bulk(ctx, "observations", observationColumns, len(all), func(i int) []any {
		o := all[i]
		row := []any{
			string(task), string(o.Asset), orNoAddr(o.Addr), int32(o.Port), string(o.Transport), text(o.Hostname), o.At,
			nil, nil, "", nil, "", optional(string(proofs[i])),
		}
		if o.Service != nil {
			row[7] = document[serviceJSON]{serviceJSONOf(*o.Service)}
		}
		if o.Match != nil {
			row[8], row[9], row[11] = string(o.Match.Check), text(o.Match.Matcher), text(o.Match.Location)
			row[10] = list[string](mapped(o.Match.Extracted, text))
		}
		return row
	})
}

// serviceJSON is a service as an observation holds it.
type serviceJSON struct {
	Name      string   `json:"name,omitempty"`
	Guessed   bool     `json:"guessed,omitempty"`
	Unasked   bool     `json:"unasked,omitempty"`
	Product   string   `json:"product,omitempty"`
	Version   string   `json:"version,omitempty"`
	ExtraInfo string   `json:"extra_info,omitempty"`
	CPEs      []string `json:"cpes,omitempty"`
	TLS       bool     `json:"tls,omitempty"`
	Banner    string   `json:"banner,omitempty"`

	Certificate *certificateJSON `json:"certificate,omitempty"`
}

// certificateJSON is a certificate as an observation holds it.
type certificateJSON struct {
	SHA256     string    `json:"sha256"`
	Subject    string    `json:"subject"`
	Issuer     string    `json:"issuer"`
	Names      []string  `json:"names,omitempty"`
	NotBefore  time.Time `json:"not_before"`
	NotAfter   time.Time `json:"not_after"`
	KeyType    string    `json:"key_type"`
	KeyBits    int       `json:"key_bits"`
	SelfSigned bool      `json:"self_signed,omitempty"`
}

func serviceJSONOf(s inventory.Service) serviceJSON {
	return serviceJSON{
		Name: text(s.Name), Guessed: s.Guessed, Unasked: s.Unasked, Product: text(s.Product), Version: text(s.Version), ExtraInfo: text(s.ExtraInfo),
		CPEs: mapped(s.CPEs, text), TLS: s.TLS, Banner: text(s.Banner), Certificate: (*certificateJSON)(s.Certificate),
	}
}

// maxText caps a text from a scanned host, in bytes.
const maxText = 4 << 10

// text is foreign text as the database takes it.
func text(s string) string { return inventory.CleanText(s, maxText) }

// orNoAddr is nil for the zero address, which columns hold as NULL.
func orNoAddr(a netip.Addr) any {
	if !a.IsValid() {
		return nil
	}
	return a
}
