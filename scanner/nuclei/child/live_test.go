package child_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

func TestScanFindsAndCovers(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	serveHTTP(t, target, 80, nil, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Host == "www.example.org" && r.URL.Path == "/.env":
			_, _ = io.WriteString(w, "SECRET=1")
		case r.URL.Path == "/who":
			_, _ = io.WriteString(w, "host="+r.Host)
		default:
			http.NotFound(w, r)
		}
	})
	serveHTTP(t, target6, 8080, nil, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "host="+r.Host)
	})
	serveTCP(t, target, 6379, answer("redis_version:7.0.1\r\n"))
	e := newEngine(t, catalogue{
		httpTemplate("env", "{{BaseURL}}/.env", "SECRET="),
		httpTemplate("who", "{{BaseURL}}/who", "host="),
		tcpTemplate("redis", 6379, `INFO\r\n`, "redis_version"),
	}, nil)
	r := scan(t, e, scanner.Batch{
		Profile: profile(),
		Targets: []inventory.Target{
			permit(t, "A-1", target, ""), permit(t, "A-2", target, "www.example.org"), permit(t, "A-3", target6, ""),
		},
		Services: []inventory.Service{
			service(target, 80, "http", false), service(target, 6379, "redis", false), service(target6, 8080, "http-alt", false),
		},
	})
	wantMatched := []string{
		"who 192.0.2.10:80", "env 192.0.2.10:80 www.example.org", "who 192.0.2.10:80 www.example.org",
		"redis 192.0.2.10:6379", "who [2001:db8::10]:8080",
	}
	if diff := cmp.Diff(wantMatched, matched(r)); diff != "" {
		t.Errorf("matched (-want +got):\n%s", diff)
	}
	wantCovered := []string{
		"env 192.0.2.10:80: ran", "who 192.0.2.10:80: ran",
		"env 192.0.2.10:80 www.example.org: ran", "who 192.0.2.10:80 www.example.org: ran",
		"redis 192.0.2.10:6379: ran",
		"env [2001:db8::10]:8080: ran", "who [2001:db8::10]:8080: ran",
	}
	if diff := cmp.Diff(wantCovered, covered(r)); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
	if r.Requests != 7 {
		t.Errorf("Requests = %d, want 7", r.Requests)
	}
	for _, h := range r.Hosts {
		if h.Outcome != inventory.Complete {
			t.Errorf("host %s of %s: %s (%s), want complete", h.Addr, h.Asset, h.Outcome, h.Reason)
		}
	}
	for _, o := range r.Observations {
		if o.Match.Check == "redis" && (string(o.Evidence.Request) != "INFO\r\n" || string(o.Evidence.Response) != "redis_version:7.0.1\r\n") {
			t.Errorf("evidence of redis = %q, %q", o.Evidence.Request, o.Evidence.Response)
		}
	}
}
