package cycle

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// A mistake is a command line with something wrong in it.
type mistake struct {
	name string
	args []string
	code int
	says string // part of the line that tells what
	hint string // part of the line that tells what to do
}

// TestBadInput: each mistake has its exit code, one line that says what is
// wrong and one that says what to do, and changes nothing.
func TestBadInput(t *testing.T) {
	if !alone(t) {
		return
	}
	in := newInstallation(t, only(t, "198.51.100.10"))
	in.up()
	in.register()
	org := in.Orgs[lab.Energy]
	expired := in.addOrg("Northern Water")
	in.must(nil, "asset", "add", "198.51.100.12", "--org", expired)
	in.authorise(expired, "198.51.100.12/32", "2020-01-01", "2021-01-01")

	before := in.registered()
	for _, m := range slices.Concat(in.registerMistakes(org, expired), scanMistakes(org, expired)) {
		t.Run(m.name, func(t *testing.T) { in.wantRefused(t, m) })
	}
	if after := in.registered(); after != before {
		t.Errorf("before the mistakes the register had %s, after them %s", before, after)
	}
	if begun := in.packets(); moves(begun, in.packets, time.Second) {
		t.Error("packets are sent after nothing but mistakes")
	}
}

// registerMistakes are in what people tell of operators, assets and permits.
func (in *installation) registerMistakes(org, expired string) []mistake {
	in.t.Helper()
	garbage := in.write("garbage.xlsx", "PK\x03\x04 this is no spreadsheet")
	wrong := in.write("wrong.csv", "address,kind,criticality\n198.51.100.11,it,high\n300.1.2.3,it,high\n198.51.100.12,boat,high\n")
	return []mistake{
		{
			"unknown sector",
			[]string{"org", "add", "--name", "X", "--sector", "enrgy", "--country", "LK"},
			2, "enrgy", "energy",
		},
		{
			"malformed address",
			[]string{"asset", "add", "300.1.2.3", "--org", org},
			2, "300.1.2.3", "",
		},
		{
			"reserved prefix that nobody admitted",
			[]string{
				"authorization", "add", "--org", org, "--prefix", "10.0.0.0/24", "--method", "mandate", "--reference", "x",
				"--from", "2026-01-01", "--until", "2099-01-01", "--level", "light",
			},
			2, "10.0.0.0/24", "scan.allow_reserved",
		},
		{
			"address that is registered",
			[]string{"asset", "add", "198.51.100.10", "--org", expired},
			1, "198.51.100.10", "",
		},
		{
			"authorisation that ends before it begins",
			[]string{
				"authorization", "add", "--org", org, "--prefix", "198.51.100.0/24", "--method", "mandate", "--reference", "x",
				"--from", "2026-02-01", "--until", "2026-01-01", "--level", "light",
			},
			2, "until", "the day after the last",
		},
		{
			"letter without a letter",
			[]string{
				"authorization", "add", "--org", org, "--prefix", "198.51.100.0/24", "--method", "letter",
				"--from", "2026-01-01", "--until", "2099-01-01", "--level", "light",
			},
			2, "document", "",
		},
		{
			"unreadable file",
			[]string{"asset", "import", garbage, "--org", org},
			2, "garbage.xlsx", "",
		},
		{
			"list with mistakes",
			[]string{"asset", "import", wrong, "--org", org},
			2, "row 3", "",
		},
		{
			"no such file",
			[]string{"asset", "import", filepath.Join(in.dir, "none.csv"), "--org", org},
			2, "none.csv", "",
		},
	}
}

