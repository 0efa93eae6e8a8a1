package stix

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/google/go-cmp/cmp"
)

var (
	key      = []byte("0123456789abcdef0123456789abcdef")
	first    = time.Date(2026, 11, 20, 8, 0, 0, 123_456_789, time.UTC)
	released = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	cert     = Producer{Name: "CERT of Examplia", Namespace: "https://cert.example", Contact: "cert@cert.example"}
)

func redis() advisory.Advisory {
	return advisory.Advisory{
		ID: "ADV-3", Revision: 2, State: advisory.Released, Category: advisory.Vulnerability, TLP: advisory.AmberStrict,
		Check: "redis-lua", Title: "Redis lets Lua out of its sandbox", Summary: "Found abroad & at home.", Impact: "Anybody runs code.",
		Fix: "Update to 7.0.16.", Severity: inventory.SeverityCritical, CVEs: []string{"CVE-2022-0543"}, CWEs: []string{"CWE-862"},
		References: []string{"https://redis.io/security", "javascript:alert(1)"},
		Products: []advisory.Product{
			{Vendor: "redislabs", Name: "redis", Version: "7.0.15", CPE: "cpe:2.3:a:redislabs:redis:7.0.15:*:*:*:*:*:*:*"},
			{Vendor: "redislabs", Name: "redis", Version: "7.0.15", CPE: "cpe:2.3:a:redislabs:redis:7.0.15:*:*:*:*:*:*:*"},
			{Name: "odd", CPE: "cpe:2.3:a:broken"},
		},
		Reach:   advisory.Reach{Organizations: 6, Assets: 9, Sectors: []inventory.Sector{inventory.SectorEnergy}},
		History: []advisory.Change{{Revision: 1, At: first, Summary: "First version."}, {Revision: 2, At: released, Summary: "Fix named."}},
	}
}

func options() Options {
	return Options{
		Producer: cert, Key: key, Audience: "TEAM-1", Released: released,
		CSAF:  Link{URL: "https://cert.example/csaf/amber/2026/adv-3.json", SHA256: strings.Repeat("ab", 32)},
		Notes: []Note{{Key: "ssvc", Title: "SSVC", Text: "Act: active exploitation."}, {Key: "kev", Title: "KEV", Text: " "}},
	}
}

// mustEncode also holds every object against the schemas.
func mustEncode(t *testing.T, a advisory.Advisory, o Options) []Object {
	t.Helper()
	out, err := Encode(a, o)
	if err != nil {
		t.Fatal(err)
	}
	validate(t, out)
	return out
}

