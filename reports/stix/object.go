package stix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// MediaType is that of a STIX bundle.
const MediaType = "application/stix+json;version=2.1"

// An Object is one STIX object, ready to be sent.
type Object struct {
	ID   string // "report--…"
	Type string
	// Modified is "created" of a marking, and the moment of the release of
	// software, which has neither: so it comes along with each release.
	Modified    time.Time
	SpecVersion string // "2.1"
	Raw         []byte // its JSON, compact
}

// Bundle puts objects into one file. Its id follows from what is in it.
func Bundle(objects []Object) ([]byte, error) {
	b := struct {
		Type    string            `json:"type"`
		ID      string            `json:"id"`
		Objects []json.RawMessage `json:"objects"`
	}{Type: "bundle"}
	all := make([]string, len(objects))
	for i, o := range objects {
		b.Objects = append(b.Objects, o.Raw)
		all[i] = string(o.Raw)
	}
	b.ID = "bundle--" + randomLooking([]byte("bundle"), all...)
	return encode(b, "  ")
}

// instant is a time as STIX writes it, in milliseconds.
type instant time.Time

func (t instant) MarshalJSON() ([]byte, error) {
	return []byte(`"` + time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z") + `"`), nil
}

func instantOf(t time.Time) *instant {
	i := instant(t)
	return &i
}

// common is what all objects have.
type common struct {
	Type         string      `json:"type"`
	SpecVersion  string      `json:"spec_version"`
	ID           string      `json:"id"`
	CreatedByRef string      `json:"created_by_ref,omitempty"`
	Created      *instant    `json:"created,omitempty"`
	Modified     *instant    `json:"modified,omitempty"`
	Revoked      bool        `json:"revoked,omitempty"`
	Labels       []string    `json:"labels,omitempty"`
	References   []reference `json:"external_references,omitempty"`
	Markings     []string    `json:"object_marking_refs,omitempty"`
}

func (c *common) head() *common { return c }

// A part is any object that we write.
type part interface{ head() *common }

type reference struct {
	SourceName  string            `json:"source_name"`
	Description string            `json:"description,omitempty"`
	URL         string            `json:"url,omitempty"`
	Hashes      map[string]string `json:"hashes,omitempty"`
	ExternalID  string            `json:"external_id,omitempty"`
}

type marking struct {
	common
	Name       string                       `json:"name"`
	Extensions map[string]map[string]string `json:"extensions"`
}

type identity struct {
	common
	Name          string `json:"name"`
	IdentityClass string `json:"identity_class"`
	Contact       string `json:"contact_information,omitempty"`
}

type vulnerability struct {
	common
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

type courseOfAction struct {
	common
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

type software struct {
	common
	Name    string `json:"name"`
	CPE     string `json:"cpe,omitempty"`
	Vendor  string `json:"vendor,omitempty"`
	Version string `json:"version,omitempty"`
}

type relationship struct {
	common
	RelationshipType string `json:"relationship_type"`
	Description      string `json:"description,omitempty"`
	SourceRef        string `json:"source_ref"`
	TargetRef        string `json:"target_ref"`
}

type note struct {
	common
	Abstract   string   `json:"abstract,omitempty"`
	Content    string   `json:"content"`
	ObjectRefs []string `json:"object_refs"`
}

type opinion struct {
	common
	Explanation string   `json:"explanation,omitempty"`
	Opinion     string   `json:"opinion"`
	ObjectRefs  []string `json:"object_refs"`
}

type sighting struct {
	common
	Description   string   `json:"description,omitempty"`
	FirstSeen     *instant `json:"first_seen,omitempty"`
	LastSeen      *instant `json:"last_seen,omitempty"`
	Count         int      `json:"count"`
	SightingOfRef string   `json:"sighting_of_ref"`
	WhereSighted  []string `json:"where_sighted_refs"`
	Summary       bool     `json:"summary"`
}

type report struct {
	common
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	ReportTypes []string `json:"report_types"`
	Published   *instant `json:"published"`
	ObjectRefs  []string `json:"object_refs"`
}

// seal writes the parts as objects. Those without dates count as of at.
func seal(parts []part, at time.Time) ([]Object, error) {
	out := make([]Object, 0, len(parts))
	for _, p := range parts {
		h := p.head()
		raw, err := encode(p, "")
		if err != nil {
			return nil, fmt.Errorf("encode STIX object %s: %w", h.ID, err)
		}
		o := Object{ID: h.ID, Type: h.Type, Modified: at, SpecVersion: h.SpecVersion, Raw: raw}
		if h.Modified != nil {
			o.Modified = time.Time(*h.Modified)
		} else if h.Created != nil {
			o.Modified = time.Time(*h.Created)
		}
		out = append(out, o)
	}
	return out, nil
}

func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
