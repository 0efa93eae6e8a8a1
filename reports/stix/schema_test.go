package stix

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	schemaDir  = "../../../shared/data/stix-2.1-schemas/schemas"
	schemaBase = "http://raw.githubusercontent.com/oasis-open/cti-stix2-json-schemas/stix2.1/schemas/"
)

// schemas reads the schemas once; the error says that they are absent.
var schemas = sync.OnceValues(func() (*jsonschema.Compiler, error) {
	c := jsonschema.NewCompiler()
	err := filepath.WalkDir(schemaDir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return err
		}
		name, err := filepath.Rel(schemaDir, path)
		if err != nil {
			return err
		}
		return c.AddResource(schemaBase+filepath.ToSlash(name), doc)
	})
	return c, err
})

// validate holds each object against the OASIS schema of its type. Without the
// schemas the rest of the test goes on, and TestSchemas says that they miss.
func validate(t *testing.T, objects []Object) {
	t.Helper()
	c, err := schemas()
	if err != nil {
		return
	}
	for _, o := range objects {
		var dir string
		switch o.Type {
		case "marking-definition":
			dir = "common/"
		case "software":
			dir = "observables/"
		case "relationship", "sighting":
			dir = "sros/"
		default:
			dir = "sdos/"
		}
		schema, err := c.Compile(schemaBase + dir + o.Type + ".json")
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(o.Raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s does not hold to its schema: %v\n%s", o.ID, err, o.Raw)
		}
	}
}

func TestSchemas(t *testing.T) {
	c, err := schemas()
	if os.IsNotExist(err) {
		t.Skipf("the STIX schemas are not in %s, so no object was held against them", schemaDir)
	}
	if err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(schemaBase + "sdos/report.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"type":"report"}`))
	if err != nil {
		t.Fatal(err)
	}
	if schema.Validate(doc) == nil {
		t.Error("the schema takes anything")
	}
}
