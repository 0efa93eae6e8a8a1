package misp

import (
	"crypto/md5"
	"encoding/hex"
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

// foreign is an event as a MISP server's API writes it: some numbers as
// numbers, more members than we know, empty values as null.
const foreign = `{"response":[{"Event":{
 "id":"4335","orgc_id":"1","date":"2026-03-01","threat_level_id":2,"info":"Router firmware  under attack\u202e","published":true,
 "uuid":"6B048216-6bce-404e-ba4e-84f965c8632a","attribute_count":"7","analysis":"0","timestamp":1772409600,"distribution":"1",
 "sharing_group_id":null,"Org":{"id":"1","name":"Somebody"},"Orgc":{"id":"1","name":"Peer CERT","uuid":"55F6EA65-aa10-4c5a-bf01-4f84950d210f","local":true},
 "Galaxy":[],"ShadowAttribute":[],
 "Tag":[{"id":"3","name":"tlp:green","colour":"#339900","numerical_value":null,"local":0},{"name":"tlp:red","local":1},{"name":"rsit:vulnerable=\"vulnerable-system\""}],
 "Attribute":[
  {"id":"1","type":"vulnerability","category":"External analysis","to_ids":false,"uuid":"720999f7-ccc6-49a6-8650-1b9efb8ce28a","value":"cve-2026-1111","deleted":false,"Tag":[{"name":"TLP:AMBER"}]},
  {"type":"vulnerability","value":"CVE-2026-2222","deleted":1},
  {"type":"link","value":"https://vendor.example/advisory"},
  {"type":"link","value":"javascript:alert(1)"},
  {"type":"url","value":"http://evil.example/x","to_ids":true},
  {"type":"cpe","value":"cpe:/o:vendor:router_firmware:1.2"},
  {"type":"cpe","value":"cpe:2.3:o:vendor:router_firmware:1.2:*:*:*:*:*:*:*"},
  {"type":"weakness","value":"CWE-79"}],
 "Object":[
  {"name":"vulnerability","template_version":"8","deleted":false,"Attribute":[
   {"object_relation":"id","type":"vulnerability","value":"CVE-2026-3333"},
   {"object_relation":"description","type":"text","value":"Overflow in the web interface"},
   {"object_relation":"vulnerable-configuration","type":"cpe","value":"cpe:2.3:a:vendor:web:2.0:*:*:*:*:*:*:*"}]},
  {"name":"vulnerability","deleted":true,"Attribute":[{"object_relation":"id","type":"vulnerability","value":"CVE-2026-4444"}]},
  {"name":"course-of-action","Attribute":[{"object_relation":"name","type":"text","value":"Switch it off"}]}],
 "EventReport":[{"name":"Long","content":"# All about it"}]}}]}`

func TestDecodeForeign(t *testing.T) {
	got := decode(t, []byte(foreign))
	want := Received{
		Document: advisory.Incoming{
			Format: "misp", TrackingID: "6b048216-6bce-404e-ba4e-84f965c8632a", Namespace: "55f6ea65-aa10-4c5a-bf01-4f84950d210f",
			Version: "2026-03-02T00:00:00.000Z", Title: "Router firmware under attack", Summary: "Overflow in the web interface",
			Category: advisory.Vulnerability, TLP: advisory.Amber, Labelled: true, Severity: inventory.SeverityMedium,
			Released: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), CVEs: []string{"CVE-2026-1111", "CVE-2026-3333"}, CWEs: []string{"CWE-79"},
			Products: []advisory.IncomingProduct{
				{CPE: "cpe:2.3:o:vendor:router_firmware:1.2:*:*:*:*:*:*:*", Status: advisory.ProductAffected},
				{Vendor: "vendor", Name: "web", CPE: "cpe:2.3:a:vendor:web:2.0:*:*:*:*:*:*:*", CVE: "CVE-2026-3333", Status: advisory.ProductAffected},
			},
			Remediation: "Switch it off", References: []string{"https://vendor.example/advisory"},
		},
		UUID: "6b048216-6bce-404e-ba4e-84f965c8632a", OrgUUID: "55f6ea65-aa10-4c5a-bf01-4f84950d210f", OrgName: "Peer CERT",
		Distribution: "1", Published: true, Timestamp: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// small is an event with tags and a distribution.
func small(distribution string, tags ...string) []byte {
	type tag struct {
		Name string `json:"name"`
	}
	var list []tag
	for _, s := range tags {
		list = append(list, tag{s})
	}
	raw, err := json.Marshal(map[string]any{"Event": map[string]any{
		"uuid": "6b048216-6bce-404e-ba4e-84f965c8632a", "info": "x", "Tag": list, "distribution": distribution,
	}})
	if err != nil {
		panic(err)
	}
	return raw
}

func TestStrictestLabelWins(t *testing.T) {
	for _, c := range []struct {
		distribution string
		tags         string
		want         advisory.TLP
		labelled     bool
	}{
		{"", "", "", false},
		{"", "tlp:white", advisory.Clear, true},
		{"", "tlp:clear", advisory.Clear, true},
		{"", "TLP:AMBER+STRICT", advisory.AmberStrict, true},
		{"", "tlp:green tlp:red tlp:clear", advisory.Red, true},
		{"", "tlp:unclear", "", false},
		{"", "tlp:green tlp:purple", advisory.Green, false},
		{"", "tlp:green tlp:ex:chr", advisory.Green, true},
		{"3", "tlp:clear", advisory.Clear, true},
		{"1", "tlp:clear", advisory.Green, true},
		{"2", "tlp:clear", advisory.Green, true},
		{"0", "tlp:green", advisory.Amber, true},
		{"4", "tlp:clear", advisory.Amber, true},
		{"9", "tlp:clear", advisory.Amber, true},
		{"5", "tlp:green", advisory.Green, true},
		{"0", "tlp:red", advisory.Red, true},
		{"0", "", advisory.Amber, false},
		{"3", "PAP:RED", advisory.Clear, false},
	} {
		got := decode(t, small(c.distribution, strings.Fields(c.tags)...)).Document
		if got.TLP != c.want || got.Labelled != c.labelled {
			t.Errorf("distribution %q, %q: %q, labelled %v", c.distribution, c.tags, got.TLP, got.Labelled)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	many := strings.Repeat(`{"type":"text","value":"x"},`, 25_000)
	for name, raw := range map[string]string{
		"nothing":           ``,
		"no JSON":           `<html>`,
		"no event":          `{}`,
		"null":              `{"Event":null}`,
		"a list":            `[1]`,
		"several":           `{"response":[{"Event":{"uuid":"6b048216-6bce-404e-ba4e-84f965c8632a"}},{"Event":{"uuid":"6b048216-6bce-404e-ba4e-84f965c8632b"}}]}`,
		"no UUID":           `{"Event":{"info":"x"}}`,
		"a path":            `{"Event":{"uuid":"../../../../../../../../etc/passwd.."}}`,
		"an object as text": `{"Event":{"uuid":"6b048216-6bce-404e-ba4e-84f965c8632a","info":{"a":1}}}`,
		"tags that are not": `{"Event":{"uuid":"6b048216-6bce-404e-ba4e-84f965c8632a","Tag":{"name":"tlp:red"}}}`,
		"too deep":          `{"Event":` + strings.Repeat(`[`, 100_000),
		"too much":          `{"Event":{"uuid":"6b048216-6bce-404e-ba4e-84f965c8632a","Attribute":[` + strings.TrimSuffix(many, ",") + `]}}`,
		"too long":          strings.Repeat(" ", 17<<20),
	} {
		_, err := Decode([]byte(raw), Limits{})
		if _, ok := errors.AsType[*inventory.InputError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHostileWordsAreCleaned(t *testing.T) {
	raw := fmt.Sprintf(`{"Event":{"uuid":"6b048216-6bce-404e-ba4e-84f965c8632a","info":%q,"timestamp":"-5","Object":[
		{"name":"vulnerability","Attribute":[{"object_relation":"summary","value":%q}]}]}}`, strings.Repeat("x", 2000), strings.Repeat("y", 100_000))
	got := decode(t, []byte(raw))
	if len(got.Document.Title) > maxName || len(got.Document.Summary) > maxText || !got.Timestamp.IsZero() {
		t.Errorf("title %d bytes, summary %d, time %s", len(got.Document.Title), len(got.Document.Summary), got.Timestamp)
	}
}

func TestHashesAndManifest(t *testing.T) {
	e := encode(t, full(), options())
	lines := strings.Split(strings.TrimSpace(string(HashesCSV(e))), "\n")
	sum := md5.Sum([]byte("CVE-2022-0543"))
	if want := hex.EncodeToString(sum[:]) + "," + string(e.UUID); !strings.Contains(string(HashesCSV(e)), want+"\n") {
		t.Errorf("no line %s", want)
	}
	values := map[Word]bool{}
	for _, a := range e.Attributes {
		values[a.Value] = true
	}
	for _, o := range e.Objects {
		for _, a := range o.Attributes {
			values[a.Value] = true
		}
	}
	if len(lines) != len(values) {
		t.Errorf("%d lines for %d values", len(lines), len(values))
	}
	raw, err := Manifest(map[string]Entry{string(e.UUID): e.Entry()})
	if err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{`"info": "Redis lets scripts out <&>"`, `"timestamp": "1772438400"`, `"date": "2026-02-21"`, `"Orgc"`, `"analysis": "2"`, `"threat_level_id": "1"`, `"name": "tlp:amber"`} {
		if !strings.Contains(string(raw), must) {
			t.Errorf("manifest lacks %s:\n%s", must, raw)
		}
	}
	read, skipped, err := ReadManifest(raw, Limits{})
	if err != nil || skipped != 0 || cmp.Diff(map[string]Entry{string(e.UUID): e.Entry()}, read) != "" {
		t.Errorf("reads as %v, %d skipped, %v", read, skipped, err)
	}
	empty, err := Manifest(nil)
	if err != nil || string(empty) != "{}\n" {
		t.Errorf("empty manifest %q, %v", empty, err)
	}
}

func TestReadManifestLeavesOutWhatIsNoUUID(t *testing.T) {
	got, skipped, err := ReadManifest([]byte(`{
		"6B048216-6bce-404e-ba4e-84f965c8632a":{"timestamp":1772409600,"integrity:sha256":"ab"},
		"../../etc/passwd":{"timestamp":"1"}, "720999f7-ccc6-49a6-8650-1b9efb8ce28a":{"timestamp":"never"}, "720999f7-ccc6-49a6-8650-1b9efb8ce28b":7}`), Limits{})
	want := map[string]Entry{"6b048216-6bce-404e-ba4e-84f965c8632a": {Timestamp: "1772409600", SHA256: "ab"}}
	if err != nil || skipped != 3 || cmp.Diff(want, got) != "" {
		t.Errorf("%v, %d skipped, %v", got, skipped, err)
	}
	if got, _, err := ReadManifest([]byte("[]"), Limits{}); err != nil || len(got) != 0 {
		t.Errorf("PHP's empty map: %v, %v", got, err)
	}
	if _, _, err := ReadManifest([]byte("<html>"), Limits{}); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("a page: %v", err)
	}
}

// Whatever comes, Decode ends, and what it returns is clean and goes through
// Encode's own reading again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(foreign))
	f.Add(small("0", "tlp:amber", `workflow:state="rejected"`))
	e, err := Encode(full(), options())
	if err != nil {
		f.Fatal(err)
	}
	raw, err := Marshal(e)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := Decode(raw, Limits{Bytes: 1 << 20})
		if err != nil {
			if !errors.Is(err, inventory.ErrInvalid) {
				t.Fatalf("refused by %v", err)
			}
			return
		}
		if !isUUID(r.UUID) || r.Document.TrackingID == "" || inventory.CleanText(r.Document.Title, maxName) != r.Document.Title {
			t.Fatalf("read %+v", r)
		}
		if r.Document.Labelled && !r.Document.TLP.Valid() {
			t.Fatalf("labelled with %q", r.Document.TLP)
		}
		again, err := Parse(raw, Limits{Bytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		HashesCSV(again)
	})
}
