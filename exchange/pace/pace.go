// Package pace keeps the doors that peers come to from being worn out: by one
// who asks without end, by one who tries keys, by a program gone wild. Each
// caller has a bucket of requests that fills again; whoever was shown a list
// may fetch what is on it.
package pace

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// A Pace counts the requests of all callers, at one door or at several. It may
// be used by several goroutines.
type Pace struct {
	mu    sync.Mutex
	rate  float64
	burst float64
	now   func() time.Time
	by    map[string]*bucket
}

type bucket struct {
	room float64 // what it holds when full
	left float64
	at   time.Time
}

// maxBuckets bounds what many strangers can make us remember.
const maxBuckets = 20_000

// New makes a Pace of so many requests of one caller in a second in the long
// run, and so many at once.
func New(perSecond float64, burst int, now func() time.Time) *Pace {
	return &Pace{rate: perSecond, burst: float64(burst), now: now, by: map[string]*bucket{}}
}

// A TooManyError refuses a request until Wait has passed.
type TooManyError struct{ Wait time.Duration }

// Error reads "too many requests, wait 3s".
func (e *TooManyError) Error() string { return fmt.Sprintf("too many requests, wait %s", e.Wait) }

// RetryAfter is Wait as the header of this name has it.
func (e *TooManyError) RetryAfter() string { return strconv.Itoa(int(e.Wait/time.Second) + 1) }

// Identify counts the requests that go through identify, which tells who asks,
// or is inventory.ErrForbidden for credentials that are wrong. A request too
// many is a *TooManyError. An address from which wrong credentials come without
// end is not looked up any more, whatever comes from there.
func (p *Pace) Identify(identify func(*http.Request) (exchange.Caller, error)) func(*http.Request) (exchange.Caller, error) {
	return func(r *http.Request) (exchange.Caller, error) {
		wrong := "wrong " + Address(r.RemoteAddr)
		if wait := p.take(wrong, 0); wait > 0 {
			return exchange.Caller{}, &TooManyError{wait}
		}
		who, err := identify(r)
		name := clientOf(r, who)
		switch {
		case errors.Is(err, inventory.ErrForbidden):
			name = wrong
		case err != nil:
			return exchange.Caller{}, err
		}
		if wait := p.take(name, 1); wait > 0 {
			return exchange.Caller{}, &TooManyError{wait}
		}
		return who, err
	}
}

// take counts n requests. It returns how long the caller must wait; zero when
// it may go on.
func (p *Pace) take(name string, n float64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.by[name]; !known && n == 0 {
		return 0
	}
	b := p.bucket(name, p.now())
	if b.left < 1 {
		return max(time.Millisecond, time.Duration((1-b.left)/p.rate*float64(time.Second)))
	}
	b.left -= n
	return 0
}

// Allow makes the caller's bucket large enough for n requests in a row: who
// was shown a list may fetch what is on it.
func (p *Pace) Allow(r *http.Request, who exchange.Caller, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.bucket(clientOf(r, who), p.now()); float64(n) > b.room {
		b.left += float64(n) - b.room
		b.room = float64(n)
	}
}

func (p *Pace) bucket(name string, now time.Time) *bucket {
	b := p.by[name]
	if b == nil {
		if len(p.by) >= maxBuckets {
			p.forget(now)
		}
		b = &bucket{room: p.burst, left: p.burst, at: now}
		p.by[name] = b
	}
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.left, b.at = min(b.room, b.left+passed*p.rate), now
	}
	return b
}

// forget drops those that have been quiet; when none has, all, which is
// generous for a moment and bounded.
func (p *Pace) forget(now time.Time) {
	for name, b := range p.by {
		if b.left+now.Sub(b.at).Seconds()*p.rate >= b.room {
			delete(p.by, name)
		}
	}
	if len(p.by) >= maxBuckets {
		clear(p.by)
	}
}

// clientOf is whose requests are counted together: a credential's, or those
// from one address.
func clientOf(r *http.Request, who exchange.Caller) string {
	if who.Team != "" {
		return string(who.Team) + " " + who.Credential
	}
	return Address(r.RemoteAddr)
}

// Address is where a connection comes from, as those are counted together: an
// address, or of IPv6 a network. It is "" for what is neither.
func Address(remote string) string {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return ""
	}
	addr := a.Addr().Unmap()
	if addr.Is6() {
		net, _ := addr.WithZone("").Prefix(64)
		return net.String()
	}
	return addr.String()
}
