package testbrowser

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long one step may take on a busy machine, beside the tests of
// other packages.
const patience = time.Minute

// programs are what the browser may be called, best first.
var programs = []string{"chromium-headless-shell", "chromium", "google-chrome"}

// profiles is where browsers keep their files, followed by the number of the
// process whose tests they serve.
const profiles = "ciiscan-browser-"

// launch starts this process's browser on first use. A process has no last
// moment of its own to stop it: the browser ends by itself when the pipe to it
// closes, and the next one removes its files.
var launch = sync.OnceValues(func() (context.Context, error) {
	sweep()
	dir, err := os.MkdirTemp("", profiles+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program()), chromedp.UserDataDir(dir), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // root's Chromium refuses to start with it
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...) // lasts as long as the process
	ctx, _ := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		return nil, fmt.Errorf("start %s: %w", program(), err)
	}
	return ctx, nil
})

// program is the browser, "" where there is none.
func program() string {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// sweep removes the files of browsers whose process is gone.
func sweep() {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), profiles+"*")) // the pattern is well formed
	for _, dir := range old {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), profiles), "-")
		if _, err := os.Stat("/proc/" + pid); os.IsNotExist(err) {
			_ = os.RemoveAll(dir) // the next one tries again
		}
	}
}

// A Tab is one window of the browser, with cookies of its own.
type Tab struct {
	t    testing.TB
	ctx  context.Context //nolint:containedctx // chromedp's handle of the tab
	base string

	media  string
	theme  string
	forced bool

	mu      sync.Mutex
	faults  []string
	allowed []string
}

// Need fails the test where there is no browser: setup brings one.
func Need(t testing.TB) {
	t.Helper()
	if program() == "" {
		t.Fatal("scripts/setup.sh installs chromium-headless-shell, and it is not here")
	}
}

// New opens a tab until the end of the test. Paths are below base. Without a
// browser on this machine the test fails.
func New(t testing.TB, base string) *Tab {
	t.Helper()
	Need(t)
	root() // before the test goes to another folder
	browser, err := launch()
	if err != nil {
		t.Fatal(err)
	}
	b := &Tab{t: t, base: base}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.watch))
	b.ctx = ctx
	t.Cleanup(func() {
		b.Faultless()
		cancel()
	})
	b.do("open a tab", chromedp.Navigate("about:blank"))
	b.Width(1280)
	b.Theme("light")
	return b
}

// do takes steps, or ends the test.
func (b *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx := b.ctx
	if c := chromedp.FromContext(ctx); c.Target != nil { // the first call makes the tab, which would end with its context
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.end(what, err)
	}
}

// ask takes a step that answers, or ends the test.
func ask[T any](b *Tab, what string, step chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		b.end(what, err)
	}
	return v
}

// call sends a command of the protocol, or ends the test.
func call[P, R any](b *Tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.end(command.Method, err)
	}
	return v
}

// end ends the test with a picture of what there was.
func (b *Tab) end(what string, err error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	where, _ := chromedp.Run(ctx, chromedp.Location()) // as much as can be told
	if picture, pictureErr := chromedp.Run(ctx, chromedp.FullScreenshot(100)); pictureErr == nil {
		b.keep("failed", picture)
	}
	b.t.Fatalf("%s at %s: %v\n%s", what, where, err, strings.Join(b.Faults(), "\n"))
}

// watch notes what a page must not do.
func (b *Tab) watch(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		b.fault("exception: " + text + " at " + e.ExceptionDetails.URL)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert || e.Type == runtime.ConsoleAPICalledTypeWarning {
			var words []string
			for _, a := range e.Args {
				words = append(words, strings.Trim(string(a.Value), `"`)+a.Description)
			}
			b.fault("console: " + strings.Join(words, " "))
		}
	case *log.EventEntryAdded:
		answered := e.Entry.Source == log.EntrySourceNetwork && strings.Contains(e.Entry.Text, "status of 4") && path.Ext(e.Entry.URL) == "" // files have their kind in their names
		if e.Entry.Level == log.EntryLevelError && !answered {                                                                               // a page that says 404 or 422 is a page
			b.fault(fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	}
}

func (b *Tab) fault(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.allowed {
		if strings.Contains(text, a) {
			return
		}
	}
	b.faults = append(b.faults, text)
}

// Allow lets pages from now on report what contains the text.
func (b *Tab) Allow(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.allowed = append(b.allowed, text)
}

// Faults are what pages did so far that they must not do, and forgets them.
func (b *Tab) Faults() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.faults
	b.faults = nil
	return out
}

// Faultless fails the test when a page did what it must not do. The end of the
// test does so, too.
func (b *Tab) Faultless() {
	b.t.Helper()
	for _, f := range b.Faults() {
		b.t.Errorf("browser: %s", f)
	}
}

// SetCookie gives the browser a cookie of the console.
func (b *Tab) SetCookie(c *http.Cookie) {
	b.t.Helper()
	call(b, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: b.base, Path: "/", HTTPOnly: new(true)})
}
