package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/version"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/auth"
)

const (
	database = "ciiscan" // of the private cluster
	owner    = "ciiscan" // of that database, for ciiscand
	// workerRole sees scan work only; workerLogin is the local worker's.
	workerRole  = "ciiscan_worker"
	workerLogin = "ciiscan_local_worker"
	// operatorRole sees one organisation's rows; its people are served as it.
	operatorRole = "ciiscan_operator"

	workerDrain = 30 * time.Second
	daemonDrain = 15 * time.Second
	// workerWait is how long "ready" waits for the worker: without it the API
	// works already.
	workerWait = 20 * time.Second
	// falseStarts is how often ciiscand may end before it has ever answered.
	falseStarts = 3
)

func (a *app) upCommand() *cobra.Command {
	var file string
	up := a.local("up --data DIR", "Run a whole installation on this machine, until Ctrl-C or SIGTERM", cobra.NoArgs,
		func(ctx context.Context, _ []string) error {
			return a.up(ctx, file)
		})
	up.Long = "up runs PostgreSQL (a private cluster in DIR, unless database.url names another), ciiscand and\n" +
		"one worker, starts again what ends, and stops them in order when told to. One up per DIR."
	up.Flags().StringVar(&file, "config", "", "configuration `FILE`")
	return up
}

// An installation is what up keeps running.
type installation struct {
	a       *app
	dir     string // absolute
	file    string // of the configuration, absolute; may be ""
	beside  string // where the programs are
	cluster *cluster
}

// up runs everything until ctx ends; being told to stop is no error.
func (a *app) up(ctx context.Context, file string) (err error) {
	in := &installation{a: a}
	if in.dir, err = filepath.Abs(a.data); err != nil {
		return fmt.Errorf("find data folder: %w", err)
	}
	if file != "" {
		if in.file, err = filepath.Abs(file); err != nil {
			return fmt.Errorf("find configuration: %w", err)
		}
	}
	a.data = in.dir
	if n := len(a.socket()) - auth.MaxSocketPath; n > 0 {
		return invalid("--data", in.dir, fmt.Sprintf("the path is %d bytes too long for a socket in it", n), "choose a folder with a shorter path")
	}
	cfg, err := config.Load(in.file, environment(map[string]string{"CIISCAN_DATA": in.dir}))
	if err != nil {
		return err
	}
	if in.beside, err = programs(ctx); err != nil {
		return err
	}
	lock, err := claim(in.dir)
	if err != nil {
		return err
	}
	defer lock.Close()

	daemonURL, workerURL := string(cfg.Database.URL), string(cfg.Worker.URL)
	if daemonURL == "" {
		if in.cluster, err = in.startCluster(ctx); err != nil {
			return stopped(ctx, err)
		}
		defer func() { err = errors.Join(err, in.cluster.stop(context.WithoutCancel(ctx))) }()
		daemonURL, workerURL = in.cluster.URL(database, owner), in.cluster.URL(database, workerLogin)
	} else if workerURL == "" {
		workerURL = daemonURL
	}
	return stopped(ctx, in.run(ctx, daemonURL, workerURL))
}

// stopped makes the end that we were told to bring about no error.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return nil
	}
	return err
}

// run keeps ciiscand and the worker running until ctx ends.
func (in *installation) run(ctx context.Context, daemonURL, workerURL string) error {
	daemon := keep(keeper{
		name: "ciiscand", patience: daemonDrain, say: in.a.say,
		command: in.program("ciiscand", "serve", map[string]string{
			"CIISCAN_DATABASE__URL": daemonURL, "CIISCAN_API__SOCKET": in.a.socket(),
		}, "CIISCAN_DATABASE__URL_FILE", "CIISCAN_WORKER__URL", "CIISCAN_WORKER__URL_FILE"),
	})
	defer daemon.stop()
	c := client.Unix(in.a.socket(), "")
	since, err := in.awaitAPI(ctx, c, daemon)
	if err != nil {
		return err
	}
	in.a.say("ciiscand is ready (%s)", in.a.socket())

	worker := keep(keeper{
		name: "ciiscan-worker", patience: workerDrain, say: in.a.say,
		command: in.program("ciiscan-worker", "run", map[string]string{
			"CIISCAN_WORKER__URL": workerURL,
			"XDG_CONFIG_HOME":     filepath.Join(in.dir, "run", "config"), // nuclei's packages write there as soon as they load
		},
			"CIISCAN_WORKER__URL_FILE", "CIISCAN_DATABASE__URL", "CIISCAN_DATABASE__URL_FILE"),
	})
	defer worker.stop() // first: its tasks are put back through the database
	if err := in.awaitWorker(ctx, c, since); err != nil {
		return err
	}
	in.a.say("ready: ciiscan --data %s", in.dir)
	if h, err := c.Health(ctx); err == nil && h.ConsoleURL != "" {
		in.a.say("the console is at %s", h.ConsoleURL)
	}
	in.a.welcome(ctx, c)
	var died <-chan error
	if in.cluster != nil {
		died = in.cluster.lost
	}
	select {
	case <-ctx.Done():
		in.a.say("stopping")
		return context.Cause(ctx)
	case err := <-died:
		return err
	}
}

