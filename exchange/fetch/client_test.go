package fetch

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// serve starts a TLS server whose host is the first allowed one.
func serve(t *testing.T, h http.Handler, change func(*Options)) (*Client, string) {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	return clientOf(t, s, change), s.URL
}

func clientOf(t *testing.T, s *httptest.Server, change func(*Options)) *Client {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	o := Options{Hosts: []string{hostOf(t, s.URL)}, Admit: loopback, Roots: roots, PerSecond: 1000}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// wants checks that err is an *Error of a kind that names the host and says
// why in given words.
func wants(t *testing.T, err error, kind error, host, words string) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || !errors.Is(err, kind) || e.Host != host || !strings.Contains(e.Why, words) {
		t.Errorf("error = %v (%+v), want one of %s that %q, being %v", err, e, host, words, kind)
	}
}

func TestGet(t *testing.T) {
	c, at := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		io.WriteString(w, r.UserAgent()+" "+r.URL.Path)
	}), nil)
	body, head, err := c.Get(t.Context(), at+"/a.json", 100)
	if err != nil || string(body) != "CIIScan /a.json" || head.Get("ETag") != `"1"` {
		t.Errorf("Get = %q, %v, %v", body, head, err)
	}
	if _, _, err := c.Get(t.Context(), at+"/a.json", int64(len(body))); err != nil {
		t.Errorf("Get of a body that just fits: %v", err)
	}
}

func TestStatus(t *testing.T) {
	for status, kind := range map[int]error{
		404: inventory.ErrNotFound, 410: inventory.ErrNotFound, 401: inventory.ErrForbidden, 403: inventory.ErrForbidden,
		429: inventory.ErrUnavailable, 500: inventory.ErrUnavailable, 204: inventory.ErrUnavailable,
	} {
		c, at := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }), nil)
		_, _, err := c.Get(t.Context(), at+"/x?key=secret", 0)
		wants(t, err, kind, hostOf(t, at), http.StatusText(status))
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the query: %v", err)
		}
	}
}

func TestWhereItDoesNotGo(t *testing.T) {
	c, at := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a refused request arrived") }), nil)
	host := hostOf(t, at)
	for _, x := range []struct{ reason, url, host, words string }{
		{"another host", "https://other.example/a", "other.example", "not among the hosts"},
		{"another port", "https://127.0.0.1:1/a", "127.0.0.1:1", "not among the hosts"},
		{"a host that only begins like it", "https://" + host + ".evil.example/", host + ".evil.example", "not among"},
		{"no encryption", "http://" + host + "/a", host, "only https"},
		{"a file", "file:///etc/passwd", "", "only https"},
		{"a password in the address", "https://u:p@" + host + "/", host, "password"},
	} {
		if strings.Contains(x.url, "evil") { // a port and more is no URL at all
			if _, _, err := c.Get(t.Context(), x.url, 0); err == nil {
				t.Errorf("%s: Get(%s) goes there", x.reason, x.url)
			}
			continue
		}
		_, _, err := c.Get(t.Context(), x.url, 0)
		wants(t, err, inventory.ErrForbidden, x.host, x.words)
	}
	if _, _, err := c.Get(t.Context(), "://", 0); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("Get of no URL = %v", err)
	}
}

// A name and an address that lead to this machine, without its having been
// admitted: nothing may be connected.
func TestDNSToPrivateAddress(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it arrived") }))
	t.Cleanup(s.Close)
	port := strings.TrimPrefix(hostOf(t, s.URL), "127.0.0.1:")
	for _, host := range []string{"localhost:" + port, "127.0.0.1:" + port, "[::ffff:127.0.0.1]:" + port} {
		c := clientOf(t, s, func(o *Options) { o.Hosts, o.Admit = []string{host}, nil })
		_, _, err := c.Get(t.Context(), "https://"+host+"/", 0)
		wants(t, err, inventory.ErrForbidden, host, "not on the public internet")
		if inventory.HintOf(err) == "" {
			t.Errorf("no hint for %s", host)
		}
	}
}

