package client

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// Local returns a client of a server in this very program. It acts as whom a
// call's context names (auth.WithIdentity), so that pages and the API are one
// set of rules and of numbers.
func Local(server http.Handler) *Client {
	return &Client{http: &http.Client{Transport: within{server}}, root: "http://ciiscand", name: "this server"}
}

// within hands a request to a handler, without a network.
type within struct{ server http.Handler }

// streamKey marks a request whose answer is read while it comes.
type streamKey struct{}

// RoundTrip implements http.RoundTripper.
func (w within) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Context().Value(streamKey{}) != nil {
		return w.stream(r)
	}
	a := &localAnswer{header: http.Header{}}
	w.server.ServeHTTP(a, r)
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: readCloser{bytes.NewReader(a.body.Bytes())}, ContentLength: int64(a.body.Len()), Request: r,
	}, nil
}

// stream returns when the handler has begun to answer.
func (w within) stream(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	from, to := io.Pipe()
	a := &pipedAnswer{header: http.Header{}, to: to, begun: make(chan int, 1)}
	go func() {
		defer func() {
			// Whoever reads must notice that it is not the whole answer.
			var err error
			if v := recover(); v != nil {
				err = io.ErrUnexpectedEOF
			}
			a.WriteHeader(http.StatusOK)
			_ = to.CloseWithError(err) // never fails
			cancel()
		}()
		w.server.ServeHTTP(a, r.WithContext(ctx))
	}()
	status := <-a.begun
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.sent, Body: pipedBody{from, cancel}, ContentLength: -1, Request: r,
	}, nil
}

// A pipedBody ends the handler when it is closed.
type pipedBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (b pipedBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

// A pipedAnswer is an answer on its way.
type pipedAnswer struct {
	header http.Header
	sent   http.Header // as it was when the answer began
	to     *io.PipeWriter
	begun  chan int
	once   sync.Once
}

// Header implements http.ResponseWriter.
func (a *pipedAnswer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *pipedAnswer) WriteHeader(status int) {
	a.once.Do(func() {
		a.sent = a.header.Clone()
		a.begun <- status
	})
}

// Write implements http.ResponseWriter.
func (a *pipedAnswer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.to.Write(b)
}

// SetReadDeadline does nothing: nobody sends slowly here.
func (a *pipedAnswer) SetReadDeadline(time.Time) error { return nil }

type readCloser struct{ *bytes.Reader }

// Close implements io.Closer.
func (readCloser) Close() error { return nil }

// A localAnswer is an answer kept whole.
type localAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *localAnswer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *localAnswer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *localAnswer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// SetReadDeadline does nothing: nobody sends slowly here.
func (a *localAnswer) SetReadDeadline(time.Time) error { return nil }
