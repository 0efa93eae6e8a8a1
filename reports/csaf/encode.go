package csaf

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A Publisher is the CERT that issues the document.
type Publisher struct {
	Name      string // as the world knows it
	Namespace string // URL that is this CERT's for good, its identity in CSAF
	Contact   string // how to ask: mail, telephone; may be empty
	URL       string // https folder that its advisories are published in; may be empty
}

// maxText caps one text of a document, in bytes.
const maxText = 30_000

// Encode writes a as CSAF 2.0 JSON. It is an InputError when a has no ID yet
// or the publisher lacks its name or namespace.
func Encode(w io.Writer, a advisory.Advisory, p Publisher) error {
	label, err := advisory.ParseTLP(string(a.TLP))
	if err != nil {
		return err
	}
	a.TLP = label
	if err := check(a, p); err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(build(a, p)); err != nil {
		return fmt.Errorf("encode advisory %s as CSAF: %w", a.ID, err)
	}
	return nil
}

// FileName is the name that CSAF demands for an advisory's file: its tracking
// id in lower case, with everything else as "_".
func FileName(a advisory.Advisory) string {
	return notFileName.ReplaceAllString(strings.ToLower(string(a.ID)), "_") + ".json"
}

var notFileName = regexp.MustCompile(`[^+\-a-z0-9]+`)

func check(a advisory.Advisory, p Publisher) error {
	absolute := func(s string) bool {
		u, err := url.Parse(s)
		return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
	}
	for _, c := range []struct {
		ok                          bool
		field, value, message, hint string
	}{
		{strings.TrimSpace(string(a.ID)) != "", "advisory", "", "has no id yet", "store it first"},
		{len(a.History) > 0, "advisory", string(a.ID), "has no revision history", "every advisory begins with a first revision"},
		{strings.TrimSpace(a.Title) != "", "title", "", "is missing", "give the advisory a title"},
		{strings.TrimSpace(p.Name) != "", "publisher.name", "", "is missing", "set the CERT's name in the configuration"},
		{absolute(p.Namespace), "publisher.namespace", p.Namespace, "is not a web address", "set it to a URL that is the CERT's for good, like https://cert.example"},
		{p.URL == "" || absolute(p.URL), "publisher.url", p.URL, "is not a web address", "set it to the folder that advisories are published in, or leave it empty"},
	} {
		if !c.ok {
			return &inventory.InputError{Field: c.field, Value: c.value, Message: c.message, Hint: c.hint}
		}
	}
	return nil
}

func build(a advisory.Advisory, p Publisher) document {
	d := document{Document: docMeta{
		Category:     "csaf_informational_advisory",
		CSAFVersion:  "2.0",
		Distribution: distributionOf(a.TLP),
		Lang:         "en",
		Notes:        notes(a),
		Publisher:    publisher{Category: "coordinator", ContactDetails: text(p.Contact), Name: text(p.Name), Namespace: p.Namespace},
		References:   references(a, p),
		Title:        text(a.Title),
		Tracking:     trackingOf(a),
	}}
	if a.Severity != "" {
		d.Document.AggregateSeverity = &severity{Text: string(a.Severity)}
	}
	switch {
	case a.State == advisory.Withdrawn:
		d.Document.Category = "csaf_base"
		d.Document.Title = "Withdrawn: " + d.Document.Title
		d.Document.AggregateSeverity = nil
		d.Document.Notes = []note{{Category: "description", Title: "Reasoning for Withdrawal", Text: text(a.History[len(a.History)-1].Summary)}}
	case len(a.CVEs) > 0:
		d.Document.Category = "csaf_security_advisory"
		d.ProductTree, d.Vulnerabilities = vulnerabilities(a)
	}
	return d
}

// distributionOf gives the label of TLP 1, which is all that CSAF 2.0 has,
// and the true one as text, in the form that converters to CSAF 2.1 read.
// https://github.com/oasis-tcs/csaf: amber+strict may not travel as amber.
func distributionOf(label advisory.TLP) distribution {
	old := map[advisory.TLP]string{
		advisory.Clear: "WHITE", advisory.Green: "GREEN", advisory.Amber: "AMBER",
		advisory.AmberStrict: "RED", advisory.Red: "RED",
	}
	return distribution{
		Text: "TLP v2.0: " + label.String(),
		TLP:  tlp{Label: old[label], URL: "https://www.first.org/tlp/"},
	}
}

