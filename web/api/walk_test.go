package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	planning "github.com/ciiscan/ciiscan/scanner/schedule"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

// walked is the API on a real store in which two organisations have one of
// everything, for walks over all operations, whatever they will be.
type walked struct {
	t            *testing.T
	h            http.Handler
	s            *server
	db           string // its URL
	store        *store.Store
	ours, theirs storetest.Furnished
}

// nameless resolves nothing.
type nameless struct{}

func (nameless) Lookup(context.Context, string) ([]netip.Addr, error) {
	return nil, errors.New("no such name")
}

func newWalked(t *testing.T) *walked {
	t.Helper()
	now := func() time.Time { return apitest.Noon }
	db := storetest.NewDB(t)
	admit := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24")}
	st := storetest.Open(t, db.URL, store.Options{Now: now, Admit: admit})
	w := &walked{
		t: t, db: db.URL, store: st,
		ours:   storetest.Furnish(t, st, apitest.Noon, "Harbour", "192.0.2."),
		theirs: storetest.Furnish(t, st, apitest.Noon, "Rival", "198.51.100."),
	}
	d := deps(apitest.New())
	// Whatever the store can be is the store; the rest stays the tests' own.
	v := reflect.ValueOf(&d).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Interface && reflect.TypeOf(st).Implements(f.Type()) {
			f.Set(reflect.ValueOf(st))
		}
	}
	planner := planning.NewPlanner(st, nameless{}, now)
	d.Planner, d.Scheduler, d.Admit = planner, planning.New(st, planner, now, slog.New(slog.DiscardHandler)), admit
	mux := http.NewServeMux()
	w.h, w.s = New(d), newServer(d, mux)
	for _, of := range []storetest.Furnished{w.ours, w.theirs} {
		of.Live(t, db.URL)
		of.IDs["mail-contacts"] = of.IDs["contacts"]
	}
	return w
}

// An operation is one of the contract.
type operation struct {
	*huma.Operation
	path string
}

func (w *walked) operations() []operation {
	var out []operation
	for path, item := range w.s.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				out = append(out, operation{op, path})
			}
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.OperationID, b.OperationID) })
	return out
}

func (op operation) has(in, name string) bool {
	return slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == in && p.Name == name })
}

// samples are values of path parameters that Furnish gives no object for.
var samples = map[string]string{
	"tokens/{user}": "harbour.lead", "tokens/{name}": "script of Harbour", "checks/{id}": "test-check", "files/{name}": "report.html",
}

// unfurnished are collections of which Furnish makes no object, and where what
// others see of them is tested instead.
var unfurnished = map[string]string{
	"bulletins": "whom one concerns goes by findings: internal/store/bulletin_test.go says who reads it",
	"verify":    "answers everybody, with what a printed report says of itself",
}

func (op operation) unfurnished() bool {
	return unfurnished[strings.Split(op.path, "/")[1]] != "" && strings.Contains(op.path, "{")
}

var parameter = regexp.MustCompile(`([a-z-]+)((?:/\{[a-z_]+\})+)`)

// fill puts an organisation's ids into the path. found is false when there is
// none for a parameter.
func (w *walked) fill(op operation, of storetest.Furnished) (path string, found bool) {
	found = true
	return Base + parameter.ReplaceAllStringFunc(op.path, func(part string) string {
		m := parameter.FindStringSubmatch(part)
		out := m[1]
		for _, name := range strings.Split(m[2], "/")[1:] {
			id, ok := of.IDs[m[1]]
			if sample := samples[m[1]+"/"+name]; sample != "" {
				id, ok = strings.ReplaceAll(strings.ReplaceAll(sample, "harbour", strings.ToLower(of.Name)), "Harbour", of.Name), true
			}
			found = found && ok
			out += "/" + url.PathEscape(id)
		}
		return out
	}), found
}

// bodies are what operations are called with where what their schema asks for
// is not enough; {assets} and so on stand for ids.
var bodies = map[string]string{
	"create-authorization": `{"org_id":"{organizations}","names":["walk.example"],"method":"letter","level":"light","from":"2026-01-01T00:00:00Z","until":"2027-12-01T00:00:00Z","document":{"name":"letter.pdf","content":"JVBERi0xLjc="}}`,
	"attach-letter":        `{"name":"letter.pdf","content":"JVBERi0xLjcKJSVFT0YK"}`,
	"change-assets":        `{"ids":["{assets}"],"add_tag":"walk"}`,
	"start-scan":           `{"asset_id":"{assets}","profile":"standard"}`,
}

