package provider

import (
	"sync"
	"time"
)

// limits paces callers. Each has a bucket of burst requests that fills again
// by rate in a second.
type limits struct {
	mu    sync.Mutex
	rate  float64
	burst float64
	by    map[string]*bucket
}

type bucket struct {
	room float64 // what it holds when full
	left float64
	at   time.Time
}

// maxBuckets bounds what many strangers can make us remember.
const maxBuckets = 20_000

func newLimits(rate float64, burst int) *limits {
	return &limits{rate: rate, burst: float64(burst), by: map[string]*bucket{}}
}

// take counts a request. It returns how long the caller must wait; zero when
// it may go on.
func (l *limits) take(who string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(who, now)
	if b.left < 1 {
		return max(time.Millisecond, time.Duration((1-b.left)/l.rate*float64(time.Second)))
	}
	b.left--
	return 0
}

// allow makes the caller's bucket large enough for n requests in a row: who
// was shown a list may fetch what is on it.
func (l *limits) allow(who string, n int, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.bucket(who, now); float64(n) > b.room {
		b.left += float64(n) - b.room
		b.room = float64(n)
	}
}

func (l *limits) bucket(who string, now time.Time) *bucket {
	b := l.by[who]
	if b == nil {
		if len(l.by) >= maxBuckets {
			l.forget(now)
		}
		b = &bucket{room: l.burst, left: l.burst, at: now}
		l.by[who] = b
	}
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.left, b.at = min(b.room, b.left+passed*l.rate), now
	}
	return b
}

// forget drops those that have been quiet; when none has, all, which is
// generous for a moment and bounded.
func (l *limits) forget(now time.Time) {
	for who, b := range l.by {
		if b.left+now.Sub(b.at).Seconds()*l.rate >= b.room {
			delete(l.by, who)
		}
	}
	if len(l.by) >= maxBuckets {
		clear(l.by)
	}
}
