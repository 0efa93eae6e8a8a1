package misp

import (
	"slices"
	"strings"
	"testing"
)

// MISP refuses a type in a category where it does not belong.
func TestTypesBelongToTheirCategories(t *testing.T) {
	valid := map[Word]string{
		"External analysis": "link sha256 text vulnerability", "Internal reference": "text", "Network activity": "hostname ip-dst port text", "Other": "text",
	}
	e := encode(t, full(), options())
	all := slices.Clone(e.Attributes)
	for _, o := range e.Objects {
		all = append(all, o.Attributes...)
	}
	for _, a := range all {
		if !slices.Contains(strings.Fields(valid[a.Category]), string(a.Type)) {
			t.Errorf("%s %q stands in %s", a.Type, a.Value, a.Category)
		}
		if a.Value == "" || a.Distribution != "5" || a.Timestamp != "1772438400" {
			t.Errorf("attribute %+v", a)
		}
	}
	a := full()
	a.Title = strings.Repeat("long ", 100)
	if info := encode(t, a, options()).Info; len(info) > 256 {
		t.Errorf("MISP would cut a title of %d bytes", len(info))
	}
}

// Templates as MISP publishes them: what each object may hold, as which type,
// and of what it needs one.
func TestObjectsFollowTheirTemplates(t *testing.T) {
	templates := map[Word]struct {
		types    string
		oneOf    string
		multiple string
	}{
		"vulnerability":    {"id:vulnerability summary:text cvss-string:text", "id summary", ""},
		"weakness":         {"id:text", "id", ""},
		"cpe-asset":        {"cpe:text vendor:text product:text version:text description:text", "cpe", ""},
		"course-of-action": {"name:text description:text stage:text", "name", ""},
		"report":           {"case-number:text title:text type:text summary:text link:link", "title summary link", "title summary link type"},
		"ip-port":          {"ip:ip-dst dst-port:port protocol:text hostname:hostname text:text", "ip dst-port hostname", "ip dst-port hostname"},
	}
	seen := map[Word]bool{}
	for _, o := range encode(t, full(), options()).Objects {
		tpl, ok := templates[o.Name]
		if !ok {
			t.Errorf("object %s has no template", o.Name)
		}
		seen[o.Name] = true
		count := map[Word]int{}
		has := false
		for _, a := range o.Attributes {
			if !slices.Contains(strings.Fields(tpl.types), string(a.Relation+":"+a.Type)) {
				t.Errorf("%s has no %s of type %s", o.Name, a.Relation, a.Type)
			}
			if count[a.Relation]++; count[a.Relation] > 1 && !slices.Contains(strings.Fields(tpl.multiple), string(a.Relation)) {
				t.Errorf("%s has several %s", o.Name, a.Relation)
			}
			has = has || slices.Contains(strings.Fields(tpl.oneOf), string(a.Relation))
		}
		if !has {
			t.Errorf("%s lacks what its template demands", o.Name)
		}
	}
	if len(seen) != len(templates) {
		t.Errorf("only %v are there", seen)
	}
}
