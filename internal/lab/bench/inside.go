package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/internal/lab/control"
	"github.com/ciiscan/ciiscan/internal/lab/drive"
	"github.com/ciiscan/ciiscan/internal/lab/netns"
)

// A measurement is what one way of scanning the lab took and found.
type measurement struct {
	took    time.Duration
	packets int64 // that reached the hosts
	scanner int64 // bytes of memory at the peak, of what scans
	whole   int64 // the same, with database and server
	found   []lab.Finding
}

// inside measures both ways in the namespace, one after the other.
func inside(ctx context.Context, p drive.Places) (err error) {
	if err := netns.RequirePrivate(); err != nil {
		return err
	}
	truth := lab.Country()
	if err := drive.StartLab(ctx, p); err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 80*time.Second)
		defer cancel()
		err = errors.Join(err, drive.Stop(ctx, p))
	}()
	fmt.Println("nmap, then the nuclei engine, by hand:")
	hand, err := measure(ctx, p, os.Getpid(), nothing, func() ([]lab.Finding, error) { return byHand(ctx, truth) })
	if err != nil {
		return err
	}
	fmt.Println("ciiscan:")
	ours, err := byCIIScan(ctx, p, truth)
	if err != nil {
		return err
	}
	printComparison(truth, hand, ours)
	return nil
}

func byCIIScan(ctx context.Context, p drive.Places, truth lab.Truth) (measurement, error) {
	if err := drive.StartUp(ctx, p, truth); err != nil {
		return measurement{}, err
	}
	text, err := os.ReadFile(p.UpPID())
	if err != nil {
		return measurement{}, fmt.Errorf("find the installation: %w", err)
	}
	up, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return measurement{}, fmt.Errorf("find the installation: %w", err)
	}
	job := &drive.Job{CLI: drive.CLI{Places: p}, Truth: truth, Orgs: map[string]string{}}
	if err := job.Register(ctx); err != nil {
		return measurement{}, err
	}
	job.CLI.Echo = os.Stdout
	return measure(ctx, p, up, isServer, func() ([]lab.Finding, error) {
		if _, err := job.ScanAll(ctx); err != nil {
			return nil, err
		}
		return job.Findings(ctx)
	})
}

// measure runs one way of scanning, and samples what a process and its
// descendants need meanwhile.
func measure(ctx context.Context, p drive.Places, root int, server func(string) bool, scan func() ([]lab.Finding, error)) (measurement, error) {
	ask := control.Dial(p.Dir)
	before, err := ask.Status(ctx)
	if err != nil {
		return measurement{}, err
	}
	watching, stop := context.WithCancel(ctx)
	scanner, whole := make(chan int64, 1), make(chan int64, 1)
	go func() { scanner <- peakMemory(watching, root, server) }()
	go func() { whole <- peakMemory(watching, root, nothing) }()
	begun := time.Now()
	found, err := scan()
	m := measurement{took: time.Since(begun), found: found}
	stop()
	m.scanner, m.whole = <-scanner, <-whole
	if err != nil {
		return m, err
	}
	after, err := ask.Status(ctx)
	if err != nil {
		return m, err
	}
	m.packets = after.Packets - before.Packets
	return m, after.Untouched()
}

func nothing(string) bool { return false }

// isServer tells the programs that scan nothing from those that do.
func isServer(name string) bool { return name == "postgres" || name == "ciiscand" }

func printComparison(truth lab.Truth, hand, ours measurement) {
	fmt.Printf("\n%-34s %12s %12s %8s\n", "", "by hand", "ciiscan", "ratio")
	line := func(what, a, b string, ratio float64) { fmt.Printf("%-34s %12s %12s %8.2f\n", what, a, b, ratio) }
	line("wall time", hand.took.Round(time.Second).String(), ours.took.Round(time.Second).String(), ours.took.Seconds()/hand.took.Seconds())
	line("packets to the hosts", fmt.Sprint(hand.packets), fmt.Sprint(ours.packets), float64(ours.packets)/float64(hand.packets))
	line("memory of what scans, MiB", mib(hand.scanner), mib(ours.scanner), float64(ours.scanner)/float64(hand.scanner))
	line("memory of everything, MiB", mib(hand.whole), mib(ours.whole), float64(ours.whole)/float64(hand.whole))
	a, b := correct(truth, hand.found), correct(truth, ours.found)
	line(fmt.Sprintf("findings of the truth's %d", len(truth.Expected())), fmt.Sprint(a), fmt.Sprint(b), float64(b)/float64(a))
	fmt.Printf("%-34s %12d %12d\n", "findings not in the truth", len(hand.found)-a, len(ours.found)-b)
	fmt.Printf("aim: no slower (%s), no finding fewer (%s)\n", met(ours.took <= hand.took), met(b >= a))
}

// correct counts the findings that the truth has.
func correct(truth lab.Truth, found []lab.Finding) int {
	wrong := 0
	for _, d := range lab.Compare(truth, truth, found) {
		if d.Kind == lab.Unexpected || d.Kind == lab.Twice {
			wrong++
		}
	}
	return len(found) - wrong
}

func mib(bytes int64) string { return fmt.Sprint(bytes >> 20) }

func met(yes bool) string {
	if yes {
		return "met"
	}
	return "not met"
}
