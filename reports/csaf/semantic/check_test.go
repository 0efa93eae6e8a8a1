package semantic

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sound passes every test and has something for most of them.
const sound = `{
"document": {
  "category": "csaf_vex", "csaf_version": "2.0", "lang": "en", "source_lang": "dz",
  "publisher": {"category": "translator", "name": "Example CERT", "namespace": "https://cert.example"},
  "notes": [{"category": "summary", "text": "A summary."}],
  "references": [{"category": "external", "summary": "More", "url": "https://cert.example/more"}],
  "title": "A sound document",
  "tracking": {
    "id": "ADV-1", "status": "final", "version": "2",
    "initial_release_date": "2026-01-01T00:00:00Z", "current_release_date": "2026-01-02T00:00:00Z",
    "revision_history": [
      {"number": "1", "date": "2026-01-01T05:30:00+05:30", "summary": "First."},
      {"number": "2", "date": "2026-01-01T23:00:00Z", "summary": "Second."}]}},
"product_tree": {
  "branches": [{"category": "vendor", "name": "Example", "branches": [
    {"category": "product_name", "name": "Gateway", "branches": [
      {"category": "product_version", "name": "1.0 allspice", "product": {"product_id": "A", "name": "Gateway 1.0",
        "product_identification_helper": {"purl": "pkg:deb/debian/gateway@1.0", "hashes": [
          {"filename": "a", "file_hashes": [{"algorithm": "sha256", "value": "00"}, {"algorithm": "sha512", "value": "00"}]},
          {"filename": "b", "file_hashes": [{"algorithm": "sha256", "value": "00"}]}]}}},
      {"category": "product_version_range", "name": "<1.0", "product": {"product_id": "B", "name": "Gateway before 1.0"}}]}]}],
  "full_product_names": [{"product_id": "C", "name": "Board"}],
  "relationships": [{"category": "installed_on", "product_reference": "A", "relates_to_product_reference": "C",
    "full_product_name": {"product_id": "D", "name": "Gateway 1.0 on Board"}}],
  "product_groups": [{"group_id": "G", "product_ids": ["A", "B"]}]},
"vulnerabilities": [{
  "cve": "CVE-2026-0001", "cwe": {"id": "CWE-79", "name": "Improper Neutralization of Input During Web Page Generation ('Cross-site Scripting')"},
  "notes": [{"category": "description", "text": "A text."}],
  "involvements": [{"party": "vendor", "date": "2026-01-01T00:00:00Z", "status": "open"}, {"party": "vendor", "status": "open"}, {"party": "vendor", "status": "completed"}],
  "product_status": {"known_affected": ["B", "C"], "known_not_affected": ["A", "D"], "recommended": ["A"]},
  "flags": [{"label": "component_not_present", "product_ids": ["A"]}],
  "threats": [{"category": "impact", "details": "None.", "product_ids": ["D"]}],
  "remediations": [{"category": "mitigation", "details": "Update.", "group_ids": ["G"]}, {"category": "mitigation", "details": "Update.", "product_ids": ["C"]}],
  "scores": [
    {"products": ["B"], "cvss_v2": {"version": "2.0", "vectorString": "AV:N/AC:L/Au:N/C:P/I:P/A:P/E:POC", "baseScore": 7.5, "temporalScore": 6.8, "exploitability": "PROOF_OF_CONCEPT", "accessVector": "NETWORK"}},
    {"products": ["B"], "cvss_v3": {"version": "3.0", "vectorString": "CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H", "baseScore": 5.5, "baseSeverity": "MEDIUM"}},
    {"products": ["B"], "cvss_v3": {"version": "3.1", "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H/RL:O", "baseScore": 10, "baseSeverity": "CRITICAL",
      "temporalScore": 9.5, "temporalSeverity": "CRITICAL", "remediationLevel": "OFFICIAL_FIX", "exploitCodeMaturity": "NOT_DEFINED", "scope": "CHANGED"}}]
}]}`

const (
	tracking  = "/document/tracking/"
	first     = "/vulnerabilities/0/"
	revision1 = tracking + "revision_history/0/"
)