// body writes one that the operation's schema takes, about an organisation.
func (w *walked) body(op operation, of storetest.Furnished) (text, contentType string) {
	if op.RequestBody == nil {
		return "", ""
	}
	text, ok := bodies[op.OperationID]
	if !ok {
		media := op.RequestBody.Content["application/json"]
		if media == nil {
			return "address,name\n203.0.113.77,walk\n", "text/csv"
		}
		b, err := json.Marshal(w.example(media.Schema, ""))
		if err != nil {
			w.t.Fatal(err)
		}
		text = string(b)
	}
	for kind, id := range of.IDs {
		text = strings.ReplaceAll(text, "{"+kind+"}", id)
	}
	return text, "application/json"
}

// valuesOf are values of properties by their names; {kind} becomes an id.
var valuesOf = map[string]any{
	"org_id": "{organizations}", "org_ids": []any{"{organizations}"}, "asset_id": "{assets}", "finding_id": "{findings}", "finding_ids": []any{"{findings}"},
	"address": "203.0.113.99", "profile": "standard", "cron": "0 3 * * *", "email": "walk@example.org", "country": "LK",
	"ids": []any{"{findings}"}, "findings": []any{"{findings}"}, "time_zone": "UTC", "url": "https://walk.example",
}

func (w *walked) example(s *huma.Schema, name string) any {
	if s.Ref != "" {
		s = w.s.api.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	if v, ok := valuesOf[name]; ok && (s.Type == "array") == (reflect.TypeOf(v).Kind() == reflect.Slice) {
		return v
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	switch s.Type {
	case "object":
		out := map[string]any{}
		for key, p := range s.Properties {
			if slices.Contains(s.Required, key) || key == "org_id" || key == "reason" {
				out[key] = w.example(p, key)
			}
		}
		return out
	case "array":
		if s.MinItems != nil && *s.MinItems > 0 {
			return []any{w.example(s.Items, name)}
		}
		return []any{}
	case "integer", "number":
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	case "boolean":
		return false
	}
	switch s.Format {
	case "date-time":
		return apitest.Noon.AddDate(0, 2, 0).Format(time.RFC3339)
	case "date":
		return apitest.Noon.AddDate(0, 2, 0).Format(time.DateOnly)
	}
	return "walk " + name
}

// call makes a request as somebody, or with the zero identity as nobody.
func (w *walked) call(who auth.Identity, method, path, body, contentType string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if who.User != "" {
		r = r.WithContext(auth.WithIdentity(r.Context(), who))
	}
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	return rec
}

// people of an organisation, by role.
func people(of storetest.Furnished, role auth.Role) auth.Identity {
	return auth.Identity{User: of.Admin, Role: role, Org: of.Org}
}

var boundRoles = []auth.Role{auth.Operator, auth.OperatorAdmin}

func problemOf(rec *httptest.ResponseRecorder) (p wire.Problem) {
	_ = json.Unmarshal(rec.Body.Bytes(), &p) // what is no problem is none
	return p
}

// TestWalkReads: of every operation that reads, an organisation's people get
// what is theirs, and of another's not even that it exists.
func TestWalkReads(t *testing.T) {
	w := newWalked(t)
	tells := w.theirs.Tells()
	read := 0
	for _, op := range w.operations() {
		for _, role := range boundRoles {
			if op.Method != http.MethodGet || !May(op.OperationID, role) || op.unfurnished() {
				continue
			}
			who := people(w.ours, role)
			path, found := w.fill(op, w.ours)
			if !found {
				t.Errorf("%s %s: no value for a parameter of the path: have storetest.Furnish make such an object and put its id into IDs, or say in unfurnished why not", op.OperationID, op.path)
				continue
			}
			own := w.call(who, op.Method, path, "", "")
			if own.Code != http.StatusOK {
				t.Errorf("%s as %s of its own = %d %s, want 200", op.OperationID, role, own.Code, own.Body)
			}
			if m := tells.FindString(own.Body.String()); m != "" {
				t.Errorf("%s tells %s of another organisation (%s): %s", op.OperationID, role, m, own.Body)
			}
			if other, _ := w.fill(op, w.theirs); other != path {
				w.notThere(op, w.call(who, op.Method, other, "", ""))
			}
			for _, name := range orgNames["query"] {
				if op.has("query", name) {
					w.notThere(op, w.call(who, op.Method, path+"?"+name+"="+string(w.theirs.Org), "", ""))
					missing := w.call(who, op.Method, path+"?"+name+"=ORG-999", "", "")
					w.notThere(op, missing)
				}
			}
			if all := w.call(auth.Identity{User: "ada", Role: auth.Administrator}, op.Method, path+"?limit=1", "", ""); op.has("query", "cursor") && all.Code == http.StatusOK {
				var list wire.List[json.RawMessage]
				_ = json.Unmarshal(all.Body.Bytes(), &list)
				next := w.call(who, op.Method, path+"?cursor="+url.QueryEscape(list.NextCursor), "", "")
				if m := tells.FindString(next.Body.String()); m != "" {
					t.Errorf("%s with another's cursor tells %s: %s", op.OperationID, m, next.Body)
				}
			}
			read++
		}
	}
	if read < 20 {
		t.Errorf("%d reads were walked, want all", read)
	}
}

// notThere holds an answer to: there is no such object, whether there is or not.
func (w *walked) notThere(op operation, rec *httptest.ResponseRecorder) {
	w.t.Helper()
	p := problemOf(rec)
	if rec.Code != http.StatusNotFound || p.Kind != wire.KindNotFound {
		w.t.Errorf("%s of another organisation's = %d %s, want 404: read the object with the caller's context first", op.OperationID, rec.Code, rec.Body)
	}
	for _, of := range []storetest.Furnished{w.ours, w.theirs} {
		if strings.Contains(rec.Body.String(), of.Name) {
			w.t.Errorf("%s names %s in its refusal: %s", op.OperationID, of.Name, rec.Body)
		}
	}
}

// rows are all that the database knows of an organisation, but for the record
// of acts.
func (w *walked) rows(of storetest.Furnished) []string {
	w.t.Helper()
	db := storetest.Connect(w.t, w.db)
	tables := storetest.Texts(w.t, db, `SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'
		AND tablename NOT LIKE 'river_%' AND tablename NOT IN ('audit_log', 'audit_head') ORDER BY 1`)
	var out []string
	for _, table := range tables {
		for _, row := range storetest.Texts(w.t, db, "SELECT x::text FROM "+table+" AS x ORDER BY 1") {
			if of.Tells().MatchString(row) {
				out = append(out, table+" "+row)
			}
		}
	}
	return out
}

// TestWalkWrites: no operation changes anything of another organisation, nor
// tells whether it is there; and each does what the table of access promises.
func TestWalkWrites(t *testing.T) {
	w := newWalked(t)
	before := w.rows(w.theirs)
	var writes []operation
	for _, op := range w.operations() {
		if op.Method != http.MethodGet && !op.unfurnished() && (May(op.OperationID, auth.Operator) || May(op.OperationID, auth.OperatorAdmin)) {
			writes = append(writes, op)
		}
	}
	for _, op := range writes {
		role := auth.OperatorAdmin
		if !May(op.OperationID, role) {
			role = auth.Operator
		}
		path, found := w.fill(op, w.theirs)
		body, contentType := w.body(op, w.theirs)
		if op.has("query", "org") {
			path += "?org=" + string(w.theirs.Org)
		}
		if !found {
			t.Errorf("%s %s: no value for a parameter of the path: have storetest.Furnish make such an object and put its id into IDs, or say in unfurnished why not", op.OperationID, op.path)
			continue
		}
		about := w.theirs.Tells().MatchString(path + body)
		rec := w.call(people(w.ours, role), op.Method, path, body, contentType)
		switch {
		case rec.Code == http.StatusUnprocessableEntity || rec.Code == http.StatusBadRequest:
			t.Errorf("%s with %s = %d %s: write a body that it takes into bodies, so that the walk gets further", op.OperationID, body, rec.Code, rec.Body)
		case about:
			w.notThere(op, rec)
		}
	}
	if after := w.rows(w.theirs); !slices.Equal(before, after) {
		t.Errorf("another organisation's people changed it:\n%s", strings.Join(differences(before, after), "\n"))
	}
	for _, op := range writes { // and their own
		path, _ := w.fill(op, w.ours)
		body, contentType := w.body(op, w.ours)
		if op.has("query", "org") {
			path += "?org=" + string(w.ours.Org)
		}
		for _, role := range boundRoles {
			if !May(op.OperationID, role) {
				continue
			}
			rec := w.call(people(w.ours, role), op.Method, path, body, contentType)
			if rec.Code == http.StatusForbidden || rec.Code >= 500 {
				t.Errorf("%s as %s on its own = %d %s: may the database role do it? see migrations/0016_row_level_security.sql", op.OperationID, role, rec.Code, rec.Body)
			}
		}
	}
	if len(writes) < 8 {
		t.Errorf("%d writes were walked, want all", len(writes))
	}
}

func differences(before, after []string) (out []string) {
	for _, row := range before {
		if !slices.Contains(after, row) {
			out = append(out, "- "+row)
		}
	}
	for _, row := range after {
		if !slices.Contains(before, row) {
			out = append(out, "+ "+row)
		}
	}
	return out
}

// recorded are the operations that leave a record, each with a call of it by
// an administrator.
func (w *walked) recorded() iter.Seq2[operation, func() *httptest.ResponseRecorder] {
	return func(yield func(operation, func() *httptest.ResponseRecorder) bool) {
		for _, op := range w.operations() {
			if recordedAct(op.Operation) == "" && (op.Method == http.MethodGet || unrecorded[op.OperationID] != "") {
				continue
			}
			path, _ := w.fill(op, w.ours)
			body, contentType := w.body(op, w.ours)
			if op.has("query", "org") {
				path += "?org=" + string(w.ours.Org)
			}
			act := func() *httptest.ResponseRecorder {
				return w.call(auth.Identity{User: "ada", Role: auth.Administrator}, op.Method, path, body, contentType)
			}
			if !yield(op, act) {
				return
			}
		}
	}
}

// TestWalkIsRecorded: whatever changes something leaves a record of it, and so
// does what leaves as a file or tells how to break in.
func TestWalkIsRecorded(t *testing.T) {
	w := newWalked(t)
	db := storetest.Connect(t, w.db)
	did := map[string]bool{}
	for op, act := range w.recorded() {
		const last = "SELECT seq::text FROM audit_head"
		was := storetest.Texts(t, db, last)[0]
		rec := act()
		is := storetest.Texts(t, db, last)[0]
		if rec.Code < 300 {
			did[op.OperationID] = true
			if was == is {
				t.Errorf("%s = %d, and no record of it was kept", op.OperationID, rec.Code)
			}
		}
	}
	for _, op := range []string{"get-evidence", "get-finding-evidence", "get-weekly-report", "export-audit", "create-asset", "set-finding-work"} {
		if !did[op] {
			t.Errorf("%s did nothing, so that nothing was to be recorded", op)
		}
	}
	if len(did) < 15 {
		t.Errorf("%d operations did anything, want most that need no other's help", len(did))
	}
	if _, err := w.store.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

// unrecorded are operations that leave no record here, and why.
var unrecorded = map[string]string{
	"write-bundle":    "the exchange behind it is the tests' own",
	"note-opened":     "what somebody opened last is their own convenience",
	"book-first-scan": "finds scans booked already here; TestFirstSchedule says what is recorded",
	"rescan-findings": "records each rescan that it begins, and here the first has begun already",
}

// TestWalkFailsWithItsRecord: when the record of an act cannot be written, the
// act is not done.
func TestWalkFailsWithItsRecord(t *testing.T) {
	w := newWalked(t)
	db := storetest.Connect(t, w.db)
	if _, err := db.ExecContext(t.Context(), `
		CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$;
		CREATE TRIGGER full_disk BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION full_disk()`); err != nil {
		t.Fatal(err)
	}
	before := w.rows(w.ours)
	refused := 0
	for op, act := range w.recorded() {
		rec := act()
		if rec.Code < 300 {
			t.Errorf("%s = %d without its record", op.OperationID, rec.Code)
		}
		if rec.Code >= 500 {
			refused++
		}
	}
	if after := w.rows(w.ours); !slices.Equal(before, after) {
		t.Errorf("what was not recorded was done:\n%s", strings.Join(differences(before, after), "\n"))
	}
	if refused < 15 {
		t.Errorf("%d operations failed for want of a record, want most", refused)
	}
	fmt.Fprintln(t.Output(), refused, "operations failed with their record")
}
