package reports

import (
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"golang.org/x/net/html"
)

// attacks are names, banners and reasons that try to run or to mislead.
var attacks = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</title></style></script><svg onload=alert(1)>`,
	`javascript:alert(1)`, `{{.Org}} ${7*7} {{constructor}}`, `=HYPERLINK("http://evil.example","x")`, `+cmd|' /C calc'!A0`,
	`-2+3`, `@SUM(1)`, "\t=1+1", "  =1+1", "\u200b=1+1", "＝1+1", "|calc", "%00=1", "a\r\n=2+2,b", "a\"\n@x",
	"\x1b[31mred\x1b]0;owned\x07", "\u009b31m", "invoice\u202egnp.exe", "\u2066hidden\u2069", "nul\x00byte", "\xff\xfe", "a\u2028b",
	"\U000E0041tag", "_x202E_gnp.exe", "_x003D_1+1", strings.Repeat("A", 100_000),
}

// hostile is a snapshot whose every foreign text is an attack.
func hostile(t testing.TB) Data {
	d := sample(t)
	i := 0
	next := func() string { i++; return attacks[i%len(attacks)] }
	for id, o := range d.Orgs {
		o.Name, o.TimeZone = attacks[0]+attacks[19], attacks[1]
		d.Orgs[id] = o
	}
	for id, a := range d.Assets {
		a.Name, a.Site, a.Function = next(), next(), next()
		d.Assets[id] = a
	}
	for id, c := range d.Checks {
		c.Title, c.Why, c.Fix, c.References, c.CVEs = next(), next(), next(), []string{"javascript:alert(1)", "https://a.example/\"onclick=x", next()}, []string{next()}
		d.Checks[id] = c
	}
	base := d.Findings[0]
	for n, a := range attacks {
		f := base
		f.ID = inventory.FindingID("F-" + string(rune('1'+n%9)) + string(rune('0'+n/9)) + "0")
		f.Title, f.Hostname, f.NotTested, f.Decision.Path, f.Matcher, f.Assignee = a, a, a, a, a, a
		if n%2 == 0 {
			f.Waiver = inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, Reason: a, By: a, Until: to.Add(24 * time.Hour)}
		}
		d.Findings = append(d.Findings, f)
		d.Events = append(d.Events, inventory.FindingEvent{Finding: f.ID, At: from.Add(time.Hour), Kind: inventory.EventOpened, Reason: a, From: a, To: a})
		s := d.Services[0]
		s.Port, s.Name, s.Product, s.Version, s.Banner = uint16(10_000+n), a, a, a, a
		d.Services = append(d.Services, s)
		shown := d.Certificates[2]
		shown.Port, shown.Subject, shown.Issuer, shown.Names = uint16(10_000+n), a, a, []string{a}
		d.Certificates = append(d.Certificates, shown)
		c := d.Coverage[3]
		c.Reason = a
		d.Coverage = append(d.Coverage, c)
		d.Touches = append(d.Touches, Touch{ID: a, Publisher: a, Title: a, Titles: map[string]string{"bn": a}, TLP: a, At: from, Assets: []inventory.AssetID{"A-1"}, Findings: []inventory.FindingID{f.ID}})
		d.Authorizations = append(d.Authorizations, inventory.Authorization{ID: inventory.AuthorizationID(a), Org: "ORG-7", TimeZone: a, Until: to})
		d.Scans = append(d.Scans, ScanRun{ID: a, Org: "ORG-7", Profile: a, State: a})
		d.Issuer.Sources = append(d.Issuer.Sources, a)
		d.Clock = append(d.Clock, ClockEntry{ID: a, Team: a, TLP: a, Title: a, ReceivedAt: from})
	}
	d.Issuer.Name, d.Issuer.Email, d.Issuer.Phone, d.Issuer.About = attacks[0], attacks[1], attacks[2], attacks[3]
	d.Issue = Issue{Revision: 2, Because: attacks[0], Note: attacks[19]}
	return d
}

func TestHostileInput(t *testing.T) {
	for name, d := range map[string]Data{"national": national(t, hostile(t)), "operator": operator(hostile(t)), "sector": sector(t, hostile(t), 6)} {
		files := render(t, build(t, d))
		harmlessBook(t, name, files[".xlsx"])
		delete(files, ".xlsx") // not text
		for suffix, text := range files {
			if i := strings.IndexFunc(text, forbidden); i >= 0 {
				t.Errorf("%s%s: the character %U at %d", name, suffix, []rune(text[i:])[0], i)
			}
			if longest := longestRun(text); longest > 12_000 && suffix != ".json" {
				t.Errorf("%s%s: a text of %d bytes was not cut", name, suffix, longest)
			}
		}
		harmlessPage(t, name, files[".html"])
		bangla, err := Render(build(t, d), []string{"html"}, Options{Printer: locale.For("bn")}) // with texts of a second language
		if err != nil {
			t.Fatal(err)
		}
		harmlessPage(t, name+" in Bangla", string(bangla[0].Data))
		if i := strings.IndexFunc(string(bangla[0].Data), forbidden); i >= 0 {
			t.Errorf("%s in Bangla: a forbidden character at %d", name, i)
		}
		for suffix, text := range files {
			if strings.HasSuffix(suffix, ".csv") {
				harmlessCells(t, name+suffix, text)
			}
		}
		if strings.ContainsAny(files[".json"], "<>") {
			t.Errorf("%s: markup in JSON is not escaped", name)
		}
	}
}

// forbidden are characters that a report never contains.
func forbidden(r rune) bool {
	return r < 0x20 && r != '\n' && r != '\r' && r != '\t' || r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e ||
		r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029 || r >= 0xe0000 && r <= 0xe007f || r == '\ufffd'
}

func longestRun(s string) int {
	longest := 0
	for line := range strings.Lines(s) {
		for part := range strings.SplitSeq(line, ",") {
			longest = max(longest, strings.Count(part, "A"))
		}
	}
	return longest
}

// harmlessPage checks that nothing in a page can run or load.
func harmlessPage(t *testing.T, name, text string) {
	t.Helper()
	page := parse(t, text)
	for n := range page.root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "img", "iframe", "object", "embed", "link", "form", "base", "audio", "video", "template":
			t.Errorf("%s: element %s", name, n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
				t.Errorf("%s: attribute %s=%q", name, a.Key, a.Val)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "http://") {
				t.Errorf("%s: link to %q", name, a.Val)
			}
		}
	}
	if !strings.Contains(text, `http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-`) {
		t.Errorf("%s: no policy", name)
	}
	if len(page.all("", "style")) != 1 || len(page.all("", "head", "title")) != 1 {
		t.Errorf("%s: a name broke out of its element", name)
	}
}

func harmlessCells(t *testing.T, name, text string) {
	t.Helper()
	for _, row := range cells(t, text) {
		for _, cell := range row {
			if trimmed := strings.TrimLeft(cell, " \t\u200b"); trimmed != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(trimmed)[0]) {
				t.Errorf("%s: the cell %.40q is a formula", name, cell)
			}
			if strings.ContainsAny(cell, "\r\n") {
				t.Errorf("%s: the cell %.40q has several lines", name, cell)
			}
		}
	}
}
