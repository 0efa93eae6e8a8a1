package client

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// onSocket serves h on a unix socket and returns its path.
func onSocket(t *testing.T, h http.Handler) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "api.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: h}}
	srv.Start()
	t.Cleanup(srv.Close)
	return path
}

func TestListsAreFollowedToTheirEnd(t *testing.T) {
	pages := map[string]string{
		"":  `{"items":[{"id":"ORG-1"},{"id":"ORG-2"}],"next_cursor":"b"}`,
		"b": `{"items":[{"id":"ORG-3"}],"next_cursor":""}`,
	}
	path := onSocket(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer cii_x" {
			t.Errorf("request carries %q, want the token", r.Header.Get("Authorization"))
		}
		_, _ = io.WriteString(w, pages[r.URL.Query().Get("cursor")])
	}))
	orgs, err := Unix(path, "cii_x").Organizations(t.Context())
	if err != nil || len(orgs) != 3 || orgs[2].ID != "ORG-3" {
		t.Errorf("Organizations() = %v, %v, want three", orgs, err)
	}
}

func TestProblemsBecomeErrors(t *testing.T) {
	for _, c := range []struct {
		name, contentType, body string
		status                  int
		is                      error
		says, hint              string
	}{
		{
			"invalid", "application/problem+json", `{"kind":"invalid","detail":"sector \"x\": unknown sector","hint":"use one of: energy"}`, 422,
			inventory.ErrInvalid, `sector "x": unknown sector`, "use one of: energy",
		},
		{"not found", "application/problem+json", `{"kind":"not_found","detail":"asset A-9: not found"}`, 404, inventory.ErrNotFound, "asset A-9: not found", ""},
		{"out of scope", "application/problem+json", `{"kind":"out_of_scope","detail":"no","hint":"ask"}`, 403, inventory.ErrOutOfScope, "no", "ask"},
		{"no token", "application/problem+json", `{"kind":"unauthenticated","detail":"not signed in"}`, 401, inventory.ErrForbidden, "not signed in", ""},
		{"a fault names its request", "application/problem+json", `{"kind":"fault","detail":"a fault of the server","request_id":"R7"}`, 500, nil, "a fault of the server (request R7)", ""},
		{"somebody in between", "text/html", `<h1>Bad gateway</h1>`, 502, nil, "the server answered 502 Bad Gateway, not as CIIScan does", "check that --server names a CIIScan server, and what stands between"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := onSocket(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.contentType)
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			_, err := Unix(path, "").Asset(t.Context(), "A-9")
			if err == nil || err.Error() != c.says || inventory.HintOf(err) != c.hint {
				t.Errorf("error = %v with hint %q, want %q with %q", err, inventory.HintOf(err), c.says, c.hint)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v is not %v", err, c.is)
			}
		})
	}
}

func TestMistakesKeepTheirPlaces(t *testing.T) {
	e := &Error{wire.Problem{Errors: []wire.ProblemDetail{
		{Location: "body.sector", Value: "x", Message: "unknown sector"},
		{Location: "row 3, column B", Message: "not an address"},
	}}}
	got := e.Mistakes()
	if len(got) != 2 || got[0].Error() != `sector "x": unknown sector` || got[1].Error() != "row 3, column B: not an address" {
		t.Errorf("Mistakes() = %v", got)
	}
}

func TestNobodyThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "api.sock")
	_, err := Unix(path, "").Health(t.Context())
	if !errors.Is(err, inventory.ErrUnavailable) || !strings.Contains(inventory.HintOf(err), "ciiscan up") {
		t.Errorf("no server = %v with hint %q, want unavailable and how to start one", err, inventory.HintOf(err))
	}
	if want := "no server at " + path + ": no such file or directory"; err.Error() != want {
		t.Errorf("error = %q, want %q", err, want)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("told to stop")
	cancel(stop)
	if _, err := Unix(path, "").Health(ctx); !errors.Is(err, stop) {
		t.Errorf("call after the end of its context = %v, want its cause", err)
	}
}

func TestHTTPS(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"user":"amara","role":"analyst"}`)
	}))
	defer srv.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(ca, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	trusting, err := HTTPS(srv.URL, "cii_x", ca)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := trusting.Identity(t.Context()); err != nil || id.User != "amara" {
		t.Errorf("Identity() = %v, %v, want amara", id, err)
	}
	wary, err := HTTPS(srv.URL, "cii_x", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wary.Identity(t.Context()); err == nil {
		t.Error("a server whose certificate nobody signed was trusted")
	}
	for _, bad := range []string{"http://ciiscan.example", "ciiscan.example", "https://", "https://x/api", "https://user:pw@x"} {
		if _, err := HTTPS(bad, "", ""); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("HTTPS(%q) error = %v, want invalid", bad, err)
		}
	}
}

func TestServerDoesNotChooseFolders(t *testing.T) {
	for header, want := range map[string]string{
		`attachment; filename=a.json`:                `a.json`,
		`attachment; filename="../../etc/passwd"`:    `passwd`,
		`attachment; filename="..\\..\\windows.ini"`: `windows.ini`,
		`nonsense; ;`: ``,
	} {
		if got := suggestedName(http.Header{"Content-Disposition": {header}}); got != want {
			t.Errorf("suggestedName(%q) = %q, want %q", header, got, want)
		}
	}
}
