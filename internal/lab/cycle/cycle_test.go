package cycle

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gocsaf/csaf/v3/csaf"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// country is a little of everything that the lab has, of both operators.
func country(t *testing.T) lab.Truth {
	return only(t,
		"198.51.100.10",   // web server with its .git
		"198.51.100.13",   // cache open to all, to be taken off the network
		"198.51.100.26",   // cache behind a packet filter
		"198.51.100.27",   // switched off
		"198.51.100.30",   // cache with a password
		"192.0.2.80",      // virtual hosts, by name
		"2001:db8:10::13", // cache, IPv6
		"198.51.100.64",   // controller
		"198.51.100.68",   // controller, switched off
		"203.0.113.16",    // card service, to be put in order
		"203.0.113.17",    // the bank's cache, of the same make
	)
}

// TestScanCycle is the main job: from the register to the report, by the
// clock, with nobody disturbing.
func TestScanCycle(t *testing.T) {
	if !alone(t) {
		return
	}
	in := newInstallation(t, country(t))
	in.up()
	in.Truth.Operators = slices.Clone(in.Truth.Operators)
	for i := range in.Truth.Operators {
		in.Truth.Operators[i].Cron = "* * * * *"
	}
	if err := in.Register(t.Context()); err != nil {
		t.Fatal(err)
	}

	schedules := in.awaitScheduled()
	in.wantTruth(in.Truth)

	repairs := []string{"energy-redis", "bank-actuator"}
	for _, fix := range repairs {
		if err := in.lab.Fix(t.Context(), fix); err != nil {
			t.Fatal(err)
		}
	}
	in.runAll(schedules)
	in.wantDoubted(repairs)
	in.runAll(schedules)
	after, err := in.Truth.After(repairs...)
	if err != nil {
		t.Fatal(err)
	}
	in.wantTruth(after)
	in.wantClosed(after)
	in.wantTidy()

	in.wantReports()
	in.wantAdvisory()
	in.must(nil, "audit", "verify")
	status, err := in.lab.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(status.Untouched(), sick(status.Sick)); err != nil {
		t.Error(err)
	}
}

func sick(why string) error {
	if why == "" {
		return nil
	}
	return fmt.Errorf("the lab is not well: %s", why)
}

// awaitScheduled waits for the scans of the schedules' first slots, pauses the
// schedules and returns their ids.
func (in *installation) awaitScheduled() []string {
	in.t.Helper()
	var scans []wire.Scan
	eventually(in.t, "each operator is scanned by schedule", 90*time.Second, func() bool {
		in.must(&scans, "scan", "list")
		return len(scans) >= len(in.Truth.Operators)
	})
	var schedules []wire.Schedule
	in.must(&schedules, "schedule", "list")
	var ids []string
	for _, s := range schedules {
		in.must(nil, "schedule", "pause", s.ID)
		ids = append(ids, s.ID)
	}
	for _, s := range scans {
		if s.Trigger != "schedule" || s.Actor != "scheduler" || s.Slot == nil || s.Slot.Second() != 0 {
			in.t.Errorf("scan %s was started by %s (%s) for the slot %v, want a schedule at a full minute", s.ID, s.Trigger, s.Actor, s.Slot)
		}
		if s = in.await(s.ID, 3*time.Minute); s.State != "complete" && s.State != "partial" { // some hosts are switched off
			in.t.Errorf("scan %s is %s: %s", s.ID, s.State, s.Note)
		}
	}
	return ids
}

// runAll runs each schedule once more and waits.
func (in *installation) runAll(schedules []string) {
	in.t.Helper()
	var started []string
	for _, id := range schedules {
		var s wire.Scan
		in.must(&s, "schedule", "run", id)
		started = append(started, s.ID)
	}
	for _, id := range started {
		in.await(id, 3*time.Minute)
	}
}

// wantDoubted fails the test unless what was repaired is still open after one
// look that did not see it, with that look counted.
func (in *installation) wantDoubted(repairs []string) {
	in.t.Helper()
	in.wantTruth(in.Truth)
	after, err := in.Truth.After(repairs...)
	if err != nil {
		in.t.Fatal(err)
	}
	repaired := len(in.Truth.Expected()) - len(after.Expected())
	var findings []wire.Finding
	in.must(&findings, "finding", "list")
	doubted := 0
	for _, f := range findings {
		if f.Negatives == 1 {
			doubted++
		}
	}
	if doubted != repaired {
		in.t.Errorf("after one look %d findings were not seen once, want %d", doubted, repaired)
	}
}

// wantClosed fails the test unless each finding that was repaired tells why it
// is closed, and still has what proved that it was there.
func (in *installation) wantClosed(after lab.Truth) {
	in.t.Helper()
	var closed []wire.Finding
	in.must(&closed, "finding", "list", "--detection", "fixed")
	if want := len(in.Truth.Expected()) - len(after.Expected()); len(closed) != want {
		in.t.Errorf("%d findings are closed, want %d", len(closed), want)
	}
	type evidence struct{ Request, Response []byte }
	for _, f := range closed {
		var d wire.FindingDetail
		in.must(&d, "finding", "show", f.ID)
		last := d.Events[len(d.Events)-1]
		if last.Kind != "fixed" || last.To != "fixed" || !strings.Contains(last.Reason, "2 times in a row") || last.TaskID == "" {
			in.t.Errorf("finding %s (%s) ends with %+v, want that it is fixed, by which task, and why", f.ID, f.Check, last)
		}
		if d.ClosedAt == nil || d.DueAt != nil {
			in.t.Errorf("finding %s is closed at %v and due at %v", f.ID, d.ClosedAt, d.DueAt)
		}
		if f.EvidenceID == "" {
			continue // an exposure: the open port was the proof
		}
		kept := ask[evidence](in, "SELECT request, response FROM evidence WHERE id = $1", f.EvidenceID)
		if len(kept) != 1 || len(kept[0].Response) == 0 {
			in.t.Errorf("the evidence of finding %s (%s) is gone", f.ID, f.Check)
		}
	}
}

