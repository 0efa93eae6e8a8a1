package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ciiscan": main})
}

// TestScripts runs the command line against the real API on a unix socket,
// with a store in memory behind it. Besides testscript's own commands there
// are
//
//	exits CODE COMMAND...   the command ends with this exit code
//	server ends STATE       scans end in this state
//	server refuses          scans find nothing that may be scanned
//	server gate CLAUSE      the release gate refuses by this clause
//	server down             the server is gone
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: serve,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "server": server,
		},
	})
}

// A served is what a script talks to.
type served struct {
	mu   sync.Mutex
	fake *apitest.Fake
	http *http.Server
}

func serve(env *testscript.Env) error {
	data := filepath.Join(env.WorkDir, "data")
	s, err := newServed(data)
	if err != nil {
		return err
	}
	env.Defer(func() { _ = s.http.Close() })
	env.Setenv("CIISCAN_DATA", data)
	program, err := exec.LookPath("ciiscan")
	if err != nil {
		return err
	}
	env.Setenv("PROGRAM", program) // for scripts that empty PATH
	env.Values["served"] = s
	return nil
}

// newServed serves the API with a store in memory, on a data folder's socket.
func newServed(data string) (*served, error) {
	s := &served{fake: apitest.New()}
	f := s.fake
	h := api.New(api.Deps{
		Tokens: f, TokenAdmin: f, Accounts: apitest.People{Fake: f}, ConsoleURL: "http://localhost:8480", Organizations: f, Assets: f, Keeping: f, Imports: f, Permits: f, Discoveries: f, Profiles: f, Owners: f, Authorizations: f, Exclusions: f,
		Schedules: f, Scheduler: f, Scans: f, Planner: f, Switch: f, Findings: f, Decisions: f, Handling: f, Checks: f, Feeds: f,
		Weekly: f, Backups: f, Runs: f, Notices: f, Overviews: f, Searches: f, Advisories: f, Drafts: f, Audit: f,
		Consents: f, Teams: f, Credentials: f, Sources: f, Agreements: f, AdvisoryLife: f, Bulletins: f, Releases: f, Inbox: f, Matches: f, Ledger: f, Exchange: f,
		Health: func(context.Context) (wire.Health, error) {
			return wire.Health{SchemaVersion: 4, Workers: []wire.Worker{{Name: "w1", Version: "dev", Slots: 2, SeenAt: apitest.Noon, Alive: true}}}, nil
		},
		Admit:     []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
		Publisher: "CERT of Nowhere", Namespace: "https://cert.example",
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return apitest.Noon }, Version: "dev",
	})
	ln, err := auth.UnixListener(filepath.Join(data, "run", "api.sock"))
	if err != nil {
		return nil, err
	}
	s.http = &http.Server{
		ReadHeaderTimeout: 5 * time.Second, ConnContext: auth.ConnContext,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			h.ServeHTTP(w, r)
		}),
	}
	go func() { _ = s.http.Serve(ln) }()
	return s, nil
}

func server(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("served").(*served)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch args[0] {
	case "ends":
		s.fake.Ends = scanner.ScanState(args[1])
	case "refuses":
		s.fake.Empty = true
		s.fake.Skipped = []scanner.Skip{{
			Asset: "A-1", What: "192.0.2.10", Reason: fmt.Sprintf("192.0.2.10: %v: no authorisation in force covers it", inventory.ErrOutOfScope),
		}}
	case "gate":
		s.fake.Clause = args[1]
	case "down":
		ts.Check(s.http.Close())
	default:
		ts.Fatalf("unknown: server %s", args[0])
	}
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		got = e.ExitCode()
	} else if err != nil {
		ts.Fatalf("run %s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("%s ended with exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", args[1], got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

func TestInterruptLeavesTheScanRunning(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s, err := newServed(data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.http.Close() })
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(300*time.Millisecond, func() { cancel(errInterrupted) })
	var stdout, stderr strings.Builder
	code := run(ctx, []string{"scan", "run", "--org", "ORG-1", "--wait", "--data", data}, &stdout, &stderr)
	if code != exitInterrupted || !strings.Contains(stderr.String(), "S-1 goes on without us") || stdout.Len() > 0 {
		t.Errorf("exit code %d, want %d; stdout %q, stderr %q", code, exitInterrupted, stdout.String(), stderr.String())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.fake.Acts, []string{s.fake.Started[0].Actor + " scan.start"}) {
		t.Errorf("acts = %q, want the start and no cancel", s.fake.Acts)
	}
}

func TestFilesAreWrittenWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.json")
	if err := writeFile(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(path, []byte("second")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "second" {
		t.Errorf("file = %q, want the second writing", got)
	}
	err := writeFile(filepath.Join(dir, "missing", "x"), []byte("x"))
	if exitCode(err) != exitFailed || inventory.HintOf(err) == "" {
		t.Errorf("write into a missing folder = %v, want exit code 1 and a hint", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("folder holds %v, %v, want the one file", left, err)
	}
}

func TestTerminalsAreNotDriven(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[2Jgone":              "[2Jgone",
		"two\nlines":               "two lines",
		"a\u202egnp.exe":           "agnp.exe",
		"বিদ্যুৎ":                  "বিদ্যুৎ",
		"\x9b31mC1 control\u009b0": `\x9b31mC1 control0`,
	} {
		if got := oneLine(in); got != want {
			t.Errorf("oneLine(%q) = %q, want %q", in, got, want)
		}
	}
	if got := string(escapeControls([]byte("{\"t\":\"\u009b31m\u202e\"}\n"))); got != "{\"t\":\"\\u009b31m\\u202e\"}\n" {
		t.Errorf("escapeControls = %q", got)
	}
}

func TestSpreadsheetsAreNotDriven(t *testing.T) {
	for in, want := range map[string]string{
		"=HYPERLINK(1)": "'=HYPERLINK(1)",
		"+1":            "'+1",
		"@SUM(A1)":      "'@SUM(A1)",
		"plain":         "plain",
		"":              "",
	} {
		if got := csvCell(in); got != want {
			t.Errorf("csvCell(%q) = %q, want %q", in, got, want)
		}
	}
}
