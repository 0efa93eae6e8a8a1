package advisory

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// sectorsFrom is how many operators of a sector must be concerned before it is
// named: with fewer, it points at one of them.
const sectorsFrom = 5

// Facts is what is known of one check over the whole country. It names
// everybody; the advisory made of it names nobody.
type Facts struct {
	Check    inventory.Check
	Findings []inventory.Finding // of the check; those not present are left out
	Orgs     []inventory.Organization
	Services []inventory.Service // of the findings' assets
	Assets   []inventory.Asset
	// Only, when given, leaves out the findings of other organisations. They
	// still must not be named.
	Only []inventory.OrganizationID
	// Chosen, when given, leaves out other findings in the same way.
	Chosen   []inventory.FindingID
	Consents map[inventory.AssetID]inventory.Consent
	Evidence map[inventory.EvidenceID]string // what was seen, of those findings that have it
}

// FromFindings drafts an advisory about one check from what is open now.
// The result has no ID yet, and has passed CheckLeaks against everybody in
// facts; who is affected stands in Affected alone. It is a vulnerability when
// the check has CVEs, else an exposure. It is an InputError when nothing is
// open, and when author is empty.
func FromFindings(facts Facts, tlp TLP, author string, at time.Time) (Advisory, error) {
	if _, err := ParseTLP(string(tlp)); err != nil {
		return Advisory{}, err
	}
	author, err := person("author", author, "say who writes the advisory")
	if err != nil {
		return Advisory{}, err
	}
	at = at.UTC()
	open := facts.open(at)
	if len(open) == 0 {
		return Advisory{}, &inventory.InputError{
			Field: "check", Value: string(facts.Check.ID), Message: "has no open finding",
			Hint: "list open findings and choose a check that has some",
		}
	}
	needles := needlesForAll(facts.Forbidden())
	c := facts.Check
	a := begin(author, at)
	a.put(Fields{
		TLP: tlp, Check: c.ID, Title: c.Title, Impact: c.Why, Fix: c.Fix, Severity: c.Severity,
		CVEs: identifiers(c.CVEs, cvePattern), CWEs: identifiers(c.CWEs, cwePattern),
		References: references(c.References), Products: facts.products(open, needles),
	})
	a.Category = a.Kind()
	a.Reach, a.Affected = facts.reach(open), facts.affected(open)
	a.Summary = summary(a)
	if err := errors.Join(a.Validate(), a.checkLeaks(needles)); err != nil {
		return Advisory{}, fmt.Errorf("draft advisory about %s: %w", c.ID, err)
	}
	return a, nil
}

// Forbidden lists what an advisory made of these facts must not tell: the
// names, addresses, host names, sites and contacts of everybody.
func (f Facts) Forbidden() []string {
	var out []string
	for _, o := range f.Orgs {
		out = append(out, o.Name)
		for _, c := range o.Contacts {
			out = append(out, Private(c)...)
		}
	}
	for _, a := range f.Assets {
		out = append(out, a.Address.String(), a.Address.Host(), a.Site)
		if p, ok := a.Address.Prefix(); ok {
			out = append(out, p.String())
		}
	}
	for _, x := range f.Findings {
		out = append(out, x.Addr.String(), x.Hostname)
	}
	for _, s := range f.Services {
		out = append(out, s.Addr.String())
	}
	out = slices.DeleteFunc(out, func(s string) bool { return strings.TrimSpace(s) == "" })
	slices.Sort(out)
	return slices.Compact(out)
}

func (f Facts) reach(open []inventory.Finding) Reach {
	orgs := map[inventory.OrganizationID]bool{}
	assets := map[inventory.AssetID]bool{}
	for _, x := range open {
		orgs[x.Org], assets[x.Asset] = true, true
	}
	r := Reach{Organizations: len(orgs), Assets: len(assets), Sectors: []inventory.Sector{}}
	concerned := map[inventory.Sector]int{}
	for _, o := range f.Orgs {
		if orgs[o.ID] {
			concerned[o.Sector]++
		}
	}
	for _, s := range inventory.Sectors() { // in the order of screens
		if concerned[s] >= sectorsFrom {
			r.Sectors = append(r.Sectors, s)
		}
	}
	return r
}

// products lists the software of the services that have the weakness, without
// what points at an operator: a host says in its banner what it likes. A CPE
// is all in small letters, which hides a name; searched in capitals, every
// word counts as one.
func (f Facts) products(open []inventory.Finding, needles []needle) []Product {
	type place struct {
		asset inventory.AssetID
		addr  netip.Addr
		port  uint16
		proto inventory.Transport
	}
	weak := map[place]bool{}
	for _, x := range open {
		weak[place{x.Asset, x.Addr, x.Port, x.Transport}] = true
	}
	out := []Product{}
	for _, s := range f.Services {
		if !weak[place{s.Asset, s.Addr, s.Port, s.Transport}] {
			continue
		}
		for _, cpe := range s.CPEs {
			if p, ok := ParseCPE(cpe); ok {
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, func(a, b Product) int { return cmp.Compare(a.CPE, b.CPE) })
	return slices.DeleteFunc(slices.Compact(out), func(p Product) bool {
		_, found := find(needles, strings.ToUpper(p.Label()))
		return found
	})
}

func summary(a Advisory) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. The issuing CERT found this on %s of %s in its country's critical infrastructure.",
		strings.TrimSuffix(a.Title, "."), count(a.Reach.Assets, "system", "systems"), count(a.Reach.Organizations, "operator", "operators"))
	if len(a.Reach.Sectors) > 0 {
		words := make([]string, len(a.Reach.Sectors))
		for i, s := range a.Reach.Sectors {
			words[i] = string(s)
		}
		fmt.Fprintf(&b, " Sectors concerned: %s.", strings.Join(words, ", "))
	}
	b.WriteString(" It is published so that others look for it at home.")
	return b.String()
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// identifiers keeps well-formed ids, upper case, sorted, once each.
func identifiers(ids []string, form *regexp.Regexp) []string {
	return slices.DeleteFunc(tidyIDs(ids), func(id string) bool { return !form.MatchString(id) })
}

// references keeps web addresses, in their order, once each.
func references(all []string) []string {
	out := []string{}
	for _, r := range all {
		u, err := url.Parse(strings.TrimSpace(r))
		if err != nil {
			continue
		}
		if s := u.String(); IsWebAddress(s) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
