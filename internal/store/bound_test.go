package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// rivals is a world of two organisations that have one of everything, and must
// not know of each other.
type rivals struct {
	*world
	ours, theirs inventory.OrganizationID
	mine, yours  map[string]string // ids by collection
	foreign      *regexp.Regexp    // matches what tells of the second
}

func newRivals(t *testing.T) *rivals {
	t.Helper()
	w := newWorld(t)
	ours := storetest.Furnish(t, w.Store, start, "Harbour", "192.0.2.")
	theirs := storetest.Furnish(t, w.Store, start, "Rival", "198.51.100.")
	ours.Live(t, w.db.URL)
	theirs.Live(t, w.db.URL)
	return &rivals{world: w, ours: ours.Org, theirs: theirs.Org, mine: ours.IDs, yours: theirs.IDs, foreign: theirs.Tells()}
}

// as is a context in which somebody of an organisation acts.
func as(ctx context.Context, org inventory.OrganizationID) context.Context {
	return account.WithIdentity(ctx, account.Identity{User: "harbour.lead", Role: account.OperatorAdmin, Org: org})
}

// session is a database session as the store makes them for an organisation's
// people; with "" nobody said of which.
func (r *rivals) session(org inventory.OrganizationID) *sql.DB {
	r.t.Helper()
	u := must(url.Parse(r.db.URL))(r.t)
	q := u.Query()
	q.Set("role", store.OperatorRole)
	q.Set("search_path", "bound,public")
	if org != "" {
		q.Set("ciiscan.org", string(org))
	}
	u.RawQuery = q.Encode()
	return connect(r.t, u.String())
}

// aboutNobody are the tables that every session may read whole, and why.
var aboutNobody = map[string]string{
	"report_runs": "the weeks of reports, the same for everybody",
	"checks":      "what can be found, the same for everybody",
	"cve_threats": "what the world says about vulnerabilities",
	"check_sets":  "lists of checks",
	"audit_head":  "the number and hash of the last record; without it nobody could add one",
	"audit_log":   "may be added to, and not read",
}

// relations lists the tables and views that OperatorRole may use in any way.
func (r *rivals) relations() []string {
	r.t.Helper()
	rows := must(connect(r.t, r.db.URL).QueryContext(r.t.Context(), `
		SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('public', 'bound') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
			AND (has_table_privilege($1, c.oid, 'DELETE') OR has_table_privilege($1, c.oid, 'TRUNCATE')
				OR has_any_column_privilege($1, c.oid, 'SELECT') OR has_any_column_privilege($1, c.oid, 'INSERT')
				OR has_any_column_privilege($1, c.oid, 'UPDATE') OR has_any_column_privilege($1, c.oid, 'REFERENCES'))
		ORDER BY 1`, store.OperatorRole))(r.t)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			r.t.Fatal(err)
		}
		out = append(out, name)
	}
	if err := rows.Err(); err != nil || len(out) < 20 {
		r.t.Fatalf("relations of %s = %v, %v", store.OperatorRole, out, err)
	}
	return out
}

// TestEveryTableIsGuarded: whoever adds a table decides what an organisation's
// own people see of it. Granting nothing is a decision, too.
func TestEveryTableIsGuarded(t *testing.T) {
	r := newRivals(t)
	db := connect(t, r.db.URL)
	for _, name := range r.relations() {
		if aboutNobody[name] != "" {
			continue
		}
		var guarded bool
		err := db.QueryRowContext(t.Context(), `
			SELECT CASE c.relkind
				WHEN 'v' THEN 'security_barrier=true' = ANY(c.reloptions) AND pg_get_viewdef(c.oid) LIKE '%bound_org()%'
				ELSE c.relrowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid
					AND $2::regrole = ANY(p.polroles) AND p.polcmd IN ('*', 'r')) END
			FROM pg_class c WHERE c.oid = $1::regclass`, name, store.OperatorRole).Scan(&guarded)
		if err != nil || !guarded {
			t.Errorf("%s is granted to %s without row-level security (%v): give it a policy as migrations/0016_row_level_security.sql does, "+
				"or grant nothing, or say in aboutNobody why everybody may read it", name, store.OperatorRole, err)
		}
	}
	for what, query := range map[string]string{
		"a policy for everybody, which would add its rows to what operators see": `
			SELECT p.polrelid::regclass::text || ' ' || p.polname FROM pg_policy p WHERE '0'::oid = ANY(p.polroles)`,
		"a function that runs with its owner's rights": `
			SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
			WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prosecdef`,
		"a sequence, which tells how many there are": `
			SELECT s.name FROM (SELECT format('%I.%I', schemaname, sequencename) AS name FROM pg_sequences) s
			WHERE has_sequence_privilege('` + store.OperatorRole + `', s.name, 'SELECT, USAGE, UPDATE')`,
		"a right to make objects": `
			SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^pg_' AND has_schema_privilege('` + store.OperatorRole + `', oid, 'CREATE')`,
		"the password hashes": `SELECT 'accounts' WHERE has_column_privilege('` + store.OperatorRole + `', 'accounts', 'password_hash', 'SELECT')`,
	} {
		var name string
		if err := db.QueryRowContext(t.Context(), query).Scan(&name); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("operators have %s: %s (%v)", what, name, err)
		}
	}
}

