package child

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/logrusorgru/aurora/v4"
	"github.com/projectdiscovery/fastdialer/fastdialer"
	"github.com/projectdiscovery/gologger"
	"github.com/projectdiscovery/networkpolicy"
	"github.com/projectdiscovery/nuclei/v3/pkg/catalog/disk"
	"github.com/projectdiscovery/nuclei/v3/pkg/input"
	"github.com/projectdiscovery/nuclei/v3/pkg/protocols"
	"github.com/projectdiscovery/nuclei/v3/pkg/protocols/common/protocolinit"
	"github.com/projectdiscovery/nuclei/v3/pkg/protocols/common/protocolstate"
	"github.com/projectdiscovery/nuclei/v3/pkg/templates"
	"github.com/projectdiscovery/nuclei/v3/pkg/types"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

// Bounds on one request. They are short because a host that lets us wait is
// one that another scan will meet again.
const (
	connectTimeout = 5 * time.Second
	readTimeout    = 5 * time.Second
	httpTimeout    = 10 * time.Second
	maxBody        = 1 << 20 // bytes, after decompression too
)

// A session is nuclei set up for one address: its own dialer, options and
// compiled templates.
type session struct {
	guard  *guard
	quiet  *quiet
	opts   *types.Options
	exec   *protocols.ExecutorOptions
	loaded map[int]*templates.Template // by index in the job
	unpin  func()
}

// openSession sets nuclei up. Calls must not overlap: nuclei's packages share
// tables that they do not all lock.
func openSession(g *guard, questions *forwarder) (*session, error) {
	resolver, unpin, err := servePins(g.names, g.addr)
	if err != nil {
		return nil, err
	}
	s := &session{guard: g, quiet: &quiet{}, opts: options(questions.resolver), loaded: map[int]*templates.Template{}, unpin: unpin}
	if err := s.takeDialer(resolver); err != nil {
		unpin()
		return nil, fmt.Errorf("set up nuclei: %w", err)
	}
	colors := aurora.New(aurora.WithColors(false))
	s.exec = &protocols.ExecutorOptions{
		Output: s.quiet, Progress: noProgress{}, Options: s.opts, Colorizer: colors,
		Catalog:     disk.NewFSCatalog(os.DirFS("/nonexistent"), "."), // templates have no files
		InputHelper: input.NewHelper(), ResumeCfg: types.NewResumeCfg(),
		Parser: templates.NewParser(), DoNotCache: true, Logger: s.opts.Logger,
	}
	return s, nil
}

// options are nuclei's, with everything off that a scan does not need.
func options(resolver string) *types.Options {
	o := types.DefaultOptions()
	o.Timeout, o.Retries = int(connectTimeout/time.Second), 1
	o.SetTimeouts(&types.Timeouts{
		DialTimeout: connectTimeout, TcpReadTimeout: readTimeout,
		HttpTimeout: httpTimeout, HttpResponseHeaderTimeout: httpTimeout,
	})
	o.ResponseReadSize, o.ResponseSaveSize = maxBody, inventory.MaxEvidence
	o.RateLimit, o.PayloadConcurrency = 0, 1
	o.NoHostErrors = true // we skip hosts ourselves, and say so
	o.NoInteractsh, o.OmitTemplate, o.NoColor = true, true, true
	o.InternalResolversList = []string{resolver}
	o.Logger = gologger.DefaultLogger
	return o
}

// takeDialer replaces the dialer that nuclei makes by one that can connect to
// nothing but the guard's address, and resolves the pinned names only.
func (s *session) takeDialer(resolver string) error {
	if err := protocolinit.Init(s.opts); err != nil {
		return err
	}
	own := fastdialer.DefaultOptions
	own.BaseResolvers = []string{resolver}
	own.DialerTimeout = connectTimeout
	own.Dialer = &net.Dialer{Timeout: connectTimeout, KeepAlive: -1, ControlContext: s.guard.control}
	// Refuses before anything is tried, and with a clear error; the guard
	// would refuse too.
	policy := networkpolicy.Options{AllowList: []string{s.guard.addr.String()}}
	if !s.guard.addr.IsValid() {
		policy = networkpolicy.Options{DenyList: []string{"0.0.0.0/0", "::/0"}}
	}
	own.WithNetworkPolicyOptions = &policy
	np, err := networkpolicy.New(policy)
	if err != nil {
		return err
	}
	dialer, err := fastdialer.NewDialer(own)
	if err != nil {
		return err
	}
	dialers := protocolstate.GetDialersWithId(s.opts.ExecutionId)
	if dialers == nil {
		return errors.New("nuclei has no dialers")
	}
	dialers.Lock()
	defer dialers.Unlock()
	dialers.Fastdialer.Close()
	dialers.Fastdialer, dialers.NetworkPolicy = dialer, np
	return nil
}

func (s *session) close() {
	protocolstate.Close(s.opts.ExecutionId)
	s.unpin()
}

// load compiles a template for this session; the error says in words what is
// wrong with it.
func (s *session) load(index int, t wire.Template) error {
	if err := vetBytes(t); err != nil {
		return err
	}
	parsed, err := templates.ParseTemplateFromReader(bytes.NewReader(t.Body), nil, s.exec.Copy())
	if err != nil {
		return fmt.Errorf("nuclei cannot read it: %w", err)
	}
	if err := vet(parsed, t); err != nil {
		return err
	}
	s.loaded[index] = parsed
	return nil
}

// context returns ctx with what the gate asks for.
func (s *session) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, guardKey, s.guard)
}
