package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/queue"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/version"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner/resolve"
	"github.com/ciiscan/ciiscan/scanner/schedule"
	"github.com/ciiscan/ciiscan/templates"
	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/console"
	"github.com/ciiscan/ciiscan/web/console/account"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

const (
	lookEvery    = 5 * time.Second // the scheduler's period
	judgeSlots   = 2
	nameTimeout  = 5 * time.Second
	shutdownTime = 10 * time.Second
)

// serve runs every part of the daemon until ctx ends or one of them fails.
func serve(ctx context.Context, cfg config.Config, log *slog.Logger) error {
	url := string(cfg.Database.URL)
	if err := waitForDatabase(ctx, url, log); err != nil {
		return err
	}
	// Before the console's address goes into links and passkeys.
	doors, err := openConsole(ctx, &cfg.Console, log)
	if err != nil {
		return err
	}
	defer func() { // of those that serve, their server has closed them
		for _, ln := range doors {
			_ = ln.Close()
		}
	}()
	st, err := openStore(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }() // nothing is written any more
	if err := syncChecks(ctx, st, cfg.Scan.TemplatesDir); err != nil {
		return err
	}
	names := resolve.New(cfg.Scan.Resolvers, nameTimeout)
	planner := schedule.NewPlanner(st, names, time.Now)
	scheduler := schedule.New(st, planner, time.Now, log)
	partners, err := newPeers(ctx, st, planner, cfg, log)
	if err != nil {
		return err
	}
	weekly, err := newWeekly(st, partners.keys.signer, cfg, log)
	if err != nil {
		return err
	}
	printing := newPrinting(weekly.printer)
	tell, err := newTeller(st, partners.courier.Post, partners.keys.signer, cfg, log)
	if err != nil {
		return err
	}
	handler := api.New(apiDeps(assembly{st, names, planner, scheduler, partners, weekly, printing, tell}, cfg, log))
	door, err := newDoor(ctx, st, cfg, log)
	if err != nil {
		return err
	}
	local := client.Local(handler)
	pages := console.New(shell.Options{
		API: local, Sessions: st, May: api.May, Title: cfg.Publisher.Name, Stopping: ctx.Done(), Now: time.Now, Log: log,
		Expired: account.Expired(door),
	}, account.Pages(door, st)...)

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return scheduler.Run(ctx, lookEvery) })
	g.Go(func() error { return weekly.run(ctx) })
	g.Go(func() error { return keepCounted(ctx, local, countEvery, log) })
	g.Go(func() error { return printing.run(ctx, log) })
	g.Go(func() error {
		return queue.Run(ctx, url, queue.Options{
			JudgeSlots: judgeSlots, Log: log,
			Judge: func(ctx context.Context, id inventory.TaskID) error {
				if err := st.Judge(ctx, id, inventory.Judge); err != nil {
					return err
				}
				return partners.judged(ctx, id)
			},
			Edition:  weekly.press.Make,
			Exchange: partners.jobs(), ExchangeSlots: exchangeSlots,
			Notice: tell.post.Send, Reset: tell.reset, NoticeSlots: noticeSlots,
		})
	})
	g.Go(func() error { return partners.run(ctx) })
	g.Go(func() error { return tell.run(ctx) })
	if err := partners.serve(ctx, g); err != nil {
		return err
	}
	if err := serveHTTP(ctx, g, cfg, handler, pages, log); err != nil {
		return err
	}
	serveConsole(ctx, g, doors, pages, log)
	log.Info("ciiscand is ready", "version", version.Version, "socket", cfg.API.Socket, "listen", cfg.API.Listen)
	return g.Wait()
}

// openStore opens the database with a queue.
func openStore(ctx context.Context, cfg config.Config, log *slog.Logger) (*store.Store, error) {
	inserter, err := queue.NewInserter()
	if err != nil {
		return nil, fmt.Errorf("make the queue's inserter: %w", err)
	}
	return store.Open(ctx, string(cfg.Database.URL), store.Options{
		Now: time.Now, Admit: cfg.Scan.AllowReserved, Enqueue: inserter, Mail: outbox(cfg.Mail), Log: log,
	})
}

// waitForDatabase applies the migrations, waiting for a database that is not
// up yet: at a machine's start the two come up together.
func waitForDatabase(ctx context.Context, url string, log *slog.Logger) error {
	for wait := time.Second; ; wait = min(2*wait, 15*time.Second) {
		err := store.Migrate(ctx, url)
		if err == nil || !errors.Is(err, inventory.ErrUnavailable) {
			return err
		}
		log.Warn("database not reachable, trying again", "error", err, "wait", wait)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// syncChecks tells the store what the catalogue and the exposure rules know.
func syncChecks(ctx context.Context, st *store.Store, dir string) error {
	catalogue, err := templates.LoadWith(dir)
	if err != nil {
		return fmt.Errorf("load the template catalogue: %w", err)
	}
	if err := st.SyncChecks(ctx, append(catalogue.Checks(), inventory.ExposureChecks()...)); err != nil {
		return fmt.Errorf("store the checks: %w", err)
	}
	return nil
}

// serveHTTP opens the doors: the unix socket for the local administrator and,
// where configured, HTTPS for tokens and browsers.
func serveHTTP(ctx context.Context, g *errgroup.Group, cfg config.Config, h, pages http.Handler, log *slog.Logger) error {
	both := http.NewServeMux()
	both.Handle(api.Base+"/", h)
	both.Handle("/", pages)
	var doors []net.Listener
	if cfg.API.Socket != "" {
		ln, err := auth.UnixListener(cfg.API.Socket)
		if err != nil {
			return err
		}
		doors = append(doors, ln)
	}
	if cfg.API.Listen != "" {
		cert, err := tls.LoadX509KeyPair(cfg.API.TLSCert, cfg.API.TLSKey)
		if err != nil {
			return fmt.Errorf("load the certificate of the API (api.tls_cert, api.tls_key): %w", err)
		}
		ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.API.Listen)
		if err != nil {
			return fmt.Errorf("listen on api.listen: %w", err)
		}
		doors = append(doors, tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}))
	}
	if len(doors) == 0 {
		return &inventory.InputError{Field: "api", Message: "has no door to serve at", Hint: "set api.socket, api.listen or both"}
	}
	server := &http.Server{
		Handler: both, ConnContext: auth.ConnContext, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	serveAt(ctx, g, server, doors...)
	return nil
}

// serveAt serves at all doors until ctx ends, and then lets those finish who
// are being served.
func serveAt(ctx context.Context, g *errgroup.Group, server *http.Server, doors ...net.Listener) {
	for _, ln := range doors {
		g.Go(func() error {
			if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve at %s: %w", ln.Addr(), err)
			}
			return nil
		})
	}
	g.Go(func() error {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		return server.Shutdown(ctx)
	})
}