// texts are a relation's rows as text, as a session sees them.
func texts(t *testing.T, db *sql.DB, relation string) []string {
	t.Helper()
	columns := "x::text"
	if relation == "accounts" {
		columns = "concat_ws(' ', id, name, role, org_id)"
	}
	return storetest.Texts(t, db, "SELECT "+columns+" FROM "+relation+" AS x")
}

func TestSessionsOfOperatorsReadTheirOwn(t *testing.T) {
	r := newRivals(t)
	owner, bound, nobody, another := connect(t, r.db.URL), r.session(r.ours), r.session(""), r.session("ORG-99")
	for _, name := range r.relations() {
		if aboutNobody[name] != "" {
			continue
		}
		all := texts(t, owner, name)
		if !slices.ContainsFunc(all, r.foreign.MatchString) {
			if len(all) > 0 {
				t.Errorf("%s has no row that the test would know as the rival's", name)
			}
			continue // a view of one's own alone
		}
		seen := texts(t, bound, name)
		if len(seen) == 0 || len(seen) >= len(all) {
			t.Errorf("%s shows %d of %d rows to %s, want its own", name, len(seen), len(all), r.ours)
		}
		if i := slices.IndexFunc(seen, r.foreign.MatchString); i >= 0 {
			t.Errorf("%s shows %s a row of the rival: %s", name, r.ours, seen[i])
		}
		for who, db := range map[string]*sql.DB{"nobody's session": nobody, "an organisation that is not there": another} {
			if rows := texts(t, db, name); len(rows) > 0 {
				t.Errorf("%s shows %d rows to %s", name, len(rows), who)
			}
		}
	}
	for _, name := range []string{
		"audit_log", "account_totp", "recovery_codes", "sign_in_failures", "advisories", "teams",
		"agreements", "releases", "inbounds", "matches", "answers", "sources", "exclusions", "workers", "stop_switch", "river_job",
		"public.observations", "public.host_results", "public.port_coverage", "public.check_coverage", "schema_migrations",
	} {
		_, err := bound.ExecContext(t.Context(), "SELECT 1 FROM "+name)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42501" {
			t.Errorf("reading %s = %v, want insufficient privilege", name, err)
		}
	}
}

