package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/internal/lab/control"
	"github.com/ciiscan/ciiscan/internal/lab/netns"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// repairs are what gets repaired between the scans: one service is taken off
// the network, the other stays and is put in order.
var repairs = []string{"energy-redis", "bank-actuator"}

// A demo is one run of the main job.
type demo struct {
	p     places
	cli   cli
	lab   control.Client
	truth lab.Truth
	orgs  map[string]string // an operator's key -> its id in the register
	diffs int
}

// inside does the whole job in the namespace. What it started is left running
// once the job is done, well or not; an error ends it.
func inside(ctx context.Context, p places) error {
	if err := netns.RequirePrivate(); err != nil {
		return err
	}
	d := &demo{p: p, cli: cli{p: p}, lab: control.Dial(p.demo()), truth: lab.Country(), orgs: map[string]string{}}
	begun := time.Now()
	if err := d.job(ctx); err != nil {
		// The stop must go through even when we were told to end.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 80*time.Second)
		defer cancel()
		return errors.Join(err, stopAll(ctx, p))
	}
	d.farewell(time.Since(begun))
	if d.diffs > 0 {
		return fmt.Errorf("%d differences from the truth", d.diffs)
	}
	return nil
}

func (d *demo) job(ctx context.Context) error {
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"A lab of %d hosts, and an installation beside it", d.begin},
		{"Register, import, authorise, schedule", d.register},
		{"First scan", d.firstScan},
		{"Two things are repaired, and two more scans follow", d.repairAndScan},
		{"Reports and an advisory", d.publish},
		{"Who was touched, and is the log whole", d.verify},
	} {
		if strings.Contains(step.title, "%d") {
			step.title = fmt.Sprintf(step.title, len(d.truth.Hosts))
		}
		fmt.Printf("\n%s\n", step.title)
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) begin(ctx context.Context) error {
	if err := startLab(ctx, d.p); err != nil {
		return err
	}
	if err := startUp(ctx, d.p, d.truth); err != nil {
		return err
	}
	var checks []wire.Check
	if err := d.cli.run(ctx, &checks, "template", "list"); err != nil {
		return err
	}
	fmt.Printf("  %d checks may run\n", len(checks))
	return nil
}

func (d *demo) firstScan(ctx context.Context) error {
	if err := d.scanAll(ctx); err != nil {
		return err
	}
	return d.compare(ctx, d.truth)
}

func (d *demo) repairAndScan(ctx context.Context) error {
	for _, fix := range repairs {
		if err := d.lab.Fix(ctx, fix); err != nil {
			return err
		}
		fmt.Printf("  in the lab: %s\n", fix)
	}
	after, err := d.truth.After(repairs...)
	if err != nil {
		return err
	}
	for range 2 { // one look that sees nothing is not proof enough
		if err := d.scanAll(ctx); err != nil {
			return err
		}
	}
	return d.compare(ctx, after)
}

// scanAll scans every operator at the same time and waits for the ends.
func (d *demo) scanAll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 25*time.Minute)
	defer cancel()
	var (
		wg    sync.WaitGroup
		scans = make([]wire.Scan, len(d.truth.Operators))
		errs  = make([]error, len(d.truth.Operators))
	)
	begun := time.Now()
	for i, o := range d.truth.Operators {
		args := []string{"scan", "run", "--org", d.orgs[o.Key], "--profile", "standard", "--wait"}
		fmt.Println("  $ ciiscan " + quoted(args))
		wg.Go(func() { errs[i] = d.cli.quietly(ctx, &scans[i], args...) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for i, o := range d.truth.Operators {
		s := scans[i]
		fmt.Printf("  %s (%s): %s; %d addresses answered, %d services; findings: %d new, %d open, %d fixed\n",
			s.ID, o.Name, s.State, s.Hosts, s.Services, s.Findings.New, s.Findings.Open, s.Findings.Fixed)
		for _, skip := range s.Skipped {
			fmt.Printf("    left out: %s (%s)\n", skip.What, skip.Reason)
		}
	}
	fmt.Printf("  in %s\n", time.Since(begun).Round(time.Second))
	return nil
}

// compare holds all findings against the truth as it is now.
func (d *demo) compare(ctx context.Context, now lab.Truth) error {
	var got []lab.Finding
	for _, o := range d.truth.Operators {
		var findings []wire.Finding
		if err := d.cli.run(ctx, &findings, "finding", "list", "--org", d.orgs[o.Key]); err != nil {
			return err
		}
		for _, f := range findings {
			found, err := asFinding(o.Key, f)
			if err != nil {
				return err
			}
			got = append(got, found)
		}
	}
	diffs := lab.Compare(d.truth, now, got)
	open, fixed := 0, 0
	for _, f := range got {
		if f.Detection == inventory.Fixed {
			fixed++
		} else {
			open++
		}
	}
	expected := len(now.Expected())
	fmt.Printf("  truth: %d open, %d fixed; found: %d open, %d fixed; differences: %d\n",
		expected, len(d.truth.Expected())-expected, open, fixed, len(diffs))
	for _, diff := range diffs {
		fmt.Printf("    %s\n", diff)
	}
	d.diffs += len(diffs)
	return nil
}

func (d *demo) verify(ctx context.Context) error {
	status, err := d.lab.Status(ctx)
	if err != nil {
		return err
	}
	if status.Sick != "" {
		return fmt.Errorf("the lab itself is not well: %s", status.Sick)
	}
	if err := status.Untouched(); err != nil {
		d.diffs++
		fmt.Printf("    %v\n", err)
	} else {
		fmt.Printf("  %d packets were sent to the lab; the %d addresses that nobody may scan got none of them\n", status.Packets, len(status.Neighbours))
	}
	return d.cli.run(ctx, nil, "audit", "verify")
}

// farewell says how to look at what is there.
func (d *demo) farewell(took time.Duration) {
	ciiscan := d.p.shown(d.p.program()) + " --data " + d.p.shown(d.p.data())
	fmt.Printf("\nDone in %s. The installation and the lab go on running.\n", took.Round(time.Second))
	fmt.Printf("  look:     %s finding list --severity critical\n", ciiscan)
	fmt.Printf("            %s finding show F-1\n", ciiscan)
	fmt.Printf("  reports:  %s\n", d.p.shown(d.p.file("reports")))
	fmt.Printf("  advisory: %s\n", d.p.shown(d.p.file(advisoryFile)))
	fmt.Printf("  beside the hosts: %s\n", netns.Enter("$(cat "+d.p.shown(d.p.file(upName+".pid"))+")"))
	fmt.Println("  end:      make demo/stop")
}
