package misp

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/nesting"
	"github.com/ciiscan/ciiscan/inventory"
)

// MediaType is what events are served as.
const MediaType = "application/json"

// An Event is a MISP event, as far as we write or read one.
type Event struct {
	UUID         Word        `json:"uuid"`
	Info         Word        `json:"info"` // its title
	Date         Word        `json:"date"` // "2026-03-02"
	Timestamp    Word        `json:"timestamp"`
	PublishedAt  Word        `json:"publish_timestamp"`
	Published    Flag        `json:"published"`
	Analysis     Word        `json:"analysis"`        // 0 initial, 1 ongoing, 2 completed
	ThreatLevel  Word        `json:"threat_level_id"` // 1 high, 2 medium, 3 low, 4 undefined
	Distribution Word        `json:"distribution"`
	Orgc         Org         `json:"Orgc"` // who made it
	Tags         []Tag       `json:"Tag"`
	Attributes   []Attribute `json:"Attribute"`
	Objects      []Object    `json:"Object"`
	Reports      []Report    `json:"EventReport"`
}

// An Org is an organisation as MISP knows it.
type Org struct {
	UUID Word `json:"uuid"`
	Name Word `json:"name"`
}

// A Tag is one word of a taxonomy: tlp:amber.
type Tag struct {
	Name   Word `json:"name"`
	Colour Word `json:"colour,omitempty"`
	Local  Flag `json:"local,omitempty"` // not for others: the sender's own business
}

// An Attribute is one value.
type Attribute struct {
	UUID         Word  `json:"uuid"`
	Relation     Word  `json:"object_relation,omitempty"` // its part in an object
	Category     Word  `json:"category"`
	Type         Word  `json:"type"`
	Value        Word  `json:"value"`
	Comment      Word  `json:"comment"`
	ToIDS        Flag  `json:"to_ids"`
	NoCorrelate  Flag  `json:"disable_correlation"`
	Deleted      Flag  `json:"deleted"`
	Distribution Word  `json:"distribution"`
	Timestamp    Word  `json:"timestamp"`
	Tags         []Tag `json:"Tag,omitempty"`
}

// An Object is values that belong together, by a template.
type Object struct {
	UUID            Word        `json:"uuid"`
	Name            Word        `json:"name"`
	MetaCategory    Word        `json:"meta-category"`
	Description     Word        `json:"description"`
	Template        Word        `json:"template_uuid"`
	TemplateVersion Word        `json:"template_version"`
	Comment         Word        `json:"comment"`
	Deleted         Flag        `json:"deleted"`
	Distribution    Word        `json:"distribution"`
	Timestamp       Word        `json:"timestamp"`
	Attributes      []Attribute `json:"Attribute"`
	References      []Reference `json:"ObjectReference"`
}

// A Reference leads from the object that it is in to another.
type Reference struct {
	UUID       Word `json:"uuid"`
	From       Word `json:"object_uuid"`
	To         Word `json:"referenced_uuid"`
	How        Word `json:"relationship_type"`
	Comment    Word `json:"comment"`
	Deleted    Flag `json:"deleted"`
	Timestamp  Word `json:"timestamp"`
	TargetKind Word `json:"referenced_type"` // "1": an object
}

// A Report is a text for people, in Markdown.
type Report struct {
	UUID         Word `json:"uuid"`
	Name         Word `json:"name"`
	Content      Word `json:"content"`
	Deleted      Flag `json:"deleted"`
	Distribution Word `json:"distribution"`
	Timestamp    Word `json:"timestamp"`
}

// A Word is text or a number. It is written as a string and read from
// whatever plain value a server wrote: they do not agree on it.
type Word string

// UnmarshalJSON reads a string, a number, a truth value or null.
func (w *Word) UnmarshalJSON(raw []byte) error {
	switch {
	case len(raw) == 0 || raw[0] == '{' || raw[0] == '[':
		return fmt.Errorf("a plain value belongs here, not %.20s", raw)
	case raw[0] == '"':
		return json.Unmarshal(raw, (*string)(w))
	case string(raw) == "null":
		*w = ""
	default:
		*w = Word(raw)
	}
	return nil
}

// A Flag is true or false, or what servers write for it.
type Flag bool

// UnmarshalJSON takes true, 1, "1" and "true" for true, and other plain
// values for false.
func (f *Flag) UnmarshalJSON(raw []byte) error {
	var w Word
	if err := w.UnmarshalJSON(raw); err != nil {
		return err
	}
	*f = Flag(w == "1" || strings.EqualFold(string(w), "true"))
	return nil
}

// Marshal writes the event as the file of a feed.
func Marshal(e Event) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(map[string]Event{"Event": e}); err != nil {
		return nil, fmt.Errorf("write MISP event %s: %w", e.UUID, err)
	}
	return b.Bytes(), nil
}

// Limits bound what a foreign document may cost. A zero field means the
// default.
type Limits struct {
	Bytes      int // 16 MiB
	Attributes int // 20,000, with those in objects
	Depth      int // 32 levels of nesting
}

func (l Limits) filled() Limits {
	return Limits{Bytes: cmp.Or(l.Bytes, 16<<20), Attributes: cmp.Or(l.Attributes, 20_000), Depth: cmp.Or(l.Depth, 32)}
}

// Parse reads an event as feeds and MISP's API write it. The bytes are
// hostile: what passes a limit or is no event is an InputError. Nothing is
// left out silently, because it could be the tag that says how far an event
// may go.
func Parse(raw []byte, l Limits) (Event, error) {
	l = l.filled()
	if err := bounded(raw, l); err != nil {
		return Event{}, err
	}
	type wrapped struct {
		Event *Event `json:"Event"`
	}
	var doc struct {
		wrapped
		Response []wrapped `json:"response"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Event{}, refuse("cannot be read: "+inventory.CleanText(err.Error(), 200), "send the JSON of one event")
	}
	e := doc.Event
	if e == nil && len(doc.Response) == 1 {
		e = doc.Response[0].Event
	}
	if e == nil {
		return Event{}, refuse("holds no event, or several", "send the JSON of one event")
	}
	if !isUUID(string(e.UUID)) {
		return Event{}, refuse("has no UUID that can be read", "export it again")
	}
	n := len(e.Attributes) + len(e.Tags) + len(e.Objects) + len(e.Reports)
	for _, o := range e.Objects {
		n += len(o.Attributes) + len(o.References)
	}
	if n > l.Attributes {
		return Event{}, refuse(fmt.Sprintf("has %d parts, more than %d", n, l.Attributes), "share it in parts")
	}
	e.UUID = Word(strings.ToLower(string(e.UUID)))
	return *e, nil
}

func bounded(raw []byte, l Limits) error {
	if len(raw) > l.Bytes {
		return refuse(fmt.Sprintf("is larger than %d bytes", l.Bytes), "share it in parts")
	}
	if !nesting.Within(raw, l.Depth) {
		return refuse(fmt.Sprintf("is nested deeper than %d levels", l.Depth), "no honest event is")
	}
	return nil
}

func refuse(message, hint string) error {
	return &inventory.InputError{Field: "MISP event", Message: message, Hint: hint}
}

// seconds writes an instant as MISP counts time.
func seconds(t time.Time) Word { return Word(strconv.FormatInt(t.Unix(), 10)) }

// Unix reads such a count; it is zero for what is none.
func (w Word) Unix() int64 {
	n, err := strconv.ParseInt(string(w), 10, 64)
	if err != nil || n < 0 || n > 1<<36 { // the year 4147
		return 0
	}
	return n
}
