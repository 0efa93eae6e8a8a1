// Package status tells what a handler answered, to whoever wraps it.
package status

import "net/http"

// A Recorder remembers the status that a handler answers with.
type Recorder struct {
	http.ResponseWriter
	Code int // 0: nothing was answered yet
}

// WriteHeader remembers the first status.
func (r *Recorder) WriteHeader(code int) {
	if r.Code == 0 {
		r.Code = code
	}
	r.ResponseWriter.WriteHeader(code)
}

// Write is an implicit 200.
func (r *Recorder) Write(b []byte) (int, error) {
	if r.Code == 0 {
		r.Code = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *Recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
