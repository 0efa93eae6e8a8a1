package csaf

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/gocsaf/csaf/v3/csaf"
)

var (
	day  = time.Date(2026, 11, 22, 10, 0, 0, 123456789, time.FixedZone("+0530", 5*3600+1800))
	cert = Publisher{
		Name: "Example CERT", Namespace: "https://cert.example", Contact: "soc@cert.example, 24 hours",
		URL:   "https://cert.example/.well-known/csaf/",
		Links: map[advisory.ID]string{"ADV-1": "https://cert.example/.well-known/csaf/red/2025/adv-1.json"},
	}
)

func exposure() advisory.Advisory {
	return advisory.Advisory{
		ID: "ADV-3", Revision: 1, State: advisory.Released, Category: advisory.Exposure, TLP: advisory.Amber, Check: "exposed-redis",
		Title: "Redis store can be reached", Summary: "Seen on 12 systems of 5 operators.",
		Impact: "It gives its data to everyone.", Fix: "Set a password.", Severity: inventory.SeverityHigh,
		CWEs: []string{"CWE-306", "CWE-99999"}, References: []string{"https://redis.io/security"},
		Products: []advisory.Product{
			{Vendor: "redislabs", Name: "redis", Version: "7.0.15", CPE: "cpe:2.3:a:redislabs:redis:7.0.15:*:*:*:*:*:*:*"},
			{Vendor: "redislabs", Name: "redis", Version: "6.2", CPE: "cpe:2.3:a:redislabs:redis:6.2:*:*:*:*:*:*:*"},
		},
		Author: "nima", Approver: "sita", CreatedAt: day, UpdatedAt: day.Add(time.Hour),
		History: []advisory.Change{{Revision: 1, At: day, By: "nima", Summary: "First version.", Released: true}},
	}
}

