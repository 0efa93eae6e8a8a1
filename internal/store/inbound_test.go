package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

func (w *world) keep(in exchange.Inbound, raw string) exchange.Inbound {
	w.t.Helper()
	return must(w.KeepInbound(w.t.Context(), in, []byte(raw)))(w.t)
}

func (w *world) inboundState(id exchange.InboundID) exchange.InboundState {
	w.t.Helper()
	return must(w.Inbound(w.t.Context(), id))(w.t).State
}

func TestInboundIsKeptOnce(t *testing.T) {
	w := newWorld(t)
	b := w.team("b", "BD")
	first := w.keep(received(b.ID, "B-1", "1"), "one")
	if first.ID != "IN-1" || first.State != exchange.InboundAccepted || first.DecidedBy != "rule" || first.SHA256 != sha("one") || first.Size != 3 {
		t.Errorf("kept %+v", first)
	}
	if got := must(w.InboundRaw(t.Context(), first.ID))(t); string(got) != "one" {
		t.Errorf("raw = %q", got)
	}
	if n := w.rows("SELECT count(*) FROM river_job WHERE queue = 'exchange' AND args->>'inbound' = 'IN-1' AND kind IN ('match', 'answer')"); n != 2 {
		t.Errorf("%d jobs, want one to match and one to answer", n)
	}
	again := w.keep(received(b.ID, "B-1", "1"), "one")
	if again.ID != "" || again.State != exchange.InboundDuplicate || again.Duplicates != first.ID {
		t.Errorf("the same again: %+v", again)
	}
	mailed := received(b.ID, "B-1", "1")
	mailed.Channel = exchange.ChannelMail
	over := w.keep(mailed, "one")
	if over.ID != "IN-2" || over.Duplicates != first.ID || over.State != exchange.InboundDuplicate {
		t.Errorf("over another channel: %+v", over)
	}
	misp := w.keep(received(b.ID, "B-1", "1"), "one as MISP")
	if misp.State != exchange.InboundDuplicate || misp.Duplicates != first.ID {
		t.Errorf("the same revision in other bytes: %+v", misp)
	}
	if n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'match'"); n != 1 {
		t.Errorf("%d match jobs, want 1", n)
	}
}

func TestForgedCopyDoesNotHideTheRealOne(t *testing.T) {
	w := newWorld(t)
	b := w.team("b", "BD")
	forged := received(b.ID, "B-1", "1")
	forged.Signature, forged.State, forged.Reason = exchange.SignatureBad, exchange.InboundRejected, "bad signature"
	w.keep(forged, "one, changed")
	unsigned := received(b.ID, "B-1", "1")
	unsigned.Signature, unsigned.State = exchange.SignatureNone, exchange.InboundQuarantined
	w.keep(unsigned, "one")
	if got := w.keep(received(b.ID, "B-1", "1"), "one"); got.State != exchange.InboundAccepted {
		t.Errorf("the signed one is %+v", got)
	}
	known := must(w.KnownVersions(t.Context(), "https://b.example", "B-1"))(t)
	if len(known) != 2 { // the unsigned one has become a duplicate
		t.Errorf("KnownVersions = %+v", known)
	}
}

