package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

const (
	advisoryFile  = "advisory.json"
	advisoryCheck = "cii-memcached-open" // both operators have it
)

// register makes the operators known, with all that a scan needs.
func (d *demo) register(ctx context.Context) error {
	for _, o := range d.truth.Operators {
		var org wire.Organization
		if err := d.cli.run(ctx, &org, "org", "add", "--name", o.Name, "--sector", string(o.Sector), "--country", o.Country,
			"--criticality", string(o.Criticality), "--time-zone", o.TimeZone); err != nil {
			return err
		}
		d.orgs[o.Key] = org.ID
		for _, c := range o.Contacts {
			if err := d.cli.run(ctx, nil, "contact", "add", "--org", org.ID, "--role", string(c.Role), "--name", c.Name, "--email", c.Email); err != nil {
				return err
			}
		}
		if err := d.importAssets(ctx, o); err != nil {
			return err
		}
		if err := d.authorise(ctx, o); err != nil {
			return err
		}
		if err := d.cli.run(ctx, nil, "schedule", "add", "--org", org.ID, "--cron", o.Cron, "--profile", "standard"); err != nil {
			return err
		}
	}
	return nil
}

// importAssets reads the operator's own list, first without effect. The bank
// sends a spreadsheet, the energy company a CSV file.
func (d *demo) importAssets(ctx context.Context, o lab.Operator) error {
	name, write := o.Key+"-assets.csv", d.truth.WriteCSV
	if o.Key == lab.Bank {
		name, write = o.Key+"-assets.xlsx", d.truth.WriteXLSX
	}
	path, err := d.writeFile(name, func(w io.Writer) error { return write(w, o.Key) })
	if err != nil {
		return err
	}
	want := len(d.truth.Assets(o.Key))
	for _, flags := range [][]string{{"--dry-run"}, nil} {
		var r wire.ImportResult
		if err := d.cli.run(ctx, &r, append([]string{"asset", "import", d.p.shown(path), "--org", d.orgs[o.Key]}, flags...)...); err != nil {
			return err
		}
		if len(r.Assets) != want || len(r.Errors) != 0 {
			return fmt.Errorf("%s: %d assets and %d mistakes, want %d and none", name, len(r.Assets), len(r.Errors), want)
		}
		fmt.Printf("  %d assets\n", len(r.Assets))
	}
	return nil
}

// authorise records the operator's letter, and what it asked to be spared.
func (d *demo) authorise(ctx context.Context, o lab.Operator) error {
	letter, err := d.writeFile(o.Key+"-letter.txt", func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s\n\nWe permit the national CERT to scan the following for exposed services, until further notice:\n%v %v\n\nSigned: the chief information officer\n",
			o.Name, o.Prefixes, o.Names)
		return err
	})
	if err != nil {
		return err
	}
	from, until := day(0), day(365)
	args := []string{
		"authorization", "add", "--org", d.orgs[o.Key], "--method", "letter", "--document", d.p.shown(letter),
		"--signed-by", "Chief information officer", "--from", from, "--until", until, "--level", "standard",
	}
	for _, p := range o.Prefixes {
		args = append(args, "--prefix", p.String())
	}
	for _, n := range o.Names {
		args = append(args, "--name", n)
	}
	if err := d.cli.run(ctx, nil, args...); err != nil {
		return err
	}
	if o.Exclusion == nil {
		return nil
	}
	return d.cli.run(ctx, nil, "exclusion", "add", o.Exclusion.Prefix.String(), "--reason", o.Exclusion.Reason, "--until", day(90))
}

// publish writes the weekly reports and an advisory that a second person has
// approved.
func (d *demo) publish(ctx context.Context) error {
	reports := d.p.file("reports")
	if err := d.cli.run(ctx, nil, "report", "weekly", "--out", d.p.shown(filepath.Join(reports, "nation")), "--format", "html,csv,json"); err != nil {
		return err
	}
	for _, o := range d.truth.Operators {
		if err := d.cli.run(ctx, nil, "report", "weekly", "--org", d.orgs[o.Key], "--out", d.p.shown(filepath.Join(reports, o.Key)), "--format", "html,csv,json"); err != nil {
			return err
		}
	}
	var draft wire.Advisory
	if err := d.cli.run(ctx, &draft, "advisory", "draft", "--check", advisoryCheck, "--tlp", "amber"); err != nil {
		return err
	}
	var token wire.Token
	if err := d.cli.run(ctx, &token, "token", "add", "--user", "deputy", "--role", "approver"); err != nil {
		return err
	}
	fmt.Println("  and as the deputy, with that token:")
	deputy := cli{p: d.p, token: token.Secret}
	if err := deputy.run(ctx, nil, "advisory", "approve", draft.ID); err != nil {
		return err
	}
	return d.cli.run(ctx, nil, "advisory", "export", draft.ID, "--format", "csaf", "--out", d.p.shown(d.p.file(advisoryFile)))
}

func (d *demo) writeFile(name string, write func(io.Writer) error) (string, error) {
	path := d.p.file(name)
	f, err := os.Create(path)
	if err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	if err := write(f); err != nil {
		f.Close()
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	return path, f.Close()
}

// day is a date some days from today.
func day(ahead int) string { return time.Now().UTC().AddDate(0, 0, ahead).Format(time.DateOnly) }

// asFinding makes the command line's finding one to compare.
func asFinding(owner string, f wire.Finding) (lab.Finding, error) {
	addr, err := netip.ParseAddr(f.Address)
	if err != nil {
		return lab.Finding{}, fmt.Errorf("finding %s: %w", f.ID, err)
	}
	return lab.Finding{
		Owner: owner, Addr: addr, Port: uint16(f.Port), Transport: inventory.Transport(f.Transport),
		Hostname: f.Hostname, Check: inventory.CheckID(f.Check), Detection: inventory.Detection(f.Detection),
	}, nil
}
