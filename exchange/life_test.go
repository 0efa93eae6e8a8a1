package exchange

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/google/go-cmp/cmp"
)

const agreementText = `{
  "team": "TEAM-3", "reference": "MoU 2022/17", "title": "Cooperation in cyber security",
  "ours": {"authority": "Ministry A", "cert": "CERT A", "legal_basis": "Act 1", "constraints": ["no evidence in court"]},
  "theirs": {"authority": "Ministry B", "cert": "CERT B", "legal_basis": "Act 2", "constraints": []},
  "effective_at": "2026-04-08", "notice_days": 90,
  "give": {"categories": ["vulnerability", "exposure"], "ceiling": "TLP:AMBER", "channels": ["csaf", "mail"], "victims": "own", "ack_hours": 48},
  "take": {"categories": ["vulnerability"], "ceiling": "amber+strict"},
  "committee": [{"side": "ours", "name": "Anu", "title": "Director", "email": "anu@cert.example"}],
  "meetings": [{"at": "2026-10-01T09:00:00Z", "place": "Dhaka", "minutes": "Agreed on feeds."}],
  "themes": ["information_exchange", "cii_protection"]
}`

func draft(t *testing.T) Agreement {
	t.Helper()
	a, err := ParseAgreement(strings.NewReader(agreementText))
	if err != nil {
		t.Fatal(err)
	}
	a.ID = "AGR-1"
	return a
}

func TestParseAgreement(t *testing.T) {
	a := draft(t)
	if a.State != AgreementDraft || a.ExpiresAt != time.Date(2031, 4, 8, 0, 0, 0, 0, time.UTC) || a.Give.Ceiling != advisory.Amber ||
		a.Take.DefaultTLP != advisory.Amber || a.Take.Victims != VictimsNever || a.Take.Onward != OnwardNone {
		t.Errorf("parsed %+v", a)
	}
	var out bytes.Buffer
	if err := WriteAgreement(&out, a); err != nil {
		t.Fatal(err)
	}
	again, err := ParseAgreement(&out)
	again.ID = a.ID
	if diff := cmp.Diff(a, again); err != nil || diff != "" {
		t.Errorf("%v; round trip (-want +got):\n%s", err, diff)
	}
}

func TestParseAgreementRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, field string }{
		{`"reference": "MoU 2022/17", `, ``, "reference"},
		{`"team": "TEAM-3", `, ``, "team"},
		{`"effective_at": "2026-04-08"`, `"effective_at": "08/04/2026"`, "date"},
		{`"effective_at": "2026-04-08"`, `"effective_at": "2026-04-08", "expires_at": "2025-01-01"`, "expires_at"},
		{`"effective_at": "2026-04-08"`, `"effective_at": "2026-04-08", "expires_at": "2126-01-01"`, "expires_at"},
		{`"vulnerability", "exposure"`, `"vulnerability", "gossip"`, "give.categories[1]"},
		{`"vulnerability", "exposure"`, `"vulnerability", "vulnerability"`, "give.categories[1]"},
		{`"TLP:AMBER"`, `"pink"`, "give.ceiling"},
		{`"ceiling": "TLP:AMBER", `, ``, "give.ceiling"},
		{`"csaf", "mail"`, `"csaf", "fax"`, "give.channels[1]"},
		{`"victims": "own"`, `"victims": "all"`, "give.victims"},
		{`"ack_hours": 48`, `"ack_hours": -1`, "give.ack_hours"},
		{`"ack_hours": 48`, `"iep": {"attribution": "perhaps"}`, "give.iep.attribution"},
		{`"ceiling": "amber+strict"`, `"ceiling": "amber", "default_tlp": "clear"`, "take.default_tlp"},
		{`"side": "ours"`, `"side": "both"`, "committee[0].side"},
		{`anu@cert.example`, `Anu <anu@cert.example>`, "committee[0].email"},
		{`"cii_protection"`, `"gardening"`, "themes[1]"},
		{`"notice_days": 90`, `"notice_days": "ninety"`, "notice_days"},
		{`"notice_days": 90`, `"notice_dayz": 90`, "agreement"},
		{`"cii_protection"]` + "\n}", `"cii_protection"]} {}`, "agreement"},
		{"Agreed on feeds.", " ", "meeting.minutes"},
	} {
		if !strings.Contains(agreementText, c.old) {
			t.Fatalf("no %q in the text", c.old)
		}
		_, err := ParseAgreement(strings.NewReader(strings.Replace(agreementText, c.old, c.new, 1)))
		if fields := fieldsOf(err); !slices.Equal(fields, []string{c.field}) {
			t.Errorf("%s: fields %v of %v, want %s", c.new, fields, err, c.field)
		}
	}
	if _, err := ParseAgreement(strings.NewReader(strings.Repeat(" ", maxAgreementFile+1))); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("too long: %v", err)
	}
	both := strings.NewReplacer(`"reference": "MoU 2022/17", `, "", `"own"`, `"all"`).Replace(agreementText)
	if _, err := ParseAgreement(strings.NewReader(both)); len(fieldsOf(err)) != 2 {
		t.Errorf("two mistakes are told as %v", err)
	}
}