// TestSessionsOfOperatorsWriteTheirOwn: updates and deletes reach no other
// row, and no row becomes another's, whatever is asked.
func TestSessionsOfOperatorsWriteTheirOwn(t *testing.T) {
	r := newRivals(t)
	ctx, bound := t.Context(), r.session(r.ours)
	// try runs a statement and takes it back; rows are what it returned.
	try := func(db *sql.DB, statement string, args ...any) (rows []string, err error) {
		tx := must(db.BeginTx(ctx, nil))(t)
		defer func() { _ = tx.Rollback() }()
		got, err := tx.QueryContext(ctx, statement, args...)
		if err != nil {
			return nil, err
		}
		defer got.Close()
		for got.Next() {
			var text string
			if err := got.Scan(&text); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, text)
		}
		return rows, got.Err()
	}
	refused := func(what string, err error) {
		t.Helper()
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42501" {
			t.Errorf("%s = %v, want a refusal", what, err)
		}
	}
	for name, column := range map[string]string{
		"contacts": "name", "assets": "name", "asset_owners": "reason", "authorizations": "reason", "schedules": "cron",
		"findings": "title", "scans": "note", "scan_tasks": "note",
	} {
		rows, err := try(bound, fmt.Sprintf("UPDATE %s AS x SET %s = 'changed' RETURNING x::text", name, column))
		if name == "authorizations" { // its letter is in force: only the CERT keeps it so
			refused("changing an active letter", err)
		} else if err != nil || len(rows) == 0 || slices.ContainsFunc(rows, r.foreign.MatchString) {
			t.Errorf("updating all of %s = %v, %v, want its own rows", name, rows, err)
		}
		if name != "scan_tasks" { // they have no right to that column at all
			_, err = try(bound, fmt.Sprintf("UPDATE %s SET org_id = $1", name), string(r.theirs))
			refused("giving rows of "+name+" away", err)
		}
	}
	for _, name := range []string{"contacts", "services", "address_states"} {
		rows, err := try(bound, fmt.Sprintf("DELETE FROM %s AS x RETURNING x::text", name))
		if err != nil || len(rows) == 0 || slices.ContainsFunc(rows, r.foreign.MatchString) {
			t.Errorf("deleting all of %s = %v, %v, want its own rows", name, rows, err)
		}
	}
	// A foreign key knows what exists; whoever may not see it must not hear it.
	for what, s := range map[string]struct {
		statement string
		mine      any
		others    []any
	}{
		"an owner of an asset": {
			"INSERT INTO asset_owners (asset_id, org_id, from_at, until_at, reason) VALUES ($1, '" + string(r.ours) + "', now(), now(), '') RETURNING ''",
			r.mine["assets"],
			[]any{r.yours["assets"], "A-999"},
		},
		"an event of a finding": {
			"INSERT INTO finding_events (finding_id, at, actor, kind, from_value, to_value, reason, task_id, evidence_id) VALUES ($1, now(), '', 'work', '', '', '', '', '') RETURNING ''",
			r.mine["findings"],
			[]any{r.yours["findings"], "F-999"},
		},
		"a contact of an organisation": {
			"INSERT INTO contacts (org_id, role, name, email, phone, openpgp_key) VALUES ($1, 'technical', '', '', '', '') RETURNING ''",
			string(r.ours),
			[]any{string(r.theirs), "ORG-999"},
		},
	} {
		if _, err := try(bound, s.statement, s.mine); err != nil {
			t.Errorf("%s of their own = %v", what, err)
		}
		var said []string
		for _, other := range s.others {
			_, err := try(bound, s.statement, other)
			refused(what+" that is not theirs", err)
			said = append(said, err.Error())
		}
		if len(said) == 2 && said[0] != said[1] {
			t.Errorf("%s: what is another's is told from what is not there: %q", what, said)
		}
	}
	// The record of acts takes entries from them, and shows none.
	if _, err := try(bound, "INSERT INTO audit_log (seq, at, actor, act, object, prev, hash) VALUES (9999, now(), '', '', '', '', '') RETURNING ''"); err != nil {
		t.Errorf("adding to the audit log = %v", err)
	}
	_, err := try(bound, "INSERT INTO audit_log (seq, at, actor, act, object, prev, hash) VALUES (9998, now(), '', '', '', '', '') RETURNING act")
	refused("reading while adding to the audit log", err)
	if rows, err := try(r.session(""), "UPDATE assets AS x SET name = 'changed' RETURNING x::text"); err != nil || len(rows) > 0 {
		t.Errorf("nobody's session updates %v, %v", rows, err)
	}
}

// TestConnectionsAreBoundEachTime: two connections serve many requests of two
// organisations, nobody, and people who were never bound, with the same
// prepared statements.
func TestConnectionsAreBoundEachTime(t *testing.T) {
	r := newRivals(t)
	s := storetest.Open(t, r.db.URL, store.Options{Now: r.clock.now, Conns: 2})
	seen := func(ctx context.Context) string {
		assets, _, err := s.Assets(ctx, inventory.AssetFilter{}, inventory.Page{})
		if err != nil {
			return err.Error()
		}
		var ids []string
		for _, a := range assets {
			ids = append(ids, string(a.ID))
		}
		return strings.Join(ids, " ")
	}
	ctx := t.Context()
	both := r.mine["assets"] + " " + r.yours["assets"]
	cases := map[string]struct {
		ctx  context.Context
		want string
	}{
		"ours":                            {as(ctx, r.ours), r.mine["assets"]},
		"theirs":                          {as(ctx, r.theirs), r.yours["assets"]},
		"bound to none":                   {as(ctx, ""), ""},
		"an analyst":                      {account.WithIdentity(ctx, account.Identity{User: "ada", Role: account.Analyst}), both},
		"an analyst with an organisation": {account.WithIdentity(ctx, account.Identity{User: "ada", Role: account.Analyst, Org: r.ours}), r.mine["assets"]},
		"a machine":                       {ctx, both},
		"unbound on purpose":              {account.Unbound(as(ctx, r.ours)), both},
	}
	var wg sync.WaitGroup
	for name, c := range cases {
		for range 4 {
			wg.Go(func() {
				for range 25 {
					if got := seen(c.ctx); got != c.want {
						t.Errorf("%s sees %q, want %q", name, got, c.want)
						return
					}
				}
			})
		}
	}
	wg.Wait()
}