func TestPublic(t *testing.T) {
	for a, want := range map[string]bool{
		"8.8.8.8": true, "2a00:1450::1": true, "::ffff:8.8.8.8": true, "172.32.0.1": true, "100.128.0.1": true,
		"10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "127.0.0.1": false, "169.254.169.254": false,
		"0.0.0.0": false, "100.64.0.1": false, "192.0.2.1": false, "198.18.0.1": false, "198.51.100.7": false,
		"203.0.113.9": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false, "192.0.0.8": false,
		"::1": false, "::": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "ff02::1": false,
		"2001:db8::1": false, "2001::1": false, "2002:7f00:1::": false, "64:ff9b::7f00:1": false, "::ffff:127.0.0.1": false,
		"3fff::1": false, "::127.0.0.1": false, "100::1": false,
	} {
		if got := public(netip.MustParseAddr(a)); got != want {
			t.Errorf("public(%s) = %v, want %v", a, got, want)
		}
	}
}

func TestRedirects(t *testing.T) {
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "" || r.Header.Get("Authorization") != "" || r.Header.Get("Referer") != "" || len(r.TLS.PeerCertificates) > 0 {
			t.Errorf("the other host was shown %v", r.Header)
		}
		io.WriteString(w, "there")
	}))
	t.Cleanup(other.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("/other", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "k" || r.Header.Get("Authorization") == "" {
			t.Errorf("the own host was shown %v", r.Header)
		}
		http.Redirect(w, r, other.URL+"/x", http.StatusFound)
	})
	mux.HandleFunc("/metadata", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://169.254.169.254/latest/", http.StatusFound)
	})
	mux.HandleFunc("/plain", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+"/", http.StatusFound)
	})
	mux.HandleFunc("/n/{n}", func(w http.ResponseWriter, r *http.Request) {
		if n := r.PathValue("n"); n != "" {
			http.Redirect(w, r, "/n/"+n[1:], http.StatusFound)
		}
	})
	mux.HandleFunc("/n/{$}", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "end") })
	credentials := func(o *Options) {
		o.Header, o.User, o.Password = http.Header{"x-api-key": {"k"}}, "u", "p"
		o.Roots.AddCert(other.Certificate())
		o.Certificate = &tls.Certificate{Certificate: [][]byte{{1}}}
	}
	c, at := serve(t, mux, credentials)
	host := hostOf(t, at)

	_, _, err := c.Get(t.Context(), at+"/other", 0)
	wants(t, err, inventory.ErrForbidden, hostOf(t, other.URL), "redirected from "+host)
	_, _, err = c.Get(t.Context(), at+"/metadata", 0)
	wants(t, err, inventory.ErrForbidden, "169.254.169.254", "redirected from "+host)
	_, _, err = c.Get(t.Context(), at+"/plain", 0)
	wants(t, err, inventory.ErrForbidden, host, "only https")
	_, _, err = c.Get(t.Context(), at+"/n/aaaaaa", 0)
	wants(t, err, inventory.ErrForbidden, host, "more than 5 times")
	if b, _, err := c.Get(t.Context(), at+"/n/aaaaa", 0); err != nil || string(b) != "end" {
		t.Errorf("five redirects = %q, %v", b, err)
	}

	allowed := func(o *Options) { credentials(o); o.Hosts = append(o.Hosts, hostOf(t, other.URL), "169.254.169.254") }
	c, at = serve(t, mux, allowed)
	if b, _, err := c.Get(t.Context(), at+"/other", 0); err != nil || string(b) != "there" {
		t.Errorf("a redirect to another host of the source = %q, %v", b, err)
	}
	_, _, err = c.Get(t.Context(), at+"/metadata", 0) // in the list, and still private
	wants(t, err, inventory.ErrForbidden, hostOf(t, at), "leads to 169.254.169.254")
}

func TestTooMuch(t *testing.T) {
	chunk := make([]byte, 1<<20)
	mux := http.NewServeMux()
	mux.HandleFunc("/announced", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "104857600")
		w.Write(chunk)
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for range 100 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
		t.Error("all 100 MB were taken")
	})
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Error("not asked for gzip")
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 500 { // half a megabyte on the way
			if _, err := z.Write(chunk); err != nil {
				return
			}
		}
		z.Close()
	})
	mux.HandleFunc("/header", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X", strings.Repeat("x", maxHeaderBytes+4096))
	})
	c, at := serve(t, mux, func(o *Options) { o.MaxBytes = 2 << 20 })
	for path, words := range map[string]string{"/announced": "wants to send 104857600", "/endless": "more than the 2097152", "/bomb": "more than the 2097152"} {
		b, _, err := c.Get(t.Context(), at+path, 0)
		wants(t, err, inventory.ErrInvalid, hostOf(t, at), words)
		if b != nil {
			t.Errorf("%s: %d bytes of a refused body", path, len(b))
		}
	}
	if _, _, err := c.Get(t.Context(), at+"/header", 0); err == nil {
		t.Error("a header of 68 KB is taken")
	}
}