func TestRevisionChain(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b, c := w.team("b", "BD"), w.team("c", "IN")
	one := w.keep(received(b.ID, "B-1", "1"), "one")
	ten := w.keep(received(b.ID, "B-1", "10"), "ten")
	if ten.State != exchange.InboundAccepted || ten.Supersedes != one.ID || w.inboundState(one.ID) != exchange.InboundSuperseded {
		t.Errorf("version 10 is %+v; version 1 is %s", ten, w.inboundState(one.ID))
	}
	changed := received(b.ID, "B-1", "10")
	changed.State, changed.Reason = exchange.InboundRejected, "something else under the same version"
	if got := w.keep(changed, "ten, changed"); got.State != exchange.InboundRejected || got.Duplicates != "" {
		t.Errorf("something else under the same version: %+v", got)
	}
	back := w.keep(received(b.ID, "B-1", "9"), "nine")
	if back.State != exchange.InboundRejected || !back.Problems[0].Fatal || back.Problems[0].Code != "version-backwards" {
		t.Errorf("a version that goes back: %+v", back)
	}
	theirs := w.keep(received(c.ID, "B-1", "11"), "not theirs")
	if theirs.State != exchange.InboundRejected || theirs.Problems[0].Code != "tracking-id" {
		t.Errorf("another team's document of that id: %+v", theirs)
	}
	waits := received(b.ID, "B-1", "11")
	waits.State = exchange.InboundQuarantined
	waiting := w.keep(waits, "eleven")
	w.keep(received(b.ID, "B-1", "12"), "twelve")
	_, err := w.DecideInbound(ctx, "mara", waiting.ID, true, "looks good")
	wantErr(t, "accepting what was overtaken", err, inventory.ErrConflict)
	if got := must(w.DecideInbound(ctx, "mara", waiting.ID, false, "overtaken"))(t); got.State != exchange.InboundRejected || got.DecidedBy != "mara" {
		t.Errorf("rejected: %+v", got)
	}
	_, err = w.DecideInbound(ctx, "mara", waiting.ID, false, "again")
	wantErr(t, "deciding twice", err, inventory.ErrConflict)
}

func TestDecideInbound(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	in := received(b.ID, "B-1", "1")
	in.State, in.Problems = exchange.InboundQuarantined, []exchange.Problem{{Code: "csaf 6.2.1", What: "is odd"}}
	odd := w.keep(in, "odd")
	in = received(b.ID, "B-2", "1")
	in.State, in.Problems = exchange.InboundQuarantined, []exchange.Problem{{Code: "tlp-ceiling", What: "is above", Fatal: true}}
	fatal := w.keep(in, "fatal")
	_, err := w.DecideInbound(ctx, "mara", fatal.ID, true, "I want it")
	wantErr(t, "accepting what has a fatal problem", err, inventory.ErrForbidden)
	_, err = w.DecideInbound(ctx, "mara", odd.ID, true, " ")
	wantErr(t, "deciding without a reason", err, inventory.ErrInvalid)
	got := must(w.DecideInbound(ctx, "mara", odd.ID, true, "checked by telephone"))(t)
	if got.State != exchange.InboundAccepted || got.DecidedBy != "mara" || len(got.Problems) != 1 {
		t.Errorf("accepted: %+v", got)
	}
	if n := w.rows("SELECT count(*) FROM audit_log WHERE act = 'inbound.accept' AND actor = 'mara' AND object = 'IN-1'"); n != 1 {
		t.Errorf("%d audit entries, want 1", n)
	}
	list, _, err := w.Inbounds(ctx, exchange.InboundFilter{State: exchange.InboundQuarantined}, inventory.Page{})
	if err != nil || len(list) != 1 || list[0].ID != fatal.ID {
		t.Errorf("Inbounds = %+v, %v", list, err)
	}
	for _, statement := range []string{
		"UPDATE inbounds SET version = '9'", "UPDATE inbounds SET signature = 'good', team_id = 'TEAM-2'", "DELETE FROM inbounds",
	} {
		if _, err := connect(t, w.db.URL).ExecContext(ctx, statement); err == nil {
			t.Errorf("%s is allowed", statement)
		}
	}
}

func TestWithdrawalCascades(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	one := w.keep(received(b.ID, "B-1", "1"), "one")
	derived := must(w.CreateAdvisory(ctx, "ada", advisory.Advisory{
		Title: "Derived", TLP: advisory.Green, Category: advisory.Exposure,
		Origins: []advisory.Origin{{Team: string(b.ID), Document: "https://b.example/B-1 1", TLP: advisory.Green}},
	}))(t)
	other := must(w.CreateAdvisory(ctx, "ada", advisory.Advisory{
		Title: "Other", TLP: advisory.Green, Category: advisory.Exposure,
		Origins: []advisory.Origin{{Team: string(b.ID), Document: "https://b.example/B-10 1", TLP: advisory.Green}},
	}))(t)
	in := received(b.ID, "B-1", "2")
	in.Document.Withdrawn = true
	got := w.keep(in, "withdrawn")
	if got.State != exchange.InboundWithdrawn || got.Supersedes != one.ID || w.inboundState(one.ID) != exchange.InboundWithdrawn {
		t.Errorf("the withdrawal is %+v; what it withdraws %s", got, w.inboundState(one.ID))
	}
	if said := must(w.Comments(ctx, derived.ID))(t); len(said) != 1 || said[0].By != "inbox" {
		t.Errorf("comments on the derived one: %+v", said)
	}
	if said := must(w.Comments(ctx, other.ID))(t); len(said) != 0 {
		t.Errorf("comments on another: %+v", said)
	}
	if n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'answer' AND args->>'inbound' = $1", got.ID); n != 1 {
		t.Error("nobody will confirm the withdrawal")
	}
	if n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'match' AND args->>'inbound' = $1", got.ID); n != 0 {
		t.Error("a withdrawal is matched")
	}
}

