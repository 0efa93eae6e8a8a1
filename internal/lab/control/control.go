// Package control asks a running lab things, over a unix socket in its
// directory: how it is, to repair something, to stop.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A Status is how the lab is.
type Status struct {
	PID        int         `json:"pid"`
	Fixed      []string    `json:"fixed"`
	Neighbours []Neighbour `json:"neighbours"`
	Packets    int64       `json:"packets"` // in the whole namespace
	Bytes      int64       `json:"bytes"`
	// Lost packets came too fast to be counted; -1 when unknown. Only at 0
	// do the neighbours' counts prove something.
	Lost int64  `json:"lost"`
	Sick string `json:"sick,omitempty"` // servers that ended by themselves
}

// A Neighbour is what reached an address that nobody may scan.
type Neighbour struct {
	Addr        netip.Addr `json:"addr"`
	Packets     int        `json:"packets"`
	Connections int64      `json:"connections"`
}

// Untouched returns nil when it is certain that nothing reached a neighbour.
func (s Status) Untouched() error {
	var errs []error
	for _, n := range s.Neighbours {
		if n.Packets != 0 || n.Connections != 0 {
			errs = append(errs, fmt.Errorf("%s, which nobody may scan, got %d packets and %d connections", n.Addr, n.Packets, n.Connections))
		}
	}
	if s.Lost != 0 {
		errs = append(errs, fmt.Errorf("%d packets came too fast to be looked at: the neighbours' counts prove nothing", s.Lost))
	}
	return errors.Join(errs...)
}

// Write prints the status as JSON.
func (s Status) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(s)
}

// A Lab is what the socket speaks for.
type Lab interface {
	Status() Status
	Fix(ctx context.Context, name string) error
	Stop()
}

// socketName is the socket's name in the lab's directory.
const socketName = "lab.sock"

// Listen binds the control socket in dir, in place of one left over.
func Listen(dir string) (net.Listener, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make control directory: %w", err)
	}
	path := filepath.Join(dir, socketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove old control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("bind control socket: %w", err)
	}
	return l, nil
}

// Serve answers on l until ctx ends.
func Serve(ctx context.Context, l net.Listener, lab Lab) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		if err := lab.Status().Write(w); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("POST /fix", func(w http.ResponseWriter, r *http.Request) {
		if err := lab.Fix(r.Context(), r.FormValue("name")); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		}
	})
	mux.HandleFunc("POST /stop", func(http.ResponseWriter, *http.Request) {
		time.AfterFunc(50*time.Millisecond, lab.Stop) // after the answer
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve control socket: %w", err)
	}
	return nil
}

// A Client asks the lab whose control directory it was made for.
type Client struct{ http *http.Client }

// Dial makes a client; it connects when it is used.
func Dial(dir string) Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", filepath.Join(dir, socketName))
	}
	return Client{&http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Status returns how the lab is.
func (c Client) Status(ctx context.Context) (Status, error) {
	var s Status
	body, err := c.do(ctx, http.MethodGet, "/status", nil)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return s, fmt.Errorf("read the lab's status: %w", err)
	}
	return s, nil
}

// Fix has a repair done.
func (c Client) Fix(ctx context.Context, name string) error {
	_, err := c.do(ctx, http.MethodPost, "/fix", url.Values{"name": {name}})
	return err
}

// Stop ends the lab.
func (c Client) Stop(ctx context.Context) error {
	_, err := c.do(ctx, http.MethodPost, "/stop", nil)
	return err
}

func (c Client) do(ctx context.Context, method, path string, form url.Values) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://lab"+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("ask the lab: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the lab: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read the lab's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask the lab %s: %s", path, bytes.TrimSpace(body))
	}
	return body, nil
}
