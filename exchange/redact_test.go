package exchange

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/google/go-cmp/cmp"
)

func TestRedactKeepsAndCoarsens(t *testing.T) {
	a, team := approved(), peer()
	kept, _ := Redact(a, openProfile(), team, key32)
	operator, asset := Pseudonym(key32, team.ID, "operator", "ORG-1"), Pseudonym(key32, team.ID, "asset", "A-101")
	want := advisory.Affected{
		Asset: inventory.AssetID(asset), Org: inventory.OrganizationID(operator), OrgName: "Himal Zephyr1 Utility", Sector: inventory.SectorEnergy,
		Country: "NP", Address: "192.0.2.11", Port: "6379/tcp", Hostname: "scada.zephyr1.com.np", Site: "Quorra1 Yard",
		Evidence: "redis_version:6.0.9\nhost 192.0.2.11", Consent: inventory.ConsentIdentified,
	}
	if diff := cmp.Diff(want, kept.Affected[0]); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	coarse, _ := Redact(a, Profile{Coarsen, Coarsen, Coarsen, Coarsen, Coarsen, Coarsen}, team, key32)
	want.OrgName, want.Sector, want.Address, want.Hostname, want.Site, want.Evidence = operator, SectorCII, "192.0.2.0/24", "com.np", "", "redis_version:6.0.9"
	if diff := cmp.Diff(want, coarse.Affected[0]); diff != "" {
		t.Errorf("coarsened (-want +got):\n%s", diff)
	}
	nothing, dropped := Redact(a, Profile{}, team, key32)
	if want := (advisory.Affected{Port: "6379/tcp", Consent: inventory.ConsentIdentified}); nothing.Affected[0] != want {
		t.Errorf("dropped: %+v", nothing.Affected[0])
	}
	for _, v := range []string{"Himal Zephyr1 Utility", "192.0.2.12", "scada.zephyr3.com.np", "Quorra2 Yard", "redis_version:6.0.9\nhost 192.0.2.13"} {
		if !slices.Contains(dropped, v) {
			t.Errorf("%q is not among the dropped: %q", v, dropped)
		}
	}
	if anon := kept.Affected[1]; names(anon) || anon.Sector != SectorCII || anon.Consent != inventory.ConsentAnonymised {
		t.Errorf("anonymised: %+v", anon)
	}
	if len(kept.Affected) != 2 {
		t.Errorf("%d rows, want two: one has no consent", len(kept.Affected))
	}
	if kept.Author+kept.Approver+kept.History[0].By != "" || a.Author == "" || a.History[0].By == "" {
		t.Error("our people's names leave, or the original was changed")
	}
}

func TestRedactFollowsTheLabelAndTheAudience(t *testing.T) {
	a := approved()
	a.Origins = []advisory.Origin{{Team: "TEAM-9", TLP: advisory.Red, Consent: []string{"*"}}, {Team: "TEAM-3", TLP: advisory.Green, Consent: []string{"TEAM-5"}}}
	out, _ := Redact(a, openProfile(), peer(), key32)
	if out.TLP != advisory.Red || len(out.Origins) != 1 || out.Origins[0].Team != "TEAM-3" || out.Origins[0].Consent != nil || a.Origins[1].Consent == nil {
		t.Errorf("label %q, origins %+v", out.TLP, out.Origins)
	}
	if out, _ := Redact(a, openProfile(), nil, key32); len(out.Affected)+len(out.Origins) != 0 {
		t.Errorf("everybody sees %+v", out)
	}
	a.State = advisory.Withdrawn
	if out, _ := Redact(a, openProfile(), peer(), key32); len(out.Affected) != 0 {
		t.Errorf("a withdrawal tells of %+v", out.Affected)
	}
	a = approved()
	a.Reach = advisory.Reach{Organizations: 6, Sectors: []inventory.Sector{inventory.SectorEnergy, inventory.SectorWater}}
	a.Summary = "It was found. Sectors concerned: energy, water. Look at home."
	if out, _ := Redact(a, Profile{Sector: Keep}, peer(), key32); len(out.Reach.Sectors) != 2 || out.Summary != a.Summary {
		t.Errorf("kept sectors: %+v", out)
	}
	if out, _ := Redact(a, Profile{Sector: Coarsen}, peer(), key32); len(out.Reach.Sectors) != 0 || out.Summary != "It was found. Look at home." {
		t.Errorf("coarsened sectors: %v, %q", out.Reach.Sectors, out.Summary)
	}
}

