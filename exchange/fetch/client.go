package fetch

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"golang.org/x/time/rate"
)

// The limits that hold where Options name none.
const (
	DefaultMaxBytes  = 32 << 20
	DefaultTimeout   = 2 * time.Minute
	DefaultIdle      = 20 * time.Second
	DefaultPerSecond = 10
	maxRedirects     = 5
	maxHeaderBytes   = 64 << 10
)

// Options say where a client may go and how much it puts up with.
type Options struct {
	// Hosts are where it may go, as host or host:port; without a port, the
	// scheme's own. The first is the peer's own, the only one that is shown
	// credentials.
	Hosts []string
	// Admit lists networks that are not on the public internet and may be
	// reached nevertheless.
	Admit     []netip.Prefix
	PlainHTTP bool // allows http, too: for tests and laboratories

	Roots       *x509.CertPool   // authorities for the servers' certificates; nil: the system's
	Certificate *tls.Certificate // shown to the first host
	Header      http.Header      // such as an API key, for the first host
	User        string           // HTTP Basic, for the first host
	Password    string

	MaxBytes  int64         // of one body, decompressed
	Timeout   time.Duration // for one request with its redirects and its body
	Idle      time.Duration // in which something must arrive
	PerSecond float64       // requests to one host
	Agent     string        // User-Agent; "CIIScan" unless named
}

// A Client fetches from one peer. It is safe for concurrent use.
type Client struct {
	o     Options
	hosts []string // as hostPort writes them
	own   []string // the first host
	http  http.Client

	mu    sync.Mutex
	paces map[string]*rate.Limiter // by host; never more than hosts
}

// New makes a client. It is an InputError when no host is named or one cannot
// be read.
func New(o Options) (*Client, error) {
	o.MaxBytes, o.Timeout, o.Idle = cmp.Or(o.MaxBytes, DefaultMaxBytes), cmp.Or(o.Timeout, DefaultTimeout), cmp.Or(o.Idle, DefaultIdle)
	o.PerSecond, o.Agent = cmp.Or(o.PerSecond, DefaultPerSecond), cmp.Or(o.Agent, "CIIScan")
	o.Admit = slices.Clone(o.Admit)
	for i, p := range o.Admit {
		o.Admit[i] = p.Masked()
	}
	c := &Client{o: o, paces: map[string]*rate.Limiter{}}
	for i, h := range o.Hosts {
		names, err := hostPorts(h, o.PlainHTTP)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			c.own = names
		}
		c.hosts = append(c.hosts, names...)
	}
	if len(c.hosts) == 0 {
		return nil, &inventory.InputError{Field: "host", Message: "is missing", Hint: "name the host that the source is at"}
	}
	own := http.RoundTripper(c.transport(o.Certificate))
	others := own
	if o.Certificate != nil {
		others = c.transport(nil)
	}
	c.http = http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
		if slices.Contains(c.own, hostPort(req.URL)) {
			return own.RoundTrip(c.withCredentials(req))
		}
		return others.RoundTrip(req)
	}), CheckRedirect: c.redirect}
	return c, nil
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func (c *Client) transport(cert *tls.Certificate) *http.Transport {
	dialer := &net.Dialer{Timeout: c.o.Idle, Control: control(c.o.Admit)}
	conf := &tls.Config{RootCAs: c.o.Roots, MinVersion: tls.VersionTLS12}
	if cert != nil {
		conf.Certificates = []tls.Certificate{*cert}
	}
	return &http.Transport{
		// No proxy: it would dial for us, where nobody looks at the address.
		DialContext: dialer.DialContext, TLSClientConfig: conf, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: c.o.Idle, ResponseHeaderTimeout: c.o.Idle, MaxResponseHeaderBytes: maxHeaderBytes,
		MaxConnsPerHost: 4, IdleConnTimeout: time.Minute,
	}
}

// Do sends a request, if it may go where it wants to. The body of the answer
// ends with an *Error when it grows over MaxBytes, stops flowing or takes too
// long; the caller closes it.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	return c.do(req, c.o.MaxBytes)
}

// Get fetches a document of at most limit bytes; 0 means MaxBytes. Any answer
// but success is an *Error.
func (c *Client) Get(ctx context.Context, address string, limit int64) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, &inventory.InputError{Field: "url", Value: inventory.CleanText(address, 100), Message: "is not a web address"}
	}
	res, err := c.do(req, cmp.Or(limit, c.o.MaxBytes))
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, res.Header, statusError(res)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, res.Header, err
	}
	return body, res.Header, nil
}

