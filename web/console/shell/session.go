package shell

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// Names of the cookie of a session. The first can be set by this very host
// over HTTPS only; the second serves http://localhost, where there is nothing
// between the browser and us.
const (
	secureCookie = "__Host-ciiscan"
	localCookie  = "ciiscan"
)

func (q *Request) cookieName() string {
	if secure(q.R) {
		return secureCookie
	}
	return localCookie
}

// identify finds who is signed in.
func (q *Request) identify() (bool, error) {
	c, err := q.R.Cookie(q.cookieName())
	if err != nil {
		return false, nil //nolint:nilerr // no cookie is nobody
	}
	session, err := q.shell.Sessions.SessionBySecret(q.R.Context(), c.Value)
	if errors.Is(err, inventory.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	q.Session = session
	q.Who = session.Identity()
	if err := q.Who.Check(); err != nil {
		return false, err
	}
	q.R = q.R.WithContext(auth.WithIdentity(q.R.Context(), q.Who))
	if lang := session.Preferences.Language; lang != "" {
		q.Printer = locale.For(lang)
	}
	return true, nil
}

// Begin puts the secret of a new session into the browser.
func (q *Request) Begin(secret string, until time.Time) {
	http.SetCookie(q.W, &http.Cookie{ //nolint:gosec // Secure wherever the connection is
		Name: q.cookieName(), Value: secret, Path: "/", Expires: until, Secure: secure(q.R), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Remember puts a value into the browser for a few minutes, for one path; ""
// takes it out again.
func (q *Request) Remember(name, value, path string) {
	age := 600
	if value == "" {
		age = -1
	}
	http.SetCookie(q.W, &http.Cookie{ //nolint:gosec // without TLS only on this very machine
		Name: name, Value: value, Path: path, MaxAge: age, Secure: secure(q.R), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// End takes the secret of the session out of the browser.
func (q *Request) End() {
	http.SetCookie(q.W, &http.Cookie{ //nolint:gosec // Secure wherever the connection is
		Name: q.cookieName(), Path: "/", MaxAge: -1, Secure: secure(q.R), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Browser is where the request comes from. Whoever stands before the unix
// socket, which nobody else may open, says so in X-Forwarded-For; what it
// found there itself is last.
func (q *Request) Browser() account.Browser {
	from, err := netip.ParseAddrPort(q.R.RemoteAddr)
	source := from.Addr()
	if err != nil {
		said := strings.Join(q.R.Header.Values("X-Forwarded-For"), ",")
		source, _ = netip.ParseAddr(strings.TrimSpace(said[strings.LastIndexByte(said, ',')+1:]))
	}
	return account.Browser{Source: source, Agent: q.R.UserAgent()}.Clean()
}