func TestRedactKeepsBackWhatIsAlsoAnothers(t *testing.T) {
	a := approved()
	a.Affected[2].Address = a.Affected[0].Address // shared with who does not consent
	a.Affected[0].Evidence = "answers as 192.0.2.11, beside Quorra2 Yard"
	out, dropped := Redact(a, openProfile(), peer(), key32)
	if y := out.Affected[0]; y.Address != "" || strings.Contains(y.Evidence, "192.0.2.11") || strings.Contains(y.Evidence, "Quorra2") {
		t.Errorf("row %+v", y)
	}
	if !slices.Contains(dropped, "192.0.2.11") {
		t.Errorf("dropped %q", dropped)
	}
	few := approved()
	for i := range 9 {
		x := row(i, inventory.ConsentAnonymised, "NP")
		few.Affected = append(few.Affected, x)
	}
	if out, _ := Redact(few, Profile{Sector: Keep}, peer(), key32); out.Affected[2].Sector != inventory.SectorEnergy {
		t.Errorf("sector %q, though nine operators share it", out.Affected[2].Sector)
	}
}

// TestRedactLeavesNothingDropped searches the JSON of what chance made and
// redaction left.
func TestRedactLeavesNothingDropped(t *testing.T) {
	dice := rand.New(rand.NewPCG(7, 7))
	rows := 0
	for i := range 1_500 {
		r := chance(dice)
		r.Original.Summary = "Redis answers without a password." // prose is the author's
		out, dropped := Redact(r.Original, r.Profile, r.Team, key32)
		rows += len(out.Affected)
		raw, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		if leaks := Leaks([][]byte{raw}, dropped); len(leaks) > 0 {
			t.Fatalf("%d: %+v in %s", i, leaks, raw)
		}
		for _, v := range dropped {
			if strings.Contains(strings.ToLower(string(raw)), strings.ToLower(v)) && !isAddress(v) {
				t.Fatalf("%d: %q in %s", i, v, raw)
			}
		}
		for _, x := range r.Original.Affected {
			if x.Consent != inventory.ConsentIdentified && bytes.Contains(raw, []byte(x.OrgName)) {
				t.Fatalf("%d: %q did not consent, and is in %s", i, x.OrgName, raw)
			}
		}
	}
	if rows < 500 {
		t.Errorf("only %d rows were left: this proves little", rows)
	}
}

func TestPseudonym(t *testing.T) {
	a := Pseudonym(key32, "TEAM-3", "operator", "ORG-1")
	if a != Pseudonym(key32, "TEAM-3", "operator", "ORG-1") || !operatorForm.MatchString(a) {
		t.Errorf("%q is not stable", a)
	}
	other := []byte("another installation's key......")
	seen := map[string]bool{a: true}
	for _, b := range []string{
		Pseudonym(key32, "TEAM-4", "operator", "ORG-1"), Pseudonym(key32, "TEAM-3", "operator", "ORG-2"), Pseudonym(other, "TEAM-3", "operator", "ORG-1"),
		Pseudonym(key32, "TEAM-3", "asset", "ORG-1"), Pseudonym(key32, "TEAM-", "operator", "3ORG-1"),
	} {
		_, tail, _ := strings.Cut(b, "-")
		if seen[b] || strings.HasSuffix(a, tail) {
			t.Errorf("%q is linked to %q", b, a)
		}
		seen[b] = true
	}
	if p := Pseudonym([]byte("short"), "TEAM-3", "operator", "ORG-1") + Pseudonym(nil, "TEAM-3", "operator", "ORG-1") + Pseudonym(key32, "TEAM-3", "operator", ""); p != "" {
		t.Errorf("pseudonym %q without a key", p)
	}
}