// program says how to start one of our programs.
func (in *installation) program(name, verb string, set map[string]string, remove ...string) func() *exec.Cmd {
	args := []string{verb}
	if in.file != "" {
		args = []string{"-config", in.file, verb}
	}
	set["CIISCAN_DATA"] = in.dir
	env := environment(set, append(remove, "CIISCAN_TOKEN")...)
	return func() *exec.Cmd {
		cmd := exec.Command(filepath.Join(in.beside, name), args...)
		cmd.Env, cmd.Stdout, cmd.Stderr = env, in.a.stderr, in.a.stderr
		return cmd
	}
}

// awaitAPI waits until the API answers, and returns when that was by its own
// clock. It gives up when ciiscand cannot start at all.
func (in *installation) awaitAPI(ctx context.Context, c *client.Client, daemon *keeper) (time.Time, error) {
	for failures := 0; ; {
		if h, err := c.Health(ctx); err == nil {
			return h.Time, nil
		}
		select {
		case <-ctx.Done():
			return time.Time{}, context.Cause(ctx)
		case err := <-daemon.ends:
			if failures++; failures >= falseStarts {
				return time.Time{}, &outcome{exitFailed, fmt.Sprintf("ciiscand does not start: %v", err), "its own messages above say why"}
			}
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// awaitWorker waits a while for the worker to report itself; one of an earlier
// run has done so before since.
func (in *installation) awaitWorker(ctx context.Context, c *client.Client, since time.Time) error {
	limit := time.After(workerWait)
	for {
		if h, err := c.Health(ctx); err == nil {
			for _, w := range h.Workers {
				if w.SeenAt.After(since) && w.Version == version.Version {
					in.a.say("worker %s is ready (%d tasks at a time)", w.Name, w.Slots)
					return nil
				}
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-limit:
			in.a.say("no worker has reported yet: scans wait until one does")
			return nil
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// claim makes the data folder and takes it for this process.
func claim(dir string) (*os.File, error) {
	// PostgreSQL's own user has to pass through.
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return nil, &outcome{exitUsage, fmt.Sprintf("--data %s: cannot be made: %s", dir, reason(err)), "choose a folder that you may write to, or make it first"}
	}
	path := filepath.Join(dir, "up.lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &outcome{exitUsage, fmt.Sprintf("--data %s: %s", dir, reason(err)), "choose a folder that you may write to"}
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(path) // only for the message
		_ = f.Close()
		return nil, &outcome{
			exitFailed, fmt.Sprintf("another ciiscan up runs in %s (process %s)", dir, strings.TrimSpace(string(holder))),
			"use it, stop it first, or choose another --data",
		}
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, fmt.Sprintln(os.Getpid()))); err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", path, err), f.Close())
	}
	return f, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// programs finds the folder of ciiscand and ciiscan-worker, beside this
// program, and checks that all three are of one version.
func programs(ctx context.Context) (dir string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	dir = filepath.Dir(self)
	for _, name := range []string{"ciiscand", "ciiscan-worker"} {
		out, err := exec.CommandContext(ctx, filepath.Join(dir, name), "version").Output()
		if err != nil {
			return "", &outcome{exitUsage, fmt.Sprintf("%s cannot be run from %s: %s", name, dir, reason(err)), "install the three programs of one release side by side"}
		}
		if v := strings.TrimSpace(string(out)); v != version.Version {
			return "", &outcome{exitUsage, fmt.Sprintf("%s is version %s, this is %s", name, v, version.Version), "install the three programs of one release"}
		}
	}
	return dir, nil
}

// quiet is a log that tells warnings and errors only, as messages of ours.
func (in *installation) quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(in.a.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