// scanMistakes are in what people want to be done.
func scanMistakes(org, expired string) []mistake {
	return []mistake{
		{
			"cron that never fires",
			[]string{"schedule", "add", "--org", org, "--cron", "0 0 30 2 *", "--profile", "light"},
			2, "never", "",
		},
		{
			"cron that is none",
			[]string{"schedule", "add", "--org", org, "--cron", "every day", "--profile", "light"},
			2, "every day", "",
		},
		{
			"expired authorisation",
			[]string{"scan", "run", "--org", expired, "--profile", "light", "--wait"},
			5, "198.51.100.12", "authorization list",
		},
		{
			"level above what was authorised",
			[]string{"scan", "run", "--org", org, "--profile", "intensive", "--wait"},
			5, "allows the level standard", "authorization list",
		},
		{
			"unknown profile",
			[]string{"scan", "run", "--org", org, "--profile", "brutal"},
			2, "brutal", "standard",
		},
		{
			"unknown organisation",
			[]string{"scan", "run", "--org", "ORG-99", "--profile", "light"},
			1, "ORG-99", "ciiscan org list",
		},
		{
			"advisory on nothing",
			[]string{"advisory", "draft", "--check", "cii-none", "--tlp", "amber"},
			1, "cii-none", "list",
		},
	}
}

// wantRefused fails the test unless a mistake is told as it should.
func (in *installation) wantRefused(t *testing.T, m mistake) {
	t.Helper()
	err := in.CLI.Run(t.Context(), nil, m.args...)
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != m.code {
		t.Fatalf("%v, want exit code %d", err, m.code)
	}
	_, said, _ := strings.Cut(err.Error(), "\n")
	t.Log(said)
	complaint, hint, hinted := strings.Cut(said, "hint: ")
	if !strings.HasPrefix(complaint, "ciiscan: ") || !strings.Contains(complaint, m.says) {
		t.Errorf("it says %q, want a line of ciiscan's with %q", complaint, m.says)
	}
	if !hinted || !strings.Contains(hint, m.hint) {
		t.Errorf("it advises %q, want %q", hint, m.hint)
	}
}

// registered counts what is registered.
func (in *installation) registered() string {
	in.t.Helper()
	type counts struct{ Orgs, Assets, Authorizations, Schedules, Advisories int }
	return fmt.Sprintf("%+v", ask[counts](in, `SELECT (SELECT count(*) FROM organizations), (SELECT count(*) FROM assets),
		(SELECT count(*) FROM authorizations), (SELECT count(*) FROM schedules), (SELECT count(*) FROM advisories)`)[0])
}

// write makes a file and returns its path.
func (in *installation) write(name, text string) string {
	in.t.Helper()
	path := filepath.Join(in.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		in.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		in.t.Fatal(err)
	}
	return path
}

func (in *installation) addOrg(name string) (id string) {
	in.t.Helper()
	var org wire.Organization
	in.must(&org, "org", "add", "--name", name, "--sector", "water", "--country", "LK")
	return org.ID
}

func (in *installation) authorise(org, prefix, from, until string) {
	in.t.Helper()
	in.must(nil, "authorization", "add", "--org", org, "--prefix", prefix, "--method", "mandate", "--reference", "Act 12, section 3",
		"--from", from, "--until", until, "--level", "standard")
}

// TestPrefixLargerThanItsAuthorisation: only what is authorised is scanned,
// and what is not is told of.
func TestPrefixLargerThanItsAuthorisation(t *testing.T) {
	if !alone(t) {
		return
	}
	in := newInstallation(t, only(t, "198.51.100.10"))
	in.up()
	org := in.addOrg("Northern Water")
	// The lab watches 198.51.100.97, which belongs to nobody here.
	in.must(nil, "asset", "add", "198.51.100.96/29", "--org", org)
	in.authorise(org, "198.51.100.100/30", "2020-01-01", "2099-01-01")
	var s wire.Scan
	in.must(&s, "scan", "run", "--org", org, "--profile", "standard", "--wait")
	if len(s.Skipped) != 1 || s.Skipped[0].What != "198.51.100.96/29" || !strings.Contains(s.Skipped[0].Reason, "4 of its addresses") {
		t.Errorf("left out: %+v, want four addresses of the prefix, and why", s.Skipped)
	}
	type line struct{ Addr netip.Addr }
	authorised := netip.MustParsePrefix("198.51.100.100/30")
	looked := ask[line](in, "SELECT DISTINCT address FROM host_results ORDER BY 1")
	for _, l := range looked {
		if !authorised.Contains(l.Addr) {
			t.Errorf("%s was looked at", l.Addr)
		}
	}
	if len(looked) != 4 {
		t.Errorf("%d addresses were looked at, want the 4 that are authorised", len(looked))
	}
	status, err := in.lab.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := status.Untouched(); err != nil {
		t.Error(err)
	}
}

