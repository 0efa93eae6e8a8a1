package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) restoreCommand() *cobra.Command {
	var named string
	c := a.local("restore FILE --data DIR", "Put a backup into an empty database, while nothing else runs", cobra.ExactArgs(1),
		func(ctx context.Context, args []string) error { return a.restore(ctx, args[0], named) })
	c.Long = "restore checks the file and puts it, whole or not at all, into the empty database of a new DIR (or of\n" +
		"--database URL, where the roles of docs/operations.md have to be). It never overwrites anything. Put\n" +
		"the keys into DIR/keys before the next ciiscan up, which brings the database up to its own version."
	c.Flags().StringVar(&named, "database", "", "`URL` of an empty outside database (CIISCAN_DATABASE__URL)")
	return c
}

func (a *app) restore(ctx context.Context, file, named string) (err error) {
	if err := a.checkBackup(ctx, file); err != nil {
		return err
	}
	if named == "" {
		named = a.getenv("CIISCAN_DATABASE__URL")
	}
	if named == "" {
		in := &installation{a: a}
		if in.dir, err = filepath.Abs(a.data); err != nil {
			return fmt.Errorf("find data folder: %w", err)
		}
		lock, err := claim(in.dir)
		if err != nil {
			return err
		}
		defer lock.Close()
		if in.cluster, err = in.startCluster(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, in.cluster.stop(context.WithoutCancel(ctx))) }()
		named = in.cluster.URL(database, owner)
	}
	db, err := postgresAt(named)
	if err != nil {
		return err
	}
	if err := db.mustBeEmpty(ctx); err != nil {
		return err
	}
	if _, err := db.run(ctx, "pg_restore", "--no-password", "--no-owner", "--single-transaction", "--exit-on-error", "--dbname="+db.url, file); err != nil {
		return err
	}
	a.say("%s is restored; put the keys back into %s, then start: ciiscan up", file, filepath.Join(a.data, "keys"))
	return nil
}

// mustBeEmpty refuses a database in which there is anything.
func (p postgres) mustBeEmpty(ctx context.Context) error {
	out, err := p.run(ctx, "psql", "--no-psqlrc", "--no-password", "--tuples-only", "--no-align", "--command",
		"SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'", p.url)
	if err != nil {
		return err
	}
	if n := strings.TrimSpace(out); n != "0" {
		return &outcome{
			exitFailed, "the database is not empty: it has " + n + " tables and indexes already",
			"restore into a new --data DIR, or a new database: what is there is never overwritten",
		}
	}
	return nil
}
