package cycle

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/internal/lab/control"
	"github.com/ciiscan/ciiscan/internal/lab/drive"
	"github.com/ciiscan/ciiscan/internal/pgembed"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// never is a cron expression whose moment does not come during a test.
const never = "0 0 29 2 *"

// An installation is one CIIScan beside a lab.
type installation struct {
	drive.Job
	t   *testing.T
	dir string
	lab control.Client

	cluster  *pgembed.Cluster // nil when up has its own
	postgres string           // where its programs are; "" looks in the usual places
	database string           // as its owner
	worker   string           // the database as workers see it
}

// newInstallation starts a lab and nothing else. Of the lab's hosts the
// operators will register those of the truth.
func newInstallation(t *testing.T, truth lab.Truth) *installation {
	t.Helper()
	p := places(t)
	t.Chdir(p.Root) // drive's commands name files from there
	in := &installation{
		Job: drive.Job{CLI: drive.CLI{Places: p}, Truth: truth, Orgs: map[string]string{}},
		t:   t, dir: p.Dir, lab: control.Dial(p.Dir),
	}
	labd := startProcess(t, in.dir, "lab", nil, in.program("labd"), "run", "--dir", in.dir, "--for", "15m", "--with-parent")
	labd.awaitWord("hosts are up", time.Minute)
	return in
}

func (in *installation) program(name string) string {
	return filepath.Join(in.CLI.Places.Root, "bin", name)
}

// settings are those of every program, and more.
func (in *installation) settings(more ...string) []string {
	var reserved []string
	for _, r := range in.Truth.Routed {
		reserved = append(reserved, r.String())
	}
	return append([]string{
		"CIISCAN_SCAN__ALLOW_RESERVED=" + strings.Join(reserved, ","),
		"CIISCAN_SCAN__RESOLVERS=" + in.Truth.NameServer.String() + ":53",
	}, more...)
}

// up runs the installation as one does on a single machine, on the database of
// startDatabase where there is one, and returns when scans may start.
func (in *installation) up() *process {
	in.t.Helper()
	var more []string
	if in.cluster != nil {
		more = []string{"CIISCAN_DATABASE__URL=" + in.database, "CIISCAN_WORKER__URL=" + in.worker}
	}
	up := startProcess(in.t, in.dir, "up", in.settings(more...), in.program("ciiscan"), "up", "--data", in.CLI.Places.Data())
	up.awaitWord("\nready: ", 2*time.Minute)
	if in.cluster == nil {
		in.database = between(up.said(), "PostgreSQL is ready (", ")")
	}
	return up
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}

// startDatabase runs a PostgreSQL of the test's own, with the roles that
// docs/operations.md tells an administrator to make.
func (in *installation) startDatabase() {
	in.t.Helper()
	in.runCluster()
	in.t.Cleanup(func() { _ = in.cluster.Stop(context.Background()) }) // a test may have stopped it
	for _, statement := range []string{
		"CREATE ROLE ciiscan LOGIN", "CREATE ROLE ciiscan_worker NOLOGIN", "CREATE ROLE w1 LOGIN IN ROLE ciiscan_worker",
		"CREATE ROLE ciiscan_operator NOLOGIN ROLE ciiscan",
		"CREATE DATABASE ciiscan OWNER ciiscan TEMPLATE template0",
	} {
		if err := in.cluster.Exec(in.t.Context(), "postgres", statement); err != nil {
			in.t.Fatal(err)
		}
	}
	in.database, in.worker = in.cluster.URL("ciiscan", "ciiscan"), in.cluster.URL("ciiscan", "w1")
}

// runCluster starts the cluster, also after it was stopped or killed.
func (in *installation) runCluster() {
	in.t.Helper()
	c, err := pgembed.Start(in.t.Context(), pgembed.Config{
		Dir: filepath.Join(in.dir, "db"), BinDir: in.postgres, Durable: true, // tests kill it
	})
	if err != nil {
		in.t.Fatal(err)
	}
	in.cluster = c
}

// clusterDir is where the database's files are.
func (in *installation) clusterDir() string {
	in.t.Helper()
	u, err := url.Parse(in.database)
	if err != nil {
		in.t.Fatal(err)
	}
	return filepath.Dir(u.Query().Get("host"))
}

// startDaemon runs one ciiscand and returns when it serves.
func (in *installation) startDaemon(name string) {
	in.t.Helper()
	in.launchDaemon(name).awaitWord("ciiscand is ready", time.Minute)
}

// launchDaemon runs one ciiscand; the one of that name is the command line's.
func (in *installation) launchDaemon(name string) *process {
	in.t.Helper()
	socket := filepath.Join(in.dir, name+".sock")
	if name == "ciiscand" {
		socket = filepath.Join(in.CLI.Places.Data(), "run", "api.sock")
		if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
			in.t.Fatal(err)
		}
	}
	return startProcess(in.t, in.dir, name,
		in.settings("CIISCAN_DATABASE__URL="+in.database, "CIISCAN_API__SOCKET="+socket), in.program("ciiscand"), "serve")
}