func TestSource(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	src := must(w.CreateSource(ctx, "mara", exchange.Source{
		Team: b.ID, Channel: exchange.ChannelCSAF, URL: "https://b.example/provider-metadata.json", Every: 15 * time.Minute, APIKey: "theirs",
	}))(t)
	if n := w.rows("SELECT count(*) FROM audit_log WHERE detail::text LIKE '%theirs%'"); src.ID != "SRC-1" || n != 0 {
		t.Errorf("made %+v, and %d audit entries tell its key", src, n)
	}
	_, err := w.CreateSource(ctx, "mara", exchange.Source{Team: b.ID, Channel: exchange.ChannelCSAF, URL: "https://b.example/", Every: time.Second})
	wantErr(t, "polling each second", err, inventory.ErrInvalid)
	if err := w.PollDone(ctx, src.ID, "c1", nil); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Hour)
	if err := w.PollDone(ctx, src.ID, "", errors.New("connection refused")); err != nil {
		t.Fatal(err)
	}
	if err := w.PollDone(ctx, src.ID, "", errors.New("connection refused")); err != nil { // as before: no news
		t.Fatal(err)
	}
	if n := w.rows("SELECT count(*) FROM audit_log WHERE act = 'source.fail' AND object = 'SRC-1' AND detail::text LIKE '%connection refused%'"); n != 1 {
		t.Errorf("%d audit entries of one trouble", n)
	}
	got := must(w.Source(ctx, src.ID))(t)
	if got.Cursor != "c1" || !got.LastGood.Equal(start) || !got.LastTry.Equal(start.Add(time.Hour)) || got.LastError != "connection refused" ||
		!got.NextAt.Equal(start.Add(time.Hour+15*time.Minute)) || got.APIKey != "theirs" {
		t.Errorf("source = %+v", got)
	}
	execSQL(t, w.db.URL, "DELETE FROM river_job")
	polls := func() int { return w.rows("SELECT count(*) FROM river_job WHERE kind = 'poll'") }
	must(w.ReapExchange(ctx))(t)
	if polls() != 0 {
		t.Error("polled before it is due")
	}
	w.clock.advance(15 * time.Minute)
	must(w.ReapExchange(ctx))(t)
	must(w.ReapExchange(ctx))(t)
	if polls() != 1 {
		t.Errorf("%d poll jobs, want 1", polls())
	}
	execSQL(t, w.db.URL, "DELETE FROM river_job")
	if err := w.PauseSource(ctx, "mara", src.ID, true); err != nil {
		t.Fatal(err)
	}
	if must(w.ReapExchange(ctx))(t); polls() != 0 {
		t.Error("a paused source is polled")
	}
	wantErr(t, "an unknown source", w.PollDone(ctx, "SRC-9", "", nil), inventory.ErrNotFound)
}

