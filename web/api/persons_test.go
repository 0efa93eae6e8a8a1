package api

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/auth"
)

// nobody are fields that read like a person's name and hold none, or one that
// its reader may know.
var nobody = map[string]string{
	"Authorization.SignedBy":    "who signed for the organisation",
	"ReportProof.ReplacedBy":    "a report",
	"Bulletin.SupersededBy":     "an advisory",
	"Identity.User":             "the reader",
	"NewAuthorization.SignedBy": "as in Authorization",
}

var personal = regexp.MustCompile(`(By|Actor|Author|Assignee|User)$`)

// TestNamesOfPersonsAreMarked holds every field of answers to organisations'
// people that reads like somebody's name to the mark by which it is veiled.
func TestNamesOfPersonsAreMarked(t *testing.T) {
	marked := 0
	for id, out := range answers(t) {
		if !slices.ContainsFunc(access[id], auth.Role.Bound) {
			continue
		}
		walkFields(out, nil, func(in reflect.Type, f reflect.StructField) {
			name := in.Name() + "." + f.Name
			switch is := f.Tag.Get("person") == "true"; {
			case is && f.Type.Kind() != reflect.String:
				t.Errorf("%s: %s is marked and no text", id, name)
			case is:
				marked++
			case f.Type.Kind() == reflect.String && personal.MatchString(f.Name) && nobody[name] == "":
				t.Errorf(`%s: %s is not marked with person:"true"`, id, name)
			}
		})
	}
	if marked == 0 {
		t.Error("no answer has a marked field")
	}
}

// answers are the types that operations answer with, as they were registered.
func answers(t *testing.T) map[string]reflect.Type {
	t.Helper()
	out := map[string]reflect.Type{}
	s := newServer(deps(apitest.New()), http.NewServeMux())
	for _, item := range s.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				out[op.OperationID], _ = op.Metadata[answersWith].(reflect.Type)
			}
		}
	}
	return out
}

func walkFields(t reflect.Type, within []reflect.Type, do func(reflect.Type, reflect.StructField)) {
	if t == nil || slices.Contains(within, t) {
		return
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		walkFields(t.Elem(), within, do)
	case reflect.Struct:
		if !strings.Contains(t.PkgPath(), "ciiscan") {
			return
		}
		for i := range t.NumField() {
			f := t.Field(i)
			do(t, f)
			walkFields(f.Type, append(slices.Clone(within), t), do)
		}
	default: // has no fields
	}
}
