package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

func TestTheirs(t *testing.T) {
	for own, found := range map[inventory.OrganizationID]bool{"": true, "ORG-1": true, "ORG-2": false} {
		ctx := auth.WithIdentity(t.Context(), auth.Identity{User: "otto", Role: auth.Operator, Org: own})
		if err := theirs(ctx, "finding", inventory.FindingID("F-1"), "ORG-1"); (err == nil) != found || (!found && !errors.Is(err, inventory.ErrNotFound)) {
			t.Errorf("what is ORG-1's is for people of %q: %v", own, err)
		}
	}
}

// changeable are tokens whose holder's role changes.
type changeable struct{ role auth.Role }

func (c *changeable) UserByToken(context.Context, string) (auth.Identity, error) {
	return auth.Identity{User: "bo", Role: c.role}, nil
}

// TestWhoBecameAnotherMeanwhile: a body that was long on its way is not taken
// with the rights that its sender had when it began.
func TestWhoBecameAnotherMeanwhile(t *testing.T) {
	for role, want := range map[auth.Role]int{auth.Analyst: http.StatusCreated, auth.Auditor: http.StatusUnauthorized} {
		f, tokens := apitest.New(), &changeable{auth.Analyst}
		d := deps(f)
		d.Tokens = tokens
		r := httptest.NewRequest(http.MethodPost, Base+"/organizations", &lateBody{
			strings.NewReader(`{"name":"Grid","sector":"energy","country":"LK"}`), func() { tokens.role = role },
		})
		r.Header.Set("Authorization", "Bearer "+auth.TokenPrefix+"x")
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		New(d).ServeHTTP(rec, r)
		if rec.Code != want {
			t.Errorf("an analyst who has become %s: %d %s, want %d", role, rec.Code, rec.Body, want)
		}
	}
}

// ordering knows an order not to scan, and keeps what is done to findings.
type ordering struct {
	*apitest.Fake
	deed inventory.FindingDeed
}

func (ordering) ExclusionsOf(context.Context, inventory.OrganizationID) ([]inventory.Exclusion, error) {
	return []inventory.Exclusion{{ID: "X-1", Name: "a.example", CreatedBy: "mara", CreatedAt: apitest.Noon, Until: apitest.Noon.AddDate(0, 1, 0)}}, nil
}

func (o *ordering) ActOnFindings(_ context.Context, _ string, _ inventory.Chosen, deed inventory.FindingDeed) (inventory.Acted, error) {
	o.deed = deed
	return inventory.Acted{ID: "B-1"}, nil
}

// TestOperatorsDoNotSeeWhoActed: neither who did something to an asset, nor who
// ordered not to scan, nor who wrote a permission down or handed it in.
func TestOperatorsDoNotSeeWhoActed(t *testing.T) {
	f := apitest.New()
	f.Auths[0].CreatedBy, f.Auths[0].SubmittedBy = "mara", "mara"
	d := deps(f)
	d.Profiles = &ordering{Fake: f}
	h := New(d)
	for path, fields := range map[string]int{
		"/assets/" + string(f.Registered[0].ID) + "/page": 1, "/organizations/ORG-1/exclusions": 1,
		"/authorizations": 2, "/authorizations/AUTH-9": 2,
	} {
		for role, want := range map[auth.Role]string{auth.OperatorAdmin: `"CERT"`, auth.Analyst: `"mara"`} {
			rec := call(h, role, http.MethodGet, Base+path, "")
			if rec.Code != http.StatusOK || strings.Count(rec.Body.String(), want) != fields {
				t.Errorf("%s as %s = %d %s, want %s %d times", path, role, rec.Code, rec.Body, want, fields)
			}
		}
	}
}

// TestCalendarCountsOrders: on each day that an order holds for a part of, and
// for the CERT alone.
func TestCalendarCountsOrders(t *testing.T) {
	f := apitest.New()
	day := apitest.Noon.Truncate(24 * time.Hour)
	f.Excluded = []inventory.Exclusion{{ID: "X-1", Name: "a.example", CreatedAt: day.Add(30 * time.Hour), Until: day.Add(72 * time.Hour)}}
	h := newAPI(t, f)
	for role, want := range map[auth.Role]string{auth.Analyst: "[0 1 1 0]", auth.OperatorAdmin: "[0 0 0 0]"} {
		c := read[wire.Calendar](t, call(h, role, http.MethodGet, Base+"/calendar?days=4", ""), 200)
		var got []int
		for _, d := range c.Days {
			got = append(got, d.Excluded)
		}
		if fmt.Sprint(got) != want || (len(c.Exclusions) == 1) != (role == auth.Analyst) {
			t.Errorf("%s sees orders on %v, want %s; %+v", role, got, want, c.Exclusions)
		}
	}
	past := read[wire.Calendar](t, call(h, auth.Analyst, http.MethodGet, Base+"/calendar?days=4&from="+day.AddDate(0, 0, -4).Format(time.DateOnly), ""), 200)
	if len(past.Slots) != 0 {
		t.Errorf("the past plans %+v", past.Slots)
	}
}

