package fakes

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// patience ends every connection, so that nothing outlives the lab.
	patience = 2 * time.Minute
	// crowd bounds the connections that one service serves at a time.
	crowd = 128
)

// Options is what a service needs to know of the lab around it.
type Options struct {
	Authority *Authority
	Addr      netip.Addr // for the certificate; Start sets it
	Names     []string   // host names for the certificate
	Neighbour string     // host:port outside the scope, for those who lead astray
}

// A kind is one made-up service: a stream of bytes, or HTTP, bare or in TLS.
type kind struct {
	stream func(net.Conn)
	http   func(Options) http.Handler
	cert   func(*Authority, Options) (*tls.Config, error)
}

// A Service is a running one.
type Service struct {
	listener net.Listener
	stop     func()
	wg       sync.WaitGroup
}

// Kinds lists the names that Start knows, sorted.
func Kinds() []string {
	var names []string
	for name := range kinds() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Start starts the service of the given name.
func Start(name string, at netip.AddrPort, o Options) (*Service, error) {
	k, ok := kinds()[name]
	if !ok {
		return nil, fmt.Errorf("start service %q: unknown name", name)
	}
	o.Addr = at.Addr()
	var wrap *tls.Config
	if k.cert != nil {
		c, err := k.cert(o.Authority, o)
		if err != nil {
			return nil, fmt.Errorf("make certificate for %s: %w", at, err)
		}
		wrap = c
	}
	l, err := net.Listen("tcp", at.String())
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if wrap != nil {
		l = tls.NewListener(l, wrap)
	}
	s := &Service{listener: l}
	if k.http != nil {
		s.serveHTTP(k.http(o))
	} else {
		s.serveStream(k.stream)
	}
	return s, nil
}

// Close stops listening, ends every connection and waits for them.
func (s *Service) Close() error {
	s.stop()
	s.wg.Wait()
	return nil
}

func (s *Service) serveHTTP(h http.Handler) {
	server := &http.Server{
		Handler: h, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: 5 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0), // scanners cause errors on purpose
	}
	s.stop = func() { server.Close() }
	s.wg.Go(func() { _ = server.Serve(s.listener) })
}

func (s *Service) serveStream(handle func(net.Conn)) {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = func() {
		cancel()
		s.listener.Close()
	}
	room := make(chan struct{}, crowd)
	s.wg.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				time.Sleep(10 * time.Millisecond)
				continue
			}
			select {
			case room <- struct{}{}:
			case <-ctx.Done():
				conn.Close()
				return
			}
			s.wg.Go(func() {
				defer func() { <-room }()
				serveConn(ctx, conn, handle)
			})
		}
	})
}

func serveConn(ctx context.Context, conn net.Conn, handle func(net.Conn)) {
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	handle(conn)
}
