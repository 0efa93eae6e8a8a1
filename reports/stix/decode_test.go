package stix

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/google/go-cmp/cmp"
)

func mustDecode(t *testing.T, raw []byte) Received {
	t.Helper()
	got, err := Decode(raw, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func bundle(t *testing.T, objects []Object) []byte {
	t.Helper()
	raw, err := Bundle(objects)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestDecodeReadsWhatEncodeWrites(t *testing.T) {
	got := mustDecode(t, bundle(t, mustEncode(t, redis(), options())))
	want := Received{Documents: []advisory.Incoming{{
		Format: "stix", TrackingID: "ADV-3", Namespace: "https://cert.example", Version: "2",
		Title: "Redis lets Lua out of its sandbox", Summary: "Found abroad & at home.\n\nAnybody runs code.",
		Category: advisory.Vulnerability, TLP: advisory.AmberStrict, Labelled: true, Severity: inventory.SeverityCritical,
		Released: released, CVEs: []string{"CVE-2022-0543"}, CWEs: []string{"CWE-862"},
		Products: []advisory.IncomingProduct{
			{Name: "redis", Vendor: "redislabs", CPE: "cpe:2.3:a:redislabs:redis:7.0.15:*:*:*:*:*:*:*", Status: advisory.ProductAffected, CVE: "CVE-2022-0543"},
			{Name: "odd", Status: advisory.ProductAffected, CVE: "CVE-2022-0543"},
		},
		Remediation: "Update to 7.0.16.",
		References:  []string{options().CSAF.URL, "https://redis.io/security"},
		Checks:      []inventory.CheckID{"redis-lua"},
	}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Decode(Encode) differs (-want +got):\n%s", d)
	}
}

func TestDecodeWithdrawal(t *testing.T) {
	gone, err := advisory.Withdraw(redis(), "sita", "wrong", released.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	o := options()
	o.Released = released.Add(time.Hour)
	// A reader that polls gets old and new in one envelope.
	both := append(mustEncode(t, gone, o), mustEncode(t, redis(), options())...)
	got := mustDecode(t, bundle(t, both))
	if len(got.Documents) != 1 || !got.Documents[0].Withdrawn || got.Documents[0].Version != "3" || len(got.Documents[0].CVEs) != 0 || len(got.Answers) != 0 {
		t.Errorf("Decode = %+v, want one withdrawn document", got)
	}
}

// object writes a foreign object; the rest is JSON members.
func object(kind string, n int, rest string) string {
	s := fmt.Sprintf(`{"type":%q,"spec_version":"2.1","id":%q,"created":"2026-01-01T00:00:00.000Z","modified":"2026-01-02T00:00:00Z"`, kind, foreignID(kind, n))
	if rest != "" {
		s += "," + rest
	}
	return s + "}"
}

func foreignID(kind string, n int) string {
	return fmt.Sprintf("%s--00000000-0000-4000-8000-%012d", kind, n)
}

func envelope(objects ...string) []byte {
	return []byte(`{"more":false,"objects":[` + strings.Join(objects, ",") + `]}`)
}

func TestDecodeForeign(t *testing.T) {
	got := mustDecode(t, envelope(
		object("report", 1, `"name":"Two holes","report_types":["vulnerability"],"published":"2026-01-01T00:00:00Z","created_by_ref":"`+foreignID("identity", 9)+`","object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"],"object_refs":["`+foreignID("vulnerability", 1)+`","`+foreignID("vulnerability", 2)+`"]`),
		object("vulnerability", 1, `"name":"cve-2024-1111"`),
		object("vulnerability", 2, `"name":"hole","external_references":[{"source_name":"CVE","external_id":"CVE-2024-2222"},{"source_name":"cwe","external_id":"cwe-79"},{"source_name":"x","url":"javascript:1"}]`),
		object("software", 1, `"name":"httpd","vendor":"apache","version":"2.4.1","cpe":"nonsense"`),
		object("relationship", 1, `"relationship_type":"has","source_ref":"`+foreignID("software", 1)+`","target_ref":"`+foreignID("vulnerability", 2)+`"`),
		object("infrastructure", 1, `"name":"ignored"`),
		object("vulnerability", 3, `"name":"CVE-2024-3333","description":"alone"`),
	))
	want := []advisory.Incoming{
		{
			Format: "stix", TrackingID: foreignID("report", 1), Namespace: foreignID("identity", 9), Version: "2026-01-02T00:00:00.000Z",
			Title: "Two holes", Category: advisory.Vulnerability, TLP: advisory.Green, Labelled: true,
			Released: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), CVEs: []string{"CVE-2024-1111", "CVE-2024-2222"}, CWEs: []string{"CWE-79"},
			Products: []advisory.IncomingProduct{{Name: "httpd", Vendor: "apache", Range: "vers:generic/2.4.1", Status: advisory.ProductAffected, CVE: "CVE-2024-2222"}},
		},
		{
			Format: "stix", TrackingID: foreignID("vulnerability", 3), Version: "2026-01-02T00:00:00.000Z", Title: "CVE-2024-3333", Summary: "alone",
			Category: advisory.Vulnerability, Released: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), CVEs: []string{"CVE-2024-3333"},
		},
	}
	if d := cmp.Diff(Received{Documents: want}, got); d != "" {
		t.Errorf("Decode differs (-want +got):\n%s", d)
	}
}

func TestDecodeLabels(t *testing.T) {
	own := object("marking-definition", 7, `"name":"TLP:AMBER+STRICT"`)
	for _, c := range []struct {
		reason, report, member string
		extra                  string
		want                   advisory.TLP
		labelled               bool
	}{
		{"TLP 2 by its id", tlpIDs[advisory.AmberStrict], "", "", advisory.AmberStrict, true},
		{"TLP 1 white is clear", "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "", "", advisory.Clear, true},
		{"TLP 1 red", "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "", "", advisory.Red, true},
		{"the strictest of the members", tlpIDs[advisory.Green], tlpIDs[advisory.Red], "", advisory.Red, true},
		{"a member's marking does not label the report", "", tlpIDs[advisory.Green], "", advisory.Green, false},
		{"a marking of the sender's own", foreignID("marking-definition", 7), "", own, advisory.AmberStrict, true},
		{"a marking that is not here may say anything", foreignID("marking-definition", 8), tlpIDs[advisory.Amber], "", advisory.Amber, false},
		{"a statement is no label", foreignID("marking-definition", 7), "", object("marking-definition", 7, `"definition_type":"statement","definition":{"statement":"ours"},"name":"red"`), "", false},
		{"a known id keeps its meaning", tlpIDs[advisory.Red], "", `{"type":"marking-definition","id":"` + tlpIDs[advisory.Red] + `","name":"TLP:CLEAR"}`, advisory.Red, true},
		{"no marking", "", "", "", "", false},
	} {
		refs := func(id string) string {
			if id == "" {
				return ""
			}
			return `"object_marking_refs":["` + id + `"],`
		}
		objects := []string{
			object("report", 1, refs(c.report)+`"name":"x","object_refs":["`+foreignID("vulnerability", 1)+`"]`),
			object("vulnerability", 1, refs(c.member)+`"name":"y"`),
		}
		if c.extra != "" {
			objects = append(objects, c.extra)
		}
		got := mustDecode(t, envelope(objects...))
		if len(got.Documents) != 1 || got.Documents[0].TLP != c.want || got.Documents[0].Labelled != c.labelled {
			t.Errorf("%s: %+v, want %q labelled %v", c.reason, got.Documents, c.want, c.labelled)
		}
	}
}

func TestDecodeTakesGranularMarkings(t *testing.T) {
	got := mustDecode(t, envelope(object("report", 1, `"name":"x","object_marking_refs":["`+tlpIDs[advisory.Green]+`"],"granular_markings":[{"selectors":["name"],"marking_ref":"`+tlpIDs[advisory.Red]+`"}]`)))
	if got.Documents[0].TLP != advisory.Red {
		t.Errorf("TLP = %q, want red, because a part of it is", got.Documents[0].TLP)
	}
}

func TestDecodeRefuses(t *testing.T) {
	small := Limits{Bytes: 1000, Objects: 2, Depth: 6}
	for _, c := range []struct{ reason, raw, message string }{
		{"too large", `{"objects":[]` + strings.Repeat(" ", 1000) + `}`, "larger than 1000 bytes"},
		{"too deep", `{"objects":[{"a":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}]}`, "nested deeper than 6"},
		{"too many", `{"objects":[{},{},{}]}`, "has 3 objects"},
		{"not JSON", `<html>`, "not JSON"},
		{"objects that are no list", `{"objects":{"a":1}}`, "not JSON with a list"},
		{"another thing", `{"type":"report","objects":[]}`, "is a report"},
		{"cut", `{"objects":[`, "not JSON"},
	} {
		_, err := Decode([]byte(c.raw), small)
		if input, ok := errors.AsType[*inventory.InputError](err); !ok || !strings.Contains(input.Message, c.message) {
			t.Errorf("%s: Decode = %v, want %q", c.reason, err, c.message)
		}
	}
	if _, err := Decode([]byte(`{"objects":[{"id":"\"[[[[[[[[[[[["}]}`), small); err != nil {
		t.Errorf("brackets in a text are no depth: %v", err)
	}
}

func TestDecodeSkipsWhatIsBroken(t *testing.T) {
	got := mustDecode(t, envelope(
		`{"type":"report","id":"report--1"}`, `[]`, `{"type":"report","id":"`+foreignID("vulnerability", 1)+`"}`,
		object("report", 1, `"name":5`), object("report", 2, `"name":"good"`),
	))
	if len(got.Documents) != 1 || got.Documents[0].Title != "good" || len(got.Skipped) != 4 {
		t.Errorf("Decode = %+v, want the good one and four skipped", got)
	}
}

// A thousand reports that share a thousand products would be a million.
func TestDecodeSpendsNoMoreThanItsBudget(t *testing.T) {
	var objects []string
	for i := range 1000 {
		objects = append(objects,
			object("report", i, `"name":"r","object_refs":["`+foreignID("vulnerability", 0)+`"]`),
			object("software", i, `"name":"s"`),
			object("relationship", i, `"relationship_type":"has","source_ref":"`+foreignID("software", i)+`","target_ref":"`+foreignID("vulnerability", 0)+`"`))
	}
	objects = append(objects, object("vulnerability", 0, `"name":"CVE-2024-1111"`))
	got, err := Decode(envelope(objects...), Limits{Objects: 4000})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range got.Documents {
		n += len(d.Products)
	}
	if n > 4000 || len(got.Skipped) == 0 || len(got.Skipped) > 100 {
		t.Errorf("%d products, %d skipped", n, len(got.Skipped))
	}
}

func TestAnswer(t *testing.T) {
	seen := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	at := released.Add(2 * time.Hour)
	full := Answer{
		Namespace: "https://cert.example", TrackingID: "ADV-3", Version: "2", State: "accepted",
		Counts:  map[string]int{"affected": 3, "fixed": 1, "not_present": 20, "unknown": 0},
		Sectors: []inventory.Sector{inventory.SectorEnergy, inventory.SectorBanking},
		First:   &seen, Last: &at, Usefulness: 4, Comment: "Thank you.", Begun: at, At: at,
	}
	known := full
	known.Object = foreignID("report", 1)
	received := Answer{Namespace: "https://cert.example", TrackingID: "ADV-3", Version: "2", State: "received", Begun: at, At: at}
	for _, c := range []struct {
		reason string
		a      Answer
		types  string
	}{
		{"everything", full, "marking-definition identity vulnerability sighting note opinion note"},
		{"to a STIX report", known, "marking-definition identity sighting note opinion note"},
		{"an acknowledgement counts nothing", received, "marking-definition identity vulnerability note"},
	} {
		out, err := EncodeAnswer(c.a, advisory.Amber, cert, key)
		if err != nil {
			t.Fatal(err)
		}
		validate(t, out)
		var types []string
		for _, o := range out {
			types = append(types, o.Type)
		}
		if got := strings.Join(types, " "); got != c.types {
			t.Errorf("%s: objects %s, want %s", c.reason, got, c.types)
		}
		if d := cmp.Diff(Received{Answers: []Answer{c.a}}, mustDecode(t, bundle(t, out))); d != "" {
			t.Errorf("%s: Decode(EncodeAnswer) differs (-want +got):\n%s", c.reason, d)
		}
	}
}

func TestALaterAnswerIsTheSameObjects(t *testing.T) {
	at := released.Add(2 * time.Hour)
	a := Answer{Namespace: "https://cert.example", TrackingID: "ADV-3", Version: "2", State: "accepted", Counts: map[string]int{"affected": 3}, At: at}
	one, _ := EncodeAnswer(a, advisory.Amber, cert, key)
	a.Begun, a.At, a.Counts, a.State = at, at.Add(time.Hour), map[string]int{"affected": 0, "fixed": 3}, "closed"
	two, err := EncodeAnswer(a, advisory.Amber, cert, key)
	if err != nil {
		t.Fatal(err)
	}
	for i := range one {
		if one[i].ID != two[i].ID {
			t.Errorf("%s became %s", one[i].ID, two[i].ID)
		}
	}
	got := mustDecode(t, bundle(t, append(two, one...)))
	if len(got.Answers) != 1 || got.Answers[0].State != "closed" || got.Answers[0].Counts["affected"] != 0 || got.Answers[0].Counts["fixed"] != 3 {
		t.Errorf("answers = %+v, want the later", got.Answers)
	}
}

func TestEncodeAnswerRefuses(t *testing.T) {
	good := Answer{TrackingID: "ADV-3", At: released}
	for reason, call := range map[string]func() ([]Object, error){
		"no time":     func() ([]Object, error) { return EncodeAnswer(Answer{TrackingID: "x"}, advisory.Amber, cert, key) },
		"no document": func() ([]Object, error) { return EncodeAnswer(Answer{At: released}, advisory.Amber, cert, key) },
		"no label":    func() ([]Object, error) { return EncodeAnswer(good, "", cert, key) },
		"no key":      func() ([]Object, error) { return EncodeAnswer(good, advisory.Amber, cert, nil) },
	} {
		if _, err := call(); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", reason, err)
		}
	}
}

func TestForeignSightingIsAnAnswer(t *testing.T) {
	of := foreignID("vulnerability", 5)
	got := mustDecode(t, envelope(
		object("sighting", 1, `"sighting_of_ref":"`+of+`","count":12,"first_seen":"2026-01-01T00:00:00Z"`),
		object("opinion", 1, `"opinion":"agree","object_refs":["`+of+`"]`),
		object("note", 1, `"content":"seen here, too","object_refs":["`+of+`"]`),
		object("sighting", 2, `"sighting_of_ref":"nonsense"`),
		object("note", 2, `"content":"about nothing","object_refs":[]`),
	))
	if len(got.Answers) != 1 || len(got.Documents) != 0 {
		t.Fatalf("Decode = %+v, want one answer", got)
	}
	a := got.Answers[0]
	if a.Object != of || a.Counts["affected"] != 12 || a.Usefulness != 4 || a.Comment != "seen here, too" || a.First == nil {
		t.Errorf("answer = %+v", a)
	}
}

func FuzzDecode(f *testing.F) {
	objects, err := Encode(redis(), options())
	if err != nil {
		f.Fatal(err)
	}
	answer, err := EncodeAnswer(Answer{TrackingID: "ADV-3", At: released, Counts: map[string]int{"affected": 1}, Usefulness: 2, Comment: "c"}, advisory.Green, cert, key)
	if err != nil {
		f.Fatal(err)
	}
	for _, list := range [][]Object{objects, answer} {
		raw, err := Bundle(list)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"objects":[{"type":"report","id":"report--00000000-0000-4000-8000-000000000001","object_refs":["report--00000000-0000-4000-8000-000000000001"]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := Decode(raw, Limits{Bytes: 1 << 20, Objects: 100, Depth: 16})
		if err != nil {
			if !errors.Is(err, inventory.ErrInvalid) {
				t.Errorf("Decode = %v, want ErrInvalid", err)
			}
			return
		}
		products := 0
		for _, d := range got.Documents {
			if d.TrackingID == "" || d.Labelled && d.TLP == "" || d.TLP != "" && !strings.Contains("clear green amber amber+strict red", string(d.TLP)) {
				t.Errorf("document %+v", d)
			}
			products += len(d.Products)
		}
		if products > 200 || len(got.Documents) > 100 || len(got.Skipped) > 100 {
			t.Errorf("%d products, %d documents, %d skipped", products, len(got.Documents), len(got.Skipped))
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("result is no JSON: %v", err)
		}
	})
}
