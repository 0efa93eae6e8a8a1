package advisories

import (
	"net/url"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// written are the fields of the editor, in its order.
var written = []string{
	"title", "category", "tlp", "severity", "interim", "referral", "summary", "impact", "fix", "cves", "cwes", "scores", "references", "check", "supersedes",
	"product_vendor", "product_name", "product_version", "product_range", "product_cpe", "product_purl", "product_status",
}

// fields are what a form of the editor says, all of them: what is empty is
// meant to be.
func fields(f shell.Form) wire.AdvisoryFields {
	text := func(name string) *string {
		s := strings.TrimSpace(strings.ReplaceAll(f.Get(name), "\r\n", "\n"))
		return &s
	}
	ticked := func(name string) *bool { b := f.Get(name) != ""; return &b }
	listed := func(name, between string) *[]string {
		out := strings.FieldsFunc(f.Get(name), func(r rune) bool { return strings.ContainsRune(between, r) })
		if out == nil {
			out = []string{}
		}
		return &out
	}
	p, s, tr := products(f), scores(f.Get("scores")), translations(f)
	return wire.AdvisoryFields{
		Category: text("category"), Interim: ticked("interim"), TLP: text("tlp"), Check: text("check"), Title: text("title"),
		Summary: text("summary"), Impact: text("impact"), Fix: text("fix"), Severity: text("severity"),
		CVEs: listed("cves", " ,;\t\r\n"), CWEs: listed("cwes", " ,;\t\r\n"), References: listed("references", " \t\r\n"),
		Products: &p, Scores: &s, Translations: &tr, Referral: ticked("referral"), Supersedes: text("supersedes"),
	}
}

// translatedNames are the form's fields of texts in other languages than
// English: "translations.bn.title".
func translatedNames() []string {
	var out []string
	for _, l := range locale.Languages() {
		for _, field := range []string{"title", "summary", "impact", "fix"} {
			if l.Tag != locale.Default {
				out = append(out, "translations."+l.Tag+"."+field)
			}
		}
	}
	return out
}

// languageName is what a language's speakers call it.
func languageName(tag string) string { return locale.For(tag).Language().Name }

// translations are the form's texts in other languages, of those in which
// there is any.
func translations(f shell.Form) []wire.AdvisoryText {
	out := []wire.AdvisoryText{}
	for _, l := range locale.Languages() {
		text := func(field string) string {
			return strings.TrimSpace(strings.ReplaceAll(f.Get("translations."+l.Tag+"."+field), "\r\n", "\n"))
		}
		t := wire.AdvisoryText{Language: l.Tag, Title: text("title"), Summary: text("summary"), Impact: text("impact"), Fix: text("fix")}
		if t != (wire.AdvisoryText{Language: l.Tag}) {
			out = append(out, t)
		}
	}
	return out
}

// products are the rows of the form that say something.
func products(f shell.Form) []wire.AdvisoryProduct {
	cell := func(name string, row int) string {
		if all := f.Values["product_"+name]; row < len(all) {
			return strings.TrimSpace(all[row])
		}
		return ""
	}
	out := []wire.AdvisoryProduct{}
	for i := range f.Values["product_name"] {
		p := wire.AdvisoryProduct{
			Vendor: cell("vendor", i), Name: cell("name", i), Version: cell("version", i), Range: cell("range", i),
			CPE: cell("cpe", i), PURL: cell("purl", i), Status: cell("status", i),
		}
		said := p
		if said.Status = ""; said != (wire.AdvisoryProduct{}) {
			out = append(out, p)
		}
	}
	return out
}

// scores reads one a line: a CVE and its vector.
func scores(text string) []wire.AdvisoryScore {
	out := []wire.AdvisoryScore{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			cve, vector, _ := strings.Cut(line, " ")
			out = append(out, wire.AdvisoryScore{CVE: cve, Vector: strings.TrimSpace(vector)})
		}
	}
	return out
}

// values fill the editor with an advisory.
func values(a wire.Advisory) url.Values {
	v := url.Values{
		"version": {a.UpdatedAt.Format(time.RFC3339Nano)}, "category": {a.Category}, "tlp": {a.TLP}, "check": {a.Check}, "title": {a.Title},
		"summary": {a.Summary}, "impact": {a.Impact}, "fix": {a.Fix}, "severity": {a.Severity}, "supersedes": {a.Supersedes},
		"cves": {strings.Join(a.CVEs, "\n")}, "cwes": {strings.Join(a.CWEs, "\n")}, "references": {strings.Join(a.References, "\n")},
	}
	for _, t := range a.Translations {
		for name, value := range map[string]string{"title": t.Title, "summary": t.Summary, "impact": t.Impact, "fix": t.Fix} {
			v.Set("translations."+t.Language+"."+name, value)
		}
	}
	var lines []string
	for _, s := range a.Scores {
		lines = append(lines, s.CVE+" "+s.Vector)
	}
	v.Set("scores", strings.Join(lines, "\n"))
	for _, p := range a.Products {
		for name, value := range map[string]string{
			"vendor": p.Vendor, "name": p.Name, "version": p.Version, "range": p.Range, "cpe": p.CPE, "purl": p.PURL, "status": p.Status,
		} {
			v.Add("product_"+name, value)
		}
	}
	if a.Interim {
		v.Set("interim", "yes")
	}
	if a.Referral {
		v.Set("referral", "yes")
	}
	return v
}
