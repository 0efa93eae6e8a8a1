package api

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/status"
)

// requestTimeout bounds one request: reports of a whole nation are the
// longest.
const requestTimeout = 2 * time.Minute

// maxUpload bounds a body, in bytes, before its operation bounds it further.
const maxUpload = 32 << 20

type requestIDKey struct{}

// requestID returns the id under which the log knows the request.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// observe names, bounds, survives and logs a request.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.Now()
		id := rand.Text()[:12]
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), requestIDKey{}, id), requestTimeout)
		defer cancel()
		ctx = context.WithValue(ctx, askedKey{}, r.URL)
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
		rec := &recorder{Recorder: status.Recorder{ResponseWriter: w}}
		rec.Header().Set("X-Request-Id", id)
		rec.Header().Set("Cache-Control", "no-store")
		rec.Header().Set("X-Content-Type-Options", "nosniff")
		rec.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox") // no answer is a page of this site
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler { //nolint:errorlint // the very value, by contract
					panic(v)
				}
				s.Log.Error("request panicked", "request_id", id, "panic", v, "stack", string(debug.Stack()))
				if rec.Code == 0 {
					writeProblem(rec, newProblem(errors.New("panic"), "", id))
				}
			}
			level := slog.LevelInfo
			if r.Method == http.MethodGet && rec.Code < http.StatusBadRequest {
				level = slog.LevelDebug // screens and scripts poll
			}
			s.Log.Log(ctx, level, "request", "request_id", id, "method", r.Method, "path", r.URL.Path,
				"status", rec.Code, "user", rec.user, "took", s.Now().Sub(started).Round(time.Millisecond))
		}()
		next.ServeHTTP(rec, r)
	})
}

// identify lets nobody in whom we do not know.
func (s *server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := auth.Identify(s.Tokens, r)
		if errors.Is(err, auth.ErrUnauthenticated) && isPublic(r) {
			next.ServeHTTP(w, r)
			return
		}
		if err != nil {
			s.logFault(r.Context(), err)
			writeProblem(w, newProblem(err, "", requestID(r.Context())))
			return
		}
		if rec, ok := w.(*recorder); ok {
			rec.user = who.User
		}
		ctx := context.WithValue(r.Context(), againKey{}, func() (auth.Identity, error) { return auth.Identify(s.Tokens, r) })
		next.ServeHTTP(w, r.WithContext(auth.WithIdentity(ctx, who)))
	})
}

type againKey struct{}

// stillThere asks a second time who the caller is, when the body has come: who
// sends it slowly must not act on what a token allowed when he began.
func stillThere(ctx context.Context) error {
	again, ok := ctx.Value(againKey{}).(func() (auth.Identity, error))
	if !ok {
		return nil
	}
	who, err := again()
	if was, _ := auth.FromContext(ctx); err == nil && who != was {
		err = auth.ErrUnauthenticated
	}
	return err
}

// isPublic tells whether anybody may ask: for the proofs of a report, by a
// request that carries no token.
func isPublic(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, Base+"/verify/") && r.Header.Get("Authorization") == ""
}

// public marks an operation that anybody may call; isPublic lets them in.
func public(op *huma.Operation) { op.Security = []map[string][]string{} }

// logFault keeps what the caller does not get to see.
func (s *server) logFault(ctx context.Context, err error) {
	if v := httpStatus(err); v.opaque != "" {
		s.Log.LogAttrs(ctx, slog.LevelError, "request failed",
			slog.String("request_id", requestID(ctx)), slog.String("error", err.Error()))
	}
}

// A recorder remembers what the log line tells.
type recorder struct {
	status.Recorder
	user string
}
