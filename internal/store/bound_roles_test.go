package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// sight is what the database session of a role's people is like.
type sight struct {
	own bool   // it sees one organisation's rows, and not what is the CERT's
	why string // in words, for whoever adds a role
}

// sights has a line for every role there is. What else a role may do, the
// API's table of rights says; this is what is left when that table is wrong.
var sights = map[account.Role]sight{
	account.Administrator: {false, "keeps the whole installation"},
	account.Analyst:       {false, "triages the findings of all organisations"},
	account.Approver:      {false, "approves what is of all organisations"},
	account.LegalOfficer:  {false, "agrees to what is of all organisations"},
	account.Auditor:       {false, "reads what was done to all organisations"},
	account.OperatorAdmin: {true, "keeps one organisation's register and people"},
	account.Operator:      {true, "answers one organisation's findings"},
}

// tables lists every table and view there is, whoever may read it.
func (r *rivals) tables() []string {
	r.t.Helper()
	names, _, err := store.TextsAs(r.Store, r.t.Context(), `
		SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('public', 'bound') AND c.relkind IN ('r', 'p', 'v') ORDER BY 1`)
	if err != nil || len(names) < 60 {
		r.t.Fatalf("tables = %v, %v", names, err)
	}
	return names
}

// TestSessionOfEveryRole connects as each role's people are served, and reads
// every table across organisations.
func TestSessionOfEveryRole(t *testing.T) {
	r := newRivals(t)
	for role := range sights {
		if !slices.Contains(account.Roles(), role) {
			t.Errorf("there is no role %s", role)
		}
	}
	tables := r.tables()
	for _, role := range account.Roles() {
		want, told := sights[role]
		if !told || want.own != role.Bound() {
			t.Errorf("sights does not say what the sessions of %s see, or says other than Role.Bound", role)
			continue
		}
		t.Run(string(role), func(t *testing.T) {
			id := account.Identity{User: "somebody", Role: role}
			if want.own {
				id.Org = r.ours
			}
			if err := id.Check(); err != nil {
				t.Fatal(err)
			}
			ctx := account.WithIdentity(t.Context(), id)
			read, refused := 0, 0
			for _, table := range tables {
				column := "x::text"
				if table == "accounts" {
					column = "concat_ws(' ', id, name, role, org_id)"
				}
				all, _, err := store.TextsAs(r.Store, t.Context(), "SELECT "+column+" FROM "+table+" AS x")
				if err != nil {
					t.Fatal(err)
				}
				rival := slices.ContainsFunc(all, r.foreign.MatchString)
				seen, as, err := store.TextsAs(r.Store, ctx, "SELECT "+column+" FROM "+table+" AS x")
				switch pg, _ := errors.AsType[*pgconn.PgError](err); {
				case want.own && as != store.OperatorRole:
					t.Fatalf("is served as %s", as)
				case want.own && pg != nil && pg.Code == "42501":
					refused++
				case err != nil:
					t.Errorf("read %s: %v", table, err)
				case want.own && slices.ContainsFunc(seen, r.foreign.MatchString):
					t.Errorf("%s shows a row of the rival", table)
				case want.own && rival:
					read++
				case want.own && table == "bulletins": // TestBulletins has them
				case want.own && aboutNobody[table] == "" && !strings.HasPrefix(table, "bound."):
					t.Errorf("%s has no row that would be known as the rival's: have storetest.Furnish or Live make one", table)
				case !want.own && len(seen) != len(all):
					t.Errorf("%s shows %d of %d rows: %s", table, len(seen), len(all), want.why)
				case !want.own && rival:
					read++
				}
			}
			if read < 15 || want.own && refused < 15 {
				t.Errorf("%d tables with both organisations' rows were read, %d refused: the test sees too little", read, refused)
			}
		})
	}
}
