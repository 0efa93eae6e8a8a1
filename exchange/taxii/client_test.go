package taxii

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
)

func clientOf(ts *httptest.Server) *Client {
	return &Client{
		HTTP: ts.Client(), User: "a", Key: "key-a",
		Wait: func(context.Context, time.Duration) error { return nil },
	}
}

func idsOf(t *testing.T, objects []json.RawMessage) string {
	t.Helper()
	raw, err := marshal(wireEnvelope{Objects: objects})
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return found(m)
}

func TestFind(t *testing.T) {
	ts := serve(t, shelve())
	c := clientOf(ts)
	for _, path := range []string{Prefix, "/taxii2", rootPath, rootPath + "collections/"} {
		all, err := c.Find(t.Context(), ts.URL+path)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 2 || all[0].URL != ts.URL+a || !all[0].CanRead || all[1].URL != ts.URL+in || !all[1].CanWrite || all[0].Title != "For A" {
			t.Errorf("Find(%s) = %+v", path, all)
		}
	}
	for _, path := range []string{in, in + "objects/", strings.TrimSuffix(in, "/")} {
		if one, err := c.Find(t.Context(), ts.URL+path); err != nil || len(one) != 1 || one[0].URL != ts.URL+in || one[0].CanRead {
			t.Errorf("Find(%s) = %+v, %v", path, one, err)
		}
	}
	if _, err := c.Find(t.Context(), ts.URL+b); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("Find of another peer's = %v, want ErrNotFound", err)
	}
	c.Key = "wrong"
	if _, err := c.Find(t.Context(), ts.URL+Prefix); !errors.Is(err, inventory.ErrForbidden) || inventory.HintOf(err) == "" {
		t.Errorf("Find with a wrong key = %v, want ErrForbidden with a hint", err)
	}
}

func TestPollFollowsWhatIsNew(t *testing.T) {
	m := shelve()
	ts := serve(t, m)
	c := clientOf(ts)
	c.PageSize = 2
	one, err := c.Poll(t.Context(), ts.URL+a, "")
	if err != nil || idsOf(t, one.Objects) != "vulnerability2 note3 report1" || one.More {
		t.Fatalf("Poll = %+v, %v", one, err)
	}
	if none, err := c.Poll(t.Context(), ts.URL+a, one.After); err != nil || len(none.Objects) != 0 || none.After != one.After {
		t.Errorf("Poll with nothing new = %+v, %v", none, err)
	}
	m.add(shelfA, "note", 8, start, "REL-8")
	two, err := c.Poll(t.Context(), ts.URL+a, one.After)
	if err != nil || idsOf(t, two.Objects) != "note8" {
		t.Errorf("Poll = %+v, %v", two, err)
	}
}

// A poll that ends at a limit goes on where it ended.
func TestPollIsBounded(t *testing.T) {
	m := newMemory()
	for i := range 20 {
		m.add(shelfA, "note", i, start, "REL-1")
	}
	ts := serve(t, m)
	for reason, limit := range map[string]func(*Client){
		"pages": func(c *Client) { c.MaxPages = 2 }, "objects": func(c *Client) { c.MaxObjects = 3 }, "bytes": func(c *Client) { c.MaxBytes = 300; c.PageSize = 1 },
	} {
		c := clientOf(ts)
		c.PageSize = 2
		limit(c)
		var got []json.RawMessage
		after, polls := "", 0
		for more := true; more; polls++ {
			p, err := c.Poll(t.Context(), ts.URL+a, after)
			if err != nil || polls > 9 {
				t.Fatalf("%s: %v", reason, err)
			}
			got, after, more = append(got, p.Objects...), p.After, p.More
		}
		if len(got) != 20 || polls < 2 {
			t.Errorf("%s: %d objects in %d polls, want 20 in several", reason, len(got), polls)
		}
	}
}

