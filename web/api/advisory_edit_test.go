package api

import (
	"net/http"
	"testing"

	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

func TestEditOfWhatChangedMeanwhileIsRefused(t *testing.T) {
	h := newAPI(t, apitest.New())
	a := read[wire.Advisory](t, call(h, auth.Analyst, http.MethodPost, "/api/v1/advisories/new",
		`{"category":"exposure","tlp":"amber","title":"A weakness","summary":"It is weak."}`), 201)
	path := "/api/v1/advisories/" + a.ID
	p := read[wire.Problem](t, call(h, auth.Analyst, http.MethodPatch, path, `{"title":"Mine","version":"2001-01-01T00:00:00Z"}`), 412)
	if p.Kind != wire.KindStale {
		t.Errorf("kind %q, want %q", p.Kind, wire.KindStale)
	}
	if got := read[wire.Advisory](t, call(h, auth.Analyst, http.MethodPatch, path, `{"title":"Mine","version":`+quoted(t, a.UpdatedAt.Format("2006-01-02T15:04:05.999999999Z07:00"))+`}`), 200); got.Title != "Mine" {
		t.Errorf("title %q of an edit that saw the present text", got.Title)
	}
	if got := read[wire.Advisory](t, call(h, auth.Analyst, http.MethodPatch, path, `{"title":"Theirs"}`), 200); got.Title != "Theirs" {
		t.Errorf("title %q of an edit without a version", got.Title)
	}
}