func TestTooSlow(t *testing.T) {
	done := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/silent", func(_ http.ResponseWriter, r *http.Request) { wait(r, done) })
	mux.HandleFunc("/stops", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "{")
		w.(http.Flusher).Flush()
		wait(r, done)
	})
	mux.HandleFunc("/trickle", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	})
	c, at := serve(t, mux, func(o *Options) { o.Idle, o.Timeout = 150*time.Millisecond, 500*time.Millisecond })
	t.Cleanup(func() { close(done) })
	for path, words := range map[string]string{"/silent": "does not answer within 150ms", "/stops": "sends nothing for 150ms", "/trickle": "takes longer than 500ms"} {
		_, _, err := c.Get(t.Context(), at+path, 0)
		wants(t, err, inventory.ErrUnavailable, hostOf(t, at), words)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.Get(ctx, at+"/silent", 0); !errors.Is(err, context.Canceled) {
		t.Errorf("Get for a caller that has gone = %v", err)
	}
}

func wait(r *http.Request, done <-chan struct{}) {
	select {
	case <-done:
	case <-r.Context().Done():
	}
}

func TestUnknownAuthority(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	c := clientOf(t, s, func(o *Options) { o.Roots = x509.NewCertPool() })
	_, _, err := c.Get(t.Context(), s.URL, 0)
	wants(t, err, inventory.ErrUnavailable, hostOf(t, s.URL), "certificate")
}

func TestPace(t *testing.T) {
	c, at := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), func(o *Options) { o.PerSecond = 20 })
	begin := time.Now()
	for range 25 { // 20 at once, then one every 50 ms
		if _, _, err := c.Get(t.Context(), at, 0); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begin); took < 200*time.Millisecond {
		t.Errorf("25 requests took %s at 20 a second", took)
	}
}

func TestBound(t *testing.T) {
	c, at := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		io.WriteString(w, r.Method+" "+r.Header.Get("Content-Type")+" "+string(b))
	}), nil)
	b := c.Bind(t.Context())
	req, _ := http.NewRequest(http.MethodGet, at, nil)
	for want, send := range map[string]func() (*http.Response, error){
		"GET  ":          func() (*http.Response, error) { return b.Get(at) },
		"":               func() (*http.Response, error) { return b.Head(at) },
		"POST text/x hi": func() (*http.Response, error) { return b.Post(at, "text/x", strings.NewReader("hi")) },
		"POST application/x-www-form-urlencoded a=b": func() (*http.Response, error) { return b.PostForm(at, url.Values{"a": {"b"}}) },
		"GET   ": func() (*http.Response, error) { return b.Do(req) },
	} {
		res, err := send()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || strings.TrimSpace(string(got)) != strings.TrimSpace(want) {
			t.Errorf("answer %q, %v, want %q", got, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res, err := c.Bind(ctx).Do(req)
	if err == nil {
		res.Body.Close()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Do bound to an ended context = %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, hosts := range [][]string{nil, {""}, {"https://a.example"}, {"a.example/path"}, {"u@a.example"}, {"a b"}} {
		if _, err := New(Options{Hosts: hosts}); !errors.Is(err, inventory.ErrInvalid) || inventory.HintOf(err) == "" {
			t.Errorf("New for %q = %v, want an InputError with a hint", hosts, err)
		}
	}
}

// A server that ends its answer in order as soon as we hang up on it has not
// sent all of it.
func TestEndedByHangingUp(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, "https://feeds.example/a.json", nil)
	res := &http.Response{Request: req, Body: io.NopCloser(untilDone{ctx})}
	b := newBody(res, 100, 10*time.Millisecond, cancel, func() {})
	_, err := io.ReadAll(b)
	wants(t, err, inventory.ErrUnavailable, "feeds.example", "sends nothing for 10ms")
}

// untilDone ends when its context does.
type untilDone struct{ ctx context.Context }

func (r untilDone) Read([]byte) (int, error) {
	<-r.ctx.Done()
	return 0, io.EOF
}
