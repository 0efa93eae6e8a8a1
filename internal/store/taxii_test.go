package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

func aliases(all []exchange.TAXIICollection) []string {
	out := []string{}
	for _, c := range all {
		out = append(out, c.Alias)
	}
	return out
}

func (w *world) objects(who exchange.Caller, q exchange.TAXIIQuery) exchange.TAXIIPage {
	w.t.Helper()
	return must(w.TAXIIObjects(w.t.Context(), who, q))(w.t)
}

func TestTAXIICollections(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b, c := w.team("b", "BD"), w.team("c", "IN")
	g := w.agree(b.ID, "MoU 1")
	w.release(w.approved("For B", advisory.Amber, advisory.Exposure).ID, b.ID)
	w.release(w.approved("For all", advisory.Clear, advisory.Exposure).ID, "")
	asB := exchange.Caller{Team: b.ID, Credential: "key:b"}
	of := func(who exchange.Caller) []string { return aliases(must(w.TAXIICollections(ctx, who))(t)) }
	want := []string{"public", "advisories-clear", "advisories-green", "advisories-amber", "inbox"}
	if got := of(asB); !slices.Equal(got, want) {
		t.Errorf("B sees %q, want %q", got, want)
	}
	if got := of(exchange.Caller{}); !slices.Equal(got, []string{"public"}) {
		t.Errorf("anybody sees %q", got)
	}
	if got := of(exchange.Caller{Team: c.ID}); !slices.Equal(got, []string{"public", "inbox"}) {
		t.Errorf("C, without an agreement, sees %q", got)
	}
	amber := exchange.TAXIIQuery{Collection: must(w.TAXIICollections(ctx, asB))(t)[3].ID}
	if got := w.objects(asB, amber); len(got.Records) != 3 || got.More {
		t.Errorf("B reads %+v", got)
	}
	if got := w.objects(exchange.Caller{}, exchange.TAXIIQuery{Collection: "public"}); len(got.Records) != 3 || got.Records[1].Release != "REL-2" {
		t.Errorf("anybody reads %+v", got)
	}
	for _, who := range []exchange.Caller{{}, {Team: c.ID}} {
		_, err := w.TAXIIObjects(ctx, who, amber)
		wantErr(t, "B's collection for "+string(who.Team), err, inventory.ErrNotFound)
	}
	_, err := w.TAXIIObjects(ctx, asB, exchange.TAXIIQuery{Collection: "inbox"})
	wantErr(t, "reading the inbox", err, inventory.ErrForbidden)
	w.clock.advance(g.ExpiresAt.Sub(start))
	_, err = w.TAXIIObjects(ctx, asB, amber)
	wantErr(t, "B's collection once the agreement has expired", err, inventory.ErrNotFound)
}

func TestTAXIIObjects(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		a := w.approved("A", advisory.Clear, advisory.Exposure)
		if i == 1 {
			w.clock.advance(-time.Minute)
		}
		w.release(a.ID, "")
	}
	must(w.WithdrawAdvisory(t.Context(), "ada", "ADV-1", "wrong"))(t)
	must(w.ApproveRelease(t.Context(), "omar", "REL-4", pen))(t)
	q := exchange.TAXIIQuery{Collection: "public", Versions: exchange.TAXIIVersions{All: true}}
	all := w.objects(exchange.Caller{}, q).Records
	if len(all) != 8 { // one identity, three domain names, three reports and a second version
		t.Fatalf("%d records, want 8", len(all))
	}
	for i := 1; i < len(all); i++ {
		if !all[i].DateAdded.After(all[i-1].DateAdded) {
			t.Errorf("record %d was added %s, after one of %s", i, all[i].DateAdded, all[i-1].DateAdded)
		}
	}
	// Everything that the reference says of a query, over the same records.
	for name, change := range map[string]func(*exchange.TAXIIQuery){
		"all":           func(*exchange.TAXIIQuery) {},
		"last":          func(q *exchange.TAXIIQuery) { q.Versions = exchange.TAXIIVersions{} },
		"first":         func(q *exchange.TAXIIQuery) { q.Versions = exchange.TAXIIVersions{First: true} },
		"one version":   func(q *exchange.TAXIIQuery) { q.Versions = exchange.TAXIIVersions{At: []time.Time{all[1].Modified}} },
		"two objects":   func(q *exchange.TAXIIQuery) { q.IDs = []string{"report--ADV-1", "identity--1"} },
		"a type":        func(q *exchange.TAXIIQuery) { q.Types = []string{"report"} },
		"spec versions": func(q *exchange.TAXIIQuery) { q.SpecVersions = []string{"2.0"} },
		"added after":   func(q *exchange.TAXIIQuery) { q.AddedAfter = all[3].DateAdded },
		"a page":        func(q *exchange.TAXIIQuery) { q.Limit = 5 },
		"bare":          func(q *exchange.TAXIIQuery) { q.Bare = true },
	} {
		q := q
		change(&q)
		got, want := w.objects(exchange.Caller{}, q), q.Page(all)
		same := slices.EqualFunc(got.Records, want.Records, func(a, b exchange.TAXIIRecord) bool {
			return a.ID == b.ID && a.DateAdded.Equal(b.DateAdded) && a.Modified.Equal(b.Modified) && string(a.Raw) == string(b.Raw)
		})
		if !same || got.More != want.More {
			t.Errorf("%s: got %d records, more %t; want %d, %t", name, len(got.Records), got.More, len(want.Records), want.More)
		}
	}
}

