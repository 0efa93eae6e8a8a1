package semantic

import (
	"fmt"

	"github.com/ciiscan/ciiscan/reports/csaf/tree"
)

// A Problem is one place that fails a test.
type Problem struct {
	Test    string // section of the standard: "6.1.3", "6.1.27.9"
	Path    string // JSON pointer: "/vulnerabilities/0/cwe"
	Message string
}

// Limits of one Check.
const (
	maxProblems = 1000
	maxSteps    = 20_000_000
	maxQuoted   = 80 // letters of a document that a message quotes
)

// Check runs every test and returns the problems in the order of the tests,
// at most 1000. The error is of a document that cannot be judged: beyond the
// limits of package tree, not an object, or too entangled.
func Check(raw []byte) ([]Problem, error) {
	root, err := tree.Parse(raw)
	if err != nil {
		return nil, err
	}
	if _, ok := root.Value().(map[string]any); !ok {
		return nil, fmt.Errorf("check CSAF: the document is not an object")
	}
	c := checker{
		root: root, meta: root.At("document"), tracking: root.At("document", "tracking"),
		status: root.At("document", "tracking", "status").Text(),
		groups: map[string][]string{},
	}
	for v := range root.At("vulnerabilities").Items() {
		c.vulnerabilities = append(c.vulnerabilities, v)
	}
	for g := range root.At("product_tree", "product_groups").Items() {
		id := g.At("group_id").Text()
		c.groups[id] = append(c.groups[id], g.At("product_ids").Texts()...)
	}
	c.products, c.branches = productsOf(root.At("product_tree"))
	c.history = historyOf(c.tracking)
	for _, t := range tests {
		c.test = t.id
		t.run(&c)
		if c.steps > maxSteps {
			return nil, fmt.Errorf("check CSAF: test %s takes more than %d steps", t.id, maxSteps)
		}
	}
	return c.problems, nil
}

// tests are all, in the order of the standard.
var tests = []struct {
	id  string
	run func(*checker)
}{
	{"6.1.1", (*checker).undefinedProducts},
	{"6.1.2", (*checker).productsDefinedTwice},
	{"6.1.3", (*checker).circularProducts},
	{"6.1.4", (*checker).undefinedGroups},
	{"6.1.5", (*checker).groupsDefinedTwice},
	{"6.1.6", (*checker).contradictingStatus},
	{"6.1.7", (*checker).productsScoredTwice},
	{"6.1.8", (*checker).malformedScores},
	{"6.1.9", (*checker).miscalculatedScores},
	{"6.1.10", (*checker).inconsistentScores},
	{"6.1.11", (*checker).weaknesses},
	{"6.1.12", (*checker).languages},
	{"6.1.13", (*checker).packageURLs},
	{"6.1.14", (*checker).unsortedHistory},
	{"6.1.15", (*checker).translator},
	{"6.1.16", (*checker).latestVersion},
	{"6.1.17", (*checker).draftStatus},
	{"6.1.18", (*checker).releasedHistory},
	{"6.1.19", (*checker).preReleaseHistory},
	{"6.1.20", (*checker).preReleaseVersion},
	{"6.1.21", (*checker).missingRevisions},
	{"6.1.22", (*checker).revisionsTwice},
	{"6.1.23", (*checker).vulnerabilitiesTwice},
	{"6.1.24", (*checker).involvementsTwice},
	{"6.1.25", (*checker).hashesTwice},
	{"6.1.26", (*checker).prohibitedCategory},
	{"6.1.27.1", (*checker).profileNotes},
	{"6.1.27.2", (*checker).profileReferences},
	{"6.1.27.3", (*checker).profileWithoutVulnerabilities},
	{"6.1.27.4", (*checker).profileProductTree},
	{"6.1.27.5", (*checker).profileVulnerabilityNotes},
	{"6.1.27.6", (*checker).profileStatus},
	{"6.1.27.7", (*checker).profileVEXStatus},
	{"6.1.27.8", (*checker).profileVulnerabilityID},
	{"6.1.27.9", (*checker).profileImpact},
	{"6.1.27.10", (*checker).profileAction},
	{"6.1.27.11", (*checker).profileVulnerabilities},
	{"6.1.28", (*checker).translation},
	{"6.1.29", (*checker).remediationsOfNothing},
	{"6.1.30", (*checker).mixedVersions},
	{"6.1.31", (*checker).rangesAsVersions},
	{"6.1.32", (*checker).flagsOfNothing},
	{"6.1.33", (*checker).justifiedTwice},
}

// A checker has what several tests read, and collects what they find.
type checker struct {
	root, meta, tracking tree.Node
	status               string // draft, interim or final
	vulnerabilities      []tree.Node
	products             []tree.Node         // every full product name
	branches             []tree.Node         // all, not only the outermost
	groups               map[string][]string // their products
	history              []revision          // as it ought to be sorted

	test     string
	problems []Problem
	steps    int
}

// report adds a problem; texts among args are cut short.
func (c *checker) report(at tree.Node, format string, args ...any) {
	if len(c.problems) >= maxProblems {
		return
	}
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = quote(s)
		}
	}
	c.problems = append(c.problems, Problem{Test: c.test, Path: at.Path(), Message: fmt.Sprintf(format, args...)})
}

// full tells whether a test may stop looking.
func (c *checker) full() bool { return len(c.problems) >= maxProblems || c.steps > maxSteps }

// quote returns s in quotation marks, cut short.
func quote(s string) string {
	if runes := []rune(s); len(runes) > maxQuoted {
		s = string(runes[:maxQuoted]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