// Close ends the connections that wait for another request.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func (c *Client) do(req *http.Request, limit int64) (*http.Response, error) {
	if err := c.check(req.URL); err != nil {
		return nil, at(req, err)
	}
	ctx, stop := context.WithTimeoutCause(req.Context(), c.o.Timeout, tooSlow("takes longer than %s", c.o.Timeout))
	ctx, cancel := context.WithCancelCause(ctx)
	end := func() { cancel(nil); stop() }
	if err := c.pace(req.URL).Wait(ctx); err != nil {
		defer end()
		return nil, explain(ctx, req, err)
	}
	req = req.Clone(ctx)
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.o.Agent)
	}
	res, err := c.http.Do(req) //nolint:gosec // check, redirect and the dialler decide where it may go
	if err != nil {
		defer end()
		if u, ok := errors.AsType[*url.Error](err); ok && u.Timeout() && context.Cause(ctx) == nil {
			err = tooSlow("does not answer within %s", c.o.Idle)
		}
		return nil, explain(ctx, req, err)
	}
	res.Body = newBody(res, limit, c.o.Idle, cancel, end)
	if res.ContentLength > limit && req.Method != http.MethodHead {
		defer res.Body.Close()
		return nil, at(res.Request, tooMuch(fmt.Sprintf("wants to send %d bytes, more than the %d allowed", res.ContentLength, limit)))
	}
	return res, nil
}

// check is what may be asked of a URL before its host has been looked up.
func (c *Client) check(u *url.URL) *Error {
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !c.o.PlainHTTP):
		return refuse(u.Host, fmt.Sprintf("is asked for by %s, and only https is safe", cmp.Or(u.Scheme, "no protocol")), "use the https address")
	case u.User != nil:
		return refuse(u.Host, "comes with a password in its address", "give credentials in the source's own fields")
	case !slices.Contains(c.hosts, hostPort(u)):
		return refuse(u.Host, "is not among the hosts of this source", "if the peer says that it is theirs, add the host to the source")
	}
	return nil
}

func (c *Client) redirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return refuse(via[0].URL.Host, fmt.Sprintf("redirects more than %d times", maxRedirects), "")
	}
	from := via[len(via)-1].URL
	if err := c.check(req.URL); err != nil {
		err.Why = fmt.Sprintf("%s (redirected from %s)", err.Why, from.Host)
		return at(req, err)
	}
	req.Header.Del("Referer") // the next host need not know the last one's paths
	if err := c.pace(req.URL).Wait(req.Context()); err != nil {
		return err
	}
	return nil
}

func (c *Client) withCredentials(req *http.Request) *http.Request {
	if len(c.o.Header) == 0 && c.o.User == "" {
		return req
	}
	req = req.Clone(req.Context())
	for k, v := range c.o.Header {
		req.Header[http.CanonicalHeaderKey(k)] = v
	}
	if c.o.User != "" {
		req.SetBasicAuth(c.o.User, c.o.Password)
	}
	return req
}

func (c *Client) pace(u *url.URL) *rate.Limiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	host := hostPort(u)
	if c.paces[host] == nil {
		c.paces[host] = rate.NewLimiter(rate.Limit(c.o.PerSecond), max(1, int(c.o.PerSecond)))
	}
	return c.paces[host]
}

// hostPorts reads a host as people write it.
func hostPorts(host string, plain bool) ([]string, error) {
	u, err := url.Parse("https://" + strings.TrimSpace(host))
	if err != nil || u.Hostname() == "" || u.Path != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, &inventory.InputError{
			Field: "host", Value: inventory.CleanText(host, 100), Message: "is not a host name",
			Hint: "write it as feeds.example or feeds.example:8443",
		}
	}
	names := []string{hostPort(u)}
	if plain && u.Port() == "" {
		u.Scheme = "http"
		names = append(names, hostPort(u))
	}
	return names, nil
}

// hostPort is a URL's host as hosts are compared: lower case, with its port,
// without the dot of the root.
func hostPort(u *url.URL) string {
	port := "443"
	if u.Scheme == "http" {
		port = "80"
	}
	return net.JoinHostPort(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), cmp.Or(u.Port(), port))
}