// fieldsOf are the fields of all InputErrors in an error.
func fieldsOf(err error) []string {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range many.Unwrap() {
			out = append(out, fieldsOf(e)...)
		}
		return out
	}
	if e, ok := errors.AsType[*inventory.InputError](err); ok {
		return []string{e.Field}
	}
	return nil
}

func TestAgreementLife(t *testing.T) {
	a, day := draft(t), func(n int) time.Time { return time.Date(2026, 4, 8+n, 0, 0, 0, 0, time.UTC) }
	is := func(at time.Time, want AgreementState) {
		t.Helper()
		if got := a.StateAt(at); got != want {
			t.Errorf("at %s: %s, want %s", at, got, want)
		}
	}
	fine := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	refused := func(err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
	}
	refused(a.Suspend("anu", "x", day(1)), inventory.ErrConflict)
	refused(a.Terminate("anu", "x", day(1)), inventory.ErrConflict)
	refused(a.Renew(time.Time{}, day(1)), inventory.ErrConflict)
	refused(a.Sign(day(-9), "mou.pdf", nil), inventory.ErrInvalid)
	refused(a.Sign(day(-9), " ", []byte("text")), inventory.ErrInvalid)
	incomplete := draft(t)
	incomplete.Theirs.Authority = ""
	refused(incomplete.Sign(day(-9), "mou.pdf", []byte("text")), inventory.ErrInvalid)
	fine(a.Sign(day(-9), "mou.pdf", []byte("text")))
	if a.DocumentSHA256 != "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1" || !a.SignedAt.Equal(day(-9)) {
		t.Errorf("signed %+v", a)
	}
	is(day(-1), AgreementSigned)
	is(day(0), AgreementActive)
	refused(a.Sign(day(1), "mou.pdf", []byte("text")), inventory.ErrConflict)
	refused(a.Suspend("anu", "", day(1)), inventory.ErrInvalid)
	refused(a.Suspend("", "audit", day(1)), inventory.ErrInvalid)
	refused(a.Resume(day(1)), inventory.ErrConflict)
	fine(a.Suspend("anu", "audit", day(1)))
	is(day(1), AgreementSuspended)
	refused(a.Suspend("anu", "audit", day(1)), inventory.ErrConflict)
	refused(a.Renew(time.Time{}, day(1)), inventory.ErrConflict)
	fine(a.Resume(day(2)))
	is(day(2), AgreementActive)
	if a.EndedAt != nil || a.EndedWhy != "" {
		t.Errorf("resumed with %q", a.EndedWhy)
	}
	is(a.ExpiresAt, AgreementExpired)
	refused(a.Suspend("anu", "audit", a.ExpiresAt), inventory.ErrConflict)
	refused(a.Renew(a.ExpiresAt, day(3)), inventory.ErrInvalid)
	refused(a.Renew(day(3).AddDate(21, 0, 0), day(3)), inventory.ErrInvalid)
	fine(a.Renew(time.Time{}, a.ExpiresAt.AddDate(0, 1, 0)))
	if want := time.Date(2036, 4, 8, 0, 0, 0, 0, time.UTC); !a.ExpiresAt.Equal(want) {
		t.Errorf("renewed until %s", a.ExpiresAt)
	}
	is(time.Date(2031, 6, 1, 0, 0, 0, 0, time.UTC), AgreementActive)
	fine(a.AddMeeting(Meeting{At: day(30), Minutes: "Earlier."}))
	if len(a.Meetings) != 2 || a.Meetings[0].Minutes != "Earlier." {
		t.Errorf("meetings %+v", a.Meetings)
	}
	refused(a.AddMeeting(Meeting{Minutes: "x"}), inventory.ErrInvalid)
	fine(a.Terminate("anu", "both sides agreed", day(9)))
	is(day(9), AgreementTerminated)
	refused(a.Terminate("anu", "again", day(9)), inventory.ErrConflict)
	refused(a.Renew(time.Time{}, day(9)), inventory.ErrConflict)
}

