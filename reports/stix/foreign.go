package stix

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/internal/nesting"
	"github.com/ciiscan/ciiscan/inventory"
)

// foreign is any object of others, as far as we read it.
type foreign struct {
	Type         string      `json:"type"`
	ID           string      `json:"id"`
	CreatedByRef string      `json:"created_by_ref"`
	Created      time.Time   `json:"created"`
	Modified     time.Time   `json:"modified"`
	Revoked      bool        `json:"revoked"`
	Labels       []string    `json:"labels"`
	References   []reference `json:"external_references"`
	Markings     []string    `json:"object_marking_refs"`
	Granular     []struct {
		Ref string `json:"marking_ref"`
	} `json:"granular_markings"`
	Name             string          `json:"name"`
	Description      string          `json:"description"`
	ReportTypes      []string        `json:"report_types"`
	Published        time.Time       `json:"published"`
	ObjectRefs       []string        `json:"object_refs"`
	CPE              string          `json:"cpe"`
	Vendor           string          `json:"vendor"`
	Version          string          `json:"version"`
	RelationshipType string          `json:"relationship_type"`
	SourceRef        string          `json:"source_ref"`
	TargetRef        string          `json:"target_ref"`
	Count            *int            `json:"count"`
	FirstSeen        *time.Time      `json:"first_seen"`
	LastSeen         *time.Time      `json:"last_seen"`
	SightingOfRef    string          `json:"sighting_of_ref"`
	Content          string          `json:"content"`
	Opinion          string          `json:"opinion"`
	Explanation      string          `json:"explanation"`
	Definition       json.RawMessage `json:"definition"`
	Extensions       json.RawMessage `json:"extensions"`
}

// weRead lists the types that mean something to us.
var weRead = []string{
	"report", "vulnerability", "software", "course-of-action", "relationship", "note", "opinion", "sighting",
	"marking-definition", "indicator", "malware", "incident",
}

// read takes the objects out of a bundle or an envelope.
func read(raw []byte, l Limits) ([]*foreign, []string, error) {
	refuse := func(message, hint string) error {
		return &inventory.InputError{Field: "STIX document", Message: message, Hint: hint}
	}
	if len(raw) > l.Bytes {
		return nil, nil, refuse(fmt.Sprintf("is larger than %d bytes", l.Bytes), "ask for it in parts")
	}
	if !nesting.Within(raw, l.Depth) {
		return nil, nil, refuse(fmt.Sprintf("is nested deeper than %d levels", l.Depth), "no honest document is")
	}
	var doc struct {
		Type    string            `json:"type"`
		Objects []json.RawMessage `json:"objects"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, nil, refuse("is not JSON with a list of objects: "+inventory.CleanText(err.Error(), 200), "send a STIX 2.1 bundle or a TAXII 2.1 envelope")
	}
	if doc.Type != "" && doc.Type != "bundle" {
		return nil, nil, refuse("is a "+inventory.CleanText(doc.Type, 50)+", not a bundle", "send a STIX 2.1 bundle or a TAXII 2.1 envelope")
	}
	if len(doc.Objects) > l.Objects {
		return nil, nil, refuse(fmt.Sprintf("has %d objects, more than %d", len(doc.Objects), l.Objects), "ask for it in parts")
	}
	var out []*foreign
	var skipped []string
	for i, rawObject := range doc.Objects {
		var head struct{ Type, ID string }
		if err := json.Unmarshal(rawObject, &head); err != nil || !isID(head.ID, head.Type) {
			skipped = append(skipped, fmt.Sprintf("object %d has no type, or no id of that type", i+1))
			continue
		}
		if !slices.Contains(weRead, head.Type) {
			continue
		}
		o := &foreign{}
		if err := json.Unmarshal(rawObject, o); err != nil {
			skipped = append(skipped, head.ID+": "+inventory.CleanText(err.Error(), 200))
			continue
		}
		out = append(out, o)
	}
	return out, skipped[:min(len(skipped), 100)], nil
}