func notes(a advisory.Advisory) []note {
	var out []note
	add := func(category, title, body string) {
		if body = text(body); body != "" {
			out = append(out, note{Category: category, Text: body, Title: title})
		}
	}
	add("summary", "Summary", cmp.Or(a.Summary, a.Title))
	add("description", "Why it matters", a.Impact)
	add("details", "What to do", a.Fix)
	if len(a.CVEs) > 0 {
		return out
	}
	// Without vulnerabilities there is no other place for these.
	labels := make([]string, len(a.Products))
	for i, p := range a.Products {
		labels[i] = p.Label()
	}
	add("general", "Products it was seen on", strings.Join(labels, "\n"))
	var weaknesses []string
	for _, id := range a.CWEs {
		if name, ok := cweNames[id]; ok {
			weaknesses = append(weaknesses, id+": "+name)
		}
	}
	add("general", "Kind of weakness", strings.Join(weaknesses, "\n"))
	return out
}

func references(a advisory.Advisory, p Publisher) []reference {
	var out []reference
	if p.URL != "" {
		out = append(out, reference{
			Category: "self", Summary: "The canonical address of this document",
			URL: strings.TrimRight(p.URL, "/") + "/" + FileName(a),
		})
	}
	for _, r := range a.References {
		out = append(out, reference{Category: "external", Summary: "Further reading", URL: r})
	}
	if len(a.References) == 0 { // CSAF 2.0 §4.3 asks an informational advisory for one
		out = append(out, reference{Category: "external", Summary: "The issuing CERT", URL: p.Namespace})
	}
	return out
}

func trackingOf(a advisory.Advisory) tracking {
	history := slices.Clone(a.History)
	slices.SortStableFunc(history, func(x, y advisory.Change) int { return cmp.Compare(x.Revision, y.Revision) })
	t := tracking{
		Generator: generator{engine{"CIIScan"}}, ID: strings.TrimSpace(string(a.ID)), Status: statusOf(a.State),
	}
	var last time.Time
	for _, h := range history {
		// CSAF 2.0 §6.1.14: the dates rise with the numbers, whatever a
		// clock said.
		if at := second(h.At); at.After(last) {
			last = at
		}
		r := revision{Date: last, Number: strconv.Itoa(h.Revision), Summary: cmp.Or(text(h.Summary), "Revision.")}
		if n := len(t.RevisionHistory); n > 0 && t.RevisionHistory[n-1].Number == r.Number {
			t.RevisionHistory[n-1] = r
		} else {
			t.RevisionHistory = append(t.RevisionHistory, r)
		}
	}
	t.InitialReleaseDate = t.RevisionHistory[0].Date
	t.CurrentReleaseDate = last
	if at := second(a.UpdatedAt); at.After(last) {
		t.CurrentReleaseDate = at
	}
	t.Version = t.RevisionHistory[len(t.RevisionHistory)-1].Number
	return t
}

func statusOf(s advisory.State) string {
	if s == advisory.Draft || s == advisory.InReview {
		return "draft"
	}
	return "final"
}

func vulnerabilities(a advisory.Advisory) (*productTree, []vulnerability) {
	tree := &productTree{}
	for i, p := range a.Products {
		entry := product{Name: p.Label(), ProductID: fmt.Sprintf("PRODUCT-%d", i+1)}
		if p.CPE != "" {
			entry.Helper = &helper{CPE: p.CPE}
		}
		tree.FullProductNames = append(tree.FullProductNames, entry)
	}
	if len(tree.FullProductNames) == 0 { // the scan proved the weakness, not the version
		tree.FullProductNames = []product{{
			Name: "Product affected by " + strings.Join(a.CVEs, ", ") + ", version not determined", ProductID: "PRODUCT-1",
		}}
	}
	ids := make([]string, len(tree.FullProductNames))
	for i, p := range tree.FullProductNames {
		ids[i] = p.ProductID
	}
	var weakness *cwe
	for _, id := range a.CWEs { // CSAF 2.0 has room for one
		if name, ok := cweNames[id]; ok {
			weakness = &cwe{ID: id, Name: name}
			break
		}
	}
	var out []vulnerability
	for _, id := range a.CVEs {
		v := vulnerability{
			CVE: id, CWE: weakness, Title: text(a.Title),
			Notes:         []note{{Category: "description", Text: cmp.Or(text(a.Impact), text(a.Title))}},
			ProductStatus: status{KnownAffected: ids},
		}
		if fix := text(a.Fix); fix != "" {
			v.Remediations = []remediation{{Category: "mitigation", Details: fix, ProductIDs: ids}}
		}
		if impact := text(a.Impact); impact != "" {
			v.Threats = []threat{{Category: "impact", Details: impact}}
		}
		out = append(out, v)
	}
	return tree, out
}

func text(s string) string {
	return strings.TrimSpace(inventory.CleanText(s, maxText))
}

// second is a time as CSAF tools like it: UTC, whole seconds.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