func TestAdmits(t *testing.T) {
	a := draft(t)
	a.State = AgreementSigned
	doc := Document{Category: advisory.Vulnerability, TLP: advisory.Amber, Labelled: true}
	for _, c := range []struct {
		name   string
		change func(*Agreement, *Document)
		codes  string
		fatal  bool
	}{
		{"in order", func(*Agreement, *Document) {}, "", false},
		{"at the ceiling", func(_ *Agreement, d *Document) { d.TLP = advisory.AmberStrict }, "", false},
		{"above the ceiling", func(_ *Agreement, d *Document) { d.TLP = advisory.Red }, "tlp-ceiling", true},
		{"unlabelled", func(_ *Agreement, d *Document) { d.TLP, d.Labelled = "", false }, "", false},
		{"unlabelled, and the default is above", func(a *Agreement, d *Document) { d.Labelled, a.Take.DefaultTLP = false, advisory.Red }, "tlp-ceiling", true},
		{"an unknown label", func(_ *Agreement, d *Document) { d.TLP = "pink" }, "tlp-unknown", false},
		{"another category", func(_ *Agreement, d *Document) { d.Category = advisory.Incident }, "category", false},
		{"suspended", func(a *Agreement, _ *Document) { a.State = AgreementSuspended }, "agreement-active", false},
		{"no ceiling", func(a *Agreement, _ *Document) { a.Take.Ceiling = "" }, "tlp-ceiling", false},
	} {
		b, d := a, doc
		c.change(&b, &d)
		var codes []string
		fatal := false
		for _, p := range b.Admits(d, now) {
			codes, fatal = append(codes, p.Code), fatal || p.Fatal
			if !strings.HasPrefix(p.What, "agreement MoU 2022/17 (AGR-1): ") {
				t.Errorf("%s: %q names no clause", c.name, p.What)
			}
		}
		if strings.Join(codes, " ") != c.codes || fatal != c.fatal {
			t.Errorf("%s: %v, fatal %v", c.name, codes, fatal)
		}
	}
	if l := (Terms{DefaultTLP: advisory.Clear}).Label(Document{}); l != advisory.Amber {
		t.Errorf("unlabelled is held as %s", l)
	}
}

func TestStrictestPolicy(t *testing.T) {
	p := IEP{TLP: "amber", PermittedActions: "none", Attribution: "must", ExternalReferences: "a"}
	q := IEP{TLP: "green", EncryptInTransit: "must", PermittedActions: "internally-visible-actions", Attribution: "must-not", ExternalReferences: "b"}
	want := IEP{TLP: "amber", EncryptInTransit: "must", PermittedActions: "none", Attribution: "must-not", ExternalReferences: "a; b"}
	if got := p.Strictest(q); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := (IEP{}).Strictest(IEP{}); got != (IEP{}) {
		t.Errorf("nothing becomes %+v", got)
	}
	if StrictestTLP() != "" || StrictestTLP("clear", "white") != advisory.Red || StrictestTLP("green", "amber+strict", "amber") != advisory.AmberStrict {
		t.Error("labels are ordered wrongly")
	}
}

func TestGaps(t *testing.T) {
	for _, c := range []struct {
		seen []int64
		want []Gap
	}{
		{nil, []Gap{}},
		{[]int64{1, 2, 3}, []Gap{}},
		{[]int64{3, 1, 3, -4, 0}, []Gap{{2, 2}}},
		{[]int64{9, 4, 5}, []Gap{{1, 3}, {6, 8}}},
		{[]int64{math.MaxInt64, 1, math.MaxInt64}, []Gap{{2, math.MaxInt64 - 1}}},
	} {
		if got := Gaps(c.seen); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.seen, got, c.want)
		}
	}
}
