package misp

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/google/go-cmp/cmp"
)

var day = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// full is an advisory that has something everywhere.
func full() advisory.Advisory {
	return advisory.Advisory{
		ID: "ADV-3", Revision: 2, State: advisory.Released, Category: advisory.Vulnerability, TLP: advisory.Amber, Check: "redis-lua",
		Title: "Redis lets scripts out <&>", Summary: "Seen often.", Impact: "Anybody runs commands.", Fix: "Update to 6.2.6.",
		Severity: inventory.SeverityCritical, CVEs: []string{"CVE-2022-0543", "CVE-2021-32761"}, CWEs: []string{"CWE-306"},
		References: []string{"https://redis.io/security"},
		Products: []advisory.Product{
			{Vendor: "redis", Name: "redis", CPE: "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*", Range: "vers:generic/>=6.0|<6.2.6", Status: advisory.ProductAffected},
			{Vendor: "redis", Name: "redis", Version: "6.2.6", CPE: "cpe:2.3:a:redis:redis:6.2.6:*:*:*:*:*:*:*", Status: advisory.ProductFixed},
			{Name: "redis", PURL: "pkg:deb/debian/redis@6.0", Range: "vers:deb/<6.0.16", Status: advisory.ProductUnknown},
		},
		Scores:   []advisory.Score{{CVE: "CVE-2022-0543", Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"}},
		Reach:    advisory.Reach{Organizations: 4, Assets: 9, Sectors: []inventory.Sector{"energy"}},
		Affected: []advisory.Affected{{OrgName: "Lankagrid", Sector: "energy", Country: "LK", Address: "192.0.2.7", Port: "6379/tcp", Hostname: "scada.lankagrid.lk"}},
		History: []advisory.Change{
			{Revision: 1, At: day.AddDate(0, 0, -9), Summary: "First version.", Released: true},
			{Revision: 2, At: day, Summary: "More products.", Released: true},
		},
	}
}

func options() Options {
	return Options{
		Org: "Example CERT", Namespace: "https://cert.example", Key: []byte("0123456789abcdef"), Audience: "TEAM-1", Released: day,
		CSAF: Link{URL: "https://cert.example/.well-known/csaf/amber/2026/adv-3.json", SHA256: strings.Repeat("ab", 32)},
	}
}

func encode(t *testing.T, a advisory.Advisory, o Options) Event {
	t.Helper()
	e, err := Encode(a, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func marshal(t *testing.T, e Event) []byte {
	t.Helper()
	raw, err := Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decode(t *testing.T, raw []byte) Received {
	t.Helper()
	r, err := Decode(raw, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRoundTrip(t *testing.T) {
	e := encode(t, full(), options())
	raw := marshal(t, e)
	got := decode(t, raw)
	want := Received{
		Document: advisory.Incoming{
			Format: "misp", TrackingID: "ADV-3", Namespace: "https://cert.example", Version: "2", Title: "Redis lets scripts out <&>",
			Summary: "Seen often.", Category: advisory.Vulnerability, TLP: advisory.Amber, Labelled: true, Severity: inventory.SeverityCritical,
			Released: day, CVEs: []string{"CVE-2022-0543", "CVE-2021-32761"}, CWEs: []string{"CWE-306"},
			Products: []advisory.IncomingProduct{
				{Name: "redis", PURL: "pkg:deb/debian/redis@6.0", Range: "vers:deb/<6.0.16", Status: advisory.ProductUnknown},
				{Vendor: "redis", Name: "redis", CPE: "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*", Range: "vers:generic/>=6.0|<6.2.6", Status: advisory.ProductAffected},
				{Vendor: "redis", Name: "redis", CPE: "cpe:2.3:a:redis:redis:6.2.6:*:*:*:*:*:*:*", Status: advisory.ProductFixed},
			},
			Remediation: "Update to 6.2.6.",
			References:  []string{"https://cert.example/.well-known/csaf/amber/2026/adv-3.json", "https://redis.io/security"},
			Checks:      []inventory.CheckID{"redis-lua"},
		},
		UUID: string(e.UUID), OrgUUID: OrgUUID("https://cert.example"), OrgName: "Example CERT", Distribution: "0", Published: true, Timestamp: day,
	}
	want.Document.Products[0].Name = "" // a package URL says it
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read otherwise than written (-want +got):\n%s", diff)
	}
	parsed, err := Parse(raw, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if again := marshal(t, parsed); !bytes.Equal(again, raw) {
		t.Error("what is written differs after reading it")
	}
	if again := marshal(t, encode(t, full(), options())); !bytes.Equal(again, raw) {
		t.Error("the same advisory is written in two ways")
	}
}

// MISP writes counts, times and kinds as strings, and marks as true or false.
func TestNumbersAreStrings(t *testing.T) {
	e := encode(t, full(), options())
	manifest, err := Manifest(map[string]Entry{string(e.UUID): e.Entry()})
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range [][]byte{marshal(t, e), manifest} {
		var doc any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		var walk func(path string, v any)
		walk = func(path string, v any) {
			switch v := v.(type) {
			case float64, nil:
				t.Errorf("%s is %v", path, v)
			case []any:
				for i, x := range v {
					walk(fmt.Sprintf("%s[%d]", path, i), x)
				}
			case map[string]any:
				for k, x := range v {
					walk(path+"."+k, x)
				}
			}
		}
		walk("", doc)
	}
}

func TestTags(t *testing.T) {
	for _, c := range []struct {
		name         string
		change       func(*advisory.Advisory)
		want         string
		distribution Word
	}{
		{"vulnerability", func(*advisory.Advisory) {}, `tlp:amber PAP:GREEN rsit:vulnerable="vulnerable-system" workflow:state="release" misp:automation-level="reviewed"`, "0"},
		{"clear", func(a *advisory.Advisory) { a.TLP = advisory.Clear }, `tlp:clear PAP:CLEAR rsit:vulnerable="vulnerable-system" workflow:state="release" misp:automation-level="reviewed"`, "3"},
		{"green", func(a *advisory.Advisory) { a.TLP = advisory.Green }, `tlp:green PAP:GREEN rsit:vulnerable="vulnerable-system" workflow:state="release" misp:automation-level="reviewed"`, "1"},
		{"strict", func(a *advisory.Advisory) { a.TLP, a.Check = advisory.AmberStrict, "" }, `tlp:amber+strict PAP:GREEN rsit:vulnerable="vulnerable-system" workflow:state="release" misp:automation-level="manual"`, "0"},
		{"incident", func(a *advisory.Advisory) { a.Category = advisory.Incident }, `tlp:amber PAP:AMBER workflow:state="release" misp:automation-level="reviewed"`, "0"},
		{"red", func(a *advisory.Advisory) { a.TLP, a.Category = advisory.Red, advisory.Incident }, `tlp:red PAP:RED workflow:state="release" misp:automation-level="reviewed"`, "0"},
		{"exposure", func(a *advisory.Advisory) { a.Category, a.CVEs, a.CWEs = advisory.Exposure, nil, nil }, `tlp:amber PAP:GREEN rsit:vulnerable="potentially-unwanted-accessible" workflow:state="release" misp:automation-level="reviewed"`, "0"},
		{"weak crypto", func(a *advisory.Advisory) {
			a.Category, a.CVEs, a.CWEs = advisory.Exposure, nil, []string{"CWE-326"}
		}, `tlp:amber PAP:GREEN rsit:vulnerable="weak-crypto" workflow:state="release" misp:automation-level="reviewed"`, "0"},
	} {
		a := full()
		c.change(&a)
		e := encode(t, a, options())
		var tags []string
		for _, tag := range e.Tags {
			tags = append(tags, string(tag.Name))
		}
		if got := strings.Join(tags, " "); got != c.want || e.Distribution != c.distribution {
			t.Errorf("%s: tags %s, distribution %s", c.name, got, e.Distribution)
		}
		if got := decode(t, marshal(t, e)).Document; got.TLP != a.TLP || !got.Labelled || got.Category != a.Category {
			t.Errorf("%s: reads as %s %s", c.name, got.TLP, got.Category)
		}
	}
}

// ids lists the UUIDs of an event, which must all differ.
func ids(t *testing.T, e Event) map[Word]string {
	t.Helper()
	out := map[Word]string{}
	add := func(id Word, what string) {
		if !isUUID(string(id)) || id[14] != '4' {
			t.Errorf("%s has the UUID %q", what, id)
		}
		if other, ok := out[id]; ok {
			t.Errorf("%s and %s have the same UUID", what, other)
		}
		out[id] = what
	}
	add(e.UUID, "event")
	for _, a := range e.Attributes {
		add(a.UUID, "attribute "+string(a.Value))
	}
	for _, o := range e.Objects {
		add(o.UUID, "object "+string(o.Name))
		for _, a := range o.Attributes {
			add(a.UUID, string(o.Name+" "+a.Relation+" "+a.Value))
		}
		for _, r := range o.References {
			add(r.UUID, string(o.Name+" "+r.How+" "+r.To))
		}
	}
	for _, r := range e.Reports {
		add(r.UUID, "report "+string(r.Name))
	}
	return out
}

func TestIDsStayAndTellNothing(t *testing.T) {
	a := full()
	first := ids(t, encode(t, a, options()))
	a.Revision, a.Title, a.Fix = 3, "Another title", "Another fix"
	o := options()
	o.Released = day.Add(time.Hour)
	if diff := cmp.Diff(slices.Sorted(keys(first)), slices.Sorted(keys(ids(t, encode(t, a, o))))); diff != "" {
		t.Errorf("a new revision has other UUIDs:\n%s", diff)
	}
	o.Audience = "TEAM-2"
	for id, what := range ids(t, encode(t, a, o)) {
		if _, same := first[id]; same == (strings.HasPrefix(what, "object ip-port") || strings.HasPrefix(what, "ip-port") || what == "report Systems affected") {
			t.Errorf("%s: same UUID for two audiences: %v", what, same)
		}
	}
	o.Key = []byte("another key of 16 bytes")
	for id, what := range ids(t, encode(t, a, o)) {
		if _, same := first[id]; same {
			t.Errorf("%s has the same UUID with another key", what)
		}
	}
}

func keys(m map[Word]string) func(func(Word) bool) {
	return func(yield func(Word) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestWithdrawalDeletesAllButItsName(t *testing.T) {
	before := full()
	a := full()
	a.State, a.Revision, a.Affected = advisory.Withdrawn, 3, nil
	a.History = append(a.History, advisory.Change{Revision: 3, At: day.Add(time.Hour), Summary: "The check was wrong."})
	o := options()
	o.Released, o.Previous = day.Add(time.Hour), &before
	e := encode(t, a, o)
	old := ids(t, encode(t, before, options()))
	now := ids(t, e)
	for id, what := range old {
		if now[id] == "" {
			t.Errorf("%s is neither there nor deleted", what)
		}
	}
	stands := 0
	for _, x := range e.Attributes {
		if !x.Deleted {
			stands++
		}
	}
	if stands != 8 { // six labels, link and hash
		t.Errorf("%d attributes stand", stands)
	}
	for _, x := range e.Objects {
		if !bool(x.Deleted) || slices.ContainsFunc(x.Attributes, func(a Attribute) bool { return !bool(a.Deleted) }) {
			t.Errorf("object %s stands", x.Name)
		}
	}
	if e.Reports[0].Content != "## Withdrawn\n\nThe check was wrong." || bool(e.Reports[0].Deleted) || !bool(e.Reports[1].Deleted) {
		t.Errorf("reports are %+v", e.Reports)
	}
	got := decode(t, marshal(t, e)).Document
	if !got.Withdrawn || got.TrackingID != "ADV-3" || got.Version != "3" || got.Title != "Withdrawn: "+full().Title || len(got.CVEs)+len(got.Products) != 0 {
		t.Errorf("reads as %+v", got)
	}
	if e.Timestamp.Unix() <= encode(t, before, options()).Timestamp.Unix() {
		t.Error("MISP would not fetch it: the timestamp has not grown")
	}
}

func TestWhatARevisionLostIsDeleted(t *testing.T) {
	before, a := full(), full()
	before.Affected = append(before.Affected, advisory.Affected{Address: "192.0.2.8", Port: "6379/tcp"})
	a.CVEs, a.Products, a.Scores, a.Affected = a.CVEs[:1], a.Products[:1], nil, before.Affected[:1]
	o := options()
	o.Previous = &before
	e := encode(t, a, o)
	var gone []string
	for _, x := range e.Attributes {
		if x.Deleted {
			gone = append(gone, string(x.Value))
		}
	}
	for _, obj := range e.Objects {
		for _, x := range obj.Attributes {
			if x.Deleted {
				gone = append(gone, fmt.Sprintf("%s/%s %s", obj.Name, x.Relation, x.Value))
			}
		}
	}
	want := []string{
		"pkg:deb/debian/redis@6.0", "vulnerability/cvss-string CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
		"vulnerability/id CVE-2021-32761", "vulnerability/summary Anybody runs commands.",
		"cpe-asset/cpe cpe:2.3:a:redis:redis:6.2.6:*:*:*:*:*:*:*", "cpe-asset/vendor redis", "cpe-asset/product redis",
		"cpe-asset/version 6.2.6", "cpe-asset/description fixed:", "ip-port/ip 192.0.2.8", "ip-port/dst-port 6379", "ip-port/protocol tcp",
	}
	if diff := cmp.Diff(want, gone); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	ids(t, e)
	if got := decode(t, marshal(t, e)).Document; len(got.CVEs) != 1 || len(got.Products) != 1 {
		t.Errorf("what is deleted is read: %+v", got)
	}
	for value, stands := range map[string]bool{"CVE-2022-0543": true, "CVE-2021-32761": false, "pkg:deb/debian/redis@6.0": false} {
		sum := md5.Sum([]byte(value))
		if got := bytes.Contains(HashesCSV(e), []byte(hex.EncodeToString(sum[:]))); got != stands {
			t.Errorf("hashes.csv has %s: %v", value, got)
		}
	}
}

func TestAffected(t *testing.T) {
	a := full()
	a.Affected = []advisory.Affected{
		{OrgName: "Lankagrid", Address: "192.0.2.7", Port: "6379/tcp", Hostname: "scada.lankagrid.lk", Site: "Kotmale"},
		{Address: "198.51.100.0/24", Port: "53/udp", Hostname: "lk"},
		{OrgName: "org-f3a9", Address: "host-77b1", Sector: "energy"},
		{Sector: "health", Country: "LK"},
	}
	e := encode(t, a, options())
	var got []string
	for _, o := range e.Objects {
		if o.Name != "ip-port" {
			continue
		}
		for _, x := range o.Attributes {
			got = append(got, string(x.Relation+"="+x.Value))
			if x.ToIDS {
				t.Errorf("%s of a victim would be blocked", x.Value)
			}
		}
	}
	want := []string{
		"ip=192.0.2.7", "dst-port=6379", "protocol=tcp", "hostname=scada.lankagrid.lk", "text=Lankagrid, Kotmale",
		"ip=198.51.100.0/24", "dst-port=53", "protocol=udp", "text=lk",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ip-port objects (-want +got):\n%s", diff)
	}
	if text := string(e.Reports[1].Content); strings.Count(text, "\n") != 3 || !strings.Contains(text, "org-f3a9, energy, host-77b1") {
		t.Errorf("report of those affected: %s", text)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for field, change := range map[string]func(*advisory.Advisory, *Options){
		"tlp":                 func(a *advisory.Advisory, _ *Options) { a.TLP = "" },
		"advisory":            func(a *advisory.Advisory, _ *Options) { a.History = nil },
		"title":               func(a *advisory.Advisory, _ *Options) { a.Title = " " },
		"released":            func(_ *advisory.Advisory, o *Options) { o.Released = time.Time{} },
		"publisher.name":      func(_ *advisory.Advisory, o *Options) { o.Org = "" },
		"publisher.namespace": func(_ *advisory.Advisory, o *Options) { o.Namespace = "cert.example" },
		"misp_org":            func(_ *advisory.Advisory, o *Options) { o.OrgUUID = "7" },
		"key":                 func(_ *advisory.Advisory, o *Options) { o.Key = nil },
		"csaf.url":            func(_ *advisory.Advisory, o *Options) { o.CSAF.URL = "javascript:alert(1)" },
	} {
		a, o := full(), options()
		change(&a, &o)
		_, err := Encode(a, o)
		if mistake, ok := errors.AsType[*inventory.InputError](err); !ok || mistake.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
