package nuclei_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nuclei"
	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

// TestMain lets the test binary stand in for a child that links nuclei, and
// for a worker that is killed.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "fake-child" {
		os.Exit(fakeChild(os.Args[2], os.Args[3]))
	}
	if len(os.Args) == 3 && os.Args[1] == "fake-worker" {
		os.Exit(fakeWorker(os.Args[2]))
	}
	os.Exit(m.Run())
}

// A fake is one life of a fake child. It runs every pair, and misbehaves as
// its mode says: "how" or "how once" on the second pair of each job, or "how
// on ID" at the template. The template "hit" matches.
type fake struct {
	how    string
	once   bool
	on     string
	life   int // 1 for the first child of a test
	events *wire.Writer[wire.Event]
	job    wire.Job
}

func fakeChild(mode, lives string) int {
	f := fake{events: wire.NewWriter[wire.Event](os.Stdout, 4*wire.MaxEvent)}
	f.how, f.on, _ = strings.Cut(mode, " on ")
	f.how, f.once = strings.CutSuffix(f.how, " once")
	f.life = countLife(lives)
	requests := wire.NewReader[wire.Request](os.Stdin, wire.MaxRequest)
	for {
		r, err := requests.Next()
		if errors.Is(err, io.EOF) {
			return 0
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		if r.Job == nil {
			f.tell(wire.Event{Kind: wire.KindInvalid, Template: 0, Reason: "it is\nbad"})
			f.tell(wire.Event{Kind: wire.KindDone})
			continue
		}
		f.job = *r.Job
		f.run()
	}
}

// countLife adds a line to a file, and returns how many there are.
func countLife(file string) int {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(f, os.Getpid(), strings.Join(os.Environ(), " "))
		err = errors.Join(err, f.Close())
	}
	text, readErr := os.ReadFile(file)
	if err := errors.Join(err, readErr); err != nil {
		panic(err)
	}
	return bytes.Count(text, []byte("\n"))
}

func (f *fake) tell(ev wire.Event) {
	if err := f.events.Write(ev); err != nil {
		os.Exit(3)
	}
}

func (f *fake) run() {
	n := 0
	for _, h := range f.job.Hosts {
		for _, u := range h.Units {
			for _, t := range u.Templates {
				n++
				id := f.job.Templates[t].ID
				f.tell(wire.Event{Kind: wire.KindStart, Unit: u.ID, Template: t})
				if f.on == id || f.on == "" && n == 2 && (!f.once || f.life == 1) {
					f.misbehave(u.ID, t)
				}
				if id == "hit" {
					f.tell(wire.Event{Kind: wire.KindMatch, Unit: u.ID, Template: t, Match: &wire.Match{Location: "here", Response: []byte("seen")}})
				}
				f.tell(wire.Event{Kind: wire.KindRan, Unit: u.ID, Template: t, Sent: int64(n)})
			}
		}
	}
	f.tell(wire.Event{Kind: wire.KindDone, Sent: int64(n)})
}

func (f *fake) misbehave(unit, template int) {
	switch f.how {
	case "good":
	case "hang":
		select {}
	case "exit":
		os.Exit(7)
	case "panic":
		panic("as asked")
	case "shot":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "babble":
		fmt.Println("[INF] Templates loaded")
		select {}
	case "shout":
		for range 10_000 {
			fmt.Fprintln(os.Stderr, "\x1b[31mred\x1b[0m", strings.Repeat("x", 1000))
		}
	case "long line":
		f.tell(wire.Event{Kind: wire.KindMissed, Unit: unit, Template: template, Reason: strings.Repeat("x", 2*wire.MaxEvent)})
		select {}
	case "stray":
		f.tell(wire.Event{Kind: wire.KindMatch, Unit: 99, Template: 99, Match: &wire.Match{}})
		select {}
	case "unstarted":
		f.tell(wire.Event{Kind: wire.KindMatch, Unit: unit, Template: template + 1, Match: &wire.Match{}})
		select {}
	case "early done":
		f.tell(wire.Event{Kind: wire.KindDone})
		select {}
	case "grow":
		var hold [][]byte
		for {
			hold = append(hold, bytes.Repeat([]byte{1}, 8<<20))
			if len(hold) > 100 {
				time.Sleep(time.Hour)
			}
		}
	default:
		panic("unknown mode " + f.how)
	}
}

// fakeWorker scans with a child that hangs, until it is killed.
func fakeWorker(dir string) int {
	e, err := nuclei.New(nuclei.Config{
		Args: []string{"fake-child", "hang", dir + "/lives"}, Templates: catalogue{{ID: "a", Protocol: "http"}, {ID: "b", Protocol: "http"}}, TempDir: dir,
	})
	if err != nil {
		return 1
	}
	_, err = e.Scan(context.Background(), batchOf(mustPermit()))
	fmt.Println(err)
	return 0
}

func batchOf(targets ...target) scanner.Batch {
	b := scanner.Batch{Profile: scanner.Profile{Templates: true, RequestsPerSecond: 5}}
	for _, t := range targets {
		b.Targets = append(b.Targets, t.Target)
		b.Services = append(b.Services, t.services...)
	}
	return b
}
