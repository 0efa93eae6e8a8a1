package inbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/csaf"
	"github.com/ciiscan/ciiscan/reports/csaf/semantic"
	"github.com/ciiscan/ciiscan/reports/misp"
	"github.com/ciiscan/ciiscan/reports/stix"
)

// A format is one that documents come in.
type format struct {
	name string
	is   func(top map[string]json.RawMessage) bool
	read func(*Reading) error
}

// formats lists them. To take in another one, add a line: how a document of it
// is known, and what puts it into a Reading.
func formats() []format {
	return []format{
		{"csaf", isCSAF, readCSAF},
		{"stix", isSTIX, readSTIX},
		{"misp", isMISP, readMISP},
	}
}

// formatOf looks at what is in a document: names and media types are its
// sender's words.
func formatOf(raw []byte) (format, error) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(text(raw), &top); err != nil {
		return format{}, fmt.Errorf("it is not JSON: %s", inventory.CleanText(err.Error(), 200))
	}
	for _, f := range formats() {
		if f.is(top) {
			return f, nil
		}
	}
	return format{}, errors.New("it is neither CSAF nor STIX nor a MISP event")
}

func (r *Reading) decode() {
	f, err := formatOf(r.text())
	if err != nil {
		r.add("format", "", err.Error(), true)
		return
	}
	if err := f.read(r); err != nil {
		r.add("format", "", fmt.Sprintf("it cannot be read as %s: %s", f.name, inventory.CleanText(err.Error(), 300)), true)
	}
	r.Document.Namespace = plainNamespace(r.Document.Namespace)
}

// text is a document without the mark that some editors put before it.
func text(raw []byte) []byte { return bytes.TrimPrefix(raw, []byte("\ufeff")) }

func (r *Reading) text() []byte { return text(r.arrival.Raw) }

func isCSAF(top map[string]json.RawMessage) bool {
	var meta struct {
		Version json.RawMessage `json:"csaf_version"`
	}
	return json.Unmarshal(top["document"], &meta) == nil && meta.Version != nil
}

// readCSAF keeps to the schema and to the mandatory tests; what a document
// breaks of them is for a person to weigh.
func readCSAF(r *Reading) error {
	in, err := csaf.Decode(r.text())
	r.Document = in
	if errors.Is(err, csaf.ErrDraftStandard) {
		r.add("csaf-version", "/document/csaf_version", "it is in CSAF 2.1, a draft, of which only the main points are read", false)
		return nil
	}
	if err != nil {
		return err
	}
	faults, err := csaf.Validate(r.text())
	if err != nil {
		return err
	}
	for _, fault := range faults {
		r.add("csaf-schema", "", fault, false)
	}
	found, err := semantic.Check(r.text())
	if err != nil {
		return err
	}
	for _, p := range found {
		r.add("csaf "+p.Test, p.Path, p.Message, false)
	}
	return nil
}

func isSTIX(top map[string]json.RawMessage) bool {
	var kind string
	if json.Unmarshal(top["type"], &kind) == nil && kind == "bundle" {
		return true
	}
	var objects []json.RawMessage
	return top["type"] == nil && json.Unmarshal(top["objects"], &objects) == nil && len(objects) > 0
}

func readSTIX(r *Reading) error {
	received, err := stix.Decode(r.text(), stix.Limits{})
	if err != nil {
		return err
	}
	for _, why := range received.Skipped {
		r.add("stix-object", "", inventory.CleanText(why, 300), false)
	}
	for _, a := range received.Answers {
		r.answers = append(r.answers, answer{Answer: a})
	}
	switch {
	case len(received.Documents) > 0:
		r.Document = received.Documents[0]
		if n := len(received.Documents); n > 1 {
			r.add("several", "", fmt.Sprintf("it holds %d documents, and only the first is read: they have to be split", n), false)
		}
	case len(r.answers) > 0:
		r.Document = exchange.Document{Format: "stix", Title: "Answers to what we sent"}
	default:
		return errors.New("it holds no report, no vulnerability and no answer")
	}
	return nil
}

func isMISP(top map[string]json.RawMessage) bool { return top["Event"] != nil }

func readMISP(r *Reading) error {
	received, err := misp.Decode(r.text(), misp.Limits{})
	if err != nil {
		return err
	}
	r.Document = received.Document
	if !received.Published {
		r.notes = append(r.notes, "its sender has not published the event yet")
	}
	return nil
}
