package stix

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// An Answer tells the sender of an advisory what came of it: in counts, and
// never whose.
type Answer struct {
	// Which document it is about, by CSAF's three names for it. An answer of a
	// stranger may know Object alone.
	Namespace  string
	TrackingID string
	Version    string
	Object     string // id of the sender's report, when it came as STIX
	State      string // received, valid, accepted, rejected or closed; "" when not said
	// Counts are systems by verdict: affected, fixed, not_present, unknown,
	// pending.
	Counts     map[string]int
	Sectors    []inventory.Sector
	First      *time.Time // when it was first and last seen here
	Last       *time.Time
	Usefulness int // 0 not rated, 1 useless to 5
	Comment    string
	Begun      time.Time // of the first answer to this document; zero: At
	At         time.Time
}

// Labels of an answer's note.
const (
	labelState      = "ciiscan:answer.state="
	labelAffected   = "ciiscan:answer.affected="
	labelFixed      = "ciiscan:answer.fixed="
	labelNotPresent = "ciiscan:answer.not_present="
	labelUnknown    = "ciiscan:answer.unknown="
	labelPending    = "ciiscan:answer.pending="
	labelUseful     = "ciiscan:answer.usefulness="
	labelSector     = "ciiscan:answer.sectors="
	labelComment    = "ciiscan:answer.comment="
)

var countLabels = map[string]string{
	"affected": labelAffected, "fixed": labelFixed, "not_present": labelNotPresent, "unknown": labelUnknown, "pending": labelPending,
}

// opinions are STIX's five words for how useful a document was.
var opinions = []string{"strongly-disagree", "disagree", "neutral", "agree", "strongly-agree"}

// EncodeAnswer writes an answer as a sighting, which counts those affected, a
// note with the rest, an opinion when the document was rated, and a note with
// the comment. A later answer to the same document has the same ids and a newer
// "modified".
//
// A sighting is of an object. Where the document did not come as STIX, the
// answer brings one of its own that stands for the matter.
func EncodeAnswer(a Answer, tlp advisory.TLP, p Producer, key []byte) ([]Object, error) {
	label, err := advisory.ParseTLP(string(tlp))
	if err != nil {
		return nil, err
	}
	if err := checkProducer(p, key); err != nil {
		return nil, err
	}
	if a.At.IsZero() || a.TrackingID == "" && !isID(a.Object, "") {
		return nil, &inventory.InputError{Field: "answer", Value: a.TrackingID, Message: "says not when it was given, or to which document", Hint: "give its time and the document's id"}
	}
	e := answerEncoder{a: a, p: p, key: key, label: label}
	out, err := seal(e.build(), a.At)
	if err != nil {
		return nil, fmt.Errorf("encode answer to %s as STIX: %w", a.TrackingID, err)
	}
	return out, nil
}

type answerEncoder struct {
	a     Answer
	p     Producer
	key   []byte
	label advisory.TLP
}

func (e answerEncoder) build() []part {
	a := e.a
	parts := []part{markingOf(e.label), identityOf(e.p, e.key)}
	of := a.Object
	if !isID(of, "") {
		v := &vulnerability{common: e.common("vulnerability", ""), Name: name(a.TrackingID), Description: "What the advisory of this name describes."}
		parts, of = append(parts, v), v.ID
	}
	words := e.words()
	if len(a.Counts) > 0 {
		s := &sighting{
			common: e.common("sighting", ""), Description: words, Count: min(max(a.Counts["affected"], 0), maxCount),
			SightingOfRef: of, WhereSighted: []string{producerID(e.p, e.key)}, Summary: true,
		}
		if a.First != nil {
			s.FirstSeen = instantOf(*a.First)
		}
		if a.Last != nil && (a.First == nil || !a.Last.Before(*a.First)) {
			s.LastSeen = instantOf(*a.Last)
		}
		parts = append(parts, s)
	}
	n := &note{common: e.common("note", "answer"), Abstract: name("Answer to " + cmp.Or(a.TrackingID, of)), Content: words, ObjectRefs: []string{of}}
	n.Labels = e.labels()
	parts = append(parts, n)
	if a.Usefulness >= 1 && a.Usefulness <= len(opinions) {
		parts = append(parts, &opinion{common: e.common("opinion", ""), Explanation: "How useful the document was, from 1 to 5.", Opinion: opinions[a.Usefulness-1], ObjectRefs: []string{of}})
	}
	if c := text(a.Comment); c != "" {
		parts = append(parts, &note{common: e.common("note", "comment"), Abstract: "Comment", Content: c, ObjectRefs: []string{of}})
		parts[len(parts)-1].head().Labels = append(e.reference(), labelComment+"yes")
	}
	return parts
}

func (e answerEncoder) common(kind, role string) common {
	begun := e.a.Begun
	if begun.IsZero() || begun.After(e.a.At) {
		begun = e.a.At
	}
	c := common{
		Type: kind, SpecVersion: "2.1",
		ID:           idOf(e.key, kind, "answer", e.a.Namespace, e.a.TrackingID, e.a.Version, e.a.Object, role),
		CreatedByRef: producerID(e.p, e.key), Created: instantOf(begun), Modified: instantOf(e.a.At),
		Markings: []string{tlpIDs[e.label]}, Labels: e.reference(),
	}
	if e.a.TrackingID != "" {
		c.References = []reference{{SourceName: "CSAF", Description: "The document that this answers", ExternalID: name(e.a.TrackingID)}}
	}
	return c
}

func (e answerEncoder) reference() []string {
	return labels{labelTracking: e.a.TrackingID, labelNamespace: e.a.Namespace, labelVersion: e.a.Version}.list()
}

func (e answerEncoder) labels() []string {
	l := labels{labelTracking: e.a.TrackingID, labelNamespace: e.a.Namespace, labelVersion: e.a.Version, labelState: e.a.State, labelSector: joined(e.a.Sectors)}
	for verdict, n := range e.a.Counts {
		if k, ok := countLabels[verdict]; ok {
			l[k] = strconv.Itoa(min(max(n, 0), maxCount))
		}
	}
	if e.a.Usefulness > 0 {
		l[labelUseful] = strconv.Itoa(e.a.Usefulness)
	}
	return l.list()
}

// words say the answer to a person.
func (e answerEncoder) words() string {
	var counts []string
	for _, verdict := range slices.Sorted(maps.Keys(e.a.Counts)) {
		if _, ok := countLabels[verdict]; ok {
			counts = append(counts, fmt.Sprintf("%s: %d", strings.ReplaceAll(verdict, "_", " "), e.a.Counts[verdict]))
		}
	}
	s := "State: " + cmp.Or(e.a.State, "not said") + "."
	if len(counts) > 0 {
		s += " Systems " + strings.Join(counts, ", ") + "."
	}
	if len(e.a.Sectors) > 0 {
		s += " Sectors: " + joined(e.a.Sectors) + "."
	}
	return text(s)
}