func TestBundles(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	for want, before := range []string{"", "aa", "bb"} {
		got, previous, err := w.NextBundle(ctx, b.ID)
		if err != nil || got != int64(want)+1 || previous != before {
			t.Errorf("NextBundle = %d after %q, %v, want %d after %q", got, previous, err, want+1, before)
		}
		if err := w.BundleWritten(ctx, b.ID, got, []string{"aa", "bb", "cc"}[want]); err != nil {
			t.Error(err)
		}
		wantErr(t, "a second bundle of one number", w.BundleWritten(ctx, b.ID, got, "dd"), inventory.ErrConflict)
	}
	wantErr(t, "a number too far", w.BundleWritten(ctx, w.team("c", "NP").ID, 2, "dd"), inventory.ErrConflict)
	must(w.SeenBundle(ctx, b.ID, 1))(t)
	got := must(w.SeenBundle(ctx, b.ID, 4))(t)
	if got.Again || len(got.Missing) != 1 || got.Missing[0] != (exchange.Gap{From: 2, To: 3}) {
		t.Errorf("the fourth: %+v", got)
	}
	if got := must(w.SeenBundle(ctx, b.ID, 1))(t); !got.Again {
		t.Errorf("the first again: %+v", got)
	}
	if got := must(w.SeenBundles(ctx, b.ID))(t); !slices.Equal(got, []int64{1, 4}) {
		t.Errorf("SeenBundles = %v", got)
	}
	_, err := w.SeenBundle(ctx, b.ID, 0)
	wantErr(t, "a bundle without a number", err, inventory.ErrInvalid)
}

// What came unsigned over one channel waits no longer when the signed original
// comes over another.
func TestAcceptanceClosesWhatWaitsOfTheSame(t *testing.T) {
	w := newWorld(t)
	b := w.team("b", "BD")
	unsigned := received(b.ID, "B-1", "1")
	unsigned.Channel, unsigned.State, unsigned.Signature = exchange.ChannelTAXII, exchange.InboundQuarantined, exchange.SignatureNone
	waiting := w.keep(unsigned, "as objects")
	later := received(b.ID, "B-1", "2")
	later.State = exchange.InboundQuarantined
	other := w.keep(later, "version 2")
	signed := w.keep(received(b.ID, "B-1", "1"), "as a document")
	if signed.State != exchange.InboundAccepted {
		t.Fatalf("signed: %+v", signed)
	}
	if got := must(w.Inbound(t.Context(), waiting.ID))(t); got.State != exchange.InboundDuplicate || got.Duplicates != signed.ID {
		t.Errorf("the unsigned one is %s of %q", got.State, got.Duplicates)
	}
	if got := must(w.Inbound(t.Context(), other.ID))(t); got.State != exchange.InboundQuarantined {
		t.Errorf("another version is %s", got.State)
	}
}

func TestTroubleWithASourceIsOneEntry(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	src := must(w.CreateSource(ctx, "mara", exchange.Source{Team: b.ID, Channel: exchange.ChannelCSAF, URL: "https://b.example/", Every: time.Hour}))(t)
	for _, why := range []string{"", "read 192.0.2.1:4001: reset", "read 192.0.2.1:4002: reset", "redirected to a private address", "", ""} {
		var problem error
		if why != "" {
			problem = errors.New(why)
		}
		if err := w.PollDone(ctx, src.ID, "", problem); err != nil {
			t.Fatal(err)
		}
	}
	failed := w.rows("SELECT count(*) FROM audit_log WHERE act = 'source.fail'")
	recovered := w.rows("SELECT count(*) FROM audit_log WHERE act = 'source.recover'")
	if failed != 2 || recovered != 1 {
		t.Errorf("%d entries of troubles and %d of their end, want 2 and 1", failed, recovered)
	}
	if _, err := w.VerifyAudit(ctx); err != nil {
		t.Error(err)
	}
}

func TestWhatIsRefusedIsInTheAuditLog(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	if err := w.RefusedFile(ctx, "mara", "beta-3.bundle", "its signature is of nobody who is known"); err != nil {
		t.Fatal(err)
	}
	if err := w.DenyRelease(ctx, "rita", exchange.Release{Advisory: "ADV-1", Revision: 1}, "refused by public-tlp: it is TLP:AMBER"); err != nil {
		t.Fatal(err)
	}
	for act, want := range map[string]string{"inbound.refuse": "nobody who is known", "release.deny": "public-tlp"} {
		if n := w.rows("SELECT count(*) FROM audit_log WHERE act = '" + act + "' AND detail::text LIKE '%" + want + "%'"); n != 1 {
			t.Errorf("%d entries of %s, want 1", n, act)
		}
	}
}
