// Package wire is the protocol between a worker and its nuclei child: JSON, one
// message to a line, on pipes.
//
//	worker ── Request ──► child      one at a time
//	worker ◄── Event ──── child      any number, the last is KindDone
//
// The child names nothing but numbers that the worker gave out: a unit and a
// template of the present job. So whatever a broken or captured child says, it
// can speak only about what it was asked to look at.
package wire

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"
)

// Limits of one message. A request carries templates, an event at most one
// match with its evidence.
const (
	MaxRequest = 64 << 20 // bytes
	MaxEvent   = 256 << 10
)

// ErrTooLong says that a message is longer than its limit.
var ErrTooLong = errors.New("message too long")

// A Request is what the worker asks; exactly one field is set.
type Request struct {
	Validate []Template `json:"validate,omitempty"`
	Job      *Job       `json:"job,omitempty"`
}

// A Template is a check to run. The child refuses it unless the body hashes to
// SHA256.
type Template struct {
	ID       string `json:"id"`
	SHA256   string `json:"sha256"`
	Protocol string `json:"protocol"` // http, tcp, ssl or dns
	Body     []byte `json:"body"`
}

// A Job is one batch, or what is left of one.
type Job struct {
	Templates []Template `json:"templates"`
	Hosts     []Host     `json:"hosts"`
	// Resolvers answer the questions of dns templates, as "address:port".
	Resolvers []string `json:"resolvers,omitempty"`
	// Rate is how many requests one address gets in a second.
	Rate int `json:"rate"`
	// Parallel is how many addresses are looked at at once; within one address
	// everything goes one after the other.
	Parallel int `json:"parallel"`
	// HostTimeout is the time for one address.
	HostTimeout time.Duration `json:"host_timeout"`
}

// A Host is one address, the only one that its units may connect to.
type Host struct {
	Addr  netip.Addr `json:"addr"`
	Names []string   `json:"names,omitempty"` // all that lead to Addr
	Until time.Time  `json:"until"`           // no packet after it
	Units []Unit     `json:"units"`
}

// A Unit is one input with the templates to run on it.
type Unit struct {
	ID        int    `json:"id"`
	Protocol  string `json:"protocol"`
	Input     string `json:"input"` // URL, host:port or name
	Templates []int  `json:"templates"`
}

// Kind says what an Event tells.
type Kind string

// Kinds of events. A template on a unit is started, matches any number of
// times, and then has run or was missed.
const (
	KindStart   Kind = "start"
	KindMatch   Kind = "match"
	KindRan     Kind = "ran"
	KindMissed  Kind = "missed"
	KindInvalid Kind = "invalid" // a template that cannot be run: Template, Reason
	KindDone    Kind = "done"    // the request is answered: Sent
)

// An Event is one thing that the child tells.
type Event struct {
	Kind     Kind   `json:"kind"`
	Unit     int    `json:"unit"`
	Template int    `json:"template"`
	Reason   string `json:"reason,omitempty"`
	Match    *Match `json:"match,omitempty"`
	Sent     int64  `json:"sent,omitempty"`
}

// A Match is what a template saw.
type Match struct {
	Matcher   string   `json:"matcher,omitempty"`
	Extracted []string `json:"extracted,omitempty"`
	Location  string   `json:"location,omitempty"`
	Request   []byte   `json:"request,omitempty"`
	Response  []byte   `json:"response,omitempty"`
}

// A Reader reads messages of one type.
type Reader[T any] struct {
	in  *bufio.Reader
	max int
}

// NewReader reads messages of at most limit bytes.
func NewReader[T any](r io.Reader, limit int) *Reader[T] {
	return &Reader[T]{in: bufio.NewReaderSize(r, 64<<10), max: limit}
}

// Next returns the next message, io.EOF after the last, or an error after
// which the stream cannot be trusted.
func (r *Reader[T]) Next() (T, error) {
	var message T
	line, err := r.line()
	if err != nil {
		return message, err
	}
	if err := json.Unmarshal(line, &message); err != nil {
		return message, fmt.Errorf("read message: %w", err)
	}
	return message, nil
}

func (r *Reader[T]) line() ([]byte, error) {
	var line []byte
	for {
		part, err := r.in.ReadSlice('\n')
		if len(line)+len(part) > r.max {
			return nil, ErrTooLong
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

// A Writer writes messages; it may be used from several goroutines.
type Writer[T any] struct {
	mu  sync.Mutex
	out io.Writer
	max int
}

// NewWriter refuses to write messages of more than limit bytes.
func NewWriter[T any](w io.Writer, limit int) *Writer[T] {
	return &Writer[T]{out: w, max: limit}
}

// Write sends one message whole.
func (w *Writer[T]) Write(message T) error {
	line, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	if len(line) >= w.max {
		return ErrTooLong
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	return nil
}
