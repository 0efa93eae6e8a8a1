package taxii

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/nesting"
	"github.com/ciiscan/ciiscan/inventory"
)

// Limits bound what a foreign envelope may cost. A zero field means the
// default.
type Limits struct {
	Objects int // 10,000
	Depth   int // 32 levels of nesting
}

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{1,249}--[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`)

// ReadEnvelope reads what somebody posts: an envelope, or a bundle, which has
// its objects in the same place. It gives those that are STIX 2.1 objects by
// their form, in order, and those that are not, with the reason. It is an
// InputError when the whole cannot be read, holds nothing, or holds something
// that has not even an id.
func ReadEnvelope(raw []byte, l Limits) ([]exchange.TAXIIObject, []exchange.TAXIIStatusItem, error) {
	refuse := func(message string) error {
		return &inventory.InputError{Field: "envelope", Message: message, Hint: "send a TAXII 2.1 envelope with STIX 2.1 objects"}
	}
	depth, most := cmp.Or(l.Depth, 32), cmp.Or(l.Objects, 10_000)
	if !nesting.Within(raw, depth) {
		return nil, nil, refuse(fmt.Sprintf("is nested deeper than %d levels", depth))
	}
	var envelope struct {
		Objects []json.RawMessage `json:"objects"`
	}
	if err := json.Unmarshal(raw, &envelope); err != nil {
		return nil, nil, refuse("is not JSON with a list of objects: " + clean(err.Error(), 200))
	}
	if n := len(envelope.Objects); n == 0 || n > most {
		return nil, nil, refuse(fmt.Sprintf("has %d objects; between 1 and %d will do", n, most))
	}
	var objects []exchange.TAXIIObject
	var refused []exchange.TAXIIStatusItem
	for i, raw := range envelope.Objects {
		o, why := readObject(raw)
		switch {
		case o.ID == "":
			return nil, nil, refuse(fmt.Sprintf("has object %d without an id: %s", i+1, why))
		case why != "":
			refused = append(refused, exchange.TAXIIStatusItem{ID: o.ID, Version: o.Modified, Message: why})
		default:
			objects = append(objects, o)
		}
	}
	return objects, refused, nil
}

// readObject looks at the head of an object, and says what is wrong with it.
func readObject(raw json.RawMessage) (exchange.TAXIIObject, string) {
	var head struct {
		ID          string  `json:"id"`
		Type        string  `json:"type"`
		SpecVersion string  `json:"spec_version"`
		Created     *string `json:"created"`
		Modified    *string `json:"modified"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return exchange.TAXIIObject{}, "is not a JSON object with texts in its head: " + clean(err.Error(), 200)
	}
	if !idPattern.MatchString(head.ID) {
		return exchange.TAXIIObject{}, "its id is not TYPE--UUID"
	}
	o := exchange.TAXIIObject{ID: head.ID, Type: head.Type, SpecVersion: cmp.Or(head.SpecVersion, "2.1"), Raw: raw}
	if head.Type == "" || !strings.HasPrefix(head.ID, head.Type+"--") {
		return o, "its id is not of its type"
	}
	for _, s := range []*string{head.Created, head.Modified} { // the later one counts
		if s == nil {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, *s)
		if err != nil {
			return o, "created or modified is not a time"
		}
		o.Modified = at.UTC()
	}
	// Only observables may leave spec_version out; a STIX 2.0 object has none
	// and is dated.
	if head.SpecVersion != "2.1" && (head.SpecVersion != "" || head.Created != nil) {
		return o, "its spec_version is not 2.1"
	}
	return o, ""
}
