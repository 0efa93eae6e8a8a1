package main

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pace"
)

// What one address, or one network of IPv6, may have open at the door for
// peers. An answer is made in memory before it is sent, so that a few requests
// in hand at a time are enough for anybody, and many are dear.
const (
	maxConnections = 64
	maxInHand      = 16
	crowdPatience  = 20 * time.Second
)

// A crowd lets so many in at a time from each address.
type crowd struct {
	most int
	mu   sync.Mutex
	by   map[string]*room
}

type room struct {
	seats chan struct{}
	users int // who sit or wait
}

func newCrowd(most int) *crowd { return &crowd{most: most, by: map[string]*room{}} }

// enter waits for a seat until ctx ends. It is false when there was none; else
// leave is to be called, once or more often.
func (c *crowd) enter(ctx context.Context, remote string) (leave func(), ok bool) {
	from := pace.Address(remote)
	c.mu.Lock()
	r := c.by[from]
	if r == nil {
		r = &room{seats: make(chan struct{}, c.most)}
		c.by[from] = r
	}
	r.users++
	c.mu.Unlock()
	gone := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if r.users--; r.users == 0 {
			delete(c.by, from)
		}
	}
	select {
	case r.seats <- struct{}{}:
	default:
		select {
		case r.seats <- struct{}{}:
		case <-ctx.Done():
			gone()
			return nil, false
		}
	}
	return sync.OnceFunc(func() { <-r.seats; gone() }), true
}

// A crowdListener hangs up on connections too many of one address.
type crowdListener struct {
	net.Listener
	crowd *crowd
}

// Accept implements net.Listener.
func (l crowdListener) Accept() (net.Conn, error) {
	now, cancel := context.WithCancel(context.Background())
	cancel() // nobody waits for another to hang up
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if leave, ok := l.crowd.enter(now, conn.RemoteAddr().String()); ok {
			return &crowdConn{conn, leave}, nil
		}
		conn.Close()
	}
}

type crowdConn struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *crowdConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// queueUp serves so many requests of one address at once. Others wait their
// turn for a while.
func queueUp(next http.Handler, c *crowd, patience time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		leave, ok := c.enter(ctx, r.RemoteAddr)
		if !ok {
			w.Header().Set("Retry-After", "10")
			http.Error(w, "too many requests at once", http.StatusTooManyRequests)
			return
		}
		defer leave()
		next.ServeHTTP(w, r)
	})
}
