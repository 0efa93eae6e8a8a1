package pgembed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Superuser is the role that owns a new cluster.
const Superuser = "postgres"

// port only names the socket's file.
const (
	port       = "5432"
	socketName = ".s.PGSQL." + port
)

// stopPatience is how long a shutdown may take before it is forced, when the
// context of Stop sets no limit.
const stopPatience = 30 * time.Second

// Config says where the cluster is and how it runs.
type Config struct {
	Dir    string       // all of it is below; made when missing
	BinDir string       // PostgreSQL's programs; "" looks in the usual places
	Log    *slog.Logger // nil keeps silent
	// Durable survives a power cut. Without it the cluster is quick and lost
	// when the machine stops: for tests.
	Durable bool
}

// A Cluster is a running private PostgreSQL.
type Cluster struct {
	cfg     Config
	layout  layout
	account account
	bin     binaries
	lock    *os.File
	server  *server
	exit    chan error
}

// Start makes the cluster when it is not there yet, and runs it. It returns
// when the server answers; ctx limits only the start. An error that a person
// can put right is an *Error.
func Start(ctx context.Context, cfg Config) (*Cluster, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	cfg.Dir = dir
	c := &Cluster{cfg: cfg, layout: newLayout(dir), exit: make(chan error, 1)}
	if c.lock, err = c.layout.claim(); err != nil {
		return nil, err
	}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.lock.Close())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	major, err := c.layout.clusterMajor()
	if err != nil {
		return err
	}
	if c.bin, err = findBinaries(c.cfg.BinDir, major); err != nil {
		return err
	}
	var version string
	c.account, version, err = chooseAccount(ctx, c.bin.path("postgres"), c.layout.run)
	if err != nil {
		return err
	}
	if err := checkVersion(major, version, c.layout.data, c.bin.dir); err != nil {
		return err
	}
	if err := c.chooseSocketDir(); err != nil {
		return err
	}
	if major == 0 {
		c.cfg.Log.Info("creating the database cluster", "dir", c.layout.data)
		if err := c.initialise(ctx); err != nil {
			return err
		}
	} else if err := evict(ctx, c.layout, c.cfg.Log); err != nil {
		return err
	}
	c.server, err = c.launch(ctx)
	if err != nil {
		return err
	}
	go func() { // ends with the server
		<-c.server.done
		if !c.server.stopping.Load() {
			c.exit <- c.server.unexpected()
		}
		close(c.exit)
	}()
	return nil
}

// chooseSocketDir falls back to a short path: a unix socket's may have 107
// bytes at most.
func (c *Cluster) chooseSocketDir() error {
	if socketFits(c.layout.run) {
		return nil
	}
	short, err := shortSocketDir(c.layout.dir, c.account)
	if err != nil {
		return err
	}
	c.cfg.Log.Info("the data directory's path is too long for a socket; using a private directory", "socket_dir", short)
	c.layout.run = short
	return nil
}

// URL returns how to connect to a database as a role. It works for this
// process's user and for root, and nobody else.
func (c *Cluster) URL(dbname, role string) string {
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + dbname}
	q := url.Values{"host": {c.layout.run}, "port": {port}, "sslmode": {"disable"}}
	u.RawQuery = q.Encode()
	return u.String()
}

// Wait returns a channel that yields an error when the server ends without
// being told to, and is closed when it has ended.
func (c *Cluster) Wait() <-chan error { return c.exit }

// Stop shuts the server down: connections are cut, everything is written. When
// ctx ends, or after 30 seconds without a limit of its own, it is forced,
// which costs the next start a recovery and loses nothing. Stop may be called
// again.
func (c *Cluster) Stop(ctx context.Context) error {
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, stopPatience)
		defer cancel()
	}
	err := c.server.stop(ctx)
	if cerr := c.lock.Close(); cerr != nil && !errors.Is(cerr, os.ErrClosed) {
		err = errors.Join(err, cerr)
	}
	return err
}

// CreateDatabase creates an empty database unless it exists.
func (c *Cluster) CreateDatabase(ctx context.Context, name string) error {
	err := c.Exec(ctx, "postgres", "CREATE DATABASE "+quoteName(name)+" TEMPLATE template0")
	if err != nil && strings.Contains(err.Error(), "42P04:") { // duplicate_database
		return nil
	}
	return err
}

// Exec runs one statement in a database as the superuser.
func (c *Cluster) Exec(ctx context.Context, dbname, statement string) error {
	cmd := c.account.command(ctx, c.layout.run, c.bin.path("psql"), "--no-psqlrc", "--quiet", "--no-password",
		"--set", "ON_ERROR_STOP=1", "--set", "VERBOSITY=verbose",
		"--command", statement, c.URL(dbname, Superuser))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("psql in database %s: %s (%w)", dbname, complaint(string(out)), err)
	}
	return nil
}

func quoteName(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// initialise makes data/, whole or not at all.
func (c *Cluster) initialise(ctx context.Context) error {
	fresh := c.layout.data + ".new"
	if err := os.RemoveAll(fresh); err != nil { // of an attempt that died
		return fileError("remove "+fresh, c.layout.dir, err)
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return fileError("create "+fresh, c.layout.dir, err)
	}
	if err := os.Chown(fresh, c.account.uid, c.account.gid); err != nil {
		return fileError("give "+fresh+" to "+c.account.name, c.layout.dir, err)
	}
	args := []string{"--pgdata", fresh, "--username", Superuser, "--auth", "trust", "--encoding", "UTF8", "--locale", "C"}
	if c.cfg.Durable {
		args = append(args, "--data-checksums")
	} else {
		args = append(args, "--no-sync")
	}
	out, err := c.account.command(ctx, c.layout.run, c.bin.path("initdb"), args...).CombinedOutput()
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), os.RemoveAll(fresh))
	}
	if err != nil {
		return errors.Join(outputError("create the database cluster in "+c.layout.data, c.layout.dir, string(out)), os.RemoveAll(fresh))
	}
	if err := os.Rename(fresh, c.layout.data); err != nil {
		return fileError("create "+c.layout.data, c.layout.dir, err)
	}
	return nil
}

// checkVersion refuses programs that cannot read the cluster; major is 0 for
// a cluster not made yet.
func checkVersion(major int, version, data, binDir string) error {
	have, err := majorOfVersion(version)
	if err != nil {
		return err
	}
	if major == 0 || major == have {
		return nil
	}
	return &Error{
		Message: fmt.Sprintf("database cluster %s was made by PostgreSQL %d, but the programs in %s are PostgreSQL %d", data, major, binDir, have),
		Hint: fmt.Sprintf("install PostgreSQL %d beside it (looked for in /usr/lib/postgresql/%d/bin), or convert the cluster with pg_upgrade",
			major, major),
	}
}
