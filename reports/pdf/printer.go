package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// programs are the names under which Chromium is looked for, the smallest
// first.
var programs = []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}

// Bounds of one print.
const (
	DefaultTimeout = 2 * time.Minute
	maxPage        = 64 << 20  // bytes of HTML
	maxPDF         = 256 << 20 // bytes of PDF, and of any file that Chromium writes
	maxWords       = 4000      // bytes of what it says, in an error
)

// A Printer prints pages. It may be used by several goroutines; each page has
// a Chromium of its own.
type Printer struct {
	Program string        // its path
	User    string        // who prints when we are root; "" means nobody
	Timeout time.Duration // of one print; 0 means DefaultTimeout
	TempDir string        // for what lives as long as one print; "" means the system's
}

// Find returns the program to print with: the named one, or the first of
// Chromium's names in PATH. None is inventory.ErrUnavailable.
func Find(named string) (string, error) {
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("find Chromium: %w: %w", inventory.ErrUnavailable, err)
		}
		return filepath.Abs(path)
	}
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", fmt.Errorf("find Chromium: none of %s: %w", strings.Join(programs, ", "), inventory.ErrUnavailable)
}

// Print makes a PDF of a self-contained page. It returns what Chromium wrote,
// unchecked.
func (p *Printer) Print(ctx context.Context, page []byte) (out []byte, err error) {
	if len(page) > maxPage {
		return nil, fmt.Errorf("print: the page has %d MiB, and %d are the most", len(page)>>20, maxPage>>20)
	}
	dir, err := os.MkdirTemp(p.TempDir, "ciiscan-print-")
	if err != nil {
		return nil, fmt.Errorf("make a folder to print in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	attr, err := p.confine()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "page.html"), page, 0o600); err != nil {
		return nil, fmt.Errorf("write the page to print: %w", err)
	}
	if c := attr.Credential; c != nil {
		if err := chown(dir, int(c.Uid), int(c.Gid)); err != nil {
			return nil, fmt.Errorf("give the page to who prints: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, timeoutOr(p.Timeout))
	defer cancel()
	said, err := run(p.command(ctx, dir, attr))
	if ctx.Err() != nil {
		return nil, fmt.Errorf("print: Chromium did not end in time: %w", context.Cause(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("print: Chromium failed: %w: %s", err, said)
	}
	return readBounded(filepath.Join(dir, "page.pdf"))
}

func timeoutOr(d time.Duration) time.Duration {
	if d == 0 {
		return DefaultTimeout
	}
	return d
}

// bounded runs a program that may write no file above maxPDF: a disk is not to
// be filled. The shell counts in halves of a kilobyte.
const bounded = `ulimit -f 524288 && exec "$@"`

// command is Chromium with everything switched off that a page could reach.
// There is no --no-sandbox, and there must not be.
func (p *Printer) command(ctx context.Context, dir string, attr *syscall.SysProcAttr) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", bounded, "sh", p.Program,
		"--headless", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--no-first-run",
		"--no-pdf-header-footer", "--generate-pdf-document-outline", "--export-tagged-pdf",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--print-to-pdf="+filepath.Join(dir, "page.pdf"), "file://"+filepath.Join(dir, "page.html"))
	cmd.Dir = dir
	cmd.Env = []string{
		"HOME=" + dir, "TMPDIR=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_CACHE_HOME=" + dir, "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC",
		"DBUS_SESSION_BUS_ADDRESS=disabled:", "DBUS_SYSTEM_BUS_ADDRESS=disabled:",
	}
	cmd.SysProcAttr = attr
	cmd.WaitDelay = 5 * time.Second
	cmd.Cancel = func() error { return killGroup(cmd) }
	return cmd
}

// confine says as whom Chromium runs, and that it has no network: it gets a
// user namespace with one user, who owns an empty network in it. That user is
// the one we are, or when we are root, one without rights. Root needs no more
// than to change users and files' owners for that.
func (p *Printer) confine() (*syscall.SysProcAttr, error) {
	uid, gid := os.Getuid(), os.Getgid()
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET}
	if uid == 0 {
		var err error
		if uid, gid, err = p.printing(); err != nil {
			return nil, err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		attr.GidMappingsEnableSetgroups = true
	}
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
	return attr, nil
}

// printing is who prints in root's place.
func (p *Printer) printing() (uid, gid int, err error) {
	name := p.User
	if name == "" {
		name = "nobody"
	}
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, fmt.Errorf("who prints (report.user): %w", err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil || uid == 0 {
		return 0, 0, &inventory.InputError{Field: "report.user", Value: name, Message: "may not print", Hint: "name a user without rights"}
	}
	return uid, gid, nil
}

func chown(dir string, uid, gid int) error {
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid) //nolint:gosec // of our own new folder, before anybody else may write there
	})
}

// run runs the command and returns the end of what it said. Whatever it
// started is gone afterwards.
func run(cmd *exec.Cmd) (string, error) {
	var said tail
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start: %w", err)
	}
	err := cmd.Wait()
	_ = killGroup(cmd) // helpers that outlived it; there may be none
	return inventory.CleanText(string(said.b), maxWords), err
}

func killGroup(cmd *exec.Cmd) error {
	err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// tail keeps the end of what is written.
type tail struct{ b []byte }

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.b = append(t.b, b...)
	if over := len(t.b) - maxWords; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(b), nil
}

func readBounded(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("print: Chromium wrote nothing: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxPDF {
		return nil, fmt.Errorf("print: what Chromium wrote is no file of at most %d MiB", maxPDF>>20)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("print: read what Chromium wrote: %w", err)
	}
	if !bytes.HasPrefix(b, []byte("%PDF-")) {
		return nil, errors.New("print: what Chromium wrote is no PDF")
	}
	return b, nil
}