// TestProgramsSayWhatTheyLack: what a program cannot do without ends it at its
// start, not in the middle of the first scan.
func TestProgramsSayWhatTheyLack(t *testing.T) {
	if !alone(t) {
		return
	}
	in := newInstallation(t, only(t, "198.51.100.10"))
	in.startDatabase()
	in.startDaemon("ciiscand")
	const pins = "templates: []\n"
	in.write("unsound/catalogue.yaml", pins)
	in.write("unsound/http/broken.yaml", "id: broken\ninfo: [\n")
	in.write("forbidden/catalogue.yaml", pins)
	in.write("forbidden/http/shell.yaml", `id: shell
info:
  name: A page that should not be there
  author: cert
  severity: low
  description: It tells strangers about the inside of the system.
  remediation: Remove the page from the server.
  reference: https://example.org/why
  tags: web, local
code:
  - engine: [sh]
    source: id
`)
	worker := "CIISCAN_WORKER__URL=" + in.worker
	for _, c := range []struct {
		name, program, verb string
		settings            []string
		says, hint          string
	}{
		{
			"no nmap", "ciiscan-worker", "run",
			[]string{worker, "CIISCAN_SCAN__NMAP_PATH=/nowhere/nmap"},
			"/nowhere/nmap", "apt-get install nmap",
		},
		{
			"template that does not parse", "ciiscan-worker", "run",
			[]string{worker, "CIISCAN_SCAN__TEMPLATES_DIR=" + in.dir + "/unsound"},
			"http/broken.yaml", "",
		},
		{
			"template with a forbidden protocol", "ciiscan-worker", "run",
			[]string{worker, "CIISCAN_SCAN__TEMPLATES_DIR=" + in.dir + "/forbidden"},
			"asks for the code protocol", "",
		},
		{
			"the same for the daemon", "ciiscand", "serve",
			[]string{
				"CIISCAN_DATABASE__URL=" + in.database, "CIISCAN_API__SOCKET=" + in.dir + "/other.sock", "CIISCAN_SCAN__TEMPLATES_DIR=" + in.dir + "/forbidden",
			},
			"http/shell.yaml", "",
		},
		{"worker without a database", "ciiscan-worker", "run", nil, "worker.url", "CIISCAN_WORKER__URL"},
		{"daemon without a database", "ciiscand", "serve", nil, "database.url", "ciiscan up"},
		{"unknown setting", "ciiscand", "serve", []string{"CIISCAN_SCAN__NMAP=nmap"}, "scan.nmap", "scan.nmap_path"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, in.program(c.program), c.verb)
			cmd.Env = append(plainEnvironment(), in.settings(c.settings...)...)
			cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
			cmd.WaitDelay = 30 * time.Second
			out, err := cmd.CombinedOutput()
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
				t.Fatalf("it ended with %v, want exit code 1\n%s", err, out)
			}
			_, told, _ := strings.Cut(string(out), c.program+": ")
			t.Log(told)
			complaint, hint, hinted := strings.Cut(told, "\nhint: ")
			if !strings.Contains(complaint, c.says) || !hinted || !strings.Contains(hint, c.hint) {
				t.Errorf("it says\n%s\nwant a complaint with %q and a hint with %q", out, c.says, c.hint)
			}
		})
	}
}
