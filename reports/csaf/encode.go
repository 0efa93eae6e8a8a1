package csaf

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// PublisherCategory is what a CERT is in CSAF's words: it passes on what
// others make and find.
const PublisherCategory = "coordinator"

// A Publisher is the CERT that issues the document.
type Publisher struct {
	Name      string // as the world knows it
	Namespace string // URL that is this CERT's for good, its identity in CSAF
	Contact   string // how to ask: mail, telephone; may be empty
	URL       string // https folder that Path lies in; may be empty
	// Links are the addresses of other documents that this one names, as its
	// readers can fetch them. The rest is named without an address of its own.
	Links map[advisory.ID]string
}

// maxText caps one text of a document, in bytes.
const maxText = 30_000

// Encode writes a as CSAF 2.0 JSON. Of Affected it prints what is there: a must
// be redacted for its readers before. It is an InputError when a has no ID
// yet, when the publisher lacks its name or namespace, and when Affected shows
// more than an operator's consent allows to anybody.
func Encode(w io.Writer, a advisory.Advisory, p Publisher) error {
	label, err := advisory.ParseTLP(string(a.TLP))
	if err != nil {
		return err
	}
	a.TLP = label
	if err := check(a, p); err != nil {
		return err
	}
	d, err := build(a, p)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("encode advisory %s as CSAF: %w", a.ID, err)
	}
	return nil
}

func check(a advisory.Advisory, p Publisher) error {
	if err := a.Encodable(); err != nil {
		return err
	}
	for _, c := range []struct {
		ok                          bool
		field, value, message, hint string
	}{
		{text(p.Name) != "", "publisher.name", "", "is missing", "set the CERT's name in the configuration"},
		{advisory.IsWebAddress(p.Namespace), "publisher.namespace", p.Namespace, "is not a web address", "set it to a URL that is the CERT's for good, like https://cert.example"},
		{p.URL == "" || advisory.IsWebAddress(p.URL), "publisher.url", p.URL, "is not a web address", "set it to the folder that advisories are published in, or leave it empty"},
	} {
		if !c.ok {
			return &inventory.InputError{Field: c.field, Value: c.value, Message: c.message, Hint: c.hint}
		}
	}
	return checkAffected(a.Affected)
}

func build(a advisory.Advisory, p Publisher) (document, error) {
	d := document{Document: docMeta{
		Category:    category(a),
		CSAFVersion: "2.0",
		Distribution: distribution{
			// The form that converters to CSAF 2.1 read.
			Text: "TLP v2.0: " + a.TLP.String(),
			TLP:  tlp{Label: oldLabel(a.TLP), URL: "https://www.first.org/tlp/"},
		},
		Lang:       "en",
		Publisher:  publisher{Category: PublisherCategory, ContactDetails: text(p.Contact), Name: text(p.Name), Namespace: p.Namespace},
		References: references(a, p),
		Title:      text(a.Title),
		Tracking:   trackingOf(a),
	}}
	switch {
	case a.SupersededBy != "":
		d.Document.Title = "Superseded: " + d.Document.Title
		d.Document.Notes = ending(a, titleSupersession)
		return d, nil
	case a.State == advisory.Withdrawn:
		d.Document.Title = "Withdrawn: " + d.Document.Title
		d.Document.Notes = ending(a, titleWithdrawal)
		return d, nil
	}
	if a.Severity != "" {
		d.Document.AggregateSeverity = &severity{Text: string(a.Severity)}
	}
	d.Document.Notes = notes(a)
	if hasVulnerabilities(a) {
		var err error
		if d.ProductTree, d.Vulnerabilities, err = vulnerabilities(a); err != nil {
			return document{}, err
		}
	}
	return d, nil
}

// category is the profile of CSAF 2.0 §4 that fits. An informational advisory
// may not have vulnerabilities: indicators that come with some have none of
// the profiles.
func category(a advisory.Advisory) string {
	if a.SupersededBy != "" || a.State == advisory.Withdrawn {
		return "csaf_base"
	}
	switch kind := a.Kind(); {
	case kind == advisory.Incident:
		return "csaf_security_incident_response"
	case kind == advisory.Indicators && hasVulnerabilities(a):
		return "csaf_base"
	case hasVulnerabilities(a):
		return "csaf_security_advisory"
	}
	return "csaf_informational_advisory"
}

// hasVulnerabilities tells whether a is told of by CVE or product. Statistics
// count vulnerabilities, and an exposure is a setting: they have none.
func hasVulnerabilities(a advisory.Advisory) bool {
	switch a.Kind() {
	case advisory.Vulnerability:
		return len(a.CVEs)+len(a.Products) > 0
	case advisory.Incident, advisory.Indicators:
		return len(a.CVEs) > 0
	case advisory.Exposure, advisory.Statistics:
	}
	return false
}

// The summaries that Decode knows our references by; the first two are those
// of CSAF 2.1.
const (
	summarySuperseding = "Superseding Document"
	summarySuperseded  = "Superseded Document"
	summaryIssuer      = "The issuing CERT"
)

func references(a advisory.Advisory, p Publisher) []reference {
	var out []reference
	external := func(summary, url string) {
		out = append(out, reference{Category: "external", Summary: text(summary), URL: url})
	}
	if p.URL != "" {
		out = append(out, reference{
			Category: "self", Summary: "The canonical address of this document",
			URL: strings.TrimRight(p.URL, "/") + "/" + Path(a, Label(a.TLP)),
		})
	}
	ended := a.State == advisory.Withdrawn || a.SupersededBy != ""
	if a.SupersededBy != "" {
		external(summarySuperseding+": "+string(a.SupersededBy), cmp.Or(p.Links[a.SupersededBy], p.Namespace))
	}
	if link, ok := p.Links[a.Supersedes]; ok && !ended {
		external(summarySuperseded+": "+string(a.Supersedes), link)
	}
	if !ended {
		for _, r := range a.References {
			external("Further reading", r)
		}
	}
	if !slices.ContainsFunc(out, func(r reference) bool { return r.Category == "external" }) {
		// CSAF 2.0 §4.2 and §4.3 ask for one.
		external(summaryIssuer, p.Namespace)
	}
	return out
}

func trackingOf(a advisory.Advisory) tracking {
	t := tracking{
		CurrentReleaseDate: second(a.LastReleased()), Generator: generator{engine{"CIIScan"}},
		ID: strings.TrimSpace(string(a.ID)), InitialReleaseDate: second(a.FirstReleased()), Status: statusOf(a),
		Version: strconv.Itoa(a.Version()),
	}
	for _, h := range a.Published() {
		t.RevisionHistory = append(t.RevisionHistory, revision{
			Date: second(h.At), Number: strconv.Itoa(h.Revision), Summary: cmp.Or(text(h.Summary), "Revision."),
		})
	}
	return t
}

func statusOf(a advisory.Advisory) string {
	switch {
	case a.State == advisory.Draft || a.State == advisory.InReview:
		return "draft"
	case a.Interim && a.State != advisory.Withdrawn:
		return "interim"
	}
	return "final"
}

func text(s string) string {
	return strings.TrimSpace(inventory.CleanText(s, maxText))
}

// second is a time as CSAF tools like it: UTC, whole seconds.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
