package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/internal/lab/control"
	"github.com/ciiscan/ciiscan/internal/lab/drive"
	"github.com/ciiscan/ciiscan/internal/lab/netns"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

const (
	advisoryFile  = "advisory.json"
	advisoryCheck = "cii-memcached-open" // both operators have it
)

// A demo is one run of the main job.
type demo struct {
	drive.Job
	p     drive.Places
	lab   control.Client
	diffs int
}

// inside does the whole job in the namespace. What it started is left running
// once the job is done, well or not; an error ends it.
func inside(ctx context.Context, p drive.Places) error {
	if err := netns.RequirePrivate(); err != nil {
		return err
	}
	d := &demo{p: p, lab: control.Dial(p.Dir), Job: drive.Job{
		CLI: drive.CLI{Places: p, Echo: os.Stdout}, Truth: lab.Country(), Orgs: map[string]string{},
	}}
	begun := time.Now()
	if err := d.do(ctx); err != nil {
		// The stop must go through even when we were told to end.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 80*time.Second)
		defer cancel()
		return errors.Join(err, drive.Stop(ctx, p))
	}
	d.farewell(time.Since(begun))
	if d.diffs > 0 {
		return fmt.Errorf("%d differences from the truth", d.diffs)
	}
	return nil
}

func (d *demo) do(ctx context.Context) error {
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{fmt.Sprintf("A lab of %d hosts, and an installation beside it", len(d.Truth.Hosts)), d.begin},
		{"Register, import, authorise, schedule", d.Register},
		{"First scan", d.firstScan},
		{"Two things are repaired, and two more scans follow", d.repairAndScan},
		{"Reports and an advisory", d.publish},
		{"People who sign in, and a weekly run to review", d.invite},
		{"Who was touched, and is the log whole", d.verify},
	} {
		fmt.Printf("\n%s\n", step.title)
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) begin(ctx context.Context) error {
	if err := drive.StartLab(ctx, d.p); err != nil {
		return err
	}
	if err := drive.StartUp(ctx, d.p, d.Truth); err != nil {
		return err
	}
	var checks []wire.Check
	if err := d.CLI.Run(ctx, &checks, "template", "list"); err != nil {
		return err
	}
	fmt.Printf("  %d checks may run\n", len(checks))
	return nil
}

func (d *demo) firstScan(ctx context.Context) error {
	if _, err := d.ScanAll(ctx); err != nil {
		return err
	}
	return d.compare(ctx, d.Truth)
}

// repairAndScan repairs two services: one is taken off the network, the other
// stays and is put in order.
func (d *demo) repairAndScan(ctx context.Context) error {
	repairs := []string{"energy-redis", "bank-actuator"}
	for _, fix := range repairs {
		if err := d.lab.Fix(ctx, fix); err != nil {
			return err
		}
		fmt.Printf("  in the lab: %s\n", fix)
	}
	after, err := d.Truth.After(repairs...)
	if err != nil {
		return err
	}
	for range 2 { // one look that sees nothing is not proof enough
		if _, err := d.ScanAll(ctx); err != nil {
			return err
		}
	}
	return d.compare(ctx, after)
}

// compare holds all findings against the truth as it is now.
func (d *demo) compare(ctx context.Context, now lab.Truth) error {
	got, err := d.Findings(ctx)
	if err != nil {
		return err
	}
	diffs := lab.Compare(d.Truth, now, got)
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
		expected, len(d.Truth.Expected())-expected, open, fixed, len(diffs))
	for _, diff := range diffs {
		fmt.Printf("    %s\n", diff)
	}
	d.diffs += len(diffs)
	return nil
}

// publish writes the weekly reports and an advisory that a second person has
// approved.
func (d *demo) publish(ctx context.Context) error {
	reports := d.p.File("reports")
	weekly := func(name string, whose ...string) error {
		args := append([]string{"report", "weekly"}, whose...)
		return d.CLI.Run(ctx, nil, append(args, "--out", d.p.Shown(filepath.Join(reports, name)), "--format", "html,csv,json")...)
	}
	if err := weekly("nation"); err != nil {
		return err
	}
	for _, o := range d.Truth.Operators {
		if err := weekly(o.Key, "--org", d.Orgs[o.Key]); err != nil {
			return err
		}
	}
	var draft wire.Advisory
	if err := d.CLI.Run(ctx, &draft, "advisory", "draft", "--check", advisoryCheck, "--tlp", "amber"); err != nil {
		return err
	}
	var token wire.Token
	if err := d.CLI.Run(ctx, &token, "token", "add", "--user", "deputy", "--role", "approver"); err != nil {
		return err
	}
	fmt.Println("  and as the deputy, with that token:")
	deputy := d.CLI
	deputy.Token = token.Secret
	if err := deputy.Run(ctx, nil, "advisory", "approve", draft.ID); err != nil {
		return err
	}
	return d.CLI.Run(ctx, nil, "advisory", "export", draft.ID, "--format", "csaf", "--out", d.p.Shown(d.p.File(advisoryFile)))
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
		fmt.Printf("    %s\n", strings.ReplaceAll(err.Error(), "\n", "\n    "))
	} else {
		fmt.Printf("  %d packets were sent to the lab; the %d addresses that nobody may scan got none of them\n", status.Packets, len(status.Neighbours))
	}
	return d.CLI.Run(ctx, nil, "audit", "verify")
}

// farewell says how to look at what is there.
func (d *demo) farewell(took time.Duration) {
	ciiscan := d.p.Shown(d.p.Program()) + " --data " + d.p.Shown(d.p.Data())
	fmt.Printf("\nDone in %s. The installation and the lab go on running.\n", took.Round(time.Second))
	fmt.Printf("  look:     %s finding list --severity critical\n", ciiscan)
	fmt.Printf("            %s finding show F-1\n", ciiscan)
	fmt.Printf("  reports:  %s\n", d.p.Shown(d.p.File("reports")))
	fmt.Printf("  advisory: %s\n", d.p.Shown(d.p.File(advisoryFile)))
	fmt.Printf("  a shell that reaches the hosts: %s\n", netns.Enter("$(cat "+d.p.Shown(d.p.UpPID())+")"))
	fmt.Println("  end:      make demo/stop")
}
