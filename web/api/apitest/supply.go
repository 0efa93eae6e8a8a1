package apitest

import (
	"context"
	"errors"
	"net/netip"
	"reflect"
)

// Supply gives the struct that deps points to, api.Deps, every part that it
// lacks and one of the candidates can be, the first that fits. The store is
// nearly all of them, so that a new part of the API is in the tests as soon as
// the store has it.
func Supply(deps any, candidates ...any) {
	fields := reflect.ValueOf(deps).Elem()
	for i := range fields.NumField() {
		field := fields.Field(i)
		if field.Kind() != reflect.Interface || !field.IsNil() {
			continue
		}
		for _, c := range candidates {
			if v := reflect.ValueOf(c); v.Type().Implements(field.Type()) {
				field.Set(v)
				break
			}
		}
	}
}

// NoNames is a resolver that knows no name.
type NoNames struct{}

var errNoName = errors.New("no such name")

// Lookup finds no address.
func (NoNames) Lookup(context.Context, string) ([]netip.Addr, error) { return nil, errNoName }

// LookupTXT finds no text.
func (NoNames) LookupTXT(context.Context, string) ([]string, error) { return nil, errNoName }