func vulnerable() advisory.Advisory {
	a := exposure()
	a.ID, a.Category, a.CVEs = "ADV-4", advisory.Vulnerability, []string{"CVE-2022-0543", "CVE-2023-28425"}
	a.Scores = []advisory.Score{
		{CVE: "CVE-2022-0543", Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"},
		{CVE: "CVE-2022-0543", Vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"},
		{CVE: "CVE-2023-28425", Vector: "CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H"},
	}
	a.Products = append(a.Products,
		advisory.Product{Vendor: "redislabs", Name: "redis", Range: "vers:generic/>=6.0|<6.2.6"},
		advisory.Product{Vendor: "debian", Name: "redis", Version: "7.0.16", PURL: "pkg:deb/debian/redis@7.0.16", Status: advisory.ProductFixed},
		advisory.Product{Name: "Some gateway", Status: advisory.ProductUnknown})
	return a
}

// ended are the ways in which a released advisory stops to hold.
func ended(t *testing.T, a advisory.Advisory, by advisory.ID) advisory.Advisory {
	t.Helper()
	at := day.Add(48 * time.Hour)
	next, err := advisory.Withdraw(a, "sita", "the check was wrong", at)
	if by != "" {
		next, err = advisory.Supersede(a, by, "sita", at)
	}
	if err == nil {
		next, err = advisory.Release(next, at.Add(time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// documents are one of each kind that we write.
func documents(t *testing.T) map[string]advisory.Advisory {
	t.Helper()
	out := map[string]advisory.Advisory{}
	add := func(name string, a advisory.Advisory) {
		a.ID = advisory.ID("ADV-" + name)
		out[name] = a
	}
	for _, label := range advisory.TLPs() {
		word := strings.ReplaceAll(string(label), "+", "-")
		for _, kind := range advisory.Categories() {
			a := exposure()
			if kind == advisory.Vulnerability {
				a = vulnerable()
			}
			a.Category, a.TLP = kind, label
			name := string(kind) + "-" + word
			add(name, a)
			add(name+"-withdrawn", ended(t, a, ""))
			add(name+"-superseded", ended(t, a, "ADV-9"))
			a.Interim = true
			add(name+"-interim", a)
		}
	}
	for _, kind := range []advisory.Category{advisory.Incident, advisory.Indicators, advisory.Statistics} {
		a := vulnerable()
		a.Category = kind
		add(string(kind)+"-cve", a)
	}
	a := vulnerable()
	a.Products, a.References, a.CWEs, a.Fix = nil, nil, []string{"CWE-99999"}, ""
	add("cve-without-product", a)

	a = vulnerable()
	a.CVEs, a.Scores = nil, nil
	add("product-without-cve", a)

	a = vulnerable()
	a.Products = a.Products[3:4]
	add("all-fixed", a)

	a = exposure()
	a.Referral, a.TLP, a.Supersedes = true, advisory.Red, "ADV-1"
	a.Affected = []advisory.Affected{
		{Address: "198.51.100.7", Port: "6379/tcp", OrgName: "Power Company", Sector: "energy", Country: "LK", Evidence: "redis_version:7.0.15\nos:Linux", Consent: inventory.ConsentIdentified},
		{OrgName: "operator-7f3a", Port: "6379/tcp", Consent: inventory.ConsentAnonymised},
		{OrgName: "operator-7f3a", Port: "6379/tcp", Consent: inventory.ConsentAnonymised},
		{Consent: inventory.ConsentAnonymised},
	}
	add("affected", a)

	a = exposure()
	a.Products, a.References, a.CWEs, a.Impact, a.Fix, a.Summary = nil, nil, nil, "", "", ""
	add("bare", a)

	a = exposure()
	a.Title = "රෙඩිස් ගබඩාවට ළඟා විය හැක: ရေဒစ် สามารถเข้าถึงได้ <b>\u202e\x1b[31m"
	a.Impact = "ক্ষতি & \"quoted\" </script>\x00 \xff"
	add("unicode", a)

	a = exposure()
	a.State = advisory.Draft
	add("draft", a)

	a = exposure()
	a.Revision = 3
	a.History = append(a.History, // a clock that went back
		advisory.Change{Revision: 3, At: day.Add(time.Hour), Summary: "Third.", Released: true},
		advisory.Change{Revision: 2, At: day.Add(2 * time.Hour), Summary: "Second.", Released: true})
	a.UpdatedAt = day.Add(72 * time.Hour) // a further audience
	add("revised", a)

	a, err := advisory.Revise(exposure(), "nima", "Never released.", day.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	add("gap", ended(t, a, ""))
	return out
}

func encode(t *testing.T, a advisory.Advisory) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, a, cert); err != nil {
		t.Fatalf("%s: %v", a.ID, err)
	}
	return b.Bytes()
}

func TestSchema(t *testing.T) {
	for name, a := range documents(t) {
		raw := encode(t, a)
		var doc any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		faults, err := csaf.ValidateCSAF(doc)
		if err != nil || len(faults) > 0 {
			t.Errorf("%s: ValidateCSAF = %v, %v", name, faults, err)
		}
		if !bytes.Equal(raw, encode(t, a)) {
			t.Errorf("%s: encoding twice gives different bytes", name)
		}
		sortedAndFull(t, name, raw)
		if bytes.ContainsAny(raw, "\x00\x1b\u202e") {
			t.Errorf("%s: control characters in the document", name)
		}
	}
}

// sortedAndFull checks that the keys of every object are in alphabetical
// order and that nothing is null or empty.
func sortedAndFull(t *testing.T, name string, raw []byte) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	var read func()
	read = func() {
		token, err := dec.Token()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch token {
		case nil, "":
			t.Errorf("%s: null or empty text", name)
		case json.Delim('{'), json.Delim('['):
			last, n := "", 0
			for dec.More() {
				n++
				if token == json.Delim('{') {
					key, err := dec.Token()
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if k := key.(string); k <= last {
						t.Errorf("%s: key %s after %s", name, k, last)
					} else {
						last = k
					}
				}
				read()
			}
			if _, err := dec.Token(); err != nil || n == 0 {
				t.Errorf("%s: empty %v, %v", name, token, err)
			}
		}
	}
	read()
}

func TestContent(t *testing.T) {
	all := documents(t)
	for _, c := range []struct {
		reason, doc string
		want, not   []string
	}{
		{
			"an exposure is information, without vulnerabilities", "exposure-amber",
			[]string{
				`"category": "csaf_informational_advisory"`, `"label": "AMBER"`, `"text": "TLP v2.0: TLP:AMBER"`, `"category": "self"`,
				`"url": "https://cert.example/.well-known/csaf/amber/2026/adv-exposure-amber.json"`, "CWE-306: Missing Authentication for Critical Function",
				`redislabs redis 7.0.15\nredislabs redis 6.2`, `"date": "2026-11-22T04:30:00Z"`, `"current_release_date": "2026-11-22T05:30:00Z"`, `"status": "final"`,
			},
			[]string{"vulnerabilities", "CWE-99999", "nima", "sita", "interim"},
		},
		{
			"with CVEs it is a security advisory", "vulnerability-amber",
			[]string{
				`"category": "csaf_security_advisory"`, `"cve": "CVE-2023-28425"`, `"known_affected"`, `"cpe": "cpe:2.3:a:redislabs:redis:6.2:*:*:*:*:*:*:*"`, `"id": "CWE-306"`,
				`"category": "product_version_range",
                "name": "vers:generic/>=6.0|<6.2.6"`, `"purl": "pkg:deb/debian/redis@7.0.16"`, `"baseScore": 10`, `"baseSeverity": "MEDIUM"`,
				"Update to a version without the weakness: debian redis 7.0.16.", `"under_investigation"`, `"title": "CVSS 4.0"`,
			},
			[]string{"CWE-99999"},
		},
		{"an incident is a response", "incident-amber", []string{`"category": "csaf_security_incident_response"`}, []string{"vulnerabilities"}},
		{"and may have vulnerabilities", "incident-cve", []string{`"category": "csaf_security_incident_response"`, `"vulnerabilities"`}, nil},
		{"indicators with CVEs fit no profile", "indicators-cve", []string{`"category": "csaf_base"`, `"vulnerabilities"`}, nil},
		{"statistics only count them", "statistics-cve", []string{`"category": "csaf_informational_advisory"`, `CVE-2022-0543\nCVE-2023-28425`}, []string{`"vulnerabilities"`}},
		{"without a CVE it goes by our id", "product-without-cve", []string{`"category": "csaf_security_advisory"`, `"text": "ADV-product-without-cve"`}, []string{`"cve"`}},
		{"interim until it is final", "incident-green-interim", []string{`"status": "interim"`}, nil},
		{
			"who is affected, sorted and counted", "affected",
			[]string{
				`- 198.51.100.7 6379/tcp, Power Company, energy, LK: redis_version:7.0.15 os:Linux\n- 6379/tcp, operator-7f3a (2 times)\n- A system of which no more may be told"`,
				"law-enforcement contact", `"summary": "Superseded Document: ADV-1"`, "/red/2025/adv-1.json",
			},
			nil,
		},
		{
			"amber+strict does not travel as amber", "exposure-amber-strict",
			[]string{`"label": "RED"`, `"text": "TLP v2.0: TLP:AMBER+STRICT"`, "/red/2026/"},
			[]string{`"AMBER"`},
		},
		{"clear is called white", "exposure-clear", []string{`"label": "WHITE"`, `"text": "TLP v2.0: TLP:CLEAR"`}, nil},
		{"no product was identified", "cve-without-product", []string{"version not determined", `"url": "https://cert.example"`}, []string{`"cwe"`, `"cpe"`}},
		{"a draft says so", "draft", []string{`"status": "draft"`}, nil},
		{
			"a withdrawal keeps the history and tells only the reason", "vulnerability-amber-withdrawn",
			[]string{
				`"category": "csaf_base"`, `"title": "Reasoning for Withdrawal"`, `"text": "Withdrawn: the check was wrong"`, `"version": "2"`, `"First version."`,
				`"title": "Withdrawn: Redis`, `"initial_release_date": "2026-11-22T04:30:00Z"`, `"current_release_date": "2026-11-24T05:30:00Z"`,
			},
			[]string{"product_tree", "vulnerabilities", "Set a password", "sita", "aggregate_severity", "Superse"},
		},
		{
			"a supersession says what to read", "incident-red-superseded",
			[]string{`"category": "csaf_base"`, `"title": "Reasoning for Supersession"`, `"summary": "Superseding Document: ADV-9"`, `"url": "https://cert.example"`, `"title": "Superseded: Redis`},
			[]string{"product_tree", "vulnerabilities", "Set a password", "Withdrawal"},
		},
		{
			"revisions in order, dates never falling, released again later", "revised",
			[]string{`"version": "3"`, `"date": "2026-11-22T06:30:00Z",
          "number": "3"`, `"current_release_date": "2026-11-25T04:30:00Z"`, `"initial_release_date": "2026-11-22T04:30:00Z"`},
			nil,
		},
		{"what never went out is not in the history", "gap", []string{`"version": "2"`, "First version."}, []string{"Never released.", `"number": "3"`}},
		{"markup stays text, invisible controls go", "unicode", []string{"<b>[31m", `\"quoted\" </script>`, `\\xff`}, nil},
	} {
		got := string(encode(t, all[c.doc]))
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %s in\n%s", c.reason, w, got)
			}
		}
		for _, w := range c.not {
			if strings.Contains(got, w) {
				t.Errorf("%s: %s in\n%s", c.reason, w, got)
			}
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []struct {
		field  string
		change func(*advisory.Advisory, *Publisher)
	}{
		{"advisory", func(a *advisory.Advisory, _ *Publisher) { a.ID = "" }},
		{"advisory", func(a *advisory.Advisory, _ *Publisher) { a.History = nil }},
		{"title", func(a *advisory.Advisory, _ *Publisher) { a.Title = " " }},
		{"tlp", func(a *advisory.Advisory, _ *Publisher) { a.TLP = "" }},
		{"scores", func(a *advisory.Advisory, _ *Publisher) {
			*a = vulnerable()
			a.Scores[0].Vector = "CVSS:3.1/AV:N"
		}},
		{"affected[0]", func(a *advisory.Advisory, _ *Publisher) { a.Affected = []advisory.Affected{{OrgName: "x"}} }},
		{"affected[0]", func(a *advisory.Advisory, _ *Publisher) {
			a.Affected = []advisory.Affected{{OrgName: "x", Consent: inventory.ConsentNone}}
		}},
		{"affected[1]", func(a *advisory.Advisory, _ *Publisher) {
			a.Affected = []advisory.Affected{{Consent: inventory.ConsentAnonymised}, {Address: "192.0.2.7", Consent: inventory.ConsentAnonymised}}
		}},
		{"publisher.name", func(_ *advisory.Advisory, p *Publisher) { p.Name = "" }},
		{"publisher.namespace", func(_ *advisory.Advisory, p *Publisher) { p.Namespace = "cert.example" }},
		{"publisher.url", func(_ *advisory.Advisory, p *Publisher) { p.URL = "advisories" }},
	} {
		a, p := exposure(), cert
		c.change(&a, &p)
		err := Encode(&bytes.Buffer{}, a, p)
		input, ok := errors.AsType[*inventory.InputError](err)
		if !ok || input.Field != c.field || input.Hint == "" {
			t.Errorf("Encode without %s = %v, want an InputError with a hint", c.field, err)
		}
	}
	if err := Encode(brokenWriter{}, exposure(), cert); err == nil {
		t.Error("Encode to a full disk says nothing")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestPath(t *testing.T) {
	a := exposure()
	a.History[0].At = time.Date(2025, 12, 31, 23, 59, 59, 0, time.UTC)
	a = ended(t, a, "")
	for label, want := range map[advisory.TLP]string{
		advisory.Clear: "white/2025/adv-3.json", advisory.Green: "green/2025/adv-3.json", advisory.Amber: "amber/2025/adv-3.json",
		advisory.AmberStrict: "red/2025/adv-3.json", advisory.Red: "red/2025/adv-3.json", "pink": "red/2025/adv-3.json",
	} {
		if got := Path(a, Label(label)); got != want {
			t.Errorf("Path(%s) = %s, want %s", label, got, want)
		}
	}
}

func TestFileName(t *testing.T) {
	for id, want := range map[advisory.ID]string{
		"ADV-3": "adv-3.json", "LK CERT/2026:1": "lk_cert_2026_1.json", "a__b": "a_b.json", "Ä+1": "_+1.json",
	} {
		if got := FileName(advisory.Advisory{ID: id}); got != want {
			t.Errorf("FileName(%s) = %s, want %s", id, got, want)
		}
	}
}
