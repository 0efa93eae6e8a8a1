package config

import (
	"net/url"

	"github.com/ciiscan/ciiscan/inventory"
)

// validate returns every mistake in the settings of the provider, which sends
// people back to console.
func (o OIDC) validate(console string) []error {
	if o.Issuer == "" {
		return nil
	}
	var errs []error
	wrong := func(field, value, message, hint string) {
		errs = append(errs, &inventory.InputError{Field: field, Value: value, Message: message, Hint: hint})
	}
	u, err := url.Parse(o.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		wrong("oidc.issuer", o.Issuer, "is not the address of a provider", "write it like https://id.cert.example, as its /.well-known/openid-configuration says")
	}
	if o.ClientID == "" {
		wrong("oidc.client_id", "", "is not set", "register this console at the provider, and set the id that it gives")
	}
	if len(o.Roles) == 0 {
		wrong("oidc.roles", "", "is not set", "nobody would have a role; write group=role, and group=operator:ORG-1 for people of an organisation")
	}
	if console == "" {
		wrong("console.url", "", "is not set", "the provider sends people back to it; write it like https://ciiscan.cert.example")
	}
	return errs
}