// mistakes are edits of the sound document, "POINTER VALUE" each with "-" for
// taking away, and the tests that then fail.
var mistakes = []struct {
	want  string
	edits []string
}{
	{"", nil},
	{"6.1.1", []string{first + `scores/0/products/0 "X"`}},
	{"6.1.1", []string{first + `flags/0/product_ids/- "X"`}},
	{"6.1.1", []string{first + `product_status/recommended/0 "X"`}},
	{"6.1.1", []string{`/product_tree/product_groups/0/product_ids/- "X"`}},
	{"6.1.1 6.1.3", []string{`/product_tree/relationships/0 {"full_product_name": {"product_id": "D"}, "product_reference": "D", "relates_to_product_reference": "X"}`}},
	{"6.1.2", []string{`/product_tree/full_product_names/- {"product_id": "A", "name": "Again"}`}},
	{"6.1.3", []string{
		`/product_tree/relationships/- {"full_product_name": {"product_id": "E"}, "product_reference": "F", "relates_to_product_reference": "C"}`,
		`/product_tree/relationships/- {"full_product_name": {"product_id": "F"}, "product_reference": "A", "relates_to_product_reference": "E"}`,
	}},
	{"6.1.4", []string{first + `remediations/0/group_ids/- "X"`}},
	{"6.1.4", []string{first + `threats/0/group_ids ["X"]`}},
	{"6.1.5", []string{`/product_tree/product_groups/- {"group_id": "G", "product_ids": ["C", "D"]}`}},
	{"6.1.6", []string{first + `product_status/fixed ["B"]`}},
	{"6.1.6", []string{first + `product_status/under_investigation ["A"]`}},
	{"", []string{first + `product_status/first_affected ["B"]`}},
	{"6.1.7", []string{first + `scores/1/cvss_v3/version "3.1"`, first + `scores/1/cvss_v3/vectorString "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H"`}},
	{"6.1.8", []string{first + `scores/2/cvss_v3/baseSeverity -`}},
	{"6.1.8", []string{first + `scores/2/cvss_v3/baseScore -`}},
	{"6.1.8", []string{first + `scores/2/cvss_v3/scope "WIDE"`}},
	{"6.1.8", []string{first + `scores/0/cvss_v2/version -`}},
	{"6.1.8", []string{first + `scores/0/cvss_v2/vectorString "AV:N"`}},
	{"6.1.8", []string{first + `scores/1/cvss_v3/vectorString "CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N"`}},
	{"6.1.8", []string{first + `scores/1/cvss_v3/version "4.0"`}},
	{"6.1.9", []string{first + `scores/0/cvss_v2/baseScore 7.4`}},
	{"6.1.9", []string{first + `scores/0/cvss_v2/temporalScore 7.5`}},
	{"6.1.9", []string{first + `scores/1/cvss_v3/baseSeverity "HIGH"`}},
	{"6.1.9", []string{first + `scores/2/cvss_v3/environmentalScore 10`}},
	{"6.1.8 6.1.9", []string{first + `scores/1/cvss_v3/baseScore 55`}},
	{"6.1.10", []string{first + `scores/2/cvss_v3/scope "UNCHANGED"`}},
	{"6.1.10", []string{first + `scores/2/cvss_v3/exploitCodeMaturity "HIGH"`}},
	{"6.1.10", []string{first + `scores/0/cvss_v2/accessVector "LOCAL"`}},
	{"6.1.11", []string{first + `cwe/name "Cross-site Scripting"`}},
	{"6.1.11", []string{first + `cwe/id "CWE-99999"`}},
	{"", []string{first + `cwe {"id": "CWE-200", "name": "Information Exposure"}`}}, // its name until 2019
	{"6.1.12", []string{`/document/source_lang "zz"`}},
	{"6.1.12", []string{`/document/lang "en-YY"`}},
	{"", []string{`/document/lang "sr-Latn-RS"`}},
	{"", []string{`/document/lang "qtx"`}},
	{"", []string{`/document/lang "i-default"`}},
	{"6.1.13", []string{`/product_tree/full_product_names/0/product_identification_helper {"purl": "pkg:deb/"}`}},
	{"6.1.14 6.1.16 6.1.21", []string{revision1 + `date "2026-01-02T00:00:00Z"`}},
	{"6.1.15", []string{`/document/source_lang -`}},
	{"6.1.16", []string{tracking + `version "1"`}},
	{"6.1.17 6.1.18", []string{revision1 + `number "0"`, tracking + `revision_history/1/number "0"`, tracking + `version "0"`, "6.1.22"}},
	{"6.1.18", []string{revision1 + `number "0"`, tracking + `revision_history/1/number "1"`, tracking + `version "1"`}},
	{"6.1.19", []string{revision1 + `number "1.0.0-rc.1"`, tracking + `revision_history/1/number "1.0.0"`, tracking + `version "1.0.0"`}},
	{"6.1.16 6.1.17 6.1.20", []string{revision1 + `number "1.0.0"`, tracking + `revision_history/1/number "1.0.1"`, tracking + `version "1.0.1-rc"`}},
	{"", []string{revision1 + `number "1.0.0"`, tracking + `revision_history/1/number "1.0.1"`, tracking + `version "1.0.1-rc"`, tracking + `status "draft"`}},
	{"", []string{revision1 + `number "1.9.0"`, tracking + `revision_history/1/number "1.10.0+b"`, tracking + `version "1.10.0+a"`}},
	{"6.1.21", []string{tracking + `revision_history/1/number "3"`, tracking + `version "3"`}},
	{"6.1.22", []string{tracking + `revision_history/- {"number": "1", "date": "2026-01-01T00:00:00Z", "summary": "Again."}`}},
	{"6.1.23", []string{"/vulnerabilities/1 COPY"}},
	{"6.1.24", []string{first + `involvements/- {"party": "vendor", "date": "2026-01-01T05:30:00+05:30", "status": "completed"}`}},
	{"6.1.25", []string{`/product_tree/branches/0/branches/0/branches/0/product/product_identification_helper/hashes/1/file_hashes/- {"algorithm": "sha256", "value": "01"}`}},
	{"6.1.26", []string{`/document/category "VEX"`}},
	{"6.1.26", []string{`/document/category "Security–Advisory"`}},
	{"6.1.26", []string{`/document/category "csaf_other"`}},
	{"", []string{`/document/category "csaf_base"`}},
	{"6.1.27.1", []string{`/document/category "csaf_security_incident_response"`, `/document/notes/0/category "legal_disclaimer"`}},
	{"6.1.27.2", []string{`/document/category "csaf_security_incident_response"`, `/document/references/0/category "self"`}},
	{"6.1.27.3", []string{`/document/category "csaf_informational_advisory"`}},
	{"6.1.27.4 6.1.27.5 6.1.27.6", []string{`/document/category "csaf_security_advisory"`, `/product_tree -`, `/vulnerabilities [{}]`}},
	{"6.1.27.7", []string{first + `product_status {"recommended": ["A"]}`}},
	{"6.1.27.8", []string{first + `cve -`}},
	{"6.1.27.9", []string{first + `threats/0/category "exploit_status"`}},
	{"6.1.27.10", []string{first + `remediations/1 -`}},
	{"6.1.27.11", []string{`/vulnerabilities -`}},
	{"6.1.28", []string{`/document/source_lang "EN"`}},
	{"6.1.29", []string{first + `remediations/- {"category": "mitigation", "details": "Update."}`}},
	{"6.1.30", []string{revision1 + `number "1.0.0"`}},
	{"6.1.31", []string{`/product_tree/branches/0/branches/0/branches/1/category "product_version"`}},
	{"6.1.31", []string{`/product_tree/branches/0/branches/0/branches/0/name "1.0 and Later"`}},
	{"6.1.32", []string{first + `flags/- {"label": "component_not_present"}`}},
	{"6.1.33", []string{first + `flags/- {"label": "vulnerable_code_not_present", "group_ids": ["G"]}`}},
}

