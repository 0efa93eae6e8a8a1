package child

import (
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"

	"github.com/cloudflare/cfssl/revoke"
	"github.com/projectdiscovery/fastdialer/fastdialer"
	"github.com/projectdiscovery/gologger"
	"github.com/projectdiscovery/gologger/levels"
	"github.com/projectdiscovery/retryablehttp-go"
)

// errClosed is every attempt to reach the network beside a session's dialer.
var errClosed = errors.New("this way to the network is closed")

// lockdown closes, for the whole process, the ways to the network that
// nuclei's packages have beside a session's dialer. Each of them would follow
// what a scanned host says to any address:
//
//   - tlsx asks the addresses in a certificate (issuer, CRL, OCSP) about it;
//   - retryablehttp repeats a request that was answered with something like
//     HTTP/2 through a client of its own, with a dialer of its own, which also
//     follows redirects;
//   - whatever builds a fastdialer from the default options, or uses the
//     standard library's default client or resolver.
func lockdown() {
	revoke.HTTPClient = &http.Client{Transport: closed{}}
	http.DefaultTransport = closed{}

	retryablehttp.DefaultOptionsSingle.WrapTransport = admit
	retryablehttp.DefaultOptionsSpraying.WrapTransport = admit
	for _, c := range []*http.Client{retryablehttp.DefaultHTTPClient.HTTPClient, retryablehttp.DefaultHTTPClient.HTTPClient2} {
		c.Transport = closed{}
	}

	fastdialer.DefaultOptions.HostsFile = false
	fastdialer.DefaultOptions.ResolversFile = false
	fastdialer.DefaultOptions.BaseResolvers = []string{"tcp:127.0.0.1:1"} // nobody
	fastdialer.DefaultOptions.Dialer = &net.Dialer{
		ControlContext: func(context.Context, string, string, syscall.RawConn) error { return errClosed },
	}
	net.DefaultResolver = &net.Resolver{
		PreferGo: true,
		Dial:     func(context.Context, string, string) (net.Conn, error) { return nil, errClosed },
	}

	gologger.DefaultLogger.SetMaxLevel(levels.LevelError)
}

// admit decides about each HTTP transport that nuclei makes. Those of its own
// pool dial through the session and go through the gate; the others are plain
// transports with a dialer that we do not know.
func admit(rt http.RoundTripper) http.RoundTripper {
	if _, plain := rt.(*http.Transport); plain {
		return closed{}
	}
	return gate{rt}
}

// closed is a transport that leads nowhere.
type closed struct{}

// RoundTrip refuses every request.
func (closed) RoundTrip(*http.Request) (*http.Response, error) { return nil, errClosed }
