package taxii

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

const (
	shelfA = "11111111-1111-4111-8111-111111111111"
	inboxA = "22222222-2222-4222-8222-222222222222"
	shelfB = "33333333-3333-4333-8333-333333333333"
)

// memory is a library for tests: what each team may read and write.
type memory struct {
	mu       sync.Mutex
	shelves  map[exchange.TeamID][]exchange.TAXIICollection
	records  map[string][]exchange.TAXIIRecord
	posts    []exchange.TAXIIPost
	statuses map[string]exchange.TAXIIStatus
	owner    map[string]exchange.TeamID // of a status
	receipts []exchange.Receipt
	asked    []exchange.TAXIIQuery
	broken   error
	unkept   error // what keeping a receipt says
}

func newMemory() *memory {
	return &memory{
		shelves: map[exchange.TeamID][]exchange.TAXIICollection{
			"TEAM-A": {
				{ID: shelfA, Title: "For A", Alias: "for-a", CanRead: true},
				{ID: inboxA, Title: "From A", CanWrite: true},
				{ID: "44444444-4444-4444-8444-444444444444", Title: "Neither"},
			},
			"TEAM-B": {{ID: shelfB, Title: "For B", CanRead: true}},
		},
		records:  map[string][]exchange.TAXIIRecord{},
		statuses: map[string]exchange.TAXIIStatus{},
		owner:    map[string]exchange.TeamID{},
	}
}

func (m *memory) TAXIICollections(_ context.Context, who exchange.Caller) ([]exchange.TAXIICollection, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.shelves[who.Team], m.broken
}

func (m *memory) TAXIIObjects(_ context.Context, who exchange.Caller, q exchange.TAXIIQuery) (exchange.TAXIIPage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, q)
	if !slices.ContainsFunc(m.shelves[who.Team], func(c exchange.TAXIICollection) bool { return c.ID == q.Collection && c.CanRead }) {
		return exchange.TAXIIPage{}, inventory.ErrNotFound
	}
	return q.Page(m.records[q.Collection]), nil
}

func (m *memory) TAXIIReceive(_ context.Context, who exchange.Caller, p exchange.TAXIIPost) (exchange.TAXIIStatus, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.posts = append(m.posts, p)
	s := exchange.TAXIIStatus{ID: fmt.Sprintf("99999999-9999-4999-8999-%012d", len(m.posts)), RequestedAt: p.At, Failures: p.Refused}
	for _, o := range p.Objects {
		s.Pendings = append(s.Pendings, exchange.TAXIIStatusItem{ID: o.ID, Version: o.Modified})
	}
	m.statuses[s.ID], m.owner[s.ID] = s, who.Team
	return s, nil
}

// TAXIIStatus completes a status when it is asked for the second time.
func (m *memory) TAXIIStatus(_ context.Context, who exchange.Caller, id string) (exchange.TAXIIStatus, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.statuses[id]
	if !ok || m.owner[id] != who.Team {
		return exchange.TAXIIStatus{}, inventory.ErrNotFound
	}
	done := s
	done.Complete, done.Successes, done.Pendings = true, s.Pendings, nil
	m.statuses[id] = done
	return s, nil
}

func (m *memory) KeepReceipt(_ context.Context, r exchange.Receipt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.receipts = append(m.receipts, r)
	return m.unkept
}

func objectID(kind string, n int) string {
	return fmt.Sprintf("%s--00000000-0000-4000-8000-%012d", kind, n)
}

func objectJSON(kind string, n int, modified time.Time) string {
	return fmt.Sprintf(`{"type":%q,"spec_version":"2.1","id":%q,"created":"2026-01-01T00:00:00.000Z","modified":%q,"name":"a & <b>"}`,
		kind, objectID(kind, n), versionText(modified))
}

// add puts a version of an object on a shelf, one microsecond after the last.
func (m *memory) add(collection, kind string, n int, modified time.Time, release exchange.ReleaseID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records[collection] = append(m.records[collection], exchange.TAXIIRecord{
		TAXIIObject: exchange.TAXIIObject{ID: objectID(kind, n), Type: kind, Modified: modified, SpecVersion: "2.1", Raw: []byte(objectJSON(kind, n, modified))},
		DateAdded:   start.Add(time.Duration(len(m.records[collection])+1) * time.Microsecond), Release: release,
	})
}

// shelve puts three objects before A, the first of them in two versions, and
// one before B.
func shelve() *memory {
	m := newMemory()
	m.add(shelfA, "report", 1, start, "REL-1")
	m.add(shelfA, "vulnerability", 2, start, "REL-1")
	m.add(shelfA, "note", 3, start, "REL-2")
	m.add(shelfA, "report", 1, start.Add(time.Hour), "REL-3")
	m.add(shelfB, "report", 7, start, "REL-4")
	return m
}

func caller(r *http.Request) (exchange.Caller, error) {
	_, key, _ := r.BasicAuth()
	team, known := map[string]exchange.TeamID{"key-a": "TEAM-A", "key-b": "TEAM-B"}[key]
	if !known {
		return exchange.Caller{}, inventory.ErrForbidden
	}
	return exchange.Caller{Team: team, Credential: "key:" + key}, nil
}

func serve(t *testing.T, m *memory, change ...func(*Options)) *httptest.Server {
	t.Helper()
	o := Options{Title: "Test", Identify: caller, Now: func() time.Time { return start.Add(time.Minute) }, Key: []byte("cursor key")}
	for _, f := range change {
		f(&o)
	}
	ts := httptest.NewTLSServer(Handler(m, o))
	t.Cleanup(ts.Close)
	return ts
}

func envelopeOf(objects ...string) string { return `{"objects":[` + strings.Join(objects, ",") + `]}` }
