package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/ciiscan/ciiscan/internal/pgembed"
)

// A postgres is a database, as PostgreSQL's own programs reach it.
type postgres struct {
	url string   // without its password, which others would see
	env []string // with it
}

// postgresAt reads an address such as database.url.
func postgresAt(address string) (postgres, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return postgres{}, invalid("--database", "", "not the address of a PostgreSQL database", "write it like postgres://ciiscan@db.example/ciiscan")
	}
	env := append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	if password, ok := u.User.Password(); ok {
		env = append(env, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	if q := u.Query(); q.Has("password") { // where it counts more
		env = append(env, "PGPASSWORD="+q.Get("password"))
		q.Del("password")
		u.RawQuery = q.Encode()
	}
	return postgres{u.String(), env}, nil
}

// database finds the one that a flag or the environment names, or else the
// cluster of a running ciiscan up.
func (a *app) database(named string) (postgres, error) {
	if named == "" {
		named = a.getenv("CIISCAN_DATABASE__URL")
	}
	if named != "" {
		return postgresAt(named)
	}
	run, err := filepath.Abs(filepath.Join(a.data, "pg", "run"))
	if err != nil {
		return postgres{}, fmt.Errorf("find the database: %w", err)
	}
	if _, err := os.Stat(filepath.Join(run, ".s.PGSQL.5432")); err != nil {
		return postgres{}, &outcome{
			exitFailed, "no database at " + run + ": " + reason(err),
			"start it: ciiscan up --data DIR, as the same user; or name another by --database URL or CIISCAN_DATABASE__URL",
		}
	}
	q := url.Values{"host": {run}, "port": {"5432"}, "sslmode": {"disable"}}
	return postgresAt("postgres://" + owner + "@/" + database + "?" + q.Encode())
}

// run runs one of PostgreSQL's programs and returns what it printed.
func (p postgres) run(ctx context.Context, program string, args ...string) (string, error) {
	path := program
	if dir, err := pgembed.Installed(); err == nil {
		path = filepath.Join(dir, program)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = p.env
	out, err := cmd.Output()
	if err == nil {
		return string(out), nil
	}
	said := reason(err)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
		said, _, _ = strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
	}
	return "", &outcome{exitFailed, program + ": " + said, "see that PostgreSQL's programs are installed (apt-get install postgresql-client), no older than the server"}
}
