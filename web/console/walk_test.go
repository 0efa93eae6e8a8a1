package console_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/console"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// place is a part of a route that stands for something.
var place = regexp.MustCompile(`\{[^}]*\}`)

// TestRolesOpenTheirPages walks every page, and every form that is sent to
// one, as every role and as nobody, and holds the outcome to the table of
// access of the API.
func TestRolesOpenTheirPages(t *testing.T) {
	w := consoletest.New(t)
	const notForYou = "This page is not for your role"
	walked := 0
	for _, p := range console.Pages() {
		method, path, _ := strings.Cut(p.Route, " ")
		path = place.ReplaceAllString(strings.ReplaceAll(path, "{$}", ""), "X-999")
		if p.Stream {
			continue // answers as long as somebody listens; its door is the same
		}
		open := func(role string) consoletest.Response {
			if method == http.MethodGet {
				return w.As(role).Get(path)
			}
			return w.As(role).Post(path, nil)
		}
		stranger := open("")
		switch {
		case p.Public:
		case method == http.MethodGet && (stranger.Status != http.StatusSeeOther || !strings.HasPrefix(stranger.Location, "/sign-in?next=")):
			t.Errorf("%s as nobody = %d %s, want to be led to sign in", p.Route, stranger.Status, stranger.Location)
		case method != http.MethodGet && stranger.Status != http.StatusUnauthorized && stranger.Status != http.StatusSeeOther:
			t.Errorf("%s as nobody = %d, want a refusal", p.Route, stranger.Status)
		}
		if p.Needs == "" {
			continue
		}
		for _, role := range auth.Roles() {
			page := open(string(role))
			refused := page.Status == http.StatusForbidden && page.Has(notForYou)
			if may := api.May(p.Needs, role); may == refused {
				t.Errorf("%s as %s = %d, but %s may call %s: %t", p.Route, role, page.Status, role, p.Needs, may)
			}
			if page.Status >= http.StatusInternalServerError {
				t.Errorf("%s as %s = %d", p.Route, role, page.Status)
			}
			walked++
		}
	}
	if walked < len(auth.Roles()) {
		t.Errorf("%d pages were walked", walked)
	}
}

// TestOperatorsSeeTheirOwnPages opens every list and every page of an object
// as one organisation's people, with the ids of another's.
func TestOperatorsSeeTheirOwnPages(t *testing.T) {
	w := consoletest.New(t)
	// Ids stand in examples of forms as well: names and addresses do not.
	foreign := regexp.MustCompile(`\b(?:` + name(t, w, w.Water) + `|` + name(t, w, w.Rail) + `)\b|198\.51\.100\.`)
	ids := map[string]string{"organizations": string(w.Water), "operators": string(w.Water)}
	for _, a := range w.Assets {
		if a.Org == w.Water {
			ids["assets"] = string(a.ID)
		}
	}
	for _, f := range w.Findings {
		if f.Org == w.Water {
			ids["findings"] = string(f.ID)
		}
	}
	for _, p := range console.Pages() {
		method, path, _ := strings.Cut(p.Route, " ")
		if method != http.MethodGet || p.Stream || p.Public {
			continue
		}
		id := ids[strings.Split(path, "/")[1]]
		path = place.ReplaceAllString(strings.ReplaceAll(path, "{$}", ""), id)
		if strings.Contains(path, "//") || strings.HasSuffix(path, "/") && len(path) > 1 {
			continue // of an object that only one of them has
		}
		for _, role := range []auth.Role{auth.Operator, auth.OperatorAdmin} {
			page := w.As(string(role)).Get(path)
			body := page.Body
			if id != "" {
				body = strings.ReplaceAll(body, path, "") // where the page itself is
			}
			if strings.Contains(p.Route, "{id}") && page.Status == http.StatusOK {
				t.Errorf("%s of another organisation's %s as %s = %d, want it not found", p.Route, id, role, page.Status)
			}
			if m := foreign.FindString(body); m != "" && page.Status == http.StatusOK {
				t.Errorf("%s as %s shows %s of another organisation", path, role, m)
			}
		}
	}
}

func name(t *testing.T, w *consoletest.World, id inventory.OrganizationID) string {
	t.Helper()
	org, err := w.Store.Organization(w.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.QuoteMeta(org.Name)
}
