package child

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

// errHostTimeout says that one address took all its time.
var errHostTimeout = errors.New("the time for this host was used up")

// maxErrors is how many templates in a row may come to no end on one input
// before the others are not tried.
const maxErrors = 3

// A runner answers requests.
type runner struct {
	out       *wire.Writer[wire.Event]
	questions *forwarder
	now       func() time.Time
	abort     func()     // ends everything: nobody listens any more
	opening   sync.Mutex // held while nuclei is set up
	sent      atomic.Int64
}

func (r *runner) answer(ctx context.Context, request wire.Request) error {
	if request.Job != nil {
		return r.job(ctx, *request.Job)
	}
	return r.validate(request.Validate)
}

// tell sends an event.
func (r *runner) tell(ev wire.Event) {
	ev.Sent = r.sent.Load() + r.questions.requests()
	if err := r.out.Write(ev); err != nil {
		r.abort()
	}
}

// validate loads every template, for an address that cannot be reached.
func (r *runner) validate(all []wire.Template) error {
	r.questions.begin(nil, nil)
	s, err := openSession(r.guard(netip.Addr{}, nil, time.Time{}, 1), r.questions)
	if err != nil {
		return err
	}
	defer s.close()
	for i, t := range all {
		if err := s.load(i, t); err != nil {
			r.tell(wire.Event{Kind: wire.KindInvalid, Template: i, Reason: oneLine(err.Error(), 500)})
		}
	}
	r.tell(wire.Event{Kind: wire.KindDone})
	return nil
}

func (r *runner) guard(addr netip.Addr, names []string, until time.Time, rate int) *guard {
	return &guard{addr: addr, names: names, until: until, now: r.now, pace: newPacer(rate, r.now)}
}

// job looks at several addresses at once, and at each of them in sequence.
func (r *runner) job(ctx context.Context, job wire.Job) error {
	var names []string
	for _, h := range job.Hosts {
		names = append(names, h.Names...)
	}
	r.sent.Store(0)
	r.questions.begin(names, job.Resolvers)
	slots := make(chan struct{}, max(1, job.Parallel))
	var wg sync.WaitGroup
	for _, h := range job.Hosts {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			r.host(ctx, job, h)
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("job: %w", ctx.Err())
	}
	r.tell(wire.Event{Kind: wire.KindDone})
	return nil
}

func (r *runner) host(ctx context.Context, job wire.Job, h wire.Host) {
	ctx, cancel := context.WithDeadlineCause(ctx, h.Until, errEnded)
	defer cancel()
	if job.HostTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, job.HostTimeout, errHostTimeout)
		defer cancel()
	}
	g := r.guard(h.Addr, h.Names, h.Until, job.Rate)
	r.opening.Lock()
	s, err := openSession(g, r.questions)
	if err != nil {
		r.opening.Unlock()
		for _, u := range h.Units {
			r.missAll(u, u.Templates, oneLine(err.Error(), 200))
		}
		return
	}
	broken := map[int]string{}
	for _, u := range h.Units {
		for _, t := range u.Templates {
			if _, tried := broken[t]; tried || s.loaded[t] != nil || t < 0 || t >= len(job.Templates) {
				continue
			}
			if err := s.load(t, job.Templates[t]); err != nil {
				broken[t] = "the template was refused: " + oneLine(err.Error(), 180)
			}
		}
	}
	r.opening.Unlock()
	defer s.close()
	for _, u := range h.Units {
		r.unit(ctx, s, u, broken)
	}
}

// unit runs one input's templates.
func (r *runner) unit(ctx context.Context, s *session, u wire.Unit, broken map[int]string) {
	failures, spoke := 0, false
	for i, t := range u.Templates {
		if ctx.Err() != nil {
			r.missAll(u, u.Templates[i:], context.Cause(ctx).Error())
			return
		}
		if why, bad := broken[t]; bad || s.loaded[t] == nil {
			r.missAll(u, []int{t}, why)
			continue
		}
		r.tell(wire.Event{Kind: wire.KindStart, Unit: u.ID, Template: t})
		before := s.guard.sent.Load()
		v := s.run(ctx, s.loaded[t], u, spoke)
		r.sent.Add(s.guard.sent.Load() - before)
		for _, m := range v.matches {
			r.tell(wire.Event{Kind: wire.KindMatch, Unit: u.ID, Template: t, Match: &m})
		}
		switch {
		case v.missed == "":
			failures, spoke = 0, true
			r.tell(wire.Event{Kind: wire.KindRan, Unit: u.ID, Template: t})
			continue
		case ctx.Err() != nil:
			v.missed = context.Cause(ctx).Error()
		case v.missed != errLeft.Error():
			failures++
		}
		r.missAll(u, []int{t}, v.missed)
		if failures == maxErrors {
			r.missAll(u, u.Templates[i+1:], fmt.Sprintf("not tried after %d errors in a row: %s", maxErrors, v.missed))
			return
		}
	}
}

func (r *runner) missAll(u wire.Unit, templates []int, why string) {
	for _, t := range templates {
		r.tell(wire.Event{Kind: wire.KindMissed, Unit: u.ID, Template: t, Reason: why})
	}
}