func TestStrictestProfile(t *testing.T) {
	p := Profile{Keep, Keep, Keep, Coarsen, Coarsen, Drop}
	q := Profile{Keep, Coarsen, Drop, Coarsen, "", Keep}
	want := Profile{Keep, Coarsen, Drop, Coarsen, Drop, Drop}
	if got := p.Strictest(q); got != want || q.Strictest(p) != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestCoarse(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "192.0.2.64/28": "192.0.2.0/24", "10.0.0.0/8": "10.0.0.0/8", "2001:db8:1:2::7": "2001:db8:1::/48",
		"::ffff:192.0.2.7": "192.0.2.0/24", "https://a.example/": "", "a.example.org": "", "": "", "::ffff:192.0.2.0/120": "",
	} {
		if got := coarseAddress(in); got != want {
			t.Errorf("address %q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"scada.grid.gov.lk": "gov.lk", "WWW.GRID.LK.": "lk", "a.b.example.com": "com", "grid.github.io": "io", "": "", "lk": "",
	} {
		if got := coarseHostname(in); got != want {
			t.Errorf("host %q: %q, want %q", in, got, want)
		}
	}
	if got := coarseEvidence("\n\n 220 ftp.grid.lk ready (192.0.2.7), ask ops@grid.lk or https://grid.lk/x\nsecret"); got != "220 … ready … ask … or …" {
		t.Errorf("evidence %q", got)
	}
}

func TestLeaks(t *testing.T) {
	wide := func(s string) []byte {
		out := []byte{0xFF, 0xFE}
		for _, u := range utf16.Encode([]rune(s)) {
			out = append(out, byte(u), byte(u>>8))
		}
		return out
	}
	const name, addr, host = "Himal Zephyr Board", "192.0.2.7", "scada.zephyr.com.np"
	found := map[string][]byte{
		"name":            []byte("at HIMAL zephyr Board."),
		"accents":         []byte("at Hímal Zéphyr Board"),
		"JSON escapes":    []byte(`{"a":"Himal \u005aephyr\u0020Board"}`),
		"double escapes":  []byte(`{"a":"Himal \\u005aephyr Board"}`),
		"percent":         []byte("?q=Himal%20Zephyr%20Board"),
		"plus":            []byte("?q=Himal+Zephyr+Board"),
		"HTML":            []byte("Himal&#32;Zephyr&nbsp;Board"),
		"quoted":          []byte("Himal=20Zep=\r\nhyr Board"),
		"run together":    []byte("himalzephyrboard"),
		"hidden":          []byte("Hi\u200bmal Zephyr Board"),
		"base64":          []byte(base64.StdEncoding.EncodeToString([]byte("x: " + name + "!"))),
		"base64 in lines": []byte("SGltYWwg\nWmVwaHly\nIEJvYXJk"),
		"url base64":      []byte(base64.RawURLEncoding.EncodeToString([]byte("??>" + host + ">>>"))),
		"hexadecimal":     []byte(strings.ToUpper(fmt.Sprintf("%x", name))),
		"UTF-16":          wide("at Himal Zephyr Board"),
		"address":         []byte("see 192.0.2.7:6379"),
		"reversed":        []byte("7.2.0.192.in-addr.arpa"),
		"mapped":          []byte("::ffff:c000:207"),
		"as a number":     []byte("3221225991"),
		"defanged":        []byte("192[.]0[.]2[.]7"),
		"escaped address": []byte("192%2E0%2E2%2E7"),
		"host":            []byte("SCADA.zephyr.com.np/x"),
	}
	for what, text := range found {
		if leaks := Leaks([][]byte{[]byte("fine"), text}, []string{name, addr, host}); len(leaks) != 1 || leaks[0].Text != 1 || leaks[0].Form == "" {
			t.Errorf("%s: %+v", what, leaks)
		}
	}
	for _, text := range []string{"192.0.2.70", "1192.0.2.7", "192.0.2.0/24", "zephyr.com.np", "The Himal, and a Zephyr", "operator-7f3a91c2d04be85f", ""} {
		if leaks := Leaks([][]byte{[]byte(text)}, []string{name, addr, host, " "}); len(leaks) > 0 {
			t.Errorf("%q: %+v", text, leaks)
		}
	}
	six := Leaks([][]byte{[]byte("2001:0db8:0000:0000:0000:0000:0000:0007"), []byte(strings.Join(strings.Split("70000000000000000000000008bd01002", "")[:32], "."))}, []string{"2001:db8::7"})
	if len(six) < 1 || six[0].Text != 0 {
		t.Errorf("IPv6 spelled out: %+v", six)
	}
	idn := Leaks([][]byte{[]byte("xn--mnchen-3ya.example"), []byte(url.QueryEscape("münchen.example"))}, []string{"münchen.example"})
	if len(idn) != 2 {
		t.Errorf("international name: %+v", idn)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("Himal Zephyr Board", "192.0.2.7", "scada.zephyr.com.np", "Quorra Yard", "banner\nof 192.0.2.7", uint8(0))
	f.Add("A", "2001:db8::/32", "x", "", "https://a.example", uint8(255))
	f.Fuzz(func(t *testing.T, name, addr, host, site, evidence string, mix uint8) {
		a := approved()
		a.Affected[0].OrgName, a.Affected[0].Address, a.Affected[0].Hostname, a.Affected[0].Site, a.Affected[0].Evidence = name, addr, host, site, evidence
		a.Affected[2].Address, a.Affected[2].Evidence = addr, evidence
		all := []Treatment{Keep, Coarsen, Drop}
		p := Profile{all[mix%3], all[mix/3%3], all[mix/9%3], all[mix/27%3], Keep, all[mix/81%3]}
		out, dropped := Redact(a, p, peer(), key32)
		r := request()
		r.Original, r.Outgoing = a, out
		if d := Gate(r); !d.Allowed && d.Rule != "texts" {
			t.Errorf("the gate refuses what redaction made: %s", d.Clause)
		}
		out.Summary, out.Title, out.Impact, out.Fix, out.History = "", "", "", "", nil
		for _, x := range out.Affected {
			for _, v := range []string{x.OrgName, x.Address, x.Hostname, x.Site, x.Evidence} {
				if l := Leaks([][]byte{[]byte(v)}, dropped); len(l) > 0 {
					t.Errorf("%+v in %q", l, v)
				}
			}
		}
	})
}