func TestPushAndFollow(t *testing.T) {
	m := shelve()
	ts := serve(t, m, func(o *Options) { o.MaxContent = 500 })
	c := clientOf(ts)
	var objects []json.RawMessage
	for i := range 5 {
		objects = append(objects, json.RawMessage(objectJSON("sighting", i, start)))
	}
	statuses, err := c.Push(t.Context(), ts.URL+in, objects)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, s := range statuses {
		if s.Complete {
			t.Errorf("status %d is complete at once", i)
		}
		done, err := c.Follow(t.Context(), ts.URL+in, s, 5)
		if err != nil || !done.Complete {
			t.Errorf("Follow = %+v, %v", done, err)
		}
		n += len(done.Successes)
	}
	if n != 5 || len(m.posts) != len(statuses) || len(statuses) < 2 {
		t.Errorf("%d objects arrived in %d posts, %d statuses", n, len(m.posts), len(statuses))
	}
	if string(m.posts[0].Objects[0].Raw) != string(objects[0]) {
		t.Errorf("%s arrived, want %s", m.posts[0].Objects[0].Raw, objects[0])
	}
	if _, err := c.Push(t.Context(), ts.URL+a, objects); !errors.Is(err, inventory.ErrForbidden) {
		t.Errorf("Push to a shelf = %v, want ErrForbidden", err)
	}
	if _, err := c.Push(t.Context(), ts.URL+in, []json.RawMessage{json.RawMessage(`"` + strings.Repeat("x", 500) + `"`)}); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("Push of too much = %v, want ErrInvalid", err)
	}
	if s, err := c.Follow(t.Context(), ts.URL+in, statuses[0], 0); err != nil || s.Complete {
		t.Errorf("Follow without a try = %+v, %v", s, err)
	}
}

// erring is a server with one fault.
func erring(t *testing.T, page func(w http.ResponseWriter, r *http.Request)) *httptest.Server {
	t.Helper()
	ts := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		page(w, r)
	}))
	t.Cleanup(ts.Close)
	return ts
}

func note(n int) string { return objectJSON("note", n, start) }

func TestPollSurvivesBadServers(t *testing.T) {
	const at = "2026-11-22T10:00:00.%06dZ"
	added := func(w http.ResponseWriter, n int) {
		w.Header().Set("X-TAXII-Date-Added-Last", fmt.Sprintf(at, n))
	}
	for _, c := range []struct {
		reason  string
		page    func(n int, w http.ResponseWriter, r *http.Request)
		err     string // "" means none
		objects int
		after   string
	}{
		{"a cursor that repeats", func(n int, w http.ResponseWriter, _ *http.Request) {
			added(w, n)
			fmt.Fprintf(w, `{"more":true,"next":"same","objects":[%s]}`, note(n))
		}, "circle", 2, fmt.Sprintf(at, 1)},
		{"more without a cursor, by date", func(n int, w http.ResponseWriter, r *http.Request) {
			if want := []string{"", fmt.Sprintf(at, 0), fmt.Sprintf(at, 1)}[n]; r.URL.Query().Get("added_after") != want {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			added(w, n)
			fmt.Fprintf(w, `{"more":%t,"objects":[%s]}`, n < 2, note(n))
		}, "", 3, fmt.Sprintf(at, 2)},
		{"more without a cursor or a later date", func(n int, w http.ResponseWriter, _ *http.Request) {
			added(w, 5)
			fmt.Fprintf(w, `{"more":true,"objects":[%s]}`, note(1))
		}, "neither a cursor nor a later date", 1, fmt.Sprintf(at, 5)},
		{"numbers as cursors, overlapping pages", func(n int, w http.ResponseWriter, _ *http.Request) {
			added(w, n)
			fmt.Fprintf(w, `{"more":%t,"next":%d,"objects":[%s,%s]}`, n < 2, n+10, note(n), note(n+1))
		}, "", 4, fmt.Sprintf(at, 2)},
		{"no dates: the next poll begins where this did", func(n int, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"more":%t,"next":"n%d","objects":[%s]}`, n < 2, n, note(n))
		}, "", 3, ""},
		{"pages out of order, whole", func(n int, w http.ResponseWriter, _ *http.Request) {
			added(w, 9-n)
			fmt.Fprintf(w, `{"more":%t,"next":"n%d","objects":[%s]}`, n < 2, n, note(n))
		}, "", 3, fmt.Sprintf(at, 9)},
		{"pages out of order, broken off", func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 2 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			added(w, 9-n)
			fmt.Fprintf(w, `{"more":true,"next":"n%d","objects":[%s]}`, n, note(n))
		}, "502", 2, ""},
		{"broken off", func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 2 {
				w.Header().Set("Retry-After", "30")
				w.WriteHeader(http.StatusTooManyRequests)
				fmt.Fprint(w, `{"title":"slow down"}`)
				return
			}
			added(w, n)
			fmt.Fprintf(w, `{"more":true,"next":"n%d","objects":[%s]}`, n, note(n))
		}, "429: slow down", 2, fmt.Sprintf(at, 1)},
		{"endless pages of nothing", func(n int, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"more":true,"next":"n%d"}`, n)
		}, "more than one poll takes", 0, ""},
		{"an endless answer", func(_ int, w http.ResponseWriter, _ *http.Request) {
			for range 300 {
				fmt.Fprint(w, strings.Repeat(" ", 1<<10))
			}
		}, "larger than", 0, ""},
		{"a page of HTML", func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<h1>Log in</h1>`)
		}, "not TAXII", 0, ""},
		{"depth without end", func(_ int, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"objects":`+strings.Repeat("[", 10_000))
		}, "nested too deep", 0, ""},
		{"no JSON", func(_ int, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"objects":`) }, "cannot be read", 0, ""},
		{"null for nothing", func(_ int, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"more":false,"next":null,"objects":null}`)
		}, "", 0, ""},
	} {
		n := -1
		ts := erring(t, func(w http.ResponseWriter, r *http.Request) { n++; c.page(n, w, r) })
		client := clientOf(ts)
		client.MaxPages, client.MaxBytes = 20, 100<<10
		got, err := client.Poll(t.Context(), ts.URL+a, "")
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %v, want %q", c.reason, err, c.err)
		}
		if len(got.Objects) != c.objects || got.After != c.after {
			t.Errorf("%s: %d objects, after %q, want %d, %q", c.reason, len(got.Objects), got.After, c.objects, c.after)
		}
	}
}

