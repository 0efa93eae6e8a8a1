package shell

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// read returns the next line of a stream that begins with what is asked for.
func read(t *testing.T, lines *bufio.Scanner, prefix string) string {
	t.Helper()
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), prefix) {
			return lines.Text()
		}
	}
	t.Fatalf("the stream ended before %q: %v", prefix, lines.Err())
	return ""
}

func TestEventsComeAsTheyHappen(t *testing.T) {
	go_ := make(chan string)
	s := newSite(t, Page{Route: "GET /live", Needs: "list-findings", Stream: true, Handle: func(q *Request) error {
		return q.Events(func(send func(name, html string) error) error {
			for text := range go_ {
				if err := send("", text); err != nil {
					return err
				}
			}
			return send("done\nid: 99", "")
		})
	}})
	r := s.request(http.MethodGet, "/live", "analyst", nil)
	r.Header.Set("Last-Event-ID", "41")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if kind := res.Header.Get("Content-Type"); kind != "text/event-stream; charset=utf-8" || res.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("headers: %v", res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	go_ <- "<p>one</p>\nevent: forged\r\n\r\nid: 7"
	if id := read(t, lines, "id: "); id != "id: 42" {
		t.Errorf("%s, want to go on after 41", id)
	}
	for _, want := range []string{"data: <p>one</p>", "data: event: forged", "data: ", "data: id: 7", ""} {
		if lines.Scan(); lines.Text() != want {
			t.Errorf("line %q, want %q: what is inside must stay inside", lines.Text(), want)
		}
	}
	go_ <- "two" // arrives although the answer goes on
	if two := read(t, lines, "data: "); two != "data: two" {
		t.Error(two)
	}
	close(go_)
	if name := read(t, lines, "event: "); name != "event: doneid: 99" {
		t.Errorf("%q, want the name on one line", name)
	}
	if end := read(t, lines, "event: "); end != "event: end" {
		t.Errorf("%q, want the end", end)
	}
}

func TestStreamsEnd(t *testing.T) {
	ended := make(chan error, 1)
	started := make(chan struct{}, 1)
	wait := Page{Route: "GET /live", Needs: "list-findings", Stream: true, Handle: func(q *Request) error {
		q.shell.heartbeat = 10 * time.Millisecond
		err := q.Events(func(func(name, html string) error) error {
			started <- struct{}{}
			<-q.Context().Done()
			ended <- context.Cause(q.Context())
			return q.Context().Err()
		})
		return err
	}}
	for name, end := range map[string]func(*site, context.CancelFunc){
		"the browser of an analyst leaves":  func(_ *site, leave context.CancelFunc) { leave() },
		"the session of an analyst ends":    func(s *site, _ context.CancelFunc) { s.sessions.end("analyst") },
		"the session of an operator ends":   func(s *site, _ context.CancelFunc) { s.sessions.end("operator") },
		"the server stops under an analyst": func(s *site, _ context.CancelFunc) { close(s.stop) },
	} {
		t.Run(name, func(t *testing.T) {
			role := "analyst"
			if strings.Contains(name, "operator") {
				role = "operator"
			}
			s := newSite(t, wait)
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			res, err := http.DefaultClient.Do(s.request(http.MethodGet, "/live", role, nil).WithContext(ctx))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			<-started
			read(t, bufio.NewScanner(res.Body), ": still here")
			end(s, leave)
			select {
			case why := <-ended:
				if !errors.Is(why, context.Canceled) && !errors.Is(why, errStreamEnded) {
					t.Errorf("ended by %v", why)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("the stream goes on")
			}
			if strings.Contains(s.log.String(), "ERROR") {
				t.Errorf("log = %s", s.log)
			}
		})
	}
}