func fields(t *testing.T, o Object) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(o.Raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func ofType(objects []Object, kind string) []Object {
	return slices.DeleteFunc(slices.Clone(objects), func(o Object) bool { return o.Type != kind })
}

func TestEncodeHoldsEverything(t *testing.T) {
	out := mustEncode(t, redis(), options())
	var kinds []string
	for _, o := range out {
		kinds = append(kinds, o.Type)
	}
	want := []string{
		"marking-definition", "identity", "vulnerability", "software", "software", "relationship", "relationship",
		"course-of-action", "relationship", "sighting", "note", "report",
	}
	if d := cmp.Diff(want, kinds); d != "" {
		t.Fatalf("types differ (-want +got):\n%s", d)
	}
	r := fields(t, ofType(out, "report")[0])
	if r["created"] != "2026-11-20T08:00:00.123Z" || r["modified"] != "2026-11-22T10:00:00.000Z" || r["published"] != r["created"] {
		t.Errorf("report is of %v, modified %v, published %v", r["created"], r["modified"], r["published"])
	}
	if d := cmp.Diff([]any{tlpIDs[advisory.AmberStrict]}, r["object_marking_refs"]); d != "" {
		t.Errorf("marking differs:\n%s", d)
	}
	refs := r["external_references"].([]any)
	link := refs[0].(map[string]any)
	if link["url"] != options().CSAF.URL || link["hashes"].(map[string]any)["SHA-256"] != strings.Repeat("ab", 32) || len(refs) != 2 {
		t.Errorf("references = %v, want the CSAF document with its hash, and redis.io alone", refs)
	}
	s := fields(t, ofType(out, "sighting")[0])
	if s["count"] != 9.0 || s["sighting_of_ref"] != ofType(out, "vulnerability")[0].ID || s["where_sighted_refs"].([]any)[0] != ofType(out, "identity")[0].ID {
		t.Errorf("sighting = %v, want 9 of the vulnerability, seen by the CERT", s)
	}
	m := fields(t, out[0])
	ext := m["extensions"].(map[string]any)[tlpExtension].(map[string]any)
	if m["name"] != "TLP:AMBER+STRICT" || ext["tlp_2_0"] != "amber+strict" || m["created"] != "2022-10-01T00:00:00.000Z" {
		t.Errorf("marking = %v", m)
	}
	for _, o := range out {
		f := fields(t, o)
		marked := f["object_marking_refs"] != nil
		if free := o.Type == "marking-definition" || o.Type == "identity"; marked == free {
			t.Errorf("%s: marked %v", o.ID, marked)
		}
		if strings.Contains(string(o.Raw), "TEAM-1") || strings.Contains(string(o.Raw), "javascript") {
			t.Errorf("%s names its audience or a script: %s", o.ID, o.Raw)
		}
	}
}

func TestEncodeIsDeterministic(t *testing.T) {
	one, two := mustEncode(t, redis(), options()), mustEncode(t, redis(), options())
	if d := cmp.Diff(one, two); d != "" {
		t.Errorf("the same advisory gives other bytes:\n%s", d)
	}
	a, err := Bundle(one)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := Bundle(two)
	if !bytes.Equal(a, b) || !isID(fields(t, Object{Raw: a})["id"].(string), "bundle") {
		t.Errorf("bundles differ, or have no id: %.200s", a)
	}
}

func TestEveryLabelAndCategoryIsValid(t *testing.T) {
	for _, label := range advisory.TLPs() {
		for _, c := range []advisory.Category{advisory.Vulnerability, advisory.Exposure, advisory.Indicators, advisory.Incident, advisory.Statistics} {
			a := redis()
			a.TLP, a.Category = label, c
			if c != advisory.Vulnerability {
				a.CVEs, a.Products, a.Fix, a.Reach = nil, nil, "", advisory.Reach{}
			}
			bare := options()
			bare.Notes, bare.CSAF = nil, Link{}
			if got := ofType(mustEncode(t, a, bare), "report"); len(got) != 1 {
				t.Errorf("%s %s: %d reports", label, c, len(got))
			}
		}
	}
}

func ids(objects []Object) map[string]bool {
	out := map[string]bool{}
	for _, o := range objects {
		out[o.ID] = true
	}
	return out
}

func TestIDsLastForLife(t *testing.T) {
	before := mustEncode(t, redis(), options())
	for _, o := range before {
		want := "4"
		if o.Type == "software" {
			want = "5"
		}
		if _, fixed := labelByID(o.ID); !fixed && o.ID[len(o.Type)+2+14:][:1] != want {
			t.Errorf("%s is no UUID version %s", o.ID, want)
		}
	}
	next, o := redis(), options()
	next.Revision, next.Title, next.TLP = 3, "Another title", advisory.Green
	next.History = append(next.History, advisory.Change{Revision: 3, At: released.Add(time.Hour), Summary: "x"})
	o.Released, o.Audience = released.Add(time.Hour), "TEAM-2"
	after := mustEncode(t, next, o)
	for i := range before {
		if after[i].ID != before[i].ID && before[i].Type != "marking-definition" {
			t.Errorf("%s became %s", before[i].ID, after[i].ID)
		}
	}
	if r := ofType(after, "report")[0]; !r.Modified.Equal(o.Released) || fields(t, r)["created"] != "2026-11-20T08:00:00.123Z" {
		t.Errorf("the new revision is of %s", r.Modified)
	}
	other := options()
	other.Key = []byte("another installation's key here!")
	for _, x := range ofType(mustEncode(t, redis(), other), "report") {
		if ids(before)[x.ID] {
			t.Errorf("two installations share %s", x.ID)
		}
	}
	second := redis()
	second.ID = "ADV-33"
	if id := ofType(mustEncode(t, second, options()), "report")[0].ID; ids(before)[id] {
		t.Errorf("two advisories share %s", id)
	}
}

func TestSoftwareIDIsTheWorlds(t *testing.T) {
	// As Python gives it: uuid5 of the namespace and json.dumps with sorted keys.
	s := software{Name: "redis", Vendor: "redislabs", Version: "7.0.15", CPE: "cpe:2.3:a:redislabs:redis:7.0.15:*:*:*:*:*:*:*"}
	if got, want := softwareID(s), "software--cb11e262-b20c-51db-8f39-66fc15c23c1d"; got != want {
		t.Errorf("softwareID = %s, want %s", got, want)
	}
}

func TestWithdrawalRevokesTheSameObjects(t *testing.T) {
	before := mustEncode(t, redis(), options())
	gone, err := advisory.Withdraw(redis(), "sita", "the check was wrong", released.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	o := options()
	o.Released = released.Add(time.Hour)
	after := mustEncode(t, gone, o)
	revoked := map[string]bool{}
	for _, x := range after {
		f := fields(t, x)
		if f["revoked"] == true {
			revoked[x.ID] = true
			if !x.Modified.Equal(o.Released) {
				t.Errorf("%s is revoked as of %s", x.ID, x.Modified)
			}
		}
		if strings.Contains(string(x.Raw), "Anybody runs code") {
			t.Errorf("%s still says what it said", x.ID)
		}
	}
	for _, x := range before {
		if may := x.Type == "marking-definition" || x.Type == "identity" || x.Type == "software"; revoked[x.ID] == may {
			t.Errorf("%s: revoked %v", x.ID, revoked[x.ID])
		}
	}
	if r := fields(t, ofType(after, "report")[0]); !strings.Contains(r["description"].(string), "the check was wrong") {
		t.Errorf("the report does not say why: %v", r)
	}
}

func TestWhatARevisionDropsIsRevoked(t *testing.T) {
	old := redis()
	old.CVEs = []string{"CVE-2022-0543", "CVE-2021-1111"}
	was := mustEncode(t, old, options())
	o := options()
	o.Released, o.Previous = released.Add(time.Hour), &old
	state := map[string]bool{}
	for _, x := range mustEncode(t, redis(), o) {
		state[x.ID] = fields(t, x)["revoked"] == true
	}
	for _, x := range was {
		revoked, there := state[x.ID]
		if f := fields(t, x); !there || revoked != strings.Contains(string(x.Raw), "CVE-2021-1111") && x.Type == "vulnerability" {
			t.Errorf("%s (%v): there %v, revoked %v", x.ID, f["name"], there, revoked)
		}
	}
}

func TestAffectedOnlyAsRedacted(t *testing.T) {
	a := redis()
	a.Affected = []advisory.Affected{{Sector: inventory.SectorEnergy, Country: "NP"}, {}}
	one := mustEncode(t, a, options())
	notes := ofType(one, "note")
	if len(notes) != 2 || fields(t, notes[1])["content"] != "- energy, NP" {
		t.Fatalf("notes = %s", notes)
	}
	o := options()
	o.Audience = "TEAM-2"
	if two := ofType(mustEncode(t, a, o), "note"); two[1].ID == notes[1].ID || two[0].ID != notes[0].ID {
		t.Error("what differs between audiences shares its id, or what is the same does not")
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []struct {
		reason string
		change func(*advisory.Advisory, *Options)
		field  string
	}{
		{"no id", func(a *advisory.Advisory, _ *Options) { a.ID = " " }, "advisory"},
		{"no history", func(a *advisory.Advisory, _ *Options) { a.History = nil }, "advisory"},
		{"no title", func(a *advisory.Advisory, _ *Options) { a.Title = "" }, "title"},
		{"no label", func(a *advisory.Advisory, _ *Options) { a.TLP = "" }, "tlp"},
		{"no instant", func(_ *advisory.Advisory, o *Options) { o.Released = time.Time{} }, "released"},
		{"no name", func(_ *advisory.Advisory, o *Options) { o.Producer.Name = "" }, "producer.name"},
		{"no namespace", func(_ *advisory.Advisory, o *Options) { o.Producer.Namespace = "cert" }, "producer.namespace"},
		{"an id that is none", func(_ *advisory.Advisory, o *Options) { o.Producer.ID = "identity--1" }, "producer.id"},
		{"a key anybody guesses", func(_ *advisory.Advisory, o *Options) { o.Key = nil }, "key"},
		{"a link that is none", func(_ *advisory.Advisory, o *Options) { o.CSAF.URL = "file:///etc" }, "csaf.url"},
	} {
		a, o := redis(), options()
		c.change(&a, &o)
		_, err := Encode(a, o)
		input, ok := errors.AsType[*inventory.InputError](err)
		if !ok || input.Field != c.field || input.Hint == "" {
			t.Errorf("%s: Encode = %v, want an InputError on %s with a hint", c.reason, err, c.field)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	a := redis()
	a.Title = "x\u202e\x00\"},{\"type\":\"evil" + strings.Repeat("ä", 1000)
	a.CVEs = []string{"CVE-2022-0543", "CVE-1\n"}
	for _, o := range mustEncode(t, a, options()) {
		if bytes.ContainsRune(o.Raw, '\u202e') || bytes.Contains(o.Raw, []byte(`\u0000`)) || o.Type == "evil" {
			t.Errorf("%s", o.Raw)
		}
	}
}
