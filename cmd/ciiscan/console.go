package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/internal/config"
)

func (a *app) consoleCommand() *cobra.Command {
	var listen string
	c := a.local("console", "Open the local installation's console to browsers of this machine, until Ctrl-C", cobra.NoArgs,
		func(ctx context.Context, _ []string) error { return a.console(ctx, listen) })
	c.Long = "console hands what browsers of this machine ask for to the console's unix socket in --data DIR. It is\n" +
		"for installations whose own port is taken, or that live in a network of their own. Nobody else can reach it."
	c.Flags().StringVar(&listen, "listen", "localhost:8480", "`HOST:PORT` of this machine alone")
	return c
}

// console forwards until ctx ends; being told to stop is no error.
func (a *app) console(ctx context.Context, listen string) error {
	socket := config.ConsoleSocketIn(a.data)
	if _, err := os.Stat(socket); err != nil {
		return &outcome{exitFailed, fmt.Sprintf("no console at %s: %s", socket, reason(err)), "start the installation with: ciiscan up --data DIR; then give the same --data DIR here"}
	}
	if !ofThisMachine(listen) {
		return invalid("--listen", listen, "not an address of this machine alone", "use localhost:8480 and the like; for others, set api.listen with a certificate")
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return &outcome{exitFailed, fmt.Sprintf("--listen %s: %s", listen, reason(err)), "choose another port, such as --listen localhost:8481"}
	}
	server := &http.Server{
		Handler: forwarder(socket), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(slog.NewTextHandler(a.stderr, nil), slog.LevelWarn),
	}
	end := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer end()
	a.say("the console is at http://%s until you stop this", listen)
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the console: %w", err)
	}
	return nil
}

// ofThisMachine tells whether only this machine reaches the address.
func ofThisMachine(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// forwarder hands requests to the socket, and to nothing else, whatever they
// name. Where a request comes from it says anew.
func forwarder(socket string) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "console"})
			r.Out.Host = r.In.Host // the origin of forms is held to it
			r.SetXForwarded()
		},
		FlushInterval: -1, // live pages
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, "The console does not answer. Is the installation running?", http.StatusBadGateway)
		},
	}
}
