package release

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A Leak is a value that must not leave, found in what would.
type Leak struct {
	File  string `json:"file"`
	Value string `json:"value"`
	Form  string `json:"form"` // how it is written there
}

// String reads "adv-3.json tells 192.0.2.7 (as it is)".
func (l Leak) String() string { return fmt.Sprintf("%s tells %s (%s)", l.File, l.Value, l.Form) }

// leaks searches every byte that would leave for what redaction dropped and
// for the whole register: whatever an encoder, a free text or a later change
// of ours does, an operator's name has no way out unless it was meant.
func (s *Service) leaks(ctx context.Context, d draft, files []exchange.File, objects []exchange.TAXIIObject) ([]Leak, error) {
	register, err := s.Register.Forbidden(ctx)
	if err != nil {
		return nil, fmt.Errorf("list what must not leave: %w", err)
	}
	var names []string
	var texts [][]byte
	add := func(name string, text []byte) { names, texts = append(names, name), append(texts, text) }
	for _, f := range files {
		add(f.Name, f.Bytes)
		add("the name of "+f.Name, []byte(f.Name))
	}
	for _, o := range objects {
		add(o.ID, o.Raw)
	}
	var out []Leak
	for _, l := range exchange.Leaks(texts, d.dropped) {
		out = append(out, Leak{File: names[l.Text], Value: l.Value, Form: l.Form})
	}
	found := exchange.Leaks(texts, register)
	given, meant := s.meant(d.out), map[string]bool{}
	for _, t := range given {
		meant[string(t)] = true
	}
	var others []string // which may stand within what is given
	for _, l := range found {
		if !meant[l.Value] {
			others = append(others, l.Value)
		}
	}
	slices.Sort(others)
	for _, l := range exchange.Leaks(given, slices.Compact(others)) {
		meant[l.Value] = true
	}
	for _, l := range found {
		// A word that names nobody, such as a site called Main, is no leak;
		// nor is what the redaction kept for this audience.
		if !meant[l.Value] && telling(l.Value) {
			out = append(out, Leak{File: names[l.Text], Value: l.Value, Form: l.Form})
		}
	}
	slices.SortFunc(out, func(a, b Leak) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(out), nil
}

// meant are the texts that this audience is given on purpose: what is left of
// those affected, and our own name and address.
func (s *Service) meant(out advisory.Advisory) [][]byte {
	all := []string{s.Publisher.Name, s.Publisher.Namespace, s.Publisher.Contact, s.Publisher.URL}
	for _, x := range out.Affected {
		all = append(all, x.OrgName, x.Address, x.Hostname, x.Site, x.Evidence)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	texts := make([][]byte, len(all))
	for i, t := range all {
		texts[i] = []byte(t)
	}
	return texts
}

func telling(value string) bool {
	return len(advisory.FindLeaks(strings.ToUpper(value), []string{value})) > 0
}
