package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

const id = "weekly-ORG-7-2026-W47"

// newPrinter prints with the real Chromium.
func newPrinter(t *testing.T) *Printer {
	t.Helper()
	path, err := Find("")
	if err != nil {
		t.Fatal("nothing to print with; scripts/setup.sh installs Chromium:", err)
	}
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) { // who prints is another user
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return &Printer{Program: path, TempDir: dir}
}

// page is a report of many rows, with a chart.
func page(title, body string) []byte {
	var rows strings.Builder
	for i := range 200 {
		fmt.Fprintf(&rows, "<tr><th scope=row>F-%d</th><td>192.0.2.%d port 443/tcp, বাংলা, ශ්\u200dරී</td></tr>", i, i%250)
	}
	return []byte(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>` + title + `</title></head><body><h1>Report ` + id + `</h1>` + body +
		`<table><tr><th scope=col>Finding<th scope=col>Where</tr>` + rows.String() + `</table></body></html>`)
}

const chart = `<svg role="img" viewBox="0 0 10 10" width="90" height="90"><title>Open</title><desc>Three open</desc><rect width="5" height="5"/></svg>`

func print(t *testing.T, p *Printer, html []byte) []byte {
	t.Helper()
	out, err := p.Print(t.Context(), html)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// tool runs a program of others on a PDF; scripts/setup.sh installs them.
func tool(t *testing.T, pdf []byte, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "{}", path)
	}
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s says %s, %v", name, out, err)
	}
	return string(out)
}

// What is packed is what was printed: its words, its tags and what they say,
// its outline. Programs of others find the files, and nothing to complain
// about, even where a name looks like the end of an object.
func TestPrintAndFinish(t *testing.T) {
	p := newPrinter(t)
	printed := print(t, p, page("Weekly report endobj >> stream endstream endobj", chart+"<h2>endobj 7 0 obj >> stream</h2>"))
	at := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	attach := []Attachment{{Name: id + ".json", MediaType: "application/json", Data: []byte(`{"id":"x"}`)}, {Name: id + "-findings.csv", MediaType: "text/csv; charset=utf-8", Data: []byte("id,title\n1,x\n")}}
	whole, err := Finish(printed, id, at, attach)
	if err != nil {
		t.Fatal(err)
	}
	if 2*len(whole) > len(printed) {
		t.Errorf("%d bytes became %d", len(printed), len(whole))
	}
	if again, err := Finish(printed, id, at, attach); err != nil || !bytes.Equal(again, whole) {
		t.Errorf("the same again is not the same: %v", err)
	}
	for _, same := range [][]string{{"pdftotext", "-layout", "{}", "-"}, {"pdfinfo", "-struct-text", "{}"}, {"pdfinfo", "-dests", "{}"}} {
		if is, was := tool(t, whole, same[0], same[1:]...), tool(t, printed, same[0], same[1:]...); is != was || len(was) < 1000 && same[1] != "-dests" {
			t.Errorf("%s: %d bytes have become %d", same, len(was), len(is))
		}
	}
	if out := tool(t, whole, "pdfdetach", "-list", "{}"); !strings.Contains(out, "2 embedded files") || !strings.Contains(out, id+"-findings.csv") || strings.Contains(out, "rror") {
		t.Errorf("pdfdetach says %s", out)
	}
	if out := tool(t, whole, "qpdf", "--check", "{}"); strings.Contains(out, "WARNING") {
		t.Errorf("qpdf says %s", out)
	}
	plain := func(b []byte) string { return tool(t, b, "qpdf", "--qdf", "--object-streams=disable", "{}", "-") }
	for _, kept := range []string{"/Outlines", "/Alt", "/Lang", "/StructElem", "/Title"} {
		if is, was := strings.Count(plain(whole), kept), strings.Count(plain(printed), kept); is != was || was == 0 {
			t.Errorf("%s stands %d times in it, and stood %d times", kept, is, was)
		}
	}
	if left, err := os.ReadDir(p.TempDir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The id is found, too, in the fonts that reports bring along.
func TestFinishReadsOurFonts(t *testing.T) {
	p := newPrinter(t)
	org := inventory.Organization{ID: "ORG-7", Name: "Grid", TimeZone: "UTC"}
	to := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	r, err := reports.Build(reports.Data{
		Subject: reports.Subject{Org: org.ID}, Org: &org, Orgs: map[inventory.OrganizationID]inventory.Organization{org.ID: org},
		From: to.AddDate(0, 0, -7), To: to, At: to, Issue: reports.Issue{Week: "2026-W47"},
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := reports.Render(r, []string{"html"}, reports.Options{Fonts: reports.Noto})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Finish(print(t, p, files[0].Data), id, to, nil); err != nil {
		t.Error(err)
	}
}

func TestFinishRefuses(t *testing.T) {
	p := newPrinter(t)
	good := print(t, p, page("Weekly report", chart))
	for _, c := range []struct {
		name string
		pdf  []byte
		id   string
		want string
	}{
		{"one that was cut off", good[:len(good)/2], id, "read the PDF"},
		{"next to nothing", good[:100], id, "bytes only"},
		{"another report", good, "weekly-ORG-8-2026-W47", "does not stand in its text"},
		{"one without a title", print(t, p, page("", chart)), id, "no title"},
		{"a picture without words", print(t, p, page("x", `<img width=50 height=50 src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">`)), id, "figure"},
	} {
		if _, err := Finish(c.pdf, c.id, time.Now(), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %v, want an error with %q", c.name, err, c.want)
		}
	}
}

