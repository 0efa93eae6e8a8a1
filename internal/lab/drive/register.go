package drive

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// A Job is the main job on one installation.
type Job struct {
	CLI   CLI
	Truth lab.Truth
	Orgs  map[string]string // an operator's key -> its id in the register
}

// Register makes the operators known, with all that a scan needs.
func (j *Job) Register(ctx context.Context) error {
	for _, o := range j.Truth.Operators {
		var org wire.Organization
		if err := j.CLI.Run(ctx, &org, "org", "add", "--name", o.Name, "--sector", string(o.Sector), "--country", o.Country,
			"--criticality", string(o.Criticality), "--time-zone", o.TimeZone); err != nil {
			return err
		}
		j.Orgs[o.Key] = org.ID
		for _, c := range o.Contacts {
			if err := j.CLI.Run(ctx, nil, "contact", "add", "--org", org.ID, "--role", string(c.Role), "--name", c.Name, "--email", c.Email); err != nil {
				return err
			}
		}
		if err := j.importAssets(ctx, o); err != nil {
			return err
		}
		if err := j.authorise(ctx, o); err != nil {
			return err
		}
		if err := j.CLI.Run(ctx, nil, "schedule", "add", "--org", org.ID, "--cron", o.Cron, "--profile", "standard"); err != nil {
			return err
		}
	}
	return nil
}

// importAssets reads the operator's own list, first without effect. The bank
// sends a spreadsheet, the energy company a CSV file.
func (j *Job) importAssets(ctx context.Context, o lab.Operator) error {
	name, write := o.Key+"-assets.csv", j.Truth.WriteCSV
	if o.Key == lab.Bank {
		name, write = o.Key+"-assets.xlsx", j.Truth.WriteXLSX
	}
	path, err := j.writeFile(name, func(w io.Writer) error { return write(w, o.Key) })
	if err != nil {
		return err
	}
	want := len(j.Truth.Assets(o.Key))
	for _, flags := range [][]string{{"--dry-run"}, nil} {
		var r wire.ImportResult
		if err := j.CLI.Run(ctx, &r, append([]string{"asset", "import", j.CLI.Places.Shown(path), "--org", j.Orgs[o.Key]}, flags...)...); err != nil {
			return err
		}
		if len(r.Assets) != want || len(r.Errors) != 0 {
			return fmt.Errorf("%s: %d assets and %d mistakes, want %d and none", name, len(r.Assets), len(r.Errors), want)
		}
		j.CLI.say("%d assets", len(r.Assets))
	}
	return nil
}

// authorise records the operator's letter, and what it asked to be spared.
func (j *Job) authorise(ctx context.Context, o lab.Operator) error {
	letter, err := j.writeFile(o.Key+"-letter.txt", func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s\n\nWe permit the national CERT to scan the following for exposed services, until further notice:\n%v %v\n\nSigned: the chief information officer\n",
			o.Name, o.Prefixes, o.Names)
		return err
	})
	if err != nil {
		return err
	}
	from, until := day(0), day(365)
	args := []string{
		"authorization", "add", "--org", j.Orgs[o.Key], "--method", "letter", "--document", j.CLI.Places.Shown(letter),
		"--signed-by", "Chief information officer", "--from", from, "--until", until, "--level", "standard",
	}
	for _, p := range o.Prefixes {
		args = append(args, "--prefix", p.String())
	}
	for _, n := range o.Names {
		args = append(args, "--name", n)
	}
	if err := j.CLI.Run(ctx, nil, args...); err != nil {
		return err
	}
	if o.Exclusion == nil {
		return nil
	}
	return j.CLI.Run(ctx, nil, "exclusion", "add", o.Exclusion.Prefix.String(), "--reason", o.Exclusion.Reason, "--until", day(90))
}

func (j *Job) writeFile(name string, write func(io.Writer) error) (string, error) {
	path := j.CLI.Places.File(name)
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
