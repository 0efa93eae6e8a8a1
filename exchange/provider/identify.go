package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// Callers knows teams by what they come with: the SHA-256, in hex, of a client
// certificate or of an API key. It is false for what is not, or no more, to be
// trusted.
type Callers interface {
	CallerByKey(ctx context.Context, sha256 string) (exchange.Caller, bool, error)
	CallerByCertificate(ctx context.Context, sha256 string) (exchange.Caller, bool, error)
}

// Identify makes the function that tells who asks, for this and every other
// door: by the TLS client certificate, which must be a pinned one; else by the
// API key, in X-Api-Key, as bearer token or as password of HTTP Basic. Who
// comes with neither is anybody. Who comes with something that nobody vouches
// for is ErrForbidden, and so is who comes with a key that is empty: a peer that
// has lost its key must not take what anybody gets for all there is.
func Identify(c Callers) func(*http.Request) (exchange.Caller, error) {
	return func(r *http.Request) (exchange.Caller, error) {
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			return known(c.CallerByCertificate(r.Context(), digest(r.TLS.PeerCertificates[0].Raw)))
		}
		if key, came := apiKey(r); came {
			return known(c.CallerByKey(r.Context(), digest([]byte(key))))
		}
		return exchange.Caller{}, nil
	}
}

func known(who exchange.Caller, ok bool, err error) (exchange.Caller, error) {
	if err != nil {
		return exchange.Caller{}, fmt.Errorf("identify caller: %w", err)
	}
	if !ok || who.Team == "" {
		return exchange.Caller{}, fmt.Errorf("identify caller: unknown credential: %w", inventory.ErrForbidden)
	}
	return who, nil
}

func apiKey(r *http.Request) (key string, came bool) {
	if _, came := r.Header["X-Api-Key"]; came {
		return r.Header.Get("X-Api-Key"), true
	}
	if _, came := r.Header["Authorization"]; !came {
		return "", false
	}
	if _, password, ok := r.BasicAuth(); ok {
		return password, true
	}
	header := r.Header.Get("Authorization")
	switch scheme, key, _ := strings.Cut(header, " "); {
	case strings.EqualFold(scheme, "Bearer"):
		return strings.TrimSpace(key), true
	case key == "": // MISP sends the bare key
		return scheme, true
	default:
		return key, true
	}
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