// TestDifferenceOfScans: of two that have ended, of one organisation.
func TestDifferenceOfScans(t *testing.T) {
	f := apitest.New()
	for i, org := range []inventory.OrganizationID{"ORG-1", "ORG-1", "ORG-2", "ORG-1"} {
		s, err := f.Start(t.Context(), "mara", org, "", "light")
		if err != nil {
			t.Fatal(err)
		}
		end := apitest.Noon.Add(time.Duration(i-24) * time.Hour)
		if s.ID != "S-4" { // runs yet
			f.Started[i].FinishedAt = &end
		}
	}
	h := newAPI(t, f)
	got := read[wire.Difference](t, call(h, auth.Analyst, http.MethodGet, Base+"/diff?from_scan=S-1&to_scan=S-2", ""), 200)
	if want := apitest.Noon.Add(-24*time.Hour + time.Second); got.OrgID != "ORG-1" || !got.From.Equal(want) || !got.To.Equal(want.Add(time.Hour)) {
		t.Errorf("between two scans = %+v", got)
	}
	for query, at := range map[string]string{"from_scan=S-1&to_scan=S-3": "to_scan", "from_scan=S-4": "from_scan", "org=ORG-2&from_scan=S-1": "from_scan"} {
		p := read[wire.Problem](t, call(h, auth.Analyst, http.MethodGet, Base+"/diff?"+query, ""), 422)
		if len(p.Errors) != 1 || !strings.HasSuffix(p.Errors[0].Location, at) {
			t.Errorf("%s = %+v, want a mistake in %s", query, p.Errors, at)
		}
	}
}

func TestEditOfAPeerThatChangedMeanwhileIsRefused(t *testing.T) {
	h := newAPI(t, apitest.New())
	path := Base + "/peers/TEAM-1"
	seen := read[wire.Peer](t, call(h, auth.Analyst, http.MethodGet, path, ""), 200)
	edit := fmt.Sprintf(`{"name":"New","version":%q}`, seen.Version)
	if got := read[wire.Peer](t, call(h, auth.Analyst, http.MethodPatch, path, edit), 200); got.Name != "New" || got.Version == seen.Version {
		t.Errorf("edited: %+v", got)
	}
	if p := read[wire.Problem](t, call(h, auth.Analyst, http.MethodPatch, path, edit), 412); p.Kind != wire.KindStale {
		t.Errorf("the same edit again = %+v", p)
	}
}

// registering are names that no advisory may have.
type registering struct {
	*apitest.Fake
	names []string
}

func (r *registering) Forbidden(context.Context) ([]string, error) { return r.names, nil }

// TestPublishedAdvisoriesNameNobody: who is registered after an advisory was
// approved is not named by it, either.
func TestPublishedAdvisoriesNameNobody(t *testing.T) {
	for _, name := range []string{"", "Redis Water Board"} {
		f := apitest.New()
		r, d := &registering{Fake: f}, deps(f)
		d.AdvisoryLife = r
		h := New(d)
		a := read[wire.Advisory](t, call(h, auth.Analyst, http.MethodPost, Base+"/advisories/new", strings.NewReplacer("Redis runs", "Redis Water Board runs", `"red"`, `"green"`).Replace(redis)), 201)
		read[wire.Advisory](t, call(h, auth.Analyst, http.MethodPatch, Base+"/advisories/"+a.ID, `{"fix":"Update."}`), 200)
		read[wire.Advisory](t, call(h, auth.Approver, http.MethodPost, Base+"/advisories/"+a.ID+"/approve", ""), 200)
		want := http.StatusOK
		if name != "" {
			r.names, want = []string{name}, http.StatusUnprocessableEntity
		}
		if rec := call(h, auth.Approver, http.MethodPost, Base+"/advisories/"+a.ID+"/publish", ""); rec.Code != want || (len(f.Published) == 1) != (name == "") {
			t.Errorf("with %q registered since: %d %s, want %d; published %d", name, rec.Code, rec.Body, want, len(f.Published))
		}
	}
}

func TestAssigneeMe(t *testing.T) {
	for asked, want := range map[string]string{"me": "the-analyst", "bo": "bo", "": ""} {
		f := apitest.New()
		o := &ordering{Fake: f}
		d := deps(f)
		d.Handling = o
		read[wire.Done](t, call(New(d), auth.Analyst, http.MethodPost, Base+"/findings/acts", fmt.Sprintf(`{"act":"assign","ids":["F-1"],"assignee":%q}`, asked)), 200)
		if o.deed.Assignee != want {
			t.Errorf("assigned to %q: %q, want %q", asked, o.deed.Assignee, want)
		}
	}
}

func TestBackupsAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		ahead  time.Duration
		host   string
		file   string
		status int
		at     string
	}{
		"plain":        {0, "db1", "a.dump", 201, ""},
		"a fast clock": {aheadAtMost, "db1", "a.dump", 201, ""},
		"to come":      {aheadAtMost + time.Second, "db1", "a.dump", 422, "at"},
		"hidden host":  {0, "db\u202e1", "a.dump", 422, "host"},
		"hidden file":  {0, "db1", "a\u2066.dump", 422, "file"},
	} {
		rec := call(newAPI(t, apitest.New()), auth.Administrator, http.MethodPost, Base+"/backups", fmt.Sprintf(`{"at":%q,"host":%q,"file":%q,"bytes":1,"sha256":%q}`,
			apitest.Noon.Add(c.ahead).Format(time.RFC3339), c.host, c.file, strings.Repeat("0", 64)))
		if rec.Code != c.status || (c.at != "" && !strings.Contains(rec.Body.String(), c.at+`"`)) {
			t.Errorf("%s = %d %s, want %d", name, rec.Code, rec.Body, c.status)
		}
	}
}