func TestMistakes(t *testing.T) {
	covered := map[string]bool{}
	for _, m := range mistakes {
		var doc any
		if err := json.Unmarshal([]byte(sound), &doc); err != nil {
			t.Fatal(err)
		}
		want := strings.Fields(m.want)
		for _, e := range m.edits {
			if strings.HasPrefix(e, "6.1.") { // one more that fails
				want = append(want, e)
				continue
			}
			pointer, value, _ := strings.Cut(e, " ")
			doc = edit(t, doc, doc, strings.Split(pointer, "/")[1:], value)
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		problems, err := Check(raw)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		if got := failed(problems); !slices.Equal(got, want) {
			t.Errorf("%q fails %v, want %v: %+v", m.edits, got, want, problems)
		}
		for _, id := range want {
			covered[id] = true
		}
	}
	for _, test := range tests {
		if !covered[test.id] {
			t.Errorf("no mistake is for %s", test.id)
		}
	}
}

// edit puts value at the place that keys lead to, "-" being the end of an array.
func edit(t *testing.T, whole, at any, keys []string, value string) any {
	t.Helper()
	if len(keys) == 0 {
		if value == "COPY" {
			return whole.(map[string]any)["vulnerabilities"].([]any)[0]
		}
		var v any
		if err := json.Unmarshal([]byte(value), &v); err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		return v
	}
	switch at := at.(type) {
	case map[string]any:
		if value == "-" && len(keys) == 1 {
			delete(at, keys[0])
			return at
		}
		at[keys[0]] = edit(t, whole, at[keys[0]], keys[1:], value)
		return at
	case []any:
		i, err := strconv.Atoi(keys[0])
		if err != nil || i >= len(at) {
			return append(at, edit(t, whole, nil, keys[1:], value))
		}
		if value == "-" && len(keys) == 1 {
			return slices.Delete(at, i, i+1)
		}
		at[i] = edit(t, whole, at[i], keys[1:], value)
		return at
	}
	t.Fatalf("%q leads nowhere", keys)
	return nil
}

func TestCheckTellsWhere(t *testing.T) {
	raw := strings.Replace(sound, `"id": "CWE-79"`, `"id": "CWE-`+strings.Repeat("9", 5000)+`"`, 1)
	problems, err := Check([]byte(raw))
	if err != nil || len(problems) != 1 || problems[0].Path != "/vulnerabilities/0/cwe/id" || len(problems[0].Message) > 200 {
		t.Errorf("Check = %+v, %v; want one short problem at the id", problems, err)
	}
}

// TestHostile holds Check to its limits.
func TestHostile(t *testing.T) {
	many := func(n int, item string) string { return "[" + strings.Repeat(item+",", n-1) + item + "]" }
	for _, c := range []struct{ name, raw, want string }{
		{"not an object", `[]`, "not an object"},
		{"key twice", `{"document": {}, "document": {}}`, "twice"},
		{"great number", `{"vulnerabilities": [{"scores": [{"cvss_v3": {"baseScore": 1e999999999}}]}]}`, "out of range"},
		{"groups in groups of flags", fmt.Sprintf(`{"product_tree": {"full_product_names": [{"product_id": "A"}], "product_groups": [{"group_id": "G", "product_ids": %s}]}, "vulnerabilities": %s}`,
			many(20000, `"A"`), many(20000, `{"flags": [{"label": "component_not_present", "group_ids": ["G"]}]}`)), "steps"},
	} {
		if _, err := Check([]byte(c.raw)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
	}
	problems, err := Check([]byte(`{"vulnerabilities": ` + many(20000, `{"cve": "CVE-2026-0001"}`) + `}`))
	if err != nil || len(problems) != maxProblems {
		t.Errorf("%d problems, %v; want %d", len(problems), err, maxProblems)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(sound))
	f.Add([]byte(`{"document": {"tracking": {"version": 7, "revision_history": {}}}, "vulnerabilities": [null, {"scores": [{"cvss_v2": ""}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		problems, err := Check(raw)
		if len(problems) > maxProblems || err != nil && problems != nil {
			t.Fatalf("%d problems, %v", len(problems), err)
		}
		for _, p := range problems {
			if p.Test == "" || p.Message == "" || strings.Contains(p.Message, "%!") {
				t.Fatalf("%+v", p)
			}
		}
	})
}