// A page that asks for something reaches nobody, not even this machine.
func TestPrintHasNoNetwork(t *testing.T) {
	p := newPrinter(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	came := make(chan struct{}, 1)
	go func() {
		if c, err := ln.Accept(); err == nil {
			came <- struct{}{}
			c.Close()
		}
	}()
	print(t, p, page("x", `<img alt="x" src="http://`+ln.Addr().String()+`/"><script>fetch("http://`+ln.Addr().String()+`/")</script>`))
	select {
	case <-came:
		t.Error("Chromium reached a server")
	case <-time.After(200 * time.Millisecond):
	}
}

// script is a program that stands in for Chromium and misbehaves.
func script(t *testing.T, text string) *Printer {
	t.Helper()
	p := newPrinter(t)
	p.Program = filepath.Join(p.TempDir, "chromium")
	if err := os.WriteFile(p.Program, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPrintOutlivesFaults(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"it dies", "kill -9 $$", "killed"},
		{"it says why", "echo 'No usable sandbox!' >&2; exit 1", "No usable sandbox!"},
		{"it writes nothing", "exit 0", "wrote nothing"},
		{"it writes something else", `for a; do case $a in --print-to-pdf=*) echo hello >"${a#*=}";; esac; done`, "no PDF"},
		{"it hangs, and its children with it", "sleep 600 & sleep 600", "in time"},
		{"it fills the disk", `for a; do case $a in --print-to-pdf=*) exec dd if=/dev/zero of="${a#*=}" bs=1M count=1 seek=300;; esac; done`, "failed"},
		{"it is a link to something else", `for a; do case $a in --print-to-pdf=*) ln -s /etc/passwd "${a#*=}";; esac; done`, "no file"},
	} {
		p := script(t, c.script)
		p.Timeout = 2 * time.Second
		began := time.Now()
		if _, err := p.Print(t.Context(), page("x", "")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: it took %s", c.name, took)
		}
		if left, _ := filepath.Glob(filepath.Join(p.TempDir, "ciiscan-print-*")); len(left) != 0 {
			t.Errorf("%s: left behind %v", c.name, left)
		}
	}
	out, err := exec.Command("pgrep", "-f", "^sleep 600$").Output()
	if none, ok := errors.AsType[*exec.ExitError](err); !ok || none.ExitCode() != 1 {
		t.Errorf("its children live on, or pgrep cannot tell: %s, %v", out, err)
	}
}

func TestPrintEndsWithItsContext(t *testing.T) {
	p := script(t, "sleep 600")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := p.Print(ctx, page("x", "")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Print = %v, want it to end with its context", err)
	}
}

func TestFind(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, name := range []string{"", "/nowhere/chromium"} {
		if _, err := Find(name); !errors.Is(err, inventory.ErrUnavailable) {
			t.Errorf("Find(%q) = %v", name, err)
		}
	}
}

// Nobody may switch the sandbox off.
func TestNoSandboxIsNowhere(t *testing.T) {
	p := &Printer{Program: "/usr/bin/true"}
	for _, arg := range p.command(t.Context(), "/x", nil).Args {
		if strings.Contains(arg, "no-sandbox") || strings.Contains(arg, "disable-setuid-sandbox") {
			t.Errorf("Chromium is started with %s", arg)
		}
	}
	if attr, err := p.confine(); err != nil || attr.Cloneflags == 0 || os.Getuid() == 0 && (attr.Credential == nil || attr.Credential.Uid == 0) {
		t.Errorf("it would run as %+v, %v", attr, err)
	}
}
