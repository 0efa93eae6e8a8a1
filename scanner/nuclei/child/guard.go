package child

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Why a guard refuses. The texts are reasons that people read, and are found
// again in nuclei's errors, which do not always wrap.
var (
	errLeft  = errors.New("it tried to leave the address under test")
	errEnded = errors.New("the permission to scan ended")
)

// A guard keeps one address's traffic on that address, at its rate, until its
// permission ends. The zero address has no traffic at all.
type guard struct {
	addr  netip.Addr
	names []string
	until time.Time
	now   func() time.Time
	pace  *pacer
	sent  atomic.Int64 // HTTP requests, and connections for anything else
}

type contextKey int

const (
	guardKey contextKey = iota // *guard of whoever sends
	fareKey                    // *fare of the HTTP request that is being sent
)

// A fare is the right to one connection without waiting, which an HTTP request
// has because it waited itself.
type fare struct{ used atomic.Bool }

// control is called by the dialer for every socket, with the address that the
// socket is about to connect to.
func (g *guard) control(ctx context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || to.Addr().Unmap().WithZone("") != g.addr {
		return errLeft
	}
	if f, ok := ctx.Value(fareKey).(*fare); ok && f.used.CompareAndSwap(false, true) {
		return nil
	}
	return g.pay(ctx)
}

// pay waits for this address's next moment.
func (g *guard) pay(ctx context.Context) error {
	if err := g.pace.wait(ctx); err != nil {
		return err
	}
	if !g.now().Before(g.until) {
		return errEnded
	}
	g.sent.Add(1)
	return nil
}

// owns tells whether a URL's host is the address under test or leads there.
func (g *guard) owns(host string) bool {
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return addr.Unmap() == g.addr
	}
	return slices.Contains(g.names, strings.ToLower(strings.TrimSuffix(host, ".")))
}

// A gate lets out the HTTP requests of a session, redirected ones included,
// each at its moment. The session's guard comes with the request's context.
type gate struct{ next http.RoundTripper }

// RoundTrip sends a request to the address under test, or refuses.
func (t gate) RoundTrip(r *http.Request) (*http.Response, error) {
	g, ok := r.Context().Value(guardKey).(*guard)
	if !ok {
		return nil, errClosed
	}
	if !g.owns(r.URL.Hostname()) {
		return nil, errLeft
	}
	if err := g.pay(r.Context()); err != nil {
		return nil, err
	}
	return t.next.RoundTrip(r.WithContext(context.WithValue(r.Context(), fareKey, &fare{})))
}

// CloseIdleConnections passes the wish on, as http.Client expects.
func (t gate) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// A pacer spaces moments evenly: there are no bursts.
type pacer struct {
	every time.Duration
	now   func() time.Time
	mu    sync.Mutex
	next  time.Time
}

func newPacer(perSecond int, now func() time.Time) *pacer {
	return &pacer{every: time.Second / time.Duration(max(1, perSecond)), now: now}
}

// wait returns at the caller's moment, or when ctx ends.
func (p *pacer) wait(ctx context.Context) error {
	p.mu.Lock()
	at := p.now()
	if p.next.After(at) {
		at = p.next
	}
	p.next = at.Add(p.every)
	p.mu.Unlock()

	t := time.NewTimer(at.Sub(p.now()))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
