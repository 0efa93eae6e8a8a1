package csaf

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf/semantic"
	"github.com/google/go-cmp/cmp"
)

// TestRoundTrip reads back every document that we write, which passes our own
// checks of received ones, too.
func TestRoundTrip(t *testing.T) {
	for name, a := range documents(t) {
		raw := encode(t, a)
		if faults, err := Validate(raw); err != nil || len(faults) > 0 {
			t.Errorf("%s: Validate = %v, %v", name, faults, err)
		}
		if problems, err := semantic.Check(raw); err != nil || len(problems) > 0 {
			t.Errorf("%s: Check = %v, %v", name, problems, err)
		}
		got, err := Decode(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(facts(a), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestEveryCWE(t *testing.T) {
	if problems, err := semantic.Check(everyCWE(t)); err != nil || len(problems) > 0 {
		t.Errorf("Check = %v, %v", problems, err)
	}
}

// facts are what a reader of a's document has to learn.
func facts(a advisory.Advisory) advisory.Incoming {
	in := advisory.Incoming{
		Format: "csaf", TrackingID: string(a.ID), Namespace: cert.Namespace, Version: fmt.Sprint(a.Version()),
		Title: text(a.Title), Summary: text(a.Summary), Category: a.Kind(), TLP: a.TLP, Labelled: true,
		Severity: a.Severity, Released: second(a.LastReleased()), SupersededBy: string(a.SupersededBy),
		CVEs: a.CVEs, Remediation: text(a.Fix), References: a.References, Checks: []inventory.CheckID{a.Check},
	}
	if in.Summary == "" {
		in.Summary = in.Title
	}
	if a.State == advisory.Withdrawn { // its reason, and nothing of what it said
		history := a.Published()
		in.Title, in.Withdrawn = "Withdrawn: "+in.Title, a.SupersededBy == ""
		if !in.Withdrawn {
			in.Title = "Superseded: " + text(a.Title)
		}
		in.Summary, in.Category = history[len(history)-1].Summary, advisory.Exposure
		in.Severity, in.CVEs, in.Remediation, in.References, in.Checks = "", nil, "", nil, nil
		return in
	}
	for _, id := range a.CWEs {
		if _, known := cweNames[id]; known {
			in.CWEs = append(in.CWEs, id)
		}
	}
	if !hasVulnerabilities(a) {
		return in
	}
	for _, cve := range append(a.CVEs, "")[:max(1, len(a.CVEs))] {
		for _, status := range []advisory.ProductStatus{advisory.ProductAffected, advisory.ProductUnknown, advisory.ProductFixed} {
			for _, p := range a.Products {
				stands := p.Status
				if stands == "" {
					stands = advisory.ProductAffected
				}
				if stands != status {
					continue
				}
				q := advisory.IncomingProduct{Name: p.Name, Vendor: p.Vendor, CPE: p.CPE, PURL: p.PURL, Range: p.Range, Status: status, CVE: cve}
				if p.CPE == "" && p.Version != "" {
					q.Range = "vers:generic/" + p.Version
				}
				in.Products = append(in.Products, q)
			}
		}
		if len(a.Products) == 0 {
			name := "Product affected by " + strings.Join(a.CVEs, ", ") + ", version not determined"
			in.Products = append(in.Products, advisory.IncomingProduct{Name: name, Status: advisory.ProductAffected, CVE: cve})
		}
	}
	if in.Remediation == "" && len(fixedNames(a)) > 0 {
		in.Remediation = "Update to a version without the weakness: " + strings.Join(fixedNames(a), ", ") + "."
	}
	return in
}

func foreign(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/foreign.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestDecodeForeign(t *testing.T) {
	got, err := Decode([]byte(foreign(t)))
	if err != nil {
		t.Fatal(err)
	}
	gateway := advisory.IncomingProduct{Name: "Gateway", Vendor: "Example Vendor"}
	with := func(status advisory.ProductStatus, cve string, change func(*advisory.IncomingProduct)) advisory.IncomingProduct {
		p := gateway
		p.Status, p.CVE = status, cve
		change(&p)
		return p
	}
	old := func(p *advisory.IncomingProduct) { p.Range = "vers:generic/<2.0" }
	one := func(p *advisory.IncomingProduct) { p.CPE = `cpe:2.3:a:example:gate\+way:1.0:*:*:*:lite:linux:x64:*` }
	two := func(p *advisory.IncomingProduct) { p.Range = "vers:generic/2.0" }
	want := advisory.Incoming{
		Format: "csaf", TrackingID: "VSA-1", Namespace: "https://vendor.example", Version: "1.0.0",
		Title: "Gateway without a password", Summary: "The gateway forgets to ask for a password.",
		Category: advisory.Vulnerability, TLP: advisory.Green, Labelled: true, Severity: inventory.SeverityHigh,
		Released: time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC),
		CVEs:     []string{"CVE-2026-0001", "CVE-2026-0002"}, CWEs: []string{"CWE-306"},
		Remediation: "Update to 2.0.\nClose port 80.",
		References:  []string{"https://vendor.example/fix", "https://cve.example/CVE-2026-0001"},
		Products: []advisory.IncomingProduct{
			with(advisory.ProductAffected, "CVE-2026-0001", old),
			with(advisory.ProductUnknown, "CVE-2026-0001", func(*advisory.IncomingProduct) {}), // "up to 1.5"
			{Name: "libgate", PURL: "pkg:deb/debian/libgate@3.1", Range: "vers:generic/3.1", Status: advisory.ProductAffected, CVE: "CVE-2026-0001"},
			with(advisory.ProductAffected, "CVE-2026-0001", one),
			with(advisory.ProductUnknown, "CVE-2026-0001", two), // on an OS, on an OS
			with(advisory.ProductFixed, "CVE-2026-0001", two),
			with(advisory.ProductAffected, "CVE-2026-0002", one),
			with(advisory.ProductFixed, "CVE-2026-0002", two),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Decode (-want +got):\n%s", diff)
	}
}

func TestDecodeVariants(t *testing.T) {
	for _, c := range []struct {
		name    string
		replace []string // pairs
		check   func(advisory.Incoming) any
		want    any
	}{
		{"no label", []string{`"tlp": {"label": "GREEN"}`, `"x": 0`}, labelOf, " false"},
		{"a label of TLP 1", []string{`"GREEN"`, `"WHITE"`}, labelOf, "clear true"},
		{"a label that nobody knows", []string{`"GREEN"`, `"PURPLE"`}, labelOf, "red true"},
		{"amber+strict", []string{`"GREEN"`, `"RED"`, `Share widely.`, `TLP v2.0: TLP:AMBER+STRICT`}, labelOf, "amber+strict true"},
		{"a text more open than the label", []string{`"GREEN"`, `"RED"`, `Share widely.`, `TLP v2.0: TLP:CLEAR`}, labelOf, "red true"},
		{"a text stricter than the label", []string{`Share widely.`, `TLP v2.0: TLP:RED`}, labelOf, "red true"},
		{"a text alone", []string{`"tlp": {"label": "GREEN"}`, `"x": 0`, `Share widely.`, `TLP v2.0: TLP:AMBER`}, labelOf, "amber true"},
		{"severity by score", []string{`"aggregate_severity"`, `"x"`}, func(in advisory.Incoming) any { return in.Severity }, inventory.SeverityCritical},
		{"a VEX", []string{`csaf_security_advisory`, `csaf_vex`}, categoryOf, advisory.Vulnerability},
		{"of no profile", []string{`csaf_security_advisory`, `csaf_base`}, categoryOf, advisory.Vulnerability},
		{"an incident", []string{`csaf_security_advisory`, `csaf_security_incident_response`}, categoryOf, advisory.Incident},
		{"only about products", []string{`"vulnerabilities"`, `"x"`}, func(in advisory.Incoming) any { return len(in.Products) }, 9},
		{"titled as withdrawn, but full", []string{`"category": "summary",`, `"category": "description", "title": "Reasoning for Withdrawal",`}, endingOf, "false "},
		{"withdrawn", []string{`"category": "summary",`, `"category": "description", "title": "Reasoning for Withdrawal",`, `"vulnerabilities"`, `"x"`, `"product_tree"`, `"y"`}, endingOf, "true "},
		{"superseded by nothing", []string{`"category": "summary",`, `"category": "description", "title": "Reasoning for Supersession",`, `"vulnerabilities"`, `"x"`, `"product_tree"`, `"y"`}, endingOf, "true "},
		{
			"superseded by an address", []string{
				`"category": "summary",`, `"category": "description", "title": "Reasoning for Supersession",`,
				`"vulnerabilities"`, `"x"`, `"product_tree"`, `"y"`, `"summary": "Fix"`, `"summary": "Superseding Document"`,
			}, endingOf, "false https://vendor.example/fix",
		},
		{"a key in other letters is another key", []string{`"product_status"`, `"Product_Status"`}, func(in advisory.Incoming) any { return len(in.Products) }, 0},
		{"another type than expected", []string{`"title": "Gateway without a password"`, `"title": ["x"]`}, func(in advisory.Incoming) any { return in.Title }, ""},
	} {
		got, err := Decode([]byte(strings.NewReplacer(c.replace...).Replace(foreign(t))))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if diff := cmp.Diff(c.want, c.check(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// What is not affected counts only where it is one product in known versions,
// whatever it is built into, and one known weakness.
func TestDecodeNotAffected(t *testing.T) {
	const list, fixed = `"known_not_affected": ["OS"]`, `"fixed": ["GW-2.0", "GW-KB7", "GW-VAGUE", "OS"], "under_investigation": ["TWICE"]`
	all := []string{list, `"known_not_affected": ["OS", "GW-2.0", "GW-KB7", "GW-VAGUE", "GW-ON-OS", "TWICE", "MISSING"]`, fixed, `"x": 0`}
	one := []advisory.IncomingProduct{{Name: "Gateway", Vendor: "Example Vendor", Range: "vers:generic/2.0", Status: advisory.ProductNotAffected, CVE: "CVE-2026-0001"}}
	none := []advisory.IncomingProduct(nil)
	for _, c := range []struct {
		name    string
		replace []string // pairs
		want    []advisory.IncomingProduct
	}{
		{"a version", all, one},
		{"affected, too", append([]string{`"known_affected": [`, `"known_affected": ["GW-2.0", `}, all...), none},
		{"by what has no CVE", append([]string{`"cve": "CVE-2026-0001", `, ``}, all...), none},
		{"one architecture", append([]string{`"category": "product_family"`, `"category": "architecture"`}, all...), none},
		{"one series", append([]string{`"name": "Gateway 2.0"}`, `"name": "Gateway 2.0", "product_identification_helper": {"serial_numbers": ["7*"]}}`}, all...), none},
	} {
		in, err := Decode([]byte(strings.NewReplacer(c.replace...).Replace(foreign(t))))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []advisory.IncomingProduct
		for _, p := range in.Products {
			if p.Status == advisory.ProductNotAffected {
				got = append(got, p)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// So many that are not affected cost nothing of what is.
func TestDecodeManyNotAffected(t *testing.T) {
	var defined, listed strings.Builder
	for i := range maxProducts {
		fmt.Fprintf(&defined, `{"product_id": "N-%d", "name": "N", "product_identification_helper": {"cpe": "cpe:/a:example:n:%d"}}, `, i, i)
		fmt.Fprintf(&listed, `"N-%d", `, i)
	}
	want, err := Decode([]byte(foreign(t)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode([]byte(strings.NewReplacer(`"full_product_names": [`, `"full_product_names": [`+defined.String(), `"known_not_affected": [`, `"known_not_affected": [`+listed.String()).Replace(foreign(t))))
	if diff := cmp.Diff(want.Products, got.Products); diff != "" || err != nil {
		t.Errorf("Decode: %v (-want +got):\n%s", err, diff)
	}
}

func labelOf(in advisory.Incoming) any    { return fmt.Sprint(string(in.TLP), " ", in.Labelled) }
func categoryOf(in advisory.Incoming) any { return in.Category }
func endingOf(in advisory.Incoming) any   { return fmt.Sprint(in.Withdrawn, " ", in.SupersededBy) }

func TestDecodeDraftStandard(t *testing.T) {
	raw := strings.NewReplacer(`"2.0",`, `"2.1",`, `"GREEN"`, `"AMBER+STRICT"`, `"cwe": {"id": "CWE-306", "name": "Missing Authentication for Critical Function"}`, `"cwes": [{"id": "CWE-306"}]`,
		`"scores": [{"products": ["GW-1.0"], "cvss_v3"`, `"metrics": [{"content": {"cvss_v4": {"baseScore": 5.1}}}, {"cvss_v3"`, `"aggregate_severity"`, `"x"`).Replace(foreign(t))
	got, err := Decode([]byte(raw))
	if !errors.Is(err, ErrDraftStandard) {
		t.Fatalf("Decode: %v, want ErrDraftStandard", err)
	}
	if got.TLP != advisory.AmberStrict || got.Severity != inventory.SeverityMedium || len(got.Products) != 8 || !cmp.Equal(got.CWEs, []string{"CWE-306"}) {
		t.Errorf("Decode = %+v", got)
	}
}

func TestReadRange(t *testing.T) {
	for name, want := range map[string]string{
		"vers:semver/>=1.0.0|<2.0.0": "vers:semver/>=1.0.0|<2.0.0", "vers:all/*": "vers:generic/*", "All versions": "vers:generic/*", "*": "vers:generic/*",
		"<6.2.6": "vers:generic/<6.2.6", "<= 6.2": "vers:generic/<=6.2", ">1": "vers:generic/>1", "≥ V2.0-RC1": "vers:generic/>=2.0-RC1",
		">=1.0 <2.0": "vers:generic/>=1.0|<2.0", "<2.0, >= 1.0": "vers:generic/>=1.0|<2.0", ">=1.0|<2.0": "vers:generic/>=1.0|<2.0", "> 1.0 and <= 2.0": "vers:generic/>1.0|<=2.0",
		"prior to 4.2": "vers:generic/<4.2", "versions before v4.2": "vers:generic/<4.2", "All versions < V6.2": "vers:generic/<6.2",
		"4.1 and earlier": "vers:generic/<=4.1", "4.1 or prior versions": "vers:generic/<=4.1", "4.2 and later": "vers:generic/>=4.2", "from 1.0 before 2.0": "vers:generic/>=1.0|<2.0",
		// what leaves a doubt
		"up to 4.1": "", "1.0 - 2.0": "", "<1.0 <2.0": "", "<1.0 or >=2.0": "", "some versions": "", "<": "", "<2.0,": "", "3.X": "", "<2.0 on Linux": "", "vers: <2": "",
	} {
		got, vague := readRange(name)
		if vague {
			got = ""
		}
		if got != want || vague != (want == "") {
			t.Errorf("readRange(%q) = %q, %v; want %q", name, got, vague, want)
		}
	}
	for name, want := range map[string]string{
		"7.0.15": "vers:generic/7.0.15", "V7": "vers:generic/7", "1.0 SP1|x": "", "1.0 SP1": "vers:generic/1.0%20SP1", "<2": "vers:generic/<2", "-": "", "vista": "vers:generic/vista",
	} {
		if got, vague := versionRange(name); got != want && !vague {
			t.Errorf("versionRange(%q) = %q, %v; want %q", name, got, vague, want)
		}
	}
}

func TestReadCPE(t *testing.T) {
	for cpe, want := range map[string]string{
		"cpe:2.3:a:redis:redis:7.0.15:*:*:*:*:*:*:*":           "cpe:2.3:a:redis:redis:7.0.15:*:*:*:*:*:*:*",
		"cpe:/o:Microsoft:windows_10:1809:-":                   "cpe:2.3:o:microsoft:windows_10:1809:-:*:*:*:*:*:*",
		"cpe:/a:hp:insight:7.4.0.1570:-:~~online~win2003~x64~": "cpe:2.3:a:hp:insight:7.4.0.1570:-:*:*:online:win2003:x64:*",
		`cpe:/a:a:b%3ac:8.%02`:                                 `cpe:2.3:a:a:b\:c:8.*:*:*:*:*:*:*:*`,
		"cpe:/a":                                               "", "cpe:2.3:a:b": "", "cpe:/a:%zz": "", "cpe:/a:b:c:d:e:f:g:h": "", "redis": "",
	} {
		if got := readCPE(cpe); got != want {
			t.Errorf("readCPE(%s) = %q, want %q", cpe, got, want)
		}
	}
}

// manyProducts makes a document with n products, of which each of m
// vulnerabilities says that they are affected.
func manyProducts(t *testing.T, n, m int) []byte {
	t.Helper()
	var names []map[string]any
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("P-%d", i))
		names = append(names, map[string]any{"product_id": ids[i], "name": ids[i]})
	}
	var vulnerabilities []any
	for i := range m {
		vulnerabilities = append(vulnerabilities, map[string]any{"cve": fmt.Sprintf("CVE-2026-%04d", i), "product_status": map[string]any{"known_affected": ids}})
	}
	raw, err := json.Marshal(map[string]any{
		"document": map[string]any{"csaf_version": "2.0"}, "product_tree": map[string]any{"full_product_names": names}, "vulnerabilities": vulnerabilities,
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestDecodeMany(t *testing.T) {
	in, err := Decode(manyProducts(t, 5000, 2))
	if err != nil || len(in.Products) != 10_000 || in.Products[9999].CVE == "" {
		t.Errorf("as many as allowed: %d products, %v", len(in.Products), err)
	}
	in, err = Decode(manyProducts(t, 5001, 2))
	if err != nil || len(in.Products) != 5001 || in.Products[0].CVE != "" || in.Products[0].Status != advisory.ProductAffected {
		t.Errorf("more: %d products, %v; want one for each product", len(in.Products), err)
	}
	if _, err := Decode(manyProducts(t, 10_001, 1)); err == nil {
		t.Error("10,001 products are read")
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, raw := range []string{"", "[]", `{"document": {}}`, `{"document": {"csaf_version": "1.2"}}`, `{"document": {"csaf_version": "2.0", "csaf_version": "2.0"}}`} {
		if in, err := Decode([]byte(raw)); err == nil || !cmp.Equal(in, advisory.Incoming{}) {
			t.Errorf("Decode(%s) = %+v, %v; want an error", raw, in, err)
		}
	}
}

func TestValidate(t *testing.T) {
	if faults, err := Validate([]byte(`{"document": {"title": 7}}`)); err != nil || len(faults) == 0 || len(faults) > maxFaults {
		t.Errorf("Validate = %q, %v; want faults", faults, err)
	}
	many := `{"document": {"notes": [` + strings.Repeat(`{"category": "x"},`, 1000) + `{}]}}`
	if faults, err := Validate([]byte(many)); err != nil || len(faults) != maxFaults {
		t.Errorf("Validate tells %d faults, %v", len(faults), err)
	}
	for _, raw := range []string{`{"a": 1e999999999}`, strings.Repeat("[", 100), `{"a": 1, "a": 1}`} {
		if _, err := Validate([]byte(raw)); err == nil {
			t.Errorf("Validate(%.20s) says nothing", raw)
		}
	}
}

func FuzzDecode(f *testing.F) {
	raw, err := os.ReadFile("testdata/foreign.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"document": {"csaf_version": "2.0", "notes": {}}, "vulnerabilities": [null, {"product_status": []}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, err := Decode(raw)
		if err != nil && !errors.Is(err, ErrDraftStandard) {
			return
		}
		if len(in.Products) > maxProducts || len(in.CVEs) > maxListed || len(in.References) > maxListed || len(in.Summary) > maxText || in.Labelled != in.TLP.Valid() {
			t.Fatalf("beyond the limits: %+v", in)
		}
		for _, p := range in.Products {
			if p.Status == advisory.ProductFixed && p.Range == "" && cpeVersion(p.CPE) == "" {
				t.Fatalf("fixed in every version: %+v", p)
			}
		}
	})
}
