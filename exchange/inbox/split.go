package inbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/internal/nesting"
	"github.com/ciiscan/ciiscan/inventory"
)

// Limits of one envelope.
const (
	maxSplit      = 2000 // documents
	maxSplitBytes = 256 << 20
)

// Split parts a STIX bundle or TAXII envelope into one for each document and
// one with the answers, so that each is judged by itself. Everything else, and
// what cannot be read, it returns as it came. A part is no longer what was
// signed: it has the signature around it only where it came whole.
func Split(a Arrival) []Arrival {
	if len(a.Raw) > MaxBytes || archive(a.Raw) != "" || !nesting.Within(a.Raw, maxDepth) {
		return []Arrival{a}
	}
	f, err := formatOf(a.Raw)
	if err != nil || f.name != "stix" {
		return []Arrival{a}
	}
	parts, err := splitObjects(objectsOf(a.Raw))
	// A detached signature is of the whole, and cannot be checked on a part.
	if err != nil || len(parts) < 2 || len(a.Signature) > 0 {
		return []Arrival{a}
	}
	out := make([]Arrival, len(parts))
	for i, raw := range parts {
		out[i] = a
		out[i].Raw, out[i].Name = raw, numbered(a.Name, i+1)
	}
	return out
}

// numbered makes the name of a part: "taxii-3.json".
func numbered(name string, i int) string {
	ext := path.Ext(name)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), i, ext)
}

func objectsOf(raw []byte) []json.RawMessage {
	var top struct {
		Objects []json.RawMessage `json:"objects"`
	}
	if json.Unmarshal(raw, &top) != nil {
		return nil
	}
	return top.Objects
}

// splitObjects writes an envelope for each document among STIX objects, and
// one for the answers. Objects may belong to several. It is an error when all
// that together is far more than came: then somebody is playing.
func splitObjects(objects []json.RawMessage) ([][]byte, error) {
	s := newSplitter(objects)
	groups := s.groups()
	if len(groups) > maxSplit {
		return nil, fmt.Errorf("there are %d documents at once: %w", len(groups), inventory.ErrInvalid)
	}
	var out [][]byte
	total := 0
	for _, ids := range groups {
		raw := s.write(ids)
		if total += len(raw); total > maxSplitBytes {
			return nil, fmt.Errorf("its documents hold each other many times: %w", inventory.ErrInvalid)
		}
		out = append(out, raw)
	}
	return out, nil
}

// A splitter holds objects by what they refer to. Raw bytes are kept as they
// are.
type splitter struct {
	objects []piece
	byID    map[string][]int
	near    map[string][]int // relationships, by either end
}

type piece struct {
	raw       json.RawMessage
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	CreatedBy string    `json:"created_by_ref"`
	Refs      []string  `json:"object_refs"`
	Marks     []string  `json:"object_marking_refs"`
	Source    string    `json:"source_ref"`
	Target    string    `json:"target_ref"`
	Sighting  string    `json:"sighting_of_ref"`
	WhereSeen []string  `json:"where_sighted_refs"`
	Granular  []marking `json:"granular_markings"`
}

type marking struct {
	Ref string `json:"marking_ref"`
}

func newSplitter(objects []json.RawMessage) *splitter {
	s := &splitter{byID: map[string][]int{}, near: map[string][]int{}}
	for _, o := range objects {
		p := piece{raw: o}
		if json.Unmarshal(o, &p) != nil && p.ID == "" {
			continue
		}
		i := len(s.objects)
		s.objects = append(s.objects, p)
		s.byID[p.ID] = append(s.byID[p.ID], i)
		if p.Type == "relationship" {
			s.near[p.Source] = append(s.near[p.Source], i)
			s.near[p.Target] = append(s.near[p.Target], i)
		}
	}
	return s
}

// groups are the objects of each document, and those of the answers.
func (s *splitter) groups() [][]int {
	held := map[string]bool{}
	roots, seen := []string{}, map[string]bool{}
	root := func(id string) {
		if !seen[id] {
			seen[id] = true
			roots = append(roots, id)
		}
	}
	for _, p := range s.objects {
		if p.Type == "report" {
			root(p.ID)
			for _, id := range p.Refs {
				held[id] = true
			}
		}
	}
	answered := map[string]bool{}
	var answers []int
	for i, p := range s.objects {
		if (p.Type == "sighting" || p.Type == "note" || p.Type == "opinion") && !held[p.ID] {
			answers = append(answers, i)
			answered[p.Sighting] = true
			for _, id := range p.Refs {
				answered[id] = true
			}
		}
	}
	for _, p := range s.objects {
		if p.Type == "vulnerability" && !held[p.ID] && !answered[p.ID] {
			root(p.ID)
		}
	}
	var out [][]int
	for _, id := range roots {
		out = append(out, s.closure(s.byID[id]))
	}
	if len(answers) > 0 {
		out = append(out, s.closure(answers))
	}
	return out
}

// closure is some objects and all that is needed to read them, in the order in
// which they came.
func (s *splitter) closure(from []int) []int {
	in := map[int]bool{}
	var todo []int
	add := func(ids ...int) {
		for _, i := range ids {
			if !in[i] {
				in[i] = true
				todo = append(todo, i)
			}
		}
	}
	add(from...)
	for first := true; len(todo) > 0; first = false {
		now := todo
		todo = nil
		for _, i := range now {
			p := s.objects[i]
			refs := append([]string{p.CreatedBy, p.Sighting, p.Source, p.Target}, slices.Concat(p.Refs, p.Marks, p.WhereSeen)...)
			for _, g := range p.Granular {
				refs = append(refs, g.Ref)
			}
			for _, id := range refs {
				for _, j := range s.byID[id] {
					if s.objects[j].Type != "report" || first {
						add(j)
					}
				}
			}
			if p.Type == "vulnerability" {
				add(s.near[p.ID]...)
			}
		}
	}
	out := make([]int, 0, len(in))
	for i := range in {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}

func (s *splitter) write(ids []int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"objects":[`)
	for n, i := range ids {
		if n > 0 {
			b.WriteByte(',')
		}
		b.Write(s.objects[i].raw)
	}
	b.WriteString("]}\n")
	return b.Bytes()
}
