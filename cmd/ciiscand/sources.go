package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/fetch"
	"github.com/ciiscan/ciiscan/inventory"
)

// A dialler makes the guarded clients by which peers' servers are reached.
type dialler struct {
	admit []netip.Prefix
	own   *tls.Certificate // that we show; nil shows none
}

// dial makes the client of one source. It goes to the source's own host and to
// those that were allowed with it, and shows our credentials to the first: the
// key that its team gave us, or else our certificate. One credential, because
// a server that does not know the other may refuse both.
func (d dialler) dial(src exchange.Source) (*fetch.Client, error) {
	u, err := url.Parse(src.URL)
	if err != nil || u.Host == "" {
		return nil, &inventory.InputError{Field: "url", Value: inventory.CleanText(src.URL, 100), Message: "is not a web address", Hint: "write it like https://cert.example/taxii2/"}
	}
	o := fetch.Options{Hosts: append([]string{u.Host}, src.Hosts...), Admit: d.admit}
	if src.APIKey == "" {
		o.Certificate = d.own
	}
	if src.CA != "" {
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM([]byte(src.CA)) {
			return nil, &inventory.InputError{Field: "ca", Message: "holds no certificate", Hint: "give the PEM of the authority that signed their server's"}
		}
	}
	switch {
	case src.APIKey == "":
	case src.User != "":
		o.User, o.Password = src.User, src.APIKey
	case src.Channel == exchange.ChannelCSAF:
		o.Header = http.Header{"X-Api-Key": {src.APIKey}}
	case src.Channel == exchange.ChannelMISP:
		o.Header = http.Header{"Authorization": {src.APIKey}}
	}
	return fetch.New(o)
}
