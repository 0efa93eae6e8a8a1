package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

var backupColumns = []column[wire.Backup]{
	{name: "id", value: func(b wire.Backup) string { return b.ID }},
	{name: "at", value: func(b wire.Backup) string { return moment(b.At) }},
	{name: "bytes", value: func(b wire.Backup) string { return strconv.FormatInt(b.Bytes, 10) }},
	{name: "host", value: func(b wire.Backup) string { return b.Host }},
	{name: "file", value: func(b wire.Backup) string { return b.File }},
	{name: "by", value: func(b wire.Backup) string { return b.By }},
	{name: "sha256", value: func(b wire.Backup) string { return b.SHA256 }, wide: true},
}

func (a *app) backupCommand() *cobra.Command {
	var to, database string
	c := a.command("backup [--to FILE]", "Copy the database into a file while it runs, read the copy, and write it down", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			made, err := a.backup(ctx, to, database)
			if err != nil {
				return err
			}
			kept, err := c.RecordBackup(ctx, made)
			if err != nil {
				return fmt.Errorf("the copy is good, at %s, but it is not written down: %w", made.File, err)
			}
			a.tellKeys()
			return object(a, kept, backupColumns)
		})
	c.Long = "backup writes a dump of PostgreSQL's custom format and, beside it, its SHA-256. It is one moment of\n" +
		"everything but the keys in DIR/keys, which are not in it. ciiscan restore reads it."
	c.Flags().StringVar(&to, "to", "", "`FILE` to write, which must not be there; a new one in DIR/backups when absent")
	c.Flags().StringVar(&database, "database", "", "`URL` of an outside database (CIISCAN_DATABASE__URL)")
	c.AddCommand(
		a.command("list", "List the backups that were written down, newest first", cobra.NoArgs,
			func(ctx context.Context, c *client.Client, _ []string) error {
				all, err := c.Backups(ctx)
				if err != nil {
					return err
				}
				return list(a, all, backupColumns)
			}),
		a.local("check FILE", "Read a backup to its end, and compare it with its SHA-256", cobra.ExactArgs(1),
			func(ctx context.Context, args []string) error {
				if err := a.checkBackup(ctx, args[0]); err != nil {
					return err
				}
				a.say("%s is whole", args[0])
				return nil
			}),
	)
	return c
}

// backup makes the file, whole or not at all.
func (a *app) backup(ctx context.Context, to, named string) (made wire.NewBackup, err error) {
	db, err := a.database(named)
	if err != nil {
		return made, err
	}
	made.At = a.now().UTC().Truncate(time.Second)
	if to == "" {
		dir := filepath.Join(a.data, "backups")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return made, &outcome{exitFailed, "cannot make " + dir + ": " + reason(err), "name a place by --to FILE"}
		}
		to = filepath.Join(dir, "ciiscan-"+made.At.Format("20060102T150405Z")+".dump")
	}
	if made.File, err = filepath.Abs(to); err != nil {
		return made, fmt.Errorf("find %s: %w", to, err)
	}
	// Its own, that nobody else reads, whatever lies beside it.
	f, err := os.CreateTemp(filepath.Dir(made.File), filepath.Base(made.File)+".*.part")
	if err != nil {
		return made, &outcome{exitFailed, "cannot write beside " + made.File + ": " + reason(err), "name a place by --to FILE"}
	}
	part := f.Name()
	defer func() { // nothing is left of one that failed
		if err != nil {
			err = errors.Join(err, os.RemoveAll(part))
		}
	}()
	if err := f.Close(); err != nil {
		return made, fmt.Errorf("write %s: %w", part, err)
	}
	if _, err := db.run(ctx, "pg_dump", "--format=custom", "--no-password", "--file="+part, "--dbname="+db.url); err != nil {
		return made, err
	}
	if err := readDump(ctx, part); err != nil {
		return made, err
	}
	if made.Bytes, err = keptOnDisk(part); err != nil {
		return made, err
	}
	if made.SHA256, err = hashFile(part); err != nil {
		return made, err
	}
	// A link, unlike a rename, takes nobody's place.
	if err := os.Link(part, made.File); err != nil {
		return made, &outcome{exitFailed, "cannot write " + made.File + ": " + reason(err), "name a file that is not there by --to FILE"}
	}
	sum := made.SHA256 + "  " + filepath.Base(made.File) + "\n"
	if err := errors.Join(os.Remove(part), os.WriteFile(made.File+".sha256", []byte(sum), 0o600)); err != nil {
		return made, fmt.Errorf("finish %s: %w", made.File, err)
	}
	made.Host, err = os.Hostname()
	return made, err
}

// readDump reads a dump to its end: the list at its beginning says nothing of
// what is missing behind it.
func readDump(ctx context.Context, file string) error {
	var none postgres
	toc, err := none.run(ctx, "pg_restore", "--list", file)
	if err != nil {
		return err
	}
	for _, table := range []string{"schema_migrations", "audit_log"} {
		if !strings.Contains(toc, " TABLE DATA public "+table+" ") {
			return &outcome{exitFailed, file + " is no backup of CIIScan: it has no table " + table, "give the file that ciiscan backup wrote"}
		}
	}
	_, err = none.run(ctx, "pg_restore", "--file=/dev/null", file)
	return err
}

// keptOnDisk waits until the file is on the disk, and returns its size.
func keptOnDisk(name string) (int64, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", name, err)
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, fmt.Errorf("write %s: %w", name, err)
	}
	return info.Size(), nil
}

// checkBackup refuses a file that is not what was written.
func (a *app) checkBackup(ctx context.Context, file string) error {
	sum, err := hashFile(file)
	if err != nil {
		return err
	}
	want, err := os.ReadFile(file + ".sha256")
	switch {
	case errors.Is(err, os.ErrNotExist):
		a.say("there is no %s.sha256 to compare with", file)
	case err != nil:
		return fmt.Errorf("read %s.sha256: %w", file, err)
	case !strings.HasPrefix(string(want), sum+" "):
		return &outcome{exitFailed, file + " is not what was written: its SHA-256 is another", "take another copy of it; this one was changed, or damaged on the way"}
	}
	return readDump(ctx, file)
}

// tellKeys says what is not in a backup. Keys beside the data that they seal
// would seal nothing.
func (a *app) tellKeys() {
	keys, err := filepath.Glob(filepath.Join(a.data, "keys", "*"))
	if err != nil || len(keys) == 0 {
		a.say("keep the keys of identity.key and exchange.* too: they are not in the backup")
		return
	}
	a.say("carry the backup to another machine, and keep these keys in another place, they are not in it: %s", strings.Join(keys, ", "))
}
