package api

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth"
)

// An organisation's own people call the same operations as the CERT's, and
// mean their organisation by all of them. Three things see to it, and an
// operation has to do nothing:
//
//   - what a request says of an organisation is filled in here, or refused
//     when it is another one;
//   - other objects are not there for them: the store reads as the database
//     shows it to them (row-level security), so that an id of somebody else's
//     is not found;
//   - access says which operations they may call at all.
//
// What goes on with account.Unbound has checked the object by a limited read.

// orgNames are the names under which requests speak of an organisation, by the
// tag of the input's field.
var orgNames = map[string][]string{
	"query": {"org", "org_id"},
	"json":  {"org_id", "org_ids"},
}

// holdToOwn fills in a bound caller's organisation where in leaves it out, and
// refuses any other. Others' organisations are not found, whether they exist
// or not.
func holdToOwn(ctx context.Context, path string, in any) error {
	who, ok := auth.FromContext(ctx)
	if !ok || !who.Bound() {
		return nil
	}
	h := holder{own: string(who.Org), about: strings.HasPrefix(path, "/organizations/{id}")}
	return h.fields(reflect.ValueOf(in).Elem())
}

// A holder walks an input.
type holder struct {
	own   string
	about bool // the path's id is an organisation's
}

func (h holder) fields(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return h.fields(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := h.fields(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			if err := h.field(v, f, v.Field(i)); err != nil {
				return err
			}
		}
	default: // holds nothing further
	}
	return nil
}

func (h holder) field(in reflect.Value, f reflect.StructField, v reflect.Value) error {
	named := h.about && f.Tag.Get("path") == "id"
	for tag, names := range orgNames {
		name, _, _ := strings.Cut(f.Tag.Get(tag), ",")
		named = named || slices.Contains(names, name)
	}
	switch {
	case named && v.Kind() == reflect.String:
		if v.String() == "" && !ofAnAsset(in) {
			v.SetString(h.own)
		}
		return h.check(v.String())
	case named && v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
		for i := range v.Len() {
			if err := h.check(v.Index(i).String()); err != nil {
				return err
			}
		}
		if v.Len() == 0 {
			v.Set(reflect.Append(v, reflect.ValueOf(h.own).Convert(v.Type().Elem())))
		}
		return nil
	}
	return h.fields(v)
}

// ofAnAsset tells whether in is about an asset instead of an organisation: a
// scan is asked for one or the other.
func ofAnAsset(in reflect.Value) bool {
	asset := in.FieldByName("AssetID")
	return asset.IsValid() && asset.Kind() == reflect.String && asset.String() != ""
}

func (h holder) check(org string) error {
	if org == "" || org == h.own {
		return nil
	}
	return &advised{
		err:  fmt.Errorf("organisation %s: %w", org, inventory.ErrNotFound),
		hint: "you see " + h.own + " only: name that one, or none",
	}
}

// ownOrg is the organisation to which a caller is bound, "" for the CERT's own.
func ownOrg(ctx context.Context) inventory.OrganizationID {
	id, _ := auth.FromContext(ctx)
	return id.Org
}

// boundTo is the organisation that the caller may see of the one asked for, ""
// being any: a bound one's own.
func boundTo(ctx context.Context, org inventory.OrganizationID) (inventory.OrganizationID, error) {
	own := ownOrg(ctx)
	if own == "" || org == "" {
		return cmp.Or(own, org), nil
	}
	return org, theirs(ctx, "organization", org, org)
}

// theirs is inventory.ErrNotFound for an object of another organisation than
// that to which the caller is bound.
func theirs[T ~string](ctx context.Context, object string, id T, org inventory.OrganizationID) error {
	if own := ownOrg(ctx); own != "" && org != own {
		return fmt.Errorf("%s %s: %w", object, id, inventory.ErrNotFound)
	}
	return nil
}
