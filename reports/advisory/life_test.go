package advisory

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
)

// good are fields in order, one of each.
func good() Fields {
	return Fields{
		Category: Vulnerability, TLP: Green, Check: "exposed-redis", Title: " Redis \n can be  reached ", Summary: "It can.", Impact: "Data go.", Fix: "Set a password.",
		Severity: inventory.SeverityHigh, CVEs: []string{"cve-2022-0543", " CVE-2022-0543"}, CWEs: []string{"cwe-306"}, References: []string{"https://redis.io/security ", ""},
		Products: []Product{
			{Vendor: "redis", Name: "redis", Version: "7.0.15", CPE: "cpe:2.3:a:redis:redis:7.0.15:*:*:*:*:*:*:*", PURL: "pkg:deb/debian/redis@7.0.15"},
			{Name: "redis", Range: "vers:generic/>=6.0|<6.2.6", Status: ProductUnknown},
		},
		Scores:     []Score{{CVE: "cve-2022-0543", Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
		Supersedes: "ADV-1",
	}
}

func draft(t *testing.T) Advisory {
	t.Helper()
	a, err := New("nima", good(), now)
	if err != nil {
		t.Fatal(err)
	}
	a.ID = "ADV-3"
	return a
}

// released is draft, approved by sita and released an hour later.
func released(t *testing.T, change func(*Fields)) Advisory {
	t.Helper()
	f := good()
	change(&f)
	a, err := New("nima", f, now)
	if err == nil {
		a.ID = "ADV-3"
		a, err = Approve(a, "sita", now)
	}
	if err == nil && NeedsLegal(a) {
		a, err = ApproveLegal(a, "lex", now)
	}
	if err == nil {
		a, err = Release(a, now.Add(time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestNew(t *testing.T) {
	a := draft(t)
	if a.Title != "Redis can be reached" || len(a.CVEs) != 1 || a.CVEs[0] != "CVE-2022-0543" || a.CWEs[0] != "CWE-306" || len(a.References) != 1 || a.Scores[0].CVE != "CVE-2022-0543" {
		t.Errorf("New did not tidy: %+v", a)
	}
	if a.State != Draft || a.Revision != 1 || a.Author != "nima" || !a.CreatedAt.Equal(now) || len(a.History) != 1 || a.History[0].Released {
		t.Errorf("New began %+v", a)
	}
	if _, err := New(" ", good(), now); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("New without an author = %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for field, spoil := range map[string]func(*Fields){
		"category":            func(f *Fields) { f.Category = "gossip" },
		"tlp":                 func(f *Fields) { f.TLP = "" },
		"title":               func(f *Fields) { f.Title = " \n" },
		"summary":             func(f *Fields) { f.Summary = "" },
		"impact":              func(f *Fields) { f.Impact = strings.Repeat("x", maxBlock+1) },
		"fix":                 func(f *Fields) { f.Fix = strings.Repeat("x", maxBlock+1) },
		"severity":            func(f *Fields) { f.Severity = "terrible" },
		"check":               func(f *Fields) { f.Check = "a b" },
		"cves[0]":             func(f *Fields) { f.CVEs = []string{"CVE-1-1", "CVE-2022-0543"} },
		"cves":                func(f *Fields) { f.Category = Exposure },
		"cwes[0]":             func(f *Fields) { f.CWEs = []string{"306"} },
		"references[0]":       func(f *Fields) { f.References = []string{"javascript:alert(1)"} },
		"references[1]":       func(f *Fields) { f.References = []string{"https://a.example", "https://user:pw@a.example/"} },
		"products[0].name":    func(f *Fields) { f.Products = []Product{{Vendor: "x"}} },
		"products[0].cpe":     func(f *Fields) { f.Products[0].CPE = "cpe:2.3:a:redis" },
		"products[0].purl":    func(f *Fields) { f.Products[0].PURL = "redis" },
		"products[0].range":   func(f *Fields) { f.Products[0].Range = "vers:generic/<7" },
		"products[1].range":   func(f *Fields) { f.Products[1].Range = "<7" },
		"products[1].status":  func(f *Fields) { f.Products[1].Status = "maybe" },
		"products[1].version": func(f *Fields) { f.Products[1].Range, f.Products[1].Version = "", strings.Repeat("1", 301) },
		"scores[0].cve":       func(f *Fields) { f.Scores[0].CVE = "CVE-2020-0001" },
		"scores[0].vector":    func(f *Fields) { f.Scores[0].Vector = "9.8" },
		"scores[1]": func(f *Fields) {
			f.Scores = append(f.Scores, Score{"CVE-2022-0543", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"})
		},
		"supersedes": func(f *Fields) { f.Supersedes = ID(strings.Repeat("x", maxLine+1)) },
	} {
		f := good()
		spoil(&f)
		_, err := New("nima", f, now)
		if got := mistakenFields(t, err); len(got) != 1 || got[0] != field {
			t.Errorf("%s spoilt: New refuses %v", field, got)
		}
	}
	_, err := New("nima", Fields{CVEs: []string{"x"}, Severity: "y"}, now)
	if diff := cmp.Diff([]string{"tlp", "severity", "title", "summary", "cves[0]"}, mistakenFields(t, err)); diff != "" {
		t.Errorf("all mistakes at once (-want +got):\n%s", diff)
	}
}

// mistakenFields are those of all the InputErrors joined in err, each of
// which must have a hint.
func mistakenFields(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%v is not a list of mistakes", err)
	}
	var out []string
	for _, e := range joined.Unwrap() {
		input, ok := errors.AsType[*inventory.InputError](e)
		if !ok || input.Hint == "" || input.Message == "" {
			t.Errorf("%v has no hint", e)
			continue
		}
		out = append(out, input.Field)
	}
	return out
}

func TestEdit(t *testing.T) {
	a := draft(t)
	if d := Diff(a, mustEdit(t, a, a.Fields(), "nima")); len(d) != 0 {
		t.Errorf("an edit that changes nothing changed %v", d)
	}
	f := a.Fields()
	f.Summary = "It still can."
	b := mustEdit(t, mustEdit(t, a, f, " NIMA "), f, "ravi")
	if len(b.Editors) != 1 || b.Editors[0] != "ravi" || b.Summary != f.Summary || len(a.Editors) != 0 {
		t.Errorf("Edit = %+v", b)
	}
	if _, err := Approve(b, "Ravi", now); !errors.Is(err, inventory.ErrForbidden) {
		t.Errorf("an editor approves: %v", err)
	}
	f.Title = ""
	for reason, c := range map[string]struct{ err, want error }{
		"fields are checked":      {second2(Edit(a, f, "nima", now)), inventory.ErrInvalid},
		"somebody edits":          {second2(Edit(a, a.Fields(), "", now)), inventory.ErrInvalid},
		"what is in review stays": {second2(Edit(must(Submit(a, now)), a.Fields(), "nima", now)), inventory.ErrConflict},
		"what is approved, too":   {second2(Edit(must(Approve(a, "sita", now)), a.Fields(), "nima", now)), inventory.ErrConflict},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v", reason, c.err)
		}
	}
	back, err := Return(must(Approve(a, "sita", now)), now)
	if err != nil || back.State != Draft || back.Approver != "" || back.ApprovedAt != nil {
		t.Errorf("Return = %+v, %v", back, err)
	}
	if _, err := Return(released(t, func(*Fields) {}), now); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("a released one returns: %v", err)
	}
}

func must(a Advisory, err error) Advisory {
	if err != nil {
		panic(err)
	}
	return a
}

func mustEdit(t *testing.T, a Advisory, f Fields, who string) Advisory {
	t.Helper()
	b, err := Edit(a, f, who, now)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLegal(t *testing.T) {
	for reason, c := range map[string]struct {
		change func(*Fields)
		needed bool
	}{
		"an ordinary one":        {func(*Fields) {}, false},
		"amber+strict":           {func(f *Fields) { f.TLP = AmberStrict }, false},
		"red":                    {func(f *Fields) { f.TLP = Red }, true},
		"an incident":            {func(f *Fields) { f.Category = Incident }, true},
		"a matter of cybercrime": {func(f *Fields) { f.Referral = true }, true},
	} {
		f := good()
		c.change(&f)
		a := must(Approve(must(New("nima", f, now)), "sita", now))
		if NeedsLegal(a) != c.needed {
			t.Errorf("%s: NeedsLegal = %t", reason, !c.needed)
		}
		if _, err := Release(a, now); errors.Is(err, inventory.ErrForbidden) != c.needed || !c.needed && err != nil {
			t.Errorf("%s, without a legal officer: Release = %v", reason, err)
		}
		legal, err := ApproveLegal(a, "lex", now)
		if !c.needed {
			if !errors.Is(err, inventory.ErrConflict) {
				t.Errorf("%s: ApproveLegal = %v", reason, err)
			}
			continue
		}
		if err != nil || legal.LegalBy != "lex" || legal.LegalAt == nil {
			t.Errorf("%s: ApproveLegal = %+v, %v", reason, legal, err)
		}
		if _, err := Release(legal, now); err != nil {
			t.Errorf("%s, with a legal officer: Release = %v", reason, err)
		}
		if _, err := ApproveLegal(a, "Nima", now); !errors.Is(err, inventory.ErrForbidden) {
			t.Errorf("%s: its author as legal officer: %v", reason, err)
		}
		if back := must(Return(legal, now)); back.LegalBy != "" || back.LegalAt != nil {
			t.Errorf("%s: after Return the legal officer still agrees", reason)
		}
	}
	if _, err := ApproveLegal(draft(t), "lex", now); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("ApproveLegal of a draft = %v", err)
	}
}

func TestReleaseToFurtherAudience(t *testing.T) {
	first := released(t, func(*Fields) {})
	again := must(Release(first, now.Add(100*time.Hour)))
	if !again.FirstReleased().Equal(now.Add(time.Hour)) || !again.LastReleased().Equal(now.Add(100*time.Hour)) || again.State != Released {
		t.Errorf("released again: first %s, last %s, %s", again.FirstReleased(), again.LastReleased(), again.State)
	}
	if diff := cmp.Diff(first.History, again.History); diff != "" {
		t.Errorf("released again, the history differs:\n%s", diff)
	}
}

func TestEnd(t *testing.T) {
	first := released(t, func(f *Fields) { f.Interim = true })
	writing := must(Revise(first, "ravi", "Better.", now))
	over := must(Supersede(writing, "ADV-9", "sita", now.Add(2*time.Hour)))
	if over.State != Withdrawn || over.SupersededBy != "ADV-9" || over.Revision != 3 || over.Interim || over.Approver != "" {
		t.Errorf("Supersede = %+v", over)
	}
	out := must(Release(over, now.Add(3*time.Hour)))
	want := []Change{
		{1, now.Add(time.Hour), "nima", "First version.", true},
		{2, now.Add(3 * time.Hour), "sita", "Superseded by ADV-9.", true},
	}
	if diff := cmp.Diff(want, out.Published()); diff != "" {
		t.Errorf("what readers see (-want +got):\n%s", diff)
	}
	if out.Version() != 2 || out.State != Withdrawn {
		t.Errorf("version %d, %s", out.Version(), out.State)
	}
	for reason, c := range map[string]struct{ err, want error }{
		"a draft that never went out": {second2(Withdraw(draft(t), "sita", "x", now)), inventory.ErrConflict},
		"twice":                       {second2(Withdraw(over, "sita", "x", now)), inventory.ErrConflict},
		"by nobody":                   {second2(Withdraw(first, " ", "x", now)), inventory.ErrInvalid},
		"by itself":                   {second2(Supersede(first, "ADV-3", "sita", now)), inventory.ErrInvalid},
		"by nothing":                  {second2(Supersede(first, " ", "sita", now)), inventory.ErrInvalid},
		"revised by nobody":           {second2(Revise(first, "", "x", now)), inventory.ErrInvalid},
		"revised without a word":      {second2(Revise(first, "nima", " ", now)), inventory.ErrInvalid},
		"finished, being final":       {second2(Finish(released(t, func(*Fields) {}), "nima", now)), inventory.ErrConflict},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", reason, c.err, c.want)
		}
	}
}

func TestInterim(t *testing.T) {
	const week = 7 * 24 * time.Hour
	a := released(t, func(f *Fields) { f.Interim = true })
	out := now.Add(time.Hour)
	if diff := cmp.Diff([]time.Time{out.Add(3 * week), out.Add(6 * week)}, Reminders(a)); diff != "" {
		t.Errorf("reminders (-want +got):\n%s", diff)
	}
	if !FinalDue(a).Equal(out.Add(6 * week)) {
		t.Errorf("FinalDue = %s", FinalDue(a))
	}
	if again := must(Release(a, now.Add(9*week))); !FinalDue(again).Equal(FinalDue(a)) {
		t.Error("another audience moves the date of the final version")
	}
	final := must(Finish(a, "ravi", now))
	if final.Interim || final.State != Draft || !a.Interim {
		t.Errorf("Finish = %+v", final)
	}
	unreleased := draft(t)
	unreleased.Interim = true
	for reason, x := range map[string]Advisory{
		"a final one": final, "one that never went out": unreleased, "a withdrawn one": must(Withdraw(a, "sita", "x", now)),
	} {
		if !FinalDue(x).IsZero() || Reminders(x) != nil {
			t.Errorf("%s is due %s", reason, FinalDue(x))
		}
	}
}

func TestComment(t *testing.T) {
	a := draft(t)
	c, err := NewComment(a, "sita", "summary", " Say\nwhich version. ", now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Comment{Advisory: "ADV-3", Revision: 1, By: "sita", At: now, Field: "summary", Text: "Say\nwhich version."}, c); diff != "" {
		t.Errorf("comment (-want +got):\n%s", diff)
	}
	done, err := c.Resolve("nima", now)
	if err != nil || !done.Resolved || done.ResolvedBy != "nima" || !done.ResolvedAt.Equal(now) || c.Resolved {
		t.Errorf("Resolve = %+v, %v", done, err)
	}
	if again, err := done.Resolve("ravi", now.Add(time.Hour)); err != nil || again.ResolvedBy != "nima" {
		t.Errorf("Resolve again = %+v, %v", again, err)
	}
	for reason, err := range map[string]error{
		"no text":            second3(NewComment(a, "sita", "", " ", now)),
		"no author":          second3(NewComment(a, "", "", "x", now)),
		"far too long":       second3(NewComment(a, "sita", "", strings.Repeat("x", maxBlock+1), now)),
		"resolved by nobody": second3(c.Resolve(" ", now)),
	} {
		if !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

func second3(_ Comment, err error) error { return err }

func TestDiff(t *testing.T) {
	a := draft(t)
	b := released(t, func(f *Fields) {
		f.Title, f.Interim = "Redis is open", true
		f.CVEs = append(f.CVEs, "CVE-2023-28425")
		f.Products[0].Version, f.Products[0].CPE, f.Products[0].PURL = "7.0.16", "", ""
	})
	b.Reach.Assets = 4
	b.Affected = []Affected{{Address: "198.51.100.7", Port: "80/tcp", Consent: inventory.ConsentAnonymised}}
	want := []FieldChange{
		{"interim", "no", "yes"},
		{"title", "Redis can be reached", "Redis is open"},
		{"cves", "", "CVE-2023-28425"},
		{"products", "vendor redis, name redis, version 7.0.15, cpe cpe:2.3:a:redis:redis:7.0.15:*:*:*:*:*:*:*, purl pkg:deb/debian/redis@7.0.15", ""},
		{"products", "", "vendor redis, name redis, version 7.0.16"},
		{"reach.assets", "0", "4"},
		{"affected", "", "address 198.51.100.7, port 80/tcp, consent anonymised"},
	}
	if diff := cmp.Diff(want, Diff(a, b)); diff != "" {
		t.Errorf("Diff (-want +got):\n%s", diff)
	}
	if d := Diff(b, b); len(d) != 0 {
		t.Errorf("Diff with itself = %v", d)
	}
}

func TestSamePerson(t *testing.T) {
	for _, name := range []string{"ada rai", " ADA  Rai ", "Ada\u00a0Rai", "A\u200bda Rai", "\uff21da Rai", "ada\u2003rai\ufeff"} {
		if !SamePerson("Ada Rai", name) {
			t.Errorf("%+q counts as another person", name)
		}
		a := Advisory{ID: "ADV-1", State: InReview, Author: "Ada Rai", Editors: []string{"bo"}}
		if _, err := Approve(a, name, time.Time{}); !errors.Is(err, inventory.ErrForbidden) {
			t.Errorf("%+q may approve what Ada Rai wrote: %v", name, err)
		}
	}
	if !SamePerson("\u00c9va", "e\u0301VA") || SamePerson("ada rai", "adarai") || SamePerson("রমা", "রুমা") {
		t.Error("names are compared too strictly, or not strictly enough")
	}
}

func TestWithdrawalWaitsForNoLegalOfficer(t *testing.T) {
	a := Advisory{TLP: Red, Category: Incident, Referral: true, State: Released}
	if !NeedsLegal(a) {
		t.Error("what is red needs no legal officer")
	}
	if a.State = Withdrawn; NeedsLegal(a) {
		t.Error("the word that it is withdrawn needs the legal officer, who cannot agree to it any more")
	}
}
