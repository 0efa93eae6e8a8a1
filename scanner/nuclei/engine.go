package nuclei

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

// Config is what an Engine needs; zero fields take the value in brackets.
type Config struct {
	// Executable and Args start a child: a program that calls child.Main with
	// its standard input and output (this program itself, if Executable is "").
	Executable string
	Args       []string
	Templates  Source
	// Resolvers answer the questions of dns templates (those of resolv.conf).
	Resolvers []netip.AddrPort
	// TempDir is where each child gets a directory of its own (os.TempDir).
	TempDir string

	MemoryLimit  int64         // bytes resident, after which a child is killed (1 GiB)
	CheckTimeout time.Duration // one template on one input, else the child hangs (2 min)
	BatchTimeout time.Duration // one call of Scan (4 h)
	Parallel     int           // addresses at once in one child (8)

	JobsPerChild int           // jobs after which a child is replaced (50)
	ChildAge     time.Duration // age after which a child is replaced (1 h)

	Log *slog.Logger // (none)
	Now func() time.Time
}

func (c Config) withDefaults() (Config, error) {
	if c.Templates == nil {
		return c, errors.New("nuclei engine: no source of templates")
	}
	if c.Executable == "" {
		self, err := os.Executable()
		if err != nil {
			return c, fmt.Errorf("nuclei engine: find own program: %w", err)
		}
		c.Executable = self
	}
	if len(c.Resolvers) == 0 {
		c.Resolvers = systemResolvers("/etc/resolv.conf")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the clock of whoever gives none
	}
	setDefault(&c.MemoryLimit, 1<<30)
	setDefault(&c.CheckTimeout, 2*time.Minute)
	setDefault(&c.BatchTimeout, 4*time.Hour)
	setDefault(&c.Parallel, 8)
	setDefault(&c.JobsPerChild, 50)
	setDefault(&c.ChildAge, time.Hour)
	return c, nil
}

func setDefault[T int | int64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// An Engine is a scanner.Engine that runs nuclei in child processes. It may be
// used from several goroutines; each call of Scan has a child to itself.
type Engine struct {
	cfg      Config
	children *pool
}

var _ scanner.Engine = (*Engine)(nil)

// New returns an engine; its first child starts with its first work. The
// caller must Close it.
func New(c Config) (*Engine, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Engine{cfg: c, children: &pool{cfg: c}}, nil
}

// Close ends the children. No call may run or follow.
func (e *Engine) Close() error {
	e.children.close()
	return nil
}

// errBatchTimeout says that one call of Scan took all its time.
var errBatchTimeout = errors.New("the batch ran out of time")

// Scan runs the approved templates against the batch's services. An error
// that is not the ctx's means that children failed twice on the same work.
func (e *Engine) Scan(ctx context.Context, b scanner.Batch) (scanner.Result, error) {
	var approved []Template
	if b.Profile.Templates {
		var err error
		if approved, err = e.cfg.Templates.Approved(b.Profile.TemplateTags); err != nil {
			return scanner.Result{}, fmt.Errorf("approved templates: %w", err)
		}
	}
	p := newPlan(b, approved)
	book := newLedger(p, e.cfg.Now)
	if len(p.units) == 0 {
		return book.result(""), nil
	}
	limited, cancel := context.WithTimeoutCause(ctx, e.cfg.BatchTimeout, errBatchTimeout)
	defer cancel()
	err := e.run(limited, p, book, e.settings(b))
	switch cause := context.Cause(limited); {
	case errors.Is(cause, errBatchTimeout):
		return book.result(errBatchTimeout.Error()), nil
	case cause != nil:
		return book.result(reasonStopped), cause
	case err != nil:
		return book.result(reasonEngine), err
	}
	return book.result(reasonSilent), nil
}

// settings are the parts of a job that do not depend on what is left to do.
func (e *Engine) settings(b scanner.Batch) wire.Job {
	job := wire.Job{
		Rate:        max(1, b.Profile.RequestsPerSecond),
		Parallel:    e.cfg.Parallel,
		HostTimeout: b.Profile.HostTimeout,
	}
	if b.Profile.Serial {
		job.Parallel = 1
	}
	for _, r := range e.cfg.Resolvers {
		job.Resolvers = append(job.Resolvers, r.String())
	}
	return job
}

// run brings every pair of the plan to an end, with one retry. The pairs that
// were open when a child failed are retried after all others, so that one
// template which kills its child takes nothing else with it.
func (e *Engine) run(ctx context.Context, p *plan, book *ledger, settings wire.Job) error {
	err := e.attempt(ctx, p.job(settings, book.unfinished()), book)
	if err == nil || ctx.Err() != nil {
		return err
	}
	e.cfg.Log.Warn("nuclei child failed, trying what is left once more", "error", err, "pairs", len(book.unfinished()))
	suspects := book.suspects()
	for _, rest := range [][]pair{without(book.unfinished(), suspects), suspects} {
		if len(rest) == 0 {
			continue
		}
		if again := e.attempt(ctx, p.job(settings, rest), book); again != nil {
			return fmt.Errorf("run templates: %w", again)
		}
	}
	return nil
}

// attempt gives a job to one child and books what it tells, until it is done.
func (e *Engine) attempt(ctx context.Context, job wire.Job, book *ledger) error {
	c, err := e.children.take()
	if err != nil {
		return err
	}
	defer e.children.put(c)
	book.newAttempt()
	return c.ask(ctx, wire.Request{Job: &job}, book)
}

// Validate loads every template in a child and returns an inventory.InputError
// for each that cannot be run, all joined.
func (e *Engine) Validate(ctx context.Context, all []Template) error {
	c, err := e.children.take()
	if err != nil {
		return err
	}
	defer e.children.put(c)
	found := &verdicts{templates: all}
	if err := c.ask(ctx, wire.Request{Validate: wireTemplates(all)}, found); err != nil {
		return fmt.Errorf("validate templates: %w", err)
	}
	return errors.Join(found.errs...)
}

// verdicts takes the answers to a request to validate.
type verdicts struct {
	templates []Template
	errs      []error
}

func (v *verdicts) apply(ev wire.Event) error {
	if ev.Kind != wire.KindInvalid || ev.Template < 0 || ev.Template >= len(v.templates) {
		return errNonsense
	}
	v.errs = append(v.errs, &inventory.InputError{
		Field: "template", Value: string(v.templates[ev.Template].ID), Message: clean(ev.Reason, 500),
		Hint: "correct it or take it out of the catalogue; see templates/README.md for what a template may do",
	})
	return nil
}

func (v *verdicts) done(wire.Event) error { return nil }

func (v *verdicts) overdue(time.Duration) bool { return false }

// systemResolvers reads the name servers of a resolv.conf; a file that cannot
// be read names none, and then dns templates are missed with that reason.
func systemResolvers(file string) []netip.AddrPort {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var out []netip.AddrPort
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		if addr, err := netip.ParseAddr(fields[1]); err == nil {
			out = append(out, netip.AddrPortFrom(addr, 53))
		}
	}
	return out
}
