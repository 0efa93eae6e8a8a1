package cycle

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A process is a program that a test started. It is stopped when the test
// ends, and what it said is shown when the test has failed.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	log  string // file with its output
	gone chan struct{}
}

// startProcess starts a program with the settings in its environment.
func startProcess(t *testing.T, dir, name string, settings []string, program string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.Command(program, args...), log: filepath.Join(dir, name+".log"), gone: make(chan struct{})}
	output, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	p.cmd.Stdout, p.cmd.Stderr = output, output
	// What a program that is killed leaves behind goes with the test's folder.
	temporary := filepath.Join(dir, "tmp")
	if err := os.MkdirAll(temporary, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(temporary, 0o777|os.ModeSticky); err != nil { // the lab's servers are another user's
		t.Fatal(err)
	}
	p.cmd.Env = append(plainEnvironment(), append(settings, "TMPDIR="+temporary)...)
	// Should this process die, the program is told to end, and ends its own.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	started := make(chan error)
	go p.own(started)
	if err := <-started; err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s said at last:\n%s", name, p.lastWords())
		}
	})
	return p
}

// own starts the program and waits for its end on one thread: the kernel
// sends Pdeathsig when the thread that started it ends.
func (p *process) own(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.gone)
	err := p.cmd.Start()
	started <- err
	if err == nil {
		_ = p.cmd.Wait() // ProcessState tells how it ended
	}
}

// plainEnvironment is ours without the settings of any installation.
func plainEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "CIISCAN_") })
}

// stop ends the program as an administrator does, and by force only when that
// takes too long, which fails the test.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.gone:
	case <-time.After(time.Minute):
		p.t.Errorf("%s did not end within a minute of being told to", p.name)
		p.kill()
	}
}

// kill ends the program and nothing else, as the kernel does when memory is
// short, and waits until it is gone.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.gone
}

func (p *process) signal(s syscall.Signal) {
	select {
	case <-p.gone:
	default:
		_ = p.cmd.Process.Signal(s) // it may just have ended
	}
}

// said returns what the program has said so far.
func (p *process) said() string {
	p.t.Helper()
	out, err := os.ReadFile(p.log)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(out)
}

// lastWords is the end of what the program said, without the requests that
// tests make by the hundred.
func (p *process) lastWords() string {
	p.t.Helper()
	lines := slices.DeleteFunc(strings.Split(p.said(), "\n"), func(line string) bool { return strings.Contains(line, "msg=request") })
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}

// awaitWord waits until the program says something.
func (p *process) awaitWord(word string, within time.Duration) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("%s says %q", p.name, word), within, func() bool {
		select {
		case <-p.gone:
			p.t.Fatalf("%s ended (%s) before it said %q:\n%s", p.name, p.cmd.ProcessState, word, p.lastWords())
		default:
		}
		return strings.Contains(p.said(), word)
	})
}

// eventually waits until something holds, and fails the test when the time is
// over.
func eventually(t *testing.T, what string, within time.Duration, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

// A part is a kind of process of an installation, whoever started it.
type part string

const (
	daemonPart   part = "ciiscand serve"
	workerPart   part = "ciiscan-worker run"
	nucleiPart   part = "ciiscan-worker nuclei-child"
	nmapPart     part = "nmap"
	postgresPart part = "postgres"
)

// running returns the process ids of a part in this network namespace, which
// holds one installation.
func running(t *testing.T, what part) []int {
	t.Helper()
	ours, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, entry := range all {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		// Whatever has ended meanwhile, or is another user's, is none of it.
		if where, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid)); err != nil || where != ours {
			continue
		}
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		words := strings.Split(string(bytes.TrimRight(line, "\x00")), "\x00")
		words[0] = filepath.Base(words[0])
		if got := strings.Join(words, " "); got == string(what) || strings.HasPrefix(got, string(what)+" ") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// killPart ends every process of a part by force and returns the moment.
func killPart(t *testing.T, what part) time.Time {
	t.Helper()
	pids := running(t, what)
	if len(pids) == 0 {
		t.Fatalf("no process of %s to kill", what)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatalf("kill %s: %v", what, err)
		}
	}
	return time.Now()
}

// nothingRuns fails the test when a part still runs a moment from now.
func nothingRuns(t *testing.T, parts ...part) {
	t.Helper()
	for _, what := range parts {
		eventually(t, "the end of every "+string(what), 5*time.Second, func() bool { return len(running(t, what)) == 0 })
	}
}
