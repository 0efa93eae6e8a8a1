package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	restartFirst = time.Second // then twice as long each time, up to restartLast
	restartLast  = 30 * time.Second
	// steady is how long a program must have run for its next end to count
	// as the first.
	steady = time.Minute
)

// A keeper keeps one program running until it is told to stop.
type keeper struct {
	name     string
	command  func() *exec.Cmd // a fresh one for every start
	patience time.Duration    // between SIGTERM and SIGKILL
	say      func(format string, args ...any)

	stopping chan struct{}
	stopped  chan struct{}
	// ends carries the reason each time the program ended by itself.
	ends chan error
}

// keep starts a program and starts it again whenever it ends.
func keep(k keeper) *keeper {
	k.stopping, k.stopped, k.ends = make(chan struct{}), make(chan struct{}), make(chan error, 16)
	go k.run()
	return &k
}

// stop ends the program, by force when its patience is over, and waits.
func (k *keeper) stop() {
	close(k.stopping)
	<-k.stopped
}

func (k *keeper) run() {
	defer close(k.stopped)
	// The kernel sends Pdeathsig when the starting thread ends, so that thread
	// must live as long as the program may.
	runtime.LockOSThread()
	for wait := restartFirst; ; wait = min(2*wait, restartLast) {
		started := time.Now()
		err := k.once()
		if err == nil {
			return // told to stop
		}
		if time.Since(started) > steady {
			wait = restartFirst
		}
		select {
		case k.ends <- err:
		default: // nobody listens any more
		}
		k.say("%s ended: %v; starting it again in %s", k.name, err, wait)
		select {
		case <-k.stopping:
			return
		case <-time.After(wait):
		}
	}
}

// once runs the program to its end, which is an error unless it was told to.
func (k *keeper) once() error {
	cmd := k.command()
	// A group of its own: Ctrl-C is for us, who stop the parts in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	var exit error
	exited := make(chan struct{}) // closed after exit is set
	go func() {
		exit = cmd.Wait()
		close(exited)
	}()
	select {
	case <-exited:
		if exit == nil {
			exit = errors.New("exit status 0")
		}
		return exit
	case <-k.stopping:
	}
	_ = cmd.Process.Signal(syscall.SIGTERM) // it may just have ended
	select {
	case <-exited:
	case <-time.After(k.patience):
		k.say("%s did not end within %s: killing it", k.name, k.patience)
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-exited
	}
	return nil
}

// environment is the process's, with some variables set and some removed.
func environment(set map[string]string, remove ...string) []string {
	drop := map[string]bool{}
	for _, name := range remove {
		drop[name] = true
	}
	for name := range set {
		drop[name] = true
	}
	var out []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !drop[name] {
			out = append(out, pair)
		}
	}
	for name, value := range set {
		out = append(out, name+"="+value)
	}
	return out
}
