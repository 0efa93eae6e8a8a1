package misp

import (
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Labels carry what MISP has no place for and a receiver needs: which CSAF
// document it is, by which receivers know the same matter on another channel,
// and the words of our own model. They are the same as in our STIX reports,
// and stand in attributes: as tags they would crowd the list from which the
// people at each MISP choose.
const (
	labelTracking   = "csaf:tracking_id="
	labelNamespace  = "csaf:namespace="
	labelVersion    = "csaf:version="
	labelSuperseded = "csaf:superseded_by="
	labelCategory   = "ciiscan:category="
	labelSeverity   = "ciiscan:severity="
	labelCheck      = "ciiscan:check="
)

// labelOrder lists the keys in the order in which they are written.
func labelOrder() []string {
	return []string{labelTracking, labelNamespace, labelVersion, labelSuperseded, labelCategory, labelSeverity, labelCheck}
}

// labels is the first value of each key in the event's own attributes.
func (e Event) labels() map[string]string {
	out := map[string]string{}
	for _, a := range e.Attributes {
		if a.Deleted || a.Type != "text" {
			continue
		}
		for _, k := range labelOrder() {
			if v, ok := strings.CutPrefix(string(a.Value), k); ok && out[k] == "" {
				out[k] = name(v)
			}
		}
	}
	return out
}

// Tags of the taxonomies tlp, workflow, misp, PAP and rsit.
const (
	tagRelease  = `workflow:state="release"`
	tagRejected = `workflow:state="rejected"`
	tagReviewed = `misp:automation-level="reviewed"`
	tagManual   = `misp:automation-level="manual"`
)

// tlpColour is the one that FIRST gives a label.
func tlpColour(t advisory.TLP) Word {
	switch t {
	case advisory.Clear:
		return "#ffffff"
	case advisory.Green:
		return "#33ff00"
	case advisory.Amber, advisory.AmberStrict:
		return "#ffc000"
	case advisory.Red:
	}
	return "#ff2b2b"
}

// tagsFor are the event's tags. There is no priority-level: its steps are
// defined by harm to one country. The threat level says the severity.
func tagsFor(a advisory.Advisory) []Tag {
	tags := []Tag{{Name: Word("tlp:" + string(a.TLP)), Colour: tlpColour(a.TLP)}, {Name: Word(pap(a))}}
	if class := rsit(a); class != "" {
		tags = append(tags, Tag{Name: Word(class)})
	}
	state, made := tagRelease, tagReviewed
	if a.State == advisory.Withdrawn {
		state = tagRejected
	}
	if a.Check == "" { // no scan found it
		made = tagManual
	}
	return append(tags, Tag{Name: Word(state)}, Tag{Name: Word(made)})
}

// pap says what a receiver may do with it. A weakness is told so that
// everybody looks for it and closes it; what is known of an attacker must not
// be shown to him.
func pap(a advisory.Advisory) string {
	attacker := a.Kind() == advisory.Incident || a.Kind() == advisory.Indicators
	switch {
	case a.TLP == advisory.Clear:
		return "PAP:CLEAR"
	case a.TLP == advisory.Red:
		return "PAP:RED"
	case attacker && a.TLP != advisory.Green:
		return "PAP:AMBER"
	}
	return "PAP:GREEN"
}

// rsit is the class of the Reference Security Incident Taxonomy, or "" where
// the category says too little for one.
func rsit(a advisory.Advisory) string {
	class := ""
	switch a.Kind() {
	case advisory.Vulnerability:
		class = "vulnerable-system"
	case advisory.Exposure:
		class = "potentially-unwanted-accessible"
		for _, c := range []struct{ cwe, class string }{
			{"CWE-406", "ddos-amplifier"},
			{"CWE-295", "weak-crypto"},
			{"CWE-326", "weak-crypto"},
			{"CWE-327", "weak-crypto"},
			{"CWE-200", "information-disclosure"},
			{"CWE-306", "information-disclosure"},
		} {
			if slices.Contains(a.CWEs, c.cwe) {
				class = c.class
				break
			}
		}
	default:
		return ""
	}
	return `rsit:vulnerable="` + class + `"`
}

// distributionFor is how far MISPs carry an event by themselves. They go by
// it alone: the label stops nothing there. So it is never wider than the
// label, and whatever is for named receivers stays where it arrived until a
// person sends it on.
func distributionFor(t advisory.TLP) Word {
	switch t {
	case advisory.Clear:
		return "3"
	case advisory.Green:
		return "1"
	case advisory.Amber, advisory.AmberStrict, advisory.Red:
	}
	return "0"
}

// inherit is the distribution of all within an event: as the event's.
const inherit = "5"

// ceiling is the most open label that a distribution allows, or "" where it
// says nothing. That of one organisation, and that of a named group, is the
// most open one that stays with those who have it.
func ceiling(distribution Word) advisory.TLP {
	switch distribution {
	case "", inherit:
		return ""
	case "3":
		return advisory.Clear
	case "1", "2":
		return advisory.Green
	}
	return advisory.Amber
}

// tlp is the strictest label in the event, and whether it is labelled: by at
// least one tag, and by none that nobody can read.
func (e Event) tlp() (advisory.TLP, bool) {
	var label advisory.TLP
	own, readable := false, true
	look := func(tags []Tag, isOwn bool) {
		for _, t := range tags {
			s, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(string(t.Name))), "tlp:")
			if !ok || bool(t.Local) || s == "ex:chr" { // who may be named, not who may read
				continue
			}
			found, err := advisory.ParseTLP(s)
			if err != nil {
				readable = false // it may say anything
				continue
			}
			label, own = advisory.Stricter(label, found), own || isOwn
		}
	}
	look(e.Tags, true)
	for _, a := range e.Attributes {
		look(a.Tags, false)
	}
	for _, o := range e.Objects {
		for _, a := range o.Attributes {
			look(a.Tags, false)
		}
	}
	return advisory.Stricter(label, ceiling(e.Distribution)), own && readable
}

// has tells whether the event has a tag, which is not only its sender's own.
func (e Event) has(prefix string) bool {
	return slices.ContainsFunc(e.Tags, func(t Tag) bool {
		return !bool(t.Local) && strings.HasPrefix(strings.ToLower(string(t.Name)), prefix)
	})
}

// threatLevel is MISP's number for a severity.
func threatLevel(s inventory.Severity) Word {
	switch s {
	case inventory.SeverityCritical, inventory.SeverityHigh:
		return "1"
	case inventory.SeverityMedium:
		return "2"
	case inventory.SeverityLow, inventory.SeverityInfo:
		return "3"
	}
	return "4"
}

// severityOf takes the sender's own word, where it is one of ours.
func severityOf(said string, level Word) inventory.Severity {
	if s, err := inventory.ParseSeverity(said); err == nil {
		return s
	}
	return map[Word]inventory.Severity{"1": inventory.SeverityHigh, "2": inventory.SeverityMedium, "3": inventory.SeverityLow}[level]
}

// Caps of one text and one name, in bytes.
const (
	maxText = 30_000
	maxName = 500
)

func text(s string) string { return strings.TrimSpace(inventory.CleanText(s, maxText)) }

func name(s string) string { return strings.Join(strings.Fields(inventory.CleanText(s, maxName)), " ") }