// startWorker runs one worker under the given name.
func (in *installation) startWorker(name string, more ...string) *process {
	in.t.Helper()
	settings := in.settings(append(more, "CIISCAN_WORKER__URL="+in.worker, "CIISCAN_WORKER__NAME="+name)...)
	w := startProcess(in.t, in.dir, name, settings, in.program("ciiscan-worker"), "run")
	w.awaitWord("worker is ready", time.Minute)
	return w
}

// register makes the truth's operators known, with all that a scan needs; the
// schedules that come with it are never due.
func (in *installation) register() {
	in.t.Helper()
	in.Truth.Operators = slices.Clone(in.Truth.Operators)
	for i := range in.Truth.Operators {
		in.Truth.Operators[i].Cron = never
	}
	if err := in.Register(in.t.Context()); err != nil {
		in.t.Fatal(err)
	}
}

// must runs the command line and decodes its answer into v, which may be nil.
func (in *installation) must(v any, args ...string) {
	in.t.Helper()
	ctx, cancel := context.WithTimeout(in.t.Context(), 2*time.Minute)
	defer cancel()
	if err := in.CLI.Run(ctx, v, args...); err != nil {
		in.t.Fatal(err)
	}
}

// startScan starts a scan of the energy company.
func (in *installation) startScan(profile string) wire.Scan {
	in.t.Helper()
	var s wire.Scan
	in.must(&s, "scan", "run", "--org", in.Orgs[lab.Energy], "--profile", profile)
	return s
}

// scan returns how a scan is.
func (in *installation) scan(id string) wire.Scan {
	in.t.Helper()
	var s wire.Scan
	in.must(&s, "scan", "show", id)
	return s
}

// await waits for a scan's end, also while the server is away for a while, and
// returns it.
func (in *installation) await(id string, within time.Duration) wire.Scan {
	in.t.Helper()
	var s wire.Scan
	var err error
	for deadline := time.Now().Add(within); ; time.Sleep(300 * time.Millisecond) {
		if err = in.CLI.Run(in.t.Context(), &s, "scan", "show", id); err == nil && s.State != "queued" && s.State != "running" {
			return s
		}
		if time.Now().After(deadline) {
			in.t.Fatalf("scan %s has not ended within %s: %+v, %v", id, within, s, err)
		}
	}
}

// awaitPackets waits until a scan is well under way: so many packets more than
// now have reached the lab.
func (in *installation) awaitPackets(more int64) {
	in.t.Helper()
	begin := in.packets()
	eventually(in.t, "packets of a scan", 30*time.Second, func() bool { return in.packets() >= begin+more })
}

// packets is how many have reached the lab so far.
func (in *installation) packets() int64 {
	in.t.Helper()
	s, err := in.lab.Status(in.t.Context())
	if err != nil {
		in.t.Fatal(err)
	}
	return s.Packets
}

// wantTruth fails the test unless the findings are what the truth of the lab
// demands, before and after repairs, each in the severity of its check.
func (in *installation) wantTruth(now lab.Truth) {
	in.t.Helper()
	got, err := in.Findings(in.t.Context())
	if err != nil {
		in.t.Fatal(err)
	}
	for _, d := range lab.Compare(in.Truth, now, got) {
		in.t.Errorf("after the scan: %s", d)
	}
	var checks []wire.Check
	in.must(&checks, "template", "list")
	severity := map[string]string{}
	for _, c := range checks {
		severity[c.ID] = c.Severity
	}
	var findings []wire.Finding
	in.must(&findings, "finding", "list")
	for _, f := range findings {
		if f.Severity != severity[f.Check] {
			in.t.Errorf("%s (%s) has the severity %q, want %q", f.ID, f.Check, f.Severity, severity[f.Check])
		}
	}
}

// only is the country with no hosts but those at the given addresses, and no
// operators but their owners.
func only(t *testing.T, addrs ...string) lab.Truth {
	t.Helper()
	truth := lab.Country()
	owners := map[string]bool{}
	truth.Hosts = slices.DeleteFunc(truth.Hosts, func(h lab.Host) bool {
		drop := !slices.Contains(addrs, h.Addr.String())
		if !drop {
			owners[h.Owner] = true
		}
		return drop
	})
	truth.Operators = slices.DeleteFunc(truth.Operators, func(o lab.Operator) bool { return !owners[o.Key] })
	if len(truth.Hosts) != len(addrs) {
		t.Fatalf("the lab has %d of the hosts %q", len(truth.Hosts), addrs)
	}
	return truth
}

// office is a handful of hosts of the energy company that all answer: a scan
// of them is complete when nothing went wrong.
func office(t *testing.T) lab.Truth {
	return only(t,
		"198.51.100.10", // web server with its .git
		"198.51.100.13", // cache open to all
		"198.51.100.31", // web page that looks like a cache
		"192.0.2.80",    // virtual hosts, by name
		"198.51.100.64", // controller
	)
}

// open tells whether a finding is there, in the words of the command line.
func open(f wire.Finding) bool { return inventory.Detection(f.Detection).Present() }