func TestStatusErrors(t *testing.T) {
	for code, want := range map[int]error{
		401: inventory.ErrForbidden, 403: inventory.ErrForbidden, 404: inventory.ErrNotFound, 422: inventory.ErrInvalid,
		429: inventory.ErrUnavailable, 500: inventory.ErrUnavailable, 503: inventory.ErrUnavailable,
	} {
		ts := erring(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(code)
		})
		_, err := clientOf(ts).Find(t.Context(), ts.URL+Prefix)
		e, ok := errors.AsType[*StatusError](err)
		if !errors.Is(err, want) || !ok || e.Code != code || e.RetryAfter != 2*time.Minute {
			t.Errorf("%d: %v, want %v", code, err, want)
		}
	}
}

func TestTheKeyStaysHome(t *testing.T) {
	elsewhere := erring(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was asked", r.URL) })
	ts := erring(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == Prefix {
			fmt.Fprintf(w, `{"title":"x","api_roots":[%q,"http://%s/taxii2/exchange/","/taxii2/exchange"]}`, elsewhere.URL+"/elsewhere/", r.Host)
			return
		}
		fmt.Fprintf(w, `{"collections":[{"id":%q,"can_read":true},{"id":"../../../etc"},{"id":".."},{"id":""}]}`, shelfA)
	})
	got, err := clientOf(ts).Find(t.Context(), ts.URL+Prefix)
	if err != nil || len(got) != 1 || got[0].URL != ts.URL+a {
		t.Errorf("Find = %+v, %v, want the one of this host", got, err)
	}
	for _, bad := range []string{"http://cert.example/taxii2/", "ftp://cert.example/", "cert.example", "https://user:key@cert.example/", "https:///x", "%"} {
		if _, err := clientOf(ts).Find(t.Context(), bad); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("Find(%s) = %v, want ErrInvalid", bad, err)
		}
	}
	if _, err := clientOf(ts).Poll(t.Context(), ts.URL+Prefix, ""); !errors.Is(err, inventory.ErrInvalid) {
		t.Error("Poll takes what is no collection")
	}
}

func TestParcels(t *testing.T) {
	var objects []json.RawMessage
	for range 2500 {
		objects = append(objects, json.RawMessage(`{"a":"<&>"}`))
	}
	var sizes []int
	posts, err := parcels(objects, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range posts {
		sizes = append(sizes, strings.Count(string(p), `{"a":"<&>"}`))
	}
	if d := cmp.Diff([]int{1000, 1000, 500}, sizes); d != "" {
		t.Errorf("parcels differ:\n%s", d)
	}
	posts, err = parcels(objects, 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range posts {
		if len(p) > 200 {
			t.Fatalf("a parcel of %d bytes", len(p))
		}
	}
}
