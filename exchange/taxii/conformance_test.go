package taxii

import (
	"strconv"
	"strings"
	"testing"
)

// TestConformance walks the standard's points, in the order of a checklist.
func TestConformance(t *testing.T) {
	post := envelopeOf(objectJSON("sighting", 1, start))
	for _, c := range []struct {
		point, reason string
		method, path  string
		body          string
		headers       []string
		status        int
	}{
		{"1", "without a credential", "GET", Prefix, "", []string{"Authorization:"}, 401},
		{"1", "with a wrong key", "GET", a, "", []string{"Authorization: Basic eDp5"}, 401},
		{"1", "with a key", "GET", Prefix, "", nil, 200},
		{"1", "a stranger does not learn what exists", "GET", "/taxii2/nothing/", "", []string{"Authorization:"}, 401},

		{"2", "Accept without a version", "GET", Prefix, "", []string{"Accept: application/taxii+json"}, 200},
		{"2", "Accept of many", "GET", Prefix, "", []string{"Accept: text/html, application/taxii+json; version=2.1"}, 200},
		{"2", "Accept of anything", "GET", Prefix, "", []string{"Accept: */*"}, 200},
		{"2", "no Accept", "GET", Prefix, "", []string{"Accept:"}, 200},
		{"2", "Accept of another version", "GET", Prefix, "", []string{"Accept: application/taxii+json;version=2.0"}, 406},
		{"2", "Accept of the TAXII 2.0 type", "GET", a + "objects/", "", []string{"Accept: application/vnd.oasis.taxii+json"}, 406},
		{"2", "Accept of something else", "GET", a, "", []string{"Accept: text/html"}, 406},
		{"2", "Accept that excludes us", "GET", a, "", []string{"Accept: application/taxii+json;q=0"}, 406},
		{"2", "a post that accepts something else", "POST", in + "objects/", post, []string{"Accept: text/html"}, 406},
		{"2", "a post of JSON", "POST", in + "objects/", post, []string{"Content-Type: application/json"}, 415},
		{"2", "a post of another version", "POST", in + "objects/", post, []string{"Content-Type: application/taxii+json;version=2.0"}, 415},
		{"2", "a post of nothing said", "POST", in + "objects/", post, []string{"Content-Type:"}, 415},
		{"2", "a compressed post", "POST", in + "objects/", post, []string{"Content-Encoding: gzip"}, 415},

		{"3", "the API root", "GET", rootPath, "", nil, 200},
		{"3", "another root", "GET", "/taxii2/other/", "", nil, 404},
		{"3", "collections", "GET", rootPath + "collections/", "", nil, 200},
		{"3", "a collection", "GET", a, "", nil, 200},
		{"3", "a collection by its alias", "GET", rootPath + "collections/for-a/objects/", "", nil, 200},
		{"3", "an inbox", "GET", in, "", nil, 200},
		{"3", "a status that is not", "GET", rootPath + "status/99999999-9999-4999-8999-000000000009/", "", nil, 404},

		{"4", "objects", "GET", a + "objects/", "", nil, 200},
		{"4", "one object", "GET", a + "objects/" + objectID("report", 1) + "/", "", nil, 200},
		{"4", "its versions", "GET", a + "objects/" + objectID("report", 1) + "/versions/", "", nil, 200},
		{"4", "the manifest", "GET", a + "manifest/", "", nil, 200},
		{"4", "only the head", "HEAD", a + "objects/", "", nil, 200},
		{"4", "a post", "POST", in + "objects/", post, nil, 202},
		{"4", "a deletion", "DELETE", a + "objects/" + objectID("report", 1) + "/", "", nil, 403},
		{"4", "a deletion in a hidden collection", "DELETE", b + "objects/" + objectID("report", 7) + "/", "", nil, 404},
		{"4", "a method that is not", "PUT", a + "objects/", post, nil, 405},
		{"4", "a post to a resource that takes none", "POST", a + "manifest/", post, nil, 405},
		{"4", "a deletion of all", "DELETE", a + "objects/", "", nil, 405},

		{"6", "a limit of words", "GET", a + "objects/?limit=many", "", nil, 400},
		{"6", "a limit of nothing", "GET", a + "objects/?limit=", "", nil, 400},
		{"6", "a limit of zero", "GET", a + "manifest/?limit=0", "", nil, 400},
		{"6", "a negative limit", "GET", a + "objects/?limit=-1", "", nil, 400},
		{"6", "a limit above ours is ours", "GET", a + "objects/?limit=99999999", "", nil, 200},
		{"6", "a date that is none", "GET", a + "objects/?added_after=yesterday", "", nil, 400},
		{"6", "a version that is none", "GET", a + "objects/?match[version]=newest", "", nil, 400},
		{"6", "a match nobody knows", "GET", a + "objects/?match[colour]=red", "", nil, 400},
		{"6", "a match that the resource does not know", "GET", a + "objects/" + objectID("report", 1) + "/?match[type]=report", "", nil, 400},
		{"6", "an empty match", "GET", a + "objects/?match[type]=report,", "", nil, 400},
		{"6", "a filter twice", "GET", a + "objects/?match[type]=report&match[type]=note", "", nil, 400},
		{"6", "a query that cannot be read", "GET", a + "objects/?limit=%zz", "", nil, 400},
		{"6", "a cursor made up", "GET", a + "objects/?next=5", "", nil, 400},

		{"7", "reading the inbox", "GET", in + "objects/", "", nil, 403},
		{"7", "listing the inbox", "GET", in + "manifest/", "", nil, 403},
		{"7", "an object of the inbox", "GET", in + "objects/" + objectID("report", 1) + "/", "", nil, 403},
		{"7", "writing on the shelf", "POST", a + "objects/", post, nil, 403},
		{"7", "another peer's shelf", "GET", b + "objects/", "", nil, 404},
		{"7", "another peer's shelf by name", "GET", b, "", nil, 404},
		{"7", "writing to another peer's shelf", "POST", b + "objects/", post, nil, 404},
		{"7", "a collection without any right", "GET", rootPath + "collections/44444444-4444-4444-8444-444444444444/", "", nil, 404},
		{"7", "an object that is not", "GET", a + "objects/" + objectID("report", 9) + "/", "", nil, 404},
		{"7", "another peer's object", "GET", a + "objects/" + objectID("report", 7) + "/versions/", "", nil, 404},
		{"7", "more than we take", "POST", in + "objects/", `{"objects":["` + strings.Repeat("x", 5000) + `"]}`, nil, 413},
		{"7", "not JSON", "POST", in + "objects/", `<stix>`, nil, 422},
		{"7", "no objects", "POST", in + "objects/", `{}`, nil, 422},
		{"7", "an object without an id", "POST", in + "objects/", `{"objects":[{"type":"note"}]}`, nil, 422},
		{"7", "only STIX 2.0", "POST", in + "objects/", `{"objects":[{"type":"note","id":"` + objectID("note", 1) + `","created":"2026-01-01T00:00:00Z"}]}`, nil, 422},
		{"7", "too deep", "POST", in + "objects/", `{"objects":[` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `]}`, nil, 422},

		{"8", "no slash at the end", "GET", strings.TrimSuffix(a, "/"), "", nil, 404},
		{"8", "no slash after the prefix's word", "GET", "/taxii2", "", nil, 404},
		{"8", "two slashes", "GET", a + "objects//", "", nil, 404},
		{"8", "a path that climbs", "GET", a + "objects/%2e%2e/", "", nil, 404},
	} {
		t.Run(c.point+" "+c.reason, func(t *testing.T) {
			ts := serve(t, shelve(), func(o *Options) { o.MaxContent = 4096 })
			resp, m := ask(t, ts, c.method, c.path, c.body, c.headers...)
			if resp.code != c.status {
				t.Fatalf("%s %s = %d %v, want %d", c.method, c.path, resp.code, m, c.status)
			}
			if got := resp.header.Get("Content-Type"); got != mediaType {
				t.Errorf("Content-Type = %q", got)
			}
			if c.status >= 400 && (m["title"] == "" || m["title"] == nil || m["http_status"] != strconv.Itoa(c.status)) {
				t.Errorf("error object = %v", m)
			}
			if asks := resp.header.Get("WWW-Authenticate"); (asks != "") != (c.status == 401) {
				t.Errorf("WWW-Authenticate = %q with %d", asks, c.status)
			}
			if allow := resp.header.Get("Allow"); (allow != "") != (c.status == 405) {
				t.Errorf("Allow = %q with %d", allow, c.status)
			}
			if got := resp.header.Get("Cache-Control"); got != "private, no-store" {
				t.Errorf("Cache-Control = %q", got)
			}
		})
	}
}
