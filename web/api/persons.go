package api

import (
	"context"
	"reflect"
	"slices"

	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// Who of the CERT did something is not an organisation's business: its people
// deal with the CERT, and whoever knows its analysts' names knows whom to
// deceive. Fields of answers that hold a user's name are marked with
// `person:"true"`, and here such a name that is not of the organisation's own
// people is replaced; an operation has to do nothing.

// answersWith is under what an operation keeps the type of its answer.
const answersWith = "answer"

// theCERT stands in place of the names of its people.
const theCERT = "CERT"

// veil replaces in an answer to an organisation's people the names of others.
func (s *server) veil(ctx context.Context, answer any) error {
	who, _ := auth.FromContext(ctx)
	if !who.Bound() {
		return nil
	}
	var fields []reflect.Value
	persons(reflect.ValueOf(answer), &fields)
	var names []string
	for _, f := range fields {
		if name := f.String(); name != who.User && !account.Machine(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	own, err := s.Accounts.OwnNames(ctx, who.Org, names)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if name := f.String(); slices.Contains(names, name) && !own[name] {
			f.SetString(theCERT)
		}
	}
	return nil
}

// persons finds the fields that name somebody and are not empty.
func persons(v reflect.Value, out *[]reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			persons(v.Elem(), out)
		}
	case reflect.Slice:
		if !namesPersons(v.Type().Elem(), nil) {
			return
		}
		for i := range v.Len() {
			persons(v.Index(i), out)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch f := v.Type().Field(i); {
			case !f.IsExported():
			case f.Tag.Get("person") == "true":
				if v.Field(i).String() != "" {
					*out = append(*out, v.Field(i))
				}
			default:
				persons(v.Field(i), out)
			}
		}
	default: // names nobody
	}
}

// namesPersons tells whether a type has such a field anywhere. within are the
// types that it is part of.
func namesPersons(t reflect.Type, within []reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return namesPersons(t.Elem(), within)
	case reflect.Struct:
		if slices.Contains(within, t) {
			return false
		}
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && (f.Tag.Get("person") == "true" || namesPersons(f.Type, append(within, t))) {
				return true
			}
		}
	default: // names nobody
	}
	return false
}
