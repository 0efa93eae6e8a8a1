package templates

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	gocvss31 "github.com/pandatix/go-cvss/31"
	"gopkg.in/yaml.v3"

	"github.com/ciiscan/ciiscan/inventory"
)

// Parse reads one template and holds it to the rules of README.md. The error
// names file, and of what is wrong the first thing in the file.
func Parse(file string, body []byte) (Template, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(body, &doc); err != nil {
		return Template{}, refuse(file, "does not parse: %s", oneLine(err))
	}
	if doc.Kind != yaml.DocumentNode || doc.Content[0].Kind != yaml.MappingNode {
		return Template{}, refuse(file, "is not a template: it holds no fields")
	}
	l := &linter{}
	l.text(body)
	l.shape(doc.Content[0])
	t := Template{File: file, Body: body, SHA256: digest(body)}
	if len(l.problems) == 0 {
		l.root(doc.Content[0], &t)
	}
	if p, ok := l.first(); ok {
		return Template{}, refuse(file, "line %d: %s", p.line, p.what)
	}
	t.Check.Source, t.Check.Protocol, t.Check.SHA256 = "template", string(t.Protocol), t.SHA256
	return t, nil
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// info is the head of a template as it is written.
type info struct {
	Name           string         `yaml:"name"`
	Author         list           `yaml:"author"`
	Severity       string         `yaml:"severity"`
	Description    string         `yaml:"description"`
	Impact         string         `yaml:"impact"`
	Remediation    string         `yaml:"remediation"`
	Reference      list           `yaml:"reference"`
	Tags           list           `yaml:"tags"`
	Classification classification `yaml:"classification"`
	Metadata       metadata       `yaml:"metadata"`
}

type classification struct {
	CVE   list    `yaml:"cve-id"`
	CWE   list    `yaml:"cwe-id"`
	CVSS  string  `yaml:"cvss-metrics"`
	Score float64 `yaml:"cvss-score"`
}

// metadata is ours: nuclei carries it along and does nothing with it.
type metadata struct {
	Ports    []uint16 `yaml:"ports"`
	Services []string `yaml:"services"`
}

// list reads "a, b" and [a, b] alike.
type list []string

// UnmarshalYAML accepts a text with commas or a list of texts.
func (l *list) UnmarshalYAML(n *yaml.Node) error {
	var items []string
	if n.Kind == yaml.ScalarNode {
		items = strings.Split(n.Value, ",")
	} else if err := n.Decode(&items); err != nil {
		return err
	}
	for _, s := range items {
		if s = strings.TrimSpace(s); s != "" {
			*l = append(*l, s)
		}
	}
	return nil
}

var (
	idPattern  = regexp.MustCompile(`^([a-zA-Z0-9]+[-_])*[a-zA-Z0-9]+$`)
	cvePattern = regexp.MustCompile(`^CVE-\d{4}-\d{4,}$`)
	cwePattern = regexp.MustCompile(`^CWE-\d+$`)
)

// refusedTags are what template authors call checks that we never run.
var refusedTags = []string{
	"bruteforce", "brute-force", "code", "credential-stuffing", "ddos", "default-login",
	"default-logins", "dos", "exploit", "fuzz", "fuzzing", "intrusive", "malicious", "oast", "rce-exploit",
}

// info reads what people are told about the check.
func (l *linter) info(n *yaml.Node, t *Template) {
	var in info
	if err := n.Decode(&in); err != nil {
		l.bad(n, "info does not parse: %s", oneLine(err))
		return
	}
	severity, err := inventory.ParseSeverity(in.Severity)
	if err != nil {
		l.bad(n, "info.severity is %q; write info, low, medium, high or critical", in.Severity)
	}
	for field, text := range map[string]string{
		"name": in.Name, "description": in.Description, "remediation": in.Remediation,
	} {
		if len(strings.TrimSpace(text)) < 8 {
			l.bad(n, "info.%s is missing or says too little", field)
		}
	}
	l.need(n, "author", in.Author)
	l.need(n, "reference", in.Reference)
	for _, ref := range in.Reference {
		if u, err := url.Parse(ref); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			l.bad(n, "info.reference %q is no web address", ref)
		}
	}
	for _, tag := range in.Tags {
		if slices.Contains(refusedTags, strings.ToLower(tag)) {
			l.bad(n, "its tag %q says that it does what CIIScan never does", tag)
		}
	}
	l.eachMatches(n, "cve-id", in.Classification.CVE, cvePattern)
	l.eachMatches(n, "cwe-id", in.Classification.CWE, cwePattern)

	t.Check.CVSS = l.cvss(n, in.Classification)

	t.Ports, t.Services = in.Metadata.Ports, in.Metadata.Services
	t.Check.Title, t.Check.Severity = strings.TrimSpace(in.Name), severity
	t.Check.Why, t.Check.Fix = prose(in.Description), prose(in.Remediation)
	t.Check.References, t.Check.Tags = in.Reference, inventory.NormalizeTags(in.Tags)
	t.Check.CVEs, t.Check.CWEs = in.Classification.CVE, in.Classification.CWE
}

// cvss reads how bad the weakness is by itself. The score is what the vector
// says, and is written beside it for people who read the template.
func (l *linter) cvss(n *yaml.Node, c classification) inventory.CVSS {
	if c.CVSS == "" {
		if c.Score != 0 {
			l.bad(n, "info.classification.cvss-score has no cvss-metrics beside it")
		}
		return inventory.CVSS{}
	}
	v, err := gocvss31.ParseVector(c.CVSS)
	if err != nil {
		l.bad(n, "info.classification.cvss-metrics %q is no vector of CVSS 3.1", c.CVSS)
		return inventory.CVSS{}
	}
	if v.BaseScore() != c.Score {
		l.bad(n, "info.classification.cvss-score is %.1f; the vector says %.1f", c.Score, v.BaseScore())
	}
	return inventory.CVSS{Score: v.BaseScore(), Vector: c.CVSS}
}

// prose joins the lines that YAML's block texts are folded at.
func prose(s string) string { return strings.Join(strings.Fields(s), " ") }

func (l *linter) need(n *yaml.Node, field string, have list) {
	if len(have) == 0 {
		l.bad(n, "info.%s is missing", field)
	}
}

func (l *linter) eachMatches(n *yaml.Node, field string, have list, want *regexp.Regexp) {
	for _, v := range have {
		if !want.MatchString(v) {
			l.bad(n, "info.classification.%s %q is malformed", field, v)
		}
	}
}

// problem is one broken rule and where.
type problem struct {
	line int
	what string
}

// linter collects problems while it walks a template.
type linter struct{ problems []problem }

func (l *linter) bad(n *yaml.Node, format string, args ...any) {
	l.problems = append(l.problems, problem{n.Line, fmt.Sprintf(format, args...)})
}

// first returns the problem nearest the top of the file; of several on one
// line, the first by its text, so that a run's answer is the next one's.
func (l *linter) first() (problem, bool) {
	if len(l.problems) == 0 {
		return problem{}, false
	}
	return slices.MinFunc(l.problems, func(a, b problem) int {
		if a.line != b.line {
			return a.line - b.line
		}
		return strings.Compare(a.what, b.what)
	}), true
}
