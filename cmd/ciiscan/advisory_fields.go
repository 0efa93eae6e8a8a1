package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// advisoryFlags are what people write in an advisory, as flags.
type advisoryFlags struct {
	file, tlp, category, title, summary, impact, fix, severity, check, supersedes string

	cves, cwes, references, products, scores []string

	interim, referral bool
}

func (x *advisoryFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&x.file, "file", "", "JSON `FILE` with the fields, as -o json shows them; flags go before it")
	f.StringVar(&x.category, "category", "", "`WORD`: vulnerability, exposure, indicators, incident or statistics")
	f.StringVar(&x.tlp, "tlp", "", "`LABEL`: clear, green, amber, amber+strict or red")
	f.StringVar(&x.title, "title", "", "`TEXT` of one line")
	f.StringVar(&x.summary, "summary", "", "`TEXT` in plain words; names no operator, address or host")
	f.StringVar(&x.impact, "impact", "", "`TEXT`")
	f.StringVar(&x.fix, "fix", "", "`TEXT` of what to do")
	f.StringVar(&x.severity, "severity", "", "`WORD`: info, low, medium, high or critical")
	f.StringVar(&x.check, "check", "", "`ID` of the check that finds it")
	f.StringSliceVar(&x.cves, "cve", nil, "`ID`; several times at will")
	f.StringSliceVar(&x.cwes, "cwe", nil, "`ID`; several times at will")
	f.StringArrayVar(&x.references, "reference", nil, "`URL`; several times at will")
	f.StringArrayVar(&x.products, "product", nil, "`CPE` 2.3 or package URL, with a space and a version range behind it at will; several times")
	f.StringArrayVar(&x.scores, "score", nil, "`CVE=VECTOR` of CVSS; several times at will")
	f.BoolVar(&x.interim, "interim", false, "a final one follows")
	f.BoolVar(&x.referral, "referral", false, "cybercrime: for law-enforcement contacts alone")
	f.StringVar(&x.supersedes, "supersedes", "", "`ID` of the advisory that it takes the place of")
}

// fields are those of the file, and over them those whose flags were given.
func (x *advisoryFlags) fields(c *cobra.Command) (wire.AdvisoryFields, error) {
	var n wire.AdvisoryFields
	if x.file != "" {
		content, _, err := readFile("--file", x.file, 1<<20)
		if err != nil {
			return n, err
		}
		dec := json.NewDecoder(strings.NewReader(string(content)))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&n); err != nil {
			return n, invalid("--file", x.file, "cannot be read: "+strings.TrimPrefix(err.Error(), "json: "), "write a JSON object with category, tlp, title, summary and so on")
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return n, invalid("--file", x.file, "has something behind its end", "one file holds one advisory")
		}
	}
	x.tlp, x.category, x.severity = label(x.tlp), word(x.category), word(x.severity)
	for flag, set := range map[string]func() error{
		"category": take(&n.Category, &x.category), "tlp": take(&n.TLP, &x.tlp), "title": take(&n.Title, &x.title),
		"summary": take(&n.Summary, &x.summary), "impact": take(&n.Impact, &x.impact), "fix": take(&n.Fix, &x.fix),
		"severity": take(&n.Severity, &x.severity), "check": take(&n.Check, &x.check), "supersedes": take(&n.Supersedes, &x.supersedes),
		"interim": take(&n.Interim, &x.interim), "referral": take(&n.Referral, &x.referral),
		"cve": take(&n.CVEs, &x.cves), "cwe": take(&n.CWEs, &x.cwes), "reference": take(&n.References, &x.references),
		"product": func() error {
			products, err := productList(x.products)
			n.Products = &products
			return err
		},
		"score": func() error {
			scores, err := scoreList(x.scores)
			n.Scores = &scores
			return err
		},
	} {
		if c.Flags().Changed(flag) {
			if err := set(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// take points at a flag's value.
func take[T any](to **T, from *T) func() error {
	return func() error {
		*to = from
		return nil
	}
}

func productList(all []string) ([]wire.AdvisoryProduct, error) {
	out := []wire.AdvisoryProduct{}
	for _, text := range all {
		id, rang, _ := strings.Cut(strings.TrimSpace(text), " ")
		p := wire.AdvisoryProduct{Range: strings.TrimSpace(rang)}
		switch {
		case strings.HasPrefix(id, "cpe:2.3:"):
			parts := strings.Split(id, ":")
			p.CPE = id
			if len(parts) > 5 {
				p.Vendor, p.Name = parts[3], parts[4]
				if p.Range == "" && parts[5] != "*" && parts[5] != "-" {
					p.Version = parts[5]
				}
			}
		case strings.HasPrefix(id, "pkg:"):
			p.PURL = id
			name, _, _ := strings.Cut(id, "@")
			p.Name = name[strings.LastIndexByte(name, '/')+1:]
		default:
			return nil, invalid("--product", text, "neither a CPE nor a package URL", "write it like 'cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:* vers:generic/>=6.0|<6.2.6'; others go into --file")
		}
		out = append(out, p)
	}
	return out, nil
}

func scoreList(all []string) ([]wire.AdvisoryScore, error) {
	out := []wire.AdvisoryScore{}
	for _, text := range all {
		cve, vector, ok := strings.Cut(text, "=")
		if !ok {
			return nil, invalid("--score", text, "not a CVE and its vector", "write it like CVE-2022-0543=CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H")
		}
		out = append(out, wire.AdvisoryScore{CVE: cve, Vector: vector})
	}
	return out, nil
}

func (a *app) advisoryNew() *cobra.Command {
	var x advisoryFlags
	var cmd *cobra.Command
	cmd = a.command("new --title TEXT --tlp LABEL --summary TEXT | --file FILE", "Write an advisory from scratch", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			n, err := x.fields(cmd)
			if err != nil {
				return err
			}
			v, err := c.NewAdvisory(ctx, n)
			if err != nil {
				return err
			}
			return object(a, v, advisoryColumns)
		})
	x.define(cmd)
	return cmd
}

func (a *app) advisoryEdit() *cobra.Command {
	var x advisoryFlags
	var cmd *cobra.Command
	cmd = a.command("edit ID", "Change a draft: what is not named stays, a list is given whole", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			n, err := x.fields(cmd)
			if err != nil {
				return err
			}
			if n == (wire.AdvisoryFields{}) {
				return invalid("edit", "", "names no change", "give a flag such as --title, or --file")
			}
			v, err := c.EditAdvisory(ctx, args[0], n)
			if err != nil {
				return err
			}
			return object(a, v, advisoryColumns)
		})
	x.define(cmd)
	return cmd
}

// countWords reads "affected 12, unknown few".
func countWords(counts map[string]int, few []string) string {
	var out []string
	for verdict, n := range counts {
		out = append(out, fmt.Sprintf("%s %d", verdict, n))
	}
	for _, verdict := range few {
		out = append(out, verdict+" few")
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