func TestTAXIIInbox(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b, c := w.team("b", "BD"), w.team("c", "IN")
	asB := exchange.Caller{Team: b.ID, Credential: "key:b"}
	post := exchange.TAXIIPost{
		Collection: "inbox", At: start, Raw: []byte(`{"objects":[{}]}`),
		Objects: []exchange.TAXIIObject{{ID: "sighting--1", Type: "sighting", Modified: start}}, Refused: []exchange.TAXIIStatusItem{{ID: "x", Message: "not STIX"}},
	}
	status := must(w.TAXIIReceive(ctx, asB, post))(t)
	if !status.Complete || len(status.Successes) != 1 || len(status.Failures) != 1 {
		t.Errorf("status = %+v", status)
	}
	if got := must(w.TAXIIStatus(ctx, asB, status.ID))(t); len(got.Failures) != 1 || got.Failures[0].Message != "not STIX" {
		t.Errorf("TAXIIStatus = %+v", got)
	}
	_, err := w.TAXIIStatus(ctx, exchange.Caller{Team: c.ID}, status.ID)
	wantErr(t, "another's status", err, inventory.ErrNotFound)
	_, err = w.TAXIIReceive(ctx, exchange.Caller{}, post)
	wantErr(t, "a post by anybody", err, inventory.ErrNotFound)
	post.Collection = "public"
	_, err = w.TAXIIReceive(ctx, asB, post)
	wantErr(t, "a post into what is for reading", err, inventory.ErrForbidden)

	in := must(w.Inbound(ctx, "IN-1"))(t)
	if in.State != exchange.InboundQuarantined || in.Team != b.ID || in.Document.Format != "" {
		t.Errorf("the post is %+v", in)
	}
	if raw := must(w.InboundRaw(ctx, in.ID))(t); string(raw) != string(post.Raw) {
		t.Errorf("raw = %q", raw)
	}
	if n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'match' AND args->>'inbound' = 'IN-1'"); n != 1 {
		t.Error("no job will read it")
	}
	_, err = w.DecideInbound(ctx, "mara", in.ID, true, "blindly")
	wantErr(t, "accepting what nobody has read", err, inventory.ErrConflict)
	read := received(c.ID, "B-1", "1") // whatever the reader thinks, it came from B
	read.ID = in.ID
	if got := must(w.ExaminedInbound(ctx, read))(t); got.State != exchange.InboundAccepted || got.Team != b.ID {
		t.Errorf("examined: %+v", got)
	}
	if got := must(w.Inbound(ctx, in.ID))(t); got.Document.TrackingID != "B-1" || got.Team != b.ID || got.Channel != exchange.ChannelTAXII {
		t.Errorf("stored: %+v", got)
	}
	_, err = w.ExaminedInbound(ctx, read)
	wantErr(t, "examining it again", err, inventory.ErrConflict)
}

// What a peer posts is kept for good. It may not fill the disk with it, be it
// by what it says or by what it is told.
func TestTAXIIInboxHasAnEnd(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b, c := w.team("b", "BD"), w.team("c", "IN")
	post := exchange.TAXIIPost{
		Collection: "inbox", Raw: []byte(`{"objects":[{}]}`), Objects: []exchange.TAXIIObject{{ID: "sighting--1", Type: "sighting", Modified: start}},
	}
	w.rows(`WITH more AS (
			INSERT INTO taxii_statuses (id, team_id, status, created_at)
			SELECT gen_random_uuid()::text, $1, '{}', $2 FROM generate_series(1, 4999) RETURNING 1
		) SELECT count(*) FROM more`, string(b.ID), w.clock.now())
	if n := w.rows("SELECT count(*) FROM pg_indexes WHERE tablename = 'taxii_statuses' AND indexdef LIKE '%(team_id, created_at)'"); n != 1 {
		t.Errorf("%d indexes for what a team has posted lately: each post would read what everybody ever posted", n)
	}
	asB, asC := exchange.Caller{Team: b.ID, Credential: "key:b"}, exchange.Caller{Team: c.ID, Credential: "key:c"}
	must(w.TAXIIReceive(ctx, asB, post))(t)
	_, err := w.TAXIIReceive(ctx, asB, post)
	wantErr(t, "a post too many", err, inventory.ErrUnavailable)

	post.Raw = make([]byte, 512<<20+1)
	_, err = w.TAXIIReceive(ctx, asC, post)
	wantErr(t, "a byte too many", err, inventory.ErrUnavailable)
	post.Raw = []byte(`{}`)
	must(w.TAXIIReceive(ctx, asC, post))(t) // B's posts are not C's
	w.clock.advance(25 * time.Hour)
	must(w.TAXIIReceive(ctx, asB, post))(t)
}

// Who reads one collection only hears of a withdrawal there, whatever label the
// advisory has borne since.
func TestWithdrawalReachesEachCollection(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	a := w.approved("Wrong", advisory.Green, advisory.Exposure)
	w.release(a.ID, b.ID)
	w.revise(a.ID, advisory.Amber)
	w.release(a.ID, b.ID)
	must(w.WithdrawAdvisory(ctx, "ada", a.ID, "it was a mistake"))(t)
	must(w.ApproveRelease(ctx, "omar", "REL-3", pen))(t)
	for _, alias := range []string{"advisories-green", "advisories-amber"} {
		page := w.objects(exchange.Caller{Team: b.ID}, exchange.TAXIIQuery{Collection: alias, Types: []string{"report"}})
		if len(page.Records) != 1 || page.Records[0].Release != "REL-3" || string(page.Records[0].Raw) != `{"rev":3}` {
			t.Errorf("%s has %+v", alias, page.Records)
		}
	}
}
