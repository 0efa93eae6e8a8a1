package nmap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// Config is what an engine needs; its zero value is usable.
type Config struct {
	Path string           // of the program; "" means nmap in the PATH
	Log  *slog.Logger     // nil means silence
	Now  func() time.Time // nil means time.Now
	// Privileged says whether nmap may send packets of its own making. Nil
	// means to find out; set it where nmap gets the capability by itself, from
	// its file.
	Privileged *bool
}

// An Engine runs nmap. It is safe for concurrent use.
type Engine struct {
	path    string
	version string
	raw     bool
	log     *slog.Logger
	now     func() time.Time
}

// oldest is the first nmap whose reports and options this package knows.
var oldest = [2]int{7, 80}

// New finds nmap and checks that it is recent enough. An error is
// inventory.ErrUnavailable and has a hint.
func New(c Config) (*Engine, error) {
	if c.Path == "" {
		c.Path = "nmap"
	}
	path, err := exec.LookPath(c.Path)
	if err != nil {
		return nil, &missingError{fmt.Sprintf("no program %s here", c.Path), "install it: apt-get install nmap"}
	}
	e := &Engine{path: path, log: c.Log, now: c.Now}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.now == nil {
		e.now = time.Now //nolint:forbidigo // the clock of whoever gives none
	}
	if e.version, err = readVersion(path); err != nil {
		return nil, err
	}
	if c.Privileged != nil {
		e.raw = *c.Privileged
	} else {
		e.raw = mayCraftPackets()
	}
	e.log.Info("nmap found", "path", path, "version", e.version, "crafts_packets", e.raw)
	if !e.raw {
		e.log.Warn("nmap may not craft packets here: TCP by full connections, no UDP", "hint", "give the worker CAP_NET_RAW")
	}
	return e, nil
}

// Version returns nmap's version, such as "7.93".
func (e *Engine) Version() string { return e.version }

// CraftsPackets tells whether SYN and UDP scans are possible; without, TCP
// ports are tried by full connections and UDP ports not at all.
func (e *Engine) CraftsPackets() bool { return e.raw }

// Scan implements scanner.Engine. An error is the context's, or says that nmap
// itself broke; a host that cannot be looked at is not an error but an outcome.
func (e *Engine) Scan(ctx context.Context, b scanner.Batch) (scanner.Result, error) {
	s := newScan(e, b)
	ctx, cancel := s.withinPermits(ctx)
	defer cancel()
	err := s.run(ctx)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return s.result(err), err
}

var versionLine = regexp.MustCompile(`Nmap version ((\d+)\.(\d+)\S*)`)

// readVersion asks the program for its version.
func readVersion(path string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	m := versionLine.FindStringSubmatch(string(out))
	if err != nil || m == nil {
		why := errors.New("it does not say its version")
		if err != nil {
			why = err
		}
		return "", &missingError{fmt.Sprintf("%s is not a working nmap: %v", path, why), "install it: apt-get install nmap"}
	}
	major, _ := strconv.Atoi(m[2]) // digits by the pattern; an overflow is a large number
	minor, _ := strconv.Atoi(m[3])
	if major < oldest[0] || major == oldest[0] && minor < oldest[1] {
		return "", &missingError{
			fmt.Sprintf("%s has version %s, older than %d.%d", path, m[1], oldest[0], oldest[1]),
			"upgrade it: apt-get install nmap",
		}
	}
	return m[1], nil
}

// A missingError says that there is no nmap to work with.
type missingError struct{ message, hint string }

// Error says what is missing.
func (e *missingError) Error() string { return "nmap: " + e.message }

// Advice says what to do about it.
func (e *missingError) Advice() string { return e.hint }

// Is makes it inventory.ErrUnavailable.
func (e *missingError) Is(target error) bool { return target == inventory.ErrUnavailable }
