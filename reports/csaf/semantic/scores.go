package semantic

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/reports/csaf/tree"
)

func (c *checker) productsScoredTwice() {
	for _, v := range c.vulnerabilities {
		seen := once{}
		for s := range v.At("scores").Items() {
			for _, key := range []string{"cvss_v2", "cvss_v3"} {
				if !s.At(key).Exists() {
					continue
				}
				version := s.At(key, "version").Text()
				if key == "cvss_v2" {
					version = "2.0"
				}
				for p := range s.At("products").Items() {
					if id := p.Text(); seen.before(version + " " + id) {
						c.report(p, "the product %s has another score of CVSS %s", id, version)
					}
				}
			}
		}
	}
}

// A rating is one CVSS object of the document.
type rating struct {
	tree.Node
	system system
	vector vector // nil when it cannot be read
}

func (c *checker) ratings(each func(rating)) {
	for _, v := range c.vulnerabilities {
		for s := range v.At("scores").Items() {
			for _, key := range []string{"cvss_v2", "cvss_v3"} {
				if n := s.At(key); n.Exists() {
					sys := systemOf(key, n.At("version").Text())
					parsed, err := parseVector(sys, n.At("vectorString").Text())
					r := rating{Node: n, system: sys}
					if err == nil {
						r.vector = parsed
					}
					each(r)
				}
			}
		}
	}
}

// malformedScores is what CVSS's own schema says, and that a vector has all
// that its version demands.
func (c *checker) malformedScores() {
	c.ratings(func(r rating) {
		if version := r.At("version"); version.Text() != r.system.version {
			c.report(version, "the version %s of CVSS does not belong here", version.Text())
		}
		if r.vector == nil {
			c.report(r.At("vectorString"), "%s is not a vector of CVSS %s", r.At("vectorString").Text(), r.system.version)
		}
		for _, s := range r.system.scores {
			score, severity := r.At(s.score), r.At(s.severity)
			x, number := score.Number()
			switch {
			case !score.Exists() && s.score == "baseScore":
				c.report(score, "the base score is missing")
			case score.Exists() && (!number || x < 0 || x > 10):
				c.report(score, "the score is not a number from 0 to 10")
			}
			if s.severity == "" {
				continue
			}
			switch {
			case !severity.Exists() && s.severity == "baseSeverity":
				c.report(severity, "the base severity is missing")
			case severity.Exists() && !slices.Contains(severities, severity.Text()):
				c.report(severity, "%s is not a severity", severity.Text())
			}
		}
		for _, m := range r.system.metrics {
			if n := r.At(m.name); n.Exists() && m.values[n.Text()] == "" {
				c.report(n, "%s is not a value of the metric", n.Text())
			}
		}
	})
}

// miscalculatedScores computes what the vectors give.
func (c *checker) miscalculatedScores() {
	c.ratings(func(r rating) {
		if r.vector == nil {
			return
		}
		for _, s := range r.system.scores {
			want := s.compute(r.vector)
			if x, ok := r.At(s.score).Number(); ok && math.Abs(x-want) > 0.01 {
				c.report(r.At(s.score), "the score is %s, the vector gives %s", fmt.Sprint(x), fmt.Sprint(want))
			}
			severity := r.At(s.severity)
			if s.severity == "" || !severity.Exists() {
				continue
			}
			if band := severityOf(want); severity.Text() != band {
				c.report(severity, "the severity is %s, the vector gives %s", severity.Text(), band)
			}
		}
	})
}

// inconsistentScores compares the metrics that are written out with the vector.
func (c *checker) inconsistentScores() {
	c.ratings(func(r rating) {
		if r.vector == nil {
			return
		}
		for _, m := range r.system.metrics {
			n := r.At(m.name)
			said := m.values[n.Text()]
			if said == "" {
				continue
			}
			if got, err := r.vector.Get(m.code); err == nil && got != said {
				c.report(n, "the metric is %s, the vector has %s", n.Text(), m.code+":"+got)
			}
		}
	})
}

var severities = []string{"NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL"}

// severityOf is the qualitative rating of CVSS 3.
func severityOf(score float64) string {
	switch {
	case score >= 9:
		return "CRITICAL"
	case score >= 7:
		return "HIGH"
	case score >= 4:
		return "MEDIUM"
	case score > 0:
		return "LOW"
	}
	return "NONE"
}

// systemOf is CVSS in the version that the place and the number tell.
func systemOf(key, version string) system {
	switch {
	case key == "cvss_v2":
		return cvss2
	case strings.TrimSpace(version) == "3.0":
		return cvss30
	}
	return cvss31
}
