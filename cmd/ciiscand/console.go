package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/web/auth"
)

// morePorts is how many ports after the usual one are tried.
const morePorts = 19

// openConsole opens the doors that browsers and proxies of this machine use.
// Where nobody chose the port and it is taken, the next free one serves, and
// c then says which.
func openConsole(ctx context.Context, c *config.Console, log *slog.Logger) ([]net.Listener, error) {
	var doors []net.Listener
	if c.Socket != "" {
		ln, err := auth.UnixListener(c.Socket)
		if err != nil {
			return nil, err
		}
		doors = append(doors, ln)
	}
	if c.Listen == "" {
		return doors, nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if errors.Is(err, syscall.EADDRINUSE) && c.Usual {
		if ln = nextPort(ctx, c); ln == nil {
			log.Warn("the console has no port: ciiscan console opens it, or set CIISCAN_CONSOLE__LISTEN", "listen", c.Listen, "error", err)
			return doors, nil
		}
		log.Warn("the console's usual port is taken, so it has another; to keep one for good, set CIISCAN_CONSOLE__LISTEN", "listen", c.Listen)
	} else if err != nil {
		for _, ln := range doors {
			_ = ln.Close()
		}
		return nil, fmt.Errorf("listen on console.listen: %w", err)
	}
	return append(doors, ln), nil
}

// nextPort opens the first free port after the usual one; nil when all are
// taken.
func nextPort(ctx context.Context, c *config.Console) net.Listener {
	host, port, err := net.SplitHostPort(c.Listen)
	first, err2 := strconv.Atoi(port)
	if cmp.Or(err, err2) != nil {
		return nil
	}
	for p := first + 1; p <= first+morePorts; p++ {
		listen := net.JoinHostPort(host, strconv.Itoa(p))
		ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
		if err != nil {
			continue
		}
		if c.URL == "http://"+c.Listen { // nobody chose the address either
			c.URL = "http://" + listen
		}
		c.Listen = listen
		return ln
	}
	return nil
}

// serveConsole serves pages at the console's own doors.
func serveConsole(ctx context.Context, g *errgroup.Group, doors []net.Listener, pages http.Handler, log *slog.Logger) {
	server := &http.Server{
		Handler: pages, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	serveAt(ctx, g, server, doors...)
}