// wantReports fails the test unless the report of each operator, and that of
// the nation, tells the same numbers in every format, and those of the finding
// list.
func (in *installation) wantReports() {
	in.t.Helper()
	whose := [][]string{nil}
	for _, o := range in.Truth.Operators {
		whose = append(whose, []string{"--org", in.Orgs[o.Key]})
	}
	for i, filter := range whose {
		var findings []wire.Finding
		in.must(&findings, append([]string{"finding", "list", "--detection", "present"}, filter...)...)
		dir := filepath.Join(in.dir, fmt.Sprintf("report-%d", i))
		in.must(nil, append([]string{"report", "weekly", "--out", dir, "--format", "html,csv,json"}, filter...)...)

		var report reports.Report
		if err := json.Unmarshal([]byte(in.file(dir, "*.json")), &report); err != nil {
			in.t.Fatal(err)
		}
		page := strings.Join(strings.Fields(in.file(dir, "*.html")), " ")
		if len(filter) == 0 { // the nation is told in sums
			told := 0
			for _, w := range report.Weaknesses {
				told += w.Findings
			}
			if told != len(findings) {
				in.t.Errorf("the nation's report counts %d findings, the list has %d", told, len(findings))
			}
			for _, figure := range report.Card {
				in.wantFigure(page, figure, findings)
			}
			continue
		}
		rows, err := csv.NewReader(strings.NewReader(in.file(dir, "*-findings.csv"))).ReadAll()
		if err != nil {
			in.t.Fatal(err)
		}
		told := 0
		for _, p := range report.Problems {
			told += len(p.Findings)
		}
		if len(findings) == 0 || told != len(findings) || len(rows)-1 != len(findings) {
			in.t.Errorf("report %v: %d findings in JSON, %d in CSV, %d in the list", filter, told, len(rows)-1, len(findings))
		}
		for _, f := range findings {
			if !strings.Contains(page, f.ID) {
				in.t.Errorf("report %v: the page does not tell of %s", filter, f.ID)
			}
		}
		for _, figure := range report.Card {
			in.wantFigure(page, figure, findings)
		}
	}
}

// wantFigure holds one number of the card against the page and the findings.
func (in *installation) wantFigure(page string, figure reports.Figure, findings []wire.Finding) {
	in.t.Helper()
	shown := fmt.Sprintf(`<span class="label">%s</span> <b>(<a href="#[a-z-]+">)?%d<`, regexp.QuoteMeta(figure.Label), figure.Value)
	severity, counted := strings.CutPrefix(figure.Key, "open_")
	if counted {
		n := 0
		for _, f := range findings {
			if f.Severity == severity {
				n++
			}
		}
		if figure.Value != n {
			in.t.Errorf("the report counts %d findings as %s, the list has %d", figure.Value, severity, n)
		}
	}
	if !regexp.MustCompile(shown).MatchString(page) {
		in.t.Errorf("the page does not show %q", shown)
	}
}

// file returns the one file of a folder that matches.
func (in *installation) file(dir, pattern string) string {
	in.t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(names) != 1 {
		in.t.Fatalf("%s in %s: %v, %v, want one file", pattern, dir, names, err)
	}
	content, err := os.ReadFile(names[0])
	if err != nil {
		in.t.Fatal(err)
	}
	return string(content)
}

// wantAdvisory has an advisory drafted by one person, refused to the same and
// approved by another, and holds the document against CSAF and against what it
// must not tell.
func (in *installation) wantAdvisory() {
	in.t.Helper()
	var draft wire.Advisory
	in.must(&draft, "advisory", "draft", "--check", "cii-memcached-open", "--tlp", "amber")
	if draft.Reach.Organizations != 2 {
		in.t.Errorf("the advisory counts %d organisations, want 2", draft.Reach.Organizations)
	}
	err := in.CLI.Run(in.t.Context(), nil, "advisory", "approve", draft.ID)
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 5 {
		in.t.Errorf("approval by the author = %v, want exit code 5", err)
	}
	var token wire.Token
	in.must(&token, "token", "add", "--user", "deputy", "--role", "approver")
	deputy := in.CLI
	deputy.Token = token.Secret
	if err := deputy.Run(in.t.Context(), nil, "advisory", "approve", draft.ID); err != nil {
		in.t.Fatal(err)
	}
	path := filepath.Join(in.dir, "advisory.json")
	in.must(nil, "advisory", "export", draft.ID, "--format", "csaf", "--out", path)
	content, err := os.ReadFile(path)
	if err != nil {
		in.t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(content, &document); err != nil {
		in.t.Fatal(err)
	}
	if faults, err := csaf.ValidateCSAF(document); err != nil || len(faults) > 0 {
		in.t.Errorf("the advisory is no CSAF: %v, %v", faults, err)
	}
	for _, o := range in.Truth.Operators {
		for _, secret := range []string{o.Name, in.Orgs[o.Key], o.Contacts[0].Email} {
			if strings.Contains(string(content), secret) {
				in.t.Errorf("the advisory names %q", secret)
			}
		}
	}
	for _, h := range in.Truth.Hosts {
		if strings.Contains(string(content), h.Addr.String()) {
			in.t.Errorf("the advisory names the address %s", h.Addr)
		}
	}
}