// TestConnectionsThatLeftTheirRoleAreThrownAway: nothing that a request did to
// its session reaches the next.
func TestConnectionsThatLeftTheirRoleAreThrownAway(t *testing.T) {
	r := newRivals(t)
	s := storetest.Open(t, r.db.URL, store.Options{Now: r.clock.now, Conns: 1})
	for _, statement := range []string{
		"SET ROLE NONE", "SET SESSION AUTHORIZATION DEFAULT", "SET ciiscan.org = '" + string(r.theirs) + "'", "SET search_path = public",
	} {
		if err := store.ExecBound(s, as(t.Context(), r.ours), statement); err != nil {
			t.Fatal(err)
		}
		assets, _, err := s.Assets(as(t.Context(), r.ours), inventory.AssetFilter{}, inventory.Page{})
		if err != nil || len(assets) != 1 || string(assets[0].ID) != r.mine["assets"] {
			t.Errorf("after %s: %v, %v, want their own asset", statement, assets, err)
		}
	}
}

// TestOperatorsActThroughTheStore: what they may do works under row-level
// security, with its record and its jobs.
func TestOperatorsActThroughTheStore(t *testing.T) {
	r := newRivals(t)
	ctx := as(t.Context(), r.ours)
	before := r.rows("SELECT count(*) FROM audit_log")
	made := must(r.CreateAssets(ctx, "harbour.lead", []inventory.Asset{{
		Org: r.ours, Address: address(t, "192.0.2.50"), Name: "gate", Criticality: inventory.CriticalityLow, Class: inventory.IT,
	}}))(t)
	must(r.AddContact(ctx, "harbour.lead", r.ours, inventory.Contact{Role: inventory.RoleEmergency, Name: "Night", Email: "night@example.org"}))(t)
	must(r.CreateAuthorization(ctx, "harbour.lead", inventory.Authorization{
		Org: r.ours, Names: []string{"harbour.example"}, Method: inventory.MethodLetter, State: inventory.AuthSubmitted, Level: inventory.LevelLight,
		From: start, Until: start.AddDate(1, 0, 0), TimeZone: "UTC",
	}, []byte("another letter")))(t)
	_, err := r.CreateAuthorization(ctx, "harbour.lead", inventory.Authorization{
		Org: r.ours, Names: []string{"harbour.example"}, Method: inventory.MethodLetter, State: inventory.AuthActive, Level: inventory.LevelIntensive,
		From: start, Until: start.AddDate(1, 0, 0), TimeZone: "UTC",
	}, nil)
	wantErr(t, "an operator's own active letter", err, inventory.ErrForbidden)
	must(r.CreateSchedule(ctx, "harbour.lead", scanner.Schedule{Org: r.ours, Cron: "0 3 * * *", Profile: "light", NextAt: start}))(t)
	for what, err := range map[string]error{
		"answering a finding": r.AnswerFinding(ctx, inventory.Speaker{Name: "harbour.lead", Org: r.ours}, inventory.FindingID(r.mine["findings"]),
			inventory.Reply{Answer: inventory.AnswerWorking, Until: start.AddDate(0, 1, 0)}),
		"disputing it": r.AnswerFinding(ctx, inventory.Speaker{Name: "harbour.lead", Org: r.ours}, inventory.FindingID(r.mine["findings"]),
			inventory.Reply{Answer: inventory.AnswerNotMine, Reason: "not ours"}),
		"retiring an asset": r.RetireAsset(ctx, "harbour.lead", inventory.AssetID(r.mine["assets"]), "sold"),
	} {
		if err != nil {
			t.Errorf("%s = %v", what, err)
		}
	}
	if after := r.rows("SELECT count(*) FROM audit_log"); after != before+7 {
		t.Errorf("%d acts were recorded, want 7", after-before)
	}
	must(r.VerifyAudit(t.Context()))(t)

	// A scan is planned with the installation's eyes, and its tickets are
	// written from a bound transaction as well.
	if _, err := r.CreateScan(ctx, "harbour.lead", scanner.Scan{Org: r.ours, Profile: "standard"}, nil, time.Time{}, time.Time{}); !errors.Is(err, inventory.ErrForbidden) {
		t.Errorf("a scan planned with an operator's eyes = %v, want a refusal", err)
	}
	jobs := r.rows("SELECT count(*) FROM river_job")
	sc := must(r.CreateScan(account.Unbound(ctx), "harbour.lead", scanner.Scan{Org: r.ours, Profile: "standard"},
		[]scanner.Task{{Hosts: []scanner.Host{host(made[0], "192.0.2.50")}}}, time.Time{}, time.Time{}))(t)
	if n := r.rows("SELECT count(*) FROM river_job"); n != jobs+1 {
		t.Errorf("%d tickets were written, want 1", n-jobs)
	}
	if err := r.CancelScan(ctx, "harbour.lead", sc.ID, "later"); err != nil {
		t.Errorf("cancelling = %v", err)
	}
	if err := store.TicketBound(r.Store, ctx); err != nil {
		t.Errorf("a ticket from a bound transaction = %v", err)
	}
	if n := r.rows("SELECT count(*) FROM river_job"); n != jobs+2 {
		t.Errorf("%d tickets were written, want 2", n-jobs)
	}
}
