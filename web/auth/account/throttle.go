package account

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// Failures are the failed attempts at one account, or from one source.
type Failures struct {
	Count int
	Last  time.Time
}

// A Throttle makes whoever fails wait longer each time.
type Throttle struct {
	Free   int           // failures that cost nothing: people mistype
	First  time.Duration // the wait after the first that does
	Most   time.Duration // the longest wait
	Forget time.Duration // without a failure for so long, all is forgotten
}

// PerSource slows one source down, whichever accounts it tries: after a day of
// trying it has had about a hundred.
func PerSource() Throttle {
	return Throttle{Free: 4, First: time.Second, Most: 15 * time.Minute, Forget: time.Hour}
}

// PerAccount slows all unknown sources together down at one account. Its wait
// is short, because strangers can cause it.
func PerAccount() Throttle {
	return Throttle{Free: 10, First: time.Second, Most: time.Minute, Forget: 24 * time.Hour}
}

// Wait is how long the next attempt has to wait.
func (t Throttle) Wait(f Failures, now time.Time) time.Duration {
	if f = t.live(f, now); f.Count <= t.Free {
		return 0
	}
	delay := t.First
	for range f.Count - t.Free - 1 {
		if delay *= 2; delay >= t.Most {
			break
		}
	}
	delay = min(delay, t.Most)
	// No longer than that also when the clock was ahead and was put back.
	return min(max(0, f.Last.Add(delay).Sub(now)), delay)
}

// Fail counts one more failure.
func (t Throttle) Fail(f Failures, now time.Time) Failures {
	return Failures{Count: t.live(f, now).Count + 1, Last: now}
}

// live is f as far as it is not forgotten.
func (t Throttle) live(f Failures, now time.Time) Failures {
	if now.Sub(f.Last) >= t.Forget {
		return Failures{}
	}
	return f
}

// Admit is how long an attempt has to wait. The account's failures hold back
// only sources that have failed themselves lately and have never signed in to
// that account: so nobody can lock a person out of a place that the person
// uses, and from a new place one try is always free.
func Admit(source, account Failures, known bool, now time.Time) time.Duration {
	bySource := PerSource()
	wait := bySource.Wait(source, now)
	if known || bySource.live(source, now).Count == 0 {
		return wait
	}
	return max(wait, PerAccount().Wait(account, now))
}

// KnownFor is how long a source stays known for an account after a sign-in.
const KnownFor = 90 * 24 * time.Hour

// Network is the source that is throttled: an IPv4 address, or the /56 that
// one customer of an IPv6 provider has, who may use any address of it.
func Network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 56
	}
	p, err := a.Prefix(bits)
	if err != nil { // no address: all who have none are one source
		return netip.Prefix{}
	}
	return p
}

// ThrottledError says that an attempt came too early. It was not looked at,
// and does not count.
type ThrottledError struct{ Wait time.Duration }

// Error says how long to wait, in whole seconds.
func (e *ThrottledError) Error() string {
	return "too many attempts: wait " + strconv.Itoa(e.Seconds()) + " s"
}

// Seconds is the wait rounded up, as Retry-After has it.
func (e *ThrottledError) Seconds() int { return int((e.Wait + time.Second - 1) / time.Second) }

// Advice says what to do.
func (e *ThrottledError) Advice() string {
	return fmt.Sprintf("try again in %d seconds", e.Seconds())
}
