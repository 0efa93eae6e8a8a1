package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab/control"
	"github.com/ciiscan/ciiscan/internal/lab/drive"
	"github.com/ciiscan/ciiscan/internal/lab/netns"
)

// A scenario is one run, from two empty folders to an agreement that is over.
type scenario struct {
	p     drive.Places
	out   io.Writer
	tools string // folder of gocsaf's programs
	lab   control.Client
	ca    *authority
	post  *postbox
	gamma *foreignProvider

	alpha, beta *cert
	found       map[string]string // what was seen, by the lines of the table

	warning, notice string // advisories of Alpha: of open caches, and of web servers
	released        string // Alpha's release of the warning to Beta
	gammaPeer       string // Gamma's id at Beta
	csafSource      string // Beta's source of Alpha's documents
}

func newScenario(p drive.Places, tools string, out io.Writer) *scenario {
	out = &together{w: out}
	return &scenario{
		p: p, out: out, tools: tools, lab: control.Dial(p.Dir), found: map[string]string{},
		alpha: newCert(cert{p: p.Within(alphaFolder), name: "CERT Alpha", country: "LK", zone: "Asia/Colombo", address: alphaAddr}, alphaCountry(), out),
		beta:  newCert(cert{p: p.Within(betaFolder), name: "CERT Beta", country: "BD", zone: "Asia/Dhaka", address: betaAddr}, betaCountry(), out),
	}
}

// together lets several write whole lines.
type together struct {
	mu sync.Mutex
	w  io.Writer
}

func (t *together) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.w.Write(b)
}

func (s *scenario) say(format string, args ...any) { fmt.Fprintf(s.out, "  "+format+"\n", args...) }

// note writes down what was seen for a line of the table.
// What is seen twice, and not the same, is told both ways.
func (s *scenario) note(line, got string) {
	if was, twice := s.found[line]; twice && was != got {
		got = was + "; and then " + got
	}
	s.found[line] = got
	s.say("→ %s: %s", line, got)
}

// run does everything. What was seen is judged afterwards; an error means
// that there was nothing to see.
func (s *scenario) run(ctx context.Context) error {
	defer s.closeOthers()
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"Two installations beside one lab", s.begin},
		{"Each registers and scans its own country", s.scanBoth},
		{"They get to know each other: keys by two people", s.meet},
		{"An agreement, signed on both sides", s.agree},
		{"Alpha: from findings, and from scratch, to two releases", s.give},
		{"Beta: fetch, verify, match, rescan, answer", s.take},
		{"Other ways: mail, and a file that somebody carries", s.carry},
		{"Programs of others read what is there", s.strangersRead},
		{"A provider of others is a source", s.strangerGives},
		{"Beta tells everybody something, and Alpha fetches it with a key", s.giveBack},
		{"Alpha withdraws, and hears that Beta did", s.withdraw},
		{"The agreement ends, and one for a minute follows", s.expire},
		{"Who was touched, and are the logs whole", s.verify},
	} {
		fmt.Fprintf(s.out, "\n%s\n", step.title)
		begun := time.Now()
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", strings.ToLower(step.title[:1])+step.title[1:], err)
		}
		s.say("(%s)", time.Since(begun).Round(time.Second))
	}
	return nil
}

func (s *scenario) begin(ctx context.Context) (err error) {
	if err := drive.StartLab(ctx, s.p); err != nil {
		return err
	}
	if err := addAddresses(ctx); err != nil {
		return err
	}
	if s.ca, err = newAuthority(s.p.Dir); err != nil {
		return err
	}
	if s.post, err = newPostbox(s.ca); err != nil {
		return err
	}
	return both(func() error { return s.alpha.start(ctx, s.ca) }, func() error { return s.beta.start(ctx, s.ca) })
}

// both does two things at the same time.
func both(one, other func() error) error {
	var first, second error
	var wg sync.WaitGroup
	wg.Go(func() { first = one() })
	wg.Go(func() { second = other() })
	wg.Wait()
	if first != nil {
		return first
	}
	return second
}

func (s *scenario) scanBoth(ctx context.Context) error {
	scan := func(c *cert) func() error {
		return func() error {
			if err := c.Register(ctx); err != nil {
				return err
			}
			_, err := c.ScanAll(ctx)
			return err
		}
	}
	if err := both(scan(s.alpha), scan(s.beta)); err != nil {
		return err
	}
	for _, name := range repairs() {
		if err := s.lab.Fix(ctx, name); err != nil {
			return err
		}
		s.say("in the lab, after Beta's scan: %s", name)
	}
	return nil
}

func (s *scenario) verify(ctx context.Context) error {
	for _, c := range []*cert{s.alpha, s.beta} {
		word := "whole"
		if err := c.CLI.Run(ctx, nil, "audit", "verify"); err != nil {
			word = err.Error()
		}
		s.note("audit log of "+c.name, word)
	}
	status, err := s.lab.Status(ctx)
	if err != nil {
		return err
	}
	if status.Sick != "" {
		return fmt.Errorf("the lab itself is not well: %s", status.Sick)
	}
	word := "untouched"
	if err := status.Untouched(); err != nil {
		word = err.Error()
	}
	s.note("hosts that nobody may scan", word)
	return nil
}

// closeOthers ends who takes part and is no CERT.
func (s *scenario) closeOthers() {
	if s.post != nil {
		s.post.close()
	}
	if s.gamma != nil {
		s.gamma.close()
	}
}

// farewell says how to look at what is there.
func (s *scenario) farewell(took time.Duration) {
	fmt.Fprintf(s.out, "\nDone in %s. Both installations and the lab go on running.\n", took.Round(time.Second))
	ciiscan := s.p.Shown(s.p.Program())
	s.say("look:  %s --data %s release show %s", ciiscan, s.p.Shown(s.alpha.p.Data()), s.released)
	s.say("       %s --data %s inbox list", ciiscan, s.p.Shown(s.beta.p.Data()))
	s.say("       %s --data %s ledger", ciiscan, s.p.Shown(s.beta.p.Data()))
	s.say("a shell that reaches both: %s", netns.Enter("$(cat "+s.p.Shown(s.alpha.p.UpPID())+")"))
	s.say("end:   make demo/exchange/stop")
}
