package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/ciiscan/ciiscan/internal/pgembed"
	"github.com/ciiscan/ciiscan/inventory"
)

// clusterTries is how often PostgreSQL is started again in a row before the
// whole installation gives up.
const clusterTries = 5

// A cluster keeps a private PostgreSQL running.
type cluster struct {
	cfg  pgembed.Config
	say  func(format string, args ...any)
	lost chan error // when it cannot be kept running

	mu      sync.Mutex
	now     *pgembed.Cluster
	stopped bool
	pause   time.Duration // before another try on a full disk
	done    chan struct{}
}

// startCluster starts the cluster and makes the database and the worker's
// login in it.
func (in *installation) startCluster(ctx context.Context) (*cluster, error) {
	c := &cluster{
		cfg: pgembed.Config{Dir: filepath.Join(in.dir, "pg"), Log: in.quiet(), Durable: true},
		say: in.a.say, lost: make(chan error, 1), done: make(chan struct{}), pause: 5 * time.Second,
	}
	var err error
	if c.now, err = pgembed.Start(ctx, c.cfg); err != nil {
		return nil, err
	}
	if err := c.prepare(ctx); err != nil {
		return nil, errors.Join(err, c.now.Stop(context.WithoutCancel(ctx)))
	}
	in.a.say("PostgreSQL is ready (%s)", c.URL(database, owner))
	go c.watch(context.WithoutCancel(ctx))
	return c, nil
}

// prepare makes what ciiscand and the worker expect to find. It may be run
// again at every start.
func (c *cluster) prepare(ctx context.Context) error {
	if err := c.now.CreateDatabase(ctx, database); err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	for _, role := range []string{
		fmt.Sprintf("CREATE ROLE %s LOGIN", owner),
		fmt.Sprintf("CREATE ROLE %s NOLOGIN", workerRole),
		fmt.Sprintf("CREATE ROLE %s LOGIN IN ROLE %s", workerLogin, workerRole),
		fmt.Sprintf("CREATE ROLE %s NOLOGIN ROLE %s", operatorRole, owner), // ciiscand becomes it
	} {
		// CREATE ROLE knows no IF NOT EXISTS.
		sql := "DO $$ BEGIN " + role + "; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
		if err := c.now.Exec(ctx, "postgres", sql); err != nil {
			return fmt.Errorf("make the database's roles: %w", err)
		}
	}
	if err := c.now.Exec(ctx, "postgres", fmt.Sprintf("ALTER DATABASE %s OWNER TO %s", database, owner)); err != nil {
		return fmt.Errorf("give the database to its owner: %w", err)
	}
	return nil
}

// URL returns how to connect, which stays the same over restarts.
func (c *cluster) URL(name, role string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now.URL(name, role)
}

// watch starts PostgreSQL again when it ends by itself; the programs that use
// it wait and go on.
func (c *cluster) watch(ctx context.Context) {
	defer close(c.done)
	for {
		cause, byItself := <-c.current().Wait()
		if !byItself || c.isStopped() {
			return
		}
		c.say("%v; starting it again", cause)
		if err := c.restart(ctx); err != nil {
			c.lost <- err
			return
		}
	}
}

// restart gives up after some tries, unless there is no room on the disk: that
// passes, and then everything goes on where it was.
func (c *cluster) restart(ctx context.Context) error {
	told := false
	for try := 0; ; {
		c.mu.Lock()
		if c.stopped {
			c.mu.Unlock()
			return nil
		}
		_ = c.now.Stop(ctx) // only to give up its lock; it has ended
		again, err := pgembed.Start(ctx, c.cfg)
		if err == nil {
			c.now = again
		}
		pause := c.pause
		c.mu.Unlock()
		switch {
		case err == nil:
			c.say("PostgreSQL is ready again")
			return nil
		case errors.Is(err, syscall.ENOSPC):
			if !told {
				c.say("%v; %s, then it goes on by itself", err, inventory.HintOf(err))
				told = true
			}
		case try == clusterTries:
			return fmt.Errorf("start PostgreSQL again: %w", err)
		default:
			pause = time.Second << try
			try++
		}
		time.Sleep(pause)
	}
}

func (c *cluster) current() *pgembed.Cluster {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *cluster) isStopped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopped
}

// stop shuts PostgreSQL down.
func (c *cluster) stop(ctx context.Context) error {
	c.mu.Lock()
	c.stopped = true
	err := c.now.Stop(ctx)
	c.mu.Unlock()
	<-c.done
	if err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	return nil
}
