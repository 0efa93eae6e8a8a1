package store_test

import (
	"slices"
	"testing"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

func TestPagingIsStable(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	var want []inventory.AssetID
	for i := range 7 {
		want = append(want, w.asset(org, addressOf(i)).ID)
	}
	var got []inventory.AssetID
	page := inventory.Page{Limit: 3}
	for n := 0; ; n++ {
		assets, next, err := w.Assets(t.Context(), inventory.AssetFilter{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range assets {
			got = append(got, a.ID)
		}
		switch n {
		case 0: // what comes and goes meanwhile neither repeats nor hides others
			want = append(want, w.asset(org, addressOf(100)).ID)
			if err := w.RetireAsset(t.Context(), "mara", want[1], "sold"); err != nil {
				t.Fatal(err)
			}
		}
		if page.Cursor = next; next == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("paged through %v, want %v", got, want)
	}
}

func TestPageThatEndsExactlyHasNoNext(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"One", "Two"} {
		w.org(name)
	}
	list, next, err := w.Organizations(t.Context(), inventory.Page{Limit: 2})
	if err != nil || len(list) != 2 || next != "" {
		t.Errorf("Organizations(2 of 2) = %d rows, next %q, %v", len(list), next, err)
	}
}

func TestNewestFirst(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"One", "Two", "Three"} {
		w.org(name)
	}
	first, next, err := w.AuditRecords(t.Context(), audit.Filter{}, inventory.Page{Limit: 2})
	if err != nil || len(first) != 2 || first[0].Seq != 3 || first[1].Seq != 2 {
		t.Fatalf("first page = %+v, %v", first, err)
	}
	second, next, err := w.AuditRecords(t.Context(), audit.Filter{}, inventory.Page{Limit: 2, Cursor: next})
	if err != nil || len(second) != 1 || second[0].Seq != 1 || next != "" {
		t.Errorf("second page = %+v, next %q, %v", second, next, err)
	}
}

func TestBadPages(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"One", "Two"} {
		w.org(name)
	}
	_, cursor, err := w.Organizations(t.Context(), inventory.Page{Limit: 1})
	if err != nil || cursor == "" {
		t.Fatalf("Organizations = next %q, %v", cursor, err)
	}
	for name, page := range map[string]inventory.Page{
		"of another list": {Cursor: cursor},
		"not base64":      {Cursor: "%%%"},
		"not a number":    {Cursor: "YXNzZXRzOng"}, // "assets:x"
		"a huge page":     {Limit: 501},
		"a negative page": {Limit: -1},
	} {
		_, _, err := w.Assets(t.Context(), inventory.AssetFilter{}, page)
		wantErr(t, name, err, inventory.ErrInvalid)
	}
}
