package advisory

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// A FieldChange is one difference between two advisories, for people. Before
// is empty for what was added, After for what was taken out.
type FieldChange struct {
	Field  string `json:"field"` // "title", "reach.assets"; of a list its name: "cves"
	Before string `json:"before"`
	After  string `json:"after"`
}

// bookkeeping is what every step changes, and no reader of a diff wants.
var bookkeeping = []string{
	"id", "revision", "state", "author", "editors", "approver", "created_at", "updated_at", "approved_at", "legal_by", "legal_at", "history",
}

// Diff lists what b says otherwise than a, in the order of the advisory's
// fields. Of a list it names each entry that came or went; the order of
// entries does not count. Who did what and when is left out.
func Diff(a, b Advisory) []FieldChange {
	var out []FieldChange
	diffStructs("", reflect.ValueOf(a), reflect.ValueOf(b), &out)
	return slices.DeleteFunc(out, func(c FieldChange) bool { return slices.Contains(bookkeeping, c.Field) })
}

func diffStructs(path string, a, b reflect.Value, out *[]FieldChange) {
	for i := range a.NumField() {
		name := path + jsonName(a.Type().Field(i))
		x, y := a.Field(i), b.Field(i)
		switch {
		case x.Type() == reflect.TypeFor[[]Translation]():
			diffTranslations(name+".", x.Interface().([]Translation), y.Interface().([]Translation), out)
		case x.Kind() == reflect.Slice:
			diffLists(name, entries(x), entries(y), out)
		case x.Kind() == reflect.Struct && x.Type() != reflect.TypeFor[time.Time]():
			diffStructs(name+".", x, y, out)
		default:
			if before, after := shown(x), shown(y); before != after {
				*out = append(*out, FieldChange{name, before, after})
			}
		}
	}
}

// diffTranslations pairs them by language: "translations.bn.title".
func diffTranslations(path string, before, after []Translation, out *[]FieldChange) {
	in := func(all []Translation, language string) reflect.Value {
		t := Translation{Language: language}
		if i := slices.IndexFunc(all, func(t Translation) bool { return t.Language == language }); i >= 0 {
			t = all[i]
		}
		return reflect.ValueOf(t)
	}
	var languages []string
	for _, t := range slices.Concat(before, after) {
		languages = append(languages, t.Language)
	}
	slices.Sort(languages)
	for _, language := range slices.Compact(languages) {
		diffStructs(path+language+".", in(before, language), in(after, language), out)
	}
}

// diffLists pairs nothing: an entry is there or it is not, as often as it is.
func diffLists(name string, before, after []string, out *[]FieldChange) {
	left := slices.Clone(after)
	for _, e := range before {
		if i := slices.Index(left, e); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else {
			*out = append(*out, FieldChange{Field: name, Before: e})
		}
	}
	for _, e := range left {
		*out = append(*out, FieldChange{Field: name, After: e})
	}
}

func entries(list reflect.Value) []string {
	out := make([]string, list.Len())
	for i := range out {
		out[i] = shown(list.Index(i))
	}
	return out
}

// shown writes a value for people; of a struct the fields that say something:
// "vendor redis, name redis, version 7.0.15".
func shown(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil():
		return ""
	case v.Kind() == reflect.Pointer:
		return shown(v.Elem())
	case v.Kind() == reflect.Bool:
		return map[bool]string{true: "yes", false: "no"}[v.Bool()]
	case v.Type() == reflect.TypeFor[time.Time]():
		return v.Interface().(time.Time).UTC().Format(time.RFC3339)
	case v.Kind() == reflect.Slice:
		return strings.Join(entries(v), " ")
	case v.Kind() == reflect.Struct:
		var words []string
		for i := range v.NumField() {
			if !v.Field(i).IsZero() {
				words = append(words, jsonName(v.Type().Field(i))+" "+shown(v.Field(i)))
			}
		}
		return strings.Join(words, ", ")
	}
	return fmt.Sprint(v.Interface())
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
